# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that live: power, restarts, connection states and logs."""

from __future__ import annotations

from typing import Any, Iterable

SCHEMA = ""


class World:
    """The simulated devices of one emulator."""

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator

    def start(self) -> None:
        """Begin to run what is due; called in the running event loop."""

    def stop(self) -> None:
        """Drop everything that is still due."""

    def reset(self) -> None:
        """Forget all scheduled events after the database was put back to its seed."""

    def device_assigned(self, device_ids: Iterable[str]) -> None:
        """Reload the devices that have just been assigned to a group."""

    def device_unassigned(self, device_ids: Iterable[str]) -> None:
        """Stop the programs of devices that have just left their group."""

    def restart(self, device_ids: Iterable[str], conditional: bool) -> None:
        """Ask devices to restart."""

    def power(self, device_id: str, on: bool) -> None:
        """Switch a device on or off."""

    def deployment_created(self, group_id: str, deployment_id: str) -> None:
        """Take note of a group's new current deployment: running devices keep what they run."""

    def logs(self, device_id: str, offset: int, limit: int) -> list[dict]:
        """Return log entries, newest first: ts, type and msg of each."""
        return []


def routes(emulator: Any) -> list:
    """Return the administration routes of the simulation."""
    return []
