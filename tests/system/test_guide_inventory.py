# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to targeting devices is true: its files are written, its commands run, and print what it shows."""

from __future__ import annotations

import os
import re
import subprocess

from tests.system.runner import Playbooks
from tests.system.service import Service
from tests.system.test_guides import DEVICE, GUIDES, INVENTORY, PROGRAMS, blocks

DEVICES = {
    "sensors": [{"name": "fridge", **DEVICE}, {"name": "oven"}],
    "canaries": [{"name": "canary-1"}, {"name": "canary-2", "rssi": -90}],
    "sold": [
        {"name": "sold-1", "device_online": False, "device_state_changed_at": "2026-01-31T08:00:00.000Z"},
    ],
}


def _fleet(service: Service) -> None:
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    for group, devices in DEVICES.items():
        data = {
            "type": "production_devicegroup" if group == "sold" else "development_devicegroup",
            "attributes": {"name": group},
            "relationships": {"product": {"type": "product", "id": product}},
        }
        key = service.api("POST", "/devicegroups", data)["id"]
        service.admin("POST", "/devices", json={"devices": devices, "devicegroup": key})


def _commands(text: str) -> list[tuple[str, list[str]]]:
    """Return each command of a console, with the lines that it is to print."""
    first, *parts = re.split(r"^\$ ", text, flags=re.MULTILINE)
    assert not first
    return [(command, lines) for command, *lines in (part.rstrip().split("\n") for part in parts)]


def test_its_commands_print_what_it_shows(playbooks: Playbooks, service: Service) -> None:
    _fleet(service)
    guide = GUIDES / f"{INVENTORY}.rst"
    for block in blocks(guide, "yaml"):
        name, text = block.split("\n", 1)
        (playbooks.folder / name.removeprefix("# ")).write_text(text)
    environ = playbooks.environ(ANSIBLE_CALLBACK_PLUGINS="")
    environ["PATH"] = f"{PROGRAMS}{os.pathsep}{environ['PATH']}"
    commands = [one for block in blocks(guide, "console") for one in _commands(block)]
    assert len(commands) >= 10
    for command, lines in commands:
        done = subprocess.run(
            command,
            shell=True,
            env=environ,
            cwd=playbooks.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        told = [" ".join(line.split()) for line in done.stdout.splitlines()]
        for line in lines:
            wanted = " ".join(line.split())
            assert any(wanted in one for one in told), f"{command}: {line}\n{done.stdout}{done.stderr}"
