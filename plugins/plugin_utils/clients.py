# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of one command: tasks, lookups and inventories share connections, what they remember, and the sign-in."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlsplit

from ansible import constants as C
from ansible.utils.display import Display

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import CONNECTION_SPEC
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import Trace
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client, connect
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.tokens import RunTokens

_REQUESTS = 3  # the verbosity that shows them
_display = Display()
_clients: dict[tuple[int, str], Client] = {}


def shared_client(show_bodies: bool = True, **options: Any) -> Client:
    """Return this process's client for connection options; its access token is shared by all processes of the run.

    ``-vvv`` shows each request. Secrets are hidden.

    :param show_bodies: whether ``-vvvv`` shows what is sent and received from now on.
    :param options: those of :func:`connect` but ``environ`` and ``store``.
    :raises InvalidDataError: see :func:`connect`.
    """
    variables = [os.environ.get(f"IMPCENTRAL_{name.upper()}") for name in CONNECTION_SPEC]
    given = {name: str(value) for name, value in options.items() if name != "warn" and value is not None}
    key = (os.getpid(), json.dumps([given, variables], sort_keys=True))
    client = _clients.get(key)
    if client is None:
        client = _clients[key] = connect(store=RunTokens(_run_folder()), **options)
    if _display.verbosity >= _REQUESTS:
        client.session.transport.on_request = _show(urlsplit(client.endpoint).netloc, show_bodies)
    return client


def _show(host: str, bodies: bool) -> Trace:
    """Return a function that shows requests, as the run's verbosity demands."""

    def show(method: str, path: str, status: int | None, milliseconds: float, sent: Any, received: Any) -> None:
        _display.vvv(f"{method} {path} -> {status or 'no answer'} in {milliseconds:.0f} ms", host=host)
        for label, body in (("sent", sent), ("received", received)):
            if bodies and body is not None:
                _display.vvvv(f"{label}: {json.dumps(body)}", host=host)

    return show


def _run_folder() -> str:
    """Return the run's private folder, which every worker of one command shares."""
    folder: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]
    return folder
