# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real ``ansible-playbook`` in a folder of its own and reads what each task returned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.system.service import Service, is_write

HERE = Path(__file__).parent
TIMEOUT = 120  # seconds for one run

# (name, module, options) and, as a fourth item, further keywords of the task.
Task = tuple[Any, ...]


class Run(NamedTuple):
    """What a playbook left.

    ``results`` and ``requests`` (``METHOD path`` each) are kept by the task's name; a result also has a ``status``.
    """

    code: int
    output: str
    results: dict[str, dict[str, Any]]
    requests: dict[str, list[str]]

    def writes(self, name: str) -> list[str]:
        """Return the writing requests of a task."""
        return [request for request in self.requests[name] if is_write(request)]


class Playbooks:
    """Runs lists of tasks on localhost. A run whose output holds a traceback or a secret fails the test.

    ``secrets`` are texts that no output may hold; ``environment`` is what every run gets on top of the usual.
    """

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}
        self.secrets = {service.running.password}
        self._service = service

    def run(self, *tasks: Task, arguments: tuple[str, ...] = (), **variables: str) -> Run:
        """Run tasks; a failing one does not end the play."""
        play = [
            {
                "name": name,
                module if "." in module else f"electricimp.impcentral.{module}": options,
                "ignore_errors": True,
                **(keywords[0] if keywords else {}),
            }
            for name, module, options, *keywords in tasks
        ]
        book = self.folder / "play.yml"
        book.write_text(
            json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": play}])
        )
        # A localhost that no inventory names has its connection from a variable, which beats a task's keyword.
        run = self.play(book, "--inventory", "localhost,", *arguments, **variables)
        assert len(run.results) == len(tasks), run.output
        return run

    def play(self, book: Path, *arguments: str, **variables: str) -> Run:
        """Run a playbook file."""
        record = self.folder / "record.jsonl"
        record.write_text("")
        done = self.command("ansible-playbook", *arguments, str(book), RECORD_FILE=str(record), **variables)
        self._hold_clean(record.read_text())
        lines = [json.loads(line) for line in record.read_text().splitlines()]
        return Run(
            done.returncode,
            done.stdout + done.stderr,
            {line["task"]: {**line["result"], "status": line["status"]} for line in lines},
            {line["task"]: line["requests"] for line in lines},
        )

    def command(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs in the folder. :param variables: of the environment."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name(program)), *arguments],
            env=self.environ(**variables),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        self._hold_clean(done.stdout + done.stderr)
        return done

    def _hold_clean(self, told: str) -> None:
        assert "Traceback (most" not in told, told
        for secret in self.secrets:
            place = told.find(secret)
            assert place < 0, f"a secret in {told[max(0, place - 300) : place + 100]}"

    def thrice(self, *tasks: Task) -> Run:
        """Run each task in check mode, then for real, then again, and hold it to what every module promises.

        Check mode and the second run write nothing; check mode foresees whether there is a change, the keys of the
        result and the difference; the second run changes nothing; an error is the same each time, and writes nothing.
        Returns the real runs.
        """
        staged = []
        for name, module, options, *rest in tasks:
            keywords = {"diff": True, **(rest[0] if rest else {})}
            staged += [
                (f"{name}, foreseen", module, options, {**keywords, "check_mode": True}),
                (name, module, options, keywords),
                (f"{name}, again", module, options, keywords),
            ]
        run = self.run(*staged)
        for name, *_rest in tasks:
            _hold(run, name)
        return run

    def environ(self, **variables: str) -> dict[str, str]:
        """Return the environment of a run: ansible-playbook finds what it needs, and nothing of the user's."""
        foreign = ("ANSIBLE_", "IMPCENTRAL_")
        running = self._service.running
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            # These are expanded to the home folder of the user database, whatever HOME says.
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "remote"),
            "ANSIBLE_ASYNC_DIR": str(self.folder / "async"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_INJECT_INVOCATION": "true",  # as every core before 2.21 does
            "ANSIBLE_NOCOLOR": "1",
            "HOME": str(self.folder),
            "RECORD_JOURNAL": f"{running.admin}/journal",
            "IMPCENTRAL_ENDPOINT": running.endpoint,
            "IMPCENTRAL_USERNAME": running.username,
            "IMPCENTRAL_PASSWORD": running.password,
            **self.environment,
            **variables,
        }


def _hold(run: Run, name: str) -> None:
    foreseen, real, again = (run.results[text] for text in (f"{name}, foreseen", name, f"{name}, again"))
    assert run.writes(f"{name}, foreseen") == [] == run.writes(f"{name}, again"), name
    assert foreseen["status"] == real["status"], (name, foreseen, real)
    if real["status"] == "failed":
        assert foreseen["msg"] == real["msg"] and again["status"] == "failed", name
        assert run.writes(name) == [], name
        return
    assert again["status"] == "ok" and again["changed"] is False, (name, again)
    assert foreseen["changed"] is real["changed"] is bool(run.writes(name)), (name, foreseen, real)
    assert real.keys() - foreseen.keys() <= {"warnings"}, name
    for resource in real.keys() & {"product", "device_group", "device", "deployment", "webhook"}:
        if real[resource] is not None:
            assert foreseen[resource].keys() == real[resource].keys(), name
    _foresees(foreseen["diff"], real["diff"], name)


def _foresees(foreseen: dict[str, Any], real: dict[str, Any], name: str) -> None:
    """What check mode says of a difference must come true; null stands for what only the service knows."""
    for side in ("before", "after"):
        assert bool(foreseen[side]) is bool(real[side]), (name, side)
    for key, value in foreseen["after"].items():
        if value is not None:
            assert value == real["after"][key], (name, key)
            assert foreseen["before"].get(key) == real["before"].get(key), (name, key)
