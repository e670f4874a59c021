# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log streams: what devices log, as it happens (contract 2.9)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, Union

from ansible_collections.electricimp.impcentral.plugins.module_utils._auth import Session
from ansible_collections.electricimp.impcentral.plugins.module_utils._sse import COMMENT, Event, Parser
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import Chunks, path
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError, InvalidDataError

FORMATS = ("json", "text")


class LogEntry(NamedTuple):
    """One line that a device or its agent logged. ``log_type`` is development or production, ``type`` the source."""

    device_id: str | None
    ts: str | None
    log_type: str | None
    type: str | None
    msg: str


class StateChange(NamedTuple):
    """The stream was ``opened`` or ``closed``, or a device ``subscribed`` or ``unsubscribed``."""

    state: str
    device_id: str | None


Entry = Union[LogEntry, StateChange]


class LogStream:
    """One log stream. Begin to read its events before adding devices; leave the ``with`` block to close it."""

    def __init__(self, session: Session, stream_id: str, format: str) -> None:
        self._session = session
        self._id = stream_id
        self._format = format
        self._chunks: Chunks | None = None
        self._closed = False

    def add_device(self, device: str) -> None:
        """Add a device by id, MAC address or agent id, once the stream has said that it is opened."""
        self._session.request("PUT", path("logstream", self._id, device))

    def remove_device(self, device: str) -> None:
        """Take a device out of the stream."""
        self._session.request("DELETE", path("logstream", self._id, device))

    def events(self) -> Iterator[Entry]:
        """Open the stream and yield its entries and state changes until it ends. It has one reader, once.

        :raises ImpCentralApiError: the stream was refused, the connection was lost, or not even a keep-alive came.
        """
        parser = Parser()
        self._chunks = self._session.stream(path("logstream", self._id), {"format": self._format})
        try:
            for chunk in self._chunks:
                if self._closed:
                    return
                for event in parser.feed(chunk):
                    if event.event != COMMENT:
                        yield entry(event)
        except ImpCentralApiError:
            if not self._closed:
                raise
        finally:
            self.close()

    def close(self) -> None:
        """Disconnect; that is all it takes to close a stream. Any thread may call this, and ends the reading so."""
        self._closed = True
        if self._chunks is not None:
            self._chunks.close()

    def __enter__(self) -> LogStream:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()


class LogStreams:
    """The way to log streams: ``client.log_streams``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, format: str = "json") -> LogStream:
        """Return a new log stream. :param format: json or text, how the service sends entries.

        :raises InvalidDataError: no such format.
        """
        if format not in FORMATS:
            raise InvalidDataError(f"a log stream's format is {' or '.join(FORMATS)}, not {format!r}.")
        document = self._session.request("POST", path("logstream"), shape=("data", dict)).document
        stream_id = str(document["data"].get("id"))
        # Whoever knows the id can read the stream.
        self._session.transport.secrets.add(stream_id)
        return LogStream(self._session, stream_id, format)


def entry(event: Event) -> Entry:
    """Return what an event of either format says."""
    try:
        said = json.loads(event.data)
    except ValueError:
        said = None
    if event.event == "state_change":
        return _state(said, event.data)
    if isinstance(said, dict):
        device_id, ts, log_type, kind = map(said.get, ("device_id", "ts", "log_type", "type"))
        return LogEntry(device_id, ts, log_type, kind, str(said.get("msg", "")))
    parts = event.data.split(" ", 4)
    return (
        LogEntry._make(parts) if len(parts) == len(LogEntry._fields) else LogEntry(None, None, None, None, event.data)
    )


def _state(said: Any, text: str) -> StateChange:
    if isinstance(said, dict):
        return StateChange(str(said.get("state")), said.get("device_id"))
    device, _space, state = text.rpartition(" ")
    return StateChange(state, device or None)
