# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts (read-only) and the caller's login keys."""

from __future__ import annotations

import secrets
import sqlite3

from .. import documents
from ..documents import Call, Reply
from ..errors import conflict, not_found, unauthorized

KEY_DESCRIPTION_LIMIT = 255


def _show(call: Call, row: sqlite3.Row) -> dict:
    attributes = {"email": row["email"], "username": row["username"], "tier": row["tier"]}
    return documents.resource(call, "account", "accounts", row, attributes, None)


def list_accounts(call: Call) -> Reply:
    """GET /accounts: the caller and the accounts that it collaborates on."""
    documents.filters(call, {})
    condition, values = documents.among("id", call.visible)
    sql = f"SELECT * FROM accounts WHERE {condition} ORDER BY id <> ?, username LIMIT ? OFFSET ?"
    return documents.items(
        call,
        lambda offset, limit: call.db.all(sql, (*values, call.account_id, limit, offset)),
        lambda row: _show(call, row),
    )


def get_account(call: Call) -> Reply:
    """GET /accounts/{id or me}; names do not count as ids."""
    key = call.account_id if call.parameters["id"] == "me" else call.parameters["id"]
    if key not in call.visible:
        raise not_found()
    return documents.document(_show(call, call.db.one("SELECT * FROM accounts WHERE id = ?", (key,))))


def _show_key(call: Call, row: sqlite3.Row) -> dict:
    attributes = {"description": row["description"], "usages": row["usages"]}
    return documents.resource(call, "login_key", "accounts/me/login_keys", row, attributes, None)


def _key(call: Call) -> sqlite3.Row:
    row = call.db.one(
        "SELECT * FROM login_keys WHERE id = ? AND account_id = ?", (call.parameters["id"], call.account_id)
    )
    if row is None:
        raise not_found()
    return row


def _require_password(call: Call) -> None:
    """Raise 401 unless X-Electricimp-Password is the caller's password."""
    account = call.db.one("SELECT password FROM accounts WHERE id = ?", (call.account_id,))
    given = call.headers.get("x-electricimp-password", "")
    if not secrets.compare_digest(given.encode(), account["password"].encode()):
        raise unauthorized("The header X-Electricimp-Password is missing or wrong.")


def list_keys(call: Call) -> Reply:
    """GET /accounts/me/login_keys."""
    documents.filters(call, {})
    return documents.items(
        call,
        lambda offset, limit: call.db.all(
            "SELECT * FROM login_keys WHERE account_id = ? ORDER BY created_at LIMIT ? OFFSET ?",
            (call.account_id, limit, offset),
        ),
        lambda row: _show_key(call, row),
    )


def create_key(call: Call) -> Reply:
    """POST /accounts/me/login_keys."""
    _require_password(call)
    wanted = call.creation(["login_key"])
    wanted.only(["description"])
    description = wanted.text("description", KEY_DESCRIPTION_LIMIT)
    limit = call.emulator.options.login_key_limit
    if call.db.one("SELECT COUNT(*) FROM login_keys WHERE account_id = ?", (call.account_id,))[0] >= limit:
        raise conflict("Account Limit Reached", f"An account has at most {limit} login keys.")
    key = secrets.token_hex(8)
    call.db.insert(
        "login_keys",
        {"id": key, "account_id": call.account_id, "description": description, "created_at": call.emulator.now()},
    )
    return documents.document(_show_key(call, call.db.one("SELECT * FROM login_keys WHERE id = ?", (key,))), 201)


def get_key(call: Call) -> Reply:
    """GET /accounts/me/login_keys/{id}."""
    return documents.document(_show_key(call, _key(call)))


def update_key(call: Call) -> Reply:
    """PATCH /accounts/me/login_keys/{id}."""
    _require_password(call)
    row = _key(call)
    wanted = call.change("login_key", row["id"])
    wanted.only(["description"])
    if "description" in wanted.attributes:
        call.db.update("login_keys", row["id"], {"description": wanted.text("description", KEY_DESCRIPTION_LIMIT)})
    return get_key(call)


def delete_key(call: Call) -> Reply:
    """DELETE /accounts/me/login_keys/{id}; access tokens that it gave live on."""
    _require_password(call)
    call.db.execute("DELETE FROM login_keys WHERE id = ?", (_key(call)["id"],))
    return documents.NO_CONTENT


ROUTES = [
    ("GET", "/accounts/me/login_keys", list_keys),
    ("POST", "/accounts/me/login_keys", create_key),
    ("GET", "/accounts/me/login_keys/{id}", get_key),
    ("PATCH", "/accounts/me/login_keys/{id}", update_key),
    ("DELETE", "/accounts/me/login_keys/{id}", delete_key),
    ("GET", "/accounts", list_accounts),
    ("GET", "/accounts/{id}", get_account),
]
