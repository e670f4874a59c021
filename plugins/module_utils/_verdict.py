# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a device that was asked to restart, judged from what was seen of it. Everything here is pure.

Three kinds of evidence count: entries of its log stream, the device as the service lists it, a page of its log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._logs import moment
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

Flat = Mapping[str, Any]

AGENT_RESTARTED = "agent_restarted"
DEVICE_CONNECTED = "device_connected"
LOG_MATCHES = "log_matches"
STATE_CHANGED = "state_changed"
CRITERIA = (AGENT_RESTARTED, DEVICE_CONNECTED, LOG_MATCHES, STATE_CHANGED)

INCLUDE, SKIP, FAIL = "include", "skip", "fail"
RETURNED, UNVERIFIED, PENDING, FAILED = "returned", "unverified", "pending", "failed"
OUTCOMES = (RETURNED, UNVERIFIED, PENDING, FAILED)
STREAM, LISTING, LOG, NONE = "stream", "listing", "log", "none"

FAILURE_PATTERNS = (r"^(server\.error|agent\.error|lastexitcode): ", "ERROR:", "out of memory")

# The words of the service's `status` entries (contract 2.9.2).
_AGENT_WORDS, _UP, _DOWN = "Agent restarted", "Device connected", "Device disconnected"


class Rules(NamedTuple):
    """What counts: ``returned_when`` and the pattern for log_matches, what tells a failure, who may stay away."""

    returned_when: str = AGENT_RESTARTED
    log_pattern: re.Pattern[str] | None = None
    failure_patterns: tuple[re.Pattern[str], ...] = ()
    conditional: bool = False
    offline: str = INCLUDE


def matches(wanted: re.Pattern[str], type: str | None, msg: str) -> bool:
    """Tell whether a pattern is found in a message, or in ``TYPE: MESSAGE``.

    >>> matches(re.compile("^server.error: no"), "server.error", "no sensor")
    True
    """
    return bool(wanted.search(msg) or wanted.search(f"{type}: {msg}"))


def amount(text: str, total: int, option: str) -> int:
    """Return how many of ``total`` a number or a percentage means, rounded down.

    :raises InvalidDataError: it is neither, or more than all.

    >>> amount("3", 10, "max_failures"), amount("25%", 10, "max_failures")
    (3, 2)
    """
    number, percent = text.strip(), text.strip().endswith("%")
    try:
        value = float(number[:-1]) if percent else int(number)
    except ValueError:
        value = -1
    if value < 0 or (percent and not value <= 100):
        raise InvalidDataError(f"{option}: {text!r} is neither a whole number nor a percentage from 0% to 100%.")
    return int(total * value / 100) if percent else int(value)


class Watched:
    """One device, from the moment before it was asked.

    :param before: the device as the service listed it then. Times are handed in as seconds since the request.
    :ivar exposed: something may have been logged that the stream did not tell: a page of the log must.
    """

    def __init__(self, before: Flat, rules: Rules) -> None:
        self.id: str = before["id"]
        self.before = before
        self.exposed = True
        self._rules = rules
        self._offline = before.get("device_online") is False
        self._production = before.get("device_group_type") == "production"
        self._agent_restarted = False
        self._connected = False
        self._state_changed = False
        self._matched = False
        # When the log began to be that of the new life: a moment of the service's clock, if one is known.
        self._begun = False
        self._since: datetime | None = None
        # How often it was looked at since its agent restarted.
        self._looks = 0
        # Whether its log can be read; None as long as nobody knows.
        self._readable: bool | None = None
        self._back: tuple[str, float] | None = None
        self._failure: tuple[str, float, str] | None = None
        self._absent: str | None = None
        self._not_asked: str | None = None

    # Evidence

    def refuse(self, reason: str) -> None:
        """The service refused to ask it, so it failed."""
        self._not_asked = reason

    def leave(self, reason: str) -> None:
        """It was left alone on purpose."""
        self._absent = reason

    def hear(self, type: str | None, msg: str, ts: str | None, seconds: float) -> None:
        """Take an entry of its log stream."""
        self._readable = True
        self._take_status(type, msg, ts)
        if self._begun and not self._is_old(ts):
            self._judge(type, msg, STREAM, seconds)

    def see(self, device: Flat, seconds: float) -> None:
        """Take the device as the service lists it now. What the log says counts from its agent's restart on."""
        agent, state = (self._changed(device, f"{side}_state_changed_at") for side in ("agent", "device"))
        if agent:
            self._agent_restarted = True
            self._looks += 1
        if state:
            self._state_changed = True
            self._connected = self._connected or bool(device.get("device_online"))
        if agent or state:
            self._begin(agent or state)
        self._check_back(LISTING, seconds)

    def read(self, entries: Iterable[Flat] | None, seconds: float) -> None:
        """Take the newest page of its log, newest entry first; None when it cannot be read."""
        page = list(entries or ())
        # The log of a production device looks empty unless it is opened for troubleshooting (contract 2.5.6).
        self._readable = bool(page) or (entries is not None and not self._production) or bool(self._readable)
        for entry in reversed(page):
            if self._begun and not self._is_old(entry.get("ts")):
                type, msg = entry.get("type"), str(entry.get("msg") or "")
                self._take_status(type, msg, None)
                self._judge(type, msg, LOG, seconds)

    # What is known

    @property
    def asked(self) -> bool:
        """Tell whether it was asked to restart."""
        return self._not_asked is None and self._absent is None

    @property
    def may_stay_away(self) -> bool:
        """Tell whether it was offline, and need not come back."""
        return self._offline and self._rules.offline != FAIL

    @property
    def failed(self) -> bool:
        """Tell whether it is certain that it failed."""
        return self._not_asked is not None or self._failure is not None

    @property
    def back(self) -> bool:
        """Tell whether it is back, as far as is known."""
        return self._back is not None

    @property
    def settled(self) -> bool:
        """Tell whether waiting can change nothing any more."""
        return not self.asked or self.failed or self.back or self._mute

    @property
    def _mute(self) -> bool:
        # It restarted long enough ago for its stream to tell, if it told anything; no log will show the pattern.
        by_log = self._rules.returned_when == LOG_MATCHES and self._production
        return by_log and not self.exposed and not self._readable and self._looks > 1

    @property
    def needs_looks(self) -> bool:
        """Tell whether its stream may well not tell that it is back."""
        return self.exposed or self._production

    @property
    def wants_page(self) -> bool:
        """Tell whether a page of its log could still change the verdict."""
        if not self.asked or self.failed or not self._begun or not (self.exposed or self._readable is None):
            return False
        by_log = self._rules.returned_when == LOG_MATCHES and not self.back
        return by_log or bool(self._rules.failure_patterns)

    def verdict(self, waited: float) -> dict[str, Any]:
        """Return what became of it. :param waited: seconds that it had to come back."""
        outcome, evidence, seconds, reason, line = self._verdict(waited)
        return {
            "id": self.id,
            "name": self.before.get("name"),
            "outcome": outcome,
            "evidence": evidence,
            "seconds": None if seconds is None else round(seconds, 3),
            "reason": reason,
            "line": line,
        }

    def _verdict(self, waited: float) -> tuple[str, str, float | None, str | None, str | None]:
        if self._not_asked is not None:
            return FAILED, NONE, None, self._not_asked, None
        if self._absent is not None:
            return PENDING, NONE, None, self._absent, None
        if self._failure is not None:
            evidence, seconds, line = self._failure
            return FAILED, evidence, seconds, "its log shows a failure", line
        unreadable = self._readable is False or (self._production and not self._readable)
        if unreadable and (self._back is not None or (self._agent_restarted and self._may_be_back)):
            since = self._back[1] if self._back else None
            return UNVERIFIED, LISTING, since, "its state changed, but its log cannot be read", None
        if self._back is not None:
            return RETURNED, *self._back, None, None
        return self._missing(waited)

    def _missing(self, waited: float) -> tuple[str, str, float | None, str | None, str | None]:
        if self._rules.conditional:
            return PENDING, NONE, None, "it may have put the conditional restart off", None
        if self.may_stay_away:
            return PENDING, NONE, None, "it was offline, and restarts when it connects", None
        what = "no log entry matched" if self._rules.returned_when == LOG_MATCHES else "it was not back"
        was = ", and was offline when it was asked" if self._offline else ""
        return FAILED, NONE, None, f"{what} within {waited:g} s{was}", None

    # How evidence is taken

    def _take_status(self, type: str | None, msg: str, ts: str | None) -> None:
        if type != "status":
            return
        restarted, changed = msg.startswith(_AGENT_WORDS), msg in (_UP, _DOWN)
        self._agent_restarted = self._agent_restarted or restarted
        self._state_changed = self._state_changed or changed
        self._connected = self._connected or msg == _UP
        if restarted or changed:
            self._begin(ts)

    def _begin(self, ts: str | None) -> None:
        # What is logged before that is still said by what ran before.
        self._begun = True
        self._since = self._since or moment(ts)

    def _changed(self, device: Flat, key: str) -> str | None:
        value: str | None = device.get(key)
        return value if value != self.before.get(key) else None

    def _is_old(self, ts: str | None) -> bool:
        when = moment(ts)
        return self._since is not None and when is not None and when < self._since

    def _judge(self, type: str | None, msg: str, evidence: str, seconds: float) -> None:
        rules = self._rules
        if self._failure is None and any(matches(one, type, msg) for one in rules.failure_patterns):
            self._failure = (evidence, seconds, msg)
        if rules.log_pattern is not None and matches(rules.log_pattern, type, msg):
            self._matched = True
        self._check_back(evidence, seconds)

    @property
    def _may_be_back(self) -> bool:
        # The agent lives in the cloud: it can restart while the device is away.
        return self._connected or not self._offline

    def _check_back(self, evidence: str, seconds: float) -> None:
        if self._back is None and self._may_be_back and self._fulfilled():
            self._back = (evidence, seconds)

    def _fulfilled(self) -> bool:
        return {
            AGENT_RESTARTED: self._agent_restarted,
            DEVICE_CONNECTED: self._connected,
            LOG_MATCHES: self._matched,
            STATE_CHANGED: self._agent_restarted or self._state_changed,
        }[self._rules.returned_when]
