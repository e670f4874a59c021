# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From selectors and filters to the resources that they mean: what everything that reads has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import (
    ANY,
    Finder,
    MissingError,
    device_text,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    EVENTS,
    GROUP_TYPE_CHOICES,
    GROUP_TYPES,
    RESOURCES,
    group_type,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import shown
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError, NotFoundError

Options = Mapping[str, Any]
Flats = list[dict[str, Any]]

_SPECS: dict[str, dict[str, Any]] = {
    "id": {"type": "str"},
    "name": {"type": "str"},
    "device": {"type": "raw"},
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "type": {"type": "str", "choices": list(GROUP_TYPE_CHOICES)},
    "sha": {"type": "str"},
    "origin": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "flagged": {"type": "bool"},
    "event": {"type": "str", "choices": list(EVENTS)},
    "limit": {"type": "int"},
}
# What each kind can be found by, besides its owner.
SELECTORS: dict[str, tuple[str, ...]] = {
    "account": ("id", "name"),
    "product": ("id", "name", "limit"),
    "device_group": ("id", "name", "product", "type", "limit"),
    "device": ("device", "product", "device_group", "type", "limit"),
    "deployment": ("id", "product", "device_group", "sha", "origin", "tags", "flagged", "limit"),
    "webhook": ("id", "product", "device_group", "event", "limit"),
    "login_key": ("id",),
    "refresh_token": ("id",),
}
_ONE = ("id", "name", "device")
_TEXTS = ("id", "name", "product", "device_group", "owner", "sha")
_AS_THEY_ARE = ("sha", "origin", "tags", "flagged", "event")
_OWNED = ("product", "device_group", "device", "deployment", "webhook")
# A listing with one of these needs no owner besides.
_SCOPES = frozenset(("owner_id", "product_id", "device_group_id"))
# Whether the service shows these of a webhook is not certain (contract 2.7); its group has them.
_WEBHOOKS_MAY_LACK = ("owner_id", "product_id")
_FEW = 2  # groups whose webhooks are better listed one by one


def selectors(kind: str) -> dict[str, dict[str, Any]]:
    """Return the argument spec of the options that find resources of a kind."""
    specs = {name: dict(_SPECS[name]) for name in SELECTORS[kind]}
    if kind == "login_key":
        specs["id"]["no_log"] = True  # the id is the secret
    return specs


def find(client: Any, finder: Finder, kind: str, options: Options) -> Flats:
    """Return the resources that options mean, flattened and as results show them.

    ``id``, ``name`` or ``device`` select one, which must exist; everything else filters, and may leave nothing. What
    is given by an id may belong to any account unless the owner is given as well.

    :param finder: of the owner that ``options`` name. :param kind: one of ``SELECTORS``.
    :param options: those of ``SELECTORS``, ``owner``, and what :func:`shown` takes; null ones count as not given.
    :raises MissingError: something that is given by id or name does not exist.
    :raises AmbiguousError: a name fits several. :raises InvalidDataError: an option cannot be understood.
    """
    _check(options)
    filters = _filters(finder, kind, options)
    text = next((options[name] for name in _ONE if name in SELECTORS[kind] and options.get(name) is not None), None)
    limit = options.get("limit")
    found = (
        _listed(client, finder, kind, filters, limit) if text is None else [_one(client, finder, kind, text, options)]
    )
    if kind == "deployment":
        found.sort(key=lambda one: one["created_at"] or "", reverse=True)
    return [shown(kind, one, options) for one in found if _fits(one, filters)][:limit]


def _check(options: Options) -> None:
    for name in _TEXTS:
        if options.get(name) == "":
            raise InvalidDataError(f"{name} must not be empty: leave it out, or give a value.")
    check_limit(options.get("limit"))


def check_limit(limit: int | None) -> int | None:
    """Return the limit. :raises InvalidDataError: it is less than one."""
    if limit is not None and limit < 1:
        raise InvalidDataError("limit must be at least 1.")
    return limit


def _filters(finder: Finder, kind: str, options: Options) -> dict[str, Any]:
    """Return the filters that options mean, by the client's keywords, with ids for names."""
    given = {name: options[name] for name in SELECTORS[kind] if options.get(name) not in (None, [])}
    filters = {name: value for name, value in given.items() if name in _AS_THEY_ARE}
    if options.get("owner") not in (None, ANY) and kind in _OWNED:
        filters["owner_id"] = finder.owner_id
    if "type" in given:
        filters["type" if kind == "device_group" else "device_group_type"] = group_type(given["type"])
    if "device_group" in given:
        filters["device_group_id"] = finder.any_device_group(given["device_group"], given.get("product"))["id"]
    if "product" in given:
        filters["product_id"] = finder.product(given["product"])["id"]
    return filters


def _one(client: Any, finder: Finder, kind: str, text: Any, options: Options) -> dict[str, Any]:
    if kind == "device":
        return finder.device(device_text(text))
    if kind == "device_group":
        return finder.any_device_group(text, options.get("product"))
    if kind in ("login_key", "refresh_token"):
        return _with_id(kind, getattr(client, RESOURCES[kind].plural).list(), text)
    return getattr(finder, kind)(text)


def _with_id(kind: str, listed: Flats, text: str) -> dict[str, Any]:
    for one in listed:
        if one["id"] == text:
            return one
    label = kind.replace("_", " ")
    raise MissingError(f"there is no {label} with this id.", label, text, True)


def _listed(client: Any, finder: Finder, kind: str, filters: Options, limit: int | None) -> Flats:
    collection = getattr(client, RESOURCES[kind].plural)
    if kind in ("account", "login_key", "refresh_token"):
        return collection.list()
    if kind == "webhook":
        return _webhooks(client, finder, filters)
    if kind == "device" and not filters.keys() - {"owner_id"}:
        return finder.devices(limit)
    sent = {name: value for name, value in filters.items() if name in RESOURCES[kind].filters}
    # A filter of our own may refuse what is read, so how much has to be read is not known.
    return _owned(finder, collection, sent, limit if len(sent) == len(filters) else None)


def _owned(finder: Finder, collection: Any, filters: Options, limit: int | None = None) -> Flats:
    if filters.keys() & _SCOPES:
        return collection.list(limit=limit, **filters)
    return finder.owned(collection, limit, **filters)


def _webhooks(client: Any, finder: Finder, filters: Options) -> Flats:
    of_groups = {name: filters[name] for name in _WEBHOOKS_MAY_LACK if name in filters}
    if "device_group_id" not in filters:
        return webhooks_of(client, _owned(finder, client.device_groups, of_groups))
    if of_groups and not _fits(client.device_groups.get(filters["device_group_id"]), of_groups):
        return []
    return client.webhooks.list(device_group_id=filters["device_group_id"])


def webhooks_of(client: Any, groups: Iterable[Mapping[str, Any]]) -> Flats:
    """Return the webhooks of device groups, in few requests: one listing covers all that the caller owns."""
    groups = list(groups)
    if len(groups) > _FEW:
        mine = client.accounts.get("me")["id"]
        own = {group["id"] for group in groups if group["owner_id"] == mine}
    else:
        own = set()
    foreign = [group["id"] for group in groups if group["id"] not in own]
    listings = client.session.map(
        lambda group_id: client.webhooks.list(device_group_id=group_id), [*([None] if own else []), *foreign]
    )
    wanted = own | set(foreign)
    found = {one["id"]: one for listing in listings for one in listing if one["device_group_id"] in wanted}
    return list(found.values())


def _fits(one: Mapping[str, Any], filters: Options) -> bool:
    """Tell whether a resource has what filters demand: what was selected by id or name is not filtered by the service."""
    return all(_has(one, name, value) for name, value in filters.items())


def _has(one: Mapping[str, Any], name: str, value: Any) -> bool:
    if name == "tags":
        return set(value) <= set(one["tags"] or ())
    if name == "type":
        return one["type"] == GROUP_TYPES[value]
    return one[name] == value or (one["type"] == "webhook" and name in _WEBHOOKS_MAY_LACK and one[name] is None)


def details(client: Any, kind: str, flats: Flats) -> Flats:
    """Return resources as single reads show them, several read at once; what was deleted meanwhile is left out."""
    collection = getattr(client, RESOURCES[kind].plural)

    def read(flat: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            return collection.get(flat["id"])
        except NotFoundError:
            return None

    return [one for one in client.session.map(read, flats) if one]
