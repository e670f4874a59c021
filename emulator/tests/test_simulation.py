# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices' life at time scale 0: everything has happened when a call returns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stage import Stage

from impcentral_emulator.programs import DirectiveError

KEPT = 1000
RELOADED = [
    "Agent restarted: reload.",
    "Agent restarted: new_bytecode_version.",
    "Downloading new code; 0.01% program storage used",
]
RESTARTED = ["Agent restarted: reload.", "Device disconnected", "Device connected"]


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def running_stage() -> Iterator[Stage]:
    stage = Stage(time_scale=0.001)
    yield stage
    stage.close()


def test_an_assigned_device_reloads_and_runs(stage):
    stage.deploy("one", 'server.log("d");', 'server.log("a");')
    stage.assign("1")
    assert stage.log("1") == [*RELOADED, "a", "d"]
    assert stage.attributes("1")["agent_running"]
    assert stage.world.describe("1")["deployment_id"] == "one"


def test_a_group_without_deployment(stage):
    stage.assign("1")
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1") == ["Agent restarted: reload.", *RESTARTED]


def test_a_deployment_alone_changes_nothing_until_the_restart(stage):
    stage.deploy("one", 'server.log("1");')
    stage.assign("1")
    stage.deploy("two", 'server.log("2");')
    assert stage.world.describe("1")["deployment_id"] == "one"
    stage.clear_log("1")
    before = stage.attributes("1")
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1") == [*RELOADED[:2], *RESTARTED[1:], RELOADED[2], "2"]
    after = stage.attributes("1")
    assert after["device_online"]
    assert after["agent_state_changed_at"] > before["agent_state_changed_at"]
    assert after["device_state_changed_at"] > (before["device_state_changed_at"] or "")


def test_the_same_code_is_not_downloaded_again(stage):
    stage.deploy("one", 'server.log("1");')
    stage.assign("1")
    stage.deploy("two", 'server.log("1");')
    stage.clear_log("1")
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1") == [*RELOADED[:2], *RESTARTED[1:], "1"]


def test_a_device_without_power_acts_when_it_is_switched_on(stage):
    stage.deploy("one", 'server.log("1");')
    stage.assign("1")
    stage.world.power("1", False)
    assert not stage.attributes("1")["device_online"]
    stage.clear_log("1")
    stage.world.restart(["1"], conditional=False)
    assert (stage.log("1"), stage.world.describe("1")["restart_pending"]) == ([], True)
    stage.world.power("1", True)
    assert stage.log("1") == ["Device connected", "Agent restarted: reload.", "1"]
    assert stage.attributes("1")["device_online"]
    assert not stage.world.describe("1")["restart_pending"]


def test_a_power_cut_brings_the_new_build(stage):
    stage.deploy("one", 'server.log("1");')
    stage.assign("1")
    stage.deploy("two", 'server.log("2");')
    stage.world.power("1", False)
    stage.world.power("1", True)
    assert stage.world.describe("1")["deployment_id"] == "two"
    assert stage.log("1")[-1] == "2"


def test_switching_on_what_is_on_does_nothing(stage):
    stage.assign("1")
    stage.clear_log("1")
    stage.world.power("1", True)
    assert stage.log("1") == []


def test_an_offline_agent_below_the_minimum_is_forced_onto_the_new_code(stage):
    stage.deploy("one", "")
    stage.assign("1")
    stage.world.power("1", False)
    stage.deploy("two", 'server.log("2");', minimum=True)
    stage.clear_log("1")
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1") == RELOADED[:2]
    assert stage.world.describe("1") == {
        "powered": False,
        "lost": False,
        "restart_pending": True,
        "deployment_id": "two",
        "troubleshooting": False,
        "directives": [],
    }


def test_an_unassigned_device_runs_nothing(stage):
    stage.deploy("one", "")
    stage.assign("1")
    stage.unassign("1")
    stage.clear_log("1")
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1") == []
    assert not stage.attributes("1")["agent_running"]
    assert stage.world.describe("1")["deployment_id"] is None


POLITE = "server.onshutdown(function(reason) {});"


@pytest.mark.parametrize(
    "code, minimum, postponed",
    [
        ("", False, False),
        (POLITE, False, True),
        ("// emulator: postpone after 1000000", False, True),
        (POLITE, True, False),
    ],
)
def test_a_conditional_restart_is_put_off_by_polite_programs_that_are_new_enough(
    running_stage, monkeypatch, code, minimum, postponed
):
    monkeypatch.setattr("impcentral_emulator.simulation.POSTPONED", 1e9)
    stage = running_stage
    stage.deploy("one", code)
    for device in ("1", "2"):
        stage.assign(device)
    stage.run_until(lambda: stage.world.describe("2")["deployment_id"] == "one")
    stage.deploy("two", 'server.log("2");', minimum=minimum)
    stage.world.restart(["1"], conditional=True)
    stage.world.restart(["2"], conditional=False)
    stage.run_until(lambda: "2" in stage.log("2"))
    assert ("Device disconnected" not in stage.log("1")) is postponed


def test_a_postponed_restart_comes(stage):
    stage.deploy("one", "// emulator: postpone after 1000")
    stage.assign("1")
    stage.deploy("two", 'server.log("2");')
    stage.world.restart(["1"], conditional=True)
    assert stage.log("1")[-1] == "2"


def test_a_program_that_fails_at_its_start_stops_there(stage):
    code = '// emulator: log "alive"\nserver.log("a");\nthrow "b";\nserver.log("c");'
    stage.deploy("one", code, 'server.log("agent");')
    stage.assign("1")
    assert stage.log("1")[3:] == ["agent", "a", "ERROR: b", "ERROR:   at device_code:3", "runtime error: b"]
    assert stage.attributes("1")["device_online"]


def test_directives_happen_in_their_time(stage):
    stage.deploy(
        "one",
        "\n".join(
            (
                '// emulator: fail after 30 "boom"',
                '// emulator: log "early" after 1',
                '// emulator: error "late" after 31',
                '// emulator: log "tick" every 5',
                '// emulator: flood 3/s "rain"',
            )
        ),
    )
    stage.assign("1")
    assert stage.log("1")[3:] == [
        "tick",
        "early",
        "rain",
        "rain",
        "rain",
        "ERROR: boom",
        "ERROR:   at device_code:1",
        "runtime error: boom",
    ]


def test_a_failing_device_does_not_stop_its_agent(stage):
    stage.deploy("one", "// emulator: out of memory after 1", '// emulator: log "agent" after 2')
    stage.assign("1")
    assert stage.entries("1")[3:] == [("lastexitcode", "out of memory"), ("agent.log", "agent")]


def test_one_in_n_is_every_nth_device_of_the_group(stage):
    stage.deploy("one", '// emulator: fail one in 3 "boom"')
    devices = [f"{number:02}" for number in range(10)]
    for device in devices:
        stage.assign(device)
    stage.world.restart(devices, conditional=False)
    assert [device for device in devices if "ERROR: boom" in stage.log(device)] == ["02", "05", "08"]


def test_a_device_that_never_returns_needs_its_power_switched(stage):
    stage.deploy("one", "")
    stage.assign("1")
    stage.deploy("two", "// emulator: never return")
    stage.world.restart(["1"], conditional=False)
    assert not stage.attributes("1")["device_online"]
    assert stage.world.describe("1")["lost"]
    stage.deploy("three", 'server.log("3");')
    stage.world.restart(["1"], conditional=False)
    assert not stage.attributes("1")["device_online"]
    stage.world.power("1", True)
    assert stage.attributes("1")["device_online"]
    assert stage.log("1")[-1] == "3"


def test_a_script_is_in_force_at_once_and_after_restarts(stage):
    stage.assign("1")
    stage.world.set_script("1", ['log "hi"'])
    assert stage.log("1")[-1] == "hi"
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1").count("hi") == 2
    stage.world.set_script("1", [])
    stage.world.restart(["1"], conditional=False)
    assert stage.log("1").count("hi") == 2


def test_a_bad_script_changes_nothing(stage):
    stage.assign("1")
    stage.world.set_script("1", ["fail"])
    with pytest.raises(DirectiveError):
        stage.world.set_script("1", ["fail", "dance"])
    assert stage.world.describe("1")["directives"] == ["fail"]


def test_production_devices_show_their_log_to_troubleshooters_only(stage):
    stage.make_group("production_devicegroup")
    stage.deploy("one", 'server.log("1");')
    stage.assign("1")
    assert stage.log("1") == []
    stage.world.set_troubleshooting("1", True)
    assert stage.log("1")[-1] == "1"


def test_logs_are_paged_newest_first_and_bounded(stage):
    stage.assign("1")
    stage.world.set_script("1", [f'flood {KEPT + 10}/s "{KEPT}"', 'log "last" after 2'])
    assert [entry["msg"] for entry in stage.world.logs("1", 0, 2)] == ["last", str(KEPT)]
    assert set(stage.world.logs("1", 0, 1)[0]) == {"ts", "type", "msg"}
    assert len(stage.world.logs("1", 0, 5000)) == KEPT
    assert stage.world.logs("1", KEPT, 10) == []


def test_entries_go_to_the_streams_of_the_device(stage):
    stage.deploy("one", "")
    stage.assign("1")
    assert ("1", "development", "status", "Agent restarted: reload.") in stage.published


def test_a_restart_takes_a_device_offline_and_back(running_stage):
    running_stage.emulator.options.time_scale = 0.05
    running_stage.add_members(["1"])
    running_stage.world.restart(["1"], conditional=False)
    running_stage.run_until(lambda: not running_stage.attributes("1")["device_online"])
    running_stage.run_until(lambda: running_stage.attributes("1")["device_online"])
    assert running_stage.log("1") == RESTARTED


def test_ten_thousand_devices_restart_with_one_call(running_stage):
    running_stage.deploy("one", 'server.log("1");')
    devices = [f"{number:05}" for number in range(10_000)]
    running_stage.add_members(devices)
    running_stage.world.restart(devices, conditional=False)
    running_stage.run_until(lambda: running_stage.log(devices[-1])[-1:] == ["1"])
    assert all(running_stage.log(device)[-1] == "1" for device in devices[::500])


def test_stamps_do_not_outrun_time(stage):
    devices = [f"{number:03}" for number in range(500)]
    stage.add_members(devices)
    stage.world.restart(devices, conditional=False)
    assert stage.attributes("499")["agent_state_changed_at"] <= stage.emulator.clock.stamp()
    assert stage.emulator.clock.stamp() <= stage.emulator.clock.format(stage.emulator.clock.now() + 0.01)
