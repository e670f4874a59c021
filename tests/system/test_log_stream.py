# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_log_stream, on devices that talk; check mode; what cannot be followed; wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.live import HERE, groups, script, tuned
from tests.system.runner import Playbooks
from tests.system.service import Service

KEYS = {"logs", "matched", "missing", "unreadable", "msg", "changed"}

__all__ = ["tuned"]


@pytest.fixture
def devices(service: Service, tuned: None) -> list[str]:
    """The devices of ``kitchen``/``a``, the first of which talks ten times a second, the others once in a while."""
    devices = groups(service)
    service.admin("POST", "/options", json={"time_scale": 0.1})
    script(service, devices[0], 'log "tick" after 1 every 1')
    for device in devices[1:]:
        script(service, device, 'log "tock" after 3 every 3')
    return devices


def listen(playbooks: Playbooks, **options: Any) -> dict[str, Any]:
    """Listen to the group, or to ``devices``, and return the result; it holds every key."""
    where = {} if "devices" in options else HERE
    result = playbooks.run(("listen", "imp_log_stream", {**where, "duration": 20, **options})).results["listen"]
    assert result.keys() >= KEYS and result["changed"] is False, result
    assert [entry["ts"] for entry in result["logs"]] == sorted(entry["ts"] for entry in result["logs"])
    assert all(entry.keys() == {"device_id", "ts", "type", "msg"} for entry in result["logs"])
    return result


def test_for_a_time(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    result = listen(playbooks, duration=1.0)
    assert {entry["device_id"] for entry in result["logs"]} == set(devices)
    assert {(entry["type"], entry["msg"]) for entry in result["logs"]} == {
        ("server.log", "tick"),
        ("server.log", "tock"),
    }
    assert result["matched"] == result["missing"] == result["unreadable"] == []
    assert service.admin("GET", "/streams") == []


def test_a_number_of_entries(playbooks: Playbooks, devices: list[str]) -> None:
    assert len(listen(playbooks, count=4)["logs"]) == 4


def test_until_one_device_says_it(playbooks: Playbooks, devices: list[str]) -> None:
    result = listen(playbooks, until="^tick$")
    assert (result["status"], result["matched"], sorted(result["missing"])) == ("ok", [devices[0]], devices[1:])
    assert result["logs"][-1]["msg"] == "tick"


def test_until_all_devices_say_it(playbooks: Playbooks, devices: list[str]) -> None:
    result = listen(playbooks, until="^server.log: t[io]ck", until_from="all")
    assert (result["status"], sorted(result["matched"]), result["missing"]) == ("ok", devices, [])
    never = listen(playbooks, until="tock", until_from="all", duration=1)
    assert (never["status"], never["missing"]) == ("failed", [devices[0]])
    assert f"1 of 3 device(s) did not log 'tock' within 1 s: {devices[0]}" in never["msg"]
    assert never["logs"]


def test_the_wrong_thing(playbooks: Playbooks, devices: list[str]) -> None:
    result = listen(playbooks, fail_on="tock", until="nothing")
    assert (result["status"], result["logs"][-1]["msg"]) == ("failed", "tock")
    assert "logged: tock" in result["msg"] and sorted(result["missing"]) == devices


def test_devices_by_name(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    name = next(row["name"] for row in service.rows("devices") if row["id"] == devices[0])
    result = listen(playbooks, devices=[name, devices[1]], count=12)
    assert {entry["device_id"] for entry in result["logs"]} == set(devices[:2])


def test_production_devices(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    closed, opened = service.running.devices[3:5]
    service.admin("PUT", f"/devices/{opened}/troubleshooting", json={"on": True})
    for device in (closed, opened):
        script(service, device, 'log "sold" every 1')
    result = listen(playbooks, devices=[closed, opened], until="sold", until_from="all", duration=1)
    assert (result["status"], result["matched"], result["missing"]) == ("failed", [opened], [closed])
    assert result["unreadable"] == [closed]


def test_no_place_for_everybody(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", "/options", json={"stream_limit": 1, "stream_device_limit": 2})
    result = listen(playbooks, duration=1)
    assert len(result["unreadable"]) == 1 and len({entry["device_id"] for entry in result["logs"]}) == 2
    assert result["unreadable"][0] in result["warnings"][-1] and "no place" in result["warnings"][-1]


def test_streams_that_break(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.fault("reset_before", method="GET", path="/logstream/")
    service.fault("expire_token", method="PUT", path="/logstream/")
    result = listen(playbooks, until="tick")
    assert result["status"] == "ok", result
    assert service.struck() == 2


def test_an_account_without_streams(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.fault("status", status=403, method="POST", path="/logstream$", times=None)
    result = listen(playbooks, until="tick")
    assert result["status"] == "failed" and sorted(result["unreadable"]) == devices


def test_an_empty_group(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    result = listen(playbooks, device_group="empty")
    assert (result["status"], result["logs"]) == ("ok", [])


def test_check_mode_says_what_it_would_do(playbooks: Playbooks, devices: list[str]) -> None:
    options = {**HERE, "until": "tick", "duration": 7}
    run = playbooks.run(("foreseen", "imp_log_stream", options, {"check_mode": True}))
    result = run.results["foreseen"]
    assert (result["status"], result["logs"]) == ("ok", [])
    assert not any("/logstream" in request for request in run.requests["foreseen"])
    assert result["msg"] == "Would follow 3 device(s) for up to 7 s." and result.keys() >= KEYS
    missing = ("missing", "imp_log_stream", {"product": "kitchen", "device_group": "missing"})
    assert playbooks.run(missing, arguments=("--check",)).results["missing"]["status"] == "ok"


def test_wrong_use(playbooks: Playbooks, devices: list[str]) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "until": {**HERE, "until": "*"},
        "fail_on": {**HERE, "fail_on": "("},
        "duration": {**HERE, "duration": 0},
        "limit": {**HERE, "count": 0},
        "one of": {},
        "mutually": {**HERE, "devices": devices},
        "there is no device": {"devices": ["00:11:22:33:44:55"]},
    }
    run = playbooks.thrice(*((name, "imp_log_stream", options) for name, options in wrong.items()))
    for name in wrong:
        assert name in run.results[name]["msg"], run.results[name]["msg"]
