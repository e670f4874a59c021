# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that live: groups with devices in them, what they run, and how they behave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.service import Service

HERE = {"product": "kitchen", "device_group": "a"}
_TUNED = ("time_scale", "stream_limit", "stream_device_limit")


@pytest.fixture
def tuned(service: Service) -> Iterator[None]:
    """Put back what a test changes of the emulator's options."""
    before = service.admin("GET", "/options")
    yield
    service.admin("POST", "/options", json={name: before[name] for name in _TUNED})


def groups(service: Service) -> list[str]:
    """Make ``kitchen`` with the first three devices in ``a``, two in production in ``sold``, none in ``empty``.

    Returns the sorted ids of those in ``a``.
    """
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    for name, kind, devices in (
        ("a", "development", service.running.devices[:3]),
        ("sold", "production", service.running.devices[3:5]),
        ("empty", "development", []),
    ):
        relationships = {"product": {"type": "product", "id": product}}
        data = {"type": f"{kind}_devicegroup", "attributes": {"name": name}, "relationships": relationships}
        group = service.api("POST", "/devicegroups", data)["id"]
        for number, device in enumerate(devices):
            service.admin("PATCH", f"/devices/{device}", json={"devicegroup": group, "name": f"{name}{number}"})
    return sorted(service.running.devices[:3])


def deploy(service: Service, code: str, name: str = "a") -> None:
    """Give a group code that its devices take when they restart."""
    group = next(row["id"] for row in service.rows("device_groups") if row["name"] == name)
    kind = "production" if name == "sold" else "development"
    relationships = {"devicegroup": {"type": f"{kind}_devicegroup", "id": group}}
    data = {"type": "deployment", "attributes": {"device_code": code}, "relationships": relationships}
    service.api("POST", "/deployments", data)


def script(service: Service, device: str, *directives: str) -> None:
    """Let a device behave in a way of its own, at once and after each restart."""
    service.admin("PUT", f"/devices/{device}/script", json={"directives": list(directives)})
