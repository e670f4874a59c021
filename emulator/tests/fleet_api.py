# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signed-in client with a product and a group, and the steps that tests of devices share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from client import Api, resource

from impcentral_emulator import Running

TIMEOUT = 10.0


class FleetApi(Api):
    """A client of a running emulator, with a group of its own of the given kind."""

    def __init__(self, running: Running, kind: str = "development") -> None:
        super().__init__(running)
        self.sign_in()
        self.kind = kind
        self.product_id = self.product()
        self.group_id = self.group(self.product_id, kind=kind)

    def build(self, device_code: str, agent_code: str = "") -> str:
        """Deploy code to the group; return the deployment's id."""
        return self.deploy(self.group_id, self.kind, device_code=device_code, agent_code=agent_code)["id"]

    def join(self, *devices: str) -> None:
        """Assign devices to the group."""
        self.assign(self.group_id, *devices)

    def hook(self, event: str) -> str:
        """Make a webhook of the group whose target is never called; return its id."""
        attributes = {"url": "https://example.com/hook", "event": event, "content_type": "application/json"}
        body = resource("webhook", attributes, devicegroup=(f"{self.kind}_devicegroup", self.group_id))
        return self.call("POST", "/webhooks", body, 201)["data"]["id"]

    def restart(self, device: str) -> None:
        self.call("POST", f"/devices/{device}/restart", status=204)

    def attributes(self, device: str) -> dict:
        return self.get(f"/devices/{device}")["attributes"]

    def log(self, device: str) -> list[str]:
        """Return the texts of a device's log, oldest first."""
        return [entry["msg"] for entry in reversed(self.get(f"/devices/{device}/logs?page[size]=100"))]


def wait_until(condition: Callable[[], Any]) -> None:
    """Poll until a condition holds."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end, "It does not come true."
        time.sleep(0.01)
