# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Injected faults, as a client meets them."""

from __future__ import annotations

import time

import httpx
import pytest
from client import Api, resource

from impcentral_emulator.errors import ApiError
from impcentral_emulator.faults import Fault

PRODUCT = resource("product", {"name": "P"})


def order(api: Api, **fault) -> None:
    api.admin("POST", "/faults", fault)


def names(api: Api) -> list[str]:
    return [product["attributes"]["name"] for product in api.get("/products")]


@pytest.mark.parametrize(("kind", "takes_effect"), [("reset_before", False), ("reset_after", True)])
def test_dropped_connections(api: Api, kind, takes_effect):
    order(api, kind=kind, method="POST")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        api.raw("POST", "/products", PRODUCT)
    assert names(api) == ["P"] * takes_effect


def test_truncate(api: Api):
    order(api, kind="truncate", method="POST")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        api.raw("POST", "/products", PRODUCT)
    assert names(api) == ["P"]


@pytest.mark.parametrize(
    ("fault", "status", "takes_effect"),
    [
        ({"kind": "status", "status": 503}, 503, False),
        ({"kind": "status", "status": 500, "execute": True}, 500, True),
        ({"kind": "html"}, 502, False),
        ({"kind": "html", "execute": True, "status": 200}, 200, True),
        ({"kind": "empty"}, 201, True),
        ({"kind": "invalid_json"}, 201, True),
        ({"kind": "invalid_json", "execute": False}, 200, False),
    ],
)
def test_spoiled_answers(api: Api, fault, status, takes_effect):
    order(api, **fault, method="POST")
    response = api.raw("POST", "/products", PRODUCT)
    assert response.status_code == status
    if fault["kind"] == "status":
        assert response.json()["errors"][0]["status"] == str(status)
    else:
        with pytest.raises(ValueError):
            response.json()
    assert (response.content == b"") == (fault["kind"] == "empty")
    assert names(api) == ["P"] * takes_effect


def test_status_with_headers_and_body(api: Api):
    order(api, kind="status", status=429, headers={"Retry-After": "7"}, body={"message": "slow down"})
    response = api.raw("GET", "/products")
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert response.json() == {"message": "slow down"}


@pytest.mark.parametrize(("kind", "before"), [("delay", True), ("delay_after", False)])
def test_delays(api: Api, kind, before):
    order(api, kind=kind, seconds=60, method="POST")
    with pytest.raises(httpx.ReadTimeout):
        api.http.post(f"{api.running.endpoint}/products", json=PRODUCT, timeout=0.2)
    assert names(api) == ["P"] * (not before)


def test_a_short_delay(api: Api):
    order(api, kind="delay", seconds=0.05)
    began = time.monotonic()
    assert names(api) == []
    assert time.monotonic() - began >= 0.05


def test_expired_token(api: Api):
    order(api, kind="expire_token", nth=2)
    assert names(api) == []
    assert api.fails("GET", "/products", status=401)["code"] == "PX100"
    api.fails("GET", "/products", status=401)
    api.sign_in()
    assert names(api) == []


def test_which_requests_are_struck(api: Api):
    order(api, kind="status", status=500, method="GET", path=r"/products\?.*size%5D=7", nth=2, times=2)
    statuses = []
    for _dummy in range(4):
        statuses.append(api.raw("GET", "/products?page%5Bsize%5D=7").status_code)
        assert api.raw("GET", "/products").status_code == 200
    assert statuses == [200, 500, 500, 200]
    (fault,) = api.admin("GET", "/faults").json()
    assert (fault["seen"], fault["fired"]) == (4, 2)


def test_for_ever_and_withdrawn(api: Api):
    order(api, kind="status", status=500, times=None)
    assert [api.raw("GET", "/products").status_code for _dummy in range(3)] == [500] * 3
    api.admin("DELETE", "/faults")
    assert names(api) == []


def test_several_faults_count_alike(api: Api):
    api.admin(
        "POST", "/faults", {"faults": [{"kind": "status", "status": 500}, {"kind": "status", "status": 503, "nth": 2}]}
    )
    assert [api.raw("GET", "/products").status_code for _dummy in range(3)] == [500, 503, 200]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "other"},
        {},
        {"kind": "status"},
        {"kind": "html", "unknown": 1},
        {"kind": "html", "path": "("},
    ],
)
def test_invalid_orders(api: Api, fault):
    response = api.http.post(f"{api.running.admin}/faults", json=fault)
    assert response.status_code == 400
    assert api.admin("GET", "/faults").json() == []


def test_defaults():
    assert Fault("reset_after").execute is True
    assert Fault("reset_before").execute is False
    with pytest.raises(ApiError):
        Fault("status")
