# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An incremental parser of event streams (server-sent events, https://html.spec.whatwg.org)."""

from __future__ import annotations

import re
from typing import NamedTuple

COMMENT = "comment"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event. Comments, which keep a stream alive, are events named ``comment``."""

    event: str
    data: str


class Parser:
    """Make events of bytes, however these are cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._started = False
        self._skip_line_feed = False
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete."""
        lines = self._lines(chunk)
        return [event for event in map(self._line, lines) if event]

    def _lines(self, chunk: bytes) -> list[str]:
        # A carriage return ends its line at once; a line feed that opens the next chunk belongs to it.
        if self._skip_line_feed and chunk:
            chunk = chunk[1:] if chunk.startswith(b"\n") else chunk
            self._skip_line_feed = False
        self._skip_line_feed = self._skip_line_feed or chunk.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + chunk)
        if lines and not self._started:
            self._started = True
            lines[0] = lines[0][len(_BYTE_ORDER_MARK) :] if lines[0].startswith(_BYTE_ORDER_MARK) else lines[0]
        return [line.decode("utf-8", "replace") for line in lines]

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _colon, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if not name:
            return Event(COMMENT, value)
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        return None

    def _dispatch(self) -> Event | None:
        event = Event(self._name or "message", "\n".join(self._data)) if self._data else None
        self._name, self._data = "", []
        return event
