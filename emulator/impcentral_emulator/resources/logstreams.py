# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log streams: the calls that make and change them, and the one that reads."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from ..documents import NO_CONTENT, Call, Reply
from ..errors import conflict, invalid, not_found
from ..fleet import find_device
from ..state import Emulator
from ..streams import FORMATS, Stream


def create_stream(call: Call) -> Reply:
    """POST /logstream."""
    stream = call.emulator.streams.create(call.account_id, call.emulator.options.stream_limit)
    url = call.url("logstream", stream.id)
    return Reply(200, {"data": {"id": stream.id, "type": "logstream", "attributes": {"url": url}}})


def add_device(call: Call) -> Reply:
    """PUT /logstream/{id}/{device}: also a device that no group has."""
    stream, device_id = _stream_and_device(call)
    call.emulator.streams.subscribe(stream, device_id, call.emulator.options.stream_device_limit)
    return NO_CONTENT


def remove_device(call: Call) -> Reply:
    """DELETE /logstream/{id}/{device}; one that is not on the stream is no error."""
    call.emulator.streams.unsubscribe(*_stream_and_device(call))
    return NO_CONTENT


def _stream_and_device(call: Call) -> tuple[Stream, str]:
    stream = call.emulator.streams.get(call.parameters["id"])
    device = find_device(call.db, call.parameters["device"])
    if stream is None or stream.account_id != call.account_id or not call.may_see(device):
        raise not_found()
    return stream, device["id"]


ROUTES = [
    ("POST", "/logstream", create_stream),
    ("PUT", "/logstream/{id}/{device}", add_device),
    ("DELETE", "/logstream/{id}/{device}", remove_device),
]


def routes(emulator: Emulator) -> list[Route]:
    """Return the route that reads a stream, for which no access token is needed; `ROUTES` has the other calls."""

    async def read(request: Request) -> StreamingResponse:
        """GET /logstream/{id}?format=text|json: one reader per stream."""
        stream = emulator.streams.get(request.path_params["id"])
        format_ = request.query_params.get("format", FORMATS[0])
        if stream is None:
            raise not_found()
        if format_ not in FORMATS:
            raise invalid("Invalid Parameter", f"format must be one of: {', '.join(FORMATS)}.")
        if stream.has_reader:
            raise conflict("Stream In Use", "The log stream has a reader already.")
        stream.has_reader = True
        return StreamingResponse(
            _events(emulator, stream, format_), media_type="text/event-stream", headers={"Cache-Control": "no-cache"}
        )

    return [Route("/logstream/{id}", read, methods=["GET"])]


async def _events(emulator: Emulator, stream: Stream, format_: str) -> AsyncIterator[bytes]:
    try:
        async for chunk in stream.read(format_, emulator.options.keep_alive):
            yield chunk
    finally:
        emulator.streams.forget(stream)
