# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log streams: server-sent events (contract 2.9).

The id of a stream is the right to read it. A stream that has lost its reader is gone.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator

FORMATS = ("text", "json")

# A reader that is this many events behind is cut off, so that a flood cannot fill the memory.
_BACKLOG = 20_000
_LINE_END = re.compile("\r\n|\r|\n")
_KEEP_ALIVE = b": keep-alive\n\n"


class Stream:
    """One log stream: its devices, in the order in which they were added, and the events that wait for its reader."""

    def __init__(self, account_id: str) -> None:
        self.id = secrets.token_hex(16)
        self.account_id = account_id
        self.devices: dict[str, None] = {}
        self.has_reader = False
        self.is_cut = False
        self._events: deque[tuple[str, dict]] = deque()
        self._wake = asyncio.Event()
        self._closing = False

    def state(self, state: str, device_id: str | None = None) -> None:
        """Report a change of state."""
        self._push("state_change", {"state": state} if device_id is None else {"state": state, "device_id": device_id})

    def message(self, entry: dict) -> None:
        """Report a log entry."""
        if len(self._events) >= _BACKLOG:
            self.cut()
        else:
            self._push("message", entry)

    def close(self) -> None:
        """End the stream after what waits for its reader, with the state `closed`."""
        self.state("closed")
        self._closing = True

    def cut(self) -> None:
        """End the stream at once, as a broken connection does."""
        self.is_cut = True
        self._wake.set()

    async def read(self, format_: str, keep_alive: float) -> AsyncIterator[bytes]:
        """Yield the stream's bytes until it is closed or cut; `keep_alive` is the longest silence in seconds."""
        yield _event("state_change", {"state": "opened"}, format_)
        while not self.is_cut:
            if self._events:
                chunk = b"".join(_event(name, entry, format_) for name, entry in self._events)
                self._events.clear()
                yield chunk
            elif self._closing:
                return
            else:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), keep_alive)
                except asyncio.TimeoutError:
                    yield _KEEP_ALIVE

    def _push(self, name: str, entry: dict) -> None:
        self._events.append((name, entry))
        self._wake.set()


class Streams:
    """All open log streams of an emulator."""

    def __init__(self) -> None:
        self._streams: dict[str, Stream] = {}
        self._subscribers: dict[str, list[Stream]] = {}

    def create(self, account_id: str, limit: int) -> Stream:
        """Make a stream; the account's oldest one is closed when it would have more than `limit`."""
        own = [stream for stream in self._streams.values() if stream.account_id == account_id]
        for surplus in own[: max(0, len(own) - limit + 1)]:
            self.close(surplus)
        stream = Stream(account_id)
        self._streams[stream.id] = stream
        return stream

    def get(self, stream_id: str) -> Stream | None:
        """Return an open stream."""
        return self._streams.get(stream_id)

    def subscribe(self, stream: Stream, device_id: str, limit: int) -> None:
        """Add a device; the one added first goes when there would be more than `limit`."""
        self._remove_device(stream, device_id)
        if len(stream.devices) >= limit:
            self.unsubscribe(stream, next(iter(stream.devices)))
        stream.devices[device_id] = None
        self._subscribers.setdefault(device_id, []).append(stream)
        stream.state("subscribed", device_id)

    def unsubscribe(self, stream: Stream, device_id: str) -> None:
        """Remove a device; nothing happens when it is not there."""
        if self._remove_device(stream, device_id):
            stream.state("unsubscribed", device_id)

    def publish(self, device_id: str, log_type: str, ts: str, type_: str, msg: str) -> None:
        """Send a log entry to the streams that the device is on."""
        for stream in self._subscribers.get(device_id, ()):
            stream.message({"device_id": device_id, "ts": ts, "log_type": log_type, "type": type_, "msg": msg})

    def close(self, stream: Stream) -> None:
        """Close a stream in order; its reader still gets what waits for it."""
        self.forget(stream)
        stream.close()

    def forget(self, stream: Stream) -> None:
        """Drop a stream that is over."""
        self._streams.pop(stream.id, None)
        for device_id in list(stream.devices):
            self._remove_device(stream, device_id)

    def end_all(self, cut: bool = False) -> int:
        """Close all streams, or cut them; return how many there were."""
        streams = list(self._streams.values())
        for stream in streams:
            if cut:
                self.forget(stream)
                stream.cut()
            else:
                self.close(stream)
        return len(streams)

    def describe(self) -> list[dict]:
        """Return the account, the devices and the presence of a reader of each stream, but not its id, a secret."""
        return [
            {"account_id": stream.account_id, "devices": list(stream.devices), "has_reader": stream.has_reader}
            for stream in self._streams.values()
        ]

    def _remove_device(self, stream: Stream, device_id: str) -> bool:
        if device_id not in stream.devices:
            return False
        del stream.devices[device_id]
        subscribers = self._subscribers[device_id]
        subscribers.remove(stream)
        if not subscribers:
            del self._subscribers[device_id]
        return True


def _event(name: str, entry: dict, format_: str) -> bytes:
    """Return an event in the wire format; a line break in the text becomes a further `data:` line."""
    if format_ == "json":
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    elif name == "state_change":
        text = " ".join(filter(None, (entry.get("device_id"), entry["state"])))
    else:
        text = " ".join((entry["device_id"], entry["ts"], entry["log_type"], entry["type"], entry["msg"]))
    data = "".join(f"data: {line}\n" for line in _LINE_END.split(text))
    return f"event: {name}\n{data}\n".encode()
