# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a watch costs, and what it survives, on an account without log streams."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils import _watch
from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import Rules
from ansible_collections.electricimp.impcentral.plugins.module_utils._watch import Looks, Patience, watch
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    NotFoundError,
    PermissionDeniedError,
    ServiceError,
)


class Client:
    """A client of a service with groups of devices; it counts pages, single reads and pages of logs."""

    def __init__(self, **groups):
        self.states = {
            f"{group}-{number}": {
                "id": f"{group}-{number}",
                "name": None,
                "device_online": True,
                "device_group_id": None if group == "none" else group,
                "device_group_type": "development",
                "agent_state_changed_at": "2026-01-01T00:00:00Z",
                "device_state_changed_at": "2026-01-01T00:00:00Z",
            }
            for group, count in groups.items()
            for number in range(count)
        }
        self.read: list[str] = []
        self.faults: list[Exception] = []
        self.devices = self
        self.log_streams = self
        self.session = SimpleNamespace(map=lambda work, items: list(map(work, items)))

    def create(self):
        raise PermissionDeniedError("no streams")

    def pages(self, device_group_id):
        if self.faults:
            raise self.faults.pop(0)
        members = [dict(one) for one in self.states.values() if one["device_group_id"] == device_group_id]
        for start in range(0, len(members), 100):
            self.read.append("page")
            yield members[start : start + 100]

    def get(self, device_id, fresh):
        assert fresh
        self.read.append("single")
        if device_id not in self.states:
            raise NotFoundError("gone")
        return dict(self.states[device_id])

    def logs(self, device_id, limit):
        self.read.append("log")
        return []

    def restart(self, *ids):
        for one in ids or self.states:
            self.states[one]["agent_state_changed_at"] = "2026-01-02T00:00:00Z"

    def cost(self):
        read, self.read = self.read, []
        return {what: read.count(what) for what in set(read)}


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(_watch, "_FIRST_LOOK", 0.001)
    monkeypatch.setattr(_watch, "_LONGEST", 0.001)
    monkeypatch.setattr(_watch, "_OFFLINE", 0.0)


def watched(client, ask=None, warn=print, **rules):
    listed = list(client.states.values())
    return watch(client, listed, ask or (lambda ids: client.restart(*ids) or {}), Rules(**rules), Patience(10), warn)


def test_looking_at_devices_takes_few_requests():
    client = Client(large=250, small=2, none=1)
    looks = Looks(client, client.states.values())
    everybody = list(client.states)
    assert looks.look(everybody).keys() == client.states.keys()
    assert client.cost() == {"page": 4, "single": 1}
    # Of a few in a large group each is read by itself.
    assert looks.look(["large-1", "large-2", "large-3", "small-0"]).keys() == {
        "large-1",
        "large-2",
        "large-3",
        "small-0",
    }
    assert client.cost() == {"single": 4}
    looks.look([one for one in everybody if one.startswith("large")][:4])
    assert client.cost() == {"page": 3}
    del client.states["none-0"]
    assert looks.look(["none-0"]) == {}


def test_a_large_group_costs_a_look_before_and_one_after_and_its_logs():
    client = Client(large=1000)
    assert {one["outcome"] for one in watched(client)} == {"returned"}
    assert client.cost() == {"page": 20}
    client = Client(large=1000)
    watched(client, failure_patterns=(re.compile("x"),))
    assert client.cost() == {"page": 20, "log": 1000}


def test_a_look_that_fails_is_told_and_repeated():
    client, told = Client(a=3), []

    def ask(ids):
        client.restart(*ids)
        client.faults = [ServiceError("out of order")] * 2
        return {}

    assert {one["outcome"] for one in watched(client, ask=ask, warn=told.append)} == {"returned"}
    assert len(told) == 2 and "out of order" in told[0]


def test_nobody_is_asked_if_the_devices_cannot_be_read():
    client, asked = Client(a=3), []
    client.faults = [ServiceError("out of order")]
    with pytest.raises(ServiceError):
        watched(client, ask=asked.append)
    assert asked == []


def test_those_that_stay_away():
    client = Client(a=4)
    client.states["a-0"]["device_online"] = False
    listed = list(map(dict, client.states.values()))

    def ask(ids):
        assert ids == ["a-0", "a-1", "a-2", "a-3"]
        client.restart("a-2", "a-3")
        return {"a-1": "no such device"}

    found = watch(client, listed, ask, Rules(), Patience(10, 10))
    assert [one["outcome"] for one in found] == ["pending", "failed", "returned", "returned"]
    assert found[1]["reason"] == "no such device"
