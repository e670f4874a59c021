# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_restart: a group, several devices, conditionally; check mode; what cannot be asked; wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
HERE = {"product": "kitchen", "device_group": "a"}


@pytest.fixture
def group(service: Service) -> str:
    """The group ``kitchen``/``a`` with the first three devices in it."""
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    relationships = {"product": {"type": "product", "id": product}}
    data = {"type": "development_devicegroup", "attributes": {"name": "a"}, "relationships": relationships}
    key = service.api("POST", "/devicegroups", data)["id"]
    for number, device in enumerate(service.running.devices[:3]):
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": key, "name": f"device {number}"})
    return key


def restart(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_restart", options


def posts(*paths: str) -> list[str]:
    return [f"POST /v5{path}" for path in paths]


def test_a_group_is_asked_with_one_request(playbooks: Playbooks, service: Service, group: str) -> None:
    run = playbooks.run(
        restart("all", **HERE),
        restart("again", device_group=group),
        restart("conditionally", **HERE, conditional=True),
        (*restart("foreseen", **HERE), {"check_mode": True}),
    )
    for result in run.results.values():
        assert (result["status"], result["changed"], result["failed_devices"]) == ("ok", True, [])
        assert sorted(result["asked"]) == sorted(service.running.devices[:3])
    assert run.writes("all") == run.writes("again") == posts(f"/devicegroups/{group}/restart")
    assert run.writes("conditionally") == posts(f"/devicegroups/{group}/conditional_restart")
    assert run.writes("foreseen") == []


def test_a_group_without_devices_is_not_asked(playbooks: Playbooks, service: Service, group: str) -> None:
    for device in service.running.devices[:3]:
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": None})
    run = playbooks.run(restart("empty", **HERE), restart("no devices", devices=[]))
    for name, result in run.results.items():
        assert (result["changed"], result["asked"], run.writes(name)) == (False, [], [])


def test_devices_are_asked_one_by_one(playbooks: Playbooks, service: Service, group: str) -> None:
    first, second, third = service.running.devices[:3]
    mac = next(row["mac_address"] for row in service.rows("devices") if row["id"] == third)
    run = playbooks.run(
        restart("all", devices=[third, first, second]),
        restart("spellings", devices=["device 1", mac.upper(), third, "device 0"]),
        restart("conditionally", devices=[first], conditional=True),
        (*restart("foreseen", devices=["device 1"]), {"check_mode": True}),
    )
    asked = {name: result["asked"] for name, result in run.results.items()}
    assert asked == {
        "all": [third, first, second],
        "spellings": [second, third, first],
        "conditionally": [first],
        "foreseen": [second],
    }
    for name in ("all", "spellings"):
        assert sorted(run.writes(name)) == sorted(posts(*(f"/devices/{one}/restart" for one in asked[name])))
    assert run.writes("conditionally") == posts(f"/devices/{first}/conditional_restart")
    assert run.writes("foreseen") == []
    assert all(result["changed"] for result in run.results.values())


def test_what_cannot_be_asked_is_told_for_each_device(playbooks: Playbooks, service: Service, group: str) -> None:
    first, second, _third, loose, other = service.running.devices[:5]
    run = playbooks.run(restart("half", devices=[first, loose, second, other]), restart("one", devices=[loose]))
    half, one = run.results["half"], run.results["one"]
    assert (half["status"], half["changed"], half["asked"]) == ("failed", True, [first, second])
    assert half["failed_devices"] == [loose, other] and len(half["done"]) == 2
    assert "2 of 4 devices" in half["msg"] and f"{loose}, {other}: Device Unassigned" in half["msg"]
    assert (one["status"], one["changed"], one["asked"], one["failed_devices"]) == ("failed", False, [], [loose])


def test_a_fault_that_meets_every_device_ends_the_task(playbooks: Playbooks, service: Service, group: str) -> None:
    devices = service.running.devices
    for device in devices:
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": group})
    service.fault("status", status=429, method="POST", path="/restart", times=None)
    result = playbooks.run(restart("all", devices=devices), IMPCENTRAL_RETRIES="0").results["all"]
    assert (result["status"], result["changed"], result["status_code"]) == ("failed", False, 429)
    assert f"could not ask {len(devices)} device(s)" in result["msg"]
    assert 1 <= service.struck() <= 8 < len(devices)  # those that were under way at once
    service.fault("status", status=429, method="POST", path=f"/{devices[-1]}/restart")
    half = playbooks.run(restart("all", devices=devices), IMPCENTRAL_RETRIES="0").results["all"]
    assert (half["status"], half["changed"], half["failed_devices"][-1]) == ("failed", True, devices[-1])
    assert sorted(half["asked"] + half["failed_devices"]) == sorted(devices)


def test_an_unclear_answer_counts_for_its_device_alone(playbooks: Playbooks, service: Service, group: str) -> None:
    first, second, third = service.running.devices[:3]
    service.fault("reset_after", method="POST", path=f"/{first}/restart")
    result = playbooks.run(restart("all", devices=[first, second, third])).results["all"]
    assert (result["asked"], result["failed_devices"]) == ([second, third], [first])
    assert "1 of 3 devices" in result["msg"] and service.struck() == 1


def test_a_group_of_an_earlier_task_is_foreseen(playbooks: Playbooks, group: str) -> None:
    task = restart("restart", product="kitchen", device_group="missing")
    foreseen = playbooks.run(task, arguments=("--check",)).results["restart"]
    real = playbooks.run(task).results["restart"]
    assert (foreseen["status"], foreseen["changed"], foreseen["asked"]) == ("ok", False, [])
    assert "created by an earlier task" in foreseen["warnings"][-1]
    assert real["status"] == "failed" and "'missing'" in real["msg"]


def test_wrong_use(playbooks: Playbooks, service: Service, group: str) -> None:
    playbooks.environment["ANSIBLE_JINJA2_NATIVE"] = "true"
    first = service.running.devices[0]
    run = playbooks.thrice(
        restart("nothing"),
        restart("both", devices=[first], **HERE),
        restart("product alone", devices=[first], product="kitchen"),
        restart("no product", device_group="a"),
        restart("unknown group", device_group=UNKNOWN),
        restart("one is unknown", devices=[first, "00:11:22:33:44:55"]),
        restart("number", devices=[first, 1234567890123456]),
        restart("empty", devices=[""]),
    )
    told = {name: result["msg"] for name, result in run.results.items()}
    assert "device_group, devices" in told["nothing"] and "mutually exclusive" in told["both"]
    assert "device_group" in told["product alone"] and "product" in told["no product"]
    assert UNKNOWN in told["unknown group"] and "'00:11:22:33:44:55'" in told["one is unknown"]
    assert "Nothing was done" in told["one is unknown"]
    assert "quotes" in told["number"] and "empty" in told["empty"]
