# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following devices over real connections: what is closed is closed, at once and by whatever thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._follow import Follower
from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import LogEntry, StateChange
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client, connect
from tests.system.live import groups, script, tuned
from tests.system.service import Service

__all__ = ["tuned"]
PATIENCE = 30  # seconds until a test gives up


@pytest.fixture
def client(service: Service, tuned: None) -> Client:
    running = service.running
    return connect(running.endpoint, username=running.username, password=running.password, environ={})


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "log stream"]


def test_closing_ends_the_readers_and_frees_the_streams(service: Service, client: Client) -> None:
    with Follower(client, service.running.devices) as follower:
        assert follower.followed == set(service.running.devices) and len(readers()) == 3
        assert sorted(len(stream["devices"]) for stream in service.admin("GET", "/streams")) == [4, 8, 8]
    # Keep-alives come every 20 seconds; none of them was waited for.
    assert readers() == []
    eventually(lambda: service.admin("GET", "/streams") == [])


def test_a_stream_is_closed_by_another_thread(service: Service, client: Client) -> None:
    stream = client.log_streams.create()
    events = stream.events()
    assert next(events) == StateChange("opened", None)
    rest: list = []
    reader = threading.Thread(target=lambda: rest.extend(events))
    reader.start()
    stream.close()
    reader.join(PATIENCE)
    assert not reader.is_alive() and rest == []
    assert client.accounts.get("me")["id"] == service.running.account_id


def test_cut_and_taken_over(service: Service, client: Client) -> None:
    devices = service.running.devices[:2]
    with Follower(client, devices, delay=0.01) as follower:
        service.admin("DELETE", "/streams", json={"cut": True})
        found = []
        for entry in follower.entries(PATIENCE):
            found.append(entry)
            if found[4:].count(StateChange("subscribed", devices[1])):
                break
        assert found[2:4] == [StateChange("unsubscribed", device) for device in devices]
        assert follower.followed == set(devices)
        service.admin("DELETE", "/streams")
        assert list(follower.entries(PATIENCE)) == [StateChange("unsubscribed", device) for device in devices]
        assert not follower.alive and all("closed" in reason for reason in follower.unplaced.values())


def test_a_flood_is_taken_in_order(service: Service, client: Client) -> None:
    device = groups(service)[0]
    service.admin("POST", "/options", json={"time_scale": 0.1})
    with Follower(client, [device]) as follower:
        script(service, device, 'flood 200/s "noise"')
        times: list[str] = []
        for entry in follower.entries(PATIENCE):
            if isinstance(entry, LogEntry):
                times.append(str(entry.ts))
            if len(times) == 1000:
                break
    assert times == sorted(times) and len(times) == 1000
