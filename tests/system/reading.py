# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the modules that read share: a small fleet, and what every one of them promises."""

from __future__ import annotations

from typing import Any

from tests.system.runner import Playbooks, Run, Task
from tests.system.service import Service

URL = "https://me:url-password@hooks.example.com/"


class Fleet:
    """Two products, by default ``kitchen`` and ``bath``, whose groups have devices, deployments and webhooks.

    The first: ``sensors`` (development, two devices, two deployments, two webhooks), ``sold`` (production, two
    devices, one deployment), and the fixture ``line`` with its targets ``pilots`` and ``probes``. The other:
    ``sensors``, empty. Ids are kept by name, as ``kitchen`` and ``kitchen/sensors``; ``deployments`` oldest first.
    """

    def __init__(self, service: Service, first: str = "kitchen", other: str = "bath") -> None:
        self._service = service
        self._first = first
        self.ids: dict[str, str] = {}
        self.types: dict[str, str] = {}
        for product in (first, other):
            data = {"type": "product", "attributes": {"name": product}}
            self.ids[product] = service.api("POST", "/products", data)["id"]
        self._group(first, "sensors", "development", env_vars={"key": "api-key-of-tests"})
        self._group(first, "sold", "production")
        self._group(first, "pilots", "pre_production")
        self._group(first, "probes", "pre_dut")
        self._group(first, "line", "pre_factoryfixture", production_target="pilots", dut_target="probes")
        self._group(other, "sensors", "development")
        self.devices = service.running.devices[:4]
        for device, group in zip(self.devices, ("sensors", "sensors", "sold", "sold"), strict=True):
            service.admin("PATCH", f"/devices/{device}", json={"devicegroup": self.group(group)})
        self.deployments = [
            self._deployment("sensors", "// first\r\n", origin="git 1", tags=["v1", "old"], flagged=True),
            self._deployment("sensors", "// second\n", origin="git 2", tags=["v1"]),
            self._deployment("sold", "// first\r\n"),
        ]
        self.webhooks = [self._webhook("deployment"), self._webhook("blinkup")]

    def group(self, name: str) -> str:
        """Return the id of a group of the first product."""
        return self.ids[f"{self._first}/{name}"]

    def _group(self, product: str, name: str, kind: str, env_vars: Any = None, **targets: str) -> None:
        attributes = {"name": name, **({"env_vars": env_vars} if env_vars else {})}
        related = {"product": {"type": "product", "id": self.ids[product]}}
        for role, other in targets.items():
            related[role] = {"type": self.types[other], "id": self.group(other)}
        self.types[name] = f"{kind}_devicegroup"
        data = {"type": self.types[name], "attributes": attributes, "relationships": related}
        self.ids[f"{product}/{name}"] = self._service.api("POST", "/devicegroups", data)["id"]

    def _of(self, name: str) -> dict[str, Any]:
        return {"devicegroup": {"type": self.types[name], "id": self.group(name)}}

    def _deployment(self, group: str, code: str, **attributes: Any) -> str:
        attributes |= {"device_code": code, "agent_code": "// Café\n"}
        data = {"type": "deployment", "attributes": attributes, "relationships": self._of(group)}
        return self._service.api("POST", "/deployments", data)["id"]

    def _webhook(self, event: str) -> str:
        attributes = {"url": URL + event, "event": event, "content_type": "application/json"}
        data = {"type": "webhook", "attributes": attributes, "relationships": self._of("sensors")}
        return self._service.api("POST", "/webhooks", data)["id"]


def partner(service: Service) -> tuple[str, str]:
    """Add an account that the caller collaborates on, with a product ``kitchen``; return the ids of both."""
    account = service.admin("POST", "/accounts", json={"username": "partner", "role": "developer"})["id"]
    related = {"owner": {"type": "account", "id": account}}
    data = {"type": "product", "attributes": {"name": "kitchen"}, "relationships": related}
    return account, service.api("POST", "/products", data)["id"]


def read(playbooks: Playbooks, *tasks: Task) -> Run:
    """Run each task in check mode and for real: both return the same, and neither writes or changes anything.

    Only what is missing by its name, which an earlier task would create, is no error in check mode. Returns the real
    runs.
    """
    staged = []
    for name, module, options, *rest in tasks:
        keywords = rest[0] if rest else {}
        staged += [
            (f"{name}, foreseen", module, options, {**keywords, "check_mode": True}),
            (name, module, options, keywords),
        ]
    run = playbooks.run(*staged)
    for name, *_rest in tasks:
        foreseen, real = run.results[f"{name}, foreseen"], run.results[name]
        assert run.writes(name) == [] == run.writes(f"{name}, foreseen"), name
        warnings = foreseen.pop("warnings", [""])
        real.pop("warnings", None)
        if "created by an earlier task" in warnings[-1]:
            assert real["status"] == "failed" and foreseen["status"] == "ok", (name, foreseen, real)
        else:
            assert foreseen == real and real["changed"] is False, (name, foreseen, real)
    return run


def ids(result: dict[str, Any], plural: str) -> set[str]:
    """Return the ids of what a task returned."""
    assert result["status"] == "ok", result
    return {one["id"] for one in result[plural]}
