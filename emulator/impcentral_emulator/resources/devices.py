# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices: lists, singles, names, removal, restarts, logs and history."""

from __future__ import annotations

import sqlite3

from .. import documents, permissions
from ..documents import Call, Condition, Reply
from ..errors import conflict, not_found
from ..fleet import find_device
from ..state import Emulator
from .devicegroups import ZONES

_SINGLE_ONLY = {"free_memory", "swversion", "plan_id"}
_ATTRIBUTES = (
    "name",
    "agent_id",
    "agent_url",
    "device_online",
    "device_state_changed_at",
    "agent_running",
    "agent_state_changed_at",
    "last_enrolled_at",
    "imp_type",
    "ip_address",
    "mac_address",
    "free_memory",
    "rssi",
    "swversion",
    "plan_id",
)
_LISTED = tuple(name for name in _ATTRIBUTES if name not in _SINGLE_ONLY)
_BOOLEAN = ("device_online", "agent_running")
_UNHIDING_FILTERS = {"devicegroup.id", "devicegroup.type", "product.id"}


def _show(call: Call, row: sqlite3.Row, names: tuple[str, ...] = _ATTRIBUTES) -> dict:
    attributes = {name: row[name] for name in names}
    for name in _BOOLEAN:
        if attributes[name] is not None:
            attributes[name] = bool(attributes[name])
    related = documents.relationships(
        owner=("account", row["owner_id"]),
        product=("product", row["product_id"]),
        devicegroup=(row["group_type"], row["group_id"]),
    )
    return documents.resource(call, "device", "devices", row, attributes, related)


def lookup(call: Call, alias: str) -> sqlite3.Row | None:
    """Return the device that a device id, MAC address or agent id means; None when the caller sees no such device."""
    known = find_device(call.db, alias)
    return call.db.one("SELECT * FROM devices WHERE id = ?", (known["id"],)) if call.may_see(known) else None


def find(call: Call, alias: str) -> sqlite3.Row:
    """Like `lookup`, but raises 404 for an unknown device."""
    row = lookup(call, alias)
    if row is None:
        raise not_found()
    return row


def _find_writable(call: Call) -> sqlite3.Row:
    row = find(call, call.parameters["id"])
    permissions.require(call, row["owner_id"], ZONES.get(row["group_type"], permissions.DEVELOPMENT))
    return row


def remember(emulator: Emulator, device_id: str, event: str, owner_id: str | None, actor_id: str | None) -> None:
    """Add an entry to the enrolment history of a device."""
    emulator.db.insert(
        "history",
        {
            "device_id": device_id,
            "timestamp": emulator.now(),
            "event": event,
            "owner_id": owner_id,
            "actor_id": actor_id,
        },
    )


_OWNED_GROUPS = "group_id IN (SELECT id FROM device_groups WHERE owner_id = ?)"


def _group_owner(value: str) -> Condition:
    return ("group_id IS NULL", []) if value == "null" else (_OWNED_GROUPS, [value])


def _reachable(value: str) -> Condition:
    return f"(owner_id = ? OR {_OWNED_GROUPS})", [value, value]


def list_devices(call: Call) -> Reply:
    """GET /devices: by id; members of other groups than development groups only when a filter asks for them."""
    conditions = documents.filters(
        call,
        {
            "owner.id": "owner_id",
            "product.id": "product_id",
            "devicegroup.id": "group_id",
            "devicegroup.owner.id": _group_owner,
            "devicegroup.type": "group_type",
            "account.id": _reachable,
        },
    )
    if not _UNHIDING_FILTERS & set(conditions):
        conditions["default"] = ("listed = 1", [])
    return documents.listing(call, "devices", conditions.values(), "id", lambda row: _show(call, row, _LISTED))


def get_device(call: Call) -> Reply:
    """GET /devices/{id, MAC address or agent id}."""
    return documents.document(_show(call, find(call, call.parameters["id"])))


def update_device(call: Call) -> Reply:
    """PATCH /devices/{...}: the name; an empty one removes it."""
    row = _find_writable(call)
    wanted = call.change("device", row["id"], row["mac_address"], row["agent_id"])
    wanted.only(["name"])
    if "name" in wanted.attributes:
        name = wanted.text("name", call.emulator.options.device_name_limit) or None
        call.db.update("devices", row["id"], {"name": name})
    return documents.document(_show(call, find(call, row["id"])))


def delete_device(call: Call) -> Reply:
    """DELETE /devices/{...}: an unassigned device leaves the account; BlinkUp brings it back."""
    row = _find_writable(call)
    if row["group_id"] is not None:
        raise conflict("Device Assigned", "Cannot delete a device that is assigned to a devicegroup.")
    remember(call.emulator, row["id"], "removed", row["owner_id"], call.account_id)
    call.db.update("devices", row["id"], {"owner_id": None})
    return documents.NO_CONTENT


def _restart(call: Call, conditional: bool) -> Reply:
    row = find(call, call.parameters["id"])
    if row["group_id"] is None:
        raise conflict("Device Unassigned", "Cannot restart a device that is not assigned to a devicegroup.")
    permissions.require(call, row["owner_id"], ZONES[row["group_type"]])
    call.emulator.world.restart([row["id"]], conditional=conditional)
    return documents.NO_CONTENT


def restart_device(call: Call) -> Reply:
    """POST /devices/{...}/restart."""
    return _restart(call, conditional=False)


def conditionally_restart_device(call: Call) -> Reply:
    """POST /devices/{...}/conditional_restart."""
    return _restart(call, conditional=True)


def list_logs(call: Call) -> Reply:
    """GET /devices/{...}/logs: newest first."""
    key = find(call, call.parameters["id"])["id"]
    logs = call.emulator.world.logs
    return documents.items(call, lambda offset, limit: logs(key, offset, limit), lambda entry: entry)


def list_history(call: Call) -> Reply:
    """GET /devices/{...}/history: newest first."""
    key = find(call, call.parameters["id"])["id"]
    sql = "SELECT * FROM history WHERE device_id = ? ORDER BY rowid DESC LIMIT ? OFFSET ?"
    return documents.items(
        call,
        lambda offset, limit: call.db.all(sql, (key, limit, offset)),
        lambda row: {name: row[name] for name in ("timestamp", "event", "owner_id", "actor_id")},
    )


ROUTES = [
    ("GET", "/devices", list_devices),
    ("GET", "/devices/{id}", get_device),
    ("PATCH", "/devices/{id}", update_device),
    ("DELETE", "/devices/{id}", delete_device),
    ("POST", "/devices/{id}/restart", restart_device),
    ("POST", "/devices/{id}/conditional_restart", conditionally_restart_device),
    ("GET", "/devices/{id}/logs", list_logs),
    ("GET", "/devices/{id}/history", list_history),
]
