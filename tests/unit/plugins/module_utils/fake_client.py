# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client without a service: it answers from lists of flattened resources and keeps what it was asked."""

from __future__ import annotations

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    GROUP_TYPES,
    RESOURCES,
    Resource,
    empty,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import NotFoundError

ME, PARTNER = "0f179480-c8de-2784-e537-ee9919d06cd5", "1f179480-c8de-2784-e537-ee9919d06cd5"
_UNHIDING = {"product_id", "device_group_id", "device_group_type"}


def uuid(kind: int, number: int) -> str:
    """Return an id in the service's form."""
    return f"{kind:08x}-0000-0000-0000-{number:012x}"


class FakeCollection:
    """One collection: it knows the filters of its table and, for devices, what the service hides (contract 1.7)."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.items: list[dict[str, Any]] = []
        self.asked: list[Any] = []

    def add(self, **known: Any) -> dict[str, Any]:
        """Add a resource and return it."""
        known.setdefault("type", self.resource.name)
        self.items.append(empty(self.resource, **known))
        return self.items[-1]

    def list(self, limit: int | None = None, fresh: bool = False, **filters: Any) -> list[dict[str, Any]]:
        assert filters.keys() <= self.resource.filters.keys(), filters
        self.asked.append(filters)
        filters = {name: value for name, value in filters.items() if value is not None}
        found = [dict(one) for one in self.items if all(_fits(one, *item) for item in filters.items())]
        if self.resource.name == "device" and not filters.keys() & _UNHIDING:
            found = [one for one in found if one["device_group_type"] in (None, "development")]
        return found[:limit]

    def get(self, key: str) -> dict[str, Any]:
        self.asked.append(key)
        for one in self.items:
            if key in (one["id"], one.get("mac_address"), one.get("agent_id")) or (key == "me" and one["id"] == ME):
                return dict(one)
        raise NotFoundError("Not Found", status_code=404)


def _fits(one: dict[str, Any], name: str, value: Any) -> bool:
    if name == "tags":
        return set(value) <= set(one["tags"] or [])
    if name == "type":
        return one["type"] == GROUP_TYPES[value]
    if name == "device_group_owner_id":
        return one["group_owner"] == value
    return one[name] == value


class FakeClient:
    """A client whose caller is ``ann`` and sees what ``bob`` has as well."""

    def __init__(self) -> None:
        for resource in RESOURCES.values():
            setattr(self, resource.plural, FakeCollection(resource))
        self.session = self
        self.accounts: FakeCollection
        self.devices: Any
        self.accounts.add(id=ME, username="ann", email="ann@example.com")
        self.accounts.add(id=PARTNER, username="bob", email="bob@example.com")

    @staticmethod
    def map(function: Any, items: Any) -> list[Any]:
        return [function(item) for item in items]

    def of(self, kind: str) -> FakeCollection:
        """Return the collection of a kind."""
        return getattr(self, RESOURCES[kind].plural)

    def requests(self) -> int:
        """Return how many requests were sent."""
        return sum(len(self.of(kind).asked) for kind in RESOURCES)
