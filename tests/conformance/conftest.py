# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator and one npm client; each test finds the emulator as it was at the start, and the client signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import impcentral_emulator
from tests.conformance.npm import Npm
from tests.system.service import Service


@pytest.fixture(scope="session")
def running() -> Iterator[impcentral_emulator.Running]:
    # With a seed, every reset leads to the same identifiers.
    with impcentral_emulator.start(port=0, devices=5, rate_limit=0, time_scale=0, seed="conformance") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def npm_process(running: impcentral_emulator.Running) -> Iterator[Npm]:
    with Npm(running.endpoint) as client:
        yield client


@pytest.fixture
def service(running: impcentral_emulator.Running) -> Service:
    one = Service(running)
    one.reset()
    return one


@pytest.fixture
def npm(npm_process: Npm, service: Service) -> Npm:
    npm_process.call("auth.login", service.running.username, service.running.password)
    return npm_process
