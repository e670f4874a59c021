# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual tells the truth: its examples run, and its tables list what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
from fleet_api import FleetApi

from impcentral_emulator import admin, faults, rehearsal
from impcentral_emulator.programs import parse_directive
from impcentral_emulator.state import Options

MANUAL = (Path(__file__).parent.parent / "MANUAL.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```sh\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)
PRELUDE = 'set -eu\ncurl() { command curl --silent --show-error --fail --noproxy "*" "$@"; }\n'


def section(title: str) -> str:
    return MANUAL.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_column(title: str) -> list[str]:
    """Return the code in the first cells of a section's tables, headings aside."""
    cells = re.findall(r"^\| `([^`]*)` \|(?!.*\n\|---)", section(title), re.MULTILINE)
    assert cells
    return cells


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples need curl")
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs(impcentral, example):
    api = FleetApi(impcentral.running)
    device = impcentral.devices[0]
    api.join(device)
    environment = {
        **os.environ,
        "ADMIN": impcentral.running.admin,
        "DEVICE": device,
        "GROUP": api.group_id,
        "FIXTURE": api.fixture(api.product_id)["factoryfixture"],
    }
    done = subprocess.run(["sh", "-c", PRELUDE + example], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_calls_are_listed():
    listed = {tuple(call.split(" ", 1)) for call in first_column("Administration")}
    assert listed == {call[:2] for call in (*admin._CALLS, *rehearsal.CALLS)}


def test_all_options_are_listed_with_their_defaults():
    rows = re.findall(r"^\| `--([a-z-]+)` \| (\S+|by chance) \|", section("Options"), re.MULTILINE)
    listed = {name.replace("-", "_"): default.strip("`") for name, default in rows}
    assert {name: listed.pop(name) for name in ("host", "port")} == {"host": "127.0.0.1", "port": "0"}
    assert listed == {
        option.name: {"None": "by chance", "False": "off"}.get(str(option.default), str(option.default))
        for option in fields(Options)
    }


def test_all_faults_are_listed():
    assert first_column("Faults") == list(faults.KINDS)


def test_all_directives_can_be_read():
    directives = re.findall(r"`// emulator: ([^`]*)`", MANUAL)
    verbs = {parse_directive(text).verb for text in directives}
    assert verbs == {"log", "error", "fail", "out of memory", "never return", "return", "flood", "postpone"}
