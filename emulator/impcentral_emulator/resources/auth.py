# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing in: password, one-time password, refresh token, login key; and the list of refresh tokens."""

from __future__ import annotations

import base64
import secrets
import sqlite3
from typing import Any

from ..documents import NO_CONTENT, Call, Reply, items
from ..errors import entry, invalid, not_found, unauthorized
from ..state import Emulator

LOGIN_TOKEN_LIFETIME = 300  # seconds
_JSON = "application/json"


def account_of(emulator: Emulator, authorization: str) -> str | None:
    """Return the id of the account that an Authorization header speaks for, None when it does for none."""
    scheme, _dummy, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    row = emulator.db.one("SELECT account_id, expires_at FROM access_tokens WHERE token = ?", (token.strip(),))
    return row["account_id"] if row and row["expires_at"] > emulator.clock.now() else None


def expire(emulator: Emulator, authorization: str | None = None) -> int:
    """Let the access token of an Authorization header die, or all of them; return how many died."""
    if authorization is None:
        return emulator.db.execute("DELETE FROM access_tokens")
    token = authorization.partition(" ")[2].strip()
    return emulator.db.execute("DELETE FROM access_tokens WHERE token = ?", (token,))


def sign_in(call: Call) -> Reply:
    """POST /auth: with a password, or with a login token and a one-time password."""
    body = call.json()
    if "login_token" in body:
        return _second_factor(call, body["login_token"])
    name, password = body.get("id"), body.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        raise invalid("Invalid Document", "The body must have the texts id and password.")
    account = call.db.one("SELECT * FROM accounts WHERE username = ? OR email = ?", (name, name))
    if account is None or not secrets.compare_digest(account["password"].encode(), password.encode()):
        raise unauthorized("The user name or the password is wrong.")
    if account["two_factor"] or call.emulator.options.two_factor:
        return _challenge(call, account)
    return _session(call, account["id"])


def _challenge(call: Call, account: sqlite3.Row) -> Reply:
    token, expires_at = secrets.token_hex(32), call.emulator.clock.now() + LOGIN_TOKEN_LIFETIME
    call.db.insert("login_tokens", {"token": token, "account_id": account["id"], "expires_at": expires_at})
    meta = {"login_token": token, "expires_at": call.emulator.clock.format(expires_at)}
    error = entry(403, "PX200", "One-Time Password Required", "The account uses two-factor authentication.", meta)
    return Reply(403, {"errors": [error]})


def _second_factor(call: Call, login_token: Any) -> Reply:
    row = call.db.one(
        "SELECT accounts.id, otp, expires_at FROM login_tokens JOIN accounts ON accounts.id = account_id"
        " WHERE token = ?",
        (str(login_token),),
    )
    if row is None or row["expires_at"] <= call.emulator.clock.now():
        raise unauthorized("The login token is unknown or expired.")
    if call.headers.get("x-electricimp-otp-token") != row["otp"]:
        raise unauthorized("The one-time password is wrong.")
    call.db.execute("DELETE FROM login_tokens WHERE token = ?", (str(login_token),))
    return _session(call, row["id"])


def _session(call: Call, account_id: str) -> Reply:
    """Answer with an access token and a new refresh token; surplus refresh tokens die, oldest first."""
    refresh_token = secrets.token_hex(32)
    call.db.insert(
        "refresh_tokens",
        {
            "id": call.emulator.ids.resource(),
            "token": refresh_token,
            "account_id": account_id,
            "created_at": call.emulator.now(),
        },
    )
    call.db.execute(
        "DELETE FROM refresh_tokens WHERE account_id = ? AND rowid NOT IN"
        " (SELECT rowid FROM refresh_tokens WHERE account_id = ? ORDER BY created_at DESC LIMIT ?)",
        (account_id, account_id, call.emulator.options.refresh_token_limit),
    )
    return Reply(200, {**_access(call, account_id), "refresh_token": refresh_token}, _JSON)


def _access(call: Call, account_id: str) -> dict[str, Any]:
    now, lifetime = call.emulator.clock.now(), call.emulator.options.token_lifetime
    token = base64.b64encode(secrets.token_bytes(47)).decode()
    call.db.execute("DELETE FROM access_tokens WHERE expires_at <= ?", (now,))
    call.db.insert("access_tokens", {"token": token, "account_id": account_id, "expires_at": now + lifetime})
    return {"access_token": token, "expires_in": lifetime, "expires_at": call.emulator.clock.format(now + lifetime)}


def renew(call: Call) -> Reply:
    """POST /auth/token: an access token for a refresh token or a login key; 404 when that is unknown."""
    body = call.json()
    if isinstance(body.get("token"), str):
        row = call.db.one("SELECT account_id FROM refresh_tokens WHERE token = ?", (body["token"],))
    elif isinstance(body.get("key"), str):
        row = call.db.one("SELECT account_id FROM login_keys WHERE id = ?", (body["key"],))
        call.db.execute("UPDATE login_keys SET usages = usages + 1 WHERE id = ?", (body["key"],))
    else:
        raise invalid("Invalid Document", "The body must have the text token or key.")
    if row is None:
        raise not_found()
    return Reply(200, _access(call, row["account_id"]), _JSON)


def list_refresh_tokens(call: Call) -> Reply:
    """GET /accounts/me/refresh_tokens: newest first; the ids are not the tokens."""

    def show(row: sqlite3.Row) -> dict:
        return {"type": "refresh_token", "id": row["id"], "attributes": {"created_at": row["created_at"]}}

    return items(
        call,
        lambda offset, limit: call.db.all(
            "SELECT * FROM refresh_tokens WHERE account_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?",
            (call.account_id, limit, offset),
        ),
        show,
    )


def delete_refresh_token(call: Call) -> Reply:
    """DELETE /accounts/me/refresh_tokens/{id}; access tokens that it gave live on."""
    if not call.db.execute(
        "DELETE FROM refresh_tokens WHERE id = ? AND account_id = ?", (call.parameters["id"], call.account_id)
    ):
        raise not_found()
    return NO_CONTENT


OPEN_ROUTES = [("POST", "/auth", sign_in), ("POST", "/auth/token", renew)]
ROUTES = [
    ("GET", "/accounts/me/refresh_tokens", list_refresh_tokens),
    ("DELETE", "/accounts/me/refresh_tokens/{id}", delete_refresh_token),
]
