# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pytest plugin: a local impCentral as the fixture `impcentral`.

One server serves a whole run of pytest; each test finds it as it was at the start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from . import Running, start

_DEFAULT_OPTIONS = ["devices=20", "time_scale=0"]
_FIXED_OPTIONS = ("db", "devices", "seed")


class LocalImpCentral:
    """What a test gets: `endpoint`, `devices` (ids) and, for credentials and the rest, `running`."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.endpoint = running.endpoint
        self.devices = running.devices

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point the Ansible collection at this impCentral."""
        return {
            "IMPCENTRAL_ENDPOINT": self.endpoint,
            "IMPCENTRAL_USERNAME": self.running.username,
            "IMPCENTRAL_PASSWORD": self.running.password,
        }

    def administer(self, method: str, path: str, body: dict | None = None) -> Any:
        """Make a call of the administration, `path` as in `/devices/ID/power`; return its JSON, None for none.

        Raises `urllib.error.HTTPError` when it is refused.
        """
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.running.admin + path, data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def reset(self, options: dict) -> None:
        """Put everything back to the start, the options included."""
        changeable = {name: value for name, value in options.items() if name not in _FIXED_OPTIONS}
        self.administer("POST", "/options", changeable)
        self.administer("POST", "/reset")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini option."""
    parser.addini(
        "impcentral_options",
        "options of the local impCentral, one NAME=VALUE or NAME a line, with underscores",
        type="linelist",
        default=_DEFAULT_OPTIONS,
    )


@pytest.fixture(scope="session")
def _impcentral_server(pytestconfig: pytest.Config) -> Iterator[tuple[LocalImpCentral, dict]]:
    """The server of this run and the options that it began with."""
    lines = [line.partition("=") for line in pytestconfig.getini("impcentral_options")]
    options: dict[str, Any] = {name.strip(): value.strip() if sign else True for name, sign, value in lines}
    with start(**options) as running:
        local = LocalImpCentral(running)
        yield local, local.administer("GET", "/options")


@pytest.fixture
def impcentral(_impcentral_server: tuple[LocalImpCentral, dict]) -> LocalImpCentral:
    """A local impCentral in the state of its start."""
    local, options = _impcentral_server
    local.reset(options)
    return local
