# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection says of itself agrees with what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import USER_AGENT

COLLECTION = Path(__file__).resolve().parents[2]


def _load(name: str) -> Any:
    return yaml.safe_load((COLLECTION / name).read_text())


def _plugins(kind: str) -> list[str]:
    return sorted(path.stem for path in (COLLECTION / "plugins" / kind).glob("imp_*.py"))


def test_the_action_group_covers_every_module() -> None:
    assert sorted(_load("meta/runtime.yml")["action_groups"]["impcentral"]) == _plugins("modules")


def test_every_module_runs_in_process() -> None:
    assert _plugins("action") == _plugins("modules")


def test_the_tarball_leaves_development_out() -> None:
    ignored = _load("galaxy.yml")["build_ignore"]
    generated = [line.rstrip("/") for line in (COLLECTION / ".gitignore").read_text().splitlines() if line[:1] == "."]
    assert generated
    assert set(generated + ["emulator", "tests", "tools", "noxfile.py", "Makefile", ".ci"]) <= set(ignored)


def test_the_service_is_told_the_version() -> None:
    assert USER_AGENT.startswith(f"electricimp.impcentral/{_load('galaxy.yml')['version']} ")
