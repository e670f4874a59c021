# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in, tokens and login keys."""

from __future__ import annotations

import pytest
from client import Api, resource


def bearer(token: str) -> str:
    return f"Bearer {token}"


@pytest.mark.parametrize("name", ["username", "email"])
def test_password(api: Api, name):
    answer = api.sign_in(getattr(api.running, name))
    assert answer["expires_in"] == 3600
    assert set(answer) == {"access_token", "expires_in", "expires_at", "refresh_token"}
    assert api.get("/accounts/me")["id"] == api.running.account_id


@pytest.mark.parametrize("credentials", [("emulator", "wrong"), ("nobody", "wrong")])
def test_wrong_password(api: Api, credentials):
    error = api.fails("POST", "/auth", dict(zip(("id", "password"), credentials, strict=True)), 401)
    assert (error["code"], error["title"]) == ("PX100", "Invalid Credentials")


def test_no_token(api: Api):
    assert api.fails("GET", "/accounts/me", status=401, Authorization="")["code"] == "PX100"
    assert api.fails("GET", "/accounts/me", status=401, Authorization="Bearer wrong")["code"] == "PX100"


def test_one_time_password(api: Api):
    api.admin("POST", "/options", {"two_factor": True})
    credentials = {"id": api.running.username, "password": api.running.password}
    error = api.fails("POST", "/auth", credentials, 403)
    assert error["code"] == "PX200"
    assert set(error["meta"]) == {"login_token", "expires_at"}
    second = {"login_token": error["meta"]["login_token"]}
    api.fails("POST", "/auth", second, 401, X_Electricimp_OTP_Token="000000")
    api.fails("POST", "/auth", second, 401)
    answer = api.call("POST", "/auth", second, X_Electricimp_OTP_Token=api.running.otp)
    assert (
        api.call("GET", "/accounts/me", Authorization=bearer(answer["access_token"]))["data"]["id"]
        == api.running.account_id
    )
    api.fails("POST", "/auth", second, 401, X_Electricimp_OTP_Token=api.running.otp)


def test_refresh_token(api: Api):
    token = api.sign_in()["refresh_token"]
    answer = api.call("POST", "/auth/token", {"token": token})
    assert set(answer) == {"access_token", "expires_in", "expires_at"}
    api.call("GET", "/accounts/me", Authorization=bearer(answer["access_token"]))
    api.fails("POST", "/auth/token", {"token": "wrong"}, 404)


def test_refresh_tokens_are_listed_and_deleted(api: Api):
    token = api.sign_in()["refresh_token"]
    listed = api.get("/accounts/me/refresh_tokens")
    assert [item["type"] for item in listed] == ["refresh_token"] * 2
    assert token not in {item["id"] for item in listed}
    for item in listed:
        api.call("DELETE", f"/accounts/me/refresh_tokens/{item['id']}", status=204)
    api.fails("DELETE", f"/accounts/me/refresh_tokens/{listed[0]['id']}", status=404)
    api.fails("POST", "/auth/token", {"token": token}, 404)
    assert api.get("/accounts/me/refresh_tokens") == []


def test_the_oldest_refresh_token_is_dropped(api: Api):
    tokens = [api.sign_in()["refresh_token"] for _dummy in range(6)]
    api.fails("POST", "/auth/token", {"token": tokens[0]}, 404)
    for token in tokens[1:]:
        api.call("POST", "/auth/token", {"token": token})
    assert len(api.get("/accounts/me/refresh_tokens")) == 5


def test_expiry(api: Api):
    api.admin("POST", "/tokens/expire")
    api.fails("GET", "/accounts/me", status=401)
    api.admin("POST", "/options", {"token_lifetime": 0})
    api.sign_in()
    api.fails("GET", "/accounts/me", status=401)


def make_key(api: Api, description: str | None = None) -> dict:
    attributes = {} if description is None else {"description": description}
    return api.call(
        "POST",
        "/accounts/me/login_keys",
        resource("login_key", attributes),
        201,
        X_Electricimp_Password=api.running.password,
    )["data"]


def test_login_key(api: Api):
    key = make_key(api, "CI")
    assert key["attributes"] == {"description": "CI", "usages": 0}
    assert "relationships" not in key
    make_key(api)
    assert len(api.get("/accounts/me/login_keys?page[size]=1")) == 1
    path = f"/accounts/me/login_keys/{key['id']}"
    token = api.call("POST", "/auth/token", {"key": key["id"]})["access_token"]
    assert api.call("GET", path, Authorization=bearer(token))["data"]["attributes"]["usages"] == 1
    change = resource("login_key", {"description": "other"}, key["id"])
    password = {"X_Electricimp_Password": api.running.password}
    assert api.call("PATCH", path, change, 200, **password)["data"]["attributes"]["description"] == "other"
    api.call("DELETE", path, status=204, **password)
    api.fails("DELETE", path, status=404, **password)
    api.fails("POST", "/auth/token", {"key": key["id"]}, 404)
    api.call("GET", "/accounts/me", Authorization=bearer(token))


def test_login_keys_need_the_password(api: Api):
    key = make_key(api)["id"]
    for method, path, body in (
        ("POST", "", resource("login_key", {})),
        ("PATCH", f"/{key}", resource("login_key", {"description": "x"}, key)),
        ("DELETE", f"/{key}", None),
    ):
        for headers in ({}, {"X_Electricimp_Password": "wrong"}):
            assert api.fails(method, f"/accounts/me/login_keys{path}", body, 401, **headers)["code"].startswith("PX")
    assert api.get("/accounts/me/login_keys")[0]["attributes"]["description"] is None


def test_limit_of_login_keys(api: Api):
    api.admin("POST", "/options", {"login_key_limit": 2})
    make_key(api), make_key(api)
    error = api.fails(
        "POST", "/accounts/me/login_keys", resource("login_key", {}), 409, X_Electricimp_Password=api.running.password
    )
    assert error["title"] == "Account Limit Reached"
