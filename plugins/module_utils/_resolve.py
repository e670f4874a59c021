# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a user writes (name, id, MAC, agent id) to the resource that is meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Callable

from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import SHORT_GROUP_TYPES
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ImpCentralError,
    InvalidDataError,
    NotFoundError,
    PermissionDeniedError,
)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEVICE_ID = re.compile(r"[0-9a-f]{16}")
_AGENT_ID = re.compile(r"[A-Za-z0-9_-]{12}")
_MAC = re.compile(r"([0-9a-f]{2})[:.-]?([0-9a-f]{2})[:.-]?" * 2 + r"([0-9a-f]{2})[:.-]?([0-9a-f]{2})", re.IGNORECASE)

_LONGEST_NAME = 80
_READ_SINGLY = 20  # more devices than that cost less as a listing
# As the owner: every account that the caller can see.
ANY = "any"


class MissingError(ImpCentralError):
    """Something given by name does not exist. ``kind`` and ``name`` say what, ``by_id`` whether it was an id."""

    def __init__(self, message: str, kind: str, name: str, by_id: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.name = name
        self.by_id = by_id


class AmbiguousError(InvalidDataError):
    """A text fits several resources; ``candidates`` lists them."""

    def __init__(self, kind: str, text: str, candidates: Iterable[dict[str, Any]], advice: str = "") -> None:
        self.candidates = [_candidate(found) for found in candidates]
        listed = "; ".join(
            ", ".join(f"{key} {value}" for key, value in candidate.items()) for candidate in self.candidates
        )
        super().__init__(f"{kind} {text!r} is ambiguous, it fits: {listed}. {advice or 'Give the id instead'}.")


def _candidate(found: dict[str, Any]) -> dict[str, Any]:
    keys = ("id", "name", "type", "owner_id", "product_id", "device_group_id")
    return {key.replace("_id", ""): found[key] for key in keys if found.get(key)} | {"id": found["id"]}


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an id (accounts, products, groups, deployments, webhooks)."""
    return bool(_UUID.fullmatch(text))


def is_device_id(text: str) -> bool:
    """Tell whether a text is a device id: 16 lower-case hexadecimal digits."""
    return bool(_DEVICE_ID.fullmatch(text))


def mac_address(text: str) -> str | None:
    """Return a MAC address in the service's spelling (lower case, colons), or None when the text is none."""
    found = _MAC.fullmatch(text)
    return ":".join(found.groups()).lower() if found else None


def device_text(value: Any) -> str:
    """Return what names a device as text, an id in the service's spelling (lower case).

    :raises InvalidDataError: YAML has made a number of it, so that digits may be lost.
    """
    if not isinstance(value, str):
        raise InvalidDataError(
            f"the device {value!r} is not a text but {type(value).__name__}: YAML reads an id of digits as a number, "
            'so put it in quotes ("0123456789012345").'
        )
    if not value.strip():
        raise InvalidDataError("a device must not be an empty text: give its id, MAC address, agent id or name.")
    return value.lower() if is_device_id(value.lower()) else value


def check_name(kind: str, name: str | None) -> None:
    """Refuse a name that the service would refuse, so that check mode does as well; None is no name.

    :raises InvalidDataError: it has not 1 to 80 characters (contract 2.3, 2.4).
    """
    if name is not None and not 1 <= len(name) <= _LONGEST_NAME:
        raise InvalidDataError(
            f"the name of a {kind} must have 1 to {_LONGEST_NAME} characters, not {len(name)}: {name[:20]!r}."
        )


class Finder:
    """Find resources through a client, within one owner's account.

    :param client: the client of the service.
    :param owner: id, ``me``, e-mail or user name of the account whose products and devices are meant, or ``any``.
    """

    def __init__(self, client: Any, owner: str | None = None) -> None:
        self._client = client
        self._owner = owner
        self._account: dict[str, Any] | None = None

    @property
    def owner(self) -> dict[str, Any]:
        """Return the account that is meant (default: the caller's)."""
        if self._account is None:
            self._account = self.account(self._owner or "me")
        return self._account

    @property
    def owner_id(self) -> str:
        """Return the id of :attr:`owner`."""
        return self.owner["id"]

    @property
    def owner_ids(self) -> list[str]:
        """Return the ids of the accounts that are meant: several for ``any``."""
        return [one["id"] for one in self._client.accounts.list()] if self._owner == ANY else [self.owner_id]

    def owned(self, collection: Any, limit: int | None = None, **filters: Any) -> list[dict[str, Any]]:
        """Return what the owner has of a collection; what an unfiltered list covers is not certain (contract 1.7)."""
        listings = self._client.session.map(
            lambda owner_id: collection.list(limit=limit, owner_id=owner_id, **filters), self.owner_ids
        )
        return [one for listing in listings for one in listing]

    def account(self, text: str) -> dict[str, Any]:
        """Return an account by id, ``me``, e-mail or user name.

        :raises MissingError: the caller can see no such account.
        """
        if text == "me" or is_id(text):
            return self._get(self._client.accounts, text, "account")
        known = [one for one in self._client.accounts.list() if text in (one["email"], one["username"])]
        if len({one["id"] for one in known}) > 1:
            raise AmbiguousError("account", text, known)
        if not known:
            raise MissingError(f"the account {text!r} is not among those that you can see.", "account", text, True)
        return known[0]

    def product(self, text: str) -> dict[str, Any]:
        """Return a product by id, or by name within the owner's.

        :raises MissingError: there is none. :raises AmbiguousError: there are several.
        """
        if is_id(text):
            return self._get(self._client.products, text, "product")
        found = [one for one in self.owned(self._client.products) if one["name"] == text]
        return _only("product", text, found, self._place())

    def device_group(self, text: str, product: str | None = None) -> dict[str, Any]:
        """Return a device group by id, or by name within a product.

        :raises MissingError: there is none, or no such product. :raises InvalidDataError: a name without a product.
        """
        if is_id(text):
            group = self._get(self._client.device_groups, text, "device group")
            self.check_place("device group", group, product)
            return group
        if not product:
            raise InvalidDataError(f"the device group {text!r} is given by name: name its product as well.")
        return self.device_group_in(self.product(product), text)

    def check_place(
        self, label: str, found: dict[str, Any], product: str | None, device_group: str | None = None
    ) -> None:
        """Refuse what was found by its id and is not in the product and the device group that are named as well.

        :raises InvalidDataError: it is in another one. :raises MissingError: there is no such product.
        """
        told = f"the {label} {found['id']} does not belong to the"
        if product and self.product(product)["id"] != found["product_id"]:
            raise InvalidDataError(f"{told} product {product!r}.")
        if device_group:
            group = self.device_group(found["device_group_id"]) if found["device_group_id"] else {}
            if device_group not in (group.get("id"), group.get("name")):
                raise InvalidDataError(f"{told} device group {device_group!r}.")

    def device_group_in(self, product: dict[str, Any], name: str) -> dict[str, Any]:
        """Return the device group of this name in a product that is known already."""
        found = [one for one in self._client.device_groups.list(product_id=product["id"]) if one["name"] == name]
        return _only("device group", name, found, f"the product {product['name'] or product['id']!r}")

    def any_device_group(self, text: str, product: str | None = None) -> dict[str, Any]:
        """Return a device group by id, or by name: within the product, else within all that the owner has."""
        if is_id(text) or product:
            return self.device_group(text, None if is_id(text) else product)
        found = [one for one in self.owned(self._client.device_groups) if one["name"] == text]
        return _only("device group", text, found, self._place())

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        """Return a deployment by id, with its code."""
        return self._get(self._client.deployments, deployment_id, "deployment")

    def is_below_minimum(self, deployment: dict[str, Any], group: dict[str, Any]) -> bool:
        """Tell whether a deployment is older than the minimum supported one of its group (contract 2.4.9)."""
        minimum = group["min_supported_deployment_id"]
        if minimum in (None, deployment["id"]):
            return False
        return (deployment["created_at"] or "") < (self.deployment(minimum)["created_at"] or "")

    def webhook(self, webhook_id: str) -> dict[str, Any]:
        """Return a webhook by id."""
        return self._get(self._client.webhooks, webhook_id, "webhook")

    def device(self, text: str) -> dict[str, Any]:
        """Return a device by id, MAC address, agent id or name, as a single read shows it.

        16 hexadecimal digits are a device id. A text that fits an agent id is tried as both that and a name.

        :raises MissingError: there is none. :raises AmbiguousError: there are several.
        """
        if is_device_id(text):
            return self._get(self._client.devices, text, "device")
        found = {one["id"]: one for one in map(self._try_device, self._aliases(text)) if one}
        if not found or _AGENT_ID.fullmatch(text):
            named = [one for one in self.devices() if one["name"] == text]
            found.update({one["id"]: one for one in named if one["id"] not in found})
        # A MAC address is no name that could yet be given.
        by_id = mac_address(text) is not None
        device = _only("device", text, list(found.values()), self._place(), by_id)
        return self._get(self._client.devices, device["id"], "device")

    def many_devices(
        self, texts: Iterable[str], known: Iterable[dict[str, Any]] = ()
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        """Return the devices that texts mean, as a list shows them, and the texts that mean none.

        Each text is understood as :meth:`device` does. What is ``known`` and given by id costs no request, a few
        other ids one each, and anything else one listing of the owner's devices for all of them.

        :raises AmbiguousError: a text fits several.
        """
        listed = {one["id"]: one for one in known}
        texts = list(dict.fromkeys(texts))
        rest = [text for text in texts if text not in listed]
        if len(rest) > _READ_SINGLY or not all(map(is_device_id, rest)):
            listed.update({one["id"]: one for one in self.devices()})
        fits = {text: found for text, found in fitting(texts, listed.values()).items() if found}
        # A listing is the owner's alone; these forms of address reach further (contract 1.5).
        left = [text for text in texts if text not in fits and (is_device_id(text) or self._aliases(text))]
        fits.update((text, found) for text, found in self._client.session.map(self._by_address, left) if found)
        found = {text: _only("device", text, fits[text], "") for text in texts if text in fits}
        return found, [text for text in texts if text not in found]

    def _by_address(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        addresses = [text] if is_device_id(text) else self._aliases(text)
        return text, list({one["id"]: one for one in map(self._try_device, addresses) if one}.values())

    def devices(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return every device of the owner, those included that an unfiltered list hides (contract 1.7).

        :param limit: of each type no more are read.
        """
        # At once: what hides nothing need not wait until the types are known.
        reads = (self._listed_devices, self._hidden_devices)
        listings = self._client.session.map(lambda read: read(limit), reads)
        return list({one["id"]: one for listing in listings for one in listing}.values())

    def _listed_devices(self, limit: int | None) -> list[dict[str, Any]]:
        return self.owned(self._client.devices, limit)

    def _hidden_devices(self, limit: int | None) -> list[dict[str, Any]]:
        groups = self.owned(self._client.device_groups)
        hidden = sorted({SHORT_GROUP_TYPES.get(one["type"], one["type"]) for one in groups} - {"development"})
        listings = self._client.session.map(
            lambda kind: self.owned(self._client.devices, limit, device_group_type=kind), hidden
        )
        return [one for listing in listings for one in listing]

    def _aliases(self, text: str) -> list[str]:
        mac = mac_address(text)
        return [alias for alias in (mac, text if _AGENT_ID.fullmatch(text) else None) if alias]

    def _try_device(self, alias: str) -> dict[str, Any] | None:
        try:
            return self._client.devices.get(alias)
        except NotFoundError:
            return None

    def _place(self) -> str:
        if self._owner == ANY:
            return "any account that you can see"
        return f"the account {self.owner['username'] or self.owner['email'] or self.owner['id']!r}"

    @staticmethod
    def _get(collection: Any, text: str, kind: str) -> dict[str, Any]:
        try:
            return collection.get(text)
        except (NotFoundError, PermissionDeniedError) as error:
            raise MissingError(
                f"there is no {kind} with the id {text}, or you may not see it.", kind, text, True
            ) from error


def fitting(texts: Iterable[str], devices: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return for each text the devices that it means, by the rules of :meth:`Finder.device`."""
    by_id: dict[str, dict[str, Any]] = {}
    by_address: dict[str, dict[str, Any]] = {}
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in devices:
        by_id[one["id"]] = one
        by_address.update({address: one for address in (one["mac_address"], one["agent_id"]) if address})
        by_name[one["name"]].append(one)

    def fit(text: str) -> list[dict[str, Any]]:
        if is_device_id(text):
            return [by_id[text]] if text in by_id else []
        addresses = (mac_address(text) or text, text)
        found = {by_address[one]["id"]: by_address[one] for one in addresses if one in by_address}
        if not found or _AGENT_ID.fullmatch(text):
            found.update({one["id"]: one for one in by_name.get(text, [])})
        return list(found.values())

    return {text: fit(text) for text in texts}


def _only(kind: str, text: str, found: list[dict[str, Any]], where: str, by_id: bool = False) -> dict[str, Any]:
    if len(found) > 1:
        raise AmbiguousError(kind, text, found)
    if not found:
        raise MissingError(f"there is no {kind} {text!r} in {where}.", kind, text, by_id)
    return found[0]


def absent_if_missing(find: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """Return what is found, or None when it, or a parent, does not exist."""
    try:
        return find()
    except MissingError:
        return None
