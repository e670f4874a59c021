# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each method of the npm client beside the same call of the collection's client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client
from tests.conformance.world import CODE, HOOK, World

DEVELOPMENT = "development_devicegroup"
FIRST_PAGE = (1, 100)  # what the collection's client asks for; the npm client's default is to leave it out
VARIABLES = {"level": 1, "place": "hall", "factor": 2.5}
KEY = {"description": "robot"}
CHANGED = {"name": "changed", "description": "text"}
FULL_DEPLOYMENT = {**CODE, "description": "text", "origin": "test", "flagged": True, "tags": ["b", "a"]}
CHANGED_DEPLOYMENT = {"description": "text", "flagged": False, "tags": ["b", "a"]}
CHANGED_HOOK = {"url": "http://www.example.com/other", "content_type": "application/x-www-form-urlencoded"}


class Call(NamedTuple):
    """A method of the npm client, its arguments, and the collection's counterpart."""

    method: str
    arguments: Callable[[World], tuple]
    ours: Callable[[Client, World], Any]
    variant: str = ""

    @property
    def label(self) -> str:
        """Return a name for reports."""
        return f"{self.method}-{self.variant}" if self.variant else self.method


def _target(kind: str, id: str) -> dict[str, str]:
    return {"type": f"{kind}_devicegroup", "id": id}


AUTH = [
    Call("auth.login", lambda w: (w.username, w.password), lambda c, w: c.auth.login(w.username, w.password)),
    Call(
        "auth.loginWithOTP", lambda w: (w.otp, w.login_token), lambda c, w: c.auth.login_with_otp(w.otp, w.login_token)
    ),
    Call(
        "auth.refreshAccessToken",
        lambda w: (w.refresh_token,),
        lambda c, w: c.auth.refresh_access_token(w.refresh_token),
    ),
    Call("auth.getAccessToken", lambda w: (w.login_key,), lambda c, w: c.auth.get_access_token(w.login_key)),
    Call("auth.getRefreshTokens", lambda w: (), lambda c, w: c.refresh_tokens.list()),
    Call(
        "auth.deleteRefreshToken",
        lambda w: (w.refresh_token_id,),
        lambda c, w: c.refresh_tokens.delete(w.refresh_token_id),
    ),
]

ACCOUNTS = [
    Call("accounts.get", lambda w: ("me",), lambda c, w: c.accounts.get("me"), "me"),
    Call("accounts.get", lambda w: (w.account,), lambda c, w: c.accounts.get(w.account), "id"),
    Call("accounts.list", lambda w: FIRST_PAGE, lambda c, w: c.accounts.list()),
    Call("accounts.listLoginKeys", lambda w: FIRST_PAGE, lambda c, w: c.login_keys.list()),
    Call(
        "accounts.createLoginKey",
        lambda w: (w.password, KEY),
        lambda c, w: c.login_keys.create(KEY, password=w.password),
    ),
    Call("accounts.getLoginKey", lambda w: (w.login_key,), lambda c, w: c.login_keys.get(w.login_key)),
    Call(
        "accounts.updateLoginKey",
        lambda w: (w.login_key, w.password, KEY),
        lambda c, w: c.login_keys.update(w.login_key, KEY, password=w.password),
    ),
    Call(
        "accounts.deleteLoginKey",
        lambda w: (w.login_key, w.password),
        lambda c, w: c.login_keys.delete(w.login_key, password=w.password),
    ),
]

PRODUCTS = [
    Call("products.list", lambda w: (None, *FIRST_PAGE), lambda c, w: c.products.list(), "all"),
    Call("products.list", lambda w: (None, 1, 20), lambda c, w: c.products.list(page_size=20), "page size"),
    Call(
        "products.list",
        lambda w: ({"filter[owner.id]": w.account}, *FIRST_PAGE),
        lambda c, w: c.products.list(owner_id=w.account),
        "filtered",
    ),
    Call(
        "products.create", lambda w: ({"name": "New / 50 %"},), lambda c, w: c.products.create({"name": "New / 50 %"})
    ),
    Call(
        "products.create",
        lambda w: (CHANGED, w.account),
        lambda c, w: c.products.create(CHANGED, {"owner": ("account", w.account)}),
        "owner",
    ),
    Call("products.get", lambda w: (w.product,), lambda c, w: c.products.get(w.product)),
    Call("products.update", lambda w: (w.product, CHANGED), lambda c, w: c.products.update(w.product, CHANGED)),
    Call("products.delete", lambda w: (w.empty_product,), lambda c, w: c.products.delete(w.empty_product)),
]


def _creation(kind: str, ours: str, **attributes: Any) -> Call:
    """Return the creation of a device group without targets. :param ours: the type's short name."""
    attributes = {"name": "new", **attributes}
    return Call(
        "deviceGroups.create",
        lambda w: (w.product, f"{kind}_devicegroup", attributes),
        lambda c, w: c.device_groups.create(attributes, {"product": ("product", w.product)}, ours),
        ours,
    )


def _fixture_creation(kind: str, ours: str, zone: str) -> Call:
    """Return the creation of a fixture group. :param zone: of its targets, empty or ``pre_``."""

    def targets(w: World) -> tuple[str, str]:
        return (w.pre_production, w.pre_dut) if zone else (w.production, w.dut)

    def npm(w: World) -> tuple:
        production, dut = targets(w)
        kinds = _target(f"{zone}production", production), _target(f"{zone}dut", dut)
        return (w.product, f"{kind}_devicegroup", {"name": "new"}, *kinds)

    def create(client: Client, w: World) -> Any:
        production, dut = targets(w)
        relationships = {
            "product": ("product", w.product),
            "production_target": (f"{zone}production", production),
            "dut_target": (f"{zone}dut", dut),
        }
        return client.device_groups.create({"name": "new"}, relationships, ours)

    return Call("deviceGroups.create", npm, create, ours)


DEVICE_GROUPS = [
    Call(
        "deviceGroups.list",
        lambda w: (
            {"filter[owner.id]": w.account, "filter[product.id]": w.product, "filter[type]": DEVELOPMENT},
            *FIRST_PAGE,
        ),
        lambda c, w: c.device_groups.list(owner_id=w.account, product_id=w.product, type="development"),
    ),
    _creation("development", "development", description="text", env_vars=VARIABLES),
    _creation("pre_production", "pre_production"),
    _creation("production", "production", region="eu"),
    _creation("pre_dut", "pre_dut"),
    _creation("dut", "dut"),
    _fixture_creation("pre_factoryfixture", "pre_factory", "pre_"),
    _fixture_creation("factoryfixture", "factory", ""),
    Call("deviceGroups.get", lambda w: (w.group,), lambda c, w: c.device_groups.get(w.group)),
    Call(
        "deviceGroups.update",
        lambda w: (w.group, DEVELOPMENT, {**CHANGED, "env_vars": {}}),
        lambda c, w: c.device_groups.update(w.group, {**CHANGED, "env_vars": {}}, type="development"),
        "attributes",
    ),
    Call(
        "deviceGroups.update",
        lambda w: (w.production, "production_devicegroup", {"load_code_after_blessing": False}),
        lambda c, w: c.device_groups.update(w.production, {"load_code_after_blessing": False}, type="production"),
        "blessing",
    ),
    Call(
        "deviceGroups.update",
        lambda w: (
            w.fixture,
            "factoryfixture_devicegroup",
            {},
            _target("production", w.production),
            _target("dut", w.dut),
        ),
        lambda c, w: c.device_groups.update(
            w.fixture,
            relationships={"production_target": ("production", w.production), "dut_target": ("dut", w.dut)},
            type="factory",
        ),
        "targets",
    ),
    Call("deviceGroups.delete", lambda w: (w.empty_group,), lambda c, w: c.device_groups.delete(w.empty_group)),
    Call("deviceGroups.restartDevices", lambda w: (w.group,), lambda c, w: c.device_groups.restart(w.group)),
    Call(
        "deviceGroups.conditionalRestartDevices",
        lambda w: (w.group,),
        lambda c, w: c.device_groups.restart(w.group, conditional=True),
    ),
    Call(
        "deviceGroups.addDevices",
        lambda w: (w.group, w.device, w.free_device),
        lambda c, w: c.device_groups.add_devices(w.group, [w.device, w.free_device]),
    ),
    Call(
        "deviceGroups.removeDevices",
        lambda w: (w.group, None, w.device),
        lambda c, w: c.device_groups.remove_devices(w.group, [w.device]),
        "development",
    ),
    Call(
        "deviceGroups.removeDevices",
        lambda w: (w.production, w.unbond_key, w.production_device),
        lambda c, w: c.device_groups.remove_devices(w.production, [w.production_device], w.unbond_key),
        "production",
    ),
    Call(
        "deviceGroups.updateMinSupportedDeployment",
        lambda w: (w.group, w.deployment),
        lambda c, w: c.device_groups.set_min_supported_deployment(w.group, w.deployment),
    ),
]

DEVICES = [
    Call("devices.list", lambda w: (None, *FIRST_PAGE), lambda c, w: c.devices.list(), "default scope"),
    Call(
        "devices.list",
        lambda w: (
            {
                "filter[owner.id]": w.account,
                "filter[product.id]": w.product,
                "filter[devicegroup.id]": w.group,
                "filter[devicegroup.owner.id]": w.account,
                "filter[devicegroup.type]": DEVELOPMENT,
            },
            *FIRST_PAGE,
        ),
        lambda c, w: c.devices.list(
            owner_id=w.account,
            product_id=w.product,
            device_group_id=w.group,
            device_group_owner_id=w.account,
            device_group_type="development",
        ),
        "filtered",
    ),
    Call("devices.get", lambda w: (w.device,), lambda c, w: c.devices.get(w.device)),
    Call(
        "devices.update",
        lambda w: (w.device, {"name": "Küche"}),
        lambda c, w: c.devices.update(w.device, {"name": "Küche"}),
    ),
    Call("devices.delete", lambda w: (w.free_device,), lambda c, w: c.devices.delete(w.free_device)),
    Call("devices.restart", lambda w: (w.device,), lambda c, w: c.devices.restart(w.device)),
    Call(
        "devices.conditionalRestart", lambda w: (w.device,), lambda c, w: c.devices.restart(w.device, conditional=True)
    ),
    Call("devices.getLogs", lambda w: (w.device, *FIRST_PAGE), lambda c, w: c.devices.logs(w.device), "all"),
    Call("devices.getLogs", lambda w: (w.device, 1, 1), lambda c, w: c.devices.logs(w.device, limit=1), "newest"),
]

DEPLOYMENTS = [
    Call(
        "deployments.list",
        lambda w: (
            {
                "filter[owner.id]": w.account,
                "filter[creator.id]": w.account,
                "filter[product.id]": w.product,
                "filter[devicegroup.id]": w.group,
                "filter[sha]": "0" * 64,
                "filter[flagged]": True,
                "filter[flagger.id]": w.account,
                "filter[tags]": "a",
            },
            *FIRST_PAGE,
        ),
        lambda c, w: c.deployments.list(
            owner_id=w.account,
            creator_id=w.account,
            product_id=w.product,
            device_group_id=w.group,
            sha="0" * 64,
            flagged=True,
            flagger_id=w.account,
            tags=["a"],
        ),
    ),
    Call(
        "deployments.create",
        lambda w: (w.group, DEVELOPMENT, FULL_DEPLOYMENT),
        lambda c, w: c.deployments.create(FULL_DEPLOYMENT, {"devicegroup": ("development", w.group)}),
    ),
    Call("deployments.get", lambda w: (w.deployment,), lambda c, w: c.deployments.get(w.deployment)),
    Call(
        "deployments.update",
        lambda w: (w.deployment, CHANGED_DEPLOYMENT),
        lambda c, w: c.deployments.update(w.deployment, CHANGED_DEPLOYMENT),
    ),
    Call("deployments.delete", lambda w: (w.old_deployment,), lambda c, w: c.deployments.delete(w.old_deployment)),
]

WEBHOOKS = [
    Call(
        "webhooks.list",
        lambda w: ({"filter[devicegroup.id]": w.group}, *FIRST_PAGE),
        lambda c, w: c.webhooks.list(device_group_id=w.group),
    ),
    Call(
        "webhooks.create",
        lambda w: (w.production, "production_devicegroup", HOOK),
        lambda c, w: c.webhooks.create(HOOK, {"devicegroup": ("production", w.production)}),
    ),
    Call("webhooks.get", lambda w: (w.webhook,), lambda c, w: c.webhooks.get(w.webhook)),
    Call(
        "webhooks.update", lambda w: (w.webhook, CHANGED_HOOK), lambda c, w: c.webhooks.update(w.webhook, CHANGED_HOOK)
    ),
    Call("webhooks.delete", lambda w: (w.webhook,), lambda c, w: c.webhooks.delete(w.webhook)),
]

CALLS = [*AUTH, *ACCOUNTS, *PRODUCTS, *DEVICE_GROUPS, *DEVICES, *DEPLOYMENTS, *WEBHOOKS]
