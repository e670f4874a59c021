# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world for comparing clients: one of everything, with the same identifiers each time."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.npm import Npm
from tests.system.service import Service

CODE = {"device_code": "", "agent_code": ""}
HOOK = {"url": "http://www.example.com/hook", "event": "deployment", "content_type": "application/json"}


@dataclass(frozen=True)
class World:
    """Identifiers of resources. What is called empty, old or free may be deleted."""

    username: str
    password: str
    otp: str
    login_token: str
    access_token: str
    refresh_token: str
    refresh_token_id: str
    login_key: str
    unbond_key: str
    account: str
    product: str
    empty_product: str
    group: str
    empty_group: str
    production: str
    pre_production: str
    dut: str
    pre_dut: str
    fixture: str
    device: str
    production_device: str
    free_device: str
    deployment: str
    old_deployment: str
    webhook: str


def build(npm: Npm, service: Service) -> World:
    """Fill an emulator that was just reset; the npm client is signed in afterwards."""
    running = service.running
    npm.call("auth.login", running.username, running.password)
    signed_in = npm.call("auth.login", running.username, running.password)
    product = npm.data("products.create", {"name": "Thermostat"})["id"]

    def group(kind: str, *targets: dict[str, str], name: str = "") -> str:
        return npm.data("deviceGroups.create", product, f"{kind}_devicegroup", {"name": name or kind}, *targets)["id"]

    def target(kind: str, id: str) -> dict[str, str]:
        return {"type": f"{kind}_devicegroup", "id": id}

    bench, production, dut = group("development"), group("production"), group("dut")
    device, production_device, free_device = running.devices[:3]
    npm.call("deviceGroups.addDevices", bench, device)
    service.admin("PATCH", f"/devices/{production_device}", json={"devicegroup": production})
    old, current = (npm.data("deployments.create", bench, "development_devicegroup", CODE)["id"] for _time in range(2))
    npm.call("deviceGroups.updateMinSupportedDeployment", bench, current)
    return World(
        username=running.username,
        password=running.password,
        otp=running.otp,
        login_token=_login_token(npm, service),
        access_token=signed_in["access_token"],
        refresh_token=signed_in["refresh_token"],
        refresh_token_id=npm.data("auth.getRefreshTokens")[0]["id"],
        login_key=npm.data("accounts.createLoginKey", running.password)["id"],
        unbond_key=running.unbond_key,
        account=running.account_id,
        product=product,
        empty_product=npm.data("products.create", {"name": "Fridge"})["id"],
        group=bench,
        empty_group=group("development", name="empty"),
        production=production,
        pre_production=group("pre_production"),
        dut=dut,
        pre_dut=group("pre_dut"),
        fixture=group("factoryfixture", target("production", production), target("dut", dut)),
        device=device,
        production_device=production_device,
        free_device=free_device,
        deployment=current,
        old_deployment=old,
        webhook=npm.data("webhooks.create", bench, "development_devicegroup", HOOK)["id"],
    )


def _login_token(npm: Npm, service: Service) -> str:
    """Return what the first step of a sign-in with a one-time password gives."""
    account = f"/accounts/{service.running.account_id}"
    service.admin("PATCH", account, json={"two_factor": True})
    first_step = npm.refusal("auth.login", service.running.username, service.running.password)
    service.admin("PATCH", account, json={"two_factor": False})
    return first_step.body["errors"][0]["meta"]["login_token"]
