# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Device groups: types, targets, environment variables, deletion."""

from __future__ import annotations

import pytest
from client import DEVELOPMENT, TYPES, Api, group_body, resource


def change(api: Api, key: str, kind: str, attributes: dict | None = None, **related: tuple[str, str]) -> dict:
    body = resource(f"{kind}_devicegroup", attributes, key, **related)
    return api.call("PATCH", f"/devicegroups/{key}", body)["data"]


def test_life(api: Api):
    product = api.product()
    variables = {"text": "a", "whole": 1, "part": 1.5}
    body = group_body(product, "G", "development", {"description": "d", "env_vars": variables})
    group = api.call("POST", "/devicegroups", body, 201)["data"]
    assert group["type"] == DEVELOPMENT
    assert group["attributes"]["env_vars"] == variables
    assert set(group["attributes"]) == {"name", "description", "region", "created_at", "updated_at", "env_vars"}
    assert set(group["relationships"]) == {"product", "owner", "creator"}
    changed = change(api, group["id"], "development", {"name": "H", "description": "e", "env_vars": {"other": "b"}})
    assert changed["attributes"]["env_vars"] == {"other": "b"}
    assert change(api, group["id"], "development", {"env_vars": {}})["attributes"]["env_vars"] == {}
    assert api.get(f"/devicegroups/{group['id']}")["attributes"]["name"] == "H"
    api.call("DELETE", f"/devicegroups/{group['id']}", status=204)
    api.fails("DELETE", f"/devicegroups/{group['id']}", status=404)


def test_filters_and_order(api: Api):
    product, other = api.product("P"), api.product("Q")
    production = api.group(product, "b", "production")
    development = api.group(product, "a")
    elsewhere = api.group(other, "a")
    assert api.ids(f"/devicegroups?filter[product.id]={product}") == [development, production]
    assert api.ids("/devicegroups?filter[type]=production_devicegroup") == [production]
    query = f"filter[owner.id]={api.running.account_id}&filter[product.id]={other}&filter[type]={DEVELOPMENT}"
    assert api.ids(f"/devicegroups?{query}") == [elsewhere]


def test_names_are_unique_within_the_product(api: Api):
    product, other = api.product("P"), api.product("Q")
    api.group(product, "G"), api.group(other, "G")
    error = api.fails("POST", "/devicegroups", group_body(product, "G", "production"), 409)
    assert (error["title"], error["detail"]) == ("Duplicate Resource", "Devicegroups must have unique names.")


def test_every_type_and_the_order_of_deletion(api: Api):
    product = api.product()
    groups = {kind: api.group(product, kind, kind) for kind in TYPES if "factoryfixture" not in kind}
    for prefix in ("", "pre_"):
        key = groups[f"{prefix}factoryfixture"] = api.group(
            product,
            f"{prefix}fixture",
            f"{prefix}factoryfixture",
            production_target=groups[f"{prefix}production"],
            dut_target=groups[f"{prefix}dut"],
        )
        related = api.get(f"/devicegroups/{key}")["relationships"]
        for name, kind in (("production_target", f"{prefix}production"), ("dut_target", f"{prefix}dut")):
            assert related[name] == {"type": f"{kind}_devicegroup", "id": groups[kind]}
    for kind in ("production", "dut", "pre_production", "pre_dut"):
        api.fails("DELETE", f"/devicegroups/{groups[kind]}", status=409)
    for kind in ("factoryfixture", "production", "pre_factoryfixture", "pre_production", "dut", "pre_dut"):
        api.call("DELETE", f"/devicegroups/{groups[kind]}", status=204)


def test_targets_are_checked(api: Api):
    product, other = api.product("P"), api.product("Q")
    targets = {"production_target": api.group(product, "p", "production"), "dut_target": api.group(product, "d", "dut")}
    pre_production, foreign = api.group(product, "pp", "pre_production"), api.group(other, "p", "production")
    for wrong in (
        {},
        {"production_target": targets["production_target"]},
        {**targets, "production_target": foreign},
        {**targets, "production_target": pre_production},
        {**targets, "dut_target": "nothing"},
    ):
        error = api.fails("POST", "/devicegroups", group_body(product, "f", "factoryfixture", **wrong))
        assert error["title"] == "Invalid Target"
    api.fails("POST", "/devicegroups", group_body(product, "f", "pre_factoryfixture", **targets))
    api.fails("POST", "/devicegroups", group_body(product, "f", "development", **targets))
    assert len(api.ids(f"/devicegroups?filter[product.id]={product}")) == 3


def test_targets_change(api: Api):
    product = api.product()
    fixture = api.fixture(product)
    other = api.group(product, "other", "production")
    changed = change(
        api, fixture["factoryfixture"], "factoryfixture", production_target=("production_devicegroup", other)
    )
    assert changed["relationships"]["production_target"]["id"] == other
    assert changed["relationships"]["dut_target"]["id"] == fixture["dut"]
    api.call("DELETE", f"/devicegroups/{fixture['production']}", status=204)


def test_load_code_after_blessing(api: Api):
    product = api.product()
    body = group_body(product, "p", "production", {"load_code_after_blessing": False})
    api.fails("POST", "/devicegroups", body)
    group = api.group(product, "p", "production")
    assert api.get(f"/devicegroups/{group}")["attributes"]["load_code_after_blessing"] is True
    changed = change(api, group, "production", {"load_code_after_blessing": False})
    assert changed["attributes"]["load_code_after_blessing"] is False
    body = resource(DEVELOPMENT, {"load_code_after_blessing": False}, api.group(product, "d"))
    api.fails("PATCH", f"/devicegroups/{body['data']['id']}", body)


def test_region(api: Api):
    product = api.product()
    body = group_body(product, "p", "pre_production", {"region": "eu"})
    group = api.call("POST", "/devicegroups", body, 201)["data"]
    assert group["attributes"]["region"] == "eu"
    api.fails("POST", "/devicegroups", group_body(product, "d", "development", {"region": "eu"}))
    api.fails("PATCH", f"/devicegroups/{group['id']}", resource(group["type"], {"region": "us"}, group["id"]))


@pytest.mark.parametrize(
    "variables",
    [
        {"1a": "x"},
        {"": "x"},
        {"a-b": "x"},
        {"a" * 101: "x"},
        {"\u00e4": "x"},
        {"a": True},
        {"a": None},
        {"a": {}},
        {"a": []},
        [],
        "text",
        {"a": "x" * 16000},
        {"a\n": "x"},
    ],
)
def test_invalid_env_vars(api: Api, variables):
    body = group_body(api.product(), "G", "development", {"env_vars": variables})
    assert api.fails("POST", "/devicegroups", body)["code"].startswith("VX")


def test_the_largest_env_vars(api: Api):
    variables = {"a" * 100: "x" * (16000 - 107)}
    body = group_body(api.product(), "G", "development", {"env_vars": variables})
    assert api.call("POST", "/devicegroups", body, 201)["data"]["attributes"]["env_vars"] == variables


def test_an_unknown_product_or_type(api: Api):
    api.fails("POST", "/devicegroups", group_body("nothing", "G", "development"), 404)
    api.fails("POST", "/devicegroups", group_body(api.product(), "G", "other"))
    api.fails("POST", "/devicegroups", resource(DEVELOPMENT, {"name": "G"}))


def test_a_wrong_type_in_a_change(api: Api):
    group = api.group(api.product())
    api.fails("PATCH", f"/devicegroups/{group}", resource("production_devicegroup", {"name": "x"}, group), 409)
    assert api.get(f"/devicegroups/{group}")["attributes"]["name"] == "Group"


def test_what_keeps_a_group(api: Api):
    group = api.group(api.product())
    flagged = api.deploy(group, flagged=True)["id"]
    webhook = resource(
        "webhook",
        {"url": "http://localhost/", "event": "deployment", "content_type": "application/json"},
        devicegroup=(DEVELOPMENT, group),
    )
    hook = api.call("POST", "/webhooks", webhook, 201)["data"]["id"]
    api.assign(group, api.devices[0])
    path = f"/devicegroups/{group}"
    assert api.fails("DELETE", path, status=409)["title"] == "Assigned Devices Exist"
    api.call("DELETE", f"{path}/relationships/devices", {"data": [{"type": "device", "id": api.devices[0]}]}, 204)
    error = api.fails("DELETE", path, status=409)
    assert error["title"] == "Flagged Deployments Exist"
    assert error["detail"] == "Cannot delete a devicegroup with flagged deployments; delete those first."
    api.call("PATCH", f"/deployments/{flagged}", resource("deployment", {"flagged": False}, flagged))
    api.call("DELETE", path, status=204)
    api.fails("GET", f"/deployments/{flagged}", status=404)
    api.fails("GET", f"/webhooks/{hook}", status=404)
