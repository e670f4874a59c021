# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of the API: reading requests, writing resources, lists and their links."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .errors import conflict, invalid, invalid_attribute, not_found
from .state import Emulator

BASE = "/v5"
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads but JSON does not know."""
    raise ValueError(name)


@dataclass
class Reply:
    """An answer: status and document; no document means no body."""

    status: int = 200
    document: dict | None = None
    media_type: str = "application/vnd.api+json"


NO_CONTENT = Reply(204)


@dataclass
class Call:
    """One request of the API: who asks, for what, with which data."""

    emulator: Emulator
    account_id: str
    parameters: dict[str, str]
    path: str
    origin: str
    query_string: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def db(self) -> Any:
        """Return the database."""
        return self.emulator.db

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """Return the query's names and values, decoded, in order."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def visible(self) -> list[str]:
        """Return the ids of the accounts whose resources the caller may see: its own comes first."""
        rows = self.db.all("SELECT owner_id FROM collaborators WHERE account_id = ?", (self.account_id,))
        return [self.account_id, *(row["owner_id"] for row in rows)]

    def may_see(self, row: sqlite3.Row | None) -> bool:
        """Say whether a row exists and belongs to an account that the caller may see."""
        return row is not None and row["owner_id"] in self.visible

    def find(self, table: str, key: str) -> sqlite3.Row:
        """Return the row of a resource by id; raises 404 when there is none or the caller may not see it."""
        row = self.db.one(f"SELECT * FROM {table} WHERE id = ?", (key,))
        if not self.may_see(row):
            raise not_found()
        return row

    def url(self, *segments: str) -> str:
        """Return the absolute URL of a path below the API's root."""
        return "/".join((self.origin + BASE, *segments))

    def json(self) -> dict:
        """Return the body, which must be a JSON object."""
        try:
            document = json.loads(self.body, parse_constant=_refuse_constant)
        except ValueError:
            raise invalid("Invalid JSON", "The body is not valid JSON.") from None
        if not isinstance(document, dict):
            raise invalid("Invalid Document", "The body must be a JSON object.")
        return document

    def data(self) -> Any:
        """Return the ``data`` member of the body."""
        return self.json().get("data")

    def creation(self, types: Sequence[str]) -> Resource:
        """Return the resource to be created; its type must be one of the given ones."""
        resource = Resource.read(self.data())
        if resource.type not in types:
            raise invalid("Invalid Type", f"The type must be one of: {', '.join(types)}.")
        return resource

    def change(self, type_name: str, *ids: str | None) -> Resource:
        """Return the changes for a resource: raises 409 when the body names another type or id than the path."""
        resource = Resource.read(self.data())
        if resource.type != type_name:
            raise conflict("Invalid Type", f"The resource has the type {type_name}.")
        if resource.id is not None and resource.id not in ids:
            raise conflict("Invalid Id", "The id of the body is not the id of the path.")
        return resource


@dataclass
class Resource:
    """The resource object of a request's body."""

    type: Any
    id: Any
    attributes: dict[str, Any]
    relationships: dict[str, Any]

    @classmethod
    def read(cls, data: Any) -> Resource:
        """Read the ``data`` member of a body; raises 400 when it is no resource object."""
        if not isinstance(data, dict):
            raise invalid("Invalid Document", "The member data must be a resource object.")
        attributes, relationships = data.get("attributes") or {}, data.get("relationships") or {}
        if not isinstance(attributes, dict) or not isinstance(relationships, dict):
            raise invalid("Invalid Document", "The members attributes and relationships must be objects.")
        return cls(data.get("type"), data.get("id"), attributes, relationships)

    def only(self, attributes: Sequence[str], relationships: Sequence[str] = ()) -> None:
        """Raise 400 for an attribute or relationship that this call does not know."""
        for name in self.attributes:
            if name not in attributes:
                raise invalid_attribute(name, "is unknown or cannot be set here")
        for name in self.relationships:
            if name not in relationships:
                raise invalid("Invalid Relationship", f"The relationship {name} is unknown or cannot be set here.")

    def text(self, name: str, limit: int, required: bool = False) -> str | None:
        """Return an attribute that is a text of at most ``limit`` characters (and at least one, if required)."""
        value = self.attributes.get(name)
        if value is None and not required:
            return None
        if not isinstance(value, str) or len(value) > limit or (required and not value):
            raise invalid_attribute(name, f"must be a text of {int(required)} to {limit} characters")
        return value

    def boolean(self, name: str) -> bool:
        """Return an attribute that is true or false; false when it is not given."""
        value = self.attributes.get(name, False)
        if not isinstance(value, bool):
            raise invalid_attribute(name, "must be true or false")
        return value

    def related(self, name: str) -> tuple[str, str] | None:
        """Return type and id of a relationship, None when it is not given."""
        value = self.relationships.get(name)
        return None if value is None else identifier(value, name)

    def required(self, name: str) -> tuple[str, str]:
        """Return type and id of a relationship that must be given."""
        return identifier(self.relationships.get(name), name)


def identifier(value: Any, name: str = "data") -> tuple[str, str]:
    """Return type and id of an identifier object; raises 400 when it is none."""
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not isinstance(value.get("id"), str):
        raise invalid("Invalid Relationship", f"The member {name} must be an object with type and id.")
    return value["type"], value["id"]


def relationships(**related: tuple[str | None, str | None]) -> dict[str, dict]:
    """Return relationships from types and ids; one without an id is left out."""
    return {name: {"type": kind, "id": key} for name, (kind, key) in related.items() if key is not None}


def resource(call: Call, kind: str, collection: str, row: sqlite3.Row, attributes: dict, related: dict | None) -> dict:
    """Return a resource object; ``collection`` is its path below the API's root."""
    document = {
        "type": kind,
        "id": row["id"],
        "links": {"self": call.url(collection, row["id"])},
        "attributes": attributes,
    }
    if related is not None:
        document["relationships"] = related
    return document


def document(data: Any, status: int = 200) -> Reply:
    """Return the answer with one resource."""
    return Reply(status, {"data": data})


def page(call: Call) -> tuple[int, int]:
    """Return number (from 1) and size of the page that the caller wants; raises 400 for what is no page."""
    number, size = 1, DEFAULT_PAGE_SIZE
    for name, value in call.query:
        if name == "page[number]":
            number = _positive(name, value, 2**31)
        elif name == "page[size]":
            size = _positive(name, value, MAX_PAGE_SIZE)
    return number, size


def _positive(name: str, value: str, limit: int) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= limit:
        raise invalid("Invalid Parameter", f"{name} must be a number from 1 to {limit}.")
    return int(value)


def links(call: Call, number: int, more: bool) -> dict[str, str]:
    """Return the links of a list; ``more`` says that a page follows. The query's other parameters are carried on."""
    rest = [(name, value) for name, value in call.query if name != "page[number]"]

    def link(to: int) -> str:
        return f"{call.origin}{call.path}?" + urlencode([*rest, ("page[number]", to)], safe="[]")

    result = {
        "self": call.origin + call.path + (f"?{call.query_string}" if call.query_string else ""),
        "first": link(1),
    }
    if number > 1:
        result["prev"] = link(number - 1)
    if more:
        result["next"] = link(number + 1)
    return result


def items(call: Call, rows: Callable[[int, int], Sequence], show: Callable[[Any], dict]) -> Reply:
    """Answer with a page of a list: ``rows(offset, limit)`` reads it, one row more than a page tells of a next one."""
    number, size = page(call)
    found = rows((number - 1) * size, size + 1)
    return Reply(200, {"data": [show(row) for row in found[:size]], "links": links(call, number, len(found) > size)})


Condition = tuple[str, list]


def listing(
    call: Call,
    table: str,
    conditions: Iterable[Condition],
    order: str,
    show: Callable[[sqlite3.Row], dict],
    columns: str = "*",
) -> Reply:
    """Answer with a page of a table's rows that the caller may see and that meet all conditions.

    The page is found in an index alone, then its rows are read: a deep page costs little more than the first.
    """
    every = [among("owner_id", call.visible), *conditions]
    where = " AND ".join(sql for sql, _dummy in every)
    parameters = [value for _dummy, values in every for value in values]
    keys = f"SELECT rowid AS key FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
    sql = f"SELECT {columns} FROM ({keys}) JOIN {table} ON {table}.rowid = key ORDER BY {order}"
    return items(call, lambda offset, limit: call.db.all(sql, (*parameters, limit, offset)), show)


def among(column: str, values: Sequence[Any]) -> Condition:
    """Return the condition that a column has one of the values."""
    if len(values) == 1:
        return f"{column} = ?", list(values)
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def filters(call: Call, known: dict[str, str | Callable[[str], Condition]]) -> dict[str, Condition]:
    """Return the conditions of the query's ``filter[...]`` parameters by name; raises 400 for an unknown filter.

    ``known`` gives for each filter the column that has to equal its value, or a function that makes the condition.
    """
    conditions = {}
    for name, value in call.query:
        if not name.startswith("filter["):
            continue
        key = name[len("filter[") : -1]
        if key not in known or not name.endswith("]"):
            raise invalid("Invalid Filter", f"{name} is not supported here.")
        meaning = known[key]
        conditions[key] = (f"{meaning} = ?", [value]) if isinstance(meaning, str) else meaning(value)
    return conditions
