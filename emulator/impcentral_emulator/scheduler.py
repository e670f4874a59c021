# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens later in the simulation: one heap and one timer for all devices."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Any

# How long one turn may keep the event loop from answering requests, in seconds.
SLICE = 0.01


class Scheduler:
    """Runs actions after a delay, scaled.

    `scale` multiplies every delay: 1 is real time, 0.1 ten times as fast. At 0 nothing is left for later: `settle`
    runs everything, in the order of the delays, before it returns.
    `batch` wraps the actions of one turn (a database transaction).
    """

    def __init__(self, scale: Callable[[], float], batch: Callable[[], Any]) -> None:
        self._scale = scale
        self._batch = batch
        self._heap: list[tuple[float, float, int, Callable, tuple]] = []
        self._order = itertools.count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.Handle | None = None
        self._running = False

    def start(self) -> None:
        """Begin to run actions in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._arm()

    def stop(self) -> None:
        """Drop all actions and stop; `start` can follow."""
        self.clear()
        self._loop = None

    def clear(self) -> None:
        """Drop all actions."""
        self._heap.clear()
        self._disarm()

    def after(self, delay: float, action: Callable, *args: Any) -> None:
        """Run an action in so many seconds, before the scale."""
        scale = self._scale()
        due = time.monotonic() + delay * scale if scale else 0.0
        order = next(self._order)
        heapq.heappush(self._heap, (due, delay, order, action, args))
        if self._heap[0][2] == order:
            self._arm()

    def settle(self) -> None:
        """At scale 0, run everything; the actions that these schedule are run, too."""
        if not self._scale() and not self._running:
            self._run(endless=True)

    def _arm(self) -> None:
        self._disarm()
        if self._loop and self._heap and not self._running:
            self._timer = self._loop.call_later(max(0.0, self._heap[0][0] - time.monotonic()), self._turn)

    def _disarm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        try:
            self._run(endless=False)
        finally:
            self._arm()

    def _run(self, endless: bool) -> None:
        """Run what is due, for one slice of time or until nothing is left."""
        self._running = True
        end = time.monotonic() + SLICE
        try:
            with self._batch():
                while self._heap and (endless or self._heap[0][0] <= time.monotonic() < end):
                    _due, _delay, _order, action, args = heapq.heappop(self._heap)
                    action(*args)
        finally:
            self._running = False
