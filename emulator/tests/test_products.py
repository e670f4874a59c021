# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products."""

from __future__ import annotations

import pytest
from client import Api, resource


def test_life(api: Api):
    key = api.product("A", description="first")
    product = api.get(f"/products/{key}")
    assert list(product) == ["type", "id", "links", "attributes", "relationships"]
    assert product["links"] == {"self": f"{api.running.endpoint}/products/{key}"}
    assert product["attributes"]["created_at"] == product["attributes"]["updated_at"]
    change = resource("product", {"name": "B", "description": ""}, key)
    changed = api.call("PATCH", f"/products/{key}", change)["data"]
    assert (changed["attributes"]["name"], changed["attributes"]["description"]) == ("B", "")
    assert changed["attributes"]["updated_at"] > product["attributes"]["updated_at"]
    api.call("DELETE", f"/products/{key}", status=204)
    api.fails("DELETE", f"/products/{key}", status=404)


def test_a_change_without_attributes(api: Api):
    key = api.product("A", description="text")
    for body in (resource("product", {}, key), resource("product", None, key)):
        assert api.call("PATCH", f"/products/{key}", body)["data"]["attributes"]["description"] == "text"


def test_names_are_unique(api: Api):
    api.product("A")
    other = api.product("B")
    for call in (
        ("POST", "/products", resource("product", {"name": "A"})),
        ("PATCH", f"/products/{other}", resource("product", {"name": "A"}, other)),
    ):
        error = api.fails(*call, status=409)
        assert (error["title"], error["detail"]) == ("Duplicate Resource", "Products must have unique names.")
    api.call("PATCH", f"/products/{other}", resource("product", {"name": "B"}, other))


def test_a_product_with_groups_stays(api: Api):
    key = api.product()
    group = api.group(key)
    error = api.fails("DELETE", f"/products/{key}", status=409)
    assert error["title"] == "Dependent Devicegroups Exist"
    assert error["detail"] == "Cannot delete a product with associated devicegroups."
    api.call("DELETE", f"/devicegroups/{group}", status=204)
    api.call("DELETE", f"/products/{key}", status=204)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"name": ""},
        {"name": "x" * 81},
        {"name": 1},
        {"name": None},
        {"name": "x", "description": "x" * 256},
        {"name": "x", "other": 1},
    ],
)
def test_invalid_attributes(api: Api, attributes):
    assert api.fails("POST", "/products", resource("product", attributes))["code"].startswith("VX")


@pytest.mark.parametrize("name", ["x" * 80, "a/b?c#d%e&f+g", '"quotes"', "\U0001f980", "{{ name }}", " "])
def test_any_text_is_a_name(api: Api, name):
    assert api.get(f"/products/{api.product(name)}")["attributes"]["name"] == name


def test_a_wrong_type_or_id_in_a_change(api: Api):
    key, other = api.product("A"), api.product("B")
    for body in (resource("webhook", {"name": "C"}, key), resource("product", {"name": "C"}, other)):
        api.fails("PATCH", f"/products/{key}", body, 409)
    assert api.get(f"/products/{key}")["attributes"]["name"] == "A"


@pytest.mark.parametrize("key", ["not-exist", "__not_existing_product", "a b", "a%2Fb", "%C3%A4", "..%2F"])
def test_unknown_ids(api: Api, key):
    api.fails("GET", f"/products/{key}", status=404)


def test_an_id_of_another_kind(api: Api):
    product = api.product()
    for collection in ("devicegroups", "deployments", "devices", "webhooks", "accounts"):
        api.fails("GET", f"/{collection}/{product}", status=404)
    api.fails("GET", f"/products/{api.running.account_id}", status=404)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"data": []}', b'{"data": {"type": "product", "attributes": 1}}', b"\xff", b'{"data": NaN}'],
)
def test_malformed_bodies(api: Api, content):
    response = api.http.post(f"{api.running.endpoint}/products", content=content)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"].startswith("VX")
