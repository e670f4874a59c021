# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices: lists and singles, addresses, names, removal, restarts, logs, history."""

from __future__ import annotations

import pytest
from client import DEVELOPMENT, Api, resource

SINGLE_ONLY = {"swversion", "plan_id", "free_memory"}


@pytest.fixture
def group(api: Api) -> str:
    return api.group(api.product())


def aliases(api: Api, key: str) -> list[str]:
    attributes = api.get(f"/devices/{key}")["attributes"]
    return [key, attributes["mac_address"], attributes["agent_id"]]


def test_singles_tell_more_than_lists(api: Api):
    listed = {device["id"]: device for device in api.get("/devices")}
    assert set(listed) == set(api.devices)
    single = api.get(f"/devices/{api.devices[0]}")
    assert set(single["attributes"]) - set(listed[api.devices[0]]["attributes"]) == SINGLE_ONLY
    assert single["attributes"]["device_online"] is True
    assert set(single["relationships"]) == {"owner"}
    assert list(listed) == sorted(listed)


def test_every_address(api: Api, group):
    api.assign(group, api.devices[0])
    for alias in aliases(api, api.devices[0]):
        assert api.get(f"/devices/{alias}")["id"] == api.devices[0]
        body = resource("device", {"name": f"named by {alias}"}, alias)
        changed = api.call("PATCH", f"/devices/{alias}", body)["data"]
        assert (changed["id"], changed["attributes"]["name"]) == (api.devices[0], f"named by {alias}")
        for call in ("restart", "conditional_restart"):
            api.call("POST", f"/devices/{alias}/{call}", status=204)
        assert len(api.get(f"/devices/{alias}/logs?page[size]=1")) == 1
        assert api.get(f"/devices/{alias}/history")
    api.fails("GET", "/devices/wrong_id", status=404)


def test_names(api: Api):
    key, path = api.devices[0], f"/devices/{api.devices[0]}"
    api.call("PATCH", path, resource("device", {"name": "x" * 140}, key))
    api.fails("PATCH", path, resource("device", {"name": "x" * 141}, key))
    api.fails("PATCH", path, resource("device", {"rssi": 1}, key))
    for empty in ("", None):
        api.call("PATCH", path, resource("device", {"name": "a"}, key))
        assert api.call("PATCH", path, resource("device", {"name": empty}, key))["data"]["attributes"]["name"] is None
    for device in api.devices[:2]:
        api.call("PATCH", f"/devices/{device}", resource("device", {"name": "twins"}, device))


def test_the_default_scope(api: Api):
    product = api.product()
    fixture = api.fixture(product)
    development = api.group(product, "d")
    placed = {
        kind: api.admin("POST", "/devices", {"devicegroup": key}).json()["devices"][0]
        for kind, key in {**fixture, "development": development}.items()
    }
    assert set(api.ids("/devices")) == {*api.devices, placed["development"]}
    assert set(api.ids(f"/devices?filter[owner.id]={api.running.account_id}")) == {*api.devices, placed["development"]}
    assert set(api.ids(f"/devices?filter[product.id]={product}")) == set(placed.values())
    for kind, key in fixture.items():
        assert api.ids(f"/devices?filter[devicegroup.id]={key}") == [placed[kind]]
        assert api.ids(f"/devices?filter[devicegroup.type]={kind}_devicegroup") == [placed[kind]]
    assert set(api.ids("/devices?filter[devicegroup.owner.id]=null")) == set(api.devices)


def test_all_filters_at_once(api: Api, group):
    api.assign(group, *api.devices[:2])
    product = api.get(f"/devicegroups/{group}")["relationships"]["product"]["id"]
    query = {
        "owner.id": api.running.account_id,
        "product.id": product,
        "devicegroup.id": group,
        "devicegroup.owner.id": api.running.account_id,
        "devicegroup.type": DEVELOPMENT,
    }
    path = "/devices?" + "&".join(f"filter[{name}]={value}" for name, value in query.items())
    assert set(api.ids(path)) == set(api.devices[:2])
    assert set(api.ids(f"{path}&filter[account.id]={api.running.account_id}")) == set(api.devices[:2])
    assert api.ids(path.replace(DEVELOPMENT, "production_devicegroup")) == []


def test_a_device_leaves_the_account(api: Api, group):
    key = api.devices[0]
    api.assign(group, key)
    api.fails("DELETE", f"/devices/{key}", status=409)
    api.call("DELETE", f"/devicegroups/{group}/relationships/devices", {"data": [{"type": "device", "id": key}]}, 204)
    api.call("DELETE", f"/devices/{key}", status=204)
    api.fails("DELETE", f"/devices/{key}", status=404)
    assert key not in api.ids("/devices")


def test_an_unassigned_device_does_not_restart(api: Api):
    for call in ("restart", "conditional_restart"):
        api.fails("POST", f"/devices/{api.devices[0]}/{call}", status=409)


def test_logs_are_newest_first_and_paged(api: Api, group):
    api.deploy(group, device_code='server.log("one");\nserver.log("two");')
    api.assign(group, api.devices[0])
    messages = [entry["msg"] for entry in api.get(f"/devices/{api.devices[0]}/logs")]
    assert messages[:2] == ["two", "one"]
    page = api.call("GET", f"/devices/{api.devices[0]}/logs?page[size]=1&page[number]=2")
    assert [entry["msg"] for entry in page["data"]] == ["one"]
    assert set(page["data"][0]) == {"ts", "type", "msg"}
    assert "next" in page["links"]


def test_history(api: Api, group):
    api.assign(group, api.devices[0])
    history = api.get(f"/devices/{api.devices[0]}/history")
    assert [entry["event"] for entry in history] == ["assigned", "enrolled"]
    assert set(history[0]) == {"timestamp", "event", "owner_id", "actor_id"}


def test_a_device_that_tells_little(api: Api):
    empty = dict.fromkeys(("mac_address", "rssi", "imp_type", "ip_address", "swversion", "device_state_changed_at"))
    api.admin("PATCH", f"/devices/{api.devices[0]}", empty)
    attributes = api.get(f"/devices/{api.devices[0]}")["attributes"]
    assert all(attributes[name] is None for name in empty)
