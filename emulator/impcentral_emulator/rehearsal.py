# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Administration of the simulation: what devices do, the factory, deliveries and log streams.

`CALLS` lists method, path and handler as the administration's own calls do; a handler gets the emulator, the path's
parameters and the members of the body.
"""

from __future__ import annotations

import secrets
from typing import Any

from . import factory
from .errors import invalid, not_found
from .fleet import find_device
from .programs import DirectiveError
from .state import Emulator


def describe(emulator: Emulator, path: dict, _body: dict) -> dict:
    """GET /devices/{id}/simulation: what the API does not tell of a device."""
    return emulator.world.describe(_device_id(emulator, path))


def set_script(emulator: Emulator, path: dict, body: dict) -> None:
    """PUT /devices/{id}/script: ``directives``, a list of texts."""
    directives = _member(body, "directives", list)
    try:
        emulator.world.set_script(_device_id(emulator, path), [str(directive) for directive in directives])
    except DirectiveError as error:
        raise invalid("Invalid Directive", str(error)) from error


def set_troubleshooting(emulator: Emulator, path: dict, body: dict) -> None:
    """PUT /devices/{id}/troubleshooting: ``on``."""
    emulator.world.set_troubleshooting(_device_id(emulator, path), _member(body, "on", bool))


def factory_blinkup(emulator: Emulator, path: dict, body: dict) -> None:
    """POST /devices/{id}/factory-blinkup: ``devicegroup``, the fixture group's id."""
    factory.factory_blinkup(emulator, _device_id(emulator, path), _member(body, "devicegroup", str))


def bless(emulator: Emulator, path: dict, body: dict) -> None:
    """POST /devices/{id}/bless: ``devicegroup``, the fixture group's id."""
    factory.bless(emulator, _device_id(emulator, path), _member(body, "devicegroup", str))


def blinkup(emulator: Emulator, path: dict, body: dict) -> None:
    """POST /devices/{id}/blinkup: ``token``, which the webhooks get; a random one unless given."""
    factory.blinkup(emulator, _device_id(emulator, path), str(body.get("token") or secrets.token_hex(8)))


def list_deliveries(emulator: Emulator, _path: dict, body: dict) -> list[dict]:
    """GET /deliveries?after=N."""
    try:
        return emulator.deliveries.records(int(body.get("after", 0)))
    except ValueError:
        raise invalid("Invalid Parameter", "after must be a number.") from None


def forget_deliveries(emulator: Emulator, _path: dict, _body: dict) -> None:
    """DELETE /deliveries."""
    emulator.deliveries.reset()


def list_streams(emulator: Emulator, _path: dict, _body: dict) -> list[dict]:
    """GET /streams: the open log streams without their ids, which are secrets."""
    return emulator.streams.describe()


def end_streams(emulator: Emulator, _path: dict, body: dict) -> dict:
    """DELETE /streams: closes all in order or, with ``cut``, without a word."""
    return {"ended": emulator.streams.end_all(cut=body.get("cut") in (True, "true"))}


def _device_id(emulator: Emulator, path: dict) -> str:
    """Return the canonical id of the path's device, which is named by id, MAC address or agent id."""
    device = find_device(emulator.db, path["id"])
    if device is None:
        raise not_found()
    return device["id"]


def _member(body: dict, name: str, kind: type) -> Any:
    if not isinstance(body.get(name), kind):
        raise invalid("Invalid Document", f"The member {name} must be a {kind.__name__}.")
    return body[name]


CALLS = [
    ("GET", "/devices/{id}/simulation", describe),
    ("PUT", "/devices/{id}/script", set_script),
    ("PUT", "/devices/{id}/troubleshooting", set_troubleshooting),
    ("POST", "/devices/{id}/factory-blinkup", factory_blinkup),
    ("POST", "/devices/{id}/bless", bless),
    ("POST", "/devices/{id}/blinkup", blinkup),
    ("GET", "/deliveries", list_deliveries),
    ("DELETE", "/deliveries", forget_deliveries),
    ("GET", "/streams", list_streams),
    ("DELETE", "/streams", end_streams),
]
