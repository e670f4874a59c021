# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the engine share: the fake service, and a client or session of it that never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._auth import Session
from ansible_collections.electricimp.impcentral.plugins.module_utils._credentials import choose_credential
from ansible_collections.electricimp.impcentral.plugins.module_utils._retry import Backoff
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import Transport
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client
from tests.unit.plugins.module_utils.fake_service import FakeService, token_reply


class Impatient(Backoff):
    """Decide as ever, but wait next to nothing."""

    def wait(self, *args: Any, **options: Any) -> float | None:
        wait = super().wait(*args, **options)
        return None if wait is None else 0.001


@pytest.fixture
def service() -> Iterator[FakeService]:
    service = FakeService()
    service.on("POST", "/auth/token", token_reply())
    yield service
    service.stop()


@pytest.fixture
def make_session(service: FakeService) -> Callable[..., Session]:
    """Return a function that makes a session of the fake service; credentials are options of the collection."""

    def make(store: Any = None, read_only: bool = False, warn: Any = None, **options: str) -> Session:
        credential = choose_credential(options or {"login_key": "login-key-of-tests"}, {}, lambda name: "{}")
        transport = Transport(service.endpoint, timeout=5)
        return Session(transport, credential, store, Impatient(3), read_only=read_only, warn=warn)

    return make


@pytest.fixture
def session(make_session: Callable[..., Session]) -> Session:
    return make_session()


@pytest.fixture
def client(session: Session) -> Client:
    return Client(session)
