# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Assignment and removal of devices, and restarts of groups."""

from __future__ import annotations

import pytest
from client import Api, members


def path(group: str) -> str:
    return f"/devicegroups/{group}/relationships/devices"


def in_group(api: Api, group: str) -> set[str]:
    return set(api.ids(f"/devices?filter[devicegroup.id]={group}"))


@pytest.fixture
def group(api: Api) -> str:
    return api.group(api.product())


def statuses(answer: dict) -> list[str]:
    return [error["status"] for error in answer["errors"]]


def test_assignment_and_removal(api: Api, group):
    key = api.devices[0]
    api.assign(group, key)
    device = api.get(f"/devices/{key}")
    agent = device["attributes"]["agent_id"]
    assert device["relationships"]["devicegroup"] == {"type": "development_devicegroup", "id": group}
    assert device["relationships"]["product"]["type"] == "product"
    assert device["attributes"]["agent_url"].endswith(f"/{agent}")
    assert (len(agent), device["attributes"]["agent_running"]) == (12, True)
    api.call("DELETE", path(group), members(key), 204)
    device = api.get(f"/devices/{key}")
    assert set(device["relationships"]) == {"owner"}
    assert [device["attributes"][name] for name in ("agent_id", "agent_url", "plan_id")] == [None] * 3
    assert device["attributes"]["agent_running"] is False
    api.assign(group, key)
    assert api.get(f"/devices/{key}")["attributes"]["agent_id"] == agent


def test_every_address(api: Api, group):
    first, second, third = api.devices[:3]
    api.assign(group, third)
    agent = api.get(f"/devices/{third}")["attributes"]["agent_id"]
    mac = api.get(f"/devices/{second}")["attributes"]["mac_address"]
    api.assign(group, first, mac, agent)
    assert in_group(api, group) == {first, second, third}
    api.call("DELETE", path(group), members(first, mac, agent), 204)
    assert in_group(api, group) == set()


def test_a_move_and_a_repetition(api: Api, group):
    other = api.group(api.product("Other"))
    api.assign(group, api.devices[0])
    api.assign(group, api.devices[0])
    api.assign(other, api.devices[0], api.devices[0])
    assert (in_group(api, group), in_group(api, other)) == (set(), {api.devices[0]})


def test_partial_assignment(api: Api, group):
    answer = api.call("POST", path(group), members(api.devices[0], "unknown", api.devices[1]), 400)
    assert statuses(answer) == ["404"]
    assert in_group(api, group) == set(api.devices[:2])


def test_partial_removal(api: Api, group):
    api.assign(group, api.devices[0])
    answer = api.call("DELETE", path(group), members(api.devices[0], api.devices[1], "unknown"), 400)
    assert statuses(answer) == ["404", "404"]
    assert in_group(api, group) == set()
    assert statuses(api.call("DELETE", path(group), members(api.devices[0]), 400)) == ["404"]


@pytest.mark.parametrize("data", [None, [], {}, [{"type": "device"}], [{"type": "product", "id": "x"}], ["x"]])
def test_malformed_members(api: Api, group, data):
    for method in ("POST", "DELETE"):
        api.fails(method, path(group), {"data": data})


def test_blessed_groups_take_devices_of_their_kind_only(api: Api):
    product, other = api.product("P"), api.product("Q")
    production, sibling = api.group(product, "p", "production"), api.group(product, "s", "production")
    foreign = api.group(other, "f", "production")
    assert statuses(api.call("POST", path(production), members(api.devices[0]), 400)) == ["400"]
    blessed = api.admin("POST", "/devices", {"devicegroup": production}).json()["devices"][0]
    api.assign(sibling, blessed)
    assert statuses(api.call("POST", path(foreign), members(blessed), 400)) == ["400"]
    assert in_group(api, sibling) == {blessed}


def test_unblessing_needs_the_key(api: Api):
    product = api.product()
    production, development = api.group(product, "p", "production"), api.group(product, "d")
    first, second = api.admin("POST", "/devices", {"devicegroup": production, "count": 2}).json()["devices"]
    for headers in ({}, {"X_Electricimp_Key": "wrong"}):
        assert api.fails("DELETE", path(production), members(first), 403, **headers)["code"].startswith("PX")
        assert statuses(api.call("POST", path(development), members(first), 400, **headers)) == ["403"]
    assert in_group(api, production) == {first, second}
    api.call("DELETE", path(production), members(first), 204, X_Electricimp_Key=api.running.unbond_key)
    api.call("POST", path(development), members(second), 204, X_Electricimp_Key=api.running.unbond_key)
    assert in_group(api, production) == set()


def test_unblessing_has_a_limit_of_its_own(api: Api):
    api.admin("POST", "/options", {"unblessing_limit": 1})
    production = api.group(api.product(), "p", "production")
    devices = api.admin("POST", "/devices", {"devicegroup": production, "count": 20}).json()["devices"]
    key = api.running.unbond_key
    sent = [api.raw("DELETE", path(production), members(one), X_Electricimp_Key=key).status_code for one in devices]
    api.admin("POST", "/options", {"unblessing_limit": 0})
    assert set(sent) == {204, 429} and sent[0] == 204
    assert in_group(api, production) == {one for one, status in zip(devices, sent, strict=True) if status == 429}
    assert api.raw("GET", "/products").status_code == 200


def test_pre_production_devices_leave_without_a_key(api: Api):
    group = api.group(api.product(), "p", "pre_production")
    device = api.admin("POST", "/devices", {"devicegroup": group}).json()["devices"][0]
    api.call("DELETE", path(group), members(device), 204)


def test_an_old_imp_is_no_fixture(api: Api):
    fixture = api.fixture(api.product())["factoryfixture"]
    api.admin("PATCH", f"/devices/{api.devices[0]}", {"imp_type": "imp001"})
    answer = api.call("POST", path(fixture), members(*api.devices[:2]), 400)
    assert statuses(answer) == ["400"]
    assert in_group(api, fixture) == {api.devices[1]}


@pytest.mark.parametrize("call", ["restart", "conditional_restart"])
def test_restart_of_a_group(api: Api, group, call):
    api.call("POST", f"/devicegroups/{group}/{call}", status=204)
    api.assign(group, *api.devices[:2])
    api.deploy(group, device_code='server.log("new");')
    api.call("POST", f"/devicegroups/{group}/{call}", status=204)
    for key in api.devices[:2]:
        assert "new" in [entry["msg"] for entry in api.get(f"/devices/{key}/logs")]
    api.fails("POST", f"/devicegroups/unknown/{call}", status=404)
