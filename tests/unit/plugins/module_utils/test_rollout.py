# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of batches and what becomes of them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._rollout import (
    begun,
    canaries_first,
    changed_since,
    ended,
    in_batches,
    in_order,
    moment,
    opened,
    outcome_of,
    rollout_of,
    stamp,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


def _devices(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"{n:016x}", "name": f"device {n}", "device_online": True, **more} for n in range(count)]


@pytest.mark.parametrize(
    ("sizes", "total", "expected"),
    [
        (["100%"], 5, [5]),
        ([1, "10%", "50%"], 30, [1, 3, 15, 11]),
        (["1", "2"], 8, [1, 2, 2, 2, 1]),
        (["10%"], 5, [1, 1, 1, 1, 1]),
        (["33.4%"], 10, [3, 3, 3, 1]),
        ([50], 3, [3]),
        ([0], 2, [1, 1]),
        (["100%"], 0, []),
    ],
)
def test_batches_are_those_of_serial(sizes: list[Any], total: int, expected: list[int]) -> None:
    assert [len(batch) for batch in in_batches(_devices(total), sizes)] == expected


@given(st.integers(0, 60), st.lists(st.one_of(st.integers(0, 70), st.integers(0, 100).map("{}%".format)), min_size=1))
def test_batches_hold_each_device_once_and_in_order(total: int, sizes: list[Any]) -> None:
    devices = _devices(total)
    assert [one for batch in in_batches(devices, sizes) for one in batch] == devices


@pytest.mark.parametrize("size", ["101%", "half", "-1", "", "1.5", True, None, "10 % of all"])
def test_a_size_that_makes_no_sense_is_named(size: Any) -> None:
    with pytest.raises(InvalidDataError, match="neither a whole number nor a percentage"):
        in_batches(_devices(3), [size])


def test_no_size_at_all_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="at least one"):
        in_batches(_devices(3), [])


def test_order_by_name_takes_the_id_for_want_of_one() -> None:
    devices: list[dict[str, Any]] = [{"id": "b", "name": "Zoe"}, {"id": "x", "name": None}, {"id": "a", "name": "adam"}]
    assert [one["id"] for one in in_order(devices, "name")] == ["a", "x", "b"]


def test_a_seed_makes_the_same_order_again() -> None:
    devices = _devices(30)
    one, same, other = (
        in_order(order, "random", seed) for order, seed in ((devices, "s"), (devices[::-1], "s"), (devices, "t"))
    )
    assert one == same != other
    assert sorted(one, key=lambda device: device["id"]) == devices


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("13:30", "UTC", "2026-03-01T13:30:00Z"),
        ("11:59", "UTC", "2026-03-02T11:59:00Z"),
        ("12:00", "UTC", "2026-03-02T12:00:00Z"),
        ("9:05", "America/New_York", "2026-03-01T14:05:00Z"),
        ("2026-03-01T18:00:00", "Europe/Berlin", "2026-03-01T17:00:00Z"),
        ("2026-03-01T18:00:00Z", "Europe/Berlin", "2026-03-01T18:00:00Z"),
        ("2026-03-01 18:00+03:00", "UTC", "2026-03-01T15:00:00Z"),
    ],
)
def test_times(text: str, zone: str, expected: str) -> None:
    assert stamp(moment(text, zone, NOON, "not_after")) == expected


@pytest.mark.parametrize(
    ("text", "zone"), [("25:00", "UTC"), ("soon", "UTC"), ("13:00", "Mars/Olympus"), ("13:00", "")]
)
def test_times_that_are_none(text: str, zone: str) -> None:
    with pytest.raises(InvalidDataError, match=r"neither a time stamp nor HH:MM|not a time zone"):
        moment(text, zone, NOON, "not_after")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [("2026-03-01T12:00:00.001Z", True), ("2026-03-01T11:59:59.999Z", False), (None, False)],
)
def test_changed_since(changed: str | None, expected: bool) -> None:
    assert changed_since({"agent_state_changed_at": changed}, NOON) is expected


def test_canaries_are_chosen_among_those_online_and_keep_their_order() -> None:
    devices = _devices(4)
    devices[0]["device_online"] = False
    canaries, rest = canaries_first(devices, 2)
    assert (canaries, rest) == (devices[1:3], [devices[0], devices[3]])
    assert canaries_first(devices, 0) == ([], devices)
    assert canaries_first(devices, 0, [devices[3]["id"]]) == ([devices[3]], devices[:3])
    assert canaries_first(devices, 0, ["done", devices[3]["id"]]) == ([devices[3]], devices[:3])


def test_others_take_the_place_of_canaries_that_are_done() -> None:
    devices = _devices(4)
    devices[0]["device_online"] = False
    assert canaries_first(devices, 0, ["done", "done, too"]) == (devices[1:3], [devices[0], devices[3]])
    assert canaries_first([], 0, ["done"]) == canaries_first([], 2) == ([], [])


def _plan(*batches: list[str], **more: Any) -> dict[str, Any]:
    ids = [one for batch in batches for one in batch]
    return {"batches": list(batches), "canaries": [], "names": {}, "online": ids, "not_after": None, **more}


def _answer(*returned: str, **more: Any) -> dict[str, Any]:
    return {
        "asked": [*returned],
        "returned": [*returned],
        "unverified": [],
        "pending": [],
        "failed_devices": [],
        **more,
    }


def test_a_workflow_that_goes_well() -> None:
    state = opened(_plan(["a"], ["b", "c"]), 100.0)
    state = ended(begun(state, 101.0), _answer("a"), 106.0)
    assert state["line"] == "Batch 1 of 2: 1 returned in 5 s; 1 of 3 devices; about 6 s to go"
    answer = _answer("b", asked=["b", "c"], pending=["c"], devices=[{"id": "b", "seconds": 2.0}])
    state = ended(begun(state, 110.0), answer, 112.5)
    assert state["line"] == "Batch 2 of 2: 1 returned, 1 pending in 2 s; 3 of 3 devices; that was the last"
    assert state["devices"] == [{"batch": 2, "id": "b", "seconds": 2.0}]
    result = outcome_of(state, 113.0)
    assert {name: result[name] for name in ("outcome", "asked", "returned", "unverified", "pending", "failed")} == {
        "outcome": "completed",
        "asked": ["a", "b", "c"],
        "returned": ["a", "b"],
        "unverified": [],
        "pending": ["c"],
        "failed": [],
    }
    assert (result["seconds"], [one["seconds"] for one in result["batches"]]) == (13.0, [5.0, 2.5])


def test_a_batch_that_fails_stops_it_and_no_further_batch_begins() -> None:
    state = begun(opened(_plan(["a"], ["b"]), 0.0), 1.0)
    state = ended(state, _answer(asked=["a"], failed_devices=["a"], msg="1 of 1 devices failed."), 3.0)
    assert (state["outcome"], state["line"]) == (
        "stopped",
        "Batch 1 of 2: 1 failed in 2 s; 1 of 2 devices; stopped: 1 of 1 devices failed.",
    )
    assert begun(state, 4.0) == state
    assert outcome_of(state, 4.0)["failed"] == ["a"]


def test_a_window_that_closes_is_no_failure() -> None:
    state = opened(_plan(["a"], ["b", "c"], not_after="1970-01-01T00:01:00Z"), 0.0)
    state = ended(begun(state, 59.0), _answer("a"), 61.0)
    state = begun(state, 60.0)
    assert (state["outcome"], len(state["batches"])) == ("window_closed", 1)
    assert state["reason"] == "The window closed at 1970-01-01T00:01:00Z; 2 devices were not restarted."


@pytest.mark.parametrize(
    ("online", "back", "min_returned", "reason"),
    [
        (["a", "b"], ["a", "b"], None, None),
        (["a", "b"], ["a"], None, "Of 3 canaries 1 came back; 2 had to."),
        ([], [], None, "Of 3 canaries 0 came back; 1 had to."),
        (["a"], ["a"], None, None),
        (["a", "b", "c"], ["a"], 1, None),
        (["a", "b", "c"], ["a"], "67%", "Of 3 canaries 1 came back; 2 had to."),
    ],
)
def test_canaries_must_come_back(online: list[str], back: list[str], min_returned: Any, reason: str | None) -> None:
    plan = _plan(["a", "b", "c"], ["d"], canaries=["a", "b", "c"], online=online)
    state = begun(opened(plan, 0.0), 0.0)
    answer = _answer(asked=["a", "b", "c"], unverified=back)
    assert ended(state, answer, 1.0, min_returned)["reason"] == reason
    assert ended(state, answer, 1.0, min_returned, check_mode=True)["reason"] is None


def test_an_error_that_tells_nothing_of_a_device_is_an_interruption() -> None:
    state = begun(opened(_plan(["a"]), 0.0), 0.0)
    unjudged = ended(state, _answer(msg="503"), 1.0)
    judged = ended(state, _answer(failed_devices=["a"], msg="1 failed", devices=[{"id": "a"}]), 1.0)
    assert [(one["outcome"], one["interrupted"]) for one in (unjudged, judged)] == [
        ("stopped", True),
        ("stopped", False),
    ]
    assert not ended(state, _answer("a"), 1.0)["interrupted"]


def test_without_a_plan_a_state_is_empty() -> None:
    assert outcome_of(opened({}, 5.0), 6.0) == {
        "outcome": "completed",
        "reason": None,
        **{name: [] for name in ("asked", "returned", "unverified", "pending", "failed", "batches")},
        "seconds": 1.0,
    }


def _stage(name: str, decision: str, answer: dict[str, Any] | None = None) -> dict[str, Any]:
    state = opened(_plan(["a"]), 0.0)
    return {
        "name": name,
        "decision": decision,
        "deployment": f"new of {name}",
        "previous_deployment": f"old of {name}",
        "copied_from": None,
        "state": ended(begun(state, 0.0), answer, 1.0) if answer else state,
    }


def test_a_rollout_adds_up_its_stages() -> None:
    stages = [_stage("few", "deploy", _answer("a")), _stage("many", "resume", _answer("b"))]
    result = rollout_of(stages, "completed", " ", 10.0, 15.5)
    assert (result["outcome"], result["reason"], result["seconds"]) == ("completed", None, 5.5)
    assert result["asked"] == result["returned"] == ["a", "b"] and len(result["batches"]) == 2
    assert (result["deployment"], result["previous_deployment"]) == ("new of many", "old of many")
    assert [stage["name"] for stage in result["stages"]] == ["few", "many"] and result["rollback_deployment"] is None


def test_what_is_not_there_is_null_though_templates_make_a_text_of_it() -> None:
    stage = {**_stage("x", "deploy"), "deployment": "", "previous_deployment": "", "copied_from": ""}
    result = rollout_of([stage], "stopped", "", 0.0, 1.0)
    assert [result[name] for name in ("deployment", "previous_deployment", "copied_from")] == [None] * 3


@pytest.mark.parametrize(
    ("decisions", "outcome", "expected"),
    [
        (["unchanged", "unchanged"], "completed", "unchanged"),
        (["unchanged", "adopt"], "completed", "completed"),
        (["unchanged"], "stopped", "stopped"),
        ([], "window_closed", "window_closed"),
        ([], "stopped", "stopped"),
    ],
)
def test_a_rollout_is_unchanged_if_all_stages_are(decisions: list[str], outcome: str, expected: str) -> None:
    assert rollout_of([_stage("x", one) for one in decisions], outcome, "", 0.0, 1.0)["outcome"] == expected


def test_what_failed_stays_named_after_a_rollback() -> None:
    failed = _stage("x", "deploy", _answer(asked=["a"], failed_devices=["a"], msg="1 failed", devices=[{"id": "a"}]))
    back = {**_stage("x (rollback)", "rollback", _answer("a")), "deployment": "new old"}
    result = rollout_of([failed], "rolled_back", "1 failed", 0.0, 1.0, [back])
    assert (result["failed"], result["returned"], result["asked"]) == (["a"], [], ["a"])
    assert (result["deployment"], result["rollback_deployment"]) == ("new of x", "new old")
    assert [stage["name"] for stage in result["stages"]] == ["x", "x (rollback)"]
