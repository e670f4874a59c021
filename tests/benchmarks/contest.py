# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes part: the same read of a product four ways, as a loop on localhost and as a task of many hosts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.measure import Cost, timed

INSIDE, MODULE, URI, DEBUG = "imp_product, in-process", "imp_product, module", "uri", "debug"
FORKS = 5

# Each reads another product, so that nothing is answered from what was read before.
_READ = {"electricimp.impcentral.imp_product": {"id": "{{ one }}"}}
TASKS: dict[str, dict[str, Any]] = {
    INSIDE: {**_READ, "connection": "local"},
    MODULE: {**_READ, "connection": "twin"},
    URI: {
        "ansible.builtin.uri": {
            "url": "{{ endpoint }}/products/{{ one }}",
            "headers": {"Authorization": "Bearer {{ token }}"},
        },
        "connection": "local",
    },
    DEBUG: {"ansible.builtin.debug": {"msg": "{{ one }}"}, "connection": "local"},
}


class Course(NamedTuple):
    """How long the two runs are whose difference counts, and how often each is run."""

    small: int
    large: int
    rounds: int


class Contest:
    """Runs the contestants in turn.

    :param folder: for playbooks and inventories. :param environment: of ``ansible-playbook``.
    :param products: ids to read. :param variables: ``endpoint`` and ``token`` for uri.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], products: list[str], variables: Mapping[str, str]
    ) -> None:
        self._folder = folder
        self._environment = {**environment, "ANSIBLE_FORKS": str(FORKS)}
        self._products = products
        self._variables = folder / "variables.json"
        self._variables.touch(mode=0o600)
        self._variables.write_text(json.dumps(dict(variables)))

    def loop(self, name: str, count: int) -> Cost:
        """Read ``count`` products in a loop on localhost."""
        items = {"loop": self._products[:count], "loop_control": {"loop_var": "one"}}
        return self._play(TASKS[name] | items, ["localhost"])

    def hosts(self, name: str, count: int) -> Cost:
        """Read one product on each of ``count`` hosts."""
        return self._play(TASKS[name], [f"host{number} one={one}" for number, one in enumerate(self._products[:count])])

    def run(self, kind: str, courses: Mapping[str, Course]) -> dict[str, list[Cost]]:
        """Run the courses, ``kind`` being the name of a method; return the marginal costs of each round.

        The contestants take turns, so that what else the machine does hits all of them.
        """
        run = getattr(self, kind)
        costs: dict[str, list[Cost]] = {name: [] for name in courses}
        for turn in range(max(course.rounds for course in courses.values())):
            for name, course in courses.items():
                if turn < course.rounds:
                    base = run(name, course.small)
                    costs[name].append(run(name, course.large).per(base, course.large - course.small))
                    print(f"  {kind}, round {turn + 1}: {name}", file=sys.stderr, flush=True)
        return costs

    def _play(self, task: Mapping[str, Any], hosts: list[str]) -> Cost:
        book, inventory = self._folder / "bench.yml", self._folder / "hosts.ini"
        book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
        inventory.write_text("\n".join(hosts) + "\n")
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "--inventory", str(inventory)]
        return timed([*command, "--extra-vars", f"@{self._variables}", str(book)], self._environment, self._folder)
