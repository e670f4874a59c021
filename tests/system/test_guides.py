# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README and the guides show works: their playbooks, their Python, and ``ansible-doc``.

A block of YAML is a playbook or a list of tasks. The blocks of one document run in their order.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.system.runner import Playbooks, Run
from tests.system.service import Service

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
MODULES = sorted(f"electricimp.impcentral.{path.stem}" for path in (ROOT / "plugins" / "modules").glob("imp_*.py"))
# The blocks of these need hosts, or devices that restart each time: tests of their own run them.
INVENTORY = "guide_inventory"
WORKING = ("guide_restart", "guide_rollout")
PROGRAMS = Path(sys.executable).parent
DEVICE = {"mac_address": "0c:2a:69:05:0d:62"}  # the one that the documents speak of


def blocks(document: Path, language: str) -> list[str]:
    """Return the code blocks of a document in one language."""
    text = document.read_text()
    if document.suffix == ".md":
        return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    found = re.findall(rf"^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)", text, re.MULTILINE)
    assert len(found) == text.count(f"code-block:: {language}\n"), f"{document.name} has a block that is indented"
    return [textwrap.dedent(block).strip("\n") + "\n" for block in found]


def documents(language: str) -> list[Path]:
    """Return the documents with blocks in a language."""
    written = (ROOT / "README.md", *sorted(GUIDES.glob("*.rst")))
    return [one for one in written if one.stem not in (INVENTORY, *WORKING) and blocks(one, language)]


def plays(block: str) -> list[dict[str, Any]]:
    """Return a block's plays; tasks alone become one."""
    items = yaml.safe_load(block)
    return items if "hosts" in items[0] else [{"hosts": "localhost", "gather_facts": False, "tasks": items}]


def tasks_of(run: Run) -> dict[str, tuple[str, bool]]:
    """Return what became of each task: its status and whether it changed something."""
    return {name: (result["status"], result.get("changed", False)) for name, result in run.results.items()}


@pytest.mark.parametrize("document", documents("yaml"), ids=lambda one: one.stem)
def test_the_playbooks_do_what_check_mode_foresees_and_pass_an_audit_then(
    playbooks: Playbooks, service: Service, document: Path
) -> None:
    service.admin("POST", "/devices", json={"devices": [DEVICE]})
    shutil.copytree(ROOT / "playbooks" / "demo" / "files", playbooks.folder / "files")
    for number, block in enumerate(blocks(document, "yaml")):
        book = playbooks.folder / f"block{number}.yml"
        book.write_text(json.dumps(plays(block)))
        foreseen = playbooks.play(book, "--check", "--diff", IMPCENTRAL_READ_ONLY="true")
        real = playbooks.play(book)
        audit = playbooks.play(book, IMPCENTRAL_READ_ONLY="true")
        assert real.code == 0, real.output
        assert any(changed for _status, changed in tasks_of(real).values()), block
        assert tasks_of(foreseen) == tasks_of(real), foreseen.output
        assert set(tasks_of(audit).values()) == {("ok", False)}, audit.output
        assert [name for run in (foreseen, audit) for name in run.results if run.writes(name)] == []


@pytest.mark.parametrize("document", documents("python"), ids=lambda one: one.stem)
def test_the_sessions_of_python_run(service: Service, document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = service.running
    for name in ("endpoint", "username", "password"):
        monkeypatch.setenv(f"IMPCENTRAL_{name.upper()}", getattr(running, name))
    sessions = "\n".join(block for block in blocks(document, "python") if block.startswith(">>>"))
    examples = doctest.DocTestParser().get_doctest(sessions, {}, document.stem, str(document), 0)
    told: list[str] = []
    outcome = doctest.DocTestRunner().run(examples, out=told.append)
    assert examples.examples and outcome.failed == 0, "".join(told)


def test_the_tests_for_pytest_pass(tmp_path: Path) -> None:
    document = GUIDES / "guide_emulator.rst"
    tests = [block for block in blocks(document, "python") if not block.startswith(">>>")]
    (tmp_path / "test_site.py").write_text("\n\n".join(tests))
    (tmp_path / "site.yml").write_text(blocks(document, "yaml")[0])
    done = _command(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "test_site.py")
    assert done.returncode == 0, done.stdout
    assert f"{len(tests)} passed" in done.stdout


def test_ansible_doc_shows_every_module(tmp_path: Path) -> None:
    listing = json.loads(_command(tmp_path, "ansible-doc", "-l", "-j", "electricimp.impcentral").stdout)
    assert sorted(listing) == MODULES and all(listing.values())
    shown = json.loads(_command(tmp_path, "ansible-doc", "-t", "module", "-j", *MODULES).stdout)
    assert sorted(shown) == MODULES
    assert all(one["doc"] and one["examples"] and one["return"] for one in shown.values())
    page = _command(tmp_path, "ansible-doc", "-t", "module", MODULES[0])
    assert page.returncode == 0 and "login_key" in page.stdout


@pytest.mark.parametrize(("kind", "name"), [("inventory", "imp_devices"), ("connection", "imp")])
def test_ansible_doc_shows_how_devices_are_hosts(tmp_path: Path, kind: str, name: str) -> None:
    page = _command(tmp_path, "ansible-doc", "-t", kind, f"electricimp.impcentral.{name}")
    assert page.returncode == 0 and not page.stderr, page.stderr
    assert ("login_key" if kind == "inventory" else "remote_addr") in page.stdout


def _command(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this interpreter's environment in a folder that is also its home."""
    return subprocess.run(
        [str(PROGRAMS / program), *arguments],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("IMPCENTRAL_")},
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "ANSIBLE_HOME": str(folder / "ansible"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if program == "pytest" else None,
        text=True,
        check=False,
        timeout=120,
    )
