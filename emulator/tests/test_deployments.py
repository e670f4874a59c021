# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments: current and minimum, code, tags, flags."""

from __future__ import annotations

import pytest
from client import DEVELOPMENT, Api, deployment_body, resource


@pytest.fixture
def group(api: Api) -> str:
    return api.group(api.product())


def set_minimum(group: str, deployment: str) -> tuple[str, str, dict]:
    path = f"/devicegroups/{group}/relationships/min_supported_deployment"
    return "PUT", path, {"data": {"type": "deployment", "id": deployment}}


def test_creation(api: Api, group):
    made = api.deploy(group, description="d", origin="o", tags=["b", "a"], flagged=True, agent_code="a <- 1;")
    attributes = made["attributes"]
    assert (attributes["device_code"], attributes["agent_code"]) == ("server.log(1);", "a <- 1;")
    assert (attributes["tags"], attributes["flagged"], attributes["origin"]) == (["b", "a"], True, "o")
    assert len(attributes["sha"]) == 64
    account = {"type": "account", "id": api.running.account_id}
    assert made["relationships"]["flagger"] == account
    assert made["relationships"]["devicegroup"] == {"type": DEVELOPMENT, "id": group}
    assert api.get(f"/deployments/{made['id']}") == made


def test_current_and_minimum(api: Api, group):
    assert "current_deployment" not in api.get(f"/devicegroups/{group}")["relationships"]
    before = api.get(f"/devicegroups/{group}")["attributes"]["updated_at"]
    first, second = api.deploy(group)["id"], api.deploy(group)["id"]
    shown = api.get(f"/devicegroups/{group}")
    assert shown["relationships"]["current_deployment"] == {"type": "deployment", "id": second}
    assert shown["relationships"]["min_supported_deployment"] == {"type": "deployment", "id": first}
    assert shown["attributes"]["updated_at"] > before


def test_minimum_moves_forward_only(api: Api, group):
    first, second, third = (api.deploy(group)["id"] for _dummy in range(3))
    foreign = api.deploy(api.group(api.product("Other")))["id"]
    answer = api.call(*set_minimum(group, second))
    assert (answer["data"]["id"], answer["data"]["type"]) == (second, "deployment")
    api.call(*set_minimum(group, second))
    api.fails(*set_minimum(group, first), status=409)
    api.fails(*set_minimum(group, foreign), status=400)
    api.fails(*set_minimum(group, "nothing"), status=404)
    assert api.get(f"/devicegroups/{group}")["relationships"]["min_supported_deployment"]["id"] == second
    for key in (second, third):
        api.fails("DELETE", f"/deployments/{key}", status=409)
    api.call("DELETE", f"/deployments/{first}", status=204)
    api.fails("DELETE", f"/deployments/{first}", status=404)


def test_a_flagged_deployment_stays(api: Api, group):
    first, second = api.deploy(group, flagged=True)["id"], api.deploy(group)["id"]
    api.call(*set_minimum(group, second))
    error = api.fails("DELETE", f"/deployments/{first}", status=409)
    assert error["title"] == "Resource Flagged"
    assert error["detail"] == "You cannot delete flagged deployments; set the flagged attribute to false and try again."
    changed = api.call("PATCH", f"/deployments/{first}", resource("deployment", {"flagged": False}, first))["data"]
    assert "flagger" not in changed["relationships"]
    api.call("DELETE", f"/deployments/{first}", status=204)


def test_sha_depends_on_the_code_alone(api: Api, group):
    other = api.group(api.product("Other"))
    first, same = api.deploy(group), api.deploy(other, description="other")
    assert first["attributes"]["sha"] == same["attributes"]["sha"]
    assert first["id"] != same["id"]
    split = {
        api.deploy(group, device_code=device, agent_code=agent)["attributes"]["sha"]
        for device, agent in (("a();", ""), ("", "a();"), ("a()", ";"))
    }
    assert len(split) == 3


def test_lists(api: Api, group):
    keys = [
        api.deploy(group, tags=tags, flagged=flagged)["id"]
        for tags, flagged in ((["a"], True), (["a", "b"], False), ([], False))
    ]
    other = api.group(api.product("Other"))
    elsewhere = api.deploy(other, device_code="other();")
    newest_first = [elsewhere["id"], *reversed(keys)]
    assert api.ids("/deployments") == newest_first
    assert not {"device_code", "agent_code"} & set(api.get("/deployments")[0]["attributes"])
    product = api.get(f"/devicegroups/{group}")["relationships"]["product"]["id"]
    mine = api.running.account_id
    for query, expected in (
        (f"devicegroup.id]={group}", keys[::-1]),
        (f"product.id]={product}", keys[::-1]),
        ("flagged]=true", [keys[0]]),
        ("flagged]=false", newest_first[:-1]),
        ("flagged]=any", newest_first),
        ("tags]=a", [keys[1], keys[0]]),
        ("tags]=b,a", [keys[1]]),
        (f"sha]={elsewhere['attributes']['sha']}", [elsewhere["id"]]),
        (f"creator.id]={mine}", newest_first),
        (f"owner.id]={mine}", newest_first),
        (f"flagger.id]={mine}", [keys[0]]),
    ):
        assert api.ids(f"/deployments?filter[{query}") == expected, query


def test_changes(api: Api, group):
    key = api.deploy(group, tags=["a"])["id"]
    body = resource("deployment", {"description": "x", "flagged": True, "tags": ["c", "b"]}, key)
    changed = api.call("PATCH", f"/deployments/{key}", body)["data"]["attributes"]
    assert (changed["description"], changed["flagged"], changed["tags"]) == ("x", True, ["c", "b"])
    unchanged = api.call("PATCH", f"/deployments/{key}", resource("deployment", {}, key))["data"]["attributes"]
    assert unchanged["tags"] == ["c", "b"]
    for name in ("device_code", "agent_code", "origin", "sha"):
        api.fails("PATCH", f"/deployments/{key}", resource("deployment", {name: "x"}, key))


def test_code_that_does_not_compile(api: Api, group):
    error = api.fails("POST", "/deployments", deployment_body(group, device_code="ok();\nfoo(;\n"))
    assert (error["code"], error["title"]) == ("CX005", "Compilation Error")
    (message,) = error["meta"]
    assert set(message) >= {"row", "column", "text", "type", "file"}
    assert (message["file"], message["row"], message["type"]) == ("device_code", 2, "error")
    assert api.ids("/deployments") == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"tags": "a"},
        {"tags": ["a b"]},
        {"tags": [""]},
        {"tags": [1]},
        {"tags": ["a" * 501]},
        {"tags": ["a\n"]},
        {"tags": [f"{number:02}" + "x" * 24 for number in range(20)]},
        {"description": "x" * 256},
        {"origin": "x" * 256},
        {"flagged": "yes"},
        {"device_code": 1},
        {"other": 1},
    ],
)
def test_invalid_attributes(api: Api, group, attributes):
    assert api.fails("POST", "/deployments", deployment_body(group, **attributes))["code"].startswith("VX")


def test_allowed_tags(api: Api, group):
    tags = ["A-z_0.9*", "x" * 492]
    assert api.deploy(group, tags=tags)["attributes"]["tags"] == tags
    assert api.deploy(group)["attributes"]["tags"] == []


def test_code_is_optional_and_limited(api: Api, group):
    body = resource("deployment", {"agent_code": None}, devicegroup=(DEVELOPMENT, group))
    attributes = api.call("POST", "/deployments", body, 201)["data"]["attributes"]
    assert (attributes["device_code"], attributes["agent_code"]) == ("", "")
    api.admin("POST", "/options", {"code_limit": 10})
    api.deploy(group, device_code="aaaa()", agent_code="b();")
    api.fails("POST", "/deployments", deployment_body(group, device_code="aaaa()", agent_code="bb();"))


def test_the_group_of_a_deployment(api: Api, group):
    api.fails("POST", "/deployments", deployment_body("nothing"), 404)
    api.fails("POST", "/deployments", deployment_body(group, "production"))
    api.fails("POST", "/deployments", resource("deployment", {}))


def test_a_deployment_without_a_group(api: Api, group):
    key = api.deploy(group)["id"]
    product = api.get(f"/devicegroups/{group}")["relationships"]["product"]["id"]
    api.admin("POST", f"/deployments/{key}/detach")
    assert set(api.get(f"/deployments/{key}")["relationships"]) == {"product", "owner", "creator"}
    assert api.ids(f"/deployments?filter[product.id]={product}") == [key]
    api.call("DELETE", f"/deployments/{key}", status=204)
