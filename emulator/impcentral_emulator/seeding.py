# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data that an emulator begins with, and those that the administration adds."""

from __future__ import annotations

import secrets
import sqlite3
from itertools import count
from typing import Any

from . import fleet
from .errors import invalid
from .state import Emulator, Identifiers

DEFAULT_OTP = "123456"
ROLES = ("administrator", "developer", "production_ops", "support", "blinkup_device")
DEVICE_COLUMNS = (
    "id",
    "mac_address",
    "agent_id",
    "owner_id",
    "name",
    "group_id",
    "group_type",
    "product_id",
    "listed",
    "agent_url",
    "device_online",
    "device_state_changed_at",
    "agent_running",
    "agent_state_changed_at",
    "last_enrolled_at",
    "imp_type",
    "ip_address",
    "free_memory",
    "rssi",
    "swversion",
    "plan_id",
)
_INSERT_DEVICE = f"INSERT INTO devices ({', '.join(DEVICE_COLUMNS)}) VALUES ({', '.join('?' * len(DEVICE_COLUMNS))})"
_SOFTWARE = "1ae4c87 - release-36.13 - Wed Dec 20 10:52:30 2017 - production"
_MAC_PREFIX = "0c:2a:69"
_MAC_STEP = 7_368_787  # odd, so that all 2**24 addresses occur before one is repeated


def is_listed(group_type: str | None) -> bool:
    """Say whether the unfiltered list of devices shows members of a group of this type (None: unassigned ones)."""
    return group_type in (None, "development_devicegroup")


def agent_url(agent_id: str | None) -> str | None:
    """Return the address of an agent."""
    return agent_id and f"https://agent.electricimp.com/{agent_id}"


def begin(emulator: Emulator) -> None:
    """Fill an empty database; one that was filled before keeps its data."""
    previous = emulator.db.one("SELECT value FROM meta WHERE name = 'runs'")
    if previous is None:
        seed = emulator.options.seed or secrets.token_hex(8)
        emulator.db.insert("meta", {"name": "seed", "value": seed})
        emulator.db.insert("meta", {"name": "runs", "value": "1"})
        _fill(emulator, seed)
    else:
        run = int(previous["value"]) + 1
        emulator.db.execute("UPDATE meta SET value = ? WHERE name = 'runs'", (str(run),))
        emulator.ids = Identifiers(f"{_seed(emulator)} run {run}")


def reset(emulator: Emulator) -> None:
    """Put all data back to what the first start made."""
    seed = _seed(emulator)
    with emulator.db.transaction():
        emulator.db.clear()
        emulator.db.insert("meta", {"name": "seed", "value": seed})
        emulator.db.insert("meta", {"name": "runs", "value": "1"})
        _fill(emulator, seed)


def _seed(emulator: Emulator) -> str:
    return emulator.db.one("SELECT value FROM meta WHERE name = 'seed'")["value"]


def _fill(emulator: Emulator, seed: str) -> None:
    emulator.ids = Identifiers(seed)
    with emulator.db.transaction():
        account_id = add_account(emulator, {"username": "emulator", "tier": "enterprise"})
        emulator.db.insert("meta", {"name": "account", "value": account_id})
        add_devices(emulator, account_id, [{}] * emulator.options.devices)


def main_account(emulator: Emulator) -> sqlite3.Row:
    """Return the account that the ready line names."""
    return emulator.db.one(
        "SELECT accounts.* FROM accounts JOIN meta ON meta.value = accounts.id WHERE meta.name = 'account'"
    )


def add_account(emulator: Emulator, attributes: dict[str, Any]) -> str:
    """Add an account and return its id.

    What ``attributes`` do not give is made up. Raises `ApiError` for unknown attributes and
    `sqlite3.IntegrityError` when id, user name or email are taken.
    """
    ids = emulator.ids
    number = emulator.db.one("SELECT COUNT(*) FROM accounts")[0]
    username = attributes.get("username") or f"emulator{number}"
    account: dict[str, Any] = {
        "id": ids.resource(),
        "username": username,
        "email": f"{username}@example.com",
        "password": ids.hexadecimal(20),
        "unbond_key": ids.hexadecimal(32),
        "tier": "free",
        "otp": DEFAULT_OTP,
        "two_factor": False,
        "production_rights": True,
    }
    unknown = set(attributes) - set(account) - {"role"}
    if unknown:
        raise invalid("Invalid Account", f"Unknown: {', '.join(sorted(unknown))}.")
    account.update({name: value for name, value in attributes.items() if name != "role" and value is not None})
    emulator.db.insert("accounts", account)
    return account["id"]


def set_role(emulator: Emulator, owner_id: str, account_id: str, role: str | None) -> None:
    """Make an account a collaborator on the owner's account; without a role it ceases to be one."""
    if role is None:
        emulator.db.execute("DELETE FROM collaborators WHERE owner_id = ? AND account_id = ?", (owner_id, account_id))
        return
    if role not in ROLES:
        raise invalid("Invalid Role", f"The role is one of: {', '.join(ROLES)}.")
    emulator.db.execute("INSERT OR REPLACE INTO collaborators VALUES (?, ?, ?)", (owner_id, account_id, role))


def add_devices(
    emulator: Emulator, owner_id: str, wanted: list[dict[str, Any]], group: sqlite3.Row | None = None
) -> list[str]:
    """Add a device for each dictionary of attributes, all into one group if it is given; return their ids.

    Raises `ApiError` for unknown attributes and `sqlite3.IntegrityError` for ids that are taken.
    """
    for attributes in wanted:
        unknown = set(attributes) - set(DEVICE_COLUMNS)
        if unknown:
            raise invalid("Invalid Device", f"Unknown: {', '.join(sorted(unknown))}.")
    numbers = count(emulator.db.one("SELECT COALESCE(MAX(rowid), 0) FROM devices")[0])
    now = emulator.now()
    devices = [
        _device(emulator.ids, number, owner_id, group, now, attributes)
        for number, attributes in zip(numbers, wanted, strict=False)
    ]
    emulator.db.execute_many(_INSERT_DEVICE, ([device[name] for name in DEVICE_COLUMNS] for device in devices))
    emulator.db.execute_many(
        "INSERT INTO history VALUES (?, ?, 'enrolled', ?, ?)",
        ((device["id"], now, owner_id, owner_id) for device in devices),
    )
    fleet.begin_logs(emulator.db, (device["id"] for device in devices if device["device_online"]), now)
    return [device["id"] for device in devices]


def _device(
    ids: Identifiers, number: int, owner_id: str, group: sqlite3.Row | None, now: str, attributes: dict[str, Any]
) -> dict[str, Any]:
    key = attributes.get("id") or ids.hexadecimal(16)
    mac = number * _MAC_STEP % 2**24
    device = dict.fromkeys(DEVICE_COLUMNS)
    device.update(
        id=key,
        mac_address=f"{_MAC_PREFIX}:{mac >> 16:02x}:{mac >> 8 & 255:02x}:{mac & 255:02x}",
        owner_id=owner_id,
        listed=True,
        device_online=True,
        agent_running=False,
        device_state_changed_at=now,
        last_enrolled_at=now,
        imp_type="imp004m",
        ip_address=f"10.{mac >> 16}.{mac >> 8 & 255}.{mac & 255}",
        free_memory=84720,
        rssi=-40 - number % 40,
        swversion=_SOFTWARE,
    )
    if group is not None:
        device.update(membership(key, owner_id, group), agent_running=True, agent_state_changed_at=now)
    device.update(attributes)
    return device


def membership(device_id: str, owner_id: str, group: sqlite3.Row) -> dict[str, Any]:
    """Return the columns of a device that its membership in a group determines."""
    plan = Identifiers.plan(device_id, owner_id)
    agent = Identifiers.agent(device_id, plan)
    return {
        "group_id": group["id"],
        "group_type": group["type"],
        "product_id": group["product_id"],
        "listed": is_listed(group["type"]),
        "plan_id": plan,
        "agent_id": agent,
        "agent_url": agent_url(agent),
    }


UNASSIGNED = {
    "group_id": None,
    "group_type": None,
    "product_id": None,
    "listed": True,
    "plan_id": None,
    "agent_id": None,
    "agent_url": None,
}
