# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks (`make bench`): what one more read costs next to uri, to debug and to the same module not in-process.

Contestants take turns in one run, and only ratios of marginal costs count: (T(large) - T(small)) / difference.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import impcentral_emulator
from tests.benchmarks import devices_read, inventory, requests_made
from tests.benchmarks.contest import DEBUG, FORKS, INSIDE, MODULE, URI, Contest, Course
from tests.benchmarks.measure import Goal, table
from tests.system.runner import Playbooks
from tests.system.service import Service

_NAMES = (INSIDE, DEBUG, URI, MODULE)
_SLOW = (URI, MODULE)
_LOOP = 420
_MODULE_LOOP = 24


def _goals(faster_than_uri: float) -> list[Goal]:
    return [
        Goal(URI, INSIDE, at_least=faster_than_uri),
        Goal(MODULE, INSIDE, at_least=faster_than_uri),
        Goal(INSIDE, DEBUG, at_most=1.3),
        Goal(URI, DEBUG),  # what a task that does nothing reaches: no goal can be above
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = ["devices", "inventory", "loop", "hosts", "requests"]
    parser.add_argument("--only", choices=kinds, help="one benchmark instead of all")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the quick contestants (default: 5)")
    parser.add_argument("--hosts", type=int, default=200, help="hosts in (b) and (h) (default: 200)")
    parser.add_argument("--quick-only", action="store_true", help="leave uri and the normal module out")
    return parser.parse_args()


def _loop(contest: Contest, names: tuple[str, ...], rounds: int) -> str:
    courses = {
        name: Course(4, _MODULE_LOOP, min(rounds, 3)) if name in _SLOW else Course(20, _LOOP, rounds) for name in names
    }
    goals = [goal for goal in _goals(30) if goal.dividend in names]
    return table("(a) a loop of reads on localhost", "item", contest.run("loop", courses), goals)


def _hosts(contest: Contest, names: tuple[str, ...], rounds: int, hosts: int) -> str:
    # One long run of a slow contestant is as exact as several short ones of a quick one.
    courses = {name: Course(hosts // 10, hosts, 1 if name in _SLOW else rounds) for name in names}
    goals = [goal for goal in _goals(12) if goal.dividend in names]
    title = f"(b) one read on each of {hosts} hosts, {FORKS} forks"
    return table(title, "host", contest.run("hosts", courses), goals)


def main() -> None:
    """Run the benchmarks and print their tables."""
    arguments = _arguments()
    if arguments.only in (None, "devices"):
        print(devices_read.table(min(arguments.rounds, 3)), flush=True)
    if arguments.only in (None, "inventory"):
        for text in inventory.tables(min(arguments.rounds, 3), arguments.hosts):
            print(text, flush=True)
    if arguments.only in ("devices", "inventory"):
        return
    names = tuple(name for name in _NAMES if not (arguments.quick_only and name in _SLOW))
    with (
        tempfile.TemporaryDirectory() as folder,
        impcentral_emulator.start(port=0, devices=0, time_scale=0, rate_limit=0) as running,
    ):
        service = Service(running)
        playbooks = Playbooks(Path(folder), service)
        # Automation signs in with a login key.
        playbooks.environment = {
            "IMPCENTRAL_LOGIN_KEY": service.login_key(),
            "IMPCENTRAL_USERNAME": "",
            "IMPCENTRAL_PASSWORD": "",
        }
        if arguments.only in (None, "requests"):
            print(requests_made.table(playbooks), flush=True)
        products = [
            service.api("POST", "/products", {"type": "product", "attributes": {"name": f"bench {number}"}})["id"]
            for number in range(max(_LOOP, arguments.hosts))
        ]
        variables = {"endpoint": running.endpoint, "token": service.sign_in()["access_token"]}
        # To record results and to show the options in them would cost as well; neither is core's default.
        environment = playbooks.environ(ANSIBLE_CALLBACK_PLUGINS="", ANSIBLE_INJECT_INVOCATION="false")
        contest = Contest(Path(folder), environment, products, variables)
        if arguments.only in (None, "loop"):
            print(_loop(contest, names, arguments.rounds), flush=True)
        if arguments.only in (None, "hosts"):
            print(_hosts(contest, names, arguments.rounds, arguments.hosts), flush=True)


if __name__ == "__main__":
    main()
