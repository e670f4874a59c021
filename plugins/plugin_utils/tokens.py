# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's access tokens, shared by all processes of one command."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class RunTokens:
    """Keep access tokens in the run's private folder, one file for each credential. Never anything longer-lived.

    :param folder: the controller's temporary folder of this run; others cannot read it, and it goes with the run.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    @contextmanager
    def locked(self, key: str) -> Iterator[_Slot]:
        """Give the token of ``key`` into the caller's hands alone; other threads and processes wait.

        :param key: a hash that tells nothing about the credential.
        """
        lock = os.open(os.path.join(self._folder, f"{key}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield _Slot(self._folder, key)
        finally:
            os.close(lock)


class _Slot:
    """The place of one token."""

    def __init__(self, folder: str, key: str) -> None:
        self._folder = folder
        self._file = os.path.join(folder, f"{key}.json")

    def get(self) -> dict[str, Any] | None:
        """Return the token, None if there is none that can be read."""
        try:
            with open(self._file, encoding="utf-8") as file:
                token = json.load(file)
        except (OSError, ValueError):
            return None
        return token if isinstance(token, dict) else None

    def put(self, token: dict[str, Any]) -> None:
        """Keep a token; whoever reads meanwhile sees the old one or the new one, whole."""
        descriptor, name = tempfile.mkstemp(dir=self._folder)  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(token, file)
        os.replace(name, self._file)
