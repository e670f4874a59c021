# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of one command: tasks, lookups and inventories share connections, what they remember, and the sign-in."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible import constants as C

from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client, connect
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.tokens import RunTokens

_clients: dict[tuple[int, str], Client] = {}


def shared_client(**options: Any) -> Client:
    """Return this process's client for connection options; its access token is shared by all processes of the run.

    :param options: those of :func:`connect` but ``environ`` and ``store``.
    :raises InvalidDataError: see :func:`connect`.
    """
    variables = sorted(item for item in os.environ.items() if item[0].startswith("IMPCENTRAL_"))
    given = {name: str(value) for name, value in options.items() if name != "warn" and value is not None}
    key = (os.getpid(), json.dumps([given, variables], sort_keys=True))
    client = _clients.get(key)
    if client is None:
        client = _clients[key] = connect(store=RunTokens(_run_folder()), **options)
    return client


def _run_folder() -> str:
    """Return the run's private folder, which every worker of one command shares."""
    folder: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]
    return folder
