# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow the logs of many devices through as many log streams as the account allows.

How many streams an account has, and how many devices a stream takes, is not documented (contract 2.9.4): both are
found out. A device that finds no place is named, and so is one whose stream the service closed: another client of
the account may have opened one, so it is not fought for. A stream that merely broke is opened again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import (
    Entry,
    LogEntry,
    LogStream,
    StateChange,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError, ImpCentralError

# More than this has never been seen (contract 2.9.4).
MOST_STREAMS = 8
MOST_DEVICES = 8

NO_PLACE = "the account's log streams have no place for it"
TAKEN = "the service closed its log stream; another client of the account may have opened one"
DROPPED = "the service took it out of its log stream"

# Seconds.
_OPEN = 60.0
_SETTLE = 3.0
# The news that one stream had to yield to the next comes sooner than what that one was asked since.
_NEWS = 0.05
_STABLE = 30.0
_LONGEST_DELAY = 30.0
_END = 5.0
_TRIES = 6
_WAITING = 10_000


class Follower:
    """The log entries and state changes of devices, from several streams. Use it in a ``with`` block.

    Entering it places the devices, in their order; what they log from then on is not missed. The state changes
    ``subscribed`` and ``unsubscribed`` tell from when to when a device is followed.

    :param client: the client of the service. :param devices: their ids.
    :param most_streams: open no more streams. :param most_devices: put no more devices into one.
    :param delay: seconds before a broken stream is opened again; they double with each try.

    :ivar unplaced: device id -> why it is not followed.
    """

    def __init__(
        self,
        client: Any,
        devices: Iterable[str],
        most_streams: int = MOST_STREAMS,
        most_devices: int = MOST_DEVICES,
        delay: float = 1.0,
    ) -> None:
        self.client = client
        self.delay = delay
        self.closing = threading.Event()
        # A stream has ended for good.
        self.ended = threading.Event()
        self.placing = True
        self._most_streams = most_streams
        self._most_devices = most_devices
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._followed: set[str] = set()
        self._entries: queue.Queue[Entry] = queue.Queue(_WAITING)
        self._devices = list(devices)
        self.unplaced: dict[str, str] = dict.fromkeys(self._devices, NO_PLACE)

    def __enter__(self) -> Follower:
        try:
            self._place()
        except BaseException:
            self.close()
            raise
        finally:
            self.placing = False
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    @property
    def followed(self) -> frozenset[str]:
        """Return the ids of the devices that are followed at this moment."""
        with self._lock:
            return frozenset(self._followed)

    @property
    def alive(self) -> bool:
        """Tell whether a stream is open, or will be tried again."""
        return any(line.reason is None for line in self._lines)

    def get(self, timeout: float) -> Entry | None:
        """Return the next entry or state change, None when none comes within so many seconds."""
        try:
            return self._entries.get(timeout=timeout) if timeout > 0 else self._entries.get_nowait()
        except queue.Empty:
            return None

    def entries(self, seconds: float) -> Iterator[Entry]:
        """Yield entries and state changes for so many seconds, or until no stream is left."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            entry = self.get(min(max(left, 0), 1.0))
            if entry is not None:
                yield entry
            elif left <= 0 or not self.alive:
                return

    def close(self) -> None:
        """Close all streams, and wait some seconds for those who read them."""
        self.closing.set()
        for line in self._lines:
            line.hang_up()
        until = time.monotonic() + _END
        for line in self._lines:
            if line.is_alive():
                line.join(max(0.0, until - time.monotonic()))

    # What the lines report

    def tell(self, entry: Entry) -> None:
        """Hand on an entry; one that cannot be taken yet waits, and with it the stream that it came from."""
        while not self.closing.is_set():
            try:
                return self._entries.put(entry, timeout=1.0)
            except queue.Full:
                continue

    def on(self, device: str) -> None:
        """Note and tell that a device is followed."""
        with self._lock:
            self._followed.add(device)
            self.unplaced.pop(device, None)
        self.tell(StateChange("subscribed", device))

    def off(self, device: str, reason: str) -> None:
        """Note why a device is no longer followed, and tell that it is not."""
        with self._lock:
            was = device in self._followed
            self._followed.discard(device)
            self.unplaced[device] = reason
        if was:
            self.tell(StateChange("unsubscribed", device))

    def _place(self) -> None:
        """Open streams and fill one after the other, as long as none of them has to yield for the next."""
        waiting = list(self.unplaced)
        room = self._most_devices
        while waiting and len(self._lines) < self._most_streams and not self.ended.is_set():
            line = _Line(self, waiting[:room])
            waiting = waiting[room:]
            self._lines.append(line)
            line.start()
            line.added.wait(_OPEN)
            line.settled.wait(_SETTLE)
            if line.dropped:
                room = max(1, len(line.devices))
                waiting = line.dropped + waiting
            if len(self._lines) > 1:
                self.ended.wait(_NEWS)
        if self.ended.is_set():
            # The last stream, which the others had to yield to, may have room left.
            homeless = [device for device in self._devices if self.unplaced.get(device) == NO_PLACE]
            self._lines[-1].take_in(homeless[: max(0, room - len(self._lines[-1].devices))])


class _Line(threading.Thread):
    """One stream after another for the same devices, read by a thread."""

    def __init__(self, follower: Follower, devices: list[str]) -> None:
        super().__init__(name="log stream", daemon=True)
        self._follower = follower
        self._stream: LogStream | None = None
        self._unconfirmed: list[str] = []
        self._filled = False
        self.devices = devices
        self.dropped: list[str] = []
        self.reason: str | None = None
        # All devices are added; the service has confirmed it.
        self.added = threading.Event()
        self.settled = threading.Event()

    def run(self) -> None:
        """Read until there is nothing to read any more, and say why."""
        try:
            self.reason = self._keep_reading()
        except Exception as error:  # pylint: disable=broad-except  # no device may be dropped silently
            self.reason = f"its log stream ended with an unexpected {type(error).__name__}"
        finally:
            self._all_off(self.reason or TAKEN)
            self._follower.ended.set()
            self.added.set()
            self.settled.set()

    def hang_up(self) -> None:
        """Let the reader end."""
        if self._stream is not None:
            self._stream.close()

    def take_in(self, devices: list[str]) -> None:
        """Put more devices into the open stream."""
        if self.reason is None and self._stream is not None and devices:
            self.settled.clear()
            self._add(self._stream, devices)
            self.settled.wait(_SETTLE)

    def _keep_reading(self) -> str:
        tries = 0
        while True:
            began, wanted, self._filled = time.monotonic(), list(self.devices), False
            try:
                closed = self._read()
                said = "its log stream ended"
            except ImpCentralError as error:
                closed = False
                said = f"its log stream was lost ({error})"
                if not (isinstance(error, ImpCentralApiError) and error.retryable):
                    return said
            # A full stream that ends while we open another has yielded to it, whether the service says so or not.
            if self._follower.placing and self._filled:
                return NO_PLACE
            if closed:
                return TAKEN
            if not self._filled:
                # A stream that is lost while it is filled refuses devices as if they did not exist.
                self.devices = wanted
            self._all_off(said)
            tries = 1 if time.monotonic() - began > _STABLE else tries + 1
            delay = min(self._follower.delay * 2 ** (tries - 1), _LONGEST_DELAY)
            if tries > _TRIES or not self.devices or self._follower.closing.wait(delay):
                return said

    def _read(self) -> bool:
        """Read one stream to its end; return whether the service said that it closes it."""
        with self._follower.client.log_streams.create() as stream:
            self._stream = stream
            if self._follower.closing.is_set():
                return False
            for entry in stream.events():
                if isinstance(entry, LogEntry):
                    if entry.device_id in self._unconfirmed:
                        self._confirmed(entry.device_id)
                    self._follower.tell(entry)
                elif entry.state == "opened":
                    self._subscribe(stream)
                elif entry.state == "closed":
                    return True
                elif entry.state == "subscribed":
                    self._confirmed(entry.device_id)
                elif entry.state == "unsubscribed":
                    self._dropped(entry.device_id)
        return False

    def _subscribe(self, stream: LogStream) -> None:
        devices, self.devices, self._unconfirmed = self.devices, [], []
        self._add(stream, devices)
        self.added.set()

    def _add(self, stream: LogStream, devices: list[str]) -> None:
        self.devices += devices
        self._unconfirmed += devices
        for device in devices:
            try:
                stream.add_device(device)
            except ImpCentralApiError as error:
                self.devices.remove(device)
                self._unconfirmed.remove(device)
                self._follower.off(device, f"its log cannot be followed ({error})")
        if not self._unconfirmed:
            self.settled.set()

    def _confirmed(self, device: str | None) -> None:
        # The key that names the device is not certain (contract 5, row 30).
        device = device or (self._unconfirmed[0] if self._unconfirmed else None)
        if device in self._unconfirmed:
            self._unconfirmed.remove(device)
            self._follower.on(device)
        if not self._unconfirmed:
            self._filled = True
            self.settled.set()

    def _dropped(self, device: str | None) -> None:
        # A full stream loses the device that was added first.
        device = device or (self.devices[0] if self.devices else None)
        if device in self.devices:
            self.devices.remove(device)
            self.dropped.append(device)
            self._follower.off(device, DROPPED)

    def _all_off(self, reason: str) -> None:
        for device in list(self.devices):
            self._follower.off(device, reason)
