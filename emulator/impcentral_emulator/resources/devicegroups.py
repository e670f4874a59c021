# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Device groups of the seven types, and their targets."""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from .. import documents, permissions
from ..documents import Call, Reply, Resource
from ..errors import conflict, invalid, invalid_attribute
from .products import named

ZONES = {
    "development_devicegroup": permissions.DEVELOPMENT,
    "pre_production_devicegroup": permissions.TEST,
    "pre_dut_devicegroup": permissions.TEST,
    "pre_factoryfixture_devicegroup": permissions.TEST,
    "production_devicegroup": permissions.PRODUCTION,
    "dut_devicegroup": permissions.PRODUCTION,
    "factoryfixture_devicegroup": permissions.PRODUCTION,
}
TARGETS = {
    "pre_factoryfixture_devicegroup": {
        "production_target": "pre_production_devicegroup",
        "dut_target": "pre_dut_devicegroup",
    },
    "factoryfixture_devicegroup": {"production_target": "production_devicegroup", "dut_target": "dut_devicegroup"},
}
BLESSED = ("production_devicegroup", "pre_production_devicegroup")
TARGET_NAMES = ("production_target", "dut_target")
REGION_LIMIT = 80
ENV_VARS_LIMIT = 16_000  # bytes of the object's JSON
_ENV_VAR_NAME = re.compile(r"[A-Za-z][_A-Za-z0-9]{0,99}\Z")
_TARGET_TYPE = {name: {kind: targets[name] for kind, targets in TARGETS.items()} for name in TARGET_NAMES}


def _show(call: Call, row: sqlite3.Row) -> dict:
    attributes = {name: row[name] for name in ("name", "description", "region", "created_at", "updated_at")}
    if row["type"] in BLESSED:
        attributes["load_code_after_blessing"] = bool(row["load_code_after_blessing"])
    attributes["env_vars"] = json.loads(row["env_vars"])
    related = documents.relationships(
        product=("product", row["product_id"]),
        owner=("account", row["owner_id"]),
        creator=("account", row["creator_id"]),
        current_deployment=("deployment", row["current_deployment_id"]),
        min_supported_deployment=("deployment", row["min_supported_deployment_id"]),
        **{name: (_TARGET_TYPE[name].get(row["type"]), row[f"{name}_id"]) for name in TARGET_NAMES},
    )
    return documents.resource(call, row["type"], "devicegroups", row, attributes, related)


def find_writable(call: Call, key: str) -> sqlite3.Row:
    """Return a group that the caller may change; raises 404 and 403."""
    row = call.find("device_groups", key)
    permissions.require(call, row["owner_id"], ZONES[row["type"]])
    return row


def related(call: Call, wanted: Resource) -> sqlite3.Row:
    """Return the group that a new resource belongs to; raises 400 without one or for a wrong type, 404 and 403."""
    kind, key = wanted.required("devicegroup")
    row = find_writable(call, key)
    if kind != row["type"]:
        raise invalid("Invalid Relationship", f"The devicegroup has the type {row['type']}.")
    return row


def _require_unique(call: Call, product_id: str, name: str | None, key: str | None = None) -> None:
    if call.db.one(
        "SELECT 1 FROM device_groups WHERE product_id = ? AND name = ? AND id IS NOT ?", (product_id, name, key)
    ):
        raise conflict("Duplicate Resource", "Devicegroups must have unique names.")


def _env_vars(value: Any) -> str:
    """Return environment variables as they are stored; raises 400 when they break a rule."""
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise invalid_attribute("env_vars", "must be an object")
    for name, member in value.items():
        if not _ENV_VAR_NAME.match(name):
            raise invalid_attribute("env_vars", "has a name that is not a letter and up to 99 letters, digits and _")
        if isinstance(member, bool) or not isinstance(member, (str, int, float)):
            raise invalid_attribute("env_vars", f"must hold texts and numbers only, which {name} is not")
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > ENV_VARS_LIMIT:
        raise invalid_attribute("env_vars", f"must not exceed {ENV_VARS_LIMIT} bytes of JSON")
    return text


def _targets(call: Call, wanted: Resource, group_type: str, product_id: str, creation: bool) -> dict[str, str]:
    """Return the columns of the given targets; raises 400 for a missing, superfluous, foreign or unfit one."""
    columns = {}
    for name in TARGET_NAMES:
        target = wanted.related(name)
        required = TARGETS.get(group_type, {}).get(name)
        if required is None and target is not None:
            raise invalid("Invalid Target", f"A {group_type} has no {name}.")
        if target is None:
            if required is not None and (creation or name in wanted.relationships):
                raise invalid("Invalid Target", f"A {group_type} needs a {name}.")
            continue
        row = call.db.one("SELECT type, product_id FROM device_groups WHERE id = ?", (target[1],))
        if row is None or (row["type"], row["product_id"]) != (required, product_id) or target[0] != required:
            raise invalid("Invalid Target", f"The {name} must be a {required} of the same product.")
        columns[f"{name}_id"] = target[1]
    return columns


def list_groups(call: Call) -> Reply:
    """GET /devicegroups: those of all visible accounts, by name."""
    conditions = documents.filters(call, {"owner.id": "owner_id", "product.id": "product_id", "type": "type"})
    return documents.listing(call, "device_groups", conditions.values(), "name, id", lambda row: _show(call, row))


def create_group(call: Call) -> Reply:
    """POST /devicegroups."""
    wanted = call.creation(list(ZONES))
    wanted.only(["name", "description", "region", "env_vars"], ["product", *TARGET_NAMES])
    columns = named(wanted, creation=True)
    region = wanted.text("region", REGION_LIMIT)
    if region is not None and wanted.type not in BLESSED:
        raise invalid_attribute("region", "belongs to production and pre-production groups only")
    env_vars = _env_vars(wanted.attributes.get("env_vars"))
    product = call.find("products", wanted.required("product")[1])
    permissions.require_zone(call, product["owner_id"], ZONES[wanted.type])
    if env_vars != "{}":
        permissions.require_owner(call, product["owner_id"])
    targets = _targets(call, wanted, wanted.type, product["id"], creation=True)
    _require_unique(call, product["id"], columns["name"])
    key, now = call.emulator.ids.resource(), call.emulator.now()
    call.db.insert(
        "device_groups",
        {
            "id": key,
            "type": wanted.type,
            **columns,
            "region": region,
            "env_vars": env_vars,
            "load_code_after_blessing": True,
            "created_at": now,
            "updated_at": now,
            "product_id": product["id"],
            "owner_id": product["owner_id"],
            "creator_id": call.account_id,
            **targets,
        },
    )
    return documents.document(_show(call, call.find("device_groups", key)), 201)


def get_group(call: Call) -> Reply:
    """GET /devicegroups/{id}."""
    return documents.document(_show(call, call.find("device_groups", call.parameters["id"])))


def update_group(call: Call) -> Reply:
    """PATCH /devicegroups/{id}: env_vars are replaced as a whole, by the owner only."""
    row = find_writable(call, call.parameters["id"])
    wanted = call.change(row["type"], row["id"])
    wanted.only(
        ["name", "description", "env_vars", *(["load_code_after_blessing"] * (row["type"] in BLESSED))], TARGET_NAMES
    )
    columns = named(wanted, creation=False)
    if "load_code_after_blessing" in wanted.attributes:
        columns["load_code_after_blessing"] = wanted.boolean("load_code_after_blessing")
    if "env_vars" in wanted.attributes:
        columns["env_vars"] = _env_vars(wanted.attributes["env_vars"])
        permissions.require_owner(call, row["owner_id"])
    columns.update(_targets(call, wanted, row["type"], row["product_id"], creation=False))
    if "name" in columns:
        _require_unique(call, row["product_id"], columns["name"], row["id"])
    call.db.update("device_groups", row["id"], {**columns, "updated_at": call.emulator.now()})
    return get_group(call)


def delete_group(call: Call) -> Reply:
    """DELETE /devicegroups/{id}: its unflagged deployments and its webhooks go with it."""
    row = find_writable(call, call.parameters["id"])
    key = row["id"]
    if call.db.one("SELECT 1 FROM devices WHERE group_id = ?", (key,)):
        raise conflict("Assigned Devices Exist", "Cannot delete a devicegroup with assigned devices.")
    for name in TARGET_NAMES:
        if call.db.one(f"SELECT 1 FROM device_groups WHERE {name}_id = ?", (key,)):
            raise conflict(
                "Dependent Devicegroups Exist",
                f"Cannot delete a devicegroup that is the {name} of another devicegroup.",
            )
    if call.db.one("SELECT 1 FROM deployments WHERE group_id = ? AND flagged", (key,)):
        raise conflict(
            "Flagged Deployments Exist", "Cannot delete a devicegroup with flagged deployments; delete those first."
        )
    call.db.execute("DELETE FROM deployments WHERE group_id = ?", (key,))
    call.db.execute("DELETE FROM webhooks WHERE group_id = ?", (key,))
    call.db.execute("DELETE FROM device_groups WHERE id = ?", (key,))
    return documents.NO_CONTENT


ROUTES = [
    ("GET", "/devicegroups", list_groups),
    ("POST", "/devicegroups", create_group),
    ("GET", "/devicegroups/{id}", get_group),
    ("PATCH", "/devicegroups/{id}", update_group),
    ("DELETE", "/devicegroups/{id}", delete_group),
]
