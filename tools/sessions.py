# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run nox sessions side by side (`python -m tools.sessions --help`); this is what `make test` calls.

Each session's output is kept whole, printed when the session ends and left in `.lab/logs`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from tools import matrix
from tools.environment import CHECKOUT, LAB

NOX = [sys.executable, "-m", "nox", "--non-interactive", "--noxfile", str(CHECKOUT / "noxfile.py")]
IN_LINT = ("yamllint", "antsibull-nox-config")  # parts of the session "lint"
# Started first, for they take longest; the others fill the gaps.
LONGEST = ("system-", "sanity-", "conformance", "emulator", "build-import-check", "units-")


@dataclass(frozen=True)
class Outcome:
    """What became of a session: its name, whether it passed, its output and how many seconds it took."""

    name: str
    passed: bool
    output: str
    seconds: float


def default_sessions() -> list[str]:
    """Return the names of the sessions that the noxfile runs by default, the longest first."""
    listing = subprocess.run([*NOX, "--list-sessions", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout
    names = [session["session"] for session in json.loads(listing) if session["session"] not in IN_LINT]

    def rank(name: str) -> int:
        return next((place for place, prefix in enumerate(LONGEST) if name.startswith(prefix)), len(LONGEST))

    return sorted(names, key=rank)


def run(name: str) -> Outcome:
    """Run one session."""
    print(f"--> {name}", flush=True)
    started = time.monotonic()
    process = subprocess.run(
        [*NOX, "--session", name],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    logs = LAB / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / f"{name}.log").write_text(process.stdout)
    return Outcome(name, process.returncode == 0, process.stdout, time.monotonic() - started)


def run_all(names: list[str], jobs: int) -> list[Outcome]:
    """Run the sessions, `jobs` at a time, print the output of each as it ends, and return the outcomes in that order."""
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for future in as_completed([pool.submit(run, name) for name in names]):
            outcome = future.result()
            print(f"\n===== {outcome.name} =====\n{outcome.output}", flush=True)
            outcomes.append(outcome)
    return outcomes


def summary(outcomes: list[Outcome], remarks: list[str]) -> str:
    """Return the closing lines: one for each session, the remarks, and the count."""
    failed = sum(not outcome.passed for outcome in outcomes)
    lines = [
        f"{'passed' if outcome.passed else 'FAILED'}  {outcome.seconds:6.1f} s  {outcome.name}" for outcome in outcomes
    ]
    return "\n".join(["", *lines, *remarks, f"sessions: {len(outcomes) - failed} passed, {failed} failed"])


def main() -> int:
    """Run the sessions that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description="Run nox sessions side by side.")
    parser.add_argument("sessions", nargs="*", help="names of sessions (default: all that the noxfile runs by default)")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4), help="how many run at a time")
    parser.add_argument(
        "--require-both-ends", action="store_true", help="fail unless the oldest and the newest ansible-core can run"
    )
    arguments = parser.parse_args()

    cores = matrix.ends(matrix.find_interpreters(os.environ))
    remarks = matrix.left_out(cores)
    print(
        "\n".join([*(f"ansible-core {core.version} on Python {core.python}" for core in cores), *remarks]), flush=True
    )
    if not cores or (remarks and arguments.require_both_ends):
        print("Not started: an interpreter is missing for an ansible-core that must be tested.")
        return 1

    outcomes = run_all(arguments.sessions or default_sessions(), max(arguments.jobs, 1))
    print(summary(outcomes, remarks))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
