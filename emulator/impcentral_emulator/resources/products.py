# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products."""

from __future__ import annotations

import sqlite3
from typing import Any

from .. import documents, permissions
from ..documents import Call, Reply, Resource
from ..errors import conflict, not_found

NAME_LIMIT = 80
DESCRIPTION_LIMIT = 255


def _show(call: Call, row: sqlite3.Row) -> dict:
    attributes = {name: row[name] for name in ("name", "description", "created_at", "updated_at")}
    related = documents.relationships(owner=("account", row["owner_id"]), creator=("account", row["creator_id"]))
    return documents.resource(call, "product", "products", row, attributes, related)


def named(wanted: Resource, creation: bool) -> dict[str, Any]:
    """Return the columns name and description as far as they are given; the name is required at creation."""
    columns = {}
    if creation or "name" in wanted.attributes:
        columns["name"] = wanted.text("name", NAME_LIMIT, required=True)
    if creation or "description" in wanted.attributes:
        columns["description"] = wanted.text("description", DESCRIPTION_LIMIT)
    return columns


def _require_unique(call: Call, owner_id: str, name: str | None, key: str | None = None) -> None:
    if call.db.one("SELECT 1 FROM products WHERE owner_id = ? AND name = ? AND id IS NOT ?", (owner_id, name, key)):
        raise conflict("Duplicate Resource", "Products must have unique names.")


def list_products(call: Call) -> Reply:
    """GET /products: those of all visible accounts, by name."""
    conditions = documents.filters(call, {"owner.id": "owner_id"})
    return documents.listing(call, "products", conditions.values(), "name, id", lambda row: _show(call, row))


def create_product(call: Call) -> Reply:
    """POST /products."""
    wanted = call.creation(["product"])
    wanted.only(["name", "description"], ["owner"])
    columns = named(wanted, creation=True)
    owner = wanted.related("owner") or ("account", call.account_id)
    if owner[0] != "account":
        raise not_found()
    permissions.require(call, owner[1], permissions.ACCOUNT)
    _require_unique(call, owner[1], columns["name"])
    key, now = call.emulator.ids.resource(), call.emulator.now()
    call.db.insert(
        "products",
        {
            "id": key,
            **columns,
            "created_at": now,
            "updated_at": now,
            "owner_id": owner[1],
            "creator_id": call.account_id,
        },
    )
    return documents.document(_show(call, call.find("products", key)), 201)


def get_product(call: Call) -> Reply:
    """GET /products/{id}."""
    return documents.document(_show(call, call.find("products", call.parameters["id"])))


def update_product(call: Call) -> Reply:
    """PATCH /products/{id}."""
    row = call.find("products", call.parameters["id"])
    permissions.require(call, row["owner_id"], permissions.ACCOUNT)
    wanted = call.change("product", row["id"])
    wanted.only(["name", "description"])
    columns = named(wanted, creation=False)
    if "name" in columns:
        _require_unique(call, row["owner_id"], columns["name"], row["id"])
    call.db.update("products", row["id"], {**columns, "updated_at": call.emulator.now()})
    return get_product(call)


def delete_product(call: Call) -> Reply:
    """DELETE /products/{id}: only one without device groups."""
    row = call.find("products", call.parameters["id"])
    permissions.require(call, row["owner_id"], permissions.ACCOUNT)
    if call.db.one("SELECT 1 FROM device_groups WHERE product_id = ?", (row["id"],)):
        raise conflict("Dependent Devicegroups Exist", "Cannot delete a product with associated devicegroups.")
    call.db.execute("DELETE FROM products WHERE id = ?", (row["id"],))
    return documents.NO_CONTENT


ROUTES = [
    ("GET", "/products", list_products),
    ("POST", "/products", create_product),
    ("GET", "/products/{id}", get_product),
    ("PATCH", "/products/{id}", update_product),
    ("DELETE", "/products/{id}", delete_product),
]
