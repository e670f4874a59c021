# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch devices restart, all of them in one place: by log streams, by looking at them, at last by their logs."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._follow import Follower
from ansible_collections.electricimp.impcentral.plugins.module_utils._paging import LARGEST_PAGE
from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import Entry, LogEntry
from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import FAILED, SKIP, Rules, Watched
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError, NotFoundError

Flat = Mapping[str, Any]
Flats = dict[str, dict[str, Any]]

# Seconds between two looks at the devices: the first, and the longest.
_FIRST_LOOK = 0.5
_LONGEST = 5.0
# Looking takes no more than this share of the time, so that a large fleet leaves the account's limit to others.
_SHARE = 0.25
_MOST_AT_ONCE = 10_000
# That a device is offline may be an error of minutes ago: such a device is given some time to show it.
_OFFLINE = 10.0


class Patience(NamedTuple):
    """How long devices are watched, in seconds: until they are back, and after that.

    ``tolerated``: with more failures than that, nothing is gained by watching on.
    """

    wait: float = 120.0
    soak: float = 0.0
    tolerated: int = 0


def watch(
    client: Any,
    devices: Sequence[Flat],
    ask: Callable[[list[str]], Mapping[str, str]],
    rules: Rules,
    patience: Patience,
    warn: Callable[[str], None] = lambda _text: None,
) -> list[dict[str, Any]]:
    """Let devices restart, watch them, and return a verdict for each: see :meth:`Watched.verdict`.

    :param devices: as the service lists them. :param ask: asks those with the given ids to restart, and returns
        for each that was refused the reason. :param warn: takes sentences for the user.
    :raises ImpCentralApiError: the devices could not be read beforehand, or ``ask`` raised it.
    """
    # Those whose log a stream can tell come first, those that will say nothing for now last.
    placed = sorted(devices, key=lambda one: (one["device_group_type"] == "production", not one["device_online"]))
    with Follower(client, [one["id"] for one in placed]) as follower:
        watching = _Watching(client, follower, devices, rules, patience, warn)
        watching.begin(ask)
        watching.wait()
        watching.soak()
        watching.finish()
    return watching.verdicts()


class Looks:
    """The devices as they are now, for as few requests as it takes.

    :param devices: as they were listed before.
    """

    def __init__(self, client: Any, devices: Iterable[Flat]) -> None:
        self._client = client
        self._groups = {one["id"]: one["device_group_id"] for one in devices}
        self._pages: dict[str, int] = {}

    def look(self, ids: Iterable[str]) -> Flats:
        """Return devices by id, read afresh; one that is gone is left out."""
        wanted: dict[str | None, list[str]] = defaultdict(list)
        for one in ids:
            wanted[self._groups[one]].append(one)
        found: Flats = {}
        singly: list[str] = []
        for group, members in wanted.items():
            if group is None or len(members) <= self._pages.get(group, 1):
                singly += members
            else:
                found.update(self._listed(group))
        found.update({one["id"]: one for one in self._client.session.map(self._single, singly) if one})
        return found

    def _listed(self, group: str) -> Flats:
        pages = self._client.devices.pages(device_group_id=group)
        listed = {one["id"]: one for page in pages for one in page}
        self._pages[group] = math.ceil(len(listed) / LARGEST_PAGE)
        return listed

    def _single(self, device: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.devices.get(device, fresh=True)
        except NotFoundError:
            return None
        return found


class _Watching:
    """One watch, from the last look before the request to the verdicts."""

    def __init__(
        self,
        client: Any,
        follower: Follower,
        devices: Sequence[Flat],
        rules: Rules,
        patience: Patience,
        warn: Callable[[str], None],
    ) -> None:
        self._client = client
        self._follower = follower
        self._patience = patience
        self._warn = warn
        self._looks = Looks(client, devices)
        self._pause = _FIRST_LOOK
        self._next_look = 0.0
        self._asked_at = 0.0
        self._failed: set[str] = set()
        before = self._looks.look(one["id"] for one in devices)
        self._watched = {one["id"]: Watched(before.get(one["id"], one), rules) for one in devices}
        for one in self._watched.values():
            if rules.offline == SKIP and one.before["device_online"] is False:
                one.leave("it was offline, so it was not asked")
        to_ask = [one for one in self._watched.values() if one.asked]
        self._open = {one.id for one in to_ask if not one.may_stay_away}
        self._away = {one.id for one in to_ask if one.may_stay_away}

    def begin(self, ask: Callable[[list[str]], Mapping[str, str]]) -> None:
        """Ask the devices; what was logged until now is of no interest."""
        for _entry in self._heard():
            pass
        for one in self._follower.followed:
            self._watched[one].exposed = False
        self._asked_at = time.monotonic()
        to_ask = [one.id for one in self._watched.values() if one.asked]
        for one, reason in (ask(to_ask) if to_ask else {}).items():
            self._watched[one].refuse(reason)
            self._note(self._watched[one])
        if not any(self._watched[one].needs_looks for one in self._open | self._away):
            self._pause = _LONGEST
        self._next_look = time.monotonic() + self._pause

    def wait(self) -> None:
        """Watch until every device that was online is back, or failed, or the time is over."""
        self._watch(self._asked_at + self._patience.wait, lambda: not self._open)
        self._watch(self._asked_at + min(self._patience.wait, _OFFLINE), lambda: not self._away)

    def soak(self) -> None:
        """Listen on, unless too many have failed already."""
        self._next_look = math.inf
        failed = [one for one in self._watched.values() if one.verdict(self._patience.wait)["outcome"] == FAILED]
        self._failed = {one.id for one in failed if not one.wants_page}
        self._watch(time.monotonic() + self._patience.soak, lambda: len(self._failed) > self._patience.tolerated)

    def finish(self) -> None:
        """Take in what has been said by now, and read the logs that no stream told."""
        for entry in self._heard():
            self._take(entry)
        wanting = [one for one in self._watched.values() if one.wants_page]
        for one, page in zip(wanting, self._client.session.map(self._page, wanting)):
            one.read(page, self._seconds())

    def verdicts(self) -> list[dict[str, Any]]:
        """Return what became of each device, in their order."""
        return [one.verdict(self._patience.wait) for one in self._watched.values()]

    def _watch(self, until: float, done: Callable[[], bool]) -> None:
        while not done():
            now = time.monotonic()
            if now >= until:
                return
            if now >= self._next_look:
                self._look()
                continue
            entry = self._follower.get(min(until, self._next_look) - now)
            if entry is not None:
                self._take(entry)

    def _take(self, entry: Entry) -> None:
        one = self._watched.get(entry.device_id or "")
        if one is None:
            return
        if isinstance(entry, LogEntry):
            one.hear(entry.type, entry.msg, entry.ts, self._seconds())
            self._note(one)
        elif entry.state == "unsubscribed":
            one.exposed = True

    def _look(self) -> None:
        began = time.monotonic()
        try:
            found = self._looks.look(self._open | self._away)
        except ImpCentralApiError as error:
            found = {}
            self._warn(f"While devices restarted, they could not be looked at: {error}")
        for device_id in (self._open | self._away) & found.keys():
            self._watched[device_id].see(found[device_id], self._seconds())
            self._note(self._watched[device_id])
        now = time.monotonic()
        self._next_look = now + max(self._pause, (now - began) / _SHARE)
        self._pause = min(2 * self._pause, _LONGEST)

    def _note(self, one: Watched) -> None:
        if one.settled:
            self._open.discard(one.id)
            self._away.discard(one.id)
        if one.failed:
            self._failed.add(one.id)

    def _page(self, one: Watched) -> list[dict[str, Any]] | None:
        try:
            page: list[dict[str, Any]] = self._client.devices.logs(one.id, limit=LARGEST_PAGE)
        except ImpCentralApiError:
            return None
        return page

    def _heard(self) -> Iterable[Entry]:
        """Yield what waits to be taken; not more, however much comes in meanwhile."""
        for _count in range(_MOST_AT_ONCE):
            entry = self._follower.get(0)
            if entry is None:
                return
            yield entry

    def _seconds(self) -> float:
        return time.monotonic() - self._asked_at
