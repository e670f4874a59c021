# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulation keeps in the database, and what it reads and writes of the API's devices."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

SCHEMA = """
CREATE TABLE IF NOT EXISTS device_runtime (
    device_id TEXT PRIMARY KEY,
    powered INTEGER,                            -- null: never touched, as device_online says
    lost INTEGER NOT NULL DEFAULT 0,            -- never returned from a restart
    pending INTEGER NOT NULL DEFAULT 0,         -- asked to restart while unreachable
    deployment_id TEXT,                         -- what the agent runs
    device_sha TEXT,                            -- the code that the device has downloaded
    troubleshooting INTEGER NOT NULL DEFAULT 0,
    script TEXT NOT NULL DEFAULT '[]'           -- directives given by the administration
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_entries (
    device_id TEXT, n INTEGER, ts TEXT, type TEXT, msg TEXT,
    PRIMARY KEY (device_id, n)
) WITHOUT ROWID;
"""

# The size of a device's program storage, in characters of its source: what "Downloading new code" is a share of.
_PROGRAM_STORAGE = 131_072

_DEVICE = """
SELECT d.id, d.group_id, d.group_type, d.device_online, g.current_deployment_id, g.min_supported_deployment_id,
       r.powered, r.lost, r.pending, r.deployment_id, r.device_sha, r.troubleshooting, r.script
FROM devices d LEFT JOIN device_groups g ON g.id = d.group_id LEFT JOIN device_runtime r ON r.device_id = d.id
WHERE d.id = ?
"""


class Device(NamedTuple):
    """A device as the simulation sees it."""

    id: str
    group_id: str | None
    group_type: str | None
    online: bool
    current_deployment_id: str | None
    minimum_deployment_id: str | None
    powered: bool
    lost: bool
    pending: bool
    deployment_id: str | None
    device_sha: str | None
    troubleshooting: bool
    script: list[str]

    @property
    def reachable(self) -> bool:
        """Whether it hears a request to restart: it may be restarting already."""
        return self.powered and not self.lost

    @property
    def is_production(self) -> bool:
        return self.group_type == "production_devicegroup"

    @property
    def has_readable_log(self) -> bool:
        """Production devices show their log to troubleshooters only (contract 2.5.6)."""
        return self.troubleshooting or not self.is_production

    @property
    def log_type(self) -> str:
        return "production" if self.is_production else "development"


def device(db: Any, device_id: str) -> Device:
    """Read a device; the id is its canonical one and exists."""
    row = db.one(_DEVICE, (device_id,))
    online = bool(row["device_online"])
    return Device(
        id=row["id"],
        group_id=row["group_id"],
        group_type=row["group_type"],
        online=online,
        current_deployment_id=row["current_deployment_id"],
        minimum_deployment_id=row["min_supported_deployment_id"],
        powered=online if row["powered"] is None else bool(row["powered"]),
        lost=bool(row["lost"]),
        pending=bool(row["pending"]),
        deployment_id=row["deployment_id"],
        device_sha=row["device_sha"],
        troubleshooting=bool(row["troubleshooting"]),
        script=json.loads(row["script"] or "[]"),
    )


def find_device(db: Any, key: str) -> Any:
    """Return id and owner of a device by id, MAC address or agent id, None when there is none."""
    return db.one("SELECT id, owner_id FROM devices WHERE id = ? OR mac_address = ? OR agent_id = ?", (key, key, key))


def set_runtime(db: Any, device_id: str, **values: Any) -> None:
    """Set columns of a device's runtime state."""
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    changes = ", ".join(f"{name} = excluded.{name}" for name in values)
    db.execute(
        f"INSERT INTO device_runtime (device_id, {names}) VALUES (?, {marks})"
        f" ON CONFLICT (device_id) DO UPDATE SET {changes}",
        (device_id, *values.values()),
    )


def set_connection(db: Any, device_id: str, online: bool, now: str) -> None:
    """Let the API show that a device came online or went offline."""
    db.execute(
        "UPDATE devices SET device_online = ?, device_state_changed_at = ? WHERE id = ?", (int(online), now, device_id)
    )


def set_agent(db: Any, device_id: str, running: bool, now: str) -> None:
    """Let the API show that an agent started or ended."""
    db.execute(
        "UPDATE devices SET agent_running = ?, agent_state_changed_at = ? WHERE id = ?", (int(running), now, device_id)
    )


def members(db: Any, group_id: str | None) -> list[str]:
    """Return the ids of a group's devices in their order."""
    return [row[0] for row in db.all("SELECT id FROM devices WHERE group_id IS ? ORDER BY id", (group_id,))]


def code(db: Any, deployment_id: str) -> tuple[str, str]:
    """Return device and agent code of a deployment."""
    row = db.one("SELECT device_code, agent_code FROM deployments WHERE id = ?", (deployment_id,))
    return (row[0] or "", row[1] or "") if row else ("", "")


def image(db: Any, deployment_id: str | None) -> tuple[str | None, float]:
    """Return the sha of a deployment and the percentage of program storage that it fills."""
    row = db.one("SELECT sha, LENGTH(device_code) FROM deployments WHERE id = ?", (deployment_id,))
    return (row[0], 100 * (row[1] or 0) / _PROGRAM_STORAGE) if row else (None, 0.0)


def is_older(db: Any, deployment_id: str | None, minimum_id: str | None) -> bool:
    """Say whether a deployment is older than another; what nobody knows is older than anything."""
    if minimum_id is None or deployment_id == minimum_id:
        return False
    if deployment_id is None:
        return True
    query = "SELECT created_at >= (SELECT created_at FROM deployments WHERE id = ?) FROM deployments WHERE id = ?"
    row = db.one(query, (minimum_id, deployment_id))
    return not (row and row[0])


def begin_logs(db: Any, device_ids: Iterable[str], ts: str) -> None:
    """Begin the logs of new devices with their connection: no device that ever came online has an empty log."""
    db.execute_many(
        "INSERT INTO log_entries VALUES (?, 1, ?, 'status', 'Device connected')",
        ((device_id, ts) for device_id in device_ids),
    )


def add_log(db: Any, device_id: str, ts: str, type_: str, msg: str, limit: int) -> None:
    """Append a log entry; of more than `limit` entries the oldest are dropped."""
    n = (db.one("SELECT MAX(n) FROM log_entries WHERE device_id = ?", (device_id,))[0] or 0) + 1
    db.execute("INSERT INTO log_entries VALUES (?, ?, ?, ?, ?)", (device_id, n, ts, type_, msg))
    if n > limit:
        db.execute("DELETE FROM log_entries WHERE device_id = ? AND n <= ?", (device_id, n - limit))


def logs(db: Any, device_id: str, offset: int, limit: int) -> list[dict]:
    """Return log entries, newest first."""
    rows = db.all(
        "SELECT ts, type, msg FROM log_entries WHERE device_id = ? ORDER BY n DESC LIMIT ? OFFSET ?",
        (device_id, limit, offset),
    )
    return [{"ts": row[0], "type": row[1], "msg": row[2]} for row in rows]
