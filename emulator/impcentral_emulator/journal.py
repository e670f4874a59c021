# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: what was asked of the API, in order of arrival, without secrets."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from datetime import datetime, timezone
from typing import Any

MASK = "***"
KEEP = 20_000
MAX_BODY = 64 * 1024
_SECRET_HEADERS = {"authorization", "x-electricimp-password", "x-electricimp-otp-token", "x-electricimp-key"}
_SECRET_FIELDS = {"password", "token", "key", "login_token"}
_SECRET_PATH = re.compile(r"(/login_keys/|/logstream/)([^/?]+)")


class Journal:
    """The requests of the API; each is counted when it arrives and completed when it is answered."""

    def __init__(self) -> None:
        self._entries: deque[dict] = deque(maxlen=KEEP)
        self._count = 0

    def arrived(self, method: str, target: str, headers: list[tuple[bytes, bytes]], at: float) -> dict:
        """Note a request: ``target`` is its path with the query, ``at`` the time in seconds since the epoch."""
        self._count += 1
        entry = {
            "n": self._count,
            "at": at,
            "started": time.perf_counter(),
            "method": method,
            "target": target,
            "headers": headers,
            "body": b"",
            "size": 0,
            "account": None,
            "status": None,
            "duration_ms": None,
            "fault": None,
        }
        self._entries.append(entry)
        return entry

    @staticmethod
    def received(entry: dict, body: bytes) -> None:
        """Note the body of a request; of a large one its size alone is kept."""
        entry["size"] = len(body)
        entry["body"] = body if len(body) <= MAX_BODY else b""

    @staticmethod
    def answered(entry: dict) -> None:
        """Note that a request is over."""
        entry["duration_ms"] = round((time.perf_counter() - entry["started"]) * 1000, 3)

    def entries(self, after: int = 0) -> list[dict]:
        """Return what arrived after the given number, with all secrets masked."""
        return [_public(entry) for entry in self._entries if entry["n"] > after]

    def clear(self) -> None:
        """Forget everything; numbers begin again at 1."""
        self._entries.clear()
        self._count = 0


def _public(entry: dict) -> dict:
    at = datetime.fromtimestamp(entry["at"], timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in entry["headers"]}
    return {
        "n": entry["n"],
        "at": at,
        "method": entry["method"],
        "path": _SECRET_PATH.sub(r"\1" + MASK, entry["target"]),
        "status": entry["status"],
        "account": entry["account"],
        "headers": {name: MASK if name in _SECRET_HEADERS else value for name, value in headers.items()},
        "body": _public_body(entry),
        "duration_ms": entry["duration_ms"],
        "fault": entry["fault"],
    }


def _public_body(entry: dict) -> Any:
    """Return a body as JSON with its secrets masked; one that is large or not JSON is told by its size."""
    if not entry["size"]:
        return None
    try:
        document = json.loads(entry["body"])
    except ValueError:
        return f"<{entry['size']} bytes>"
    if not isinstance(document, dict):
        return document
    masked: dict[str, Any] = {name: MASK if name in _SECRET_FIELDS else value for name, value in document.items()}
    if "/login_keys/" in entry["target"] and isinstance(masked.get("data"), dict):
        masked["data"] = {**masked["data"], "id": MASK}
    return masked
