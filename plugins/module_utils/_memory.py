# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client remembers of its readings, so that asking twice costs one request and nothing is ever stale."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any, Callable, NamedTuple

# A write to a kind of resource may change others: a group's deletion takes its deployments and webhooks along,
# a deployment becomes its group's current one (contract 2.4.4, 2.6).
_TOUCHED = {
    "device_group": ("device_group", "device", "deployment", "webhook"),
    "deployment": ("deployment", "device_group"),
}


class _Kept(NamedTuple):
    read_at: float
    value: Any


class Memory:
    """Readings by kind of resource and key. Safe for use from several threads; values are copied by the caller."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, dict[Hashable, _Kept]] = defaultdict(dict)
        self._writes: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._readers: dict[Hashable, threading.Lock] = defaultdict(threading.Lock)

    def recall(self, kind: str, key: Hashable, read: Callable[[], Any], fresh: bool = False) -> Any:
        """Return what is remembered, else read it; who asks meanwhile waits for that reading.

        :param fresh: read it in any case.
        """
        with self._lock:
            reader = self._readers[kind, key]
        with reader:
            with self._lock:
                kept = self._kept[kind].get(key)
                writes = self._writes[kind]
                read_at = self._clock()
            if kept and not fresh:
                return kept.value
            value = read()
            with self._lock:
                # What was read while something was written may be older than that.
                if self._writes[kind] == writes:
                    self._kept[kind][key] = _Kept(read_at, value)
            return value

    def wrote(self, kind: str) -> None:
        """Drop what a write to this kind of resource may have changed."""
        with self._lock:
            for touched in _TOUCHED.get(kind, (kind,)):
                self._writes[touched] += 1
                self._kept.pop(touched, None)

    def forget(self, older_than: float | None = None) -> None:
        """Drop everything, or what was read more than so many seconds ago."""
        with self._lock:
            oldest = float("inf") if older_than is None else self._clock() - older_than
            for kind, kept in self._kept.items():
                self._kept[kind] = {key: one for key, one in kept.items() if one.read_at > oldest}


def copied(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return copies of flattened resources that can be changed without harm."""
    return [{key: _copied(value) for key, value in item.items()} for item in items]


def _copied(value: Any) -> Any:
    # Attributes are flat but for lists and small objects; copy.deepcopy costs ten times as much.
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
