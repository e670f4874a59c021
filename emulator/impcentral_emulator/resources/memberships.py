# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices belong to which group: assignment, removal, restarts of whole groups.

Changes of several devices are not atomic: those that can be carried out are, the others are told in one 400.
"""

from __future__ import annotations

import secrets
import sqlite3

from ..documents import NO_CONTENT, Call, Reply, identifier
from ..errors import entry, for_status, forbidden, invalid
from ..seeding import UNASSIGNED, membership
from . import devices
from .devicegroups import BLESSED, find_writable

_FACTORY_TYPES = ("factoryfixture_devicegroup", "pre_factoryfixture_devicegroup")
_UNKNOWN = entry(404, "NF000", "Device Not Found", "The device is not known in this account.")
_NO_MEMBER = entry(404, "NF000", "Device Not Found", "The device is not in this devicegroup.")


def _named(call: Call) -> tuple[dict[str, sqlite3.Row], int]:
    """Return the devices that the body names by id, each once, and the number of names that mean no known device.

    Raises 400 for an empty or malformed list.
    """
    data = call.data()
    if not isinstance(data, list) or not data:
        raise invalid("Invalid Document", "The member data must be a list of at least one device.")
    named, unknown = {}, set()
    for kind, alias in map(identifier, data):
        if kind != "device":
            raise invalid("Invalid Type", "The type must be device.")
        device = devices.lookup(call, alias)
        if device is None:
            unknown.add(alias)
        else:
            named[device["id"]] = device
    return named, len(unknown)


def _refusal(call: Call, device: sqlite3.Row, group: sqlite3.Row) -> dict | None:
    """Return why a device may not be assigned to a group by hand, None when it may."""
    blessed = device["group_type"] in BLESSED
    if group["type"] in BLESSED:
        if not blessed or device["product_id"] != group["product_id"]:
            return entry(400, "CX000", "Invalid Assignment", "Only blessing puts devices into this devicegroup.")
    elif device["group_type"] == "production_devicegroup" and not _has_unbond_key(call, device["owner_id"]):
        return entry(403, "PX000", "Invalid Permission", "Unblessing a production device needs the unbond key.")
    if group["type"] in _FACTORY_TYPES and device["imp_type"] == "imp001":
        return entry(400, "CX000", "Invalid Assignment", "An imp001 cannot be a BlinkUp fixture.")
    return None


def _has_unbond_key(call: Call, owner_id: str) -> bool:
    account = call.db.one("SELECT unbond_key FROM accounts WHERE id = ?", (owner_id,))
    given = call.headers.get("x-electricimp-key", "")
    return account is not None and secrets.compare_digest(given.encode(), account["unbond_key"].encode())


def _answer(errors: list[dict]) -> Reply:
    return Reply(400, {"errors": errors}) if errors else NO_CONTENT


def assign(call: Call) -> Reply:
    """POST /devicegroups/{id}/relationships/devices: also from another group, also into the group they are in."""
    group = find_writable(call, call.parameters["id"])
    named, unknown = _named(call)
    errors, assigned = [_UNKNOWN] * unknown, {}
    for key, device in named.items():
        refusal = _refusal(call, device, group)
        if refusal:
            errors.append(refusal)
        else:
            assigned[key] = device
    for key, device in assigned.items():
        call.db.update("devices", key, membership(key, group["owner_id"], group))
        if device["group_id"] != group["id"]:
            devices.remember(call.emulator, key, "assigned", group["owner_id"], call.account_id)
    call.emulator.world.device_assigned(list(assigned))
    return _answer(errors)


def unassign(call: Call) -> Reply:
    """DELETE /devicegroups/{id}/relationships/devices: from a production group only with the unbond key, and not too often."""
    group = find_writable(call, call.parameters["id"])
    named, unknown = _named(call)
    if group["type"] == "production_devicegroup":
        if not call.emulator.unblessing_limits.take(call.account_id)[0]:
            raise for_status(429)
        if not _has_unbond_key(call, group["owner_id"]):
            raise forbidden("The header X-Electricimp-Key is missing or wrong.")
    removed = [key for key, device in named.items() if device["group_id"] == group["id"]]
    for key in removed:
        call.db.update("devices", key, UNASSIGNED)
        devices.remember(call.emulator, key, "unassigned", named[key]["owner_id"], call.account_id)
    call.emulator.world.device_unassigned(removed)
    return _answer([_NO_MEMBER] * (unknown + len(named) - len(removed)))


def _restart(call: Call, conditional: bool) -> Reply:
    group = find_writable(call, call.parameters["id"])
    rows = call.db.all("SELECT id FROM devices WHERE group_id = ? ORDER BY id", (group["id"],))
    call.emulator.world.restart([row["id"] for row in rows], conditional=conditional)
    return NO_CONTENT


def restart_group(call: Call) -> Reply:
    """POST /devicegroups/{id}/restart."""
    return _restart(call, conditional=False)


def conditionally_restart_group(call: Call) -> Reply:
    """POST /devicegroups/{id}/conditional_restart."""
    return _restart(call, conditional=True)


ROUTES = [
    ("POST", "/devicegroups/{id}/relationships/devices", assign),
    ("DELETE", "/devicegroups/{id}/relationships/devices", unassign),
    ("POST", "/devicegroups/{id}/restart", restart_group),
    ("POST", "/devicegroups/{id}/conditional_restart", conditionally_restart_group),
]
