# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running emulator for the tests of its API: one process, put back to its start before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from client import Api

import impcentral_emulator

FIXED_OPTIONS = {"db", "devices", "seed"}


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[impcentral_emulator.Running, dict]]:
    """The process and the options that it was started with."""
    with impcentral_emulator.start(devices=6, rate_limit=0, time_scale=0, seed="tests") as running:
        yield running, Api(running).admin("GET", "/options").json()


@pytest.fixture
def api(server: tuple[impcentral_emulator.Running, dict]) -> Iterator[Api]:
    """A client that is signed in."""
    running, options = server
    with Api(running) as client:
        client.admin("POST", "/options", {name: value for name, value in options.items() if name not in FIXED_OPTIONS})
        client.admin("POST", "/reset")
        client.sign_in()
        yield client
