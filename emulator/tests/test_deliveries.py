# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deliveries of webhooks, and the events of the factory that cause them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from impcentral_emulator import factory, seeding
from impcentral_emulator.deliveries import is_loopback
from impcentral_emulator.errors import ApiError
from impcentral_emulator.state import Emulator, Options

GROUPS = {
    "fixture": "factoryfixture_devicegroup",
    "production": "production_devicegroup",
    "dut": "dut_devicegroup",
    "development": "development_devicegroup",
}


@pytest.fixture
def emulator() -> Emulator:
    """An emulator's state with one device and a group of each kind that the factory needs."""
    emulator = Emulator(Options(devices=1, time_scale=0.0))
    seeding.begin(emulator)
    owner = seeding.main_account(emulator)["id"]
    for name, group_type in GROUPS.items():
        emulator.db.insert(
            "device_groups",
            {
                "id": name,
                "type": group_type,
                "name": name,
                "owner_id": owner,
                "product_id": "product",
                "load_code_after_blessing": 1,
            },
        )
    emulator.db.update("device_groups", "fixture", {"production_target_id": "production", "dut_target_id": "dut"})
    return emulator


def hook(emulator: Emulator, group: str, event: str, url: str, content_type: str = "application/json") -> None:
    emulator.db.insert(
        "webhooks",
        {
            "id": f"{event} {url}",
            "url": url,
            "event": event,
            "content_type": content_type,
            "group_id": group,
            "group_type": GROUPS[group],
        },
    )


@asynccontextmanager
async def receiver(received: list[tuple[str, dict, bytes]], answer: bytes) -> AsyncIterator[int]:
    """Serve HTTP on a free port: note request line, headers and body of each request, answer with the given bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        received.append((head[0], headers, await reader.readexactly(int(headers["Content-Length"]))))
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def deliver(emulator: Emulator, cause, *, answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n") -> list:
    """Let `cause(port)` fire webhooks at a receiver; return what that got once no delivery is pending."""
    received: list[tuple[str, dict, bytes]] = []

    async def scenario() -> None:
        async with receiver(received, answer) as port:
            cause(port)
            while any(record["result"] == "pending" for record in emulator.deliveries.records()):
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(scenario(), 10))
    return received


def test_a_deployment_is_told_as_json(emulator):
    def cause(port: int) -> None:
        hook(emulator, "development", "deployment", f"http://127.0.0.1:{port}/path?query=1")
        emulator.world.deployment_created("development", "build")

    [(line, headers, body)] = deliver(emulator, cause)
    assert line == "POST /path?query=1 HTTP/1.1"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"device_group_id": "development", "deployment_id": "build"}
    [record] = emulator.deliveries.records()
    assert (record["result"], record["status"], record["event"]) == ("sent", 204, "deployment")


def test_a_form_and_credentials(emulator):
    def cause(port: int) -> None:
        url = f"http://user:p%40ss@localhost:{port}"
        hook(emulator, "development", "deployment", url, "application/x-www-form-urlencoded")
        emulator.world.deployment_created("development", "build")

    [(line, headers, body)] = deliver(emulator, cause)
    assert line == "POST / HTTP/1.1"
    assert parse_qs(body.decode()) == {"device_group_id": ["development"], "deployment_id": ["build"]}
    assert headers["Authorization"] == "Basic dXNlcjpwQHNz"
    assert emulator.deliveries.records()[0]["url"].startswith("http://***@localhost:")


def test_the_factory_path(emulator):
    [device] = [row["id"] for row in emulator.db.all("SELECT id FROM devices")]

    def cause(port: int) -> None:
        for event in ("blessing", "blinkup"):
            hook(emulator, "production", event, f"http://127.0.0.1:{port}/{event}")
        factory.factory_blinkup(emulator, device, "fixture")
        assert emulator.db.one("SELECT group_id FROM devices")[0] == "dut"
        factory.bless(emulator, device, "fixture")
        row = emulator.db.one("SELECT * FROM devices")
        assert (row["group_id"], row["listed"], row["agent_running"]) == ("production", 0, 1)
        factory.blinkup(emulator, device, "blinkup token")

    received = deliver(emulator, cause)
    plan = emulator.db.one("SELECT plan_id FROM devices")[0]
    assert {line.split()[1]: json.loads(body) for line, _headers, body in received} == {
        "/blessing": {"device_id": device, "imp_id": device},
        "/blinkup": {"device_id": device, "plan_id": plan, "token": "blinkup token"},
    }
    assert [record["payload"].get("token") for record in emulator.deliveries.records()] == [None, "***"]
    events = [row["event"] for row in emulator.db.all("SELECT event FROM history ORDER BY rowid")]
    assert events == ["enrolled", "enrolled", "blessed", "enrolled"]


def test_code_may_wait_for_the_blinkup(emulator):
    [device] = [row["id"] for row in emulator.db.all("SELECT id FROM devices")]
    emulator.db.update("device_groups", "production", {"load_code_after_blessing": 0})
    factory.bless(emulator, device, "fixture")
    assert not emulator.db.one("SELECT agent_running FROM devices")[0]
    factory.blinkup(emulator, device, "token")
    assert emulator.db.one("SELECT agent_running FROM devices")[0]


def test_the_factory_needs_a_fixture_group(emulator):
    [device] = [row["id"] for row in emulator.db.all("SELECT id FROM devices")]
    with pytest.raises(ApiError, match="Invalid Group"):
        factory.bless(emulator, device, "development")
    with pytest.raises(ApiError, match="Not Found"):
        factory.bless(emulator, device, "unknown")


def test_blessing_fires_in_production_groups_alone(emulator):
    hook(emulator, "development", "blessing", "http://127.0.0.1:1/")
    emulator.deliveries.fire("development", "blessing", {})
    assert emulator.deliveries.records() == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://example.com/",
        "http://10.0.0.1/",
        "https://127.0.0.1/",
        "http://localhost.x/",
    ],
)
def test_nothing_leaves_the_machine(emulator, url):
    assert not is_loopback(urlsplit(url))
    hook(emulator, "development", "deployment", url)
    emulator.world.deployment_created("development", "build")
    assert [record["result"] for record in emulator.deliveries.records()] == ["recorded"]


def test_an_ipv6_loopback_is_loopback():
    assert is_loopback(urlsplit("http://[::1]:8080/"))


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n", b"HTTP/1.1 what\r\n"])
def test_a_strange_answer_is_a_failure(emulator, answer):
    def cause(port: int) -> None:
        hook(emulator, "development", "deployment", f"http://127.0.0.1:{port}/")
        emulator.world.deployment_created("development", "build")

    deliver(emulator, cause, answer=answer)
    assert [record["result"] for record in emulator.deliveries.records()] == ["failed"]


def test_a_refused_connection_and_an_error_status(emulator):
    def cause(port: int) -> None:
        hook(emulator, "development", "deployment", "http://127.0.0.1:1/")
        hook(emulator, "development", "deployment", f"http://127.0.0.1:{port}/")
        emulator.world.deployment_created("development", "build")

    deliver(emulator, cause, answer=b"HTTP/1.1 500 Oops\r\n\r\n")
    found = {(record["result"], record["status"], record["error"]) for record in emulator.deliveries.records()}
    assert found == {("failed", None, "ConnectionRefusedError"), ("sent", 500, None)}


def test_records_are_numbered_and_forgotten(emulator):
    hook(emulator, "development", "deployment", "https://example.com/")
    for _number in range(3):
        emulator.world.deployment_created("development", "build")
    assert [record["n"] for record in emulator.deliveries.records(after=1)] == [2, 3]
    emulator.deliveries.reset()
    assert emulator.deliveries.records() == []
