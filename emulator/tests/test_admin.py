# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The administration: seeding, options, reset, access."""

from __future__ import annotations

import asyncio

import pytest
from client import Api

from impcentral_emulator.admin import LoopbackOnly


def refused(api: Api, method: str, path: str, body: dict, status: int = 400) -> None:
    response = api.http.request(method, api.running.admin + path, json=body)
    assert response.status_code == status
    assert response.json()["errors"]


def test_seeding_devices(api: Api):
    made = api.admin("POST", "/devices", {"devices": [{"name": "a", "imp_type": "imp001"}, {"id": "0123456789abcdef"}]})
    first, second = made.json()["devices"]
    assert second == "0123456789abcdef"
    attributes = api.get(f"/devices/{first}")["attributes"]
    assert (attributes["name"], attributes["imp_type"]) == ("a", "imp001")
    assert len(api.admin("POST", "/devices", {"count": 3}).json()["devices"]) == 3
    assert len(api.ids("/devices")) == 11
    refused(api, "POST", "/devices", {"devices": [{"id": second}]}, 409)
    refused(api, "POST", "/devices", {"devices": [{"colour": "red"}]})
    refused(api, "POST", "/devices", {"count": "x"})
    refused(api, "POST", "/devices", {"devicegroup": "unknown"}, 404)
    assert len(api.ids("/devices")) == 11


def test_a_device_of_another_account(api: Api):
    owner = api.admin("POST", "/accounts", {"username": "other"}).json()
    device = api.admin("POST", "/devices", {"owner": owner["id"]}).json()["devices"][0]
    api.fails("GET", f"/devices/{device}", status=404)
    refused(api, "POST", "/accounts", {"username": "other"}, 409)
    refused(api, "POST", "/accounts", {"colour": "red"})
    refused(api, "POST", "/accounts", {"role": "king"})


def test_changing_a_device(api: Api):
    group = api.group(api.product(), "p", "production")
    device = api.devices[0]
    api.admin("PATCH", f"/devices/{device}", {"devicegroup": group, "rssi": -1})
    shown = api.get(f"/devices/{device}")
    assert shown["relationships"]["devicegroup"] == {"type": "production_devicegroup", "id": group}
    assert shown["attributes"]["rssi"] == -1
    api.admin("PATCH", f"/devices/{device}", {"devicegroup": None})
    assert "devicegroup" not in api.get(f"/devices/{device}")["relationships"]
    refused(api, "PATCH", f"/devices/{device}", {"id": "x"})
    refused(api, "PATCH", "/devices/unknown", {}, 404)


def test_power(api: Api):
    device = api.devices[0]
    for on in (False, True):
        api.admin("POST", f"/devices/{device}/power", {"on": on})
        assert api.get(f"/devices/{device}")["attributes"]["device_online"] is on
    refused(api, "POST", f"/devices/{device}/power", {"on": "yes"})


def test_options(api: Api):
    changed = api.admin("POST", "/options", {"latency": 1, "keep_alive": 3}).json()
    assert (changed["latency"], changed["keep_alive"]) == (1, 3.0)
    for wrong in (
        {"colour": 1},
        {"devices": 1},
        {"latency": "x"},
        {"latency": -1},
        {"two_factor": 1},
        {"latency": 2, "colour": 1},
    ):
        refused(api, "POST", "/options", wrong)
    assert api.admin("GET", "/options").json() == changed


def test_reset(api: Api):
    before = api.get(f"/devices/{api.devices[0]}")["attributes"]
    group = api.group(api.product())
    api.deploy(group)
    api.assign(group, *api.devices)
    api.admin("POST", "/devices", {})
    api.admin("POST", "/faults", {"kind": "html"})
    api.admin("POST", "/reset")
    assert api.admin("GET", "/journal").json() == []
    api.fails("GET", "/products", status=401)
    api.sign_in()
    assert api.ids("/products") == []
    assert sorted(api.ids("/devices")) == sorted(api.devices)
    after = api.get(f"/devices/{api.devices[0]}")["attributes"]
    assert (after["mac_address"], after["agent_id"]) == (before["mac_address"], None)


def test_state(api: Api):
    api.deploy(api.group(api.product()), device_code="secret_code();")
    response = api.admin("GET", "/state")
    state = response.json()
    assert state["counts"] == {
        "accounts": 1,
        "products": 1,
        "device_groups": 1,
        "devices": 6,
        "deployments": 1,
        "webhooks": 0,
        "login_keys": 0,
        "refresh_tokens": 1,
        "access_tokens": 1,
    }
    assert [product["name"] for product in state["products"]] == ["Product"]
    assert "secret_code" not in response.text
    assert api.running.password not in response.text


@pytest.mark.parametrize("path", ["/nothing", "/devices/unknown/power"])
def test_unknown_calls(api: Api, path):
    refused(api, "POST", path, {"on": True}, 404)


@pytest.mark.parametrize(
    ("client", "passes"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("10.0.0.1", False), ("fe80::1%eth0", False)],
)
def test_only_this_machine_is_let_in(client, passes):
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope)

    async def send(message):
        sent.append(message)

    asyncio.run(LoopbackOnly(app)({"type": "http", "client": (client, 1)}, None, send))
    assert bool(reached) == passes
    assert [message["status"] for message in sent[:1]] == [403] * (not passes)
