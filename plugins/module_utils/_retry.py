# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether and when a request is repeated, and how fast requests may follow each other."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Callable

from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ImpCentralApiError,
    RateLimitError,
)

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 15.0
# Requests arrive less evenly than they are sent: stay this far under the limit.
_MARGIN = 0.05


class Backoff:
    """Decide how long to wait before a request is repeated.

    :param retries: how often one request is repeated. :param max_wait: seconds to wait in all for one request.
    :param random: returns a number from 0 to 1.
    """

    def __init__(self, retries: int = 5, max_wait: float = 60.0, random: Callable[[], float] = random.random) -> None:
        self._retries = retries
        self._max_wait = max_wait
        self._random = random

    def wait(
        self, method: str, error: ImpCentralApiError, attempt: int, waited: float, once: bool | None = None
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        :param attempt: how often the request was sent so far. :param waited: seconds waited for it so far.
        :param once: the request must not take effect twice (default: that of a
            POST must not).
        """
        careful = method == "POST" if once is None else once
        left = self._max_wait - waited
        if not error.retryable or (careful and error.executed is not False) or left <= 0:
            return None
        if isinstance(error, RateLimitError):
            # Not counted: in a crowd of processes the share of each may come late, but it comes.
            asked = error.retry_after or 1.0
            return min(asked + 0.5 * self._random(), left) if self._retries and asked <= left else None
        if attempt > self._retries:
            return None
        return min(min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT) * (0.5 + 0.5 * self._random()), left)


class Pace:
    """Keep requests under the service's limit: a bucket that refills within a second (contract 1.9).

    A few requests are never held up. Thread-safe; shared by everything that spends from the same bucket.

    :param rate: requests a second until the service's headers say another limit.
    """

    def __init__(
        self,
        rate: int = 40,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._allowed: int | None = _allowed(rate)
        self._held_until = 0.0

    def wait_turn(self) -> None:
        """Sleep until the next request may be sent."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._held_until)
            if self._allowed is not None:
                while len(self._sent) > self._allowed:
                    self._sent.popleft()
                if len(self._sent) == self._allowed:
                    turn = max(turn, self._sent[0] + 1.0)
                self._sent.append(turn)
        if turn > now:
            self._sleep(turn - now)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer. A service that names no limit has none; one whose bucket runs low has other callers."""
        limit = _number(headers.get("X-RateLimit-Limit"))
        remaining = _number(headers.get("X-RateLimit-Remaining"))
        with self._lock:
            self._allowed = _allowed(limit) if limit else None
            if limit and remaining is not None and remaining < limit * _MARGIN:
                self._held_until = max(self._held_until, self._clock() + 1.0 / limit)

    def hold(self, seconds: float) -> None:
        """Let no request out for so many seconds: the service said that it had too many."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)


def _allowed(rate: int) -> int:
    return max(1, int(rate * (1 - _MARGIN)))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
