# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: what it makes, that its second run writes nothing, and that no single fault on its way does harm."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.system.runner import Playbooks, Run
from tests.system.service import Service

DEMO = Path(__file__).parents[2] / "playbooks" / "demo"
GROUPS = {
    "Fixtures": "pre_factoryfixture_devicegroup",
    "Pilot customers": "pre_production_devicegroup",
    "Test line": "pre_dut_devicegroup",
    "Workbench": "development_devicegroup",
}
STRIDE = 4


def demo(playbooks: Playbooks, service: Service, *arguments: str, devices: int = 1) -> Run:
    folder = playbooks.folder / "demo"
    if not folder.exists():
        shutil.copytree(DEMO, folder)
    keys = ",".join(service.running.devices[:devices])
    return playbooks.play(folder / "site.yml", *arguments, IMPCENTRAL_DEMO_DEVICES=keys)


def hold_fleet(service: Service, devices: int = 1) -> None:
    """Assert that everything is there, and once."""
    assert service.names("products") == ["Kitchen sensors"]
    assert {row["name"]: row["type"] for row in service.rows("device_groups")} == GROUPS
    assert len(service.rows("device_groups")) == len(GROUPS)
    assert len(service.rows("webhooks")) == 1
    deployments = service.rows("deployments")
    assert len(deployments) == 2 and len({row["sha"] for row in deployments}) == 1
    workbench = next(row["id"] for row in service.rows("device_groups") if row["name"] == "Workbench")
    named = {row["name"]: row["group_id"] for row in service.rows("devices") if row["name"]}
    assert named == {f"sensor-{n + 1:02}": workbench for n in range(devices)}


def test_two_runs_and_a_preview(playbooks: Playbooks, service: Service) -> None:
    more = len(service.running.devices)
    preview = demo(playbooks, service, "--check", "--diff", devices=more)
    assert preview.code == 0 and service.writes() == []
    first = demo(playbooks, service, devices=more)
    assert first.code == 0 and service.writes()
    assert {name: result["changed"] for name, result in preview.results.items()} == {
        name: result["changed"] for name, result in first.results.items()
    }
    second = demo(playbooks, service, devices=more)
    assert second.code == 0 and service.writes() == []
    assert not any(result["changed"] for result in second.results.values())
    hold_fleet(service, devices=10)  # it takes ten at most


@pytest.mark.parametrize("first", range(STRIDE))
@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset_after"}], ids=["503", "reset"])
def test_a_fault_at_any_request(playbooks: Playbooks, service: Service, fault: dict[str, Any], first: int) -> None:
    demo(playbooks, service)
    requests = list(enumerate(service.requests(), 1))
    assert len(requests) > 30
    if fault["kind"] == "reset_after":
        # A reading request takes no effect, so losing its answer is no other case than its refusal.
        requests = [(nth, request) for nth, request in requests if not request.startswith("GET ")]
    for nth, request in requests[first::STRIDE]:
        service.reset()
        service.fault(**fault, nth=nth)
        run = demo(playbooks, service)
        assert service.struck() == 1
        if run.code:
            run = demo(playbooks, service)
        assert run.code == 0, f"{nth}, {request}: {run.output}"
        hold_fleet(service)


def test_the_devices_are_hosts_and_a_rollout_trips_and_then_goes_through(
    playbooks: Playbooks, service: Service
) -> None:
    assert demo(playbooks, service, devices=3).code == 0
    folder = playbooks.folder / "demo"
    looked = playbooks.play(folder / "devices.yml", "-i", str(folder / "imp_devices.yml"))
    assert looked.code == 0
    assert all(f"sensor-0{number}, imp" in looked.output for number in (1, 2, 3)), looked.output
    report = playbooks.folder / "report"
    quick = ("-e", "rollout_soak=0.5")
    rolled = playbooks.play(folder / "rollout.yml", *quick, IMPCENTRAL_DEMO_REPORT=str(report))
    assert rolled.code == 0, rolled.output
    assert (report / "broken" / "failed.limit").read_text().split() == [service.running.devices[0]]
    tags = [
        sorted(row["tags"] if isinstance(row["tags"], list) else json.loads(row["tags"]))
        for row in service.rows("deployments")
    ]
    assert tags.count(["rollout-completed", "rollout-started"]) == 2 and ["rollout-failed", "rollout-started"] in tags
    assert "completed" in (report / "better" / "report.html").read_text()
