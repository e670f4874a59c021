# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect what devices log, until it is enough."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._logs import by_time
from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import Entry, LogEntry
from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import matches

ANY, ALL = "any", "all"


class Enough(NamedTuple):
    """When to stop: after so many entries, when ``until`` was found (of ``any`` or of ``all`` devices), or ``fail_on``."""

    entries: int | None = None
    until: re.Pattern[str] | None = None
    until_from: str = ANY
    fail_on: re.Pattern[str] | None = None


class Collected:
    """The entries of some devices so far.

    :param devices: by id, as the service lists them.
    :ivar failure: the entry that fits ``fail_on``.
    """

    def __init__(self, devices: Mapping[str, Mapping[str, Any]], enough: Enough) -> None:
        self._devices = devices
        self._enough = enough
        self._entries: list[LogEntry] = []
        self._matched: set[str] = set()
        self.failure: LogEntry | None = None

    def take(self, entries: Iterable[Entry]) -> None:
        """Take entries until there are enough of them."""
        for entry in entries:
            if isinstance(entry, LogEntry) and entry.device_id in self._devices:
                self._add(entry)
                if self.failure is not None or self.complete or len(self._entries) == self._enough.entries:
                    return

    @property
    def complete(self) -> bool:
        """Tell whether ``until`` was found, where it was to be found."""
        wanted = len(self._devices) if self._enough.until_from == ALL else 1
        return self._enough.until is not None and len(self._matched) >= wanted

    def result(self, unplaced: Iterable[str] = ()) -> dict[str, Any]:
        """Return what a task returns of it. :param unplaced: ids of devices that could not be followed."""
        heard = {one.device_id for one in self._entries}
        # A production device is silent unless it is opened for troubleshooting.
        silent = {one for one, device in self._devices.items() if device["device_group_type"] == "production"}
        searched = self._devices if self._enough.until is not None else ()
        return {
            "logs": by_time(
                {"device_id": one.device_id, "ts": one.ts, "type": one.type, "msg": one.msg} for one in self._entries
            ),
            "matched": [one for one in searched if one in self._matched],
            "missing": [one for one in searched if one not in self._matched],
            "unreadable": [one for one in self._devices if one in silent.union(unplaced) - heard],
        }

    def _add(self, entry: LogEntry) -> None:
        self._entries.append(entry)
        if self._enough.until is not None and matches(self._enough.until, entry.type, entry.msg):
            self._matched.add(str(entry.device_id))
        if self._enough.fail_on is not None and matches(self._enough.fail_on, entry.type, entry.msg):
            self.failure = entry
