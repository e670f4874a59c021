# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The npm client meets on the emulator what the vendor's own suites demand of the service (contract, appendix A)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.npm import Arrived, Npm
from tests.system.service import Service

DEVELOPMENT = "development_devicegroup"
CODE = {"device_code": 'server.log("Hello from the device");', "agent_code": 'server.log("Hello from the agent");'}
ADDRESSES = ("id", "mac_address", "agent_id")


@pytest.fixture
def account(npm: Npm) -> str:
    return npm.data("accounts.get", "me")["id"]


@pytest.fixture
def product(npm: Npm) -> str:
    return npm.data("products.create", {"name": "Thermostat"})["id"]


@pytest.fixture
def group(npm: Npm, product: str) -> str:
    return npm.data("deviceGroups.create", product, DEVELOPMENT, {"name": "bench"})["id"]


@pytest.fixture
def devices(npm: Npm, group: str, service: Service) -> list[str]:
    """Devices of the group."""
    npm.call("deviceGroups.addDevices", group, *service.running.devices)
    return service.running.devices


def ids(resources: list[dict[str, Any]]) -> set[str]:
    return {resource["id"] for resource in resources}


def address(npm: Npm, device: str, kind: str) -> str:
    document = npm.data("devices.get", device)
    return device if kind == "id" else document["attributes"][kind]


def test_1_signing_in_and_refresh_tokens(npm: Npm, service: Service) -> None:
    username, password = service.running.username, service.running.password
    signed_in = npm.call("auth.login", service.running.email, password)
    assert npm.call("auth.refreshAccessToken", signed_in["refresh_token"])["access_token"]
    assert "Invalid Credentials" in npm.refusal("auth.login", username, password + "123").message

    tokens = npm.data("auth.getRefreshTokens")
    assert tokens
    npm.call("auth.deleteRefreshToken", tokens[0]["id"])
    assert ids(npm.data("auth.getRefreshTokens")) == ids(tokens) - {tokens[0]["id"]}


def test_1_signing_in_with_a_one_time_password(npm: Npm, service: Service) -> None:
    service.admin("PATCH", f"/accounts/{service.running.account_id}", json={"two_factor": True})
    first_step = npm.refusal("auth.login", service.running.username, service.running.password)
    assert first_step.status == 403
    login_token = first_step.body["errors"][0]["meta"]["login_token"]
    assert npm.refusal("auth.loginWithOTP", "000000", login_token).status
    assert npm.call("auth.loginWithOTP", service.running.otp, login_token)["access_token"]


def test_1_an_access_token_from_elsewhere(npm: Npm, service: Service) -> None:
    token = npm.call("auth.login", service.running.username, service.running.password)["access_token"]
    npm.call("auth.accessToken", "wrong")
    assert npm.refusal("accounts.get", "me").status == 401
    npm.call("auth.accessToken", token)
    assert npm.data("accounts.get", "me")["id"] == service.running.account_id


def test_2_accounts(npm: Npm, service: Service) -> None:
    me = npm.data("accounts.get", "me")
    assert me["type"] == "account"
    assert npm.data("accounts.get", me["id"])["id"] == me["id"] == service.running.account_id
    assert npm.refusal("accounts.get", "wrong-id").status

    assert npm.refusal("accounts.get", service.running.username).status == 404
    names = {account["attributes"]["username"] for account in npm.data("accounts.list")}
    assert service.running.username in names


def test_3_login_keys(npm: Npm, service: Service) -> None:
    password = service.running.password
    key = npm.data("accounts.createLoginKey", password, {"description": "robot"})
    assert key["attributes"]["description"] == "robot"
    npm.call("accounts.createLoginKey", password)
    assert len(npm.data("accounts.listLoginKeys")) == 2
    assert len(npm.data("accounts.listLoginKeys", 1, 1)) == 1
    assert npm.data("accounts.getLoginKey", key["id"])["id"] == key["id"]
    changed = npm.data("accounts.updateLoginKey", key["id"], password, {"description": "crane"})
    assert changed["attributes"]["description"] == "crane"

    assert npm.call("auth.getAccessToken", key["id"])["access_token"]
    assert npm.refusal("auth.getAccessToken", "wrong").status
    npm.call("accounts.deleteLoginKey", key["id"], password)
    assert npm.refusal("accounts.deleteLoginKey", key["id"], password).status == 404


def test_4_products(npm: Npm, account: str) -> None:
    product = npm.data("products.create", {"name": "Thermostat", "description": "warm"}, account)["id"]
    npm.call("products.create", {"name": "Fridge"})
    assert "Duplicate Resource" in npm.refusal("products.create", {"name": "Thermostat"}).message

    assert product in ids(npm.data("products.list"))
    assert len(npm.data("products.list", None, 1, 1)) == 1
    assert product in ids(npm.data("products.list", {"filter[owner.id]": account}))
    assert npm.data("products.get", product)["attributes"]["description"] == "warm"
    assert npm.refusal("products.get", account).status

    changed = npm.data("products.update", product, {"name": "Heater", "description": "hot"})["attributes"]
    assert (changed["name"], changed["description"]) == ("Heater", "hot")
    assert npm.refusal("products.update", account, {"name": "Heater"}).status
    npm.call("products.delete", product)
    assert npm.refusal("products.delete", product).status == 404


def test_5_device_groups(npm: Npm, product: str, account: str) -> None:
    variables = {"level": 1, "place": "hall", "factor": 2.5}
    wanted = {"name": "bench", "description": "trial", "env_vars": variables}
    created = npm.data("deviceGroups.create", product, DEVELOPMENT, wanted)
    group = created["id"]
    assert created["attributes"]["description"] == "trial"
    assert created["attributes"]["env_vars"] == variables
    duplicate = npm.refusal("deviceGroups.create", product, DEVELOPMENT, {"name": "bench"})
    assert "Duplicate Resource" in duplicate.message

    filters = {"filter[owner.id]": account, "filter[product.id]": product, "filter[type]": DEVELOPMENT}
    assert ids(npm.data("deviceGroups.list", filters)) == {group}
    assert npm.data("deviceGroups.get", group)["id"] == group
    assert npm.refusal("deviceGroups.get", product).status

    wanted = {"name": "desk", "description": "test", "env_vars": {}}
    changed = npm.data("deviceGroups.update", group, DEVELOPMENT, wanted)["attributes"]
    assert {name: changed[name] for name in wanted} == wanted
    npm.call("deviceGroups.delete", group)
    assert npm.refusal("deviceGroups.delete", group).status == 404


@pytest.mark.parametrize("kind", ADDRESSES)
def test_5_devices_come_and_go_by_any_address(npm: Npm, product: str, devices: list[str], kind: str) -> None:
    desk = npm.data("deviceGroups.create", product, DEVELOPMENT, {"name": "desk"})["id"]
    # Only a device that is in a group has an agent, so these move from one to another.
    addresses = [address(npm, device, kind) for device in devices]
    npm.call("deviceGroups.addDevices", desk, *addresses)
    assert ids(npm.data("devices.list", {"filter[devicegroup.id]": desk})) == set(devices)
    npm.call("deviceGroups.restartDevices", desk)
    npm.call("deviceGroups.conditionalRestartDevices", desk)
    npm.call("deviceGroups.removeDevices", desk, None, *addresses)
    assert npm.data("devices.list", {"filter[devicegroup.id]": desk}) == []


def test_6_production_groups(npm: Npm, product: str) -> None:
    groups = {}
    for name, kind in (("production", "production"), ("pre", "pre_production"), ("dut", "dut"), ("pre_dut", "pre_dut")):
        created = npm.data("deviceGroups.create", product, f"{kind}_devicegroup", {"name": name})
        assert created["type"] == f"{kind}_devicegroup"
        groups[name] = {"type": created["type"], "id": created["id"]}
    for name, kind, targets in (
        ("fixture", "factoryfixture", ("production", "dut")),
        ("pre_fixture", "pre_factoryfixture", ("pre", "pre_dut")),
    ):
        target, dut = (groups[one] for one in targets)
        created = npm.data("deviceGroups.create", product, f"{kind}_devicegroup", {"name": name}, target, dut)
        groups[name] = {"type": created["type"], "id": created["id"]}
        changed = npm.data("deviceGroups.update", created["id"], created["type"], {"name": f"{name} 2"}, target, dut)
        for resource in (created, changed):
            relationships = resource["relationships"]
            assert relationships["production_target"] == target
            assert relationships["dut_target"] == dut

    production = groups["production"]
    changed = npm.data("deviceGroups.update", production["id"], production["type"], {"load_code_after_blessing": False})
    assert changed["attributes"]["load_code_after_blessing"] is False
    for name in ("fixture", "production", "pre_fixture", "pre", "dut", "pre_dut"):
        npm.call("deviceGroups.delete", groups[name]["id"])
    assert npm.data("deviceGroups.list", {"filter[product.id]": product}) == []


def test_6_production_devices_leave_with_the_unbond_key(npm: Npm, product: str, service: Service) -> None:
    group = npm.data("deviceGroups.create", product, "production_devicegroup", {"name": "field"})["id"]
    device = service.running.devices[0]
    service.admin("PATCH", f"/devices/{device}", json={"devicegroup": group})
    assert npm.refusal("deviceGroups.removeDevices", group, None, device).status
    npm.call("deviceGroups.removeDevices", group, service.running.unbond_key, device)
    assert "devicegroup" not in npm.data("devices.get", device)["relationships"]


def test_7_deployments(npm: Npm, product: str, group: str, account: str) -> None:
    wanted = {**CODE, "description": "first", "origin": "conformance", "flagged": True, "tags": ["blue", "a"]}
    created = npm.data("deployments.create", group, DEVELOPMENT, wanted)
    first = created["id"]
    assert created["attributes"]["flagged"] is True
    read = npm.data("deployments.get", first)["attributes"]
    assert {name: read[name] for name in wanted} == wanted
    filters = {
        "filter[owner.id]": account,
        "filter[creator.id]": account,
        "filter[product.id]": product,
        "filter[devicegroup.id]": group,
        "filter[sha]": read["sha"],
        "filter[flagged]": True,
        "filter[flagger.id]": account,
        "filter[tags]": "blue",
    }
    assert ids(npm.data("deployments.list", filters)) == {first}

    wanted = {"description": "changed", "flagged": False, "tags": ["test", "test2"]}
    changed = npm.data("deployments.update", first, wanted)["attributes"]
    assert {name: changed[name] for name in wanted} == wanted
    second = npm.data("deployments.create", group, DEVELOPMENT, {"device_code": "", "agent_code": ""})["id"]
    npm.call("deviceGroups.updateMinSupportedDeployment", group, second)
    minimum = npm.data("deviceGroups.get", group)["relationships"]["min_supported_deployment"]
    assert minimum["id"] == second
    npm.call("deployments.delete", first)
    assert npm.refusal("deployments.delete", first).status == 404
    npm.call("deviceGroups.delete", group)


def test_7_code_that_does_not_compile(npm: Npm, group: str) -> None:
    broken = {"device_code": "function f() {\n  local a = ;\n}", "agent_code": ""}
    refusal = npm.refusal("deployments.create", group, DEVELOPMENT, broken)
    assert refusal.body["errors"][0]["code"] == "CX005"


def test_8_devices_by_all_filters(npm: Npm, product: str, group: str, devices: list[str], account: str) -> None:
    filters = {
        "filter[owner.id]": account,
        "filter[product.id]": product,
        "filter[devicegroup.id]": group,
        "filter[devicegroup.owner.id]": account,
        "filter[devicegroup.type]": DEVELOPMENT,
    }
    assert ids(npm.data("devices.list", filters)) == set(devices)


@pytest.mark.parametrize("kind", ADDRESSES)
def test_8_devices_by_any_address(npm: Npm, group: str, devices: list[str], kind: str) -> None:
    npm.call("deployments.create", group, DEVELOPMENT, CODE)
    one = address(npm, devices[0], kind)
    assert npm.data("devices.get", one)["id"] == devices[0]
    assert npm.data("devices.update", one, {"name": "kitchen"})["attributes"]["name"] == "kitchen"
    npm.call("devices.restart", one)
    npm.call("devices.conditionalRestart", one)
    assert any("Hello from the device" in entry["msg"] for entry in npm.data("devices.getLogs", one))
    assert len(npm.data("devices.getLogs", one, 1, 1)) == 1


def test_8_devices_leave_the_account(npm: Npm, service: Service) -> None:
    device = service.running.devices[0]
    assert npm.refusal("devices.get", "wrong_id").status == 404
    npm.call("devices.delete", device)
    assert device not in ids(npm.data("devices.list"))


def test_9_webhooks(npm: Npm, group: str) -> None:
    wanted = {"url": "http://www.example.com/hook", "event": "deployment", "content_type": "application/json"}
    created = npm.data("webhooks.create", group, DEVELOPMENT, wanted)
    webhook = created["id"]
    assert {name: created["attributes"][name] for name in wanted} == wanted
    assert ids(npm.data("webhooks.list", {"filter[devicegroup.id]": group})) == {webhook}
    assert npm.data("webhooks.get", webhook)["id"] == webhook

    wanted = {"url": "http://www.example.com/other", "content_type": "application/x-www-form-urlencoded"}
    changed = npm.data("webhooks.update", webhook, wanted)["attributes"]
    assert {name: changed[name] for name in wanted} == wanted
    npm.call("webhooks.delete", webhook)
    assert npm.refusal("webhooks.delete", webhook).status == 404
    npm.call("deviceGroups.delete", group)


def states(arrived: Arrived) -> list[str]:
    return [text for kind, text in arrived if kind == "state"]


def greeting(arrived: Arrived) -> list[str]:
    return [text for kind, text in arrived if kind == "message" and "Hello from the device" in text]


def test_10_log_streams(npm: Npm, group: str, devices: list[str]) -> None:
    npm.call("deployments.create", group, DEVELOPMENT, CODE)
    text = npm.data("logStreams.create", "text")["id"]
    structured = npm.data("logStreams.create", "json")["id"]
    npm.call("logStreams.addDevice", text, devices[0])
    npm.call("logStreams.addDevice", structured, address(npm, devices[0], "mac_address"))
    for stream in (text, structured):
        npm.wait_for(stream, lambda arrived: any("subscribed" in state for state in states(arrived)))

    npm.call("devices.restart", devices[0])
    line = greeting(npm.wait_for(text, lambda arrived: bool(greeting(arrived))))[0]
    assert line.split(" ", 4)[0::2][:2] == [devices[0], "development"]
    entry = json.loads(greeting(npm.wait_for(structured, lambda arrived: bool(greeting(arrived))))[0])
    assert (entry["device_id"], entry["log_type"]) == (devices[0], "development")

    npm.call("logStreams.removeDevice", text, devices[0])
    npm.call("logStreams.removeDevice", structured, devices[0])
    gone = npm.wait_for(text, lambda arrived: any("unsubscribed" in state for state in states(arrived)))
    assert f"{devices[0]} unsubscribed" in states(gone)
    gone = npm.wait_for(structured, lambda arrived: any("unsubscribed" in state for state in states(arrived)))
    assert [json.loads(state)["state"] for state in states(gone)] == ["opened", "subscribed", "unsubscribed"]
    assert not [text for kind, text in gone if kind == "error"]
    for stream in (text, structured):
        npm.call("logStreams.close", stream)
        assert "Incorrect LogStream id" in npm.refusal("logStreams.close", stream).message


def test_11_texts_of_refusals(npm: Npm, product: str, group: str) -> None:
    def refusal(name: str, *args: object) -> str:
        return npm.refusal(name, *args).message

    duplicate = refusal("products.create", {"name": "Thermostat"})
    assert duplicate == "Duplicate Resource: Products must have unique names."
    duplicate = refusal("deviceGroups.create", product, DEVELOPMENT, {"name": "bench"})
    assert duplicate == "Duplicate Resource: Devicegroups must have unique names."
    used = refusal("products.delete", product)
    assert used == "Dependent Devicegroups Exist: Cannot delete a product with associated devicegroups."
    flagged = refusal(
        "deployments.delete", npm.data("deployments.create", group, DEVELOPMENT, {**CODE, "flagged": True})["id"]
    )
    assert flagged == (
        "Resource Flagged: You cannot delete flagged deployments; set the flagged attribute to false and try again."
    )
    hook = {"url": "invalidurl", "event": "deployment", "content_type": "application/json"}
    assert refusal("webhooks.create", group, DEVELOPMENT, hook) == "Invalid URL: The provided URL is invalid."
