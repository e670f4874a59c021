# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet is declared, declared again without a change, previewed, and removed; bad input and faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.conftest import Playbooks, Service

SECRET = "http://hook:h00k-s3cret@127.0.0.1:9/deployed"
CODE = 'server.log("hello");\n'


def fleet(device: str) -> list[tuple]:
    return [
        ("product", "imp_product", {"name": "kitchen", "description": "all of it"}),
        (
            "group",
            "imp_device_group",
            {"product": "kitchen", "name": "sensors", "env_vars": {"n": 1, "key": "k3y-val"}},
        ),
        ("dut", "imp_device_group", {"product": "kitchen", "name": "dut", "type": "pre-dut"}),
        (
            "test",
            "imp_device_group",
            {"product": "kitchen", "name": "test", "type": "pre_production", "load_code_after_blessing": False},
        ),
        (
            "fixture",
            "imp_device_group",
            {
                "product": "kitchen",
                "name": "fixture",
                "type": "pre_factory",
                "production_target": "test",
                "dut_target": "dut",
            },
        ),
        (
            "webhook",
            "imp_webhook",
            {"product": "kitchen", "device_group": "sensors", "event": "deployment", "url": SECRET},
        ),
        (
            "device",
            "imp_device",
            {"device": device, "name": "fridge", "product": "kitchen", "device_group": "sensors"},
        ),
    ]


def test_second_run_changes_nothing_and_check_mode_foresees_the_first(playbooks: Playbooks, service: Service) -> None:
    tasks = fleet(service.running.devices[0])
    preview = playbooks.run(*tasks, arguments=("--check",))
    assert service.writes() == []
    first = playbooks.run(*tasks, arguments=("--diff",))
    assert service.writes()
    second = playbooks.run(*tasks)
    assert service.writes() == []
    for name in first.results:
        assert preview.results[name]["changed"] is first.results[name]["changed"] is True, name
        assert second.results[name]["changed"] is False
        resource = {"product": "product", "webhook": "webhook", "device": "device"}.get(name, "device_group")
        assert preview.results[name][resource].keys() == first.results[name][resource].keys()
        assert second.results[name][resource]["id"] == first.results[name][resource]["id"]
    fixture = second.results["fixture"]["device_group"]
    assert fixture["production_target_id"] == second.results["test"]["device_group"]["id"]
    assert second.results["test"]["device_group"]["load_code_after_blessing"] is False
    for secret in ("h00k-s3cret", "k3y-val"):
        assert secret not in first.output + second.output


def test_as_a_normal_module_the_results_are_the_same(playbooks: Playbooks, service: Service) -> None:
    tasks = fleet(service.running.devices[0])
    playbooks.run(*tasks)
    here = playbooks.run(*tasks)
    there = playbooks.run(*[(*task, {"connection": "twin"}) for task in tasks])
    for name, result in here.results.items():
        # Elsewhere each task signs in by itself, and warns that it does so with a password.
        extra = {"warnings", "failed"}
        assert {key: value for key, value in there.results[name].items() if key not in extra} == {
            key: value for key, value in result.items() if key not in extra
        }


def test_a_product_goes_with_everything_below_it(playbooks: Playbooks, service: Service) -> None:
    playbooks.run(*fleet(service.running.devices[0]))
    service.writes()
    gone = {"name": "kitchen", "state": "absent"}
    run = playbooks.run(
        ("kept", "imp_product", gone),
        ("preview", "imp_product", {**gone, "force": True}, {"check_mode": True}),
        ("removed", "imp_product", {**gone, "force": True}),
        ("again", "imp_product", {**gone, "force": True}),
        ("below", "imp_device_group", {"product": "kitchen", "name": "sensors", "state": "absent"}),
    )
    assert "4 device group(s): 'dut', 'fixture', 'sensors', 'test'" in run.results["kept"]["msg"]
    assert run.results["preview"]["diff"] == run.results["removed"]["diff"]
    assert run.results["removed"]["product"]["name"] == "kitchen"
    for name in ("again", "below"):
        assert run.results[name]["changed"] is False
    assert run.results["again"]["product"] is None
    # The fixture group goes before its targets; the device stays in the account.
    assert [write.split("/")[2] for write in service.writes()] == ["devicegroups"] * 5 + ["products"]


def test_renames_and_what_cannot_change(playbooks: Playbooks, service: Service) -> None:
    made = playbooks.run(*fleet(service.running.devices[0])).results
    product, group = made["product"]["product"]["id"], made["group"]["device_group"]["id"]
    run = playbooks.run(
        ("product", "imp_product", {"id": product, "name": "bath"}),
        ("same", "imp_product", {"id": product, "name": "bath"}),
        ("merge", "imp_device_group", {"id": group, "env_vars": {"n": 2}, "purge_env_vars": False}),
        ("shown", "imp_device_group", {"id": group, "show_env_vars": True}),
        ("type", "imp_device_group", {"id": group, "type": "dut"}),
        ("flag", "imp_device_group", {"id": group, "env_vars": {"x": True}}),
        ("event", "imp_webhook", {"id": made["webhook"]["webhook"]["id"], "event": "blinkup"}),
        ("out", "imp_device", {"device": "fridge", "state": "unassigned"}),
        ("out again", "imp_device", {"device": "fridge", "state": "unassigned"}),
        ("unnamed", "imp_device", {"device": "fridge", "name": ""}),
    ).results
    assert (run["product"]["product"]["name"], run["same"]["changed"]) == ("bath", False)
    assert run["shown"]["device_group"]["env_vars"] == {"n": 2, "key": "k3y-val"}
    assert any("new deployment and a restart" in warning for warning in run["merge"]["warnings"])
    assert "cannot be changed" in run["type"]["msg"] and "cannot be changed" in run["event"]["msg"]
    assert "only text and numbers" in run["flag"]["msg"]
    assert run["out"]["device"]["device_group_id"] is None and run["out again"]["changed"] is False
    assert run["unnamed"]["device"]["name"] is None


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"IMPCENTRAL_PASSWORD": "wrong-one"}, "Invalid Credentials"),
        ({"IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}, "IMPCENTRAL_LOGIN_KEY"),
        ({"IMPCENTRAL_ENDPOINT": "http://127.0.0.1:1/v5", "IMPCENTRAL_RETRIES": "0"}, "Connection refused"),
    ],
)
def test_what_keeps_a_task_from_the_service_is_told(playbooks: Playbooks, variables: dict[str, str], told: str) -> None:
    playbooks.environment.update(variables)
    result = playbooks.run(("product", "imp_product", {"name": "kitchen"})).results["product"]
    assert result["status"] == "failed" and told in result["msg"] and "wrong-one" not in result["msg"]


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 503}, {"kind": "reset_after"}, {"kind": "reset_before"}, {"kind": "html"}]
)
def test_after_a_fault_nothing_is_created_twice(playbooks: Playbooks, service: Service, fault: dict) -> None:
    service.fault(method="POST", path="/products", nth=1, **fault)
    playbooks.run(("product", "imp_product", {"name": "kitchen"}))
    again = playbooks.run(("product", "imp_product", {"name": "kitchen"})).results["product"]
    assert (again["status"], again["changed"]) == ("ok", False)


def test_a_deployment_follows_the_code(playbooks: Playbooks, service: Service, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "device.nut").write_text(CODE + "// {{ not a template }}\n")
    where = {"product": "kitchen", "device_group": "sensors"}
    build = {**where, "device_code_file": "device.nut", "agent_code": CODE, "tags": ["v1"], "origin": "git 1"}
    playbooks.run(*fleet(service.running.devices[0]))
    service.writes()
    run = playbooks.run(
        ("first", "imp_deployment", build),
        ("same", "imp_deployment", build),
        ("tags", "imp_deployment", {**build, "tags": ["v2"], "flagged": True}),
        ("origin", "imp_deployment", {**build, "tags": ["v2"], "origin": "git 2"}),
        ("preview", "imp_deployment", {**where, "agent_code": CODE}, {"check_mode": True}),
        ("never", "imp_deployment", {**where, "agent_code": "x", "only_if_none": True}),
        ("bad", "imp_deployment", {**where, "agent_code": "local x = ;\n"}),
        ("second", "imp_deployment", {**where, "agent_code": "local x = 2;\n", "min_supported": True}),
        ("copied", "imp_deployment", {**where, "device_group": "test", "copy_from": where}),
        ("missing", "imp_deployment", {**where, "device_code_file": "none.nut"}),
        arguments=("--diff",),
    )
    changed = {name: result["changed"] for name, result in run.results.items()}
    assert [name for name in changed if changed[name]] == ["first", "tags", "preview", "second", "copied"]
    assert "not a template" in run.results["first"]["diff"]["prepared"]
    assert "not a template" not in str({**run.results["first"], "diff": None})
    assert run.results["tags"]["deployment"]["tags"] == ["v2"]
    assert "cannot be changed" in run.results["origin"]["warnings"][0]
    assert run.results["bad"]["compile_errors"][0]["file"] == "agent_code"
    assert run.results["copied"]["deployment"]["sha"] == run.results["second"]["deployment"]["sha"]
    assert "none.nut" in run.results["missing"]["msg"]
    first = run.results["first"]["deployment"]
    gone = playbooks.run(
        ("flagged", "imp_deployment", {"id": first["id"], "state": "absent"}),
        ("removed", "imp_deployment", {"id": first["id"], "state": "absent", "force": True}),
        ("again", "imp_deployment", {**where, "sha": first["sha"], "state": "absent"}),
    ).results
    assert "force=true" in gone["flagged"]["msg"]
    assert (gone["removed"]["changed"], gone["again"]["changed"]) == (True, False)
