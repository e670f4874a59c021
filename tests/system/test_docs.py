# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of the modules says is true: the examples run."""

from __future__ import annotations

import importlib
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
    variables = {"imp_device_id": service.running.devices[0]}
    examples = [
        (
            task["name"],
            key,
            options,
            {**{word: value for word, value in task.items() if word not in ("name", key)}, "vars": variables},
        )
        for task in yaml.safe_load(document.EXAMPLES)
        for key, options in task.items()
        if key.startswith("electricimp.impcentral.")
    ]
    run = playbooks.run(*PRELUDE, *examples)
    assert len(examples) >= 2
    for name, *_rest in examples:
        assert run.results[name]["status"] == "ok", run.results[name]
