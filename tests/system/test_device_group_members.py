# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_device_group_members: three modes, moves, partial failures, production devices, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def groups(service: Service) -> dict[str, str]:
    """The product ``kitchen``: a, b (development), pilots (pre-production), sold (production, the last two devices)."""
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    related = {"product": {"type": "product", "id": product}}

    def group(name: str, kind: str) -> str:
        data = {"type": f"{kind}_devicegroup", "attributes": {"name": name}, "relationships": related}
        return service.api("POST", "/devicegroups", data)["id"]

    types = {"a": "development", "b": "development", "pilots": "pre_production", "sold": "production"}
    ids = {name: group(name, kind) for name, kind in types.items()}
    for device in service.running.devices[-2:]:
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": ids["sold"]})
    return ids


def members(task: str, group: str, /, **options: Any) -> tuple[str, str, dict[str, Any]]:
    return task, "imp_device_group_members", {"product": "kitchen", "device_group": group, **options}


def inside(service: Service, group: str) -> list[str]:
    return sorted(row["id"] for row in service.rows("devices") if row["group_id"] == group)


def test_the_three_modes(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    one, two, three, four = service.running.devices[:4]
    run = playbooks.thrice(
        members("add", "a", devices=[two, one, two]),
        members("add more", "a", devices=[three]),
        members("remove", "a", devices=[one, four], mode="remove"),
        members("exact", "a", devices=[four, two], mode="exact"),
        members("empty", "a", devices=[], mode="exact", force=True),
    )
    told = {
        name: [run.results[name][key] for key in ("members", "added", "removed", "failed_devices")]
        for name in ("add", "add more", "remove", "exact", "empty")
    }
    assert told == {
        "add": [sorted([one, two]), [two, one], [], []],
        "add more": [sorted([one, two, three]), [three], [], []],
        "remove": [sorted([two, three]), [], [one], []],
        "exact": [sorted([two, four]), [four], [three], []],
        "empty": [[], [], sorted([two, four]), []],
    }
    assert inside(service, groups["a"]) == []
    assert run.results["exact"]["diff"]["before"] == {"members": sorted([two, three])}


def test_any_identifier_means_a_device(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    one, two, three = service.running.devices[:3]
    service.admin("PATCH", f"/devices/{one}", json={"name": "fridge"})
    mac = next(row["mac_address"] for row in service.rows("devices") if row["id"] == two)
    run = playbooks.thrice(members("add", "a", devices=["fridge", mac.upper().replace(":", "-"), three]))
    assert run.results["add"]["members"] == sorted([one, two, three])


def test_all_members_of_a_group_are_moved(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    some = service.running.devices[:3]
    run = playbooks.thrice(
        members("fill", "a", devices=some),
        members("move", "b", from_device_group="a"),
        members("back by id", "a", from_device_group=groups["b"]),
        members("nobody left", "a", from_device_group="b"),
    )
    assert sorted(run.results["move"]["added"]) == sorted(some)
    assert (run.results["move"]["members"], run.results["nobody left"]["changed"]) == (sorted(some), False)
    assert (inside(service, groups["a"]), inside(service, groups["b"])) == (sorted(some), [])


def test_five_hundred_devices_take_five_calls(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    service.admin("POST", "/devices", json={"count": 500})
    ids = [row["id"] for row in service.rows("devices") if row["group_id"] is None][-500:]
    run = playbooks.run(members("add", "a", devices=ids), members("again", "a", devices=ids))
    path = f"POST /v5/devicegroups/{groups['a']}/relationships/devices"
    assert run.writes("add") == [path] * 5
    assert len(run.results["add"]["members"]) == 500
    assert (run.results["again"]["changed"], run.writes("again")) == (False, [])
    # Beside the writes: who am I, the product, the group, and listings of up to six pages, some of them guessed.
    for requests in run.requests.values():
        assert len([one for one in requests if one.startswith("GET ")]) <= 25


@pytest.mark.parametrize("mode", ["add", "remove"])
def test_a_call_that_half_fails_is_told_device_by_device(
    playbooks: Playbooks, service: Service, groups: dict[str, str], mode: str
) -> None:
    some = service.running.devices[:4]
    if mode == "remove":
        for device in some:
            service.admin("PATCH", f"/devices/{device}", json={"devicegroup": groups["a"]})
    task = members("half", "a", devices=some, mode=mode)
    body = {"errors": [{"title": "Device Busy", "status": "409", "detail": "try later"}]}
    # One of them is where it should be already.
    service.admin("PATCH", f"/devices/{some[0]}", json={"devicegroup": groups["a"] if mode == "add" else None})
    service.fault("status", path="/relationships/devices", status=409, body=body, times=None)
    result = playbooks.run(task).results["half"]
    assert result["status"] == "failed"
    assert sorted(result["failed_devices"]) == sorted(some[1:])
    assert "Device Busy" in result["msg"] and "'a'" in result["msg"]
    service.admin("DELETE", "/faults")
    after = playbooks.run(members("half", "a", devices=some, mode=mode)).results["half"]
    assert (after["status"], after["failed_devices"]) == ("ok", [])
    assert inside(service, groups["a"]) == (sorted(some) if mode == "add" else [])


def test_a_device_that_is_refused_keeps_no_other_from_going_in(
    playbooks: Playbooks, service: Service, groups: dict[str, str]
) -> None:
    ours, foreign = service.running.devices[-1], service.running.devices[0]
    product = service.api("GET", f"/devicegroups/{groups['sold']}")["relationships"]["product"]
    data = {"type": "production_devicegroup", "attributes": {"name": "sold too"}, "relationships": {"product": product}}
    target = service.api("POST", "/devicegroups", data)["id"]
    result = playbooks.run(members("mixed", "sold too", devices=[foreign, ours])).results["mixed"]
    assert result["status"] == "failed" and "1 of 2 devices" in result["msg"], result["msg"]
    assert [result[key] for key in ("members", "added", "failed_devices")] == [[ours], [ours], [foreign]]
    assert (inside(service, target), ours in inside(service, groups["sold"])) == ([ours], False)


def test_after_a_refused_call_the_next_run_goes_on_from_there(
    playbooks: Playbooks, service: Service, groups: dict[str, str]
) -> None:
    service.admin("POST", "/devices", json={"count": 250})
    ids = sorted(row["id"] for row in service.rows("devices") if row["group_id"] is None)[-250:]
    body = {"errors": [{"title": "Closed", "status": "403", "detail": "for today"}]}
    service.fault("status", method="POST", path="/relationships/devices", status=403, body=body, nth=2, times=1)
    run = playbooks.run(members("first", "a", devices=ids), members("second", "a", devices=ids))
    first, second = run.results["first"], run.results["second"]
    assert (first["status"], first["added"], first["failed_devices"]) == ("failed", ids[:100], ids[100:])
    assert (second["status"], second["added"], second["members"]) == ("ok", ids[100:], ids)
    assert (len(run.writes("first")), len(run.writes("second"))) == (2, 2)


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "truncate"])
def test_a_lost_answer_loses_nothing(playbooks: Playbooks, service: Service, groups: dict[str, str], kind: str) -> None:
    some = service.running.devices[:3]
    service.fault(kind, method="POST", path="/relationships/devices")
    result = playbooks.run(members("add", "a", devices=some)).results["add"]
    assert (result["status"], result["members"]) == ("ok", sorted(some))
    assert inside(service, groups["a"]) == sorted(some)


def test_production_devices_need_a_word_and_a_key(
    playbooks: Playbooks, service: Service, groups: dict[str, str]
) -> None:
    sold, key = service.running.devices[-2:], service.running.unbond_key
    playbooks.secrets.add(key)
    run = playbooks.run(
        members("no word", "a", devices=sold),
        members("pre-production", "pilots", devices=sold),
        members("no key", "sold", devices=sold, mode="remove", unbless=True),
        members("factory fills it", "sold", devices=[], mode="exact"),
        members("exact", "sold", devices=sold[:1], mode="exact", unbless=True, unbond_key=key),
    )
    for name in ("no word", "pre-production", "no key"):
        assert run.results[name]["status"] == "failed" and "unbless" in run.results[name]["msg"]
    assert "force=true" in run.results["factory fills it"]["msg"] and "force=true" in run.results["exact"]["msg"]
    assert [request for requests in run.requests.values() for request in requests if "/relationships" in request] == []
    run = playbooks.thrice(
        members("taken out", "sold", devices=sold[:1], mode="remove", unbless=True, unbond_key=key),
        members("moved", "a", devices=sold[1:], unbless=True, unbond_key=key),
    )
    assert run.results["taken out"]["removed"] == sold[:1] and run.results["moved"]["added"] == sold[1:]
    assert inside(service, groups["sold"]) == [] and inside(service, groups["a"]) == sold[1:]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"devices": ["nobody"]}, "there is no device 'nobody'"),
        ({"devices": [12345678]}, "quote"),
        ({"devices": [], "mode": "exact"}, "empties the device group"),
        ({}, "give devices, or from_device_group"),
        ({"devices": [], "from_device_group": "b"}, "give devices, or from_device_group"),
        ({"from_device_group": "b", "mode": "exact"}, "needs devices"),
        ({"from_device_group": "a"}, "is the device group itself"),
        ({"from_device_group": UNKNOWN}, "there is no device group"),
        ({"from_device_group": "c"}, "there is no device group"),
        ({"devices": [], "mode": "set"}, "value of mode must be one of"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(
    playbooks: Playbooks, service: Service, groups: dict[str, str], options: dict[str, Any], message: str
) -> None:
    result = playbooks.run(members("wrong", "a", **options)).results["wrong"]
    assert result["status"] == "failed" and message in result["msg"], result["msg"]
    assert [request for request in service.writes() if "/relationships" in request] == []


def test_names_that_fit_several_devices_are_listed(
    playbooks: Playbooks, service: Service, groups: dict[str, str]
) -> None:
    twins = service.running.devices[:2]
    for device in twins:
        service.admin("PATCH", f"/devices/{device}", json={"name": "twin"})
    result = playbooks.run(members("which", "a", devices=["twin"])).results["which"]
    assert [one["id"] for one in result["candidates"]] == twins or all(device in result["msg"] for device in twins)


def test_a_group_to_come_and_a_group_that_is_gone(
    playbooks: Playbooks, service: Service, groups: dict[str, str]
) -> None:
    device = service.running.devices[0]
    run = playbooks.run(
        (*members("foreseen", "later", devices=[device]), {"check_mode": True}),
        members("missing", "later", devices=[device]),
        members("gone", "later", devices=[device], mode="remove"),
    )
    assert run.results["foreseen"]["changed"] is True and run.results["foreseen"]["added"] == [device]
    assert "there is no device group 'later'" in run.results["missing"]["msg"]
    assert (run.results["gone"]["changed"], run.results["gone"]["members"]) == (False, [])


def test_a_device_that_an_earlier_task_names_is_foreseen(
    playbooks: Playbooks, service: Service, groups: dict[str, str]
) -> None:
    one, two = service.running.devices[:2]
    tasks = (
        ("name it", "imp_device", {"device": one, "name": "fridge"}),
        members("add", "a", devices=["fridge", two]),
        members("exact", "b", devices=["fridge"], mode="exact"),
        ("plan", "imp_restart_plan", {"devices": ["fridge", two], "canaries": ["fridge"]}),
        ("restart", "imp_restart", {"devices": ["fridge"]}),
        members("no name", "a", devices=["0c2a69fffffe"]),
    )
    foreseen = playbooks.run(*tasks, arguments=("--check",)).results
    assert [foreseen["add"][key] for key in ("added", "failed_devices")] == [[two, "fridge"], []]
    assert foreseen["exact"]["members"] == foreseen["restart"]["asked"] == foreseen["plan"]["canaries"] == ["fridge"]
    assert foreseen["plan"]["batches"] == [["fridge"], [two]]
    assert (
        "'fridge'" in foreseen["add"]["warnings"][-1] and "named by an earlier task" in foreseen["add"]["warnings"][-1]
    )
    assert foreseen["no name"]["status"] == "failed" and "'0c2a69fffffe'" in foreseen["no name"]["msg"]
    real = playbooks.run(*tasks).results
    assert sorted(real["add"]["added"]) == sorted([one, two])
    assert real["exact"]["members"] == [one] and inside(service, groups["a"]) == [two]


def test_a_missing_device_is_an_error_for_real(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    run = playbooks.run(members("add", "a", devices=["fridge", service.running.devices[0]]))
    assert "there is no device 'fridge'" in run.results["add"]["msg"]
    assert inside(service, groups["a"]) == []
