# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What devices as hosts cost: each host of a large fleet, native groups, a slow service, and a task on many hosts."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import impcentral_emulator
from tests.benchmarks.measure import Cost, Goal, timed
from tests.benchmarks.measure import table as costs_table
from tests.system.runner import Playbooks
from tests.system.service import Service

SIZES = (1_000, 10_000, 100_000)
GROUPS = 20
LATENCY = 150  # milliseconds
RATE = 40  # requests a second
PAGE = 100
_GROUPINGS = ["product", "device_group", "group_type", "zone", "online", "imp_type"]
# What makes the same groups by expressions.
_KEYED = [
    {"prefix": "product", "key": "imp_product"},
    {"prefix": "device_group", "key": "imp_product ~ '__' ~ imp_device_group"},
    {"prefix": "group_type", "key": "imp_device_group_type"},
    {"prefix": "zone", "key": "'development' if imp_device_group_type == 'development' else 'production'"},
    {"prefix": "online", "key": "imp_device_online | string | lower"},
    {"prefix": "imp_type", "key": "imp_imp_type"},
]
_TASK, _DEBUG = "imp_device_info, its device", "debug"
_TASKS: dict[str, dict[str, Any]] = {
    _TASK: {"electricimp.impcentral.imp_device_info": {}},
    _DEBUG: {"ansible.builtin.debug": {"msg": "{{ ansible_host }}"}},
}
_FORKS = "5"


class Parsed(NamedTuple):
    """What reading a source took: seconds on the clock and of the processor, the most memory in MiB, hosts."""

    wall: float
    cpu: float
    memory: float
    hosts: int


class Fleet:
    """An emulator with a fleet in groups, and a folder for sources over it."""

    def __init__(self, folder: Path, running: impcentral_emulator.Running, devices: int) -> None:
        self.service = Service(running)
        self._folder = folder
        playbooks = Playbooks(folder, self.service)
        playbooks.environment = {
            "IMPCENTRAL_LOGIN_KEY": self.service.login_key(),
            "IMPCENTRAL_USERNAME": "",
            "IMPCENTRAL_PASSWORD": "",
            "ANSIBLE_FORKS": _FORKS,
        }
        self.environment = playbooks.environ(
            ANSIBLE_CALLBACK_PLUGINS="", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true"
        )
        product = self._add("/products", "product", "bench")
        self.groups = [self._add("/devicegroups", "development_devicegroup", f"g{n}", product) for n in range(GROUPS)]
        before = time.monotonic()
        for group in self.groups:
            self.service.admin("POST", "/devices", json={"count": devices // GROUPS, "devicegroup": group})
        self.seeded = time.monotonic() - before  # seconds

    def _add(self, path: str, kind: str, name: str, product: str | None = None) -> str:
        related = {"product": {"type": "product", "id": product}} if product else {}
        data = {"type": kind, "attributes": {"name": name}, "relationships": related}
        return self.service.api("POST", path, data)["id"]

    def page(self) -> float:
        """Return the milliseconds that a page of 100 devices takes."""
        times = []
        for number in range(1, 11):
            before = time.monotonic()
            self.service.api("GET", f"/devices?page[number]={number}&page[size]={PAGE}")
            times.append(time.monotonic() - before)
        return median(times) * 1000

    def source(self, **options: Any) -> str:
        """Write a source and return its path."""
        path = self._folder / "imp_devices.yml"
        path.write_text(json.dumps({"plugin": "electricimp.impcentral.imp_devices", **options}))
        return str(path)

    def parse(self, **options: Any) -> Parsed:
        """Read a source with these options in a process of its own."""
        script = str(Path(__file__).with_name("parse_inventory.py"))
        environment = {**self.environment, "PYTHONPATH": ""}
        timed([sys.executable, script, self.source(**options)], environment, self._folder)
        return Parsed(**json.loads((self._folder / "output.txt").read_text().splitlines()[-1]))

    def command(self, program: str, *arguments: str) -> Cost:
        """Run one of Ansible's programs."""
        return timed([str(Path(sys.executable).with_name(program)), *arguments], self.environment, self._folder)

    def cached(self, hosts: int) -> dict[str, Any]:
        """Return options that take ``hosts`` devices from a cache which is filled with them, so that none is read."""
        groups = self.groups[: max(1, hosts * GROUPS // SIZES[1])]
        options = {
            "device_groups": groups,
            "cache": True,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(self._folder / "cache"),
        }
        self.parse(**options)
        return options


def _goal(name: str, value: float, bound: str, kept: bool, unit: str = "") -> str:
    return f"  {name} = {value:.2f}{unit} (goal {bound}: {'met' if kept else 'MISSED'})"


def sizes() -> str:
    """Return what one host costs in fleets of several sizes, six groupings, without delay and limit."""
    title = "(e) a fleet as hosts, six groupings, the service without delay and limit; ms are per host"
    header = f"  {'hosts':<12}{'wall s':>10}{'wall ms':>10}{'CPU ms':>10}{'memory MiB':>12}{'--list s':>10}"
    header += f"{'seeding s':>11}{'page ms':>9}"
    lines = [title, header]
    for size in SIZES:
        with TemporaryDirectory() as folder, impcentral_emulator.start(port=0, time_scale=0, rate_limit=0) as running:
            fleet = Fleet(Path(folder), running, size)
            parsed = fleet.parse(group_by=_GROUPINGS)
            page = fleet.page()
            whole = fleet.command("ansible-inventory", "-i", fleet.source(group_by=_GROUPINGS), "--list")
        if parsed.hosts != size:
            raise SystemExit(f"bench: {parsed.hosts} hosts in place of {size}")
        lines.append(
            f"  {size:<12,}{parsed.wall:>10.2f}{parsed.wall / size * 1000:>10.3f}{parsed.cpu / size * 1000:>10.3f}"
            f"{parsed.memory:>12.0f}{whole.wall:>10.2f}{fleet.seeded:>11.2f}{page:>9.1f}"
        )
    lines.append(_goal(f"reading {size:,} devices", parsed.wall, "< 30 s", parsed.wall < 30, " s"))
    lines.append(_goal("the emulator seeds them", fleet.seeded, "< 5 s", fleet.seeded < 5, " s"))
    lines.append(_goal("it answers a page", page, "< 5 ms", page < 5, " ms"))
    lines.append(_goal("memory", parsed.memory, "< 1536 MiB", parsed.memory < 1536, " MiB"))
    return "\n".join(lines)


def groupings(rounds: int) -> str:
    """Return what six groupings of a host cost, natively and by expressions: more than the same source without."""
    with (
        TemporaryDirectory() as folder,
        impcentral_emulator.start(port=0, time_scale=0, rate_limit=0) as running,
    ):
        fleet = Fleet(Path(folder), running, SIZES[1])
        many, few = fleet.cached(10_000), fleet.cached(1_000)
        native, keyed = [], []
        for _round in range(rounds):
            bare = fleet.parse(**many, group_by=[])
            native.append((fleet.parse(**many, group_by=_GROUPINGS).cpu - bare.cpu) / bare.hosts)
            bare = fleet.parse(**few, group_by=[])
            keyed.append((fleet.parse(**few, group_by=[], keyed_groups=_KEYED).cpu - bare.cpu) / bare.hosts)
    ours, theirs = median(native) * 1000, median(keyed) * 1000
    return "\n".join(
        [
            "(f) six groups of one host: CPU beyond the same source without groups",
            f"  group_by      {ours:>8.3f} ms",
            f"  keyed_groups  {theirs:>8.3f} ms",
            _goal("keyed_groups / group_by", theirs / ours, ">= 20", theirs / ours >= 20),
        ]
    )


def slow_service(rounds: int) -> str:
    """Return how a fleet of 10,000 is read from a service that is slow and limits its rate."""
    size = SIZES[1]
    with TemporaryDirectory() as folder, impcentral_emulator.start(port=0, time_scale=0, rate_limit=0) as running:
        fleet = Fleet(Path(folder), running, size)
        fleet.service.admin("POST", "/options", json={"latency": LATENCY, "rate_limit": RATE})
        # As many requests one after the other, but a single page.
        small = median(fleet.parse(device_groups=fleet.groups[:1], exclude=["*"]).wall for _round in range(rounds))
        fleet.service.admin("DELETE", "/journal")
        whole = [fleet.parse(group_by=_GROUPINGS) for _round in range(rounds)]
        journal = fleet.service.admin("GET", "/journal")
    pages = size // PAGE
    large = median(one.wall for one in whole)
    rest = large - small
    bound = (pages - size // GROUPS // PAGE) / RATE
    one_by_one = (pages - size // GROUPS // PAGE) * LATENCY / 1000
    asked = [datetime.fromisoformat(one["at"].replace("Z", "+00:00")) for one in journal if "/devices?" in one["path"]]
    # Of the last round: what came before are other rounds.
    reading = (asked[-1] - asked[-pages]).total_seconds()
    refused = sum(one["status"] == 429 for one in journal)
    return "\n".join(
        [
            f"(g) {size:,} devices, {LATENCY} ms an answer, {RATE} requests a second: {large:.2f} s, of which {small:.2f} s"
            f" for a first group and {median(one.cpu for one in whole):.2f} s of the processor",
            f"  from the first page that is asked for to the last: {reading:.2f} s",
            _goal(f"the rest / rate bound of {bound:.2f} s", rest / bound, "<= 1.3", rest / bound <= 1.3),
            _goal("page after page / the rest", one_by_one / rest, ">= 4", one_by_one / rest >= 4),
            f"  answers 429 = {refused} (goal 0: {'met' if refused == 0 else 'MISSED'})",
        ]
    )


def hosts(rounds: int, count: int) -> str:
    """Return what a task of ours costs on each host that is a device, next to ``debug``."""
    with TemporaryDirectory() as folder, impcentral_emulator.start(port=0, time_scale=0, rate_limit=0) as running:
        fleet = Fleet(Path(folder), running, count)
        per_host: dict[str, list[Cost]] = {name: [] for name in _TASKS}
        book = Path(folder) / "book.yml"
        for _round in range(rounds):
            for name, task in _TASKS.items():
                book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
                few = fleet.command("ansible-playbook", "-i", fleet.source(device_groups=fleet.groups[:2]), str(book))
                fleet.service.admin("DELETE", "/journal")
                many = fleet.command("ansible-playbook", "-i", fleet.source(), str(book))
                per_host[name].append(many.per(few, count - count // GROUPS * 2))
                signed_in = sum("/auth" in request for request in fleet.service.requests())
                if signed_in != 1:
                    raise SystemExit(f"bench: {signed_in} sign-ins in a run")
    title = f"(h) a task on each of {count} device hosts, {_FORKS} forks, one sign-in"
    return costs_table(title, "host", per_host, [Goal(_TASK, _DEBUG, at_most=1.3)])


def tables(rounds: int, count: int) -> Iterator[str]:
    """Yield all tables. :param count: hosts in (h)."""
    yield sizes()
    yield groupings(rounds)
    yield slow_service(rounds)
    yield hosts(rounds, count)
