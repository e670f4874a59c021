# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""imp_restart that waits: each criterion, each outcome, and each kind of evidence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.live import HERE, deploy, groups, script, tuned
from tests.system.runner import Playbooks, Run
from tests.system.service import Service

KEYS = {"asked", "returned", "unverified", "pending", "failed_devices", "devices"}
__all__ = ["tuned"]
BAD = 'server.log("version 2");\nthrow "no sensor";'


@pytest.fixture
def devices(service: Service, tuned: None) -> list[str]:
    """The devices of ``kitchen``/``a``."""
    return groups(service)


def restart(playbooks: Playbooks, **more: Any) -> dict[str, Any]:
    """Restart the group, or ``devices``, wait, and return the result; it holds every key."""
    where = {} if "devices" in more else HERE
    run = playbooks.run(("restart", "imp_restart", {**where, "wait": True, "wait_timeout": 10, **more}))
    result = run.results["restart"]
    assert result.keys() >= KEYS, result
    assert [one["id"] for one in result["devices"]] and result["changed"] is bool(result["asked"])
    return result


def fates(result: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return outcome and evidence of each device."""
    return {one["id"]: (one["outcome"], one["evidence"]) for one in result["devices"]}


def test_devices_come_back(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    run = playbooks.run(
        ("restart", "imp_restart", {**HERE, "wait": True}),
        ("foreseen", "imp_restart", {**HERE, "wait": True}, {"check_mode": True}),
        ("not waited", "imp_restart", HERE),
    )
    result = run.results["restart"]
    assert result["status"] == "ok" and sorted(result["returned"]) == sorted(result["asked"]) == devices
    assert result["unverified"] == result["pending"] == result["failed_devices"] == []
    for one in result["devices"]:
        assert (one["outcome"], one["evidence"], one["reason"], one["line"]) == ("returned", "stream", None, None)
        assert one["name"].startswith("a") and one["seconds"] >= 0
    for name in ("foreseen", "not waited"):
        other = run.results[name]
        assert other.keys() - {"warnings"} == result.keys() - {"warnings"}
        assert sorted(other["asked"]) == devices and other["devices"] == other["returned"] == []
    assert all(request.startswith("GET") for request in run.requests["foreseen"])
    assert service.admin("GET", "/streams") == []


def test_nothing_is_missed_since_streams_are_opened_first(
    playbooks: Playbooks, service: Service, devices: list[str]
) -> None:
    run = playbooks.run(("restart", "imp_restart", {**HERE, "wait": True}))
    sent = [request.split("/v5/")[1].split("/")[0] for request in run.requests["restart"] if "GET" not in request]
    assert [one for one in sent if one != "auth"] == ["logstream"] * 4 + ["devicegroups"]
    assert not any(request.endswith("/logs") for request in run.requests["restart"])


@pytest.mark.parametrize("criterion", ["agent_restarted", "device_connected", "log_matches", "state_changed"])
@pytest.mark.parametrize("streams", [True, False])
def test_each_criterion(
    playbooks: Playbooks, service: Service, devices: list[str], criterion: str, streams: bool
) -> None:
    deploy(service, 'server.log("version 2");')
    if not streams:
        service.fault("status", status=403, method="POST", path="/logstream$", times=None)
    more = {"log_pattern": "^version 2$"} if criterion == "log_matches" else {}
    result = restart(playbooks, returned_when=criterion, wait_timeout=2, **more)
    evidence = "stream" if streams else "log" if criterion == "log_matches" else "listing"
    assert fates(result) == dict.fromkeys(devices, ("returned", evidence))


def test_a_log_that_never_matches(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    # What devices said before the restart does not count.
    deploy(service, 'server.log("version 2");')
    playbooks.run(("restart", "imp_restart", HERE))
    deploy(service, 'server.log("version 3");')
    result = restart(playbooks, returned_when="log_matches", log_pattern="version 2", wait_timeout=1)
    assert (result["status"], sorted(result["failed_devices"])) == ("failed", devices)
    assert "no log entry matched within 1 s" in result["msg"]


@pytest.mark.parametrize(("streams", "evidence"), [(True, "stream"), (False, "log")])
def test_a_crash_at_the_start(
    playbooks: Playbooks, service: Service, devices: list[str], streams: bool, evidence: str
) -> None:
    deploy(service, BAD)
    if not streams:
        service.fault("status", status=403, method="POST", path="/logstream$", times=None)
    result = restart(playbooks, returned_when="device_connected")
    assert (result["status"], result["changed"]) == ("failed", True)
    assert fates(result) == dict.fromkeys(devices, ("failed", evidence))
    assert sorted(result["failed_devices"]) == sorted(result["asked"]) == devices
    assert all("no sensor" in one["line"] for one in result["devices"])
    assert "3 of 3 devices failed" in result["msg"] and "no sensor" in result["msg"]


def test_some_may_fail(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    script(service, devices[1], 'fail after 0 "no sensor"')
    for allowed, status in ((0, "failed"), (1, "ok"), ("33%", "failed"), ("34%", "ok")):
        result = restart(playbooks, max_failures=allowed)
        assert (result["status"], result["failed_devices"]) == (status, [devices[1]]), allowed
        assert not any("converted" in warning for warning in result.get("warnings", []))
        assert sorted(result["returned"]) == [devices[0], devices[2]]
    ignoring = restart(playbooks, failure_patterns=[])
    own = restart(playbooks, failure_patterns=["^server.error: .*no sensor"])
    assert sorted(ignoring["returned"]) == devices and own["failed_devices"] == [devices[1]]


def test_one_that_never_returns(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    script(service, devices[0], "never return")
    result = restart(playbooks, returned_when="device_connected", wait_timeout=1)
    assert result["failed_devices"] == [devices[0]] and sorted(result["returned"]) == devices[1:]
    assert "it was not back within 1 s" in result["msg"]


def test_one_that_cannot_be_asked(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    loose = service.running.devices[10]
    both = [devices[0], loose]
    result = restart(playbooks, devices=both)
    assert (result["status"], result["asked"], result["failed_devices"]) == ("failed", [devices[0]], [loose])
    assert result["returned"] == [devices[0]] and "Device Unassigned" in result["msg"]
    assert restart(playbooks, devices=both, max_failures="50%")["status"] == "ok"


@pytest.mark.parametrize(("offline", "fate"), [("include", "pending"), ("skip", "pending"), ("fail", "failed")])
def test_an_offline_device(playbooks: Playbooks, service: Service, devices: list[str], offline: str, fate: str) -> None:
    service.admin("POST", f"/devices/{devices[0]}/power", json={"on": False})
    result = restart(playbooks, offline=offline, wait_timeout=1)
    assert result["status"] == ("failed" if fate == "failed" else "ok")
    assert fates(result)[devices[0]] == (fate, "none") and sorted(result["returned"]) == devices[1:]
    assert sorted(result["asked"]) == (devices[1:] if offline == "skip" else devices)
    assert "offline" in next(one["reason"] for one in result["devices"] if one["id"] == devices[0])


def test_the_flag_of_being_offline_may_be_wrong(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", f"/devices/{devices[0]}/power", json={"on": True})
    service.admin("PATCH", f"/devices/{devices[0]}", json={"device_online": False})
    assert sorted(restart(playbooks, offline="fail")["returned"]) == devices


def test_an_agent_alone_does_not_bring_an_offline_device_back(
    playbooks: Playbooks, service: Service, devices: list[str]
) -> None:
    service.admin("POST", f"/devices/{devices[0]}/power", json={"on": False})
    deploy(service, 'server.log("version 2");')
    group = next(row for row in service.rows("device_groups") if row["name"] == "a")
    playbooks.run(("raise", "imp_device_group", {"id": group["id"], "min_supported_deployment": "current"}))
    result = restart(playbooks, wait_timeout=1)
    assert fates(result)[devices[0]] == ("pending", "none")


def test_a_conditional_restart_may_be_put_off(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", "/options", json={"time_scale": 0.1})
    script(service, devices[0], "postpone after 600")
    result = restart(playbooks, conditional=True, wait_timeout=2)
    assert (result["status"], result["pending"]) == ("ok", [devices[0]])
    assert sorted(result["returned"]) == devices[1:]


def test_production_devices_are_unverified(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    closed, opened = service.running.devices[3:5]
    service.admin("PUT", f"/devices/{opened}/troubleshooting", json={"on": True})
    deploy(service, 'server.log("ready");', "sold")
    result = restart(playbooks, devices=[closed, opened])
    assert fates(result) == {closed: ("unverified", "listing"), opened: ("returned", "stream")}
    assert (result["status"], result["unverified"]) == ("ok", [closed])
    logging = restart(
        playbooks, devices=[closed, opened], returned_when="log_matches", log_pattern="ready", wait_timeout=5
    )
    assert fates(logging) == {closed: ("unverified", "listing"), opened: ("returned", "stream")}


def test_streams_without_a_place_for_everybody(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", "/options", json={"stream_limit": 1, "stream_device_limit": 1})
    script(service, devices[2], 'fail after 0 "no sensor"')
    result = restart(playbooks)
    found = fates(result)
    assert sorted(one["evidence"] for one in result["devices"]).count("stream") == 1
    assert found[devices[2]][0] == "failed" and sorted(result["returned"]) == devices[:2]


def test_a_failure_while_it_soaks(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", "/options", json={"time_scale": 0.01})
    script(service, devices[0], 'fail after 30 "sensor lost"')
    short = restart(playbooks, returned_when="device_connected")
    assert short["status"] == "ok"
    result = restart(playbooks, returned_when="device_connected", soak=60)
    assert (result["status"], result["failed_devices"]) == ("failed", [devices[0]])
    assert "sensor lost" in result["devices"][[one["id"] for one in result["devices"]].index(devices[0])]["line"]


def test_faults_in_the_middle(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", "/options", json={"time_scale": 0.5})
    service.fault("expire_token", method="POST", path="/restart$")
    service.fault("reset_before", method="GET", path="/logstream/")
    service.fault("status", status=429, method="GET", path="/devices", nth=3, times=2, headers={"Retry-After": "1"})
    result = restart(playbooks, returned_when="device_connected", wait_timeout=20)
    assert sorted(result["returned"]) == devices


def test_a_log_that_drowns_everything(playbooks: Playbooks, service: Service, devices: list[str]) -> None:
    service.admin("POST", "/options", json={"time_scale": 0.1})
    for device in devices:
        script(service, device, 'flood 100/s "noise"')
    script(service, devices[0], 'flood 100/s "noise"', 'fail after 1 "drowned"')
    result = restart(playbooks, returned_when="device_connected", soak=1)
    assert result["failed_devices"] == [devices[0]] and sorted(result["returned"]) == devices[1:]


def test_wrong_use(playbooks: Playbooks, devices: list[str]) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "no pattern": {"returned_when": "log_matches"},
        "log_pattern": {"returned_when": "log_matches", "log_pattern": "("},
        "failure_patterns": {"failure_patterns": ["*"]},
        "max_failures": {"max_failures": "some"},
        "wait_timeout": {"wait_timeout": -1},
        "soak": {"soak": -1},
    }
    run: Run = playbooks.thrice(
        *((name, "imp_restart", {**HERE, "wait": True, **more}) for name, more in wrong.items())
    )
    assert "log_pattern" in run.results.pop("no pattern")["msg"]
    for name in wrong.keys() - {"no pattern"}:
        assert run.results[name]["msg"].startswith(name), run.results[name]["msg"]
