# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signed-in client of the API with the steps that tests of devices share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from impcentral_emulator import Running

TIMEOUT = 10.0


class FleetApi:
    """A client of a running emulator, with a product and a group of its own."""

    def __init__(self, running: Running, group_type: str = "development_devicegroup") -> None:
        self.http = httpx.Client(base_url=running.endpoint, timeout=TIMEOUT)
        answer = self.http.post("/auth", json={"id": running.username, "password": running.password})
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.product = self.create("product", {"name": "product"})
        self.group = self.create_group(group_type)

    def create(self, kind: str, attributes: dict, **related: dict) -> dict:
        """Create a resource; return its identifier."""
        collection = "devicegroups" if kind.endswith("_devicegroup") else f"{kind}s"
        data = {"type": kind, "attributes": attributes, "relationships": related}
        answer = self.http.post(f"/{collection}", json={"data": data})
        assert answer.status_code == 201, answer.text
        return {"type": kind, "id": answer.json()["data"]["id"]}

    def create_group(self, group_type: str, **targets: dict) -> dict:
        return self.create(group_type, {"name": group_type}, product=self.product, **targets)

    def deploy(self, device_code: str, agent_code: str = "", group: dict | None = None) -> dict:
        attributes = {"device_code": device_code, "agent_code": agent_code}
        return self.create("deployment", attributes, devicegroup=group or self.group)

    def assign(self, *devices: str, group: dict | None = None) -> None:
        path = f"/devicegroups/{(group or self.group)['id']}/relationships/devices"
        answer = self.http.post(path, json={"data": [{"type": "device", "id": device} for device in devices]})
        assert answer.status_code == 204, answer.text

    def restart(self, device: str) -> None:
        assert self.http.post(f"/devices/{device}/restart").status_code == 204

    def device(self, device: str) -> dict:
        """Return a device's attributes."""
        return self.http.get(f"/devices/{device}").json()["data"]["attributes"]

    def log(self, device: str) -> list[str]:
        """Return the texts of a device's log, oldest first."""
        entries = self.http.get(f"/devices/{device}/logs", params={"page[size]": 100}).json()["data"]
        return [entry["msg"] for entry in reversed(entries)]


def wait_until(condition: Callable[[], Any]) -> None:
    """Poll until a condition holds."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, "It does not come true."
        time.sleep(0.01)
