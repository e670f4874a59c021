# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One class for all resources, driven by their table, and what devices, groups and login keys can do besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable

from ansible_collections.electricimp.impcentral.plugins.module_utils._auth import Session
from ansible_collections.electricimp.impcentral.plugins.module_utils._memory import Memory, copied
from ansible_collections.electricimp.impcentral.plugins.module_utils._paging import (
    LARGEST_PAGE,
    WIDEST,
    Page,
    page_of,
    page_size,
    read_pages,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    GROUP_TYPES,
    Resource,
    flatten,
    group_type,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._transport import path
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AccountPasswordError,
    AuthenticationError,
    ImpCentralApiError,
    InvalidDataError,
    describe,
)

# The most devices in one call that adds them to a group or takes them out.
BATCH = 100

Flat = dict[str, Any]
# Within a collection `list` is the method.
Flats = list[Flat]
Items = list[Any]
Relationships = Mapping[str, "tuple[str, str]"]
Warn = Callable[[str], None]


class Collection:
    """All resources of one type. Resources are flat dictionaries with the keys of the resource's table.

    What was read is remembered within the client: asking twice costs one request. A write drops what it may have
    changed. All methods raise :class:`ImpCentralApiError` when the service refuses.
    """

    # Whether a 401 is met with a new access token.
    _renew = True

    def __init__(self, session: Session, memory: Memory, resource: Resource) -> None:
        self.resource = resource
        self._session = session
        self._memory = memory

    def list(
        self, limit: int | None = None, page_size: int = LARGEST_PAGE, fresh: bool = False, **filters: Any
    ) -> Flats:
        """Return every resource that all filters fit, each once.

        :param limit: return no more, and read no more pages than that takes. :param fresh: ask the service again.
        :param filters: by the names of the resource's table; None means no filter.
        :raises InvalidDataError: no such filter.
        """
        params = self._params(filters)
        return copied(
            self._memory.recall(
                self.resource.name,
                (tuple(sorted(params.items())), limit),
                lambda: [one for page in self._pages(params, limit, page_size) for one in page],
                fresh,
            )
        )

    def pages(self, page_size: int = LARGEST_PAGE, **filters: Any) -> Iterator[Flats]:
        """Yield the resources page by page, as they arrive; nothing is remembered."""
        return self._pages(self._params(filters), None, page_size)

    def get(self, id: str, fresh: bool = False) -> Flat:
        """Return one resource by its id. :param fresh: ask the service again.

        :raises NotFoundError: there is none that the account may see.
        """
        where = self._path(id)
        return copied([self._memory.recall(self.resource.name, where, lambda: self._read(where), fresh)])[0]

    def create(
        self,
        attributes: Mapping[str, Any],
        relationships: Relationships | None = None,
        type: str | None = None,
        headers: Mapping[str, str] | None = None,
        on_warning: Warn | None = None,
    ) -> Flat:
        """Create a resource and return it.

        :param relationships: name -> (type, id), such as ``{"product": ("product", "...")}``.
        :param type: for device groups, short or as the API names it. :param on_warning: takes each warning that the
            service gives although it did what was asked (contract 1.4).
        """
        data = {"type": _api_type(type) or self.resource.name, "attributes": dict(attributes)}
        return self._write("POST", self._path(), data, relationships, headers, on_warning)

    def update(
        self,
        id: str,
        attributes: Mapping[str, Any] | None = None,
        relationships: Relationships | None = None,
        type: str | None = None,
        headers: Mapping[str, str] | None = None,
        on_warning: Warn | None = None,
    ) -> Flat:
        """Change the attributes and relationships that are given, and return the resource."""
        data = {"type": _api_type(type) or self._type_of(id), "id": id, "attributes": dict(attributes or {})}
        return self._write("PATCH", self._path(id), data, relationships, headers, on_warning)

    def delete(self, id: str, headers: Mapping[str, str] | None = None) -> None:
        """Delete a resource."""
        self._call("DELETE", self._path(id), headers=headers)

    def _type_of(self, id: str) -> str:
        return self.resource.name

    def _path(self, *parts: str) -> str:
        return f"/{self.resource.path}{path(*parts)}"

    def _params(self, filters: Mapping[str, Any]) -> dict[str, str]:
        unknown = sorted(filters.keys() - self.resource.filters.keys())
        if unknown:
            known = ", ".join(self.resource.filters) or "none"
            raise InvalidDataError(f"{self.resource.plural} have no filter {', '.join(unknown)}. Known: {known}.")
        return {
            f"filter[{self.resource.filters[name]}]": _filter_value(name, value)
            for name, value in filters.items()
            if value is not None
        }

    def _pages(self, params: Mapping[str, str], limit: int | None, size: int) -> Iterator[Flats]:
        for items in self._read_pages(self._path(), params, limit, size, lambda item: item.get("id")):
            yield [self._flat(item) for item in items]

    def _read_pages(
        self,
        where: str,
        params: Mapping[str, str],
        limit: int | None,
        size: int,
        key: Callable[[Any], Any] | None = None,
        widest: int = WIDEST,
    ) -> Iterator[Items]:
        size = page_size(limit, size)

        def fetch_one(number: int) -> Page | ImpCentralApiError:
            query = {**params, "page[number]": str(number), "page[size]": str(size)}
            try:
                return page_of(self._session.request("GET", where, params=query, shape=("data", list)).document, number)
            except ImpCentralApiError as error:
                return error

        with self._session.ahead() as submit:

            def begin(number: int) -> Callable[[], Page | ImpCentralApiError]:
                if number == 1 or widest == 1:
                    return lambda: fetch_one(number)
                return submit(fetch_one, number).result

            yield from read_pages(begin, size, limit, key, widest)

    def _read(self, where: str) -> Flat:
        return self._flat(self._session.request("GET", where, shape=("data", dict)).document["data"])

    def _flat(self, document: Mapping[str, Any]) -> Flat:
        return flatten(self.resource, document)

    def _write(
        self,
        method: str,
        where: str,
        data: dict[str, Any],
        relationships: Relationships | None,
        headers: Mapping[str, str] | None,
        on_warning: Warn | None,
    ) -> Flat:
        if relationships:
            data["relationships"] = {
                name: {"type": _api_type(kind), "id": other} for name, (kind, other) in relationships.items()
            }
        answer = self._call(method, where, body={"data": data}, headers=headers, shape=("data", dict))
        written = answer.document["data"]
        for warning in written.get("meta") or []:
            if on_warning is not None and isinstance(warning, dict):
                on_warning(describe(warning))
        return self._flat(written)

    def _call(self, method: str, where: str, touches: str = "", **options: Any) -> Any:
        try:
            return self._session.request(method, where, renew=self._renew, **options)
        finally:
            # Even a failed request may have taken effect.
            self._memory.wrote(touches or self.resource.name)


class DeviceGroups(Collection):
    """Device groups, and the devices in them."""

    def restart(self, id: str, conditional: bool = False) -> None:
        """Ask all devices of a group to restart. :param conditional: see :meth:`Devices.restart`."""
        self._call("POST", self._path(id, _restart(conditional)), touches="device")

    def add_devices(self, id: str, devices: Iterable[str]) -> None:
        """Put devices, at most ``BATCH``, into a group with one call. It is not atomic (contract 2.4.7)."""
        self._change_members("POST", id, devices, {})

    def remove_devices(self, id: str, devices: Iterable[str], unbond_key: str | None = None) -> None:
        """Take devices, at most ``BATCH``, out of a group with one call. It is not atomic (contract 2.4.8).

        :param unbond_key: what a production group asks for; the devices are unblessed, which cannot be undone.
        """
        self._session.transport.secrets.add(unbond_key)
        self._change_members("DELETE", id, devices, {"X-Electricimp-Key": unbond_key} if unbond_key else {})

    def set_min_supported_deployment(self, id: str, deployment: str) -> None:
        """Make a deployment of the group the oldest that its devices may run (contract 2.4.9)."""
        body = {"data": {"type": "deployment", "id": deployment}}
        self._call("PUT", self._path(id, "relationships", "min_supported_deployment"), body=body)

    def _change_members(self, method: str, id: str, devices: Iterable[str], headers: Mapping[str, str]) -> None:
        data = [{"type": "device", "id": device} for device in devices]
        if not 0 < len(data) <= BATCH:
            raise InvalidDataError(f"one call takes 1 to {BATCH} devices, not {len(data)}.")
        where = self._path(id, "relationships", "devices")
        # What cannot be undone is not repeated on a guess.
        once = True if headers else None
        self._call(method, where, touches="device", body={"data": data}, headers=headers, once=once)

    def _type_of(self, id: str) -> str:
        return self.get(id)["type"]


class Devices(Collection):
    """Devices, and what they have logged. Each may be addressed by device id, MAC address or agent id."""

    def restart(self, id: str, conditional: bool = False) -> None:
        """Ask a device to restart; it does so when it can.

        :param conditional: only if it runs a deployment older than its group's minimum, else it is notified.
        """
        self._call("POST", self._path(id, _restart(conditional)))

    def logs(
        self,
        id: str,
        limit: int | None = None,
        until: Callable[[Flat], bool] | None = None,
        only: Callable[[Flat], bool] | None = None,
    ) -> Flats:
        """Return the log of a device, newest entry first, as dictionaries with device_id, ts, type and msg.

        :param limit: of entries. :param until: the first entry for which this is true, and all older ones, are left
            out. :param only: entries for which this is false are left out. No more pages are read than these demand.
        """
        entries: Flats = []
        before: Items = []
        # How many entries a limit takes is not known if not all of them count.
        size = LARGEST_PAGE if only else page_size(limit, LARGEST_PAGE)
        for page in self._read_pages(self._path(id, "logs"), {}, None, size, widest=1):
            for entry in page[_overlap(before, page) :]:
                if (limit is not None and len(entries) >= limit) or (until is not None and until(entry)):
                    return entries
                if only is None or only(entry):
                    entries.append({"device_id": id, **entry})
            if len(entries) == limit:
                break
            before = page
        return entries

    def history(self, id: str, limit: int | None = None) -> Flats:
        """Return the enrolment history of a device, newest first, as timestamp, event, owner_id and actor_id.

        :param limit: of entries.
        """
        where = self._path(id, "history")
        return [dict(one) for page in self._read_pages(where, {}, limit, LARGEST_PAGE) for one in page]


class LoginKeys(Collection):
    """Login keys of the caller. Their ids are the secrets themselves; writing takes the account's password."""

    # A 401 means here that the password is wrong (contract 2.1.6), which no new token changes.
    _renew = False

    def create(  # type: ignore[override]
        self, attributes: Mapping[str, Any] | None = None, *, password: str, **options: Any
    ) -> Flat:
        """Create a login key. :param password: of the account. :raises AccountPasswordError: it was refused."""
        return super().create(attributes or {}, headers=self._header(password), **options)

    def update(  # type: ignore[override]
        self, id: str, attributes: Mapping[str, Any] | None = None, *, password: str, **options: Any
    ) -> Flat:
        """Change the description. :param password: of the account. :raises AccountPasswordError: it was refused."""
        return super().update(id, attributes, headers=self._header(password), **options)

    def delete(self, id: str, *, password: str) -> None:  # type: ignore[override]
        """Delete a login key. :param password: of the account. :raises AccountPasswordError: it was refused."""
        super().delete(id, headers=self._header(password))

    def _header(self, password: str) -> dict[str, str]:
        if not password:
            raise InvalidDataError("writing login keys takes the password of the account.")
        self._session.transport.secrets.add(password)
        return {"X-Electricimp-Password": password}

    def _call(self, method: str, where: str, touches: str = "", **options: Any) -> Any:
        try:
            return super()._call(method, where, touches, **options)
        except AuthenticationError as error:
            raise error.reworded(f"the password of the account was refused ({error}).", AccountPasswordError) from None

    def _flat(self, document: Mapping[str, Any]) -> Flat:
        flat = super()._flat(document)
        self._session.transport.secrets.add(flat["id"])
        return flat


def _restart(conditional: bool) -> str:
    return "conditional_restart" if conditional else "restart"


def _api_type(text: str | None) -> str | None:
    """Return a type as the API names it: the short names of group types become long ones."""
    return GROUP_TYPES.get(group_type(text) or "", text) if text else None


def _filter_value(name: str, value: Any) -> str:
    if name in ("type", "device_group_type"):
        short = group_type(value)
        if short is None:
            raise InvalidDataError(f"there is no device group type {value!r}. Known: {', '.join(GROUP_TYPES)}.")
        return GROUP_TYPES[short]
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else str(value)


def _overlap(before: Items, page: Items) -> int:
    """Return how many entries at the head of a page stood at the tail of the one before, since new ones came in."""
    return next((count for count in range(min(len(before), len(page)), 0, -1) if before[-count:] == page[:count]), 0)
