# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real playbooks against a real emulator; each worker of pytest has an emulator of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import impcentral_emulator
from tests.system.runner import Playbooks, Run
from tests.system.service import Service

__all__ = ["Playbooks", "Run", "Service"]


@pytest.fixture(scope="session")
def running() -> Iterator[impcentral_emulator.Running]:
    with impcentral_emulator.start(port=0, devices=20, time_scale=0, rate_limit=0) as emulator:
        yield emulator


@pytest.fixture
def service(running: impcentral_emulator.Running) -> Service:
    one = Service(running)
    one.reset()
    return one


@pytest.fixture
def playbooks(tmp_path: Path, service: Service) -> Playbooks:
    return Playbooks(tmp_path, service)
