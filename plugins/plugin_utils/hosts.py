# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From rows of a fleet to hosts and groups of an inventory: names that cannot surprise, and variables. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypedDict

Row = Mapping[str, Any]


class HostVars(TypedDict):
    """The variables of a host. All are always there, null when the service does not say them.

    ``imp_device_group_type`` is short. ``imp_group_deployment_id`` is the group's current build: what a device runs is
    not known. ``imp_free_memory``, ``imp_swversion`` and ``imp_plan_id`` need ``details``.
    """

    imp_id: str
    imp_name: str | None
    imp_agent_id: str | None
    imp_agent_url: str | None
    imp_device_online: bool | None
    imp_device_state_changed_at: str | None
    imp_agent_running: bool | None
    imp_agent_state_changed_at: str | None
    imp_last_enrolled_at: str | None
    imp_imp_type: str | None
    imp_ip_address: str | None
    imp_mac_address: str | None
    imp_free_memory: int | None
    imp_rssi: int | None
    imp_swversion: str | None
    imp_plan_id: str | None
    imp_product: str | None
    imp_product_id: str | None
    imp_device_group: str | None
    imp_device_group_id: str | None
    imp_device_group_type: str | None
    imp_group_deployment_id: str | None
    imp_owner: str | None
    imp_owner_id: str | None


class Named(TypedDict):
    """A host's name, and whether it had to be made unique."""

    name: str
    repeated: bool


ZONES = {"development": "development", "production": "production", "factory": "production", "dut": "production"}
GROUPINGS = ("product", "device_group", "group_type", "zone", "online", "imp_type", "owner")
# Ansible gives these names a meaning of their own.
_TAKEN = frozenset(("all", "ungrouped", "localhost", "127.0.0.1", "::1"))
_NO_HOST = re.compile(r"[^\w.-]")
_NO_GROUP = re.compile(r"\W")


def variables(row: Row) -> dict[str, Any]:
    """Return the variables of a host, :class:`HostVars`."""
    return {f"imp_{name}": value for name, value in row.items()}


def host_name(text: str) -> str:
    """Return a text as a host name: what a pattern, a path or a template would understand becomes an underscore."""
    name = _NO_HOST.sub("_", text.strip())
    # A leading dot or dash would be a hidden file of a fact cache, or an option.
    return "_" + name if name[:1] in (".", "-") else name


def host_names(texts: Sequence[str], ids: Sequence[str], taken: Callable[[str, str], bool]) -> list[Named]:
    """Return a name for each host that no other has: all bearers of a repeated name get their device id.

    :param texts: wanted names. :param taken: tells of a name and an id whether something else has the name already.
    """
    names = [host_name(text) or host_id for text, host_id in zip(texts, ids)]
    repeated = [name in _TAKEN or taken(name, host_id) for name, host_id in zip(names, ids)]
    while True:
        bearers: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(names):
            bearers[f"{name}_{ids[place]}" if repeated[place] else name].append(place)
        clashing = [place for places in bearers.values() if len(places) > 1 for place in places if not repeated[place]]
        if not clashing:
            break
        for place in clashing:
            repeated[place] = True
    return [
        Named(name=f"{name}_{host_id}" if again else name, repeated=again)
        for name, host_id, again in zip(names, ids, repeated)
    ]


@lru_cache(4096)  # the same few names are asked for with every host
def group_name(*parts: Any) -> str:
    """Return parts as the name of a group."""
    return _NO_GROUP.sub("_", "_".join(str(part) for part in parts))


def zone(row: Row) -> str:
    """Return the zone of a device's group; a device without a group is in the development zone."""
    kind = row["device_group_type"]
    return ZONES.get(kind, "test") if kind else "development"


class Groups:
    """The groups of a fleet by name; objects whose names become equal get their ids appended."""

    def __init__(self, rows: Iterable[Row], group_by: Sequence[str]) -> None:
        self._group_by = group_by
        # Beside products and device groups only owners have ids of their own.
        self._names: dict[tuple[str, str], str] = {}
        self.repeated: list[str] = []
        wanted: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for row in rows:
            for kind in ("product", "device_group", "owner"):
                if kind in group_by and row[f"{kind}_id"]:
                    wanted[_natural(kind, row)].setdefault((kind, row[f"{kind}_id"]))
        for name, objects in wanted.items():
            if len(objects) > 1:
                self.repeated.append(name)
            for kind, key in objects:
                self._names[kind, key] = f"{name}_{group_name(key)}" if len(objects) > 1 else name

    def of(self, row: Row) -> list[str]:
        """Return the groups that hold a host directly."""
        found = []
        for kind in self._group_by:
            name = self._name(kind, row)
            # A device group is a child of its product's group.
            if name and not (kind == "product" and "device_group" in self._group_by and row["device_group_id"]):
                found.append(name)
        return found

    def parents(self, rows: Iterable[Row]) -> dict[str, str]:
        """Return the product's group of each device group's."""
        if not {"product", "device_group"} <= set(self._group_by):
            return {}
        pairs = {(self._name("device_group", row), self._name("product", row)) for row in rows}
        return {child: parent for child, parent in pairs if child and parent}

    def _name(self, kind: str, row: Row) -> str | None:
        if kind in ("product", "device_group", "owner"):
            return self._names.get((kind, row[f"{kind}_id"]))
        if kind == "zone":
            return group_name("zone", zone(row))
        if kind == "online":
            return f"online_{str(bool(row['device_online'])).lower()}"
        value = row["device_group_type" if kind == "group_type" else kind]
        return group_name(kind, value) if value else None


def _natural(kind: str, row: Row) -> str:
    own = row[kind] or row[f"{kind}_id"]
    if kind == "device_group":
        return f"{group_name(kind, row['product'] or row['product_id'])}__{group_name(own)}"
    return group_name(kind, own)
