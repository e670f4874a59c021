# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: HTTP in one file, status codes in one, Ansible's module class in two, files of a readable length."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

COLLECTION = Path(__file__).resolve().parents[2]
PLUGINS = COLLECTION / "plugins"
LONGEST = 500
_SENDERS = {"requests", "urllib3", "http", "socket", "httpx", "urllib"}
_URL_PARTS = {"urllib.parse"}
_CONTROLLER = ("ansible.plugins", "ansible.constants", "ansible.errors", "ansible.parsing", "ansible.utils")


def _sources(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(PLUGINS).as_posix(), ast.parse(path.read_text())


def _imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _starting(names: set[str], *roots: str) -> set[str]:
    return {name for name in names for root in roots if name == root or name.startswith(f"{root}.")}


def test_http_is_spoken_in_one_file() -> None:
    speaking = {
        name
        for name, tree in _sources(PLUGINS)
        if _starting(_imported(tree), *_SENDERS) - _starting(_imported(tree), *_URL_PARTS)
        or "open_url" in ast.dump(tree)
    }
    assert speaking == {"module_utils/_transport.py"}


def test_a_status_code_is_looked_at_in_one_file() -> None:
    def compared(tree: ast.Module) -> Iterator[ast.expr]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                yield from (node.left, *node.comparators)
            elif isinstance(node, ast.MatchValue):
                yield node.value

    def is_status(node: ast.expr) -> bool:
        named = isinstance(node, ast.Attribute) and node.attr in ("status", "status_code")
        number = isinstance(node, ast.Constant) and str(node.value).isdigit() and 200 <= int(str(node.value)) < 600
        return named or number

    looking = {name for name, tree in _sources(PLUGINS) if any(map(is_status, compared(tree)))}
    assert looking == {"module_utils/errors.py"}


def test_the_module_class_of_ansible_is_named_in_two_files() -> None:
    naming = {name for name, tree in _sources(PLUGINS) if any(one.endswith("AnsibleModule") for one in _imported(tree))}
    assert naming == {"module_utils/_module.py"}
    users = {name for name, tree in _sources(PLUGINS) if any(one.endswith("._module.Shell") for one in _imported(tree))}
    assert users == {"plugin_utils/runner.py"}


@pytest.mark.parametrize("folder", ["module_utils", "modules"])
def test_what_runs_elsewhere_imports_nothing_of_the_controller(folder: str) -> None:
    imported = {
        name: _starting(
            _imported(tree), *_CONTROLLER, "ansible_collections.electricimp.impcentral.plugins.plugin_utils"
        )
        for name, tree in _sources(PLUGINS / folder)
    }
    assert {name: names for name, names in imported.items() if names} == {}


def test_a_module_imports_no_other_module_and_its_action_only_it() -> None:
    for name, tree in _sources(PLUGINS / "modules"):
        assert not [one for one in _imported(tree) if ".plugins.modules" in one], name
    for name, tree in _sources(PLUGINS / "action"):
        own = Path(name).stem
        assert [one for one in _imported(tree) if ".plugins.modules" in one] == [
            f"ansible_collections.electricimp.impcentral.plugins.modules.{own}"
        ]


def test_the_emulator_and_the_collection_know_nothing_of_each_other() -> None:
    package = COLLECTION / "emulator" / "impcentral_emulator"
    for path in package.rglob("*.py"):
        assert not _starting(_imported(ast.parse(path.read_text())), "ansible_collections", "ansible"), path.name
    for name, tree in _sources(PLUGINS):
        assert not _starting(_imported(tree), "impcentral_emulator"), name


@pytest.mark.parametrize("folder", ["plugins", "emulator", "tests", "tools"])
def test_no_file_is_too_long_to_read(folder: str) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in (COLLECTION / folder).rglob("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
