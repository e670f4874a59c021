# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of requests, and the request limit."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from client import Api, resource

from impcentral_emulator.gateway import MAX_BODY
from impcentral_emulator.limits import RateLimiter


def journal(api: Api, after: int = 0) -> list[dict]:
    return api.admin("GET", f"/journal?after={after}").json()


def test_entries(api: Api):
    body = resource("product", {"name": "P"})
    api.call("POST", "/products", body, 201)
    api.call("GET", "/products?page[size]=1&filter[owner.id]=a%20b")
    api.fails("GET", "/products/a%2Fb", status=404)
    sign_in, post, get, unknown = journal(api)
    assert [entry["n"] for entry in (sign_in, post, get, unknown)] == [1, 2, 3, 4]
    assert (post["method"], post["path"], post["status"], post["body"]) == ("POST", "/v5/products", 201, body)
    assert post["account"] == api.running.account_id
    assert (sign_in["account"], get["body"], get["fault"]) == (None, None, None)
    assert get["path"].endswith("filter%5Bowner.id%5D=a%20b") or get["path"].endswith("filter[owner.id]=a%20b")
    assert (unknown["path"], unknown["status"]) == ("/v5/products/a%2Fb", 404)
    assert post["duration_ms"] >= 0
    assert [entry["n"] for entry in journal(api, after=3)] == [4]
    api.admin("DELETE", "/journal")
    assert journal(api) == []


def test_no_secrets(api: Api):
    password = api.running.password
    token = api.sign_in()["refresh_token"]
    access = api.http.headers["Authorization"].split()[1]
    api.call("POST", "/auth/token", {"token": token})
    key = api.call("POST", "/accounts/me/login_keys", resource("login_key", {}), 201, X_Electricimp_Password=password)[
        "data"
    ]["id"]
    api.call("POST", "/auth/token", {"key": key})
    path = f"/accounts/me/login_keys/{key}"
    api.call("PATCH", path, resource("login_key", {"description": "x"}, key), X_Electricimp_Password=password)
    api.raw("POST", "/auth", {"login_token": "login-secret"}, X_Electricimp_OTP_Token="654321")
    api.raw("DELETE", "/devicegroups/x/relationships/devices", X_Electricimp_Key=api.running.unbond_key)
    stream = api.call("POST", "/logstream")["data"]["id"]
    api.call("PUT", f"/logstream/{stream}/{api.devices[0]}", status=204)
    text = api.admin("GET", "/journal").text
    for secret in (password, token, access, key, "login-secret", "654321", api.running.unbond_key, stream):
        assert secret not in text
    assert api.running.username in text
    assert f"/logstream/***/{api.devices[0]}" in text


def test_a_body_that_is_large_or_no_json(api: Api):
    for content in (b"password", b'"' + b"x" * 70_000 + b'"'):
        api.http.post(f"{api.running.endpoint}/products", content=content)
        assert journal(api)[-1]["body"] == f"<{len(content)} bytes>"


def test_a_body_beyond_all_limits(api: Api):
    response = api.http.post(f"{api.running.endpoint}/products", content=b"x" * (MAX_BODY + 1))
    assert response.status_code == 413
    assert journal(api)[-1]["status"] == 413


def test_requests_count_when_they_arrive(api: Api):
    api.admin("POST", "/faults", {"kind": "delay", "seconds": 60})
    with pytest.raises(httpx.ReadTimeout):
        api.http.get(f"{api.running.endpoint}/products", timeout=0.2)
    entry = journal(api)[-1]
    assert (entry["status"], entry["fault"]) == (None, "delay")


def test_the_administration_is_not_in_it(api: Api):
    before = len(journal(api))
    api.admin("GET", "/state")
    assert len(journal(api)) == before


def test_limit(api: Api):
    api.admin("POST", "/options", {"rate_limit": 5})

    async def burst() -> list[httpx.Response]:
        async with httpx.AsyncClient(headers=api.http.headers, trust_env=False) as client:
            return await asyncio.gather(*(client.get(f"{api.running.endpoint}/accounts/me") for _dummy in range(30)))

    answers = asyncio.run(burst())
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 0 < len(refused) < 30
    assert refused[0].json()["errors"][0]["status"] == "429"
    assert "retry-after" not in refused[0].headers
    for answer in answers:
        assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-reset"]) == ("5", "1")
        assert 0 <= int(answer.headers["x-ratelimit-remaining"]) <= 4


def test_a_refused_request_is_not_carried_out(api: Api):
    api.admin("POST", "/options", {"rate_limit": 1})
    made = 0
    for number in range(20):
        made += api.raw("POST", "/products", resource("product", {"name": str(number)})).status_code == 201
    api.admin("POST", "/options", {"rate_limit": 0})
    assert made < 20
    assert len(api.ids("/products?page[size]=100")) == made


def test_the_bucket_refills_within_a_second():
    now = [0.0]
    limiter = RateLimiter(lambda: 40, lambda: now[0])
    assert [limiter.take("a")[0] for _dummy in range(41)] == [True] * 40 + [False]
    assert limiter.take("b")[0]
    now[0] += 0.5
    assert [limiter.take("a")[0] for _dummy in range(21)] == [True] * 20 + [False]
    now[0] += 60
    assert [limiter.take("a")[0] for _dummy in range(41)] == [True] * 40 + [False]
    assert dict(limiter.take("b")[1])[b"x-ratelimit-remaining"] == b"39"


def test_no_limit_has_no_headers():
    assert RateLimiter(lambda: 0).take("a") == (True, [])
