# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task returns the same whether it runs in the controller's process or as a normal module elsewhere."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import CONNECTION_SPEC
from tests.system.parity_cases import CASES, HELLO, Case
from tests.system.runner import Playbooks, Run
from tests.system.service import Service

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins" / "modules").glob("imp_*.py"))
STAGES: dict[str, dict[str, Any]] = {
    "foreseen": {"check_mode": True, "diff": True},
    "real": {"diff": True},
    "again": {},
    "hidden": {"no_log": True},
}
SILENT = {"imp_report"}  # it sends no request
HIDDEN = 4  # every fourth case also runs with no_log: successes and failures are among them
# What no two runs share: each has its own ids, and its own time.
_ID = re.compile(r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16})\b")
_OF_A_SECRET = re.compile(r'(?<="access_token": ")[^"]+|(?<="fingerprint": ")[0-9a-f]{4}|(?<=\*{8})[0-9a-f]{4}\b')
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z")
_AGE = re.compile(r"\d+ min ago")
# Elsewhere each task signs in by itself.
_USAGES = re.compile(r'(?<="usages": )\d+')
_SECONDS = re.compile(r'(?<="seconds": )[\d.]+')
_FINGERPRINT_OF_KEY = re.compile(r'(?<="fingerprint": ")\w{4}')
_FINGERPRINT_OF_GROUP = re.compile(r"\benv-[0-9a-f]{12}\b")
# Elsewhere each task signs in by itself, so each warns.
_PASSWORD_WARNING = "Each sign-in with a password"


def _stage(service: Service, folder: Path) -> None:
    """Make what the cases stand on."""

    def add(path: str, kind: str, name: str, **relationships: tuple[str, str]) -> tuple[str, str]:
        related = {key: {"type": of, "id": one} for key, (of, one) in relationships.items()}
        data = {"type": kind, "attributes": {"name": name}, "relationships": related}
        return kind, service.api("POST", path, data)["id"]

    service.reset()
    kitchen = add("/products", "product", "kitchen")
    for name in "ab":
        add("/devicegroups", "development_devicegroup", name, product=kitchen)
    _kind, sold = add("/devicegroups", "production_devicegroup", "sold", product=kitchen)
    for device in service.running.devices[2:4]:
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": sold})
    for device in service.running.devices[4:6]:
        service.admin("PATCH", f"/devices/{device}", json={"name": "twin"})
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / "device.nut").write_text(f"{HELLO}// {{{{ not a template }}}}\r\n", newline="")
    (folder / "files" / "agent.nut").write_text("")


def _run(playbooks: Playbooks, service: Service, module: str, **where: str) -> tuple[list[Case], Run]:
    if module != "imp_product":
        _stage(service, playbooks.folder)
    else:
        service.reset()
    cases = CASES[module](service, playbooks.folder)
    key = service.login_key()
    (playbooks.folder / "auth.json").write_text(json.dumps({"loginKey": key}))
    playbooks.environment |= {"IMPCENTRAL_LOGIN_KEY": key, "IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
    playbooks.environment["PYTHONHASHSEED"] = "0"  # some of Ansible's messages list a set
    playbooks.secrets |= {key, "url-password", service.running.unbond_key}
    tasks = []
    for number, (name, options) in enumerate(cases):
        for stage, keywords in STAGES.items():
            if stage == "hidden" and number % HIDDEN:
                continue
            task = {**keywords, **where}
            if stage == "real":
                task["register"] = name.replace(" ", "_")
            tasks.append((f"{name}, {stage}", module, options, task))
    return cases, playbooks.run(*tasks)


def _comparable(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return results with ids and times by the order of their appearance."""
    seen: dict[str, str] = {}
    text = _TIME.sub("TIME", _AGE.sub("AGE", json.dumps(results, sort_keys=True)))
    text = _OF_A_SECRET.sub("PART", text)
    text = _ID.sub(lambda found: seen.setdefault(found.group(), f"ID {len(seen)}"), text)
    text = _SECONDS.sub("0", text)
    text = _USAGES.sub("0", _FINGERPRINT_OF_KEY.sub("LAST", text))
    text = _FINGERPRINT_OF_GROUP.sub("env-TAG", text)
    comparable = json.loads(text)
    for result in comparable.values():
        warnings = [one for one in result.pop("warnings", []) if not one.startswith(_PASSWORD_WARNING)]
        if warnings:
            result["warnings"] = warnings
    return comparable


@pytest.mark.parametrize("module", MODULES)
def test_both_ways_return_the_same(playbooks: Playbooks, service: Service, module: str) -> None:
    _cases, inside = _run(playbooks, service, module)
    cases, elsewhere = _run(playbooks, service, module, connection="twin")
    # A task elsewhere signs in by itself: this proves that the two ways are two.
    first = f"{cases[0][0]}, again"
    signing_in = [any("/auth" in request for request in run.requests[first]) for run in (inside, elsewhere)]
    assert signing_in == [False, module not in SILENT]
    ours, theirs = _comparable(inside.results), _comparable(elsewhere.results)
    assert ours.keys() == theirs.keys()
    for name, result in ours.items():
        assert result == theirs[name], name
    for name, _options in cases:
        result = ours[f"{name}, real"]
        written = bool(inside.writes(f"{name}, real") or result.get("files"))
        assert result["status"] == "failed" or result["changed"] is written
    assert all("censored" in ours[f"{name}, hidden"] for name, _options in cases[::HIDDEN])
    for result in ours.values():
        assert result["status"] == "failed" or "censored" in result or result["invocation"]["module_args"]


@pytest.mark.parametrize("module", MODULES)
def test_every_option_is_in_some_case(service: Service, tmp_path: Path, module: str) -> None:
    spec = importlib.import_module(f"ansible_collections.electricimp.impcentral.plugins.modules.{module}").ARGUMENT_SPEC
    _stage(service, tmp_path)
    used = {option for _name, options in CASES[module](service, tmp_path) for option in options}
    assert spec.keys() - used == set()
    if module == "imp_product":
        assert CONNECTION_SPEC.keys() - used == set()


def test_a_normal_module_on_the_controller_gets_the_token_of_the_run(playbooks: Playbooks, service: Service) -> None:
    later = {"async": 60, "poll": 1}
    run = playbooks.run(
        ("inside", "imp_product", {"name": "kitchen"}),
        ("later", "imp_product", {"name": "kitchen", "description": "new"}, later),
        ("wrong", "imp_product", {"name": "x" * 81}, later),
    )
    assert run.results["later"]["status"] == "ok", run.results["later"]
    assert run.results["later"]["changed"] is True and run.results["later"]["product"]["description"] == "new"
    assert "1 to 80 characters" in run.results["wrong"]["msg"]
    assert _sign_ins(run) == ["POST /v5/auth"]


def test_a_task_that_becomes_somebody_else_gets_the_token_of_the_run(playbooks: Playbooks, tmp_path: Path) -> None:
    become = tmp_path / "become"
    become.write_text('#!/bin/sh\ntouch "$0.used"\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n')
    become.chmod(0o755)
    playbooks.environment["ANSIBLE_BECOME_ALLOW_SAME_USER"] = "true"  # before 2.18 nobody becomes what he is
    other = {"become": True, "vars": {"ansible_become_exe": str(become), "ansible_become_flags": ""}}
    run = playbooks.run(
        ("inside", "imp_product", {"name": "kitchen"}),
        ("other", "imp_product", {"name": "kitchen", "description": "new"}, other),
        ("missing", "imp_product", {"id": "00000000-0000-0000-0000-000000000000"}, other),
        ANSIBLE_BECOME_ALLOW_SAME_USER="true",  # else nobody becomes root who is root
    )
    assert run.results["other"]["status"] == "ok", run.results["other"]
    assert (tmp_path / "become.used").exists()
    assert run.results["other"]["product"]["description"] == "new"
    assert "there is no product" in run.results["missing"]["msg"]
    assert _sign_ins(run) == ["POST /v5/auth"]


def _sign_ins(run: Run) -> list[str]:
    return [request for requests in run.requests.values() for request in requests if "/auth" in request]
