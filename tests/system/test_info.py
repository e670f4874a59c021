# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that read accounts, products, groups, devices, webhooks and credentials: selectors, filters, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.reading import URL, Fleet, ids, partner, read
from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
NO_DEVICE = "0123456789abcdef"
K = {"product": "kitchen"}


@pytest.fixture
def fleet(service: Service) -> Fleet:
    return Fleet(service)


def account(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_account_info", options


def product(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_product_info", options


def group(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_device_group_info", options


def device(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_device_info", options


def webhook(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_webhook_info", options


def test_accounts(playbooks: Playbooks, service: Service) -> None:
    me, (other, _product) = service.running.account_id, partner(service)
    run = read(
        playbooks,
        account("all"),
        account("me", id="me"),
        account("by id", id=other),
        account("by name", name="partner"),
        account("by e-mail", name="partner@example.com"),
        account("unknown id", id=UNKNOWN),
        account("unknown name", name="nobody", owner="any"),
        account("both", id=other, name="partner"),
    )
    assert ids(run.results["all"], "accounts") == {me, other}
    assert run.results["me"]["accounts"] == [{**run.results["me"]["accounts"][0], "id": me, "type": "account"}]
    for name in ("by id", "by name", "by e-mail"):
        assert ids(run.results[name], "accounts") == {other}
    assert UNKNOWN in run.results["unknown id"]["msg"] and "'nobody'" in run.results["unknown name"]["msg"]
    assert "mutually exclusive" in run.results["both"]["msg"]


def test_products(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    account_id, theirs = partner(service)
    run = read(
        playbooks,
        product("mine"),
        product("everybody's", owner="any"),
        product("one", limit=1),
        product("by name", name="kitchen"),
        product("by id", id=fleet.ids["bath"]),
        product("partner's by id", id=theirs),
        product("partner's by name", name="kitchen", owner="partner"),
        product("partner's", owner=account_id),
        product("of another owner", id=theirs, owner="me"),
        product("ambiguous", name="kitchen", owner="any"),
        product("unknown id", id=UNKNOWN),
        product("of nobody", owner="nobody"),
        product("empty", name=""),
        product("no limit", limit=0),
    )
    mine, told = {fleet.ids["kitchen"], fleet.ids["bath"]}, run.results
    assert ids(told["mine"], "products") == mine and ids(told["everybody's"], "products") == {*mine, theirs}
    assert len(told["one"]["products"]) == 1
    assert ids(told["by name"], "products") == {fleet.ids["kitchen"]}
    assert ids(told["by id"], "products") == {fleet.ids["bath"]}
    for name in ("partner's by id", "partner's by name", "partner's"):
        assert ids(told[name], "products") == {theirs}
    assert told["of another owner"]["products"] == []
    assert {one["id"] for one in told["ambiguous"]["candidates"]} == {fleet.ids["kitchen"], theirs}
    assert UNKNOWN in told["unknown id"]["msg"] and "'nobody'" in told["of nobody"]["msg"]
    assert "name must not be empty" in told["empty"]["msg"] and "limit" in told["no limit"]["msg"]
    assert len(run.requests["by id"]) == 1


def test_what_check_mode_would_create_has_nothing_yet(playbooks: Playbooks) -> None:
    tasks = (product("product", name="soon"), group("group", product="soon"), device("device", device=NO_DEVICE))
    foreseen = playbooks.run(*tasks, arguments=("--check",)).results
    real = playbooks.run(*tasks).results
    assert foreseen["product"]["products"] == [] == foreseen["group"]["device_groups"]
    assert "created by an earlier task" in foreseen["product"]["warnings"][-1]
    assert all("'soon'" in real[name]["msg"] for name in ("product", "group"))
    assert NO_DEVICE in foreseen["device"]["msg"] and NO_DEVICE in real["device"]["msg"]


def test_device_groups(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    playbooks.secrets.add("api-key-of-tests")
    run = read(
        playbooks,
        group("mine"),
        group("of product", **K),
        group("by name", name="sensors", **K),
        group("by name alone", name="sold"),
        group("by id", id=fleet.group("sold")),
        group("by type", type="pre-production"),
        group("by long type", type="production_devicegroup", product=fleet.ids["kitchen"]),
        group("of another type", name="sold", type="development"),
        group("of another product", id=fleet.group("sold"), product="bath"),
        group("one", limit=1, owner="any"),
        group("ambiguous", name="sensors"),
        group("unknown", name="cellar", **K),
        group("unknown product", product="attic"),
        group("unknown type", type="attic"),
    )
    told = run.results
    every = {key for name, key in fleet.ids.items() if "/" in name}
    assert ids(told["mine"], "device_groups") == every
    assert ids(told["of product"], "device_groups") == every - {fleet.ids["bath/sensors"]}
    for name in ("by name alone", "by id", "by long type"):
        assert ids(told[name], "device_groups") == {fleet.group("sold")}
    (sensors,) = told["by name"]["device_groups"]
    assert sensors["id"] == fleet.group("sensors") and "fingerprint" in sensors["env_vars"]["key"]
    assert ids(told["by type"], "device_groups") == {fleet.group("pilots")}
    assert told["of another type"]["device_groups"] == [] == told["of another product"]["device_groups"]
    assert len(told["one"]["device_groups"]) == 1
    assert len(told["ambiguous"]["candidates"]) == 2
    assert "'cellar'" in told["unknown"]["msg"] and "'attic'" in told["unknown product"]["msg"]
    assert "pre_factory" in told["unknown type"]["msg"]


def test_a_tree_of_a_product(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    playbooks.secrets |= {"api-key-of-tests", "url-password"}
    service.admin("POST", f"/deployments/{fleet.deployments[0]}/detach")
    run = read(
        playbooks,
        product("tree", name="kitchen", tree=True),
        product("all trees", tree=True),
        group("one group", id=fleet.group("line"), tree=True),
        group("groups", tree=True, **K),
    )
    (kitchen,) = run.results["tree"]["products"]
    groups = {one["name"]: one for one in kitchen["device_groups"]}
    assert sorted(groups) == ["line", "pilots", "probes", "sensors", "sold"]
    assert ids({"status": "ok", **groups["sensors"]}, "devices") == set(fleet.devices[:2])
    assert ids({"status": "ok", **groups["sold"]}, "devices") == set(fleet.devices[2:])
    assert ids({"status": "ok", **groups["sensors"]}, "webhooks") == set(fleet.webhooks)
    assert [one["id"] for one in groups["sensors"]["deployments"]] == [fleet.deployments[1]]
    assert [one["id"] for one in kitchen["deployments_without_group"]] == [fleet.deployments[0]]
    assert groups["line"]["production_target"]["name"] == "pilots" and groups["line"]["dut_target"]["name"] == "probes"
    assert groups["sold"]["production_target"] is None and "device_code" not in groups["sold"]["deployments"][0]
    # Accounts, products, groups, devices, deployments, webhooks: one listing each.
    assert len(run.requests["tree"]) <= 6, run.requests["tree"]
    trees = {one["name"]: one for one in run.results["all trees"]["products"]}
    assert trees["kitchen"] == kitchen and trees["bath"]["device_groups"][0]["devices"] == []
    assert {one["name"]: one for one in run.results["groups"]["device_groups"]} == groups
    assert run.results["one group"]["device_groups"] == [groups["line"]]


def test_trees_of_many_products_take_few_requests(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    for number in range(8):
        service.api("POST", "/products", {"type": "product", "attributes": {"name": f"p{number}"}})
    run = read(playbooks, product("one", name="kitchen", tree=True), product("all", tree=True), group("g", tree=True))
    trees = {one["name"]: one for one in run.results["all"]["products"]}
    assert trees["kitchen"] == run.results["one"]["products"][0] and trees["p0"]["device_groups"] == []
    # The devices of each of the five types that exist have a listing of their own.
    assert len(run.requests["all"]) <= 10, run.requests["all"]
    assert len(run.results["g"]["device_groups"]) == 6


def test_variables_are_shown_when_told_so(playbooks: Playbooks, fleet: Fleet) -> None:
    shown = {"show_env_vars": True}
    run = read(
        playbooks,
        group("group", name="sensors", **K, **shown),
        group("tree", id=fleet.group("sensors"), tree=True, **shown),
        product("product", name="kitchen", tree=True, **shown),
    )
    (kitchen,) = run.results["product"]["products"]
    found = [*run.results["group"]["device_groups"], *run.results["tree"]["device_groups"], *kitchen["device_groups"]]
    variables = [one["env_vars"] for one in found if one["name"] == "sensors"]
    assert variables == [{"key": "api-key-of-tests"}] * 3


def test_devices(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    first, second, *sold = fleet.devices
    row = service.admin("PATCH", f"/devices/{first}", json={"name": "fridge"})
    service.admin("PATCH", f"/devices/{sold[0]}", json={"name": "twin"})
    service.admin("PATCH", f"/devices/{second}", json={"name": "twin"})
    run = read(
        playbooks,
        device("mine"),
        device("everybody's", owner="any"),
        device("of product", **K),
        device("of group", device_group="sold", **K),
        device("of group by id", device_group=fleet.group("sold")),
        device("of group by name alone", device_group="sold"),
        device("by type", type="production"),
        device("of both", type="development", device_group="sold", **K),
        device("of an empty group", product="bath", device_group="sensors"),
        device("by id", device=first),
        device("by name", device="fridge"),
        device("by mac", device=row["mac_address"].upper()),
        device("by agent", device=row["agent_id"]),
        device("elsewhere", device=first, product="bath"),
        device("limited", limit=3),
        device("twins", device="twin"),
        device("unknown", device=NO_DEVICE),
        device("a number", device=1234),
        device("unknown group", device_group="attic", **K),
    )
    told = run.results
    every = set(service.running.devices)
    assert ids(told["mine"], "devices") == every == ids(told["everybody's"], "devices")
    assert ids(told["of product"], "devices") == set(fleet.devices)
    for name in ("of group", "of group by id", "of group by name alone", "by type"):
        assert ids(told[name], "devices") == set(sold), name
    for name in ("of both", "of an empty group", "elsewhere"):
        assert told[name]["devices"] == [], name
    for name in ("by id", "by name", "by mac", "by agent"):
        assert ids(told[name], "devices") == {first}, name
    assert told["by id"]["devices"][0]["swversion"] and told["mine"]["devices"][0]["swversion"] is None
    assert len(told["limited"]["devices"]) == 3
    assert {one["id"] for one in told["twins"]["candidates"]} == {second, sold[0]}
    assert NO_DEVICE in told["unknown"]["msg"] and "quotes" in told["a number"]["msg"]
    assert "'attic'" in told["unknown group"]["msg"]


def test_details_of_devices(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    run = read(playbooks, device("listed", **K), device("detailed", details=True, **K))
    details = run.results["detailed"]["devices"]
    assert [one["id"] for one in details] == [one["id"] for one in run.results["listed"]["devices"]]
    assert all(one["swversion"] and one["plan_id"] and one["free_memory"] for one in details)
    singly = [request for request in run.requests["detailed"] if request.startswith("GET /v5/devices/")]
    assert sorted(singly) == sorted(f"GET /v5/devices/{key}" for key in fleet.devices)


def test_webhooks(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    playbooks.secrets.add("url-password")
    deployed, enrolled = fleet.webhooks
    run = read(
        playbooks,
        webhook("mine"),
        webhook("everybody's", owner="any"),
        webhook("of product", **K),
        webhook("of another product", product="bath"),
        webhook("of group", device_group="sensors", **K),
        webhook("of another group", device_group="sold", **K),
        webhook("by event", event="blinkup"),
        webhook("by id", id=deployed),
        webhook("not that event", id=deployed, event="blinkup"),
        webhook("limited", limit=1),
        webhook("unknown", id=UNKNOWN),
        webhook("unknown event", event="explosion"),
    )
    told = run.results
    for name in ("mine", "everybody's", "of product", "of group"):
        assert ids(told[name], "webhooks") == {deployed, enrolled}, name
    for name in ("of another product", "of another group", "not that event"):
        assert told[name]["webhooks"] == [], name
    assert ids(told["by event"], "webhooks") == {enrolled} and ids(told["by id"], "webhooks") == {deployed}
    assert told["by id"]["webhooks"][0]["url"] == (URL + "deployment").replace("me:url-password", "********")
    assert len(told["limited"]["webhooks"]) == 1
    assert UNKNOWN in told["unknown"]["msg"] and "blessing" in told["unknown event"]["msg"]


def test_login_keys(playbooks: Playbooks, service: Service) -> None:
    key, other = service.login_key(), service.login_key()
    playbooks.secrets |= {key, other}
    wrong = "0123456789abcdef"
    run = read(
        playbooks,
        ("all", "imp_login_key_info", {}),
        ("one", "imp_login_key_info", {"id": key}),
        ("one, revealed", "imp_login_key_info", {"id": key, "reveal": True}),
        ("unknown", "imp_login_key_info", {"id": wrong}),
    )
    told = run.results
    assert sorted(one["fingerprint"] for one in told["all"]["login_keys"]) == sorted([key[-4:], other[-4:]])
    expected = {"id": None, "type": "login_key", "description": "tests", "usages": 0, "fingerprint": key[-4:]}
    assert told["one"]["login_keys"] == [expected]
    assert told["one, revealed"]["login_keys"] == [{**expected, "id": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}]
    assert "no login key" in told["unknown"]["msg"] and wrong not in told["unknown"]["msg"]
    playbooks.secrets -= {key, other}
    shown = playbooks.run(("reveal", "imp_login_key_info", {"reveal": True})).results["reveal"]
    assert ids(shown, "login_keys") == {key, other}


def test_refresh_tokens(playbooks: Playbooks, service: Service) -> None:
    tokens = [service.sign_in()["refresh_token"] for _number in range(2)]
    playbooks.secrets |= set(tokens)
    listed = {one["id"] for one in service.api("GET", "/accounts/me/refresh_tokens")}
    known = sorted(listed)[0]
    key = {"login_key": service.login_key()}
    run = read(
        playbooks,
        ("all", "imp_refresh_token_info", key),
        ("one", "imp_refresh_token_info", {**key, "id": known}),
        ("unknown", "imp_refresh_token_info", {**key, "id": UNKNOWN}),
    )
    assert ids(run.results["all"], "refresh_tokens") == listed
    (one,) = run.results["one"]["refresh_tokens"]
    assert one["id"] == known and one["created_at"]
    assert "no refresh token" in run.results["unknown"]["msg"]
