# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the requests of a run that changes nothing: five products with ten groups each."""

from __future__ import annotations

import re
from collections import Counter

from tests.system.runner import Playbooks, Run, Task

PRODUCTS, GROUPS = 5, 10
TASKS: tuple[Task, ...] = (
    ("products", "imp_product", {"name": "p{{ item }}"}, {"loop": list(range(PRODUCTS))}),
    (
        "groups",
        "imp_device_group",
        {"product": f"p{{{{ item // {GROUPS} }}}}", "name": "g{{ item }}"},
        {"loop": list(range(PRODUCTS * GROUPS))},
    ),
)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def table(playbooks: Playbooks) -> str:
    """Return the requests of the second run by task and kind, and whether a listing was read twice."""
    if playbooks.run(*TASKS).code:
        raise SystemExit("bench: the run that creates products and groups failed")
    run = playbooks.run(*TASKS)
    if run.code or any(result["changed"] for result in run.results.values()):
        raise SystemExit("bench: the run that should change nothing did")
    lines = [f"(c) requests of a no-change run of {PRODUCTS} products x {GROUPS} groups"]
    for task, requests in run.requests.items():
        kinds = Counter(_ID.sub("<id>", request.replace("/v5/", "/")) for request in requests)
        lines += [f"  {task:<10}{count:>4}  {kind}" for kind, count in sorted(kinds.items())]
    most = _most_readings_of_a_listing(run)
    lines.append(f"  most readings of one listing in a task = {most} (goal <= 1: {'met' if most <= 1 else 'MISSED'})")
    return "\n".join(lines)


def _most_readings_of_a_listing(run: Run) -> int:
    """Return how often a task read the same listing: same kind, same parent, same page."""
    readings = (
        count
        for requests in run.requests.values()
        for request, count in Counter(requests).items()
        if request.startswith("GET ") and "?" in request
    )
    return max(readings, default=0)
