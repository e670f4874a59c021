# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the roles on a small fleet, several times in one play, and tells who was asked to restart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from tests.system.runner import Playbooks
from tests.system.service import Service

HERE = {"product": "kitchen", "device_group": "a"}


class Told(NamedTuple):
    """What a playbook with a role left.

    ``results`` are the facts of each time, None for none; ``asked`` are ids in the order of the requests; ``failed``
    are the messages of each time, None for success.
    """

    code: int
    output: str
    results: list[dict[str, Any] | None]
    failed: list[str | None]
    requests: list[str]

    @property
    def result(self) -> dict[str, Any]:
        """The fact of the only time."""
        (only,) = self.results
        assert only is not None, self.output
        return only

    @property
    def asked(self) -> list[str]:
        """Who was asked to restart, each by its own request."""
        return re.findall(r"POST /v5/devices/(\w+)/(?:conditional_)?restart", "\n".join(self.requests))


class Fleet:
    """The product ``kitchen`` with groups of devices.

    :ivar folder: where the playbooks are.
    """

    def __init__(self, playbooks: Playbooks, service: Service) -> None:
        self.folder = playbooks.folder
        self.service = service
        self.playbooks = playbooks
        self.groups: dict[str, tuple[str, str]] = {}
        self._product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
        self._spare = list(service.running.devices)

    def group(self, name: str, count: int, kind: str = "development") -> list[str]:
        """Make a group of devices with names that are in order; return their ids."""
        relationships = {"product": {"type": "product", "id": self._product}}
        kind = f"{kind}_devicegroup"
        data = {"type": kind, "attributes": {"name": name}, "relationships": relationships}
        key = self.service.api("POST", "/devicegroups", data)["id"]
        self.groups[name] = (kind, key)
        devices, self._spare = self._spare[:count], self._spare[count:]
        for number, device in enumerate(devices):
            self.service.admin("PATCH", f"/devices/{device}", json={"devicegroup": key, "name": f"{name}{number}"})
        return devices

    def deploy(self, name: str, code: str, *tags: str) -> str:
        """Give a group code that its devices take when they restart; return the deployment's id."""
        kind, key = self.groups[name]
        attributes = {"device_code": code, "agent_code": "", "tags": list(tags)}
        relationships = {"devicegroup": {"type": kind, "id": key}}
        data = {"type": "deployment", "attributes": attributes, "relationships": relationships}
        return self.service.api("POST", "/deployments", data)["id"]

    def script(self, device: str, *directives: str) -> None:
        """Let a device behave in a way of its own."""
        self.service.admin("PUT", f"/devices/{device}/script", json={"directives": list(directives)})

    def power(self, device: str, on: bool) -> None:
        """Switch a device on or off."""
        self.service.admin("POST", f"/devices/{device}/power", json={"on": on})

    def running(self, device: str) -> str | None:
        """Return the deployment that a device runs."""
        return self.service.admin("GET", f"/devices/{device}/simulation")["deployment_id"]

    def deployments(self, name: str) -> list[dict[str, Any]]:
        """Return a group's deployments with their code, oldest first."""
        rows = [one for one in self.service.rows("deployments") if one["group_id"] == self.groups[name][1]]
        ids = [one["id"] for one in sorted(rows, key=lambda one: one["created_at"])]
        return [{"id": one, **self.service.api("GET", f"/deployments/{one}")["attributes"]} for one in ids]

    def book(self, role: str, *times: dict[str, Any], **keywords: Any) -> Path:
        """Write a playbook that runs a role with the variables of each time; that it fails ends no play."""
        tasks: list[dict[str, Any]] = []
        for number, variables in enumerate(times):
            named = {f"{role}_{name}": value for name, value in variables.items()}
            tasks.append(
                {
                    "block": [{"import_role": {"name": f"electricimp.impcentral.{role}"}, "vars": named}],
                    "rescue": [
                        {"name": f"failure {number}", "debug": {"msg": "{{ ansible_failed_result.msg | default('') }}"}}
                    ],
                    "always": [{"name": f"result {number}", "debug": {"var": f"{role}_result"}}],
                }
            )
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}
        book = self.folder / f"{role}.yml"
        book.write_text(json.dumps([play]))
        return book

    def play(self, role: str, *times: dict[str, Any], arguments: tuple[str, ...] = (), **keywords: Any) -> Told:
        """Run such a playbook. :param keywords: of the play."""
        self.service.requests()
        run = self.playbooks.play(self.book(role, *times, **keywords), *arguments)
        results = [run.results.get(f"result {number}", {}).get(f"{role}_result") for number in range(len(times))]
        failed = [run.results.get(f"failure {number}", {}).get("msg") for number in range(len(times))]
        kept = [one if isinstance(one, dict) else None for one in results]
        return Told(run.code, run.output, kept, failed, self.service.requests())

    def restart(self, **variables: Any) -> Told:
        """Run the role restart once on the group ``a``."""
        where = {} if "devices" in variables else HERE
        return self.play("restart", {**where, "timeout": 30, **variables})

    def rollout(self, code: str = "", **variables: Any) -> Told:
        """Run the role rollout once on the group ``a``."""
        given = {"device_code": code} if code else {}
        return self.play("rollout", {**HERE, "timeout": 30, **given, **variables})
