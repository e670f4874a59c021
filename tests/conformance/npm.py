# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published npm client ``imp-central-api``, called from Python."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_DRIVER = Path(__file__).with_name("drive.js")
PATIENCE = 5.0  # seconds until a log stream must have brought something
_POLL = 0.01  # seconds

Arrived = list[list[str]]


class NpmError(Exception):
    """The npm client rejected a call. ``status`` and ``body`` are the service's, None if it was not asked."""

    def __init__(self, name: str, message: str, status: int | None, body: Any) -> None:
        super().__init__(f"{name}: {message}")
        self.message = message
        self.status = status
        self.body = body


class Npm:
    """One npm client in a process of its own; a context manager that ends it."""

    def __init__(self, endpoint: str) -> None:
        command = ["node", str(_DRIVER), endpoint]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, name: str, *args: Any) -> Any:
        """Call a method, such as ``products.get``, or a setter; return what its promise gives.

        :raises NpmError: the promise was rejected.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        target, _dot, method = name.partition(".")
        self._process.stdin.write(json.dumps({"object": target, "method": method, "args": args}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise NpmError(**answer["error"])
        return answer["result"]

    def data(self, name: str, *args: Any) -> Any:
        """Return the ``data`` of what :meth:`call` returns."""
        return self.call(name, *args)["data"]

    def refusal(self, name: str, *args: Any) -> NpmError:
        """Return the error of a call that must be rejected."""
        try:
            self.call(name, *args)
        except NpmError as error:
            return error
        raise AssertionError(f"{name} was not refused")

    def wait_for(self, stream: str, suffices: Callable[[Arrived], bool]) -> Arrived:
        """Return what a log stream brought, as [message, state or error; text], as soon as it suffices."""
        deadline = time.monotonic() + PATIENCE
        while True:
            arrived: Arrived = self.call("driver.received", stream)
            if suffices(arrived):
                return arrived
            assert time.monotonic() < deadline, f"the log stream brought only {arrived}"
            time.sleep(_POLL)

    def __enter__(self) -> Npm:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.communicate()
