# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deliveries of webhooks: one attempt each, to loopback targets alone (contract 2.7)."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
from collections import deque
from typing import Any
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

TIMEOUT = 5.0
KEEP = 1000

# Events that belong to production and pre-production groups; elsewhere such a webhook never fires.
_PRODUCTION_EVENTS = ("blessing", "blinkup")
_PRODUCTION_TYPES = ("production_devicegroup", "pre_production_devicegroup")
_SECRETS = ("token",)
MASK = "***"


class Deliveries:
    """Sends the webhooks of device groups and remembers what became of each.

    Nothing leaves the machine: a target other than plain http on a loopback address is recorded, not called.
    """

    def __init__(self, emulator: Any) -> None:
        self._emulator = emulator
        self._records: deque[dict] = deque(maxlen=KEEP)
        self._count = 0
        self._tasks: set[asyncio.Task] = set()

    def fire(self, group_id: str, event: str, payload: dict) -> None:
        """Deliver an event to every webhook of the group that asks for it; called in the running event loop."""
        hooks = self._emulator.db.all(
            "SELECT id, url, content_type, group_type FROM webhooks WHERE group_id = ? AND event = ? ORDER BY id",
            (group_id, event),
        )
        for hook_id, url, content_type, group_type in hooks:
            if event in _PRODUCTION_EVENTS and group_type not in _PRODUCTION_TYPES:
                continue
            self._count += 1
            target = urlsplit(url)
            record = {
                "n": self._count,
                "at": self._emulator.clock.stamp(),
                "webhook_id": hook_id,
                "devicegroup_id": group_id,
                "event": event,
                "url": _without_credentials(target),
                "content_type": content_type,
                "payload": {name: MASK if name in _SECRETS else value for name, value in payload.items()},
                "result": "pending",
                "status": None,
                "error": None,
            }
            self._records.append(record)
            if is_loopback(target):
                task = asyncio.get_running_loop().create_task(_deliver(record, target, payload))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                record["result"] = "recorded"

    def records(self, after: int = 0) -> list[dict]:
        """Return the deliveries after the given number. `result` is `pending`, `sent`, `failed` or `recorded`."""
        return [record for record in self._records if record["n"] > after]

    def reset(self) -> None:
        """Give up what is under way and forget all deliveries."""
        self.stop()
        self._records.clear()
        self._count = 0

    def stop(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()


def is_loopback(target: SplitResult) -> bool:
    """Say whether a target is plain http on this machine's loopback interface."""
    host = target.hostname or ""
    try:
        return target.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


async def _deliver(record: dict, target: SplitResult, payload: dict) -> None:
    """Send one delivery and note the status of the answer, or why there is none."""
    try:
        record["status"] = await asyncio.wait_for(_post(target, record["content_type"], payload), TIMEOUT)
        record["result"] = "sent"
    except (OSError, ValueError, IndexError, EOFError, asyncio.TimeoutError) as error:
        record.update(result="failed", error=type(error).__name__)


async def _post(target: SplitResult, content_type: str, payload: dict) -> int:
    is_form = content_type == "application/x-www-form-urlencoded"
    body = (urlencode(payload) if is_form else json.dumps(payload)).encode()
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: {target.netloc.rpartition('@')[2]}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if target.username is not None:
        credentials = f"{unquote(target.username)}:{unquote(target.password or '')}"
        head.append(f"Authorization: Basic {base64.b64encode(credentials.encode()).decode()}")
    reader, writer = await asyncio.open_connection(target.hostname, target.port or 80)
    try:
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        status_line = await reader.readuntil(b"\n")
        return int(status_line.split()[1])
    finally:
        writer.close()


def _without_credentials(target: SplitResult) -> str:
    if target.username is None:
        return target.geturl()
    return target._replace(netloc=f"{MASK}@{target.netloc.rpartition('@')[2]}").geturl()
