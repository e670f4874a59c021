# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad firmware and the factory, rehearsed over HTTP with the calls of the administration."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from fleet_api import FleetApi, wait_until


@pytest.fixture
def api(impcentral) -> FleetApi:
    return FleetApi(impcentral.running)


def test_a_build_that_fails_on_every_tenth_device(api, impcentral):
    devices = sorted(impcentral.devices)
    api.deploy('server.log("good");')
    api.assign(*devices)
    api.deploy('server.log("bad");\n// emulator: fail after 30 one in 10 "sensor lost"')
    assert api.http.post(f"/devicegroups/{api.group['id']}/restart").status_code == 204
    assert [device for device in devices if "ERROR: sensor lost" in api.log(device)] == [devices[9], devices[19]]


def test_a_device_in_real_time(impcentral):
    impcentral.administer("POST", "/options", {"time_scale": 0.05})
    api = FleetApi(impcentral.running)
    device = impcentral.devices[0]
    api.deploy('server.log("up");')
    api.assign(device)
    wait_until(lambda: "up" in api.log(device))
    before = api.device(device)
    api.restart(device)
    wait_until(lambda: not api.device(device)["device_online"])
    wait_until(lambda: api.log(device).count("up") == 2)
    after = api.device(device)
    assert after["device_online"]
    for attribute in ("agent_state_changed_at", "device_state_changed_at"):
        assert after[attribute] > before[attribute]


def test_power(api, impcentral):
    device = impcentral.devices[0]
    api.assign(device)
    impcentral.administer("POST", f"/devices/{device}/power", {"on": False})
    assert not api.device(device)["device_online"]
    api.restart(device)
    assert impcentral.administer("GET", f"/devices/{device}/simulation")["restart_pending"]
    impcentral.administer("POST", f"/devices/{device}/power", {"on": True})
    assert api.device(device)["device_online"]


def test_a_script(api, impcentral):
    device = impcentral.devices[0]
    api.assign(device)
    mac_address = api.device(device)["mac_address"]
    impcentral.administer("PUT", f"/devices/{mac_address}/script", {"directives": ['log "on script"']})
    assert api.log(device)[-1] == "on script"
    assert impcentral.administer("GET", f"/devices/{device}/simulation")["directives"] == ['log "on script"']


@pytest.mark.parametrize("method, path, body, status", [
    ("PUT", "/devices/{device}/script", {"directives": ["dance"]}, 400),
    ("PUT", "/devices/{device}/script", {}, 400),
    ("PUT", "/devices/unknown/script", {"directives": []}, 404),
    ("PUT", "/devices/{device}/troubleshooting", {"on": "yes"}, 400),
    ("POST", "/devices/{device}/bless", {"devicegroup": "unknown"}, 404),
    ("GET", "/deliveries?after=x", None, 400),
])
def test_wrong_calls(impcentral, method, path, body, status):
    with pytest.raises(HTTPError) as raised:
        impcentral.administer(method, path.format(device=impcentral.devices[0]), body)
    assert raised.value.code == status


@pytest.mark.parametrize("zone", ["", "pre_"])
def test_the_factory_path(impcentral, zone):
    api = FleetApi(impcentral.running, f"{zone}production_devicegroup")
    dut = api.create_group(f"{zone}dut_devicegroup")
    fixture = api.create_group(f"{zone}factoryfixture_devicegroup", production_target=api.group, dut_target=dut)
    device = impcentral.devices[0]
    for event in ("blessing", "blinkup"):
        attributes = {"url": "https://example.com/hook", "event": event, "content_type": "application/json"}
        api.create("webhook", attributes, devicegroup=api.group)

    def group_of(device: str) -> dict:
        return api.http.get(f"/devices/{device}").json()["data"]["relationships"]["devicegroup"]

    impcentral.administer("POST", f"/devices/{device}/factory-blinkup", {"devicegroup": fixture["id"]})
    assert group_of(device) == dut
    impcentral.administer("POST", f"/devices/{device}/bless", {"devicegroup": fixture["id"]})
    assert group_of(device) == api.group
    impcentral.administer("POST", f"/devices/{device}/blinkup", {"token": "secret"})
    deliveries = impcentral.administer("GET", "/deliveries")
    assert [(entry["event"], entry["result"]) for entry in deliveries] == [
        ("blessing", "recorded"), ("blinkup", "recorded"),
    ]
    assert deliveries[1]["payload"] == {
        "device_id": device, "plan_id": api.device(device)["plan_id"], "token": "***",
    }
    history = api.http.get(f"/devices/{device}/history").json()["data"]
    assert [entry["event"] for entry in history][:3] == ["enrolled", "blessed", "enrolled"]
    assert impcentral.administer("GET", f"/deliveries?after={deliveries[0]['n']}") == deliveries[1:]
    impcentral.administer("DELETE", "/deliveries")
    assert impcentral.administer("GET", "/deliveries") == []


def test_code_that_does_not_compile(api):
    attributes = {"device_code": "local a = 1;\n}", "agent_code": "foo bar"}
    data = {"type": "deployment", "attributes": attributes, "relationships": {"devicegroup": api.group}}
    answer = api.http.post("/deployments", json={"data": data})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["code"], error["title"]) == ("CX005", "Compilation Error")
    assert [(row["file"], row["row"], row["column"], row["type"]) for row in error["meta"]] == [
        ("device_code", 2, 1, "error"), ("agent_code", 1, 5, "error"),
    ]


def test_warnings_of_a_deployment(api):
    data = {"type": "deployment", "attributes": {"device_code": "", "agent_code": "# emulator: dance"},
            "relationships": {"devicegroup": api.group}}
    answer = api.http.post("/deployments", json={"data": data})
    assert answer.status_code == 201
    [warning] = answer.json()["data"]["meta"]
    assert warning["meta"][0]["file"] == "agent_code"


def test_a_deployment_hook(api, impcentral):
    attributes = {"url": "https://example.com/hook", "event": "deployment", "content_type": "application/json"}
    hook = api.create("webhook", attributes, devicegroup=api.group)
    deployment = api.deploy("")
    [delivery] = impcentral.administer("GET", "/deliveries")
    assert delivery["webhook_id"] == hook["id"]
    assert delivery["payload"] == {"device_group_id": api.group["id"], "deployment_id": deployment["id"]}
