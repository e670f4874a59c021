# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_device: naming, assigning, moving, unassigning, removing; all spellings; wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
TYPES = {
    "a": "development",
    "b": "development",
    "pilots": "pre_production",
    "sold": "production",
    "sold 2": "production",
}


@pytest.fixture
def groups(service: Service) -> dict[str, str]:
    """A product ``kitchen`` with groups: name -> id."""
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    relationships = {"product": {"type": "product", "id": product}}
    return {
        name: service.api(
            "POST",
            "/devicegroups",
            {"type": f"{kind}_devicegroup", "attributes": {"name": name}, "relationships": relationships},
        )["id"]
        for name, kind in TYPES.items()
    }


def device(task: str, key: Any, /, **options: Any) -> tuple[str, str, dict]:
    if options.get("device_group") in TYPES:
        options["product"] = "kitchen"
    return task, "imp_device", {"device": key, **options}


def put(service: Service, device_id: str, group_id: str | None, **attributes: Any) -> None:
    service.admin("PATCH", f"/devices/{device_id}", json={"devicegroup": group_id, **attributes})


def test_a_device_from_naming_to_removal(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    key = service.running.devices[0]
    run = playbooks.thrice(
        device("read", key),
        device("name", key, name="fridge"),
        device("assign", "fridge", device_group="a"),
        device("same", key, name="fridge", device_group=groups["a"]),
        device("move and rename", key, name="oven", device_group="b"),
        device("assigned still", "oven", state="absent"),
        device("unassign", "oven", state="unassigned"),
        device("no name", key, name=""),
        device("assign again", key, device_group="a"),
        device("remove", key, state="absent", force=True),
    )
    results = run.results
    assert results["read"]["device"]["id"] == key and results["read"]["changed"] is False
    assert results["name"]["diff"]["after"] == {"name": "fridge"}
    assert results["assign"]["device"]["device_group_id"] == groups["a"]
    assert results["assign"]["device"]["device_group_type"] == "development"
    assert results["assign"]["diff"]["before"]["device_group_id"] is None
    assert results["same"]["changed"] is False
    assert results["move and rename"]["device"]["name"] == "oven"
    assert len(run.writes("move and rename")) == 2  # no unassignment on the way
    assert "force=true" in results["assigned still"]["msg"]
    assert results["unassign"]["device"]["device_group_id"] is results["unassign"]["device"]["agent_id"] is None
    assert results["no name"]["device"]["name"] is None
    assert len(run.writes("remove")) == 2 and results["remove"]["device"]["id"] == key
    assert results["remove, again"]["device"] is None
    assert next(row["owner_id"] for row in service.rows("devices") if row["id"] == key) is None


def test_every_spelling_means_the_same_device(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    key, other, agentless = service.running.devices[:3]
    put(
        service, key, groups["sold"], name="in a hidden group", mac_address="0c:2a:69:05:0d:62", agent_id="-1oUmIZ3At_N"
    )
    service.admin("PATCH", f"/devices/{other}", json={"name": "twelve_chars"})
    service.admin("PATCH", f"/devices/{agentless}", json={"name": "0c2a69050d63"})
    spellings = {
        "id": key,
        "id in capitals": key.upper(),
        "mac": "0c:2a:69:05:0d:62",
        "capitals": "0C:2A:69:05:0D:62",
        "hyphens": "0c-2a-69-05-0d-62",
        "dots": "0c2a.6905.0d62",
        "bare": "0c2a69050d62",
        "agent": "-1oUmIZ3At_N",
        "name": "in a hidden group",
    }
    run = playbooks.run(*[device(name, text) for name, text in spellings.items()], device("as agent", "twelve_chars"))
    found = {name: result["device"]["id"] for name, result in run.results.items()}
    assert found == {**dict.fromkeys(spellings, key), "as agent": other}


def test_ambiguous_and_wrong_texts(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    first, second, third = service.running.devices[:3]
    put(service, first, groups["a"], name="twin")
    put(service, second, groups["sold"], name="twin")
    put(service, third, groups["b"], name="T1oUmIZ3At_N")
    put(service, first, groups["a"], agent_id="T1oUmIZ3At_N")
    playbooks.environment["ANSIBLE_JINJA2_NATIVE"] = "true"
    run = playbooks.thrice(
        device("name", "twin"),
        device("agent or name", "T1oUmIZ3At_N"),
        device("number", 1234567890123456),
        device("octal", 0o1234),
        device("float", 1e15),
        device("empty", ""),
        device("unknown id", "0123456789abcdef"),
        device("unknown group", third, device_group=UNKNOWN),
        ("no product", "imp_device", {"device": third, "device_group": "a"}),
        ("no device", "imp_device", {"name": "x"}),
    )
    told = {name: result["msg"] for name, result in run.results.items()}
    candidates = run.results["name"]["candidates"]
    assert {one["id"] for one in candidates} == {first, second} and all(one["type"] == "device" for one in candidates)
    assert first in told["agent or name"] and third in told["agent or name"]
    for name in ("number", "octal", "float"):
        assert "quotes" in told[name]
    assert "empty" in told["empty"] and "0123456789abcdef" in told["unknown id"]
    assert UNKNOWN in told["unknown group"] and "product" in told["no product"] and "device" in told["no device"]


def test_names_of_all_kinds(playbooks: Playbooks, service: Service) -> None:
    names = ["a/b?c=d#e%20&f+g", 'it\'s "quoted"', "kühl 🧊", "{not a template}", "x" * 140, " 12 "]
    tasks = [device(name, key, name=name) for key, name in zip(service.running.devices, names, strict=False)]
    run = playbooks.thrice(*tasks)
    assert [run.results[name]["device"]["name"] for name in names] == names
    by_name = playbooks.run(*[device(name, name) for name in names])
    assert [by_name.results[name]["device"]["id"] for name in names] == service.running.devices[: len(names)]


def test_leaving_production_needs_two_words(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    key, other, third = service.running.devices[:3]
    for one in (key, other, third):
        put(service, one, groups["sold"])
    unbond_key = service.running.unbond_key
    playbooks.secrets |= {unbond_key, "wrong-key-of-tests"}
    both = {"unbless": True, "unbond_key": unbond_key}
    run = playbooks.thrice(
        device("unassign", key, state="unassigned"),
        device("unassign, no word", key, state="unassigned", unbond_key=unbond_key),
        device("unassign, no key", key, state="unassigned", unbless=True),
        device("move", key, device_group="a"),
        device("remove", key, state="absent", force=True),
        device("to pre-production", key, device_group="pilots"),
        device("name and move", key, name="oven", device_group="a"),
        device("name and unassign", key, name="oven", state="unassigned"),
        device("name and nowhere", key, name="oven", device_group=UNKNOWN),
        device("within production", key, device_group="sold 2"),
        device("name", key, name="still sold"),
        device("move, both", key, device_group="a", **both),
        device("unassign, both", other, state="unassigned", **both),
        device("remove, both", third, state="absent", force=True, **both),
    )
    refused = ("unassign", "unassign, no word", "unassign, no key", "move", "remove", "to pre-production")
    for name in (*refused, "name and move", "name and unassign"):
        assert "1 production device would be unblessed" in run.results[name]["msg"], name
    assert run.results["within production"]["device"]["device_group_id"] == groups["sold 2"]
    assert run.results["move, both"]["device"]["device_group_id"] == groups["a"]
    assert run.results["unassign, both"]["device"]["device_group_id"] is None
    put(service, other, groups["sold"])
    wrong = {"unbless": True, "unbond_key": "wrong-key-of-tests"}
    result = playbooks.run(device("wrong key", other, state="unassigned", **wrong)).results["wrong key"]
    assert result["status"] == "failed" and result["changed"] is False


def test_what_the_service_refuses_is_told(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    key = service.running.devices[0]
    run = playbooks.run(
        device("into pre-production", key, device_group="pilots"),
        device("two steps", key, name="oven", device_group="pilots"),
        device("long name", key, name="x" * 141),
    )
    for result in run.results.values():
        assert result["status"] == "failed" and result["msg"]
    half = run.results["two steps"]
    assert half["changed"] is True and half["done"] == [f"name the device {key}"] and "Done before that" in half["msg"]


def test_a_group_of_an_earlier_task_is_foreseen(playbooks: Playbooks, service: Service) -> None:
    key = service.running.devices[0]
    tasks = (
        ("product", "imp_product", {"name": "kitchen"}),
        ("group", "imp_device_group", {"product": "kitchen", "name": "a"}),
        device("device", key, name="oven", device_group="a"),
        device("named before", "oven", device_group="a"),
        device("unknown MAC", "0c:2a:69:05:0d:62", device_group="a"),
    )
    foreseen, real = (playbooks.run(*tasks, arguments=arguments) for arguments in (("--check", "--diff"), ()))
    for name in ("product", "group", "device"):
        assert foreseen.results[name]["changed"] is real.results[name]["changed"] is True
    assert foreseen.results["device"]["device"]["device_group_id"] is None
    # The group has its own name, although it is the product that is missing.
    assert "to the device group 'a'" in foreseen.results["device"]["diff"]["prepared"]
    named = foreseen.results["named before"]
    assert named["changed"] is True and named["device"]["id"] is None and named["device"]["name"] == "oven"
    assert any("'oven'" in text and "taken as named by an earlier task" in text for text in named["warnings"])
    assert real.results["named before"]["changed"] is False
    assert foreseen.results["unknown MAC"]["status"] == real.results["unknown MAC"]["status"] == "failed"
    assert playbooks.run(device("nobody", "nobody", device_group="a")).results["nobody"]["status"] == "failed"


def test_a_loop_over_devices(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    keys = service.running.devices[:8]
    task = ("all", "imp_device", {"device": "{{ item }}", "device_group": groups["a"]}, {"loop": keys})
    first, second = playbooks.run(task), playbooks.run(task)
    assert [item["device"]["id"] for item in first.results["all"]["results"]] == keys
    assert len(first.writes("all")) == len(keys) and second.writes("all") == []
    # One worker, one client: it signs in once for the whole loop.
    assert len([request for request in first.requests["all"] if "/auth" in request]) == 1
