# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages, links, filters, order, and the tolerance of paths."""

from __future__ import annotations

import pytest
from client import Api


def test_pages(api: Api):
    names = [f"P{number}" for number in range(5)]
    for name in reversed(names):
        api.product(name)
    url, seen, pages = f"{api.running.endpoint}/products?page[size]=2&filter[owner.id]={api.running.account_id}", [], 0
    while url:
        answer = api.http.get(url).json()
        seen += [item["attributes"]["name"] for item in answer["data"]]
        url = answer["links"].get("next")
        assert ("prev" in answer["links"]) == (pages > 0)
        assert answer["links"]["first"].startswith(api.running.endpoint)
        pages += 1
    assert (seen, pages) == (names, 3)


def test_an_exact_last_page_has_no_next(api: Api):
    api.product("A"), api.product("B")
    assert "next" not in api.call("GET", "/products?page[size]=2")["links"]


def test_default_page_size(api: Api):
    api.admin("POST", "/devices", {"count": 40})
    assert len(api.get("/devices")) == 20
    assert api.call("GET", "/devices")["links"]["next"].endswith("/devices?page[number]=2")


def test_encoded_parameters(api: Api):
    for name in "AB":
        api.product(name)
    query = f"page%5Bsize%5D=1&page%5Bnumber%5D=2&filter%5Bowner.id%5D={api.running.account_id}"
    assert [item["attributes"]["name"] for item in api.get(f"/products?{query}")] == ["B"]


def test_past_the_end(api: Api):
    answer = api.call("GET", "/products?page[number]=9")
    assert answer["data"] == []
    assert "next" not in answer["links"]


@pytest.mark.parametrize(
    "parameter",
    [
        "page[size]=0",
        "page[size]=101",
        "page[size]=x",
        "page[size]=",
        "page[number]=0",
        "page[number]=-1",
        "page[number]=1.5",
        "page[number]=99999999999999999999",
    ],
)
@pytest.mark.parametrize("collection", ["products", "accounts"])
def test_no_pages(api: Api, collection, parameter):
    assert api.fails("GET", f"/{collection}?{parameter}")["code"].startswith("VX")


@pytest.mark.parametrize(
    "path",
    [
        "/products?filter[name]=x",
        "/devicegroups?filter[devicegroup.id]=x",
        "/devices?filter[type]=x",
        "/deployments?filter[origin]=x",
        "/webhooks?filter[product.id]=x",
        "/accounts?filter[owner.id]=x",
        "/products?filter[owner.id=x",
        "/deployments?filter[flagged]=maybe",
    ],
)
def test_unknown_filters(api: Api, path):
    assert api.fails("GET", path)["title"] == "Invalid Filter"


@pytest.mark.parametrize(
    "path",
    [
        "/products?filter[owner.id]=x",
        "/devicegroups?filter[product.id]=x",
        "/devicegroups?filter[type]=x",
        "/devices?filter[devicegroup.id]=x",
        "/deployments?filter[sha]=x",
        "/webhooks?filter[devicegroup.id]=x",
    ],
)
def test_filters_without_a_match(api: Api, path):
    api.group(api.product())
    assert api.call("GET", path)["data"] == []


def test_other_parameters_are_ignored(api: Api):
    assert len(api.ids("/devices?sort=name&include=owner")) == 6


@pytest.mark.parametrize("path", ["//devices", "/devices/", "//devices//", "/devices//?page[size]=20"])
def test_slashes(api: Api, path):
    assert len(api.ids(path)) == 6


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", ""),
        ("PUT", "/products"),
        ("DELETE", "/products"),
        ("POST", "/accounts"),
        ("GET", "/auth"),
        ("GET", "/products/a/b"),
    ],
)
def test_unknown_paths_and_methods(api: Api, method, path):
    assert api.fails(method, path, status=404)["code"].startswith("NF")


def test_paths_outside_of_the_api(api: Api):
    response = api.http.get(api.running.endpoint.removesuffix("/v5") + "/other")
    assert response.status_code == 404
    assert response.json()["errors"][0]["title"] == "Resource Not Found"


def test_media_types(api: Api):
    assert api.raw("GET", "/products").headers["content-type"] == "application/vnd.api+json"
    assert api.raw("GET", "/products/x").headers["content-type"] == "application/vnd.api+json"
    for media_type in ("application/json", "application/vnd.api+json", "text/plain"):
        body = b'{"data": {"type": "product", "attributes": {"name": "%s"}}}' % media_type.encode()
        response = api.http.post(f"{api.running.endpoint}/products", content=body, headers={"Content-Type": media_type})
        assert response.status_code == 201
