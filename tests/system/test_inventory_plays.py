# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory source beside others and in plays: refreshed, vaulted, strict, and text that expressions made."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.system.runner import Playbooks
from tests.system.service import Service
from tests.system.test_inventory import Fleet


@pytest.fixture
def fleet(service: Service, playbooks: Playbooks) -> Fleet:
    return Fleet(service, playbooks)


def test_a_refreshed_inventory_shows_what_the_play_has_changed(fleet: Fleet) -> None:
    tasks: list[dict[str, Any]] = [
        {"electricimp.impcentral.imp_device": {"device": fleet.devices[1], "name": "stove"}},
        {"meta": "refresh_inventory"},
        {"name": "known", "ansible.builtin.debug": {"msg": "{{ groups['device_group_kitchen__sold'] | sort }}"}},
    ]
    book = fleet.folder / "book.yml"
    book.write_text(
        yaml.safe_dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}])
    )
    run = fleet.playbooks.play(book, "-i", str(fleet.write()))
    assert "stove" in run.results["known"]["msg"] and "oven" not in run.results["known"]["msg"], run.output


def test_a_vaulted_login_key(fleet: Fleet) -> None:
    key = fleet.playbooks.environment.pop("IMPCENTRAL_LOGIN_KEY")
    (fleet.folder / "vault").write_text("word of tests")
    vault = ("--vault-password-file", "vault")
    text = fleet.command("encrypt_string", *vault, "--name", "login_key", "--", key, program="ansible-vault")
    path = fleet.write()
    # The message's lines are joined, the vaulted text's must not be.
    head, *body = text.stdout.splitlines()
    path.write_text("\n".join([path.read_text().rstrip(), head, *body, ""]))
    done = fleet.command("-i", str(path), "--list", *vault)
    assert len(json.loads(done.stdout)["_meta"]["hostvars"]) == 10, done.stderr


def test_a_strict_source_whose_expression_fails_leaves_nothing_but_what_others_said(fleet: Fleet) -> None:
    (fleet.folder / "static.ini").write_text("oven room=pantry\n")
    options: dict[str, Any] = {"compose": {"short": "imp_name | length"}, "strict": True}  # one device has no name
    sources = ("-i", "static.ini", "-i", str(fleet.write(**options)))
    done = fleet.command(*sources, "--list")
    hosts = json.loads(done.stdout)["_meta"]["hostvars"]
    assert list(hosts) == ["oven"] and "short" in done.stderr, done.stderr
    done = fleet.command("-i", "static.ini", "-i", str(fleet.write()), "--list")
    oven = json.loads(done.stdout)["_meta"]["hostvars"]["oven"]
    assert oven["room"] == "pantry" and oven["imp_name"] == "oven"


def test_composed_text_is_plain_and_not_evaluated(fleet: Fleet) -> None:
    options: dict[str, Any] = {"compose": {"title": "imp_product ~ ': ' ~ imp_name", "weak": "imp_rssi < -80"}}
    hosts = fleet.listed(**options)["_meta"]["hostvars"]
    assert hosts["oven"]["title"] == "kitchen: oven" and hosts["oven"]["weak"] is False
    book = fleet.folder / "book.yml"
    tasks = [{"name": "title", "ansible.builtin.debug": {"var": "title"}}]
    book.write_text(yaml.safe_dump([{"hosts": "___1___1___", "gather_facts": False, "tasks": tasks}]))
    run = fleet.playbooks.play(book, "-i", str(fleet.write(**options)))
    assert run.results["title"]["title"] == "kitchen: {{ 1 + 1 }}", run.output
