# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""imp_device_log_info and imp_device_history_info."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.reading import Fleet, read
from tests.system.runner import Playbooks
from tests.system.service import Service

NO_DEVICE = "0123456789abcdef"
S = {"product": "kitchen", "device_group": "sensors"}


@pytest.fixture
def fleet(service: Service) -> Fleet:
    """The fleet, whose first device has logged 250 lines: ``line 0`` is its oldest."""
    fleet = Fleet(service)
    source = "".join(f'server.{"error" if n % 50 == 0 else "log"}("line {n}");\n' for n in range(250))
    attributes = {"device_code": source, "agent_code": ""}
    related = {"devicegroup": {"type": "development_devicegroup", "id": fleet.group("sensors")}}
    service.api("POST", "/deployments", {"type": "deployment", "attributes": attributes, "relationships": related})
    service.api("POST", f"/devices/{fleet.devices[0]}/restart")
    return fleet


def log(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_device_log_info", options


def history(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_device_history_info", options


def test_entries_of_one_device(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    device = {"device": fleet.devices[0]}
    service.admin("PATCH", f"/devices/{fleet.devices[0]}", json={"name": "fridge"})
    run = read(
        playbooks,
        log("all", **device),
        log("newest", limit=3, **device),
        log("exactly a page", limit=100, **device),
        log("errors", types=["server.error"], **device),
        log("matching", match="line 1?7$", types=["server.log"], **device),
        log("newest match", match="LINE|line", limit=2, **device),
        log("future", since="2099-01-01", **device),
        log("past", since="24h", **device),
        log("counted", match="^line", count_by_message=True, **device),
        log("by name", device="fridge", limit=1),
        log("none", types=["lastexitcode"], **device),
    )
    told = run.results
    entries = told["all"]["logs"]
    assert [one["ts"] for one in entries] == sorted((one["ts"] for one in entries), reverse=True)
    assert all(list(one) == ["device_id", "ts", "type", "msg"] for one in entries)
    lines = [one["msg"] for one in entries if one["type"] in ("server.log", "server.error")]
    assert lines == [f"line {number}" for number in reversed(range(250))]
    assert told["newest"]["logs"] == entries[:3] and told["by name"]["logs"] == entries[:1]
    assert told["exactly a page"]["logs"] == entries[:100]
    assert [one["msg"] for one in told["errors"]["logs"]] == [f"line {number}" for number in (200, 150, 100, 50, 0)]
    assert [one["msg"] for one in told["matching"]["logs"]] == ["line 17", "line 7"]
    assert [one["msg"] for one in told["newest match"]["logs"]] == lines[:2]
    assert told["future"]["logs"] == [] == told["none"]["logs"] and told["past"]["logs"] == entries
    assert told["all"]["counts"] == [] == told["all"]["unreadable"]
    assert {"msg": "line 0", "count": 1, "devices": 1} in told["counted"]["counts"]
    # Never more pages than needed: one request each for what stands on the first page.
    assert len(run.requests["all"]) == 3
    for name in ("newest", "exactly a page", "newest match", "future"):
        assert len(run.requests[name]) == 1, (name, run.requests[name])


def test_entries_of_many_devices(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    first, second, *sold = fleet.devices
    service.api("POST", f"/devices/{second}/restart")
    run = read(
        playbooks,
        log("group", **S),
        log("group by id", device_group=fleet.group("sensors")),
        log("list", devices=[second, first, second]),
        log("product", product="kitchen", limit=1),
        log("production", device_group="sold"),
        log("given production", devices=[first, sold[0]], limit=1),
        log("counted", count_by_message=True, match="^line", **S),
        log("no devices", devices=[]),
    )
    told = run.results
    entries = told["group"]["logs"]
    assert [one["ts"] for one in entries] == sorted((one["ts"] for one in entries), reverse=True)
    assert {one["device_id"] for one in entries} == {first, second}
    assert len([one for one in entries if one["msg"] == "line 7"]) == 2
    assert told["group by id"]["logs"] == entries
    assert {(one["device_id"], one["ts"], one["msg"]) for one in told["list"]["logs"]} == {
        (one["device_id"], one["ts"], one["msg"]) for one in entries
    }
    assert {one["device_id"] for one in told["product"]["logs"]} == {first, second}
    assert set(told["production"]["unreadable"]) == set(sold) == set(told["product"]["unreadable"])
    assert told["production"]["logs"] == [] and told["given production"]["unreadable"] == [sold[0]]
    assert {"msg": "line 7", "count": 2, "devices": 2} in told["counted"]["counts"]
    assert len(told["counted"]["counts"]) == 250
    assert told["no devices"]["logs"] == [] == run.requests["no devices"]


def test_a_production_device_opened_for_troubleshooting(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    sold = fleet.devices[2]
    service.admin("PUT", f"/devices/{sold}/troubleshooting", json={"on": True})
    service.api("POST", f"/devices/{sold}/restart")
    run = read(playbooks, log("opened", device=sold)).results["opened"]
    assert run["logs"] and run["unreadable"] == []


def test_a_log_that_the_service_refuses(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    first, second, *_sold = fleet.devices
    service.fault("status", method="GET", path=f"/devices/{first}/logs", status=403, times=None)
    run = read(playbooks, log("refused", devices=[first, second], limit=1), log("group", limit=1, **S))
    assert service.struck() == 4
    for name in ("refused", "group"):
        assert run.results[name]["unreadable"] == [first]
        assert {one["device_id"] for one in run.results[name]["logs"]} == {second}


def test_wrong_use_of_logs(playbooks: Playbooks, fleet: Fleet) -> None:
    device = {"device": fleet.devices[0]}
    run = read(
        playbooks,
        log("nothing"),
        log("both", devices=[fleet.devices[1]], **device),
        log("device and group", **device, **S),
        log("unknown", device=NO_DEVICE),
        log("unknown among others", devices=[fleet.devices[0], NO_DEVICE]),
        log("unknown group", product="kitchen", device_group="attic"),
        log("ambiguous", device_group="sensors"),
        log("bad since", since="yesterday", **device),
        log("huge since", since="999999999999w", **device),
        log("bad match", match="(", **device),
        log("bad limit", limit=0, **device),
        log("a number", devices=[1234]),
    )
    told = {name: result.get("msg", "no error") for name, result in run.results.items()}
    assert "device_group" in told["nothing"] and "mutually exclusive" in told["both"]
    assert "mutually exclusive" in told["device and group"]
    assert NO_DEVICE in told["unknown"] and NO_DEVICE in told["unknown among others"]
    assert "'attic'" in told["unknown group"] and "ambiguous" in told["ambiguous"]
    assert "'yesterday'" in told["bad since"] and "24h" in told["bad since"] and "since" in told["huge since"]
    assert "regular expression" in told["bad match"] and "limit" in told["bad limit"] and "quotes" in told["a number"]


def test_history(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    device, free = fleet.devices[0], service.running.devices[10]
    joining = [{"type": "device", "id": free}]
    service.api("POST", f"/devicegroups/{fleet.group('sensors')}/relationships/devices", joining)
    run = read(
        playbooks,
        history("one", device=device),
        history("limited", device=free, limit=1),
        history("all", device=free),
        history("unknown", device=NO_DEVICE),
        history("no limit", device=device, limit=0),
        history("nothing"),
    )
    told = run.results
    (entry,) = told["one"]["history"]
    me = service.running.account_id
    assert entry == {**entry, "device_id": device, "event": "enrolled", "owner_id": me} and entry["timestamp"]
    assert [one["event"] for one in told["all"]["history"]] == ["assigned", "enrolled"]
    assert told["limited"]["history"] == told["all"]["history"][:1]
    assert (
        NO_DEVICE in told["unknown"]["msg"]
        and "limit" in told["no limit"]["msg"]
        and "device" in told["nothing"]["msg"]
    )
