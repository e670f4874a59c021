# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts, collaborators and their roles."""

from __future__ import annotations

import pytest
from client import Api, group_body, resource


@pytest.fixture
def other(api: Api):
    """A function that adds an account and returns it."""

    def add(**attributes):
        return api.admin("POST", "/accounts", attributes).json()

    return add


def test_me(api: Api):
    account = api.get("/accounts/me")
    assert account["type"] == "account"
    assert account["attributes"]["username"] == api.running.username
    assert api.get(f"/accounts/{account['id']}") == account
    assert api.ids("/accounts") == [account["id"]]


def test_unknown_accounts(api: Api, other):
    for key in ("wrong-id", api.running.username, other()["id"]):
        assert "detail" not in api.fails("GET", f"/accounts/{key}", status=404)
    api.fails("GET", "/accounts/me/capabilities", status=404)


def test_a_collaborator_sees_the_owners_resources(api: Api, other):
    owner = other(role="developer")
    stranger = other()
    for account in (owner, stranger):
        api.sign_in(account["username"], account["password"])
        product = api.product("Theirs")
        if account is owner:
            group, seen = api.group(product), product
    api.sign_in()
    api.product("Mine")
    assert api.ids("/accounts") == [api.running.account_id, owner["id"]]
    assert len(api.ids("/products")) == 2
    assert api.ids(f"/products?filter[owner.id]={owner['id']}") == [seen]
    assert api.ids(f"/products?filter[owner.id]={stranger['id']}") == []
    assert api.ids("/devicegroups") == [group]
    api.fails("GET", f"/products/{product}", status=404)


def test_roles_limit_what_a_collaborator_changes(api: Api, other):
    owner = other(role="developer")
    made = api.call("POST", "/products", resource("product", {"name": "P"}, owner=("account", owner["id"])), 201)[
        "data"
    ]
    assert made["relationships"] == {
        "owner": {"type": "account", "id": owner["id"]},
        "creator": {"type": "account", "id": api.running.account_id},
    }
    api.group(made["id"])
    error = api.fails("POST", "/devicegroups", group_body(made["id"], "G2", "production"), 403)
    assert error["title"] == "Invalid Permission"
    variables = group_body(made["id"], "G3", "development", {"env_vars": {"a": 1}})
    assert api.fails("POST", "/devicegroups", variables, 403)["title"] == "Invalid Permission"
    api.admin("PUT", f"/accounts/{owner['id']}/collaborators/{api.running.account_id}", {"role": "support"})
    api.fails("PATCH", f"/products/{made['id']}", resource("product", {"name": "Q"}, made["id"]), 403)
    api.get(f"/products/{made['id']}")
    api.admin("PUT", f"/accounts/{owner['id']}/collaborators/{api.running.account_id}", {"role": None})
    api.fails("GET", f"/products/{made['id']}", status=404)


def test_an_unknown_owner(api: Api):
    api.fails("POST", "/products", resource("product", {"name": "P"}, owner=("account", "nobody")), 404)


@pytest.mark.parametrize("kind", ["production", "pre_production", "dut", "pre_dut", "factoryfixture"])
def test_without_production_rights(api: Api, kind):
    api.admin("PATCH", f"/accounts/{api.running.account_id}", {"production_rights": False})
    product = api.product()
    error = api.fails("POST", "/devicegroups", group_body(product, "G", kind), 403)
    assert error["title"] == "Invalid Permission"
    api.group(product)
