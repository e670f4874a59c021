# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad firmware and the factory, rehearsed over HTTP with the calls of the administration."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from client import deployment_body
from fleet_api import FleetApi, wait_until


@pytest.fixture
def api(impcentral) -> FleetApi:
    return FleetApi(impcentral.running)


def test_a_build_that_fails_on_every_tenth_device(api, impcentral):
    devices = sorted(impcentral.devices)
    api.build('server.log("good");')
    api.join(*devices)
    api.build('server.log("bad");\n// emulator: fail after 30 one in 10 "sensor lost"')
    api.call("POST", f"/devicegroups/{api.group_id}/restart", status=204)
    assert [device for device in devices if "ERROR: sensor lost" in api.log(device)] == [devices[9], devices[19]]


def test_a_device_in_real_time(impcentral):
    impcentral.administer("POST", "/options", {"time_scale": 0.05})
    api = FleetApi(impcentral.running)
    device = impcentral.devices[0]
    api.build('server.log("up");')
    api.join(device)
    wait_until(lambda: "up" in api.log(device))
    before = api.attributes(device)
    api.restart(device)
    wait_until(lambda: not api.attributes(device)["device_online"])
    wait_until(lambda: api.log(device).count("up") == 2)
    after = api.attributes(device)
    assert after["device_online"]
    for attribute in ("agent_state_changed_at", "device_state_changed_at"):
        assert after[attribute] > before[attribute]


def test_power(api, impcentral):
    device = impcentral.devices[0]
    api.join(device)
    impcentral.administer("POST", f"/devices/{device}/power", {"on": False})
    assert not api.attributes(device)["device_online"]
    api.restart(device)
    assert impcentral.administer("GET", f"/devices/{device}/simulation")["restart_pending"]
    impcentral.administer("POST", f"/devices/{device}/power", {"on": True})
    assert api.attributes(device)["device_online"]


def test_a_script(api, impcentral):
    device = impcentral.devices[0]
    api.join(device)
    mac_address = api.attributes(device)["mac_address"]
    impcentral.administer("PUT", f"/devices/{mac_address}/script", {"directives": ['log "on script"']})
    assert api.log(device)[-1] == "on script"
    assert impcentral.administer("GET", f"/devices/{device}/simulation")["directives"] == ['log "on script"']


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("PUT", "/devices/{device}/script", {"directives": ["dance"]}, 400),
        ("PUT", "/devices/{device}/script", {}, 400),
        ("PUT", "/devices/unknown/script", {"directives": []}, 404),
        ("PUT", "/devices/{device}/troubleshooting", {"on": "yes"}, 400),
        ("POST", "/devices/{device}/bless", {"devicegroup": "unknown"}, 404),
        ("GET", "/deliveries?after=x", None, 400),
    ],
)
def test_wrong_calls(impcentral, method, path, body, status):
    with pytest.raises(HTTPError) as raised:
        impcentral.administer(method, path.format(device=impcentral.devices[0]), body)
    assert raised.value.code == status


@pytest.mark.parametrize("zone", ["", "pre_"])
def test_the_factory_path(impcentral, zone):
    api = FleetApi(impcentral.running, f"{zone}production")
    dut = api.group(api.product_id, "DUT", f"{zone}dut")
    fixture = api.group(
        api.product_id, "Fixture", f"{zone}factoryfixture", production_target=api.group_id, dut_target=dut
    )
    device = impcentral.devices[0]
    for event in ("blessing", "blinkup"):
        api.hook(event)

    def group_of(device: str) -> str:
        return api.get(f"/devices/{device}")["relationships"]["devicegroup"]["id"]

    impcentral.administer("POST", f"/devices/{device}/factory-blinkup", {"devicegroup": fixture})
    assert group_of(device) == dut
    impcentral.administer("POST", f"/devices/{device}/bless", {"devicegroup": fixture})
    assert group_of(device) == api.group_id
    impcentral.administer("POST", f"/devices/{device}/blinkup", {"token": "secret"})
    deliveries = impcentral.administer("GET", "/deliveries")
    assert [(entry["event"], entry["result"]) for entry in deliveries] == [
        ("blessing", "recorded"),
        ("blinkup", "recorded"),
    ]
    assert deliveries[1]["payload"] == {
        "device_id": device,
        "plan_id": api.attributes(device)["plan_id"],
        "token": "***",
    }
    history = api.get(f"/devices/{device}/history")
    assert [entry["event"] for entry in history][:3] == ["enrolled", "blessed", "enrolled"]
    assert impcentral.administer("GET", f"/deliveries?after={deliveries[0]['n']}") == deliveries[1:]
    impcentral.administer("DELETE", "/deliveries")
    assert impcentral.administer("GET", "/deliveries") == []


def test_code_that_does_not_compile(api):
    body = deployment_body(api.group_id, device_code="local a = 1;\n}", agent_code="foo bar")
    error = api.fails("POST", "/deployments", body)
    assert (error["code"], error["title"]) == ("CX005", "Compilation Error")
    assert [(row["file"], row["row"], row["column"], row["type"]) for row in error["meta"]] == [
        ("device_code", 2, 1, "error"),
        ("agent_code", 1, 5, "error"),
    ]


def test_warnings_of_a_deployment(api):
    [warning] = api.deploy(api.group_id, agent_code="# emulator: dance")["meta"]
    assert warning["meta"][0]["file"] == "agent_code"


def test_a_deployment_hook(api, impcentral):
    hook = api.hook("deployment")
    deployment = api.build("")
    [delivery] = impcentral.administer("GET", "/deliveries")
    assert delivery["webhook_id"] == hook
    assert delivery["payload"] == {"device_group_id": api.group_id, "deployment_id": deployment}
