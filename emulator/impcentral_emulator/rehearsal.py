# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Administration of the simulation: what devices do, the factory, deliveries and log streams."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import factory
from .errors import invalid, not_found
from .fleet import find_device
from .programs import DirectiveError
from .state import Emulator

Handler = Callable[[Emulator, str, dict], Any]


def routes(emulator: Emulator) -> list[Route]:
    """Return the routes of the simulation's administration, paths without the prefix of the administration."""
    def calls(path: str, **handlers: Handler) -> Route:
        """Bind handlers by method; each gets the emulator, the id of the path's device and the members of the body."""
        async def endpoint(request: Request) -> Response:
            device_id = _device_id(emulator, request)
            answer = handlers[request.method](emulator, device_id, await _body(request))
            return Response(status_code=204) if answer is None else JSONResponse(answer)

        return Route(path, endpoint, methods=list(handlers))

    return [
        calls("/devices/{device}/simulation", GET=_describe),
        calls("/devices/{device}/script", PUT=_set_script),
        calls("/devices/{device}/troubleshooting", PUT=_set_troubleshooting),
        calls("/devices/{device}/factory-blinkup", POST=_factory_blinkup),
        calls("/devices/{device}/bless", POST=_bless),
        calls("/devices/{device}/blinkup", POST=_blinkup),
        calls("/deliveries", GET=_list_deliveries, DELETE=_forget_deliveries),
        calls("/streams", GET=_list_streams, DELETE=_end_streams),
    ]


async def _body(request: Request) -> dict:
    content = await request.body()
    try:
        body = json.loads(content) if content else dict(request.query_params)
    except ValueError:
        raise invalid("Invalid JSON", "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise invalid("Invalid Document", "The body must be a JSON object.")
    return body


def _device_id(emulator: Emulator, request: Request) -> str:
    """Return the canonical id of the path's device, an empty text when the path names none."""
    if "device" not in request.path_params:
        return ""
    device = find_device(emulator.db, request.path_params["device"])
    if device is None:
        raise not_found()
    return device["id"]


def _member(body: dict, name: str, kind: type) -> Any:
    if not isinstance(body.get(name), kind):
        raise invalid("Invalid Document", f"The member {name} must be a {kind.__name__}.")
    return body[name]


def _describe(emulator: Emulator, device_id: str, body: dict) -> dict:
    return emulator.world.describe(device_id)


def _set_script(emulator: Emulator, device_id: str, body: dict) -> None:
    directives = _member(body, "directives", list)
    try:
        emulator.world.set_script(device_id, [str(directive) for directive in directives])
    except DirectiveError as error:
        raise invalid("Invalid Directive", str(error)) from error


def _set_troubleshooting(emulator: Emulator, device_id: str, body: dict) -> None:
    emulator.world.set_troubleshooting(device_id, _member(body, "on", bool))


def _factory_blinkup(emulator: Emulator, device_id: str, body: dict) -> None:
    factory.factory_blinkup(emulator, device_id, _member(body, "devicegroup", str))


def _bless(emulator: Emulator, device_id: str, body: dict) -> None:
    factory.bless(emulator, device_id, _member(body, "devicegroup", str))


def _blinkup(emulator: Emulator, device_id: str, body: dict) -> None:
    factory.blinkup(emulator, device_id, str(body.get("token") or secrets.token_hex(8)))


def _list_deliveries(emulator: Emulator, device_id: str, body: dict) -> list[dict]:
    try:
        return emulator.deliveries.records(int(body.get("after", 0)))
    except ValueError:
        raise invalid("Invalid Parameter", "after must be a number.") from None


def _forget_deliveries(emulator: Emulator, device_id: str, body: dict) -> None:
    emulator.deliveries.reset()


def _list_streams(emulator: Emulator, device_id: str, body: dict) -> list[dict]:
    return emulator.streams.describe()


def _end_streams(emulator: Emulator, device_id: str, body: dict) -> dict:
    return {"ended": emulator.streams.end_all(cut=body.get("cut") in (True, "true"))}
