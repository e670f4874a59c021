# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules at a service that answers otherwise where the contract is not certain: nothing depends on that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.contrary import contrary
from tests.system.runner import Playbooks
from tests.system.service import Service

A = {"product": "kitchen", "device_group": "a"}
VARIABLES: dict[str, dict] = {"none": {}, "none still": {}, "some": {"n": 1}, "none again": {}, "as before": {}}
CODE = 'server.log("1");\n'


@pytest.fixture(autouse=True)
def elsewhere(playbooks: Playbooks, service: Service) -> Iterator[None]:
    with contrary(service.running.endpoint) as endpoint:
        playbooks.environment["IMPCENTRAL_ENDPOINT"] = endpoint
        yield


def group(task: str, name: str, /, **options: object) -> tuple[str, str, dict]:
    return task, "imp_device_group", {"product": "kitchen", "name": name, **options}


def build(task: str, /, **options: object) -> tuple[str, str, dict]:
    return task, "imp_deployment", {**A, **options}


def test_a_fleet_from_creation_to_removal(playbooks: Playbooks, service: Service) -> None:
    first, second = service.running.devices[:2]
    pre_factory = {"type": "pre-factory", "production_target": "pilots", "dut_target": "dut"}
    run = playbooks.thrice(
        ("product", "imp_product", {"name": "kitchen", "description": "d"}),
        ("same product", "imp_product", {"name": "kitchen", "owner": service.running.email}),
        group("group", "a", env_vars={"n": 1}, description=""),
        group("pilots", "pilots", type="pre_production", load_code_after_blessing=False, region=""),
        group("dut", "dut", type="pre_dut"),
        group("fixture", "f", **pre_factory),
        ("device", "imp_device", {"device": first, "name": "fridge", **A}),
        ("by name", "imp_device", {"device": "fridge", **A}),
        ("by MAC", "imp_device", {"device": mac(service, second), "name": "oven"}),
        build("first", device_code=CODE, min_supported=True),
        build("second", device_code=CODE * 2, tags=["v2"], flagged=True),
        build("third", device_code=CODE * 3, redeploy="env_changed", min_supported=True),
        build("kept", device_code=CODE, only_if_none=True),
        ("copy", "imp_deployment", {**A, "device_group": "f", "copy_from": A}),
        ("webhook", "imp_webhook", {**A, "event": "deployment", "url": "https://hooks.example.com/"}),
        ("wrong webhook", "imp_webhook", {**A, "event": "deployment", "content_type": "xml"}),
        ("with groups", "imp_product", {"name": "kitchen", "state": "absent"}),
        ("unhook", "imp_webhook", {**A, "event": "deployment", "state": "absent"}),
        ("unknown", "imp_product", {"id": "4e264cef-3316-cdfa-7f39-7a5d458994b3"}),
        ("unassign", "imp_device", {"device": "fridge", "state": "unassigned"}),
        ("assign again", "imp_device", {"device": "fridge", **A}),
        ("forced", "imp_product", {"name": "kitchen", "state": "absent", "force": True}),
    )
    failed = {name for name, result in run.results.items() if result["status"] == "failed" and "," not in name}
    assert failed == {"wrong webhook", "with groups", "unknown"}, {name: run.results[name]["msg"] for name in failed}
    unchanged = {name for name, result in run.results.items() if not result["changed"] and "," not in name}
    assert unchanged == failed | {"same product", "by name", "kept"}
    builds = [run.results[name]["deployment"] for name in ("first", "second", "third", "copy")]
    assert len({one["id"] for one in builds}) == 4 and builds[2]["sha"] == builds[3]["sha"]
    assert service.rows("products") == service.rows("device_groups") == service.rows("deployments") == []


def test_null_stands_for_empty(playbooks: Playbooks) -> None:
    playbooks.run(("product", "imp_product", {"name": "kitchen"}), group("group", "a"), build("code", device_code=CODE))
    variables = playbooks.run(*[group(name, "b", env_vars=value) for name, value in VARIABLES.items()]).results
    assert [result["changed"] for result in variables.values()] == [True, False, True, True, False]
    tags = playbooks.run(*[build(str(tags), device_code=CODE, tags=tags) for tags in ([], ["x"])]).results
    assert [result["changed"] for result in tags.values()] == [False, True]


def test_what_is_refused_is_told(playbooks: Playbooks) -> None:
    playbooks.run(
        ("one", "imp_product", {"name": "kitchen"}),
        ("two", "imp_product", {"name": "bath"}),
        group("a", "a"),
        build("old", device_code=CODE),
        build("new", device_code=CODE * 2),
    )
    names = {"name": "bath", "id": "{{ kitchen.product.id }}"}
    run = playbooks.run(
        ("kitchen", "imp_product", {"name": "kitchen"}, {"register": "kitchen"}),
        ("taken", "imp_product", names),
        build("bad code", device_code="local a = ;\n"),
    )
    assert "Duplicate Resource" in run.results["taken"]["msg"] and "Change the name" in run.results["taken"]["msg"]
    assert run.results["bad code"]["compile_errors"][0]["row"] == 1


def mac(service: Service, device_id: str) -> str:
    return service.api("GET", f"/devices/{device_id}")["attributes"]["mac_address"]
