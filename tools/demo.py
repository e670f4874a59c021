# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo on a local impCentral (`make demo`): a fleet declared twice, its devices as hosts, new firmware in stages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.request import Request, urlopen

import impcentral_emulator
from tools.environment import CHECKOUT

DEVICES = 20
FOLDER = "playbooks/demo"
INVENTORY = ["-i", f"{FOLDER}/imp_devices.yml"]
REPORT = CHECKOUT / ".lab" / "demo"
_READING = ("GET", "HEAD")


def run(environ: Mapping[str, str], *command: str) -> str:
    """Run a command of Ansible, show its output and return it; one that fails ends the demo."""
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    if process.wait() != 0:
        sys.exit(f"demo: {command[0]} failed with code {process.returncode}")
    return "".join(lines)


def play(environ: Mapping[str, str], name: str, *arguments: str) -> str:
    """Run a playbook of the demo."""
    return run(environ, "ansible-playbook", *arguments, f"{FOLDER}/{name}.yml")


def changed(output: str) -> int:
    """Return how many tasks of a playbook's recap changed something, over all hosts."""
    recap = output.rpartition("PLAY RECAP")[2]
    counts = re.findall(r"\bchanged=(\d+)", recap)
    if not counts:
        sys.exit("demo: ansible-playbook printed no recap")
    return sum(map(int, counts))


def writing_requests(journal: Iterable[Mapping[str, Any]]) -> int:
    """Count the journal's requests that could have changed something; signing in is none."""
    return sum(entry["method"] not in _READING and "/auth" not in entry["path"] for entry in journal)


def _administration(url: str, method: str) -> Any:
    with urlopen(Request(url, method=method), timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def main() -> int:
    """Run the demo; return 0 if its second run changed nothing and sent no writing request, and all of it went well."""
    with impcentral_emulator.start(devices=DEVICES) as service:
        journal = f"{service.admin}/journal"
        environ = {
            **os.environ,
            "IMPCENTRAL_ENDPOINT": service.endpoint,
            "IMPCENTRAL_USERNAME": service.username,
            "IMPCENTRAL_PASSWORD": service.password,
            # The playbook runs on localhost and needs no inventory: no warnings about that.
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            # What a real fleet's inventory would say: which devices the play may use.
            "IMPCENTRAL_DEMO_DEVICES": ",".join(service.devices),
            "IMPCENTRAL_DEMO_REPORT": str(REPORT),
        }
        print(f"demo: an emulator with {DEVICES} devices at {service.endpoint}; first run", flush=True)
        first = changed(play(environ, "site"))
        if not first:
            sys.exit("demo: the first run changed nothing, so a second one would prove nothing")
        print(f"demo: first run: changed={first}\ndemo: second run", flush=True)
        _administration(journal, "DELETE")
        second = changed(play(environ, "site"))
        written = writing_requests(_administration(journal, "GET"))
        print(f"demo: second run: changed={second}, writing requests={written}", flush=True)
        if second or written:
            return 1
        print("demo: the same devices as hosts", flush=True)
        run(environ, "ansible-inventory", *INVENTORY, "--graph")
        play(environ, "devices", *INVENTORY)
        print("demo: a rollout that trips on its canary and is rolled back, then the mended build", flush=True)
        play(environ, "rollout")
    print(f"demo: reports of the rollouts: {REPORT}/broken/report.html, {REPORT}/better/report.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
