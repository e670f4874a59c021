# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times imp_device_info over a large fleet on a service that is slow and limits its rate, next to a plain loop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import requests

import impcentral_emulator
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, execute
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import connect
from ansible_collections.electricimp.impcentral.plugins.modules import imp_device_info
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.runner import _InProcessShell
from tests.system.service import Service

DEVICES = 10_000
PAGE = 100
LATENCY = 150  # milliseconds
RATE = 40  # requests a second
_PAGES = DEVICES // PAGE
# What comes after the first page costs a request each, however it is read.
_BOUND = (_PAGES - 1) / RATE
_MODULE = Path(__file__).parents[2] / "plugins" / "modules" / "imp_device_info.py"

# Runs a command. Its peak counts from that of the process that starts it, so that has to be a small one.
_MEASURED = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"
)


class Reading(NamedTuple):
    """What reading took: seconds, requests, and how many of these were too many."""

    seconds: float
    requests: int
    refused: int


def table(rounds: int) -> str:
    """Read the devices with the module and page after page; return what both took for all pages but the first."""
    with impcentral_emulator.start(port=0, devices=DEVICES, time_scale=0, rate_limit=RATE, latency=LATENCY) as running:
        service = Service(running)
        key = service.login_key()
        small = [_inside(service, key, PAGE) for _round in range(rounds)]
        large = [_inside(service, key, DEVICES) for _round in range(rounds)]
        memory = {limit: _memory(service, key, limit) for limit in (PAGE, DEVICES)}
        loop = _one_after_the_other(service)
    seconds = median(one.seconds for one in large) - median(one.seconds for one in small)
    count = large[0].requests - small[0].requests
    refused = sum(one.refused for one in (*small, *large))
    lines = [
        f"(d) {DEVICES} devices, {LATENCY} ms an answer, {RATE} requests a second: all pages but the first",
        f"  {'':<28}{'wall s':>8}{'requests':>10}",
        f"  {'imp_device_info, in-process':<28}{seconds:>8.2f}{count:>10}",
        f"  {'page after page':<28}{loop.seconds:>8.2f}{loop.requests:>10}",
        f"  memory of the module: {memory[DEVICES]:.0f} MiB; for {PAGE} devices {memory[PAGE]:.0f} MiB",
        _goal(f"imp_device_info / rate bound of {_BOUND:.2f} s", seconds / _BOUND, seconds / _BOUND <= 1.3, "<= 1.3"),
        _goal("page after page / imp_device_info", loop.seconds / seconds, loop.seconds / seconds >= 4, ">= 4"),
        f"  answers 429 = {refused} (goal 0: {'met' if refused == 0 else 'MISSED'})",
    ]
    return "\n".join(lines)


def _goal(name: str, ratio: float, kept: bool, bound: str) -> str:
    return f"  {name} = {ratio:.2f} (goal {bound}: {'met' if kept else 'MISSED'})"


def _options(service: Service, key: str, limit: int) -> dict[str, str | int | None]:
    # Without a limit the module does not know where the list ends.
    given = None if limit == DEVICES else limit
    return {"endpoint": service.running.endpoint, "login_key": key, "limit": given}


def _inside(service: Service, key: str, limit: int) -> Reading:
    """Run the module as the controller does, signing in anew."""
    service.admin("DELETE", "/journal")
    before = time.monotonic()
    shell = _InProcessShell(imp_device_info.OPERATION, dict(_options(service, key, limit)))
    result = execute(imp_device_info.OPERATION, Context(shell, connect))
    seconds = time.monotonic() - before
    _check(result, limit)
    journal = service.admin("GET", "/journal")
    return Reading(seconds, len(journal), sum(entry["status"] == 429 for entry in journal))


def _memory(service: Service, key: str, limit: int) -> float:
    """Run the module in a process of its own; return the most memory that it used, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, sys.executable, str(_MODULE)],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": _options(service, key, limit)}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]},
    )
    _check(json.loads(done.stdout), limit)
    return int(done.stderr.split()[-1]) / 1024


def _check(result: dict, count: int) -> None:
    if len(result.get("devices", [])) != count:
        raise SystemExit(f"bench: imp_device_info returned another number of devices: {str(result)[:500]}")


def _one_after_the_other(service: Service) -> Reading:
    """Read all pages but the first as a plain client does: each when the one before it has arrived."""
    headers = {"Authorization": f"Bearer {service.sign_in()['access_token']}"}
    count = 0
    with requests.Session() as session:
        before = time.monotonic()
        for number in range(2, _PAGES + 1):
            query: dict[str, int] = {"page[number]": number, "page[size]": PAGE}
            answer = session.get(f"{service.running.endpoint}/devices", params=query, headers=headers, timeout=10)
            count += len(answer.json()["data"])
        seconds = time.monotonic() - before
    if count != DEVICES - PAGE:
        raise SystemExit(f"bench: the plain loop found {count} devices")
    return Reading(seconds, _PAGES - 1, 0)
