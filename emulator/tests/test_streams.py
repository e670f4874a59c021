# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log streams: the events themselves, and their way over HTTP."""

from __future__ import annotations

import asyncio
import json

import pytest
from impcentral_emulator.streams import Stream, Streams

ENTRY = ("d1", "development", "2026-01-01T00:00:00.000Z", "server.log")


def read_all(stream: Stream, format_: str = "text", keep_alive: float = 60.0) -> str:
    """Return what a reader gets from a stream that ends."""
    async def reader() -> bytes:
        return b"".join([chunk async for chunk in stream.read(format_, keep_alive)])

    return asyncio.run(reader()).decode()


def events(text: str) -> list[tuple[str, str]]:
    """Parse server-sent events into (event, data)."""
    parsed = []
    for block in filter(None, text.split("\n\n")):
        lines = block.split("\n")
        data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        parsed.append((lines[0].removeprefix("event: "), "\n".join(data)))
    return parsed


def test_text_is_exact_to_the_byte():
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.subscribe(stream, "d1", limit=3)
    streams.publish(*ENTRY, "hello")
    streams.close(stream)
    assert read_all(stream) == (
        "event: state_change\ndata: opened\n\n"
        "event: state_change\ndata: d1 subscribed\n\n"
        "event: message\ndata: d1 2026-01-01T00:00:00.000Z development server.log hello\n\n"
        "event: state_change\ndata: closed\n\n"
    )


def test_json():
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.subscribe(stream, "d1", limit=3)
    streams.publish(*ENTRY, 'grün "quoted"')
    streams.unsubscribe(stream, "d1")
    streams.close(stream)
    assert [(name, json.loads(data)) for name, data in events(read_all(stream, "json"))] == [
        ("state_change", {"state": "opened"}),
        ("state_change", {"state": "subscribed", "device_id": "d1"}),
        ("message", {"device_id": "d1", "ts": ENTRY[2], "log_type": "development", "type": "server.log",
                     "msg": 'grün "quoted"'}),
        ("state_change", {"state": "unsubscribed", "device_id": "d1"}),
        ("state_change", {"state": "closed"}),
    ]


@pytest.mark.parametrize("msg, lines", [("a\nb", "a\nb"), ("a\r\nb\rc", "a\nb\nc"), ("", ""), ("a\n", "a\n")])
def test_a_message_of_several_lines(msg, lines):
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.subscribe(stream, "d1", limit=3)
    streams.publish(*ENTRY, msg)
    streams.close(stream)
    assert events(read_all(stream))[2] == ("message", f"d1 {ENTRY[2]} development server.log {lines}")


def test_only_subscribed_devices_are_heard():
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.publish(*ENTRY, "before")
    streams.subscribe(stream, "d1", limit=3)
    streams.unsubscribe(stream, "d1")
    streams.unsubscribe(stream, "d1")
    streams.publish(*ENTRY, "after")
    streams.close(stream)
    heard = [data for _name, data in events(read_all(stream))]
    assert heard == ["opened", "d1 subscribed", "d1 unsubscribed", "closed"]


def test_one_device_too_many_drops_the_oldest():
    streams = Streams()
    stream = streams.create("account", limit=3)
    for number in range(3):
        streams.subscribe(stream, f"d{number}", limit=3)
    streams.subscribe(stream, "d0", limit=3)
    streams.subscribe(stream, "new", limit=3)
    assert list(stream.devices) == ["d2", "d0", "new"]
    streams.close(stream)
    assert [data for _name, data in events(read_all(stream)) if data.endswith("unsubscribed")] == ["d1 unsubscribed"]


def test_one_stream_too_many_closes_the_oldest_of_the_account():
    streams = Streams()
    other = streams.create("other", limit=3)
    own = [streams.create("account", limit=3) for _number in range(4)]
    assert streams.get(own[0].id) is None
    assert all(streams.get(stream.id) for stream in [other, *own[1:]])
    assert [data for _name, data in events(read_all(own[0]))] == ["opened", "closed"]


def test_silence_is_kept_alive():
    async def reader() -> list[bytes]:
        stream = Stream("account")
        chunks = []
        async for chunk in stream.read("text", keep_alive=0.01):
            chunks.append(chunk)
            if len(chunks) == 3:
                stream.close()
        return chunks

    chunks = asyncio.run(reader())
    assert chunks[1:3] == [b": keep-alive\n\n"] * 2
    assert chunks[3] == b"event: state_change\ndata: closed\n\n"


def test_a_cut_stream_just_ends():
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.subscribe(stream, "d1", limit=3)
    assert streams.end_all(cut=True) == 1
    assert streams.get(stream.id) is None
    assert events(read_all(stream)) == [("state_change", "opened")]


def test_a_reader_far_behind_is_cut_off(monkeypatch):
    monkeypatch.setattr("impcentral_emulator.streams._BACKLOG", 10)
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.subscribe(stream, "d1", limit=3)
    for number in range(20):
        streams.publish(*ENTRY, str(number))
    assert stream.is_cut


def test_description_keeps_the_id_secret():
    streams = Streams()
    stream = streams.create("account", limit=3)
    streams.subscribe(stream, "d1", limit=3)
    assert streams.describe() == [{"account_id": "account", "devices": ["d1"], "has_reader": False}]
