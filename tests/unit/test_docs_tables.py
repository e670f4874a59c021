# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables and lists of the documentation say what the code says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.electricimp.impcentral.plugins.doc_fragments import controller
from ansible_collections.electricimp.impcentral.plugins.inventory import imp_devices
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import CONNECTION_SPEC
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import DEFAULT_ENDPOINT

COLLECTION = Path(__file__).resolve().parents[2]
GUIDES = COLLECTION / "docs" / "docsite" / "rst"
README = (COLLECTION / "README.md").read_text()

Row = tuple[str, str, Any]


def _rows_of_readme() -> list[Row]:
    cells = re.findall(r"^\| `(\w+)` \| `(IMPCENTRAL_\w+)` \| (?:`(.*?)` )?\|", README, re.MULTILINE)
    return [(option, variable, yaml.safe_load(default)) for option, variable, default in cells]


def _rows_of_guide() -> list[Row]:
    pattern = r"^   \* - ``(\w+)``\n     - ``(IMPCENTRAL_\w+)``\n     -(?: ``(.*)``)?\n"
    cells = re.findall(pattern, (GUIDES / "guide_start.rst").read_text(), re.MULTILINE)
    return [(option, variable, yaml.safe_load(default)) for option, variable, default in cells]


def _rows_of_code() -> list[Row]:
    return [
        # Credentials have no fallback in the specification; their variables are named in the same way.
        (option, spec.get("fallback", (None, [f"IMPCENTRAL_{option.upper()}"]))[1][0], spec.get("default"))
        for option, spec in CONNECTION_SPEC.items()
    ]


@pytest.mark.parametrize("rows", [_rows_of_readme, _rows_of_guide])
def test_the_table_of_options_is_that_of_the_code(rows: Any) -> None:
    # The client, not the specification, knows the default endpoint: an auth_file may name another.
    expected = [
        (option, variable, DEFAULT_ENDPOINT if option == "endpoint" else default)
        for option, variable, default in _rows_of_code()
    ]
    assert rows() == expected


def test_the_inventory_has_the_options_and_variables_of_the_modules() -> None:
    documented: dict[str, Any] = {}
    for text in (controller.ModuleDocFragment.DOCUMENTATION, imp_devices.DOCUMENTATION):
        documented.update(yaml.safe_load(text)["options"])
    rows = [
        (
            name,
            [one["name"] for one in documented[name]["env"]],
            yaml.safe_load(str(documented[name].get("default", ""))),
        )
        for name in CONNECTION_SPEC
    ]
    assert rows == [(option, [variable], default) for option, variable, default in _rows_of_code()]


def test_the_readme_lists_every_module() -> None:
    listed = re.findall(r"^\| `(imp_\w+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("imp_*.py"))


def test_every_guide_is_in_the_table_of_contents_and_in_the_readme() -> None:
    sections = yaml.safe_load((COLLECTION / "docs" / "docsite" / "extra-docs.yml").read_text())["sections"]
    guides = sorted(path.stem for path in GUIDES.glob("*.rst"))
    assert sorted(name for section in sections for name in section["toctree"]) == guides
    assert sorted(re.findall(r"\(docs/docsite/rst/(\w+)\.rst\)", README)) == guides


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_linked_files_and_make_targets_exist(name: str) -> None:
    text = (COLLECTION / name).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (COLLECTION / link).exists()] == []
    # Targets are named in code: `make demo`, or at the start of a line of a code block.
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert named and named <= set(re.findall(r"^([a-z]+):", (COLLECTION / "Makefile").read_text(), re.MULTILINE))


def test_the_floors_of_the_engine_are_as_contributing_says() -> None:
    folder = COLLECTION / "plugins" / "module_utils"
    text = (COLLECTION / "CONTRIBUTING.md").read_text()
    floors = re.findall(r"`(\w+)`", text.split("in this order: ", 1)[1].split(".\n", 1)[0])
    assert sorted(floors) == sorted(path.stem for path in folder.glob("*.py")), "CONTRIBUTING names each file once"
    for number, name in enumerate(floors):
        source = (folder / f"{name}.py").read_text()
        imported = set(re.findall(r"^from ansible_collections\S+\.module_utils\.(\w+) import", source, re.MULTILINE))
        for names in re.findall(r"^from ansible_collections\S+\.module_utils import ([\w, ]+)$", source, re.MULTILINE):
            imported.update(names.split(", "))
        assert imported <= set(floors[:number]), name
