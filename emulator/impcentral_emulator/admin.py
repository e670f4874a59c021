# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The administration below ``/_admin``: JSON, for clients on this machine, without credentials."""

from __future__ import annotations

import ipaddress
import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import rehearsal, seeding
from .errors import conflict, forbidden, invalid, not_found
from .fleet import find_device
from .resources import auth
from .responses import error_answer
from .state import Emulator

BASE = "/_admin"
_COUNTED = (
    "accounts",
    "products",
    "device_groups",
    "devices",
    "deployments",
    "webhooks",
    "login_keys",
    "refresh_tokens",
    "access_tokens",
)
_SHOWN = {
    "accounts": "id, username, email, tier, two_factor, production_rights",
    "products": "*",
    "device_groups": "*",
    "devices": "*",
    "webhooks": "*",
    "deployments": "id, sha, description, origin, tags, flagged, created_at, group_id, product_id",
}
SHOWN_AT_MOST = 1000

Handler = Callable[[Emulator, dict, dict], Any]


class LoopbackOnly:
    """Lets only clients on this machine reach an application."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        client = scope.get("client")
        if scope["type"] == "http" and client and not ipaddress.ip_address(client[0].split("%")[0]).is_loopback:
            await error_answer(forbidden("The administration answers clients on this machine only.")).send(send)
            return
        await self._app(scope, receive, send)


def add_devices(emulator: Emulator, _path: dict, body: dict) -> dict:
    """POST /devices: ``count`` or ``devices`` (attributes of each); ``devicegroup`` and ``owner`` by id."""
    count = body.get("count", 1)
    if not isinstance(count, int) or count < 0:
        raise invalid("Invalid Document", "The member count must be a number.")
    wanted = body.get("devices") or [{}] * count
    owner_id = body.get("owner") or seeding.main_account(emulator)["id"]
    group = None
    if body.get("devicegroup"):
        group = _row(emulator, "device_groups", body["devicegroup"])
        owner_id = group["owner_id"]
    _row(emulator, "accounts", owner_id)
    return {"devices": seeding.add_devices(emulator, owner_id, wanted, group)}


def change_device(emulator: Emulator, path: dict, body: dict) -> dict:
    """PATCH /devices/{id}: any column; ``devicegroup`` moves the device without asking the API's rules."""
    row = _device(emulator, path)
    columns = dict(body)
    if "devicegroup" in columns:
        key = columns.pop("devicegroup")
        group = _row(emulator, "device_groups", key) if key else None
        moved = seeding.UNASSIGNED if group is None else seeding.membership(row["id"], group["owner_id"], group)
        columns = {**moved, **columns}
    unknown = set(columns) - set(seeding.DEVICE_COLUMNS[1:])
    if unknown:
        raise invalid("Invalid Device", f"Unknown or fixed: {', '.join(sorted(unknown))}.")
    emulator.db.update("devices", row["id"], columns)
    if "devicegroup" in body:
        (emulator.world.device_assigned if body["devicegroup"] else emulator.world.device_unassigned)([row["id"]])
    return dict(_device(emulator, {"id": row["id"]}))


def power(emulator: Emulator, path: dict, body: dict) -> None:
    """POST /devices/{id}/power: ``on``."""
    if not isinstance(body.get("on"), bool):
        raise invalid("Invalid Document", "The member on must be true or false.")
    emulator.world.power(_device(emulator, path)["id"], body["on"])


def add_account(emulator: Emulator, _path: dict, body: dict) -> dict:
    """POST /accounts: attributes; ``role`` makes the main account a collaborator on the new one."""
    with emulator.db.transaction():
        key = seeding.add_account(emulator, body)
        if body.get("role"):
            seeding.set_role(emulator, key, seeding.main_account(emulator)["id"], body["role"])
    return dict(_row(emulator, "accounts", key))


def set_collaborator(emulator: Emulator, path: dict, body: dict) -> None:
    """PUT /accounts/{id}/collaborators/{account}: ``role``, null for none."""
    seeding.set_role(
        emulator,
        _row(emulator, "accounts", path["id"])["id"],
        _row(emulator, "accounts", path["account"])["id"],
        body.get("role"),
    )


def change_account(emulator: Emulator, path: dict, body: dict) -> dict:
    """PATCH /accounts/{id}: ``production_rights``, ``two_factor``, ``otp``, ``password``, ``tier``."""
    key = _row(emulator, "accounts", path["id"])["id"]
    unknown = set(body) - {"production_rights", "two_factor", "otp", "password", "tier"}
    if unknown:
        raise invalid("Invalid Account", f"Unknown or fixed: {', '.join(sorted(unknown))}.")
    emulator.db.update("accounts", key, body)
    return dict(_row(emulator, "accounts", key))


def detach_deployment(emulator: Emulator, path: dict, _body: dict) -> None:
    """POST /deployments/{id}/detach: leaves a deployment without a group, as the service did until 2024."""
    key = _row(emulator, "deployments", path["id"])["id"]
    emulator.db.update("deployments", key, {"group_id": None, "group_type": None})
    for column in ("current_deployment_id", "min_supported_deployment_id"):
        emulator.db.execute(f"UPDATE device_groups SET {column} = NULL WHERE {column} = ?", (key,))


def add_faults(emulator: Emulator, _path: dict, body: dict) -> list[dict]:
    """POST /faults: one fault, or several under ``faults``."""
    for order in body.get("faults", [body]):
        emulator.faults.add(order)
    return emulator.faults.list()


def list_faults(emulator: Emulator, _path: dict, _body: dict) -> list[dict]:
    """GET /faults."""
    return emulator.faults.list()


def clear_faults(emulator: Emulator, _path: dict, _body: dict) -> None:
    """DELETE /faults."""
    emulator.faults.clear()


def read_journal(emulator: Emulator, _path: dict, body: dict) -> list[dict]:
    """GET /journal?after=N."""
    try:
        return emulator.journal.entries(int(body.get("after", 0)))
    except ValueError:
        raise invalid("Invalid Parameter", "after must be a number.") from None


def clear_journal(emulator: Emulator, _path: dict, _body: dict) -> None:
    """DELETE /journal."""
    emulator.journal.clear()


def reset(emulator: Emulator, _path: dict, _body: dict) -> None:
    """POST /reset: data, devices, streams, deliveries, faults and journal as after the first start; options stay."""
    emulator.streams.end_all()
    emulator.deliveries.reset()
    emulator.faults.clear()
    emulator.limits.reset()
    emulator.unblessing_limits.reset()
    seeding.reset(emulator)
    emulator.world.reset()
    emulator.journal.clear()


def expire_tokens(emulator: Emulator, _path: dict, _body: dict) -> dict:
    """POST /tokens/expire: all access tokens die."""
    return {"expired": auth.expire(emulator)}


def change_options(emulator: Emulator, _path: dict, body: dict) -> dict:
    """POST /options."""
    emulator.options.change(body)
    return asdict(emulator.options)


def read_options(emulator: Emulator, _path: dict, _body: dict) -> dict:
    """GET /options."""
    return asdict(emulator.options)


def state(emulator: Emulator, _path: dict, _body: dict) -> dict:
    """GET /state: how many of each, and the first thousand of each as they are stored, without secrets and code."""
    counts = {table: emulator.db.one(f"SELECT COUNT(*) FROM {table}")[0] for table in _COUNTED}
    return {
        "counts": counts,
        **{
            table: [dict(row) for row in emulator.db.all(f"SELECT {columns} FROM {table} LIMIT {SHOWN_AT_MOST}")]
            for table, columns in _SHOWN.items()
        },
    }


def _row(emulator: Emulator, table: str, key: str) -> sqlite3.Row:
    row = emulator.db.one(f"SELECT * FROM {table} WHERE id = ?", (key,))
    if row is None:
        raise not_found()
    return row


def _device(emulator: Emulator, path: dict) -> sqlite3.Row:
    known = find_device(emulator.db, path["id"])
    if known is None:
        raise not_found()
    return _row(emulator, "devices", known["id"])


_CALLS: list[tuple[str, str, Handler]] = [
    ("POST", "/devices", add_devices),
    ("PATCH", "/devices/{id}", change_device),
    ("POST", "/devices/{id}/power", power),
    ("POST", "/accounts", add_account),
    ("PATCH", "/accounts/{id}", change_account),
    ("PUT", "/accounts/{id}/collaborators/{account}", set_collaborator),
    ("POST", "/deployments/{id}/detach", detach_deployment),
    ("POST", "/faults", add_faults),
    ("GET", "/faults", list_faults),
    ("DELETE", "/faults", clear_faults),
    ("GET", "/journal", read_journal),
    ("DELETE", "/journal", clear_journal),
    ("POST", "/reset", reset),
    ("POST", "/tokens/expire", expire_tokens),
    ("POST", "/options", change_options),
    ("GET", "/options", read_options),
    ("GET", "/state", state),
]


async def read_body(request: Request) -> dict:
    """Return the members of a JSON body or, when there is none, the query's parameters."""
    content = await request.body()
    try:
        body = json.loads(content) if content else dict(request.query_params)
    except ValueError:
        raise invalid("Invalid JSON", "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise invalid("Invalid Document", "The body must be a JSON object.")
    return body


def routes(emulator: Emulator) -> list[Route]:
    """Return all routes of the administration, without its prefix."""

    def route(method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await read_body(request)
            try:
                answer = handler(emulator, request.path_params, body)
            except sqlite3.IntegrityError as error:
                raise conflict("Duplicate Resource", f"A value is taken: {error}.") from error
            return Response(status_code=204) if answer is None else JSONResponse(answer)

        return Route(path, endpoint, methods=[method])

    return [route(*call) for call in (*_CALLS, *rehearsal.CALLS)]
