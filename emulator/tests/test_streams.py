# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log streams: the events themselves, and their way over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from fleet_api import FleetApi, wait_until

from impcentral_emulator import start
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
        (
            "message",
            {
                "device_id": "d1",
                "ts": ENTRY[2],
                "log_type": "development",
                "type": "server.log",
                "msg": 'grün "quoted"',
            },
        ),
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


class Reader:
    """Reads a log stream over HTTP, event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def event(self) -> tuple[str, str]:
        """Return the next event: name and data; a comment is an event without name. The end is `("", "")`."""
        name, data = "", []
        for line in self._lines:
            if not line:
                break
            field, _dummy, value = line.partition(": ")
            if field == "event":
                name = value
            else:
                data.append(value)
        return name, "\n".join(data)

    def until(self, text: str) -> list[str]:
        """Return the data of events up to the first that ends in the text."""
        found: list[str] = []
        while not (found and found[-1].endswith(text)):
            name, data = self.event()
            assert name, f"The stream ended before {text!r}: {found}"
            found.append(data)
        return found


@pytest.fixture
def api(impcentral) -> FleetApi:
    return FleetApi(impcentral.running)


def create(api: FleetApi) -> str:
    """Make a stream and return its path."""
    data = api.call("POST", "/logstream")["data"]
    assert data["type"] == "logstream"
    assert data["attributes"]["url"] == f"{api.running.endpoint}/logstream/{data['id']}"
    return f"/logstream/{data['id']}"


@contextmanager
def reading(api: FleetApi, path: str, **parameters: str) -> Iterator[Reader]:
    """Open a stream for reading, without any credentials."""
    with httpx.stream("GET", api.running.endpoint + path, params=parameters, timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        reader = Reader(answer)
        assert reader.event()[0] == "state_change"
        yield reader


def test_text_and_json_together(api, impcentral):
    device = impcentral.devices[0]
    api.build('server.log("started");')
    api.join(device)
    text, as_json = create(api), create(api)
    with reading(api, text) as first, reading(api, as_json, format="json") as second:
        for path in (text, as_json):
            api.call("PUT", f"{path}/{device}", {"id": device, "type": "device"}, 204)
        api.restart(device)
        heard = first.until("started")
        assert heard[0] == f"{device} subscribed"
        assert [line.split(" ", 2)[2] for line in heard[1:]] == [
            "development status Agent restarted: reload.",
            "development status Device disconnected",
            "development status Device connected",
            "development server.log started",
        ]
        entries = [json.loads(second.event()[1]) for _number in range(5)]
        assert entries[0] == {"state": "subscribed", "device_id": device}
        assert [entry["msg"] for entry in entries[1:]] == [line.split(" ", 4)[4] for line in heard[1:]]
        api.call("DELETE", f"{text}/{device}", status=204)
        assert first.event() == ("state_change", f"{device} unsubscribed")


def test_devices_by_every_identifier(api, impcentral):
    assigned, unassigned = impcentral.devices[:2]
    api.join(assigned)
    attributes = api.attributes(assigned)
    path = create(api)
    with reading(api, path) as reader:
        for alias in (assigned, attributes["mac_address"], attributes["agent_id"]):
            api.call("PUT", f"{path}/{alias}", status=204)
            assert reader.event()[1] == f"{assigned} subscribed"
        api.call("PUT", f"{path}/{unassigned}", status=204)
        assert reader.event()[1] == f"{unassigned} subscribed"


def test_what_does_not_exist(api, impcentral):
    path = create(api)
    device = impcentral.devices[0]
    api.call("GET", "/logstream/unknown", status=404)
    api.call("PUT", f"/logstream/unknown/{device}", status=404)
    api.call("PUT", f"{path}/unknown", status=404)
    api.call("DELETE", f"{path}/unknown", status=404)
    api.fails("GET", f"{path}?format=xml")


def test_all_but_reading_needs_a_token(api, impcentral):
    path = create(api)
    del api.http.headers["Authorization"]
    api.fails("POST", "/logstream", status=401)
    api.fails("PUT", f"{path}/{impcentral.devices[0]}", status=401)
    api.fails("DELETE", f"{path}/{impcentral.devices[0]}", status=401)


def test_the_stream_of_another_account(api, impcentral):
    path = create(api)
    other = impcentral.administer("POST", "/accounts", {"username": "other"})
    api.sign_in("other", other["password"])
    api.fails("PUT", f"{path}/{impcentral.devices[0]}", status=404)


def test_one_reader(api, impcentral):
    path = create(api)
    with reading(api, path):
        api.call("GET", path, status=409)
        assert impcentral.administer("GET", "/streams")[0]["has_reader"]
    wait_until(lambda: not impcentral.administer("GET", "/streams"))
    api.call("GET", path, status=404)


def test_keep_alive_is_an_option(api, impcentral):
    impcentral.administer("POST", "/options", {"keep_alive": 0.01})
    with reading(api, create(api)) as reader:
        assert reader.event() == ("", "keep-alive")


def test_too_many_streams(api, impcentral):
    impcentral.administer("POST", "/options", {"stream_limit": 2, "stream_device_limit": 1})
    first, second = create(api), create(api)
    with reading(api, first) as oldest, reading(api, second) as newer:
        third = create(api)
        assert oldest.event() == ("state_change", "closed")
        assert oldest.event() == ("", "")
        for device in impcentral.devices[:2]:
            api.call("PUT", f"{second}/{device}", status=204)
        assert newer.until(f"{impcentral.devices[1]} subscribed") == [
            f"{impcentral.devices[0]} subscribed",
            f"{impcentral.devices[0]} unsubscribed",
            f"{impcentral.devices[1]} subscribed",
        ]
        api.call("DELETE", f"{third}/{impcentral.devices[0]}", status=204)


@pytest.mark.parametrize("cut, last", [(False, ("state_change", "closed")), (True, ("", ""))])
def test_the_administration_ends_streams(api, impcentral, cut, last):
    with reading(api, create(api)) as reader:
        assert impcentral.administer("DELETE", "/streams", {"cut": cut}) == {"ended": 1}
        assert reader.event() == last


def test_a_production_device_is_silent_without_troubleshooting(impcentral):
    api = FleetApi(impcentral.running, "production")
    device = impcentral.devices[0]
    impcentral.administer("PATCH", f"/devices/{device}", {"devicegroup": api.group_id})
    path = create(api)
    with reading(api, path) as reader:
        api.call("PUT", f"{path}/{device}", status=204)
        api.restart(device)
        assert api.log(device) == []
        impcentral.administer("PUT", f"/devices/{device}/troubleshooting", {"on": True})
        api.restart(device)
        assert reader.event()[1] == f"{device} subscribed"
        assert reader.event()[1].endswith(" production status Agent restarted: reload.")
        assert api.log(device)


def test_a_stopping_server_closes_its_streams():
    with start(devices=1) as running:
        api = FleetApi(running)
        with reading(api, create(api)) as reader:
            assert running.stop() == 0
            assert reader.event() == ("state_change", "closed")


def test_the_journal_hides_stream_ids(api, impcentral):
    path = create(api)
    api.call("PUT", f"{path}/{impcentral.devices[0]}", status=204)
    paths = [entry["path"] for entry in impcentral.administer("GET", "/journal")]
    assert paths[-1] == f"/v5/logstream/***/{impcentral.devices[0]}"
