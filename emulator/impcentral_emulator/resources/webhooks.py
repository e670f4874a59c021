# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlsplit

from .. import documents
from ..documents import Call, Reply, Resource
from ..errors import invalid, invalid_attribute
from . import devicegroups

EVENTS = ("blessing", "blinkup", "deployment")
CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded")
URL_LIMIT = 2000


def _show(call: Call, row: sqlite3.Row) -> dict:
    attributes = {name: row[name] for name in ("url", "event", "content_type", "created_at", "updated_at")}
    related = documents.relationships(
        product=("product", row["product_id"]),
        devicegroup=(row["group_type"], row["group_id"]),
        owner=("account", row["owner_id"]),
        creator=("account", row["creator_id"]),
    )
    return documents.resource(call, "webhook", "webhooks", row, attributes, related)


def _columns(wanted: Resource, creation: bool) -> dict[str, Any]:
    columns = {}
    if creation or "url" in wanted.attributes:
        columns["url"] = _url(wanted)
    if creation or "content_type" in wanted.attributes:
        columns["content_type"] = _choice(wanted, "content_type", CONTENT_TYPES)
    return columns


def _url(wanted: Resource) -> str:
    error = invalid("Invalid URL", "The provided URL is invalid.")
    url = wanted.attributes.get("url")
    if not isinstance(url, str) or len(url) > URL_LIMIT or any(character.isspace() for character in url):
        raise error
    try:
        target = urlsplit(url)
        if target.scheme not in ("http", "https") or not target.hostname or target.port == 0:
            raise error
    except ValueError:
        raise error from None
    return url


def _choice(wanted: Resource, name: str, choices: tuple[str, ...]) -> str:
    value = wanted.attributes.get(name)
    if value not in choices:
        raise invalid_attribute(name, f"must be one of: {', '.join(choices)}")
    return value


def list_webhooks(call: Call) -> Reply:
    """GET /webhooks: oldest first."""
    conditions = documents.filters(call, {"devicegroup.id": "group_id"})
    return documents.listing(call, "webhooks", conditions.values(), "created_at, id", lambda row: _show(call, row))


def create_webhook(call: Call) -> Reply:
    """POST /webhooks: any number for a group and event."""
    wanted = call.creation(["webhook"])
    wanted.only(["url", "event", "content_type"], ["devicegroup"])
    group = devicegroups.related(call, wanted)
    columns = {**_columns(wanted, creation=True), "event": _choice(wanted, "event", EVENTS)}
    key, now = call.emulator.ids.resource(), call.emulator.now()
    call.db.insert(
        "webhooks",
        {
            "id": key,
            **columns,
            "created_at": now,
            "updated_at": now,
            "group_id": group["id"],
            "group_type": group["type"],
            "product_id": group["product_id"],
            "owner_id": group["owner_id"],
            "creator_id": call.account_id,
        },
    )
    return documents.document(_show(call, call.find("webhooks", key)), 201)


def get_webhook(call: Call) -> Reply:
    """GET /webhooks/{id}."""
    return documents.document(_show(call, call.find("webhooks", call.parameters["id"])))


def update_webhook(call: Call) -> Reply:
    """PATCH /webhooks/{id}: url and content_type."""
    row = call.find("webhooks", call.parameters["id"])
    devicegroups.find_writable(call, row["group_id"])
    wanted = call.change("webhook", row["id"])
    wanted.only(["url", "content_type"])
    call.db.update("webhooks", row["id"], {**_columns(wanted, creation=False), "updated_at": call.emulator.now()})
    return get_webhook(call)


def delete_webhook(call: Call) -> Reply:
    """DELETE /webhooks/{id}."""
    row = call.find("webhooks", call.parameters["id"])
    devicegroups.find_writable(call, row["group_id"])
    call.db.execute("DELETE FROM webhooks WHERE id = ?", (row["id"],))
    return documents.NO_CONTENT


ROUTES = [
    ("GET", "/webhooks", list_webhooks),
    ("POST", "/webhooks", create_webhook),
    ("GET", "/webhooks/{id}", get_webhook),
    ("PATCH", "/webhooks/{id}", update_webhook),
    ("DELETE", "/webhooks/{id}", delete_webhook),
]
