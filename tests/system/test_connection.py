# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are devices: what a task means there, what is refused, and what everything else is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.system.reading import Fleet
from tests.system.runner import Playbooks, Run
from tests.system.service import Service

IMP = "electricimp.impcentral."


class Hosts:
    """Plays over an inventory by hand: ``first``, ``second`` (sensors), ``third`` (sold), and ``loose`` by its name."""

    def __init__(self, service: Service, playbooks: Playbooks) -> None:
        self.service, self.playbooks = service, playbooks
        self.fleet = Fleet(service)
        self.devices = dict(zip(("first", "second", "third", "loose"), service.running.devices[:3], strict=False))
        self.devices["loose"] = service.running.devices[6]
        service.admin("PATCH", f"/devices/{self.devices['loose']}", json={"name": "loose"})
        hosts: dict[str, Any] = {name: {"ansible_host": key} for name, key in self.devices.items() if name != "loose"}
        hosts["loose"] = {}
        variables = {"ansible_connection": f"{IMP}imp", "ansible_facts_modules": []}
        inventory = {"all": {"children": {"devices": {"hosts": hosts, "vars": variables}}}}
        (playbooks.folder / "hosts.json").write_text(json.dumps(inventory))
        # A password would leave refresh tokens behind, with a warning each time.
        key = service.login_key()
        playbooks.environment |= {"IMPCENTRAL_LOGIN_KEY": key, "IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
        playbooks.secrets.add(key)
        service.requests()

    def play(self, hosts: str, *tasks: dict[str, Any], gather_facts: bool = False, **keywords: Any) -> Run:
        """Run tasks on hosts; a failing one does not end the play."""
        play = {
            "hosts": hosts,
            "gather_facts": gather_facts,
            "tasks": [{"ignore_errors": True, **one} for one in tasks],
            **keywords,
        }
        book = self.playbooks.folder / "book.yml"
        book.write_text(json.dumps([play]))
        return self.playbooks.play(book, "-i", "hosts.json")

    def state(self, host: str) -> dict[str, Any]:
        """Return what the service holds of a host's device."""
        return next(one for one in self.service.rows("devices") if one["id"] == self.devices[host])


@pytest.fixture
def hosts(service: Service, playbooks: Playbooks) -> Hosts:
    return Hosts(service, playbooks)


def task(name: str, module: str, /, options: Any = None, **keywords: Any) -> dict[str, Any]:
    return {"name": name, module if "." in module else IMP + module: options, **keywords}


def test_the_host_is_the_device_that_is_meant(hosts: Hosts) -> None:
    run = hosts.play(
        "first",
        task("name", "imp_device", {"name": "fridge"}),
        task("again", "imp_device", {"name": "fridge"}),
        task("read", "imp_device_info"),
        task("log", "imp_device_log_info", {"limit": 1}),
        task("history", "imp_device_history_info"),
        task("restart", "imp_restart"),
    )
    device = hosts.devices["first"]
    assert {name: (one["status"], one["changed"]) for name, one in run.results.items()} == {
        "name": ("ok", True),
        "again": ("ok", False),
        "read": ("ok", False),
        "log": ("ok", False),
        "history": ("ok", False),
        "restart": ("ok", True),
    }
    [read] = run.results["read"]["devices"]
    assert (read["id"], read["name"]) == (device, "fridge") and hosts.state("first")["name"] == "fridge"
    assert {entry["device_id"] for entry in run.results["log"]["logs"]} == {device}
    assert {entry["device_id"] for entry in run.results["history"]["history"]} == {device}
    assert run.results["restart"]["asked"] == [device]
    assert run.writes("restart") == [f"POST /v5/devices/{device}/restart"]


def test_each_host_is_its_own_device(hosts: Hosts) -> None:
    run = hosts.play("devices", task("name", "imp_device", {"name": "called {{ inventory_hostname }}"}))
    assert run.code == 0, run.output
    assert {name: hosts.state(name)["name"] for name in hosts.devices} == {
        name: f"called {name}" for name in hosts.devices
    }
    assert run.output.count("changed: [") == 4


def test_one_sign_in_serves_all_hosts_and_tasks(hosts: Hosts) -> None:
    assert hosts.play("devices", task("a", "imp_device_info"), task("b", "imp_device_info")).code == 0
    assert sum("/auth" in request for request in hosts.service.requests()) == 1


def test_a_host_without_an_address_is_found_by_its_name(hosts: Hosts) -> None:
    [read] = hosts.play("loose", task("read", "imp_device_info")).results["read"]["devices"]
    assert read["id"] == hosts.devices["loose"]


def test_a_device_that_the_task_names_is_the_one(hosts: Hosts) -> None:
    second = hosts.devices["second"]
    run = hosts.play(
        "first",
        task("read", "imp_device_info", {"device": second}),
        task("logs", "imp_device_log_info", {"devices": [second], "limit": 1}, run_once=True),
        task("restart", "imp_restart", {"devices": [second]}),
        task("unassign", "imp_device", {"device": second, "state": "unassigned"}),
        task("delegated", "imp_device_info", delegate_to="third"),
        task("by loop", "imp_device_info", {"device": "{{ item }}"}, loop=[second, hosts.devices["third"]]),
    )
    assert [one["id"] for one in run.results["read"]["devices"]] == [second]
    assert {entry["device_id"] for entry in run.results["logs"]["logs"]} <= {second}
    assert run.results["restart"]["asked"] == [second]
    assert run.results["unassign"]["changed"] and hosts.fleet.group("sensors") not in str(hosts.state("second"))
    assert [one["id"] for one in run.results["delegated"]["devices"]] == [hosts.devices["third"]]
    found = [one["devices"][0]["id"] for one in run.results["by loop"]["results"]]
    assert found == [second, hosts.devices["third"]]


@pytest.mark.parametrize("state", ["unassigned", "absent"])
def test_nothing_is_unassigned_or_removed_that_is_not_named(hosts: Hosts, state: str) -> None:
    options = {"state": state, "force": True}
    run = hosts.play(
        "first",
        task("alone", "imp_device", options),
        task("foreseen", "imp_device", options, check_mode=True),
        task("named", "imp_device", {**options, "device": "{{ ansible_host }}"}, check_mode=True),
    )
    for name in ("alone", "foreseen"):
        assert run.results[name]["status"] == "failed" and f"state={state}" in run.results[name]["msg"]
        assert run.requests[name] == []
    assert run.results["named"]["status"] == "ok" and run.results["named"]["changed"]


ABOUT_NONE = [
    ("imp_product", {"name": "garden"}),
    ("imp_product_info", {}),
    ("imp_device_group", {"product": "kitchen", "name": "new"}),
    ("imp_device_group_members", {"product": "kitchen", "device_group": "sensors", "devices": []}),
    ("imp_deployment", {"product": "kitchen", "device_group": "sensors", "device_code": "// new"}),
    ("imp_deployment_prune", {"product": "kitchen", "keep": 1}),
    ("imp_webhook", {"product": "kitchen", "device_group": "sensors", "event": "blessing", "url": "http://a.b"}),
    ("imp_login_key_info", {}),
    ("imp_restart", {"product": "kitchen", "device_group": "sensors"}),
    ("imp_device_info", {"product": "kitchen"}),
    ("imp_device_info", {"type": "production"}),
    ("imp_device_log_info", {"product": "kitchen", "device_group": "sensors"}),
]


def test_what_is_about_no_device_runs_once_or_not_at_all(hosts: Hosts) -> None:
    tasks = []
    for number, (module, options) in enumerate(ABOUT_NONE):
        tasks += [
            task(f"each {number}", module, options),
            task(f"once {number}", module, options, run_once=True, check_mode=True),
            task(f"delegated {number}", module, options, delegate_to="localhost", check_mode=True),
        ]
    run = hosts.play("first", *tasks)
    for number, (module, _options) in enumerate(ABOUT_NONE):
        refused = run.results[f"each {number}"]
        assert refused["status"] == "failed" and refused["msg"].startswith(f"{module} would do the same"), refused
        assert "run_once" in refused["msg"] and run.requests[f"each {number}"] == []
        for way in ("once", "delegated"):
            allowed = run.results[f"{way} {number}"]
            assert "would do the same" not in allowed.get("msg", ""), allowed


def test_run_once_does_it_once_for_all_hosts(hosts: Hosts) -> None:
    run = hosts.play("devices", task("product", "imp_product", {"name": "garden"}, run_once=True))
    assert run.code == 0 and hosts.service.names("products").count("garden") == 1
    assert len(run.writes("product")) == 1


OTHERS = [
    ("ansible.builtin.command", "reboot"),
    ("ansible.builtin.raw", "reboot"),
    ("ansible.builtin.ping", None),
    ("ansible.builtin.setup", None),
    ("ansible.builtin.copy", {"content": "a", "dest": "never"}),
    ("ansible.builtin.fetch", {"src": "/never", "dest": "never"}),
    ("ansible.builtin.script", "book.yml"),
]


def test_everything_else_is_told_in_one_sentence(hosts: Hosts) -> None:
    run = hosts.play("first", *(task(f"{module} {options}", module, options) for module, options in OTHERS))
    assert len(run.results) == len(OTHERS)
    for result in run.results.values():
        assert result["status"] == "failed", result
        assert f"{hosts.devices['first']} is an imp device: it runs Squirrel" in result["msg"]
        assert result["msg"].endswith("use delegate_to: localhost.")
    assert not (hosts.playbooks.folder / "never").exists()


def test_what_plays_usually_say_does_no_harm(hosts: Hosts) -> None:
    run = hosts.play(
        "first",
        {"meta": "reset_connection"},
        task("read", "imp_device_info"),
        task("here", "ansible.builtin.command", "echo here", delegate_to="localhost", become=False),
        task("wait", "imp_device_info", until="true", retries=2, delay=0),
        gather_facts=True,
        become=True,
    )
    assert run.code == 0 and "ignored=0" in run.output, run.output
    assert run.results["here"]["stdout"] == "here"
    assert [one["id"] for one in run.results["read"]["devices"]] == [hosts.devices["first"]]


def test_async_is_refused(hosts: Hosts) -> None:
    background = {"async": 10, "poll": 1}
    result = hosts.play("first", task("read", "imp_device_info", **background)).results["read"]
    assert result["status"] == "failed" and "async has no use" in result["msg"]


def test_defaults_of_the_action_group_and_environment_hold(hosts: Hosts) -> None:
    key = hosts.playbooks.environment.pop("IMPCENTRAL_LOGIN_KEY")
    defaults = {f"group/{IMP}impcentral": {"login_key": "{{ lookup('ansible.builtin.env', 'MY_KEY') }}"}}
    hosts.playbooks.environment["MY_KEY"] = key
    run = hosts.play("first", task("read", "imp_device_info"), module_defaults=defaults)
    assert run.results["read"]["status"] == "ok", run.output
    run = hosts.play("first", task("read", "imp_device_info"), environment={"IMPCENTRAL_LOGIN_KEY": key})
    assert run.results["read"]["status"] == "ok", run.output


def test_commands_of_the_shell(hosts: Hosts) -> None:
    arguments = ("devices", "-i", "hosts.json", "-m", f"{IMP}imp_device_info")
    # What ansible's own callback prints is all there is to see.
    done = hosts.playbooks.command("ansible", *arguments, "--limit", "first:third", ANSIBLE_CALLBACK_PLUGINS="")
    assert done.returncode == 0, done.stderr
    assert "first | SUCCESS" in done.stdout and "third | SUCCESS" in done.stdout and "second" not in done.stdout
