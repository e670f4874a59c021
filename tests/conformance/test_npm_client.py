# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published npm client ``imp-central-api`` 1.7.0 drives the emulator through everything that it offers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import impcentral_emulator

DRIVER = Path(__file__).with_name("drive.js")


def test_the_npm_client_finds_what_it_expects() -> None:
    with impcentral_emulator.start(port=0, devices=5, rate_limit=0, time_scale=0.1) as running:
        command = ["node", str(DRIVER), running.endpoint, running.email, running.password]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "all calls answered as expected"
    assert any("subscribed" in line for line in lines) and any("Hello D" in line for line in lines)
