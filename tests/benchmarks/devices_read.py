# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times imp_device_info over a large fleet on a service that is slow and limits its rate, next to a plain loop.

The module runs in a process of its own, which also starts, signs in and prints its result: what a small listing takes
is subtracted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import requests

import impcentral_emulator
from tests.system.service import Service

DEVICES = 10_000
PAGE = 100
LATENCY = 150  # milliseconds
RATE = 40  # requests a second
_PAGES = DEVICES // PAGE
# What comes after the first page costs a request each, however it is read.
_BOUND = (_PAGES - 1) / RATE
_MODULE = Path(__file__).parents[2] / "plugins" / "modules" / "imp_device_info.py"


class Reading(NamedTuple):
    """What reading took: seconds, the most memory that was used in MiB, requests, and how many were too many."""

    seconds: float
    memory: float
    requests: int
    refused: int


def table(rounds: int) -> str:
    """Read the devices with the module and page after page; return what both took for all pages but the first."""
    with impcentral_emulator.start(port=0, devices=DEVICES, time_scale=0, rate_limit=RATE, latency=LATENCY) as running:
        service = Service(running)
        key = service.login_key()
        small = [_module(service, key, PAGE) for _round in range(rounds)]
        large = [_module(service, key, None) for _round in range(rounds)]
        loop = _one_after_the_other(service)
    module = median(one.seconds for one in large) - median(one.seconds for one in small)
    refused = sum(one.refused for one in (*small, *large))
    lines = [
        f"(d) {DEVICES} devices, {LATENCY} ms an answer, {RATE} requests a second: all pages but the first",
        f"  {'':<24}{'wall s':>10}{'requests':>10}{'memory MiB':>12}",
        f"  {'imp_device_info':<24}{module:>10.2f}{large[0].requests:>10}{large[0].memory:>12.0f}",
        f"  {'  its first page':<24}{median(one.seconds for one in small):>10.2f}{small[0].requests:>10}"
        f"{small[0].memory:>12.0f}",
        f"  {'page after page':<24}{loop.seconds:>10.2f}{loop.requests:>10}{'':>12}",
        _goal(f"imp_device_info / rate bound of {_BOUND:.2f} s", module / _BOUND, module / _BOUND <= 1.3, "<= 1.3"),
        _goal("page after page / imp_device_info", loop.seconds / module, loop.seconds / module >= 4, ">= 4"),
        f"  answers 429 = {refused} (goal 0: {'met' if refused == 0 else 'MISSED'})",
    ]
    return "\n".join(lines)


def _goal(name: str, ratio: float, kept: bool, bound: str) -> str:
    return f"  {name} = {ratio:.2f} (goal {bound}: {'met' if kept else 'MISSED'})"


def _module(service: Service, key: str, limit: int | None) -> Reading:
    """Run the module in a process of its own, which signs in by itself. :param limit: of devices, None reads all."""
    service.admin("DELETE", "/journal")
    options: dict[str, Any] = {"endpoint": service.running.endpoint, "login_key": key, "limit": limit}
    before = time.monotonic()
    with subprocess.Popen(
        [sys.executable, str(_MODULE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]},
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        process.stdin.close()
        output = process.stdout.read()
        _pid, _status, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
    seconds = time.monotonic() - before
    result = json.loads(output)
    if len(result.get("devices", [])) != (limit or DEVICES):
        raise SystemExit(f"bench: imp_device_info returned another number of devices: {str(result)[:500]}")
    journal = service.admin("GET", "/journal")
    return Reading(seconds, usage.ru_maxrss / 1024, len(journal), sum(entry["status"] == 429 for entry in journal))


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
    return Reading(seconds, 0, _PAGES - 1, 0)
