# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which Ansible runs a task: keywords, defaults, loops, retries, vaults, variables of the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import CONNECTION_SPEC
from tests.system.runner import Playbooks, Task
from tests.system.service import Service

# Anything that needs no rights: the tests run as the user that a task becomes.
BECOME = {"become": True, "become_method": "su", "become_user": "root"}


@pytest.fixture
def key(playbooks: Playbooks, service: Service) -> str:
    """A login key, and no credentials in the environment."""
    secret = service.login_key()
    playbooks.environment |= {"IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
    playbooks.secrets.add(secret)
    return secret


def product(task: str, /, keywords: dict[str, Any] | None = None, **options: Any) -> Task:
    return task, "imp_product", {"name": "kitchen", **options}, keywords or {}


def test_credentials_from_the_environment_of_a_task(playbooks: Playbooks, key: str) -> None:
    environment = {"environment": {"IMPCENTRAL_LOGIN_KEY": key}}
    run = playbooks.run(
        product("none"),
        product("inside", environment),
        product("elsewhere", {**environment, "connection": "twin"}),
        product("later", {**environment, "async": 30, "poll": 1}),
        product("none again"),
    )
    assert {name: result["status"] for name, result in run.results.items()} == {
        **dict.fromkeys(("none", "none again"), "failed"),
        **dict.fromkeys(("inside", "elsewhere", "later"), "ok"),
    }


def test_empty_variables_and_empty_options_count_as_unset(playbooks: Playbooks, service: Service, key: str) -> None:
    playbooks.environment |= {f"IMPCENTRAL_{name.upper()}": "" for name in CONNECTION_SPEC}
    playbooks.environment |= {"IMPCENTRAL_ENDPOINT": service.running.endpoint, "IMPCENTRAL_LOGIN_KEY": key}
    empty: dict[str, Any] = dict.fromkeys(CONNECTION_SPEC, "")
    run = playbooks.run(
        product("variables"), product("options", **empty), product("elsewhere", {"connection": "twin"}, **empty)
    )
    assert [result["status"] for result in run.results.values()] == ["ok"] * 3, run.output
    assert run.results["variables"]["changed"] is True and run.results["options"]["changed"] is False


def test_defaults_of_the_action_group(playbooks: Playbooks, key: str) -> None:
    defaults = {"module_defaults": {"group/electricimp.impcentral.impcentral": {"login_key": key}}}
    run = playbooks.run(product("inside", defaults), product("elsewhere", {**defaults, "connection": "twin"}))
    assert [result["status"] for result in run.results.values()] == ["ok", "ok"], run.output


def test_become_and_delegation(playbooks: Playbooks) -> None:
    playbooks.environment["ANSIBLE_BECOME_ALLOW_SAME_USER"] = "true"
    run = playbooks.run(
        product("become", BECOME),
        product("delegated", {"delegate_to": "elsewhere", "vars": {"ansible_connection": "twin"}}),
        product("delegated here", {"delegate_to": "localhost"}),
    )
    assert [result["status"] for result in run.results.values()] == ["ok"] * 3, run.output


def test_items_of_a_loop_share_readings_but_see_what_was_written(playbooks: Playbooks) -> None:
    loop = {"loop": ["present", "present", "absent", "present", "present"]}
    run = playbooks.run(product("loop", loop, state="{{ item }}"))
    changed = [item["changed"] for item in run.results["loop"]["results"]]
    assert changed == [True, False, True, True, False]
    again = playbooks.run(product("again", {"loop": [1, 2, 3]}))
    assert len([request for request in again.requests["again"] if "/products" in request]) == 1


def test_each_retry_reads_afresh(playbooks: Playbooks, service: Service) -> None:
    device = service.running.devices[0]
    until = {"until": "false", "retries": 2, "delay": 0}
    run = playbooks.run(("retries", "imp_device", {"device": device}, until))
    read = [request for request in run.requests["retries"] if request == f"GET /v5/devices/{device}"]
    assert len(read) == 3


def test_vaulted_values_and_a_vaulted_file(playbooks: Playbooks, service: Service, key: str) -> None:
    folder = playbooks.folder
    (folder / "word").write_text("vault-word-of-tests\n")
    (folder / "vars.yml").write_text(f"secret_key: {vaulted(folder, key)}\n")
    (folder / "code.nut").write_text("// vaulted\n")
    vault(folder, "encrypt", str(folder / "code.nut"))
    files = ("--extra-vars", "@vars.yml", "--vault-password-file", "word", "-vvvv")
    group = {"product": "kitchen", "device_group": "a"}
    tasks = [
        product("inside", login_key="{{ secret_key }}"),
        product("elsewhere", {"connection": "twin"}, login_key="{{ secret_key }}"),
        ("group", "imp_device_group", {"product": "kitchen", "name": "a", "login_key": "{{ secret_key }}"}),
        ("code", "imp_deployment", {**group, "device_code_file": "code.nut", "login_key": "{{ secret_key }}"}),
    ]
    run = playbooks.run(*tasks, arguments=files)
    assert [result["status"] for result in run.results.values()] == ["ok"] * 4, run.output
    deployment = service.api("GET", f"/deployments/{run.results['code']['deployment']['id']}")
    assert deployment["attributes"]["device_code"] == "// vaulted\n"


def vault(folder: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("ansible-vault")), *arguments, "--vault-password-file", "word"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout


def vaulted(folder: Path, secret: str) -> str:
    return vault(folder, "encrypt_string", secret)


def test_no_secret_is_told_however_wrong_the_task(playbooks: Playbooks, service: Service) -> None:
    secrets = {name: f"s3cret-{name}" for name in ("env", "url", "password", "key", "unbond", "token", "code")}
    playbooks.secrets |= set(secrets.values())
    url = f"https://me:{secrets['url']}@hooks.example.com/"
    group = {"product": "kitchen", "name": "a"}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("imp_device_group", {**group, "env_vars": [secrets["env"]]}),
        ("imp_device_group", {**group, "env_vars": secrets["env"]}),
        ("imp_device_group", {**group, "env_vars": f"a={secrets['env']}", "force": "perhaps"}),
        ("imp_device_group", {**group, "env_vars": {"a": secrets["env"]}, "colour": "red"}),
        ("imp_device_group", {**group, "env_vars": {"a": {"b": secrets["env"]}}}),
        ("imp_device_group", {**group, "env_vars": {"a": secrets["env"]}, "type": "none"}),
        ("imp_device_group", {**group, "env_vars": {"a": secrets["env"]}, "unbond_key": [secrets["unbond"]]}),
        ("imp_device_group", {**group, "env_vars": {"a": secrets["env"] + "x" * 16000}}),
        ("imp_webhook", {"url": url, "colour": "red"}),
        ("imp_webhook", {"url": [url]}),
        ("imp_webhook", {"url": {"a": url}, "event": "none"}),
        ("imp_product", {"name": "kitchen", "password": secrets["password"]}),
        ("imp_product", {"name": "kitchen", "login_key": secrets["key"], "access_token": secrets["token"]}),
        ("imp_product", {"name": "kitchen", "login_key": {"a": secrets["key"]}}),
        ("imp_deployment", {"device_code": [secrets["code"]], "agent_code": secrets["code"], "colour": "red"}),
        ("imp_deployment", {"device_code": {"a": secrets["code"]}}),
    ]
    for connection in ("local", "twin"):
        tasks = [
            (f"{number} {connection}", module, options, {"connection": connection, "diff": True})
            for number, (module, options) in enumerate(wrong)
        ]
        run = playbooks.run(*tasks, arguments=("-vvvv",))
        assert {result["status"] for result in run.results.values()} == {"failed"}


def test_what_the_service_says_is_masked(playbooks: Playbooks, service: Service) -> None:
    playbooks.secrets |= {"s3cret-value", "s3cret-url"}
    playbooks.run(product("product"), ("group", "imp_device_group", {"product": "kitchen", "name": "a"}))
    errors = [
        {"status": "400", "code": "VX000", "title": "Invalid", "detail": "not s3cret-value, http://a:s3cret-url@b"}
    ]
    for method in ("POST", "PATCH"):
        service.fault("status", method=method, path="/devicegroups", status=400, body={"errors": errors})
    run = playbooks.run(
        ("create", "imp_device_group", {"product": "kitchen", "name": "b", "env_vars": {"a": "s3cret-value"}}),
        ("change", "imp_device_group", {"product": "kitchen", "name": "a", "env_vars": {"a": "s3cret-value"}}),
    )
    for result in run.results.values():
        assert result["status"] == "failed" and "not ********, http://********@b" in result["msg"], result
