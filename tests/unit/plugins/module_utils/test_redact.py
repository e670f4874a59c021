# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import (
    MASK,
    Secrets,
    fingerprint,
    last_four,
    mask_document,
    mask_url,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import with_fingerprint


def test_every_spelling_of_a_secret_is_masked():
    secret = 'pä"ss/w ord'
    text = " ".join((secret, quote(secret, safe=""), json.dumps(secret), json.dumps(secret, ensure_ascii=False)))
    shown = Secrets([secret]).mask(text)
    assert shown == f'{MASK} {MASK} "{MASK}" "{MASK}"'


def test_structures_are_masked_throughout():
    secrets = Secrets(["secret-1"])
    value = {"secret-1": ["a secret-1", ("secret-1",), 5, None, {"b": "xsecret-1x"}]}
    assert secrets.mask(value) == {MASK: [f"a {MASK}", (MASK,), 5, None, {"b": f"x{MASK}x"}]}
    assert value["secret-1"][0] == "a secret-1"


def test_the_longer_of_two_secrets_is_masked_whole():
    assert Secrets(["abcd", "abcdefgh"]).mask("abcdefgh") == MASK


def test_a_very_short_secret_does_not_garble_words():
    assert Secrets(["a"]).mask("a banana, a") == f"{MASK} banana, {MASK}"


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_no_secret(nothing):
    assert Secrets([nothing]).mask("text") == "text"


@given(st.text(min_size=4), st.text(), st.text())
def test_no_secret_survives_in_a_text(secret, before, after):
    shown = Secrets([secret]).mask(before + secret + after)
    assert secret not in shown.replace(MASK, "\0") or secret in MASK


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@host/hook?x=1", f"https://{MASK}@host/hook?x=1"),
        ("https://u:p@a@host/", f"https://{MASK}@host/"),
        ("https://host/a@b", "https://host/a@b"),
        ("/logstream/abc?format=json", f"/logstream/{MASK}?format=json"),
        ("/logstream/abc/0123456789abcdef", f"/logstream/{MASK}/0123456789abcdef"),
        ("/accounts/me/login_keys/0123456789abcdef", f"/accounts/me/login_keys/{MASK}cdef"),
        ("/accounts/me/refresh_tokens/short", f"/accounts/me/refresh_tokens/{MASK}"),
        ("/products/1", "/products/1"),
    ],
)
def test_urls(url, shown):
    assert mask_url(url) == shown


def test_documents_are_masked_by_place():
    shown = mask_document(
        {
            "access_token": "a",
            "password": None,
            "data": [
                {"type": "login_key", "id": "k", "attributes": {"description": "d"}},
                {"type": "device", "id": "d", "attributes": {"env_vars": {"A": 1, "B": "x"}}},
                {"type": "webhook", "id": "w", "attributes": {"url": "http://u:p@h/"}},
            ],
        }
    )
    assert shown == {
        "access_token": MASK,
        "password": None,
        "data": [
            {"type": "login_key", "id": MASK, "attributes": {"description": "d"}},
            {"type": "device", "id": "d", "attributes": {"env_vars": {"A": MASK, "B": MASK}}},
            {"type": "webhook", "id": "w", "attributes": {"url": f"http://{MASK}@h/"}},
        ],
    }


def test_fingerprints_tell_values_apart():
    prints = [fingerprint(value) for value in ("1", 1, True, "a", {"a": 1}, None)]
    assert len(set(prints)) == len(prints)
    assert all(len(one) == 8 and int(one, 16) >= 0 for one in prints)
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_last_four():
    assert last_four("0123456789abcdef") == "cdef"
    assert last_four("0123456") == ""


def test_a_login_key_shows_its_id_to_reveal_it_only():
    key = {"id": "0123456789abcdef", "type": "login_key", "description": "d", "usages": 1}
    hidden = {**key, "id": None, "fingerprint": "cdef"}
    assert with_fingerprint(key) == hidden
    assert with_fingerprint(key, reveal=True) == {**hidden, "id": key["id"]}
    foreseen = {**key, "id": None}
    assert with_fingerprint(foreseen) == {**foreseen, "fingerprint": None}
