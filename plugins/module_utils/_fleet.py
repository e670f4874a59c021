# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which devices a fleet consists of, and whose they are: everything that an inventory needs, in few requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import details as read_singly
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import Finder, MissingError, is_id
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEVICE,
    GROUP_TYPES,
    SHORT_GROUP_TYPES,
    group_type,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    InvalidDataError,
    NotFoundError,
    PermissionDeniedError,
)

Flat = dict[str, Any]

# What a row of a fleet says beyond the device's own attributes.
PLACE = ("product", "product_id", "device_group", "device_group_id", "device_group_type", "group_deployment_id")
KEYS = ("id", *DEVICE.attributes, *PLACE, "owner", "owner_id")
_NO_GROUP = "null"  # as the owner of a device's group: the device is in none (contract 1.7)


class Selection(NamedTuple):
    """Which devices are meant; what is empty or None does not narrow.

    ``owners``, ``products`` and ``device_groups`` are names or ids, ``exclude`` patterns of device names and ids.
    ``unassigned``: whether devices without a group are meant; by default only if nothing asks for groups.
    """

    owners: Sequence[str] = ()
    products: Sequence[str] = ()
    device_groups: Sequence[str] = ()
    group_types: Sequence[str] = ()
    unassigned: bool | None = None
    online: bool | None = None
    exclude: Sequence[str] = ()
    details: bool = False

    @property
    def with_unassigned(self) -> bool:
        """Tell whether devices without a group are meant."""
        narrowed = self.products or self.device_groups or self.group_types
        return not narrowed if self.unassigned is None else self.unassigned


def fleet(client: Any, selection: Selection) -> list[Flat]:
    """Return a row with ``KEYS`` for each device, by id.

    :raises MissingError: an owner, product or group does not exist. :raises InvalidDataError: there is no such type of
        groups. :raises ImpCentralApiError: a page could not be read.
    """
    finders = [Finder(client, text) for text in selection.owners] or [Finder(client)]
    owners = {one.owner_id: one.owner for one in finders}
    types = [_short(text) for text in selection.group_types]
    products = _by_id(client, "products", [{"owner_id": owner} for owner in owners])
    chosen = _chosen(client, "product", selection.products, products)
    scope = [{"product_id": key} for key in chosen] or [{"owner_id": owner} for owner in owners]
    groups = _by_id(client, "device_groups", scope)
    chosen_groups = _chosen(client, "device_group", selection.device_groups, groups)
    listings = client.session.map(
        lambda filters: [one for page in client.devices.pages(**filters) for one in page],
        _listings(selection, types, list(owners), list(chosen), chosen_groups, groups),
    )
    devices = {one["id"]: one for listing in listings for one in listing}
    meant = [one for _key, one in sorted(devices.items()) if _is_meant(one, selection, types)]
    if selection.details:
        meant = read_singly(client, "device", meant)
    places = _Places(client, products | chosen, groups | chosen_groups, owners)
    return [places.row(one) for one in meant]


def _short(text: str) -> str:
    short = group_type(text)
    if short is None:
        raise InvalidDataError(f"group_types: there is no type {text!r}, but {', '.join(GROUP_TYPES)}.")
    return short


def _by_id(client: Any, collection: str, scopes: Iterable[Mapping[str, str]]) -> dict[str, Flat]:
    listings = client.session.map(lambda filters: getattr(client, collection).list(**filters), scopes)
    return {one["id"]: one for listing in listings for one in listing}


def _chosen(client: Any, kind: str, texts: Iterable[str], known: Mapping[str, Flat]) -> dict[str, Flat]:
    """Return what texts mean by id: all that have such a name, or the one with such an id, which may be another's."""
    chosen: dict[str, Flat] = {}
    for text in texts:
        if is_id(text):
            found = [known.get(text) or getattr(Finder(client), kind)(text)]
        else:
            found = [one for one in known.values() if one["name"] == text]
        if not found:
            label = kind.replace("_", " ")
            raise MissingError(f"there is no {label} {text!r} among those that are looked at.", label, text)
        chosen.update((one["id"], one) for one in found)
    return chosen


def _listings(
    selection: Selection,
    types: Sequence[str],
    owners: Sequence[str],
    products: Sequence[str],
    chosen_groups: Mapping[str, Flat],
    groups: Mapping[str, Flat],
) -> list[dict[str, str]]:
    """Return the filters of the listings that hold all devices that are meant, and few others."""
    existing = sorted({SHORT_GROUP_TYPES.get(one["type"], str(one["type"])) for one in groups.values()})
    narrowed = [one for one in existing if not types or one in types]
    if selection.device_groups:
        found = [{"device_group_id": key} for key, one in chosen_groups.items() if _is_of(one, types)]
    elif selection.products and not types:
        found = [{"product_id": key} for key in products]
    elif selection.products:
        found = [{"product_id": key, "device_group_type": kind} for key in products for kind in narrowed]
    else:
        # A listing without a type holds development devices and those without a group (contract 1.7).
        untyped = selection.with_unassigned and not types
        kinds = [one for one in narrowed if not (untyped and one == "development")]
        found = [{"owner_id": owner, "device_group_type": kind} for owner in owners for kind in kinds]
        found += [{"owner_id": owner} for owner in owners if untyped]
        if untyped:
            return found
    if selection.with_unassigned:
        found += [{"owner_id": owner, "device_group_owner_id": _NO_GROUP} for owner in owners]
    return found


def _is_of(group: Flat, types: Sequence[str]) -> bool:
    return not types or SHORT_GROUP_TYPES.get(group["type"]) in types


def _is_meant(device: Flat, selection: Selection, types: Sequence[str]) -> bool:
    if device["device_group_id"] is None:
        if not selection.with_unassigned:
            return False
    elif types and device["device_group_type"] not in types:
        return False
    if selection.online is not None and bool(device["device_online"]) is not selection.online:
        return False
    return not any(
        fnmatchcase(text, pattern) for pattern in selection.exclude for text in (device["name"], device["id"]) if text
    )


class _Places:
    """Where devices are, by name: products, device groups and owners; what is not known yet is read once."""

    def __init__(
        self, client: Any, products: dict[str, Flat], groups: dict[str, Flat], owners: dict[str, Flat]
    ) -> None:
        self._collections = {"product": client.products, "device_group": client.device_groups, "owner": client.accounts}
        self._known = {"product": products, "device_group": groups, "owner": owners}

    def row(self, device: Flat) -> Flat:
        """Return what an inventory says of a device."""
        group = self._find("device_group", device["device_group_id"])
        product_id = device["product_id"] or group.get("product_id")
        place = {
            "product": self._find("product", product_id).get("name"),
            "product_id": product_id,
            "device_group": group.get("name"),
            "group_deployment_id": group.get("current_deployment_id"),
            "owner": self._find("owner", device["owner_id"]).get("username"),
        }
        return {name: place[name] if name in place else device[name] for name in KEYS}

    def _find(self, kind: str, key: str | None) -> Flat:
        if key is None:
            return {}
        known = self._known[kind]
        if key not in known:
            try:
                known[key] = self._collections[kind].get(key)
            except (NotFoundError, PermissionDeniedError):
                known[key] = {}  # somebody else's: its id is all that can be said
        return known[key]
