# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that the administration injects into the API.

A fault is chosen for the n-th matching request, counted from the moment it was ordered, and for the following ones up
to ``times``. Kinds:

=============  ========================================================================================
status         answer with ``status`` (and ``headers``, ``body``); the call takes effect with ``execute``
reset_before   drop the connection; the call takes no effect
reset_after    drop the connection after the call took effect
truncate       carry out, then send half of the body under the whole body's Content-Length
invalid_json   carry out, then send a body that is no JSON
html           answer 502 with an HTML page; the call takes effect with ``execute``
empty          carry out, then send no body
delay          wait ``seconds``, then carry out, unless the client has gone
delay_after    carry out, wait ``seconds``, then answer
expire_token   let the request's access token die, then go on: it is answered with 401
=============  ========================================================================================

What is carried out is awaited as a whole, so these kinds do not fit the reading of a log stream, which does not end.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import invalid

KINDS = (
    "status",
    "reset_before",
    "reset_after",
    "truncate",
    "invalid_json",
    "html",
    "empty",
    "delay",
    "delay_after",
    "expire_token",
)
_EXECUTED = {"reset_after", "truncate", "invalid_json", "empty", "delay", "delay_after", "expire_token"}


@dataclass
class Fault:
    """One ordered fault; ``times`` of None means for ever."""

    kind: str
    method: str | None = None
    path: str | None = None
    nth: int = 1
    times: int | None = 1
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    execute: bool | None = None
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise invalid("Invalid Fault", f"The kind is one of: {', '.join(KINDS)}.")
        if self.kind == "status" and self.status is None:
            raise invalid("Invalid Fault", "The kind status needs a status.")
        try:
            re.compile(self.path or "")
        except re.error as error:
            raise invalid("Invalid Fault", f"The path is no regular expression: {error}.") from error
        if self.execute is None:
            self.execute = self.kind in _EXECUTED

    def claims(self, method: str, target: str) -> bool:
        """Count a request if it matches; true when the fault strikes it."""
        if self.method and self.method.upper() != method:
            return False
        if self.path and not re.search(self.path, target):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.seen >= self.nth + self.times):
            return False
        self.fired += 1
        return True


class Faults:
    """All ordered faults. Each counts every request that matches it; the first that strikes wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, order: dict) -> None:
        """Order a fault; raises `ApiError` for a field or kind that does not exist."""
        try:
            self._faults.append(Fault(**order))
        except TypeError as error:
            raise invalid("Invalid Fault", str(error)) from error

    def strike(self, method: str, target: str) -> Fault | None:
        """Return the fault for a request that has just arrived."""
        striking = [fault for fault in self._faults if fault.claims(method, target)]
        return striking[0] if striking else None

    def list(self) -> list[dict]:
        """Return all faults with the numbers of requests that they saw and struck."""
        return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        """Withdraw all faults."""
        self._faults.clear()
