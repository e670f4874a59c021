# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation says is true: the examples run, and the demo converges whatever fails on its way."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest
import yaml

from tests.system.runner import Playbooks
from tests.system.service import Service

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("imp_*.py"))
PRELUDE = [
    ("prelude: product", "imp_product", {"name": "kitchen"}),
    ("prelude: sensors", "imp_device_group", {"product": "kitchen", "name": "sensors"}),
    ("prelude: canaries", "imp_device_group", {"product": "kitchen", "name": "canaries"}),
    (
        "prelude: code",
        "imp_deployment",
        {"product": "kitchen", "device_group": "sensors", "agent_code": "local a = 1;"},
    ),
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(playbooks: Playbooks, service: Service, module: str) -> None:
    document = importlib.import_module(f"ansible_collections.electricimp.impcentral.plugins.modules.{module}")
    variables = {"vars": {"imp_device_id": service.running.devices[0]}}
    examples = [
        (task["name"], key, options, variables)
        for task in yaml.safe_load(document.EXAMPLES)
        for key, options in task.items()
        if key.startswith("electricimp.impcentral.")
    ]
    run = playbooks.run(*PRELUDE, *examples)
    assert len(examples) >= 2
    for name, *_rest in examples:
        assert run.results[name]["status"] == "ok", run.results[name]


@pytest.mark.parametrize("kind", ["status", "reset_after", "reset_before"])
def test_the_demo_converges_though_every_fourth_request_fails(
    playbooks: Playbooks, service: Service, tmp_path: Path, kind: str
) -> None:
    demo = tmp_path / "demo"
    shutil.copytree(ROOT / "playbooks" / "demo", demo)
    devices = ",".join(service.running.devices[:3])
    fault = {"kind": kind, **({"status": 503} if kind == "status" else {})}
    # Every fourth request: listings, creations, changes and assignments are among them.
    service.admin("POST", "/faults", json={"faults": [{**fault, "nth": nth} for nth in range(2, 120, 4)]})
    playbooks.play(demo / "site.yml", IMPCENTRAL_DEMO_DEVICES=devices)
    service.admin("DELETE", "/faults")
    playbooks.play(demo / "site.yml", IMPCENTRAL_DEMO_DEVICES=devices)
    service.admin("DELETE", "/journal")
    last = playbooks.play(demo / "site.yml", IMPCENTRAL_DEMO_DEVICES=devices)
    assert last.code == 0, last.output
    assert "changed=0" in last.output
    counts = service.admin("GET", "/state")["counts"]
    assert (counts["products"], counts["device_groups"], counts["webhooks"]) == (1, 4, 1), counts
    assert counts["deployments"] == 2, counts
