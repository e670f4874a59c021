# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator that a test's playbooks talk to: its administration, its journal, and what it holds."""

from __future__ import annotations

from typing import Any

import requests

import impcentral_emulator

_READING = ("GET", "HEAD")


def is_write(request: str) -> bool:
    """Tell whether ``METHOD path`` could have changed something; signing in is no change, nor is listening."""
    method, path = request.split(" ", 1)
    return method not in _READING and not any(part in path for part in ("/auth", "/logstream"))


class Service:
    """One emulator.

    :ivar running: the process, with its endpoint and credentials.
    """

    def __init__(self, running: impcentral_emulator.Running) -> None:
        self.running = running
        self._token: str | None = None

    def reset(self) -> None:
        """Put everything back to the start: data, faults, journal."""
        self.admin("POST", "/reset")
        self._token = None

    def admin(self, method: str, path: str, **options: Any) -> Any:
        """Send a call to the administration and return its answer."""
        answer = requests.request(method, self.running.admin + path, timeout=10, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, kind: str, **details: Any) -> None:
        """Order a fault."""
        self.admin("POST", "/faults", json={"kind": kind, **details})

    def struck(self) -> int:
        """Return how many requests the ordered faults struck, and withdraw them."""
        faults = self.admin("GET", "/faults")
        self.admin("DELETE", "/faults")
        return sum(fault["fired"] for fault in faults)

    def requests(self) -> list[str]:
        """Return ``METHOD path`` of every request since the last call of this."""
        entries = self.admin("GET", "/journal")
        self.admin("DELETE", "/journal")
        return [f"{entry['method']} {entry['path']}" for entry in entries]

    def writes(self) -> list[str]:
        """Return the writing ones of :meth:`requests`."""
        return [request for request in self.requests() if is_write(request)]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return what the emulator holds: ``products``, ``device_groups``, ``devices``, ``deployments``, ``webhooks``.

        This leaves no trace in the journal.
        """
        return self.admin("GET", "/state")[table]

    def names(self, table: str) -> list[str]:
        """Return the sorted names of a table's rows: what was created twice is there twice."""
        return sorted(row["name"] for row in self.rows(table))

    def sign_in(self) -> dict[str, Any]:
        """Sign in with the password; return ``access_token``, ``refresh_token`` and so on."""
        credential = {"id": self.running.username, "password": self.running.password}
        answer = requests.post(f"{self.running.endpoint}/auth", json=credential, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def api(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Send a signed-in request as another client would, and return the answer's ``data``."""
        if self._token is None:
            self._token = self.sign_in()["access_token"]
        answer = requests.request(
            method,
            self.running.endpoint + path,
            json=None if data is None else {"data": data},
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/vnd.api+json", **headers},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()["data"] if answer.content else None

    def login_key(self) -> str:
        """Make a login key."""
        password = {"X-Electricimp-Password": self.running.password}
        data = {"type": "login_key", "attributes": {"description": "tests"}}
        return self.api("POST", "/accounts/me/login_keys", data, **password)["id"]
