# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local impCentral: Electric Imp's cloud API for tests and rehearsals.

>>> with start(devices=3) as running:  # doctest: +SKIP
...     print(running.endpoint, running.username, running.password, running.devices)
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

__version__ = "0.1.0"
__all__ = ["Running", "start"]

STOP_TIMEOUT = 10  # seconds


class Running:
    """An emulator in a process of its own; a context manager that stops it.

    Attributes: ``endpoint``, ``admin`` (URLs), ``username``, ``email``, ``password``, ``account_id``,
    ``unbond_key``, ``otp``, ``devices`` (ids), ``pid``.
    """

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self._process = process
        self.endpoint: str = ready["endpoint"]
        self.admin: str = ready["admin"]
        self.username: str = ready["username"]
        self.email: str = ready["email"]
        self.password: str = ready["password"]
        self.account_id: str = ready["account_id"]
        self.unbond_key: str = ready["unbond_key"]
        self.otp: str = ready["otp"]
        self.devices: list[str] = ready["devices"]
        self.pid: int = ready["pid"]

    def stop(self) -> int:
        """Stop the emulator; return the exit status of its process."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            if self._process.stdout:
                self._process.stdout.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


def start(**options: Any) -> Running:
    """Start an emulator and wait until it is ready.

    ``options`` are those of the command line with underscores: ``port=0``, ``devices=20``, ``rate_limit=0``,
    ``two_factor=True``. Raises `RuntimeError` when it does not start; its reason is on standard error.
    """
    command = [sys.executable, "-m", __name__]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            command.append(flag)
        elif value is not None and value is not False:
            command.append(f"{flag}={value}")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"The emulator did not start: exit status {process.wait()}.")
    return Running(process, json.loads(line))
