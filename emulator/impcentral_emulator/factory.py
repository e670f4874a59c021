# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The factory path of a device: test station, blessing, and the end user's BlinkUp (contract 3).

The groups that a device passes through by itself are the targets of a fixture group.
"""

from __future__ import annotations

import sqlite3

from . import fleet, seeding
from .errors import conflict, not_found
from .state import Emulator

_FIXTURES = ("factoryfixture_devicegroup", "pre_factoryfixture_devicegroup")


def factory_blinkup(emulator: Emulator, device_id: str, fixture_group_id: str) -> None:
    """Let a fixture enrol a device: it enters the fixture group's `dut_target`. Raises `ApiError`."""
    _enrol(emulator, device_id)
    _move(emulator, device_id, _target(emulator, fixture_group_id, "dut_target_id"))
    emulator.world.device_assigned([device_id])


def bless(emulator: Emulator, device_id: str, fixture_group_id: str) -> None:
    """Let a fixture bless a device: it enters the fixture group's `production_target` and the group's webhooks hear it.

    The device takes the group's code at once or, where `load_code_after_blessing` is false, at its BlinkUp. Raises
    `ApiError`.
    """
    group = _target(emulator, fixture_group_id, "production_target_id")
    _move(emulator, device_id, group)
    _note(emulator, device_id, "blessed")
    if group["load_code_after_blessing"] == 0:
        emulator.world.device_unassigned([device_id])
    else:
        emulator.world.device_assigned([device_id])
    emulator.deliveries.fire(group["id"], "blessing", {"device_id": device_id, "imp_id": device_id})


def blinkup(emulator: Emulator, device_id: str, token: str) -> None:
    """Let the end user enrol a device; the webhooks of its group hear it. One that waited for its code takes it."""
    _enrol(emulator, device_id)
    row = emulator.db.one("SELECT group_id, plan_id, agent_running FROM devices WHERE id = ?", (device_id,))
    if row["group_id"] is None:
        return
    if not row["agent_running"]:
        emulator.world.device_assigned([device_id])
    payload = {"device_id": device_id, "plan_id": row["plan_id"], "token": token}
    emulator.deliveries.fire(row["group_id"], "blinkup", payload)


def _target(emulator: Emulator, fixture_group_id: str, target: str) -> sqlite3.Row:
    fixture_group = emulator.db.one("SELECT * FROM device_groups WHERE id = ?", (fixture_group_id,))
    if fixture_group is None:
        raise not_found()
    if fixture_group["type"] not in _FIXTURES:
        raise conflict("Invalid Group", "Only fixture groups take devices through the factory.")
    return emulator.db.one("SELECT * FROM device_groups WHERE id = ?", (fixture_group[target],))


def _move(emulator: Emulator, device_id: str, group: sqlite3.Row) -> None:
    emulator.db.update(
        "devices",
        device_id,
        {
            "owner_id": group["owner_id"],
            **seeding.membership(device_id, group["owner_id"], group),
        },
    )


def _enrol(emulator: Emulator, device_id: str) -> None:
    emulator.db.update("devices", device_id, {"last_enrolled_at": emulator.now()})
    _note(emulator, device_id, "enrolled")


def _note(emulator: Emulator, device_id: str, event: str) -> None:
    """Write a line of the device's history."""
    owner_id = fleet.find_device(emulator.db, device_id)["owner_id"]
    emulator.db.insert(
        "history",
        {
            "device_id": device_id,
            "timestamp": emulator.now(),
            "event": event,
            "owner_id": owner_id,
            "actor_id": owner_id,
        },
    )
