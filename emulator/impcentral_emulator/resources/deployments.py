# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments: a group's code, immutable once it is made."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from typing import Any

from .. import compiler, documents, permissions
from ..documents import Call, Condition, Reply, Resource
from ..errors import ApiError, conflict, entry, invalid, invalid_attribute, not_found
from . import devicegroups

TAGS_LIMIT = 500  # characters of all tags together
_TAG = re.compile(r"[A-Za-z0-9_\-*.]+\Z")
_CODE = ("device_code", "agent_code")
_LIST_COLUMNS = (
    "id, sha, description, origin, tags, flagged, flagger_id, deployments.created_at, updated_at,"
    " group_id, group_type, product_id, owner_id, creator_id"
)


def _single(call: Call, row: sqlite3.Row) -> dict:
    """Return a deployment as a single resource, with its code."""
    return _show(call, row, {name: row[name] for name in _CODE})


def _show(call: Call, row: sqlite3.Row, code: dict[str, str | None]) -> dict:
    attributes = {
        **code,
        "description": row["description"],
        "origin": row["origin"],
        "tags": json.loads(row["tags"]),
        "flagged": bool(row["flagged"]),
        "sha": row["sha"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    related = documents.relationships(
        product=("product", row["product_id"]),
        devicegroup=(row["group_type"], row["group_id"]),
        owner=("account", row["owner_id"]),
        creator=("account", row["creator_id"]),
        flagger=("account", row["flagger_id"]),
    )
    return documents.resource(call, "deployment", "deployments", row, attributes, related)


def _flagged(value: str) -> Condition:
    if value == "any":
        return "1", []
    if value not in ("true", "false"):
        raise invalid("Invalid Filter", "filter[flagged] must be true, false or any.")
    return "flagged = ?", [value == "true"]


def _tagged(value: str) -> Condition:
    tags = [tag for tag in value.split(",") if tag]
    each = "EXISTS (SELECT 1 FROM json_each(tags) WHERE json_each.value = ?)"
    return " AND ".join(["1", *[each] * len(tags)]), tags


def list_deployments(call: Call) -> Reply:
    """GET /deployments: newest first, without code."""
    conditions = documents.filters(
        call,
        {
            "owner.id": "owner_id",
            "creator.id": "creator_id",
            "product.id": "product_id",
            "devicegroup.id": "group_id",
            "sha": "sha",
            "flagged": _flagged,
            "flagger.id": "flagger_id",
            "tags": _tagged,
        },
    )
    return documents.listing(
        call, "deployments", conditions.values(), "created_at DESC", lambda row: _show(call, row, {}), _LIST_COLUMNS
    )


def _described(call: Call, wanted: Resource, creation: bool) -> dict[str, Any]:
    """Return the columns of the attributes that may change later, as far as they are given."""
    columns: dict[str, Any] = {}
    if creation or "description" in wanted.attributes:
        columns["description"] = wanted.text("description", call.emulator.options.deployment_text_limit)
    if creation or "tags" in wanted.attributes:
        columns["tags"] = json.dumps(_tags(wanted.attributes.get("tags")))
    if creation or "flagged" in wanted.attributes:
        columns["flagged"] = wanted.boolean("flagged")
        columns["flagger_id"] = call.account_id if columns["flagged"] else None
    return columns


def _tags(value: Any) -> list[str]:
    tags = [] if value is None else value
    if not isinstance(tags, list) or not all(isinstance(tag, str) and _TAG.match(tag) for tag in tags):
        raise invalid_attribute("tags", "must be a list of texts of letters, digits and the characters _ - * .")
    if sum(map(len, tags)) > TAGS_LIMIT:
        raise invalid_attribute("tags", f"must not exceed {TAGS_LIMIT} characters together")
    return tags


def _code(call: Call, wanted: Resource) -> dict[str, str]:
    limit = call.emulator.options.code_limit
    code = {name: wanted.text(name, limit) or "" for name in _CODE}
    if sum(len(text.encode("utf-8", "surrogatepass")) for text in code.values()) > limit:
        raise invalid("Invalid Code", f"The code must not exceed {limit} bytes.")
    return code


def _sha(code: dict[str, str]) -> str:
    """Return the hash of both sources; their lengths keep them apart."""
    digest = hashlib.sha256()
    for name in _CODE:
        source = code[name].encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(source) + source)
    return digest.hexdigest()


def _compile(code: dict[str, str]) -> list[dict]:
    """Return the compiler's warnings; raises 400 CX005 when it finds errors."""
    messages = compiler.check(**code)
    errors = [message for message in messages if message["type"] == "error"]
    if errors:
        raise ApiError(400, [entry(400, "CX005", "Compilation Error", "The code does not compile.", errors)])
    if not messages:
        return []
    return [entry(201, "WA000", "Compilation Warning", "The compiler has warnings.", messages)]


def create_deployment(call: Call) -> Reply:
    """POST /deployments: becomes the group's current one and, if it is the first, the minimum supported one."""
    wanted = call.creation(["deployment"])
    wanted.only([*_CODE, "description", "origin", "tags", "flagged"], ["devicegroup"])
    group = devicegroups.related(call, wanted)
    columns = _described(call, wanted, creation=True)
    columns["origin"] = wanted.text("origin", call.emulator.options.deployment_text_limit)
    code = _code(call, wanted)
    warnings = _compile(code)
    key, now = call.emulator.ids.resource(), call.emulator.now()
    call.db.insert(
        "deployments",
        {
            "id": key,
            "sha": _sha(code),
            **columns,
            "created_at": now,
            "updated_at": now,
            "group_id": group["id"],
            "group_type": group["type"],
            "product_id": group["product_id"],
            "owner_id": group["owner_id"],
            "creator_id": call.account_id,
            **code,
        },
    )
    call.db.update(
        "device_groups",
        group["id"],
        {
            "current_deployment_id": key,
            "updated_at": now,
            "min_supported_deployment_id": group["min_supported_deployment_id"] or key,
        },
    )
    call.emulator.world.deployment_created(group["id"], key)
    data = _single(call, call.find("deployments", key))
    if warnings:
        data["meta"] = warnings
    return documents.document(data, 201)


def get_deployment(call: Call) -> Reply:
    """GET /deployments/{id}."""
    return documents.document(_single(call, call.find("deployments", call.parameters["id"])))


def _find_writable(call: Call) -> sqlite3.Row:
    row = call.find("deployments", call.parameters["id"])
    permissions.require(call, row["owner_id"], devicegroups.ZONES.get(row["group_type"], permissions.DEVELOPMENT))
    return row


def update_deployment(call: Call) -> Reply:
    """PATCH /deployments/{id}: description, flagged and tags; tags are replaced as a whole."""
    row = _find_writable(call)
    wanted = call.change("deployment", row["id"])
    wanted.only(["description", "flagged", "tags"])
    call.db.update(
        "deployments", row["id"], {**_described(call, wanted, creation=False), "updated_at": call.emulator.now()}
    )
    return get_deployment(call)


def delete_deployment(call: Call) -> Reply:
    """DELETE /deployments/{id}: only an unflagged one that is older than its group's minimum."""
    row = _find_writable(call)
    if row["flagged"]:
        raise conflict(
            "Resource Flagged",
            "You cannot delete flagged deployments; set the flagged attribute to false and try again.",
        )
    minimum = call.db.one(
        "SELECT deployments.created_at FROM device_groups JOIN deployments ON deployments.id ="
        " min_supported_deployment_id WHERE device_groups.id = ?",
        (row["group_id"],),
    )
    if minimum is not None and row["created_at"] >= minimum["created_at"]:
        raise conflict(
            "Deployment In Use", "Cannot delete the minimum supported deployment of a devicegroup or a newer one."
        )
    call.db.execute("DELETE FROM deployments WHERE id = ?", (row["id"],))
    return documents.NO_CONTENT


def set_minimum(call: Call) -> Reply:
    """PUT /devicegroups/{id}/relationships/min_supported_deployment: the present one or a newer one of the group."""
    group = devicegroups.find_writable(call, call.parameters["id"])
    kind, key = documents.identifier(call.data())
    row = call.find("deployments", key)
    if kind != "deployment":
        raise not_found()
    if row["group_id"] != group["id"]:
        raise invalid("Invalid Deployment", "The deployment does not belong to this devicegroup.")
    minimum = call.db.one("SELECT created_at FROM deployments WHERE id = ?", (group["min_supported_deployment_id"],))
    if minimum is not None and row["created_at"] < minimum["created_at"]:
        raise conflict("Invalid Deployment", "The deployment is older than the present minimum supported deployment.")
    call.db.update(
        "device_groups", group["id"], {"min_supported_deployment_id": key, "updated_at": call.emulator.now()}
    )
    return documents.document(_single(call, row))


ROUTES = [
    ("GET", "/deployments", list_deployments),
    ("POST", "/deployments", create_deployment),
    ("GET", "/deployments/{id}", get_deployment),
    ("PATCH", "/deployments/{id}", update_deployment),
    ("DELETE", "/deployments/{id}", delete_deployment),
    ("PUT", "/devicegroups/{id}/relationships/min_supported_deployment", set_minimum),
]
