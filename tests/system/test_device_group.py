# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_device_group: first run, second run, check mode, differences, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks, Run
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
P = {"product": "kitchen"}


@pytest.fixture(autouse=True)
def product(service: Service) -> str:
    """The product that the groups of these tests belong to."""
    return service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]


def group(name: str, /, **options: Any) -> tuple[str, str, dict]:
    return name, "imp_device_group", {**P, "name": name, **options}


def deploy(service: Service, group_id: str, code: str = "", kind: str = "development") -> str:
    relationships = {"devicegroup": {"type": f"{kind}_devicegroup", "id": group_id}}
    attributes = {"device_code": code, "agent_code": ""}
    data = {"type": "deployment", "attributes": attributes, "relationships": relationships}
    return service.api("POST", "/deployments", data)["id"]


def messages(run: Run) -> dict[str, str]:
    assert {result["status"] for result in run.results.values()} == {"failed"}
    return {name: result["msg"] for name, result in run.results.items()}


def test_all_types_with_their_targets(playbooks: Playbooks, service: Service, product: str) -> None:
    run = playbooks.thrice(
        group("plain"),
        group("development", type="development"),
        group("test line", type="pre-dut"),
        group("line", type="dut_devicegroup"),
        group("pilots", type="pre_production", region="us", load_code_after_blessing=False),
        group("sold", type="production", load_code_after_blessing=True, description="to customers"),
        group("test fixtures", type="pre_factory", dut_target="test line", production_target="pilots"),
        group("fixtures", type="factory", dut_target="line", production_target="sold"),
    )
    groups = {name: run.results[name]["device_group"] for name in service.names("device_groups")}
    assert groups["plain"]["type"] == "development_devicegroup"
    assert groups["line"]["type"] == "dut_devicegroup"
    assert groups["pilots"]["load_code_after_blessing"] is False and groups["pilots"]["region"] == "us"
    assert groups["sold"]["load_code_after_blessing"] is True
    # What is not the default needs a second request after the creation.
    assert [write.split()[0] for write in run.writes("pilots")] == ["POST", "PATCH"]
    assert [write.split()[0] for write in run.writes("sold")] == ["POST"]
    assert groups["fixtures"]["production_target_id"] == groups["sold"]["id"]
    assert groups["fixtures"]["dut_target_id"] == groups["line"]["id"]
    assert {one["product_id"] for one in groups.values()} == {product}
    assert run.results["plain"]["diff"] == {"before": {}, "after": groups["plain"]}


def test_changes(playbooks: Playbooks, service: Service) -> None:
    made = playbooks.run(
        group("a"), group("dut", type="pre_dut"), group("dut 2", type="pre_dut"), group("pre", type="pre_production"),
        group("fixture", type="pre_factory", dut_target="dut", production_target="pre"),
    )  # fmt: skip
    ids = {name: result["device_group"]["id"] for name, result in made.results.items()}
    run = playbooks.thrice(
        ("rename", "imp_device_group", {"id": ids["a"], "name": "b"}),
        ("describe", "imp_device_group", {**P, "name": "b", "description": "text"}),
        ("retarget", "imp_device_group", {**P, "name": "fixture", "dut_target": ids["dut 2"]}),
        ("load later", "imp_device_group", {"id": ids["pre"], "load_code_after_blessing": False}),
        ("same type", "imp_device_group", {**P, "name": "pre", "type": "pre-production"}),
        ("targeted", "imp_device_group", {**P, "name": "dut 2", "state": "absent"}),
        ("remove", "imp_device_group", {**P, "name": "dut", "state": "absent"}),
        ("remove by id", "imp_device_group", {"id": ids["a"], "state": "absent"}),
        ("nothing there", "imp_device_group", {**P, "name": "never", "state": "absent"}),
        ("no product there", "imp_device_group", {"product": "never", "name": "never", "state": "absent"}),
    )
    assert run.results["rename"]["diff"] == {"before": {"name": "a"}, "after": {"name": "b"}}
    assert run.results["describe"]["device_group"]["description"] == "text"
    assert run.results["retarget"]["device_group"]["dut_target_id"] == ids["dut 2"]
    assert run.results["load later"]["device_group"]["load_code_after_blessing"] is False
    assert run.results["same type"]["changed"] is False
    assert "'fixture'" in run.results["targeted"]["msg"]
    assert run.results["remove"]["device_group"]["id"] == ids["dut"]
    assert run.results["nothing there"]["device_group"] is None
    assert run.results["no product there"]["changed"] is False
    assert service.names("device_groups") == ["dut 2", "fixture", "pre"]


def test_variables(playbooks: Playbooks, service: Service) -> None:
    secret = "api-key-of-the-tests"
    playbooks.secrets.add(secret)
    values = {"n": 1, "f": 1.5, "text": "1", "key": secret}
    run = playbooks.thrice(
        group("a", env_vars=values),
        ("number or text", "imp_device_group", {**P, "name": "a", "env_vars": {**values, "n": "1"}}),
        ("merge", "imp_device_group", {**P, "name": "a", "env_vars": {"more": 2}, "purge_env_vars": False}),
        ("left out", "imp_device_group", {**P, "name": "a"}),
        ("purge", "imp_device_group", {**P, "name": "a", "env_vars": {"key": secret}}),
        ("none", "imp_device_group", {**P, "name": "a", "env_vars": {}}),
    )
    created = run.results["a"]["device_group"]["env_vars"]
    assert created.keys() == values.keys() and created["n"] != created["text"]
    assert run.results["number or text"]["device_group"]["env_vars"]["n"] == created["text"]
    diff = run.results["purge"]["diff"]
    assert diff["after"] == {"env_vars": {"key": created["key"]}}
    assert diff["before"]["env_vars"].keys() == {*values, "more"}
    assert run.results["merge"]["device_group"]["env_vars"].keys() == {*values, "more"}
    assert run.results["left out"]["changed"] is False
    assert run.results["none"]["device_group"]["env_vars"] in ({}, None)
    for name in ("merge", "purge", "merge, foreseen"):
        assert "new deployment and a restart" in run.results[name]["warnings"][-1]
    shown = playbooks.run(
        ("shown", "imp_device_group", {**P, "name": "a", "env_vars": {"n": 2}, "show_env_vars": True}, {"diff": True})
    ).results["shown"]
    assert shown["device_group"]["env_vars"] == {"n": 2} == shown["diff"]["after"]["env_vars"]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"on": True}, "bool"),
        ({"nested": {"a": 1}}, "dict"),
        ({"list": [1]}, "list"),
        ({"nothing": None}, "NoneType"),
        ({"1st": 1}, "'1st'"),
        ({"with space": 1}, "'with space'"),
        ({"x" * 101: 1}, "letter"),
        ({"big": "x" * 16000}, "16000"),
    ],
)
def test_variables_that_the_service_would_refuse(playbooks: Playbooks, variables: dict, told: str) -> None:
    run = playbooks.thrice(group("a", env_vars=variables))
    assert told in messages(run)["a"]
    assert not any(run.requests.values())


def test_what_can_be_is_accepted_at_its_limits(playbooks: Playbooks, service: Service) -> None:
    odd = "a/b?c#d%20&f+g \"quoted\" 'x' 🍳"
    fits = 16000 - len('{"k": ""}')
    run = playbooks.thrice(
        group("x" * 80, env_vars={"x" * 100: 1, "_".join("abc"): "é🍳"}),
        group(odd, description="{odd}"),
        group("full", env_vars={"k": "v" * fits}),
    )
    assert service.names("device_groups") == sorted(["x" * 80, odd, "full"])
    assert run.results[odd]["status"] == "ok"


def test_what_cannot_change_and_wrong_use(playbooks: Playbooks, service: Service) -> None:
    service.api("POST", "/products", {"type": "product", "attributes": {"name": "bath"}})
    made = playbooks.run(group("a"), group("sold", type="production", region="us"), group("dut", type="dut"))
    sold = made.results["sold"]["device_group"]["id"]
    run = playbooks.thrice(
        ("type", "imp_device_group", {**P, "name": "a", "type": "dut"}),
        ("region", "imp_device_group", {**P, "name": "sold", "region": "eu"}),
        ("product", "imp_device_group", {"id": sold, "product": "bath", "name": "sold"}),
        ("no product", "imp_device_group", {"name": "a"}),
        ("nothing", "imp_device_group", {}),
        ("unknown product", "imp_device_group", {"product": UNKNOWN, "name": "a"}),
        ("unknown id", "imp_device_group", {"id": UNKNOWN, "name": "a"}),
        ("long name", "imp_device_group", {**P, "name": "x" * 81}),
        ("unknown type", "imp_device_group", {**P, "name": "b", "type": "kitchen"}),
        ("targets missing", "imp_device_group", {**P, "name": "f", "type": "factory"}),
        ("one target", "imp_device_group", {**P, "name": "f", "type": "factory", "dut_target": "dut"}),
        ("targets here", "imp_device_group", {**P, "name": "a", "dut_target": "dut"}),
        ("wrong target", "imp_device_group", {**P, "name": "f", "type": "factory", "dut_target": "sold",
                                              "production_target": "sold"}),
        ("unknown target", "imp_device_group", {**P, "name": "f", "type": "factory", "dut_target": UNKNOWN,
                                                "production_target": "sold"}),
        ("not for it", "imp_device_group", {**P, "name": "a", "load_code_after_blessing": True}),
        ("no region here", "imp_device_group", {**P, "name": "b", "region": "us"}),
        ("no deployment yet", "imp_device_group", {**P, "name": "a", "min_supported_deployment": UNKNOWN}),
    )  # fmt: skip
    told = messages(run)
    for name in ("type", "region"):
        assert "cannot be changed" in told[name]
    assert "'dut_devicegroup'" in told["type"] and "'us'" in told["region"]
    assert "does not belong to the product 'bath'" in told["product"]
    assert "product" in told["no product"] and "id" in told["nothing"]
    assert UNKNOWN in told["unknown product"] and UNKNOWN in told["unknown id"] and UNKNOWN in told["unknown target"]
    assert "1 to 80" in told["long name"] and "pre_factory" in told["unknown type"]
    assert "production_target" in told["targets missing"] and "production_target" in told["one target"]
    assert "fixture groups" in told["targets here"] and "production_devicegroup" in told["wrong target"]
    assert "region" in told["no region here"]
    assert len(service.rows("device_groups")) == 3


def test_names_without_a_parent_fail_but_in_check_mode_it_is_foreseen(playbooks: Playbooks) -> None:
    task = ("group", "imp_device_group", {"product": "missing", "name": "a"})
    foreseen = playbooks.run(task, arguments=("--check",)).results["group"]
    real = playbooks.run(task).results["group"]
    assert foreseen["changed"] is True and foreseen["device_group"]["product_id"] is None
    assert [warning for warning in foreseen["warnings"] if "created by an earlier task" in warning]
    assert real["status"] == "failed" and "'missing'" in real["msg"]


def test_the_minimum_can_only_be_raised(playbooks: Playbooks, service: Service) -> None:
    made = playbooks.run(group("a"), group("b")).results
    key, other = (made[name]["device_group"]["id"] for name in "ab")
    builds = [deploy(service, key, f"// {n}\n") for n in range(3)]
    foreign = deploy(service, other)
    run = playbooks.thrice(
        ("present", "imp_device_group", {"id": key, "min_supported_deployment": builds[0]}),
        ("raise", "imp_device_group", {"id": key, "min_supported_deployment": builds[2], "description": "x"}),
        ("older", "imp_device_group", {"id": key, "min_supported_deployment": builds[1]}),
        ("foreign", "imp_device_group", {"id": key, "min_supported_deployment": foreign}),
    )
    assert run.results["present"]["changed"] is False
    raised = run.results["raise"]
    assert raised["device_group"]["min_supported_deployment_id"] == builds[2]
    assert raised["diff"]["before"]["min_supported_deployment_id"] == builds[0]
    assert "only be raised" in run.results["older"]["msg"] and "not a deployment" in run.results["foreign"]["msg"]


def test_force_empties_a_group_before_it_goes(playbooks: Playbooks, service: Service) -> None:
    made = playbooks.run(group("a"), group("sold", type="production")).results
    key, sold = made["a"]["device_group"]["id"], made["sold"]["device_group"]["id"]
    build = deploy(service, key)
    service.api("PATCH", f"/deployments/{build}", {"type": "deployment", "id": build, "attributes": {"flagged": True}})
    for device, where in zip(service.running.devices, (key, key, sold), strict=False):
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": where})
    unbond_key = service.running.unbond_key
    playbooks.secrets.add(unbond_key)
    gone = {**P, "name": "sold", "state": "absent", "force": True}
    run = playbooks.thrice(
        ("full", "imp_device_group", {**P, "name": "a", "state": "absent"}),
        ("forced", "imp_device_group", {**P, "name": "a", "state": "absent", "force": True}),
        ("no word", "imp_device_group", {**gone, "unbond_key": unbond_key}),
        ("no key", "imp_device_group", {**gone, "unbless": True}),
        ("both", "imp_device_group", {**gone, "unbless": True, "unbond_key": unbond_key}),
    )
    assert "2 device(s) and 1 flagged deployment(s)" in run.results["full"]["msg"]
    assert len(run.results["forced"]["diff"]["prepared"].splitlines()) == len(run.writes("forced")) == 3
    assert "unbless=true" in run.results["no word"]["msg"] and "unbond_key" in run.results["no key"]["msg"]
    assert service.rows("device_groups") == []
    assert len(service.rows("devices")) == len(service.running.devices)


def test_a_group_that_is_only_half_made_says_so(playbooks: Playbooks, service: Service) -> None:
    service.fault("status", method="PATCH", path="/devicegroups", status=400, body={"errors": [{"title": "No"}]})
    task = group("pilots", type="pre_production", load_code_after_blessing=False)
    half = playbooks.run(task).results["pilots"]
    assert half["status"] == "failed" and "was created" in half["msg"] and "load_code_after_blessing" in half["msg"]
    assert half["device_group"]["name"] == "pilots"
    whole = playbooks.run(task).results["pilots"]
    assert whole["changed"] is True and whole["device_group"]["load_code_after_blessing"] is False
    assert service.names("device_groups") == ["pilots"]
