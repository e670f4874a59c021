# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role says of its variables is what it does with them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir())


def loaded(role: str, file: str) -> dict[str, Any]:
    return yaml.safe_load((ROLES / role / file).read_text())


def options(role: str) -> dict[str, dict[str, Any]]:
    return loaded(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


@pytest.mark.parametrize("role", NAMES)
def test_defaults_are_those_of_the_argument_specs(role: str) -> None:
    told = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert loaded(role, "defaults/main.yml") == told


@pytest.mark.parametrize("role", NAMES)
def test_every_variable_is_used_and_told_in_the_readme(role: str) -> None:
    tasks = "".join(path.read_text() for folder in ("tasks", "vars") for path in (ROLES / role / folder).glob("*.yml"))
    listed = re.findall(rf"`({role}_\w+)`", (ROLES / role / "README.md").read_text())
    assert set(listed) - {f"{role}_result"} == options(role).keys()
    assert [name for name in options(role) if not re.search(rf"\b{name}\b", tasks)] == []


def test_a_rollout_has_the_variables_of_a_restart() -> None:
    # The target differs, and who is done is known from the deployment; what follows a failure is the role's own.
    own = {"devices", "skip_changed_since", "on_failure"}
    shared = {name.removeprefix("restart_") for name in options("restart")} - own
    for name in shared:
        ours, theirs = options("rollout")[f"rollout_{name}"], options("restart")[f"restart_{name}"]
        assert [ours.get(key) for key in ("type", "elements", "choices", "default")] == [
            theirs.get(key) for key in ("type", "elements", "choices", "default")
        ], name
