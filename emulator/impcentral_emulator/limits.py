# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request limit: a bucket per account that refills within one second."""

from __future__ import annotations

import time
from collections.abc import Callable

RESET_SECONDS = 1


class RateLimiter:
    """Token buckets, one for each caller.

    ``limit`` gives the requests allowed in a second, 0 for no limit; it is asked anew at each request because the
    administration may change it.
    """

    def __init__(self, limit: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> tuple[bool, list[tuple[bytes, bytes]]]:
        """Spend one request of a caller: whether it is allowed, and the headers that tell the rest."""
        limit = self._limit()
        if not limit:
            return True, []
        now = self._now()
        level, since = self._buckets.get(caller, (limit, now))
        level = min(limit, level + (now - since) * limit / RESET_SECONDS)
        allowed = level >= 1
        if allowed:
            level -= 1
        self._buckets[caller] = (level, now)
        return allowed, [
            (b"x-ratelimit-limit", b"%d" % limit),
            (b"x-ratelimit-reset", b"%d" % RESET_SECONDS),
            (b"x-ratelimit-remaining", b"%d" % int(level)),
        ]

    def reset(self) -> None:
        """Fill all buckets."""
        self._buckets.clear()
