# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of whole runs -> the marginal cost of one more item or host, by contestant, as a table with ratios."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Cost(NamedTuple):
    """What a run took, in seconds: on the wall's clock, and of all processors together."""

    wall: float
    cpu: float

    def per(self, base: Cost, count: int) -> Cost:
        """Return the marginal cost: this run did ``count`` more than ``base``."""
        return Cost((self.wall - base.wall) / count, (self.cpu - base.cpu) / count)


class Goal(NamedTuple):
    """A bound of a ratio between two contestants' costs, at least or at most; without a bound it is for comparison."""

    dividend: str
    divisor: str
    at_least: float | None = None
    at_most: float | None = None

    def line(self, costs: Mapping[str, Cost]) -> str:
        """Return the ratio and whether it keeps the bound."""
        ratio = costs[self.dividend].wall / costs[self.divisor].wall
        line = f"  {self.dividend} / {self.divisor} = {ratio:.2f}"
        if self.at_least is not None:
            return f"{line} (goal >= {self.at_least:g}: {'met' if ratio >= self.at_least else 'MISSED'})"
        if self.at_most is not None:
            return f"{line} (goal <= {self.at_most:g}: {'met' if ratio <= self.at_most else 'MISSED'})"
        return line


def timed(command: list[str], environment: Mapping[str, str], folder: Path) -> Cost:
    """Run a command and return what it and its children took.

    :raises SystemExit: it failed; its output is in the message.
    """
    log = folder / "output.txt"
    before = os.times()
    with log.open("w") as output:
        code = subprocess.run(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode
    after = os.times()
    if code:
        raise SystemExit(f"bench: {command[0]} failed with code {code}\n{log.read_text()[-2000:]}")
    used = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return Cost(after.elapsed - before.elapsed, used)


def middle(costs: Iterable[Cost]) -> Cost:
    """Return the medians of several rounds."""
    costs = list(costs)
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def table(title: str, unit: str, rounds: Mapping[str, list[Cost]], goals: Iterable[Goal]) -> str:
    """Return the marginal costs of all contestants, in milliseconds, and their ratios."""
    costs = {name: middle(each) for name, each in rounds.items()}
    lines = [title, f"  {'per ' + unit:<24}{'wall ms':>10}{'range':>18}{'CPU ms':>10}{'rounds':>8}"]
    for name, cost in costs.items():
        walls = [each.wall * 1000 for each in rounds[name]]
        spread = f"{min(walls):.1f} - {max(walls):.1f}"
        lines.append(f"  {name:<24}{cost.wall * 1000:>10.1f}{spread:>18}{cost.cpu * 1000:>10.1f}{len(walls):>8}")
    return "\n".join([*lines, *(goal.line(costs) for goal in goals)])
