# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role rollout: each mode and each variable."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service
from tests.system.workflows import HERE, Fleet, Told

OLD = 'server.log("version 1");'
NEW = 'server.log("version 2");'
CRASH = 'throw "no sensor";'
IN_BATCHES = {"batches": [2]}


@pytest.fixture
def fleet(playbooks: Playbooks, service: Service) -> Fleet:
    return Fleet(playbooks, service)


@pytest.fixture
def devices(fleet: Fleet) -> list[str]:
    """Six devices in the group ``kitchen``/``a``, by name, which run OLD."""
    devices = fleet.group("a", 6)
    old = fleet.deploy("a", OLD, "rollout-started", "rollout-completed")
    fleet.service.api("POST", f"/devicegroups/{fleet.groups['a'][1]}/restart")
    assert {fleet.running(one) for one in devices} == {old}
    return devices


def tags(fleet: Fleet, name: str = "a") -> list[list[str]]:
    """Return the tags of a group's deployments, oldest first."""
    return [sorted(one["tags"]) for one in fleet.deployments(name)]


def test_canaries_come_first_and_a_second_run_changes_nothing(fleet: Fleet, devices: list[str]) -> None:
    variables = {
        **HERE,
        "device_code_file": "new.nut",
        "agent_code": "// agent",
        "description": "the second",
        "origin": "git 2",
        "tags": ["v2"],
        "batches": [2],
        "pause": 0.1,
        "report": "out",
    }
    (fleet.folder / "files").mkdir()
    (fleet.folder / "files" / "new.nut").write_text(NEW)
    first = fleet.play("rollout", variables)
    result = first.result
    assert first.code == 0 and result["outcome"] == "completed" and result["reason"] is None, first.output
    assert [len(batch["asked"]) for batch in result["batches"]] == [1, 2, 2, 1]
    assert result["asked"] == result["returned"] == devices and sorted(first.asked) == sorted(devices)
    old, new = fleet.deployments("a")
    assert (result["previous_deployment"], result["deployment"]) == (old["id"], new["id"])
    assert {fleet.running(one) for one in devices} == {new["id"]}
    assert (new["description"], new["origin"], new["agent_code"]) == ("the second", "git 2", "// agent")
    assert sorted(new["tags"]) == ["rollout-completed", "rollout-started", "v2"]
    report = json.loads((fleet.folder / "out" / "report.json").read_text())
    assert report["result"]["deployment"] == new["id"] and new["id"] in (fleet.folder / "out/report.html").read_text()
    second = fleet.play("rollout", variables)
    assert second.code == 0 and second.result["outcome"] == "unchanged" and second.result["asked"] == []
    assert [one for one in second.requests if not one.startswith("GET") and "/auth" not in one] == []


def test_a_canary_that_trips_stops_it_before_anybody_else_is_asked(fleet: Fleet, devices: list[str]) -> None:
    told = fleet.rollout(CRASH, canaries=["a3"], report="out")
    assert told.result["outcome"] == "stopped" and told.failed == [told.result["reason"]]
    assert "no sensor" in told.result["reason"] and told.result["failed"] == told.asked == [devices[3]]
    old, new = fleet.deployments("a")
    assert [one for one in devices if fleet.running(one) == new["id"]] == [devices[3]]
    assert tags(fleet)[1] == ["rollout-failed", "rollout-started"] and len(fleet.deployments("a")) == 2
    assert (fleet.folder / "out" / "failed.limit").read_text() == f"{devices[3]}\n"
    # The same code is refused, unless it is told to try again; that makes a new deployment.
    refused, again = fleet.play(
        "rollout", *({**HERE, "device_code": CRASH, "retry_failed": retry, "timeout": 30} for retry in (False, True))
    ).results
    assert refused and "retry_failed" in refused["reason"] and refused["asked"] == []
    assert again and again["asked"] == [devices[0]] and again["previous_deployment"] == old["id"]
    assert len(fleet.deployments("a")) == 3


def test_a_rollback_restarts_those_that_were_touched_and_nobody_else(fleet: Fleet, devices: list[str]) -> None:
    old = fleet.deployments("a")[0]
    told = fleet.rollout(
        NEW + '\n// emulator: log "half full"',
        canaries=1,
        batches=[1, 2],
        on_failure="rollback",
        failure_patterns=["half full"],
        max_failures="0",
        min_returned="100%",
        report="out",
    )
    result = told.result
    assert result["outcome"] == "rolled_back" and told.failed == [result["reason"]], told.output
    assert "a was rolled back" in result["reason"] and result["failed"] == [devices[0]]
    assert told.asked == [devices[0], devices[0]]
    back = fleet.deployments("a")[-1]
    assert result["rollback_deployment"] == back["id"] and back["device_code"] == OLD
    assert result["previous_deployment"] == old["id"]
    assert fleet.running(devices[0]) == back["id"] and {fleet.running(one) for one in devices[1:]} == {old["id"]}
    assert [sorted(one) for one in tags(fleet)[1:]] == [
        ["rollout-failed", "rollout-started"],
        ["rollout-completed", "rollout-started"],
    ]


def test_a_rollback_from_the_third_batch(fleet: Fleet, devices: list[str]) -> None:
    old = fleet.deployments("a")[0]
    code = f"{NEW}\n// emulator: fail one in 6"
    # Of six devices, counted by id, the last one crashes; it is to come in the third batch.
    bad = sorted(devices)[-1]
    others = [one for one in devices if one != bad]
    fleet.service.admin("PATCH", f"/devices/{bad}", json={"name": "a2z"})
    for number, one in enumerate(others):
        fleet.service.admin("PATCH", f"/devices/{one}", json={"name": f"a{number}"})
    # A device that restarts by itself takes the new code, though no batch has come to it yet.
    (fleet.folder / "restless.yml").write_text(
        json.dumps([{"name": "restless", "electricimp.impcentral.imp_restart": {"devices": ["a4"]}}])
    )
    told = fleet.rollout(code, batches=[2, 1, 2], on_failure="rollback", before_batch="restless.yml")
    result = told.result
    assert result["outcome"] == "rolled_back" and result["failed"] == [bad], told.output
    assert result["asked"] == [*others[:3], bad]
    touched = {*others[:3], bad, others[4]}
    back = fleet.deployments("a")[-1]["id"]
    assert {one for one in devices if fleet.running(one) == back} == touched
    assert fleet.running(others[3]) == old["id"] and others[3] not in told.asked


def test_an_offline_canary_does_not_pass(fleet: Fleet, devices: list[str]) -> None:
    fleet.power(devices[2], False)
    told = fleet.rollout(NEW, canaries=["a2"], timeout=0.3)
    assert told.result["outcome"] == "stopped" and "canaries 0 came back; 1 had to" in told.result["reason"]
    assert told.asked == told.result["pending"] == [devices[2]]
    # A number of canaries takes those that are online first.
    other = fleet.rollout(f"{NEW}//", canaries=5, min_returned=5, offline="skip", order="random", seed="s")
    assert other.result["outcome"] == "completed" and other.result["pending"] == [devices[2]], other.output
    assert sorted(other.result["batches"][0]["returned"]) == sorted(set(devices) - {devices[2]})


def test_stages_by_group(fleet: Fleet, devices: list[str]) -> None:
    few = fleet.group("few", 2)
    variables = {
        "product": "kitchen",
        "device_code": NEW,
        "stages": [{"device_group": "few", "canaries": 0, "batches": ["1"], "soak": 0}, {"device_group": "a"}],
        "batches": ["100%"],
        "timeout": 30,
    }
    first, second = (fleet.play("rollout", variables) for _time in range(2))
    assert first.result["outcome"] == "completed" and second.result["outcome"] == "unchanged", first.output
    assert [stage["name"] for stage in first.result["stages"]] == ["few", "a"]
    assert [len(batch["asked"]) for batch in first.result["batches"]] == [1, 1, 1, 5]
    assert first.result["asked"] == [*few, *devices] and second.asked == []
    # The first group trips: nothing is deployed to the second one. The first has an own earlier deployment by now.
    third = fleet.play("rollout", {**variables, "device_code": CRASH, "on_failure": "rollback"})
    assert third.result["outcome"] == "rolled_back" and sorted(set(third.asked)) == [few[0]]
    assert len(fleet.deployments("a")) == 2 and len(fleet.deployments("few")) == 3


def test_a_stage_that_would_be_refused_is_so_before_anything_is_done(fleet: Fleet, devices: list[str]) -> None:
    fleet.group("few", 1)
    fleet.deploy("a", "// other", "rollout-started")
    variables = {"product": "kitchen", "device_code": NEW, "stages": [{"device_group": "few"}, {"device_group": "a"}]}
    told = fleet.play("rollout", variables)
    assert told.result["outcome"] == "stopped" and "rollout_resume" in told.result["reason"]
    assert fleet.deployments("few") == [] and told.asked == []


def test_a_later_stage_that_trips_rolls_back_all(fleet: Fleet, devices: list[str]) -> None:
    few = fleet.group("few", 1)
    fleet.deploy("few", OLD)
    (fleet.folder / "gate.yml").write_text(
        json.dumps([{"name": "gate", "fail": {"msg": "No."}, "when": "rollout_stage.device_group == 'a'"}])
    )
    variables = {"device_code": NEW, "stages": [{"device_group": "few"}, {"device_group": "a"}]}
    told = fleet.play(
        "rollout", {"product": "kitchen", **variables, "on_failure": "rollback", "after_batch": "gate.yml"}
    )
    assert told.result["outcome"] == "rolled_back" and told.result["reason"].startswith("No."), told.output
    # A group of one is asked as a whole at first.
    assert told.asked == [devices[0], devices[0], few[0]]
    for name in ("a", "few"):
        assert fleet.deployments(name)[-1]["device_code"] == OLD
        assert tags(fleet, name)[-2:] == [
            ["rollout-completed", "rollout-failed", "rollout-started"] if name == "few" else tags(fleet, name)[-2],
            ["rollout-completed", "rollout-started"],
        ]


def test_an_error_of_the_service_leaves_a_rollout_to_resume(fleet: Fleet, devices: list[str]) -> None:
    fleet.service.fault("status", status=500, method="POST", path="/restart$", times=2)
    told = fleet.play(
        "rollout",
        {**HERE, "device_code": NEW, "canaries": 0, "on_failure": "rollback", "timeout": 30},
        environment={"IMPCENTRAL_RETRIES": "0"},
    )
    assert fleet.service.struck() >= 1
    assert told.result["outcome"] == "stopped" and len(fleet.deployments("a")) == 2, told.output
    assert tags(fleet)[1] == ["rollout-started"]
    refused, done = fleet.play("rollout", *({**HERE, "device_code": NEW, "resume": go} for go in (False, True))).results
    assert refused and "rollout_resume" in refused["reason"] and re.search(r"created 0 min ago", refused["reason"])
    assert done and done["outcome"] == "completed" and len(fleet.deployments("a")) == 2
    assert tags(fleet)[1] == ["rollout-completed", "rollout-started"]


def kill(fleet: Fleet, moment: str, batch: int, **variables: Any) -> None:
    """Begin a rollout and kill it at the hook of a batch."""
    held = fleet.folder / "held"
    hold = {"name": "hold", "shell": f"touch {held}; sleep 60", "when": f"restart_state.batches | length == {batch}"}
    (fleet.folder / "hold.yml").write_text(json.dumps([hold]))
    book = fleet.book("rollout", {**HERE, **variables, f"{moment}_batch": "hold.yml"})
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("ansible-playbook")), str(book)],
        env=fleet.playbooks.environ(RECORD_FILE=str(fleet.folder / "killed.jsonl")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + 60
        while not held.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert held.exists()


@pytest.mark.parametrize(("moment", "batch", "done"), [("before", 1, 0), ("before", 2, 1), ("after", 3, 6)])
def test_a_rollout_that_was_killed_is_taken_up(
    fleet: Fleet, devices: list[str], moment: str, batch: int, done: int
) -> None:
    variables = {"device_code": NEW, "batches": [3, 2]}
    kill(fleet, moment, batch, **variables)
    assert tags(fleet)[1] == ["rollout-started"]
    told = fleet.rollout(NEW, resume=True, batches=[3, 2])
    assert told.result["outcome"] == "completed" and told.result["asked"] == devices[done:], told.output
    assert sorted(told.asked) == sorted(devices[done:]) and len(fleet.deployments("a")) == 2
    assert {fleet.running(one) for one in devices} == {told.result["deployment"]}
    assert tags(fleet)[1] == ["rollout-completed", "rollout-started"]


def test_an_interrupted_run_takes_other_canaries(fleet: Fleet, devices: list[str]) -> None:
    bad = fleet.deploy("a", CRASH, "rollout-started")
    fleet.service.api("POST", f"/devices/{devices[2]}/restart")
    told = fleet.rollout(CRASH, canaries=["a2"], resume=True, on_failure="rollback")
    assert told.result["outcome"] == "rolled_back" and told.result["deployment"] == bad, told.output
    assert told.result["asked"] == [devices[0]] and told.asked[0] == devices[0]
    assert sorted(told.asked[1:]) == sorted([devices[0], devices[2]])


def test_a_rollback_of_nobody_and_one_that_fails(fleet: Fleet, devices: list[str]) -> None:
    (fleet.folder / "gate.yml").write_text(json.dumps([{"name": "gate", "fail": {"msg": "No."}}]))
    gate = {**HERE, "device_code": NEW, "on_failure": "rollback", "before_batch": "gate.yml"}
    nobody = fleet.play("rollout", gate)
    assert nobody.result["outcome"] == "rolled_back" and nobody.asked == [], nobody.output
    fleet.script(devices[0], 'fail "no sensor"')
    told = fleet.rollout(f"{NEW}//", on_failure="rollback")
    assert told.result["outcome"] == "stopped" and told.asked == [devices[0]] * 2, told.output
    assert "The rollback of a was stopped, too" in told.result["reason"]
    assert tags(fleet)[-1] == ["rollout-started"]


def test_troubles_on_the_way_do_no_harm(fleet: Fleet, devices: list[str]) -> None:
    """Too many requests, a token that dies, streams that are cut."""
    service = fleet.service
    service.fault("status", status=429, method="POST", path="/restart$", nth=3, times=2, headers={"Retry-After": "0"})
    service.fault("expire_token", method="POST", path="/restart$", nth=7)
    cut = threading.Event()

    def cut_streams() -> None:
        while not cut.wait(0.02):
            if service.admin("GET", "/streams"):
                service.admin("DELETE", "/streams", json={"cut": True})
                cut.set()

    cutter = threading.Thread(target=cut_streams)
    cutter.start()
    try:
        told = fleet.rollout(NEW, batches=[3, 2], soak=0.2)
    finally:
        was_cut = cut.is_set()
        cut.set()
        cutter.join()
    assert was_cut and service.struck() == 3
    assert told.result["outcome"] == "completed" and told.result["returned"] == devices, told.output
    assert {fleet.running(one) for one in devices} == {told.result["deployment"]}


def test_wrong_use(fleet: Fleet, devices: list[str]) -> None:
    empty = dict.fromkeys(("product", "device_code", "seed", "not_after", "timezone", "description", "log_pattern"), "")
    told = fleet.play(
        "rollout",
        {"device_code": NEW},
        {**empty, "device_group": fleet.groups["a"][1]},
        {**HERE, "device_code": NEW, "on_failure": "give up"},
    )
    for failure, text in zip(told.failed, ("rollout_device_group", "give device_code", "give up"), strict=True):
        assert failure and text in failure
    assert told.asked == [] and len(fleet.deployments("a")) == 1


def test_code_of_another_group_is_promoted(fleet: Fleet, devices: list[str]) -> None:
    few = fleet.group("few", 2)
    fleet.deploy("few", "// older", "old")
    source = fleet.deploy("few", NEW, "good")
    told = fleet.play(
        "rollout",
        {**HERE, "copy_from": {"product": "kitchen", "device_group": "few", "tag": "good"}, "conditional": True},
        {**HERE, "copy_from": {"deployment": source}, "redeploy": "always", "returned_when": "state_changed"},
    )
    first, again = told.results
    assert first and again and first["outcome"] == again["outcome"] == "completed", told.output
    sha = next(one["sha"] for one in fleet.deployments("few") if one["id"] == source)
    assert first["copied_from"] == again["copied_from"] == {"id": source, "sha": sha}
    assert len(fleet.deployments("a")) == 3 and not set(few) & set(told.asked)
    assert any(one.endswith("/conditional_restart") for one in told.requests)


def test_after_success_the_minimum_is_raised_and_old_deployments_go(fleet: Fleet, devices: list[str]) -> None:
    for number in range(3):
        fleet.deploy("a", f"// {number}")
    told = fleet.rollout(
        NEW, min_supported=True, prune_keep=2, returned_when="log_matches", log_pattern="^version 2$", soak=0.1
    )
    assert told.code == 0 and told.result["outcome"] == "completed", told.output
    kept = [one["id"] for one in fleet.deployments("a")]
    assert kept[-1] == told.result["deployment"] and told.result["previous_deployment"] in kept and len(kept) <= 3
    group = next(one for one in fleet.service.rows("device_groups") if one["name"] == "a")
    assert group["min_supported_deployment_id"] == told.result["deployment"]


def test_a_first_deployment_has_nothing_to_go_back_to(fleet: Fleet) -> None:
    fleet.group("a", 2)
    told = fleet.rollout(CRASH, on_failure="rollback")
    assert told.result["outcome"] == "stopped" and told.result["previous_deployment"] is None, told.output
    assert "cannot be rolled back" in told.result["reason"] and "no sensor" in told.result["reason"]
    assert len(fleet.deployments("a")) == 1 and tags(fleet) == [["rollout-failed", "rollout-started"]]


def test_production_devices_without_readable_logs_are_unverified(fleet: Fleet) -> None:
    devices = fleet.group("sold", 2, "production")
    told = fleet.play("rollout", {"product": "kitchen", "device_group": "sold", "device_code": NEW, "timeout": 30})
    assert told.result["outcome"] == "completed" and told.result["returned"] == [], told.output
    assert sorted(told.result["unverified"]) == sorted(devices)


def test_check_mode_and_a_closed_window_create_nothing(fleet: Fleet, devices: list[str]) -> None:
    past = {"not_after": "2020-01-01 12:00", "timezone": "Asia/Tokyo"}
    told = fleet.play("rollout", {**HERE, "device_code": NEW, **past})
    assert told.code == 0 and told.result["outcome"] == "window_closed", told.output
    assert "2020-01-01T03:00:00Z" in told.result["reason"]
    foreseen = fleet.play("rollout", {**HERE, "device_code": NEW, **IN_BATCHES}, arguments=("--check",))
    assert foreseen.code == 0 and foreseen.result["outcome"] == "completed", foreseen.output
    assert foreseen.result["asked"] == devices and foreseen.result["returned"] == []
    assert len(fleet.deployments("a")) == 1 and told.asked == foreseen.asked == []


def _on_hosts(fleet: Fleet, devices: list[str], **keywords: Any) -> Told:
    hosts = {f"host-{name}": {"imp_id": name, "ansible_connection": "local"} for name in devices}
    file = fleet.folder / "inventory.yml"
    file.write_text(json.dumps({"all": {"hosts": hosts}}))
    variables = {**HERE, "device_code": CRASH, "report": "out"}
    return fleet.play("rollout", variables, arguments=("--inventory", str(file)), hosts="all", **keywords)


def test_on_device_hosts_it_is_one_rollout(fleet: Fleet, devices: list[str]) -> None:
    serial = _on_hosts(fleet, devices, serial=2)
    assert serial.asked == [] and "rollout_batches" in serial.output and len(fleet.deployments("a")) == 1
    told = _on_hosts(fleet, devices)
    assert told.asked == [devices[0]] and told.output.count('"rollout_result": {') == 6
    assert (fleet.folder / "out" / "failed.limit").read_text() == f"host-{devices[0]}\n"
