# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role restart: each mode and each variable."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service
from tests.system.workflows import HERE, Fleet

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def fleet(playbooks: Playbooks, service: Service) -> Fleet:
    return Fleet(playbooks, service)


@pytest.fixture
def devices(fleet: Fleet) -> list[str]:
    """Six devices in the group ``kitchen``/``a``, by name."""
    return fleet.group("a", 6)


def sizes(result: dict[str, Any]) -> list[int]:
    return [len(batch["asked"]) for batch in result["batches"]]


def test_batches_are_restarted_one_after_the_other(fleet: Fleet, devices: list[str]) -> None:
    told = fleet.restart(batches=[1, "40%"], returned_when="device_connected", pause=0.1, soak=0.1)
    assert told.code == 0, told.output
    assert told.result["outcome"] == "completed" and told.result["reason"] is None
    assert told.result["asked"] == told.result["returned"] == devices
    assert told.result["pending"] == told.result["unverified"] == told.result["failed"] == []
    assert sizes(told.result) == [1, 2, 2, 1] and told.result["seconds"] > 0
    assert [set(told.asked[start:stop]) for start, stop in ((0, 1), (1, 3), (3, 5), (5, 6))] == [
        set(devices[start:stop]) for start, stop in ((0, 1), (1, 3), (3, 5), (5, 6))
    ]
    assert "6 devices in 4 batches of 1, 2, 2, 1" in told.output
    assert "Batch 2 of 4: 2 returned" in told.output and "3 of 6 devices; about" in told.output


def test_a_whole_group_is_asked_with_one_request(fleet: Fleet, devices: list[str]) -> None:
    told = fleet.restart()
    assert sorted(told.result["returned"]) == sorted(devices) and told.asked == []
    assert [one for one in told.requests if one.endswith("/restart")] == [
        f"POST /v5/devicegroups/{fleet.groups['a'][1]}/restart"
    ]


def test_check_mode_shows_the_plan_and_asks_nobody(fleet: Fleet, devices: list[str]) -> None:
    times = [{**HERE, "order": "random", "seed": seed, "batches": ["50%"]} for seed in ("x", "x", "y")]
    folder = fleet.folder / "report"
    told = fleet.play("restart", *times, {**HERE, "batches": [3], "report": str(folder)}, arguments=("--check",))
    assert told.code == 0, told.output
    first, same, other, by_name = [result["asked"] for result in told.results if result]
    assert first == same != other and by_name == devices and sorted(first) == sorted(other) == sorted(devices)
    assert "6 devices in 2 batches of 3, 3" in told.output
    assert [one for one in told.requests if one.startswith("POST") and "/auth" not in one] == []
    assert not folder.exists()


def test_devices_are_named_in_any_spelling(fleet: Fleet, devices: list[str]) -> None:
    told = fleet.restart(devices=["a3", devices[1]])
    assert told.result["returned"] == [devices[1], devices[3]] and sorted(told.asked) == sorted(told.result["returned"])


def test_who_restarted_since_is_done(fleet: Fleet, devices: list[str]) -> None:
    since = datetime.now(timezone.utc).isoformat()
    for device in devices[:4]:
        fleet.service.api("POST", f"/devices/{device}/restart")
    told = fleet.restart(skip_changed_since=since)
    assert sorted(told.asked) == sorted(told.result["asked"]) == sorted(devices[4:])
    assert "4 are done already" in told.output
    # A local time of a zone means another moment.
    times = [{**HERE, "skip_changed_since": LONG_AGO, "timezone": zone} for zone in ("Asia/Tokyo", "nowhere")]
    tokyo, nowhere = fleet.play("restart", *times).failed
    assert tokyo is None and "'nowhere'" in str(nowhere)


def test_a_window_that_closed_is_no_error(fleet: Fleet, devices: list[str]) -> None:
    told = fleet.restart(not_after="2020-01-01 12:00", timezone="Asia/Tokyo", report="out")
    assert told.code == 0 and told.asked == [], told.output
    assert told.result["outcome"] == "window_closed" and told.result["asked"] == []
    assert "2020-01-01T03:00:00Z; 6 devices were not restarted" in told.result["reason"]
    assert json.loads((fleet.folder / "out" / "report.json").read_text())["result"]["outcome"] == "window_closed"


def test_a_batch_with_failures_is_the_last_one(fleet: Fleet, devices: list[str]) -> None:
    fleet.script(devices[2], 'fail "no <sensor>"')
    hook = fleet.folder / "hooks" / "failure.yml"
    hook.parent.mkdir()
    seen = "{{ restart_result.outcome }} {{ (playbook_dir ~ '/out/failed.limit') is exists }}"
    hook.write_text(json.dumps([{"name": "hook of failure", "debug": {"msg": seen}}]))
    told = fleet.restart(batches=[2], on_failure="hooks/failure.yml", report="{{ playbook_dir }}/out")
    result = told.result
    assert result["outcome"] == "stopped" and told.failed == [result["reason"]] and "no <sensor>" in result["reason"]
    assert sorted(told.asked) == sorted(devices[:4]) and result["failed"] == [devices[2]]
    assert result["returned"] == [*devices[:2], devices[3]]
    assert "stopped True" in told.output
    assert (fleet.folder / "out" / "failed.limit").read_text() == f"{devices[2]}\n"
    page = (fleet.folder / "out" / "report.html").read_text()
    assert "no &lt;sensor&gt;" in page and "Restart: stopped" in page


def test_as_many_may_fail_as_are_allowed(fleet: Fleet, devices: list[str]) -> None:
    fleet.script(devices[1], 'fail "no sensor"')
    told = fleet.restart(batches=["50%"], max_failures="34%")
    assert told.code == 0 and told.failed == [None], told.output
    assert told.result["outcome"] == "completed" and told.result["failed"] == [devices[1]]
    assert len(told.asked) == 6


def test_what_becomes_of_devices_that_are_offline(fleet: Fleet, devices: list[str]) -> None:
    fleet.power(devices[0], False)
    times = [{**HERE, "timeout": 2, "offline": how} for how in ("skip", "include", "fail")]
    skip, include, fail = fleet.play("restart", *times).results
    assert skip and include and fail
    assert [one["outcome"] for one in (skip, include, fail)] == ["completed", "completed", "stopped"]
    assert skip["pending"] == include["pending"] == fail["failed"] == [devices[0]]
    assert devices[0] in include["asked"] and devices[0] not in skip["asked"]


def test_what_counts_as_back_and_as_failed(fleet: Fleet, devices: list[str]) -> None:
    fleet.deploy("a", 'server.log("ready");')
    fleet.script(devices[0], 'fail "no sensor"')
    fleet.script(devices[1], "never return")
    fleet.script(devices[2], 'log "half <b>full"')
    common = {"timeout": 30, "failure_patterns": ["half.*full"]}
    times = [
        {"devices": [devices[0], devices[5]], **common, "returned_when": "log_matches", "log_pattern": "^ready$"},
        {"devices": [devices[1]], **common, "timeout": 0.5, "returned_when": "device_connected"},
        {"devices": [devices[2]], **common, "soak": 0.5},
        {"devices": [devices[3]], **common, "conditional": True, "returned_when": "state_changed"},
    ]
    told = fleet.play("restart", *times)
    by_log, connected, soaked, changed = told.results
    assert by_log and connected and soaked and changed
    assert by_log["returned"] == [devices[0], devices[5]] and connected["failed"] == [devices[1]]
    assert soaked["failed"] == [devices[2]] and "half <b>full" in soaked["reason"]
    assert changed["returned"] == [devices[3]]
    assert f"POST /v5/devices/{devices[3]}/conditional_restart" in told.requests


def test_hooks_run_around_each_batch(fleet: Fleet, devices: list[str]) -> None:
    names = {"before": "batch.yml", "after": "main.yml"}  # the role has files of these names as well
    for moment in names:
        words = f"{moment} {{{{ restart_batch | length }}}} of {{{{ restart_plan.batches | length }}}}"
        (fleet.folder / names[moment]).write_text(json.dumps([{"name": "hook", "debug": {"msg": words}}]))
    told = fleet.restart(batches=[2, 4], before_batch=names["before"], after_batch=str(fleet.folder / names["after"]))
    spoken = [told.output.index(text) for text in ("before 2 of 2", "after 2 of 2", "before 4 of 2", "after 4 of 2")]
    assert spoken == sorted(spoken) and told.result["outcome"] == "completed"


def test_a_hook_that_fails_stops_the_restart(fleet: Fleet, devices: list[str]) -> None:
    (fleet.folder / "gate.yml").write_text(
        json.dumps([{"name": "gate", "fail": {"msg": "No."}, "when": "restart_state.batches | length == 2"}])
    )
    told = fleet.restart(batches=[2], before_batch="gate.yml", report="out")
    assert told.result["outcome"] == "stopped" and told.result["reason"] == "No." and told.failed == ["No."]
    assert sorted(told.asked) == sorted(told.result["asked"]) == sorted(devices[:2])
    assert (fleet.folder / "out" / "report.html").exists()


def test_what_cannot_be_planned_leaves_no_old_result(fleet: Fleet, devices: list[str]) -> None:
    wrong = {"product": "kitchen", "device_group": "missing"}
    told = fleet.play("restart", {"devices": ["a0"]}, wrong, {}, {"devices": ["a1"]})
    first, missing, nothing, last = told.results
    assert first and first["returned"] == [devices[0]] and last and last["returned"] == [devices[1]]
    pairs = ((missing, told.failed[1], "'missing'"), (nothing, told.failed[2], "nothing to restart"))
    for result, failure, text in pairs:
        assert result and failure and text in failure
        assert (result["outcome"], result["reason"], result["asked"]) == ("stopped", failure, [])


def _inventory(fleet: Fleet, devices: list[str]) -> str:
    hosts = {f"host-{name}": {"imp_id": name, "ansible_connection": "local"} for name in devices}
    file = fleet.folder / "inventory.yml"
    file.write_text(json.dumps({"all": {"hosts": hosts}}))
    return str(file)


def test_on_device_hosts_it_is_one_workflow(fleet: Fleet, devices: list[str]) -> None:
    fleet.script(devices[3], 'fail "no sensor"')
    inventory = ("--inventory", _inventory(fleet, devices[:4]))
    told = fleet.play("restart", {"batches": [3], "report": "out", "timeout": 30}, arguments=inventory, hosts="all")
    assert sorted(told.asked) == sorted(devices[:4])
    assert told.result["outcome"] == "stopped" and sizes(told.result) == [3, 1]
    assert (fleet.folder / "out" / "failed.limit").read_text() == f"host-{devices[3]}\n"
    assert told.output.count('"restart_result": {') == 4  # each host knows the result


def test_on_device_hosts_a_hook_that_fails_stops_it_for_all(fleet: Fleet, devices: list[str]) -> None:
    (fleet.folder / "gate.yml").write_text(json.dumps([{"name": "gate", "fail": {"msg": "No."}}]))
    inventory = ("--inventory", _inventory(fleet, devices[:3]))
    told = fleet.play("restart", {"batches": [1], "after_batch": "gate.yml"}, arguments=inventory, hosts="all")
    assert told.asked == devices[:1]
    assert [told.result[name] for name in ("outcome", "reason", "returned")] == ["stopped", "No.", devices[:1]]
    assert told.output.count('"restart_result": {') == 3


def test_a_play_with_serial_is_refused(fleet: Fleet, devices: list[str]) -> None:
    inventory = ("--inventory", _inventory(fleet, devices[:4]))
    told = fleet.play("restart", {}, arguments=inventory, hosts="all", serial=2)
    assert told.asked == [] and "restart_batches" in told.output and "serial" in told.output
