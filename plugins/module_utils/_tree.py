# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Products and device groups with everything below them, in as few requests as listings allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import webhooks_of
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import SHORT_GROUP_TYPES
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import shown

Flat = Mapping[str, Any]
Flats = list[dict[str, Any]]
Scopes = list[dict[str, Any]]  # filters of listings, one for each

_FEW = 3  # products: more of them are better read as all that their owner has
_TARGETS = ("production_target", "dut_target")


def product_trees(client: Any, products: Flats, options: Flat) -> Flats:
    """Return products with their ``device_groups`` and ``deployments_without_group``.

    :param options: see :func:`shown`.
    """
    if len(products) > _FEW:
        scopes = [{"owner_id": owner} for owner in _distinct(products, "owner_id")]
    else:
        scopes = [{"product_id": product["id"]} for product in products]
    ids = {product["id"] for product in products}
    listed = _listings(client, client.device_groups, scopes)
    groups = [shown("device_group", group, options) for group in listed if group["product_id"] in ids]
    below = _read_below(client, groups, scopes)
    trees = _by(_with_below(groups, groups, below), "product_id")
    known = {group["id"] for group in groups}
    orphans = _by([one for one in below["deployments"] if one["device_group_id"] not in known], "product_id")
    return [
        {
            **product,
            "device_groups": trees.get(product["id"], []),
            "deployments_without_group": orphans.get(product["id"], []),
        }
        for product in products
    ]


def group_trees(client: Any, groups: Flats, options: Flat) -> Flats:
    """Return device groups with their ``devices``, ``deployments``, ``webhooks`` and the groups that they target.

    :param groups: as results show them. :param options: see :func:`shown`, for the targets.
    """
    products = _distinct(groups, "product_id")
    if len(groups) == 1:
        scopes = [{"device_group_id": groups[0]["id"]}]
    elif len(products) > _FEW:
        scopes = [{"owner_id": owner} for owner in _distinct(groups, "owner_id")]
    else:
        scopes = [{"product_id": product} for product in products]
    known = {group["id"] for group in groups}
    targets = {group[f"{name}_id"] for group in groups for name in _TARGETS} - known - {None}
    read = client.session.map(client.device_groups.get, sorted(targets))
    others = [shown("device_group", group, options) for group in read]
    return _with_below(groups, [*groups, *others], _read_below(client, groups, scopes))


def _read_below(client: Any, groups: Flats, scopes: Scopes) -> dict[str, Flats]:
    """Return the devices, deployments and webhooks within scopes, those of other groups among them."""
    reads: dict[str, Callable[[], Flats]] = {
        "device": lambda: _listings(client, client.devices, _of_members(groups, scopes)),
        "deployment": lambda: _listings(client, client.deployments, scopes),
        "webhook": lambda: webhooks_of(client, groups),
    }
    listings = client.session.map(lambda read: read(), reads.values())
    return {f"{kind}s": [shown(kind, one, {}) for one in listed] for kind, listed in zip(reads, listings)}


def _of_members(groups: Flats, scopes: Scopes) -> Scopes:
    """Return the scopes for devices: without a product or group, a listing hides types that it does not name."""
    if all("owner_id" not in scope for scope in scopes):
        return scopes
    pairs = {(group["owner_id"], SHORT_GROUP_TYPES.get(group["type"], group["type"])) for group in groups}
    return [{"device_group_owner_id": owner, "device_group_type": kind} for owner, kind in sorted(pairs)]


def _listings(client: Any, collection: Any, scopes: Scopes) -> Flats:
    listings = client.session.map(lambda scope: collection.list(**scope), scopes)
    return [one for listing in listings for one in listing]


def _with_below(groups: Flats, known: Flats, below: Mapping[str, Flats]) -> Flats:
    inside = {name: _by(listed, "device_group_id") for name, listed in below.items()}
    by_id = {group["id"]: group for group in known}
    return [
        {
            **group,
            **{name: by_id.get(group[f"{name}_id"]) for name in _TARGETS},
            **{name: members.get(group["id"], []) for name, members in inside.items()},
        }
        for group in groups
    ]


def _by(flats: Iterable[dict[str, Any]], key: str) -> dict[str, Flats]:
    found: dict[str, Flats] = defaultdict(list)
    for one in flats:
        found[one[key]].append(one)
    return found


def _distinct(flats: Iterable[Flat], key: str) -> list[str]:
    return list(dict.fromkeys(one[key] for one in flats))
