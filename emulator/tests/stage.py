# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stage for the simulation: an emulator's state without its server, with one group."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

from impcentral_emulator.state import Emulator, Options
from impcentral_emulator.streams import Streams

GROUP = "group"


class Recorder(Streams):
    """Streams that keep what is published: device, log type, type and text of each entry."""

    def __init__(self, published: list[tuple[str, str, str, str]]) -> None:
        super().__init__()
        self._published = published

    def publish(self, device_id: str, log_type: str, ts: str, type_: str, msg: str) -> None:
        self._published.append((device_id, log_type, type_, msg))


class Stage:
    """An emulator's state, one device group, and devices that appear when they are assigned.

    Above time scale 0 time passes in `run_until` alone.
    """

    def __init__(self, time_scale: float = 0.0) -> None:
        self.emulator = Emulator(Options(time_scale=time_scale))
        self.db = self.emulator.db
        self.world = self.emulator.world
        self._loop = asyncio.new_event_loop()
        self.published: list[tuple[str, str, str, str]] = []
        self.emulator.streams = Recorder(self.published)
        self.make_group("development_devicegroup")

    def make_group(self, group_type: str) -> None:
        """Put a group of another type into the place of the present one."""
        self.db.execute("DELETE FROM device_groups")
        self.db.insert("device_groups", {"id": GROUP, "type": group_type, "name": GROUP})

    def deploy(self, name: str, device_code: str, agent_code: str = "", minimum: bool = False) -> None:
        """Make a deployment the group's current one, the first one its minimum, too."""
        sha = hashlib.sha256(f"{device_code}\0{agent_code}".encode()).hexdigest()
        self.db.insert(
            "deployments",
            {
                "id": name,
                "sha": sha,
                "group_id": GROUP,
                "created_at": self.emulator.clock.stamp(),
                "device_code": device_code,
                "agent_code": agent_code,
            },
        )
        self.db.update("device_groups", GROUP, {"current_deployment_id": name})
        if minimum or self.db.one("SELECT COUNT(*) FROM deployments")[0] == 1:
            self.db.update("device_groups", GROUP, {"min_supported_deployment_id": name})
        self.world.deployment_created(GROUP, name)

    def add_members(self, devices: list[str]) -> None:
        """Put new devices into the group; nothing happens to them yet."""
        group_type = self.db.one("SELECT type FROM device_groups WHERE id = ?", (GROUP,))[0]
        self.db.execute_many(
            "INSERT OR IGNORE INTO devices (id, group_id, group_type, device_online) VALUES (?, ?, ?, 1)",
            [(device, GROUP, group_type) for device in devices],
        )

    def assign(self, device: str) -> None:
        self.add_members([device])
        self.world.device_assigned([device])

    def unassign(self, device: str) -> None:
        self.db.update("devices", device, {"group_id": None, "group_type": None})
        self.world.device_unassigned([device])

    def attributes(self, device: str) -> dict:
        return dict(self.db.one("SELECT * FROM devices WHERE id = ?", (device,)))

    def entries(self, device: str) -> list[tuple[str, str]]:
        """Return type and text of a device's log entries, oldest first."""
        return [(entry["type"], entry["msg"]) for entry in reversed(self.world.logs(device, 0, 5000))]

    def log(self, device: str) -> list[str]:
        return [msg for _type, msg in self.entries(device)]

    def clear_log(self, device: str) -> None:
        self.db.execute("DELETE FROM log_entries WHERE device_id = ?", (device,))

    def close(self) -> None:
        self.world.stop()
        self._loop.close()

    def run_until(self, condition: Callable[[], bool]) -> None:
        """Let time pass until a condition holds; raises TimeoutError when it does not."""

        async def wait() -> None:
            self.world.start()
            while not condition():
                await asyncio.sleep(0)

        self._loop.run_until_complete(asyncio.wait_for(wait(), 30))
