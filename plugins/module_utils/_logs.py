# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of many devices as one list: which entries are wanted, read in parallel, newest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import check_limit
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import Finder
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    InvalidDataError,
    NotFoundError,
    PermissionDeniedError,
)

Entry = Mapping[str, Any]
Entries = list[dict[str, Any]]

_KEYS = ("device_id", "ts", "type", "msg")
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


class Wanted(NamedTuple):
    """Which entries of a device's log are wanted; None means all. ``limit`` counts those that fit the rest."""

    since: datetime | None = None
    types: frozenset[str] | None = None
    match: re.Pattern[str] | None = None
    limit: int | None = None

    def reached_end(self, entry: Entry) -> bool:
        """Tell whether an entry, and so all behind it, is too old. One without a time is not."""
        ts = moment(entry.get("ts"))
        return self.since is not None and ts is not None and ts < self.since

    def fits(self, entry: Entry) -> bool:
        """Tell whether an entry has a wanted type and message."""
        if self.types is not None and entry.get("type") not in self.types:
            return False
        return self.match is None or bool(self.match.search(str(entry.get("msg") or "")))


def wanted(options: Mapping[str, Any], now: datetime | None = None) -> Wanted:
    """Return what the options ``since``, ``types``, ``match`` and ``limit`` mean.

    :param now: what ``24h`` is counted from. :raises InvalidDataError: one of them cannot be understood.
    """
    types, match = options.get("types"), options.get("match")
    return Wanted(
        since(options["since"], now) if options.get("since") is not None else None,
        frozenset(types) if types else None,
        None if match is None else pattern(match, "match"),
        check_limit(options.get("limit")),
    )


def pattern(text: str, option: str) -> re.Pattern[str]:
    """Return a compiled regular expression.

    :raises InvalidDataError: it is none.
    """
    try:
        return re.compile(text)
    except re.error as error:
        raise InvalidDataError(f"{option}: {text!r} is no regular expression: {error}.") from error


def since(text: str, now: datetime | None = None) -> datetime:
    """Return the moment that a text means: a time in ISO 8601 (UTC unless it says otherwise), or an age like ``24h``.

    :raises InvalidDataError: it is neither.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return (now or datetime.now(timezone.utc)) - timedelta(**{_UNITS[ago[2]]: float(ago[1])})
        found = moment(text.strip())
    except OverflowError:
        found = None
    if found is None:
        raise InvalidDataError(
            f"since: {text!r} is neither a time such as 2026-01-31T08:00:00Z nor an age such as 90s, 30m, 24h, 7d or 2w."
        )
    return found


def moment(text: Any) -> datetime | None:
    """Return a timestamp of ISO 8601 as a moment, None when it is none."""
    try:
        # Before Python 3.11 fromisoformat knows no "Z".
        found = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", str(text)))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def read_logs(
    client: Any, finder: Finder, devices: Mapping[str, Mapping[str, Any] | None], want: Wanted
) -> tuple[Entries, list[str]]:
    """Return the wanted entries of all devices, newest first, and the ids of devices without a readable log.

    :param devices: by id; None for one of which nothing but its id is known.
    :raises MissingError: there is no such device.
    """
    filtered = want.types is not None or want.match is not None

    def known(device_id: str) -> Mapping[str, Any]:
        return devices[device_id] or finder.device(device_id)

    def read(device_id: str) -> Entries | None:
        seen: list[Entry] = []

        def until(entry: Entry) -> bool:
            seen[:] = [entry]
            return want.reached_end(entry)

        try:
            found = client.devices.logs(device_id, want.limit, until, want.fits if filtered else None)
        except (NotFoundError, PermissionDeniedError):
            known(device_id)
            return None
        # The log of a production device looks empty unless it is opened for troubleshooting (contract 2.5.6).
        if not seen and known(device_id)["device_group_type"] == "production":
            return None
        return [{key: entry.get(key) for key in _KEYS} for entry in found]

    logs = dict(zip(devices, client.session.map(read, devices)))
    entries = by_time((entry for log in logs.values() for entry in log or ()), newest_first=True)
    return entries, [device_id for device_id, log in logs.items() if log is None]


def by_time(entries: Iterable[dict[str, Any]], newest_first: bool = False) -> Entries:
    """Return entries in the order of their times; those without one count as the oldest."""
    return sorted(entries, key=lambda entry: moment(entry["ts"]) or _LONG_AGO, reverse=newest_first)


def count_by_message(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return how often each message occurs and in the logs of how many devices, the most frequent first."""
    devices: dict[Any, list[str]] = defaultdict(list)
    for entry in entries:
        devices[entry["msg"]].append(entry["device_id"])
    counts = [{"msg": msg, "count": len(ids), "devices": len(set(ids))} for msg, ids in devices.items()]
    return sorted(counts, key=lambda one: (-one["count"], str(one["msg"])))
