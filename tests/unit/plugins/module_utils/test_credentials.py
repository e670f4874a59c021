# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._credentials import (
    Credential,
    Token,
    choose_credential,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

SECRETS = ("options-secret", "variable-secret", "file-secret", "token-secret")


def unreadable(name):
    raise FileNotFoundError(2, "No such file or directory")


def file_with(**content):
    return lambda name: json.dumps(content)


def chosen(options, environ=None, read_file=unreadable):
    found = choose_credential(options, environ or {}, read_file)
    return found and (found.kind, found.source, found.secret)


class TestChoice:
    def test_options_come_before_the_environment_and_that_before_the_file(self):
        options = {"login_key": "options-secret"}
        environ = {"IMPCENTRAL_ACCESS_TOKEN": "variable-secret"}
        file = {"auth_file": "f"}
        read = file_with(loginKey="file-secret")
        assert chosen({**options, **file}, environ, read) == (
            "login_key",
            "login_key from the options",
            "options-secret",
        )
        assert chosen(file, environ, read) == ("access_token", "access_token from the environment", "variable-secret")
        assert chosen(file, {}, read) == ("login_key", "login_key from auth_file 'f'", "file-secret")
        assert chosen({}, {"IMPCENTRAL_AUTH_FILE": "g"}, read)[1] == "login_key from auth_file 'g'"
        assert chosen({}) is None

    @pytest.mark.parametrize(
        ("names", "kind"),
        [
            (("ACCESS_TOKEN", "LOGIN_KEY", "REFRESH_TOKEN", "USERNAME", "PASSWORD"), "access_token"),
            (("LOGIN_KEY", "REFRESH_TOKEN", "USERNAME", "PASSWORD"), "login_key"),
            (("REFRESH_TOKEN", "USERNAME", "PASSWORD"), "refresh_token"),
            (("USERNAME", "PASSWORD"), "password"),
        ],
    )
    def test_the_order_within_a_source(self, names, kind):
        assert chosen({}, {f"IMPCENTRAL_{name}": "variable-secret" for name in names})[0] == kind

    def test_half_a_source_does_not_count_and_sources_are_not_mixed(self):
        environ = {"IMPCENTRAL_USERNAME": "me"}
        assert chosen({}, environ) is None
        assert chosen({"auth_file": "f"}, environ, file_with(refreshToken="file-secret"))[0] == "refresh_token"
        with pytest.raises(InvalidDataError, match="password is given without username"):
            chosen({"password": "options-secret"}, environ)

    def test_empty_is_unset(self):
        environ = {
            "IMPCENTRAL_LOGIN_KEY": "",
            "IMPCENTRAL_ACCESS_TOKEN": " ",
            "IMPCENTRAL_REFRESH_TOKEN": "variable-secret\n",
        }
        assert chosen({"login_key": "", "access_token": None}, environ)[::2] == ("refresh_token", "variable-secret")

    def test_two_kinds_in_the_options(self):
        with pytest.raises(InvalidDataError, match="login_key, username, password: give only one"):
            chosen({"login_key": "options-secret", "username": "me", "password": "options-secret"})

    @pytest.mark.parametrize(("given", "missing"), [("username", "password"), ("password", "username")])
    def test_half_a_sign_in_in_the_options(self, given, missing):
        with pytest.raises(InvalidDataError, match=f"{given} is given without {missing}") as caught:
            chosen({given: "options-secret"})
        assert "options-secret" not in str(caught.value)

    def test_a_one_time_password_can_come_with_the_task(self):
        environ = {"IMPCENTRAL_USERNAME": "me", "IMPCENTRAL_PASSWORD": "variable-secret", "IMPCENTRAL_OTP": "111111"}
        assert choose_credential({}, environ, unreadable).otp == "111111"
        assert choose_credential({"otp": "222222"}, environ, unreadable).otp == "222222"

    def test_the_official_tools_file(self):
        content = {"accessToken": "token-secret", "expiresAt": "2099-01-01T00:00:00.000Z", "endpoint": "https://e/v5"}
        found = choose_credential({"auth_file": "f"}, {}, file_with(**content, refreshToken="file-secret"))
        assert (found.kind, found.secret, found.endpoint) == ("refresh_token", "file-secret", "https://e/v5")
        assert found.token.text == "token-secret"
        assert choose_credential({"auth_file": "f"}, {}, file_with(**content)).kind == "access_token"

    def test_an_access_token_of_the_file_that_has_expired_is_not_used(self):
        content = {"accessToken": "token-secret", "expiresAt": "2001-01-01T00:00:00.000Z", "loginKey": "file-secret"}
        assert choose_credential({"auth_file": "f"}, {}, file_with(**content)).token is None

    @pytest.mark.parametrize(
        ("read", "said"),
        [
            (unreadable, "cannot be read: No such file"),
            (lambda name: "not json", "no JSON object"),
            (lambda name: "[]", "no JSON object"),
            (file_with(endpoint="https://e/v5"), "holds no credentials"),
        ],
    )
    def test_a_file_that_cannot_serve(self, read, said):
        with pytest.raises(InvalidDataError, match=said):
            choose_credential({"auth_file": "f"}, {}, read)

    def test_nothing_shows_a_secret(self):
        token = Token("token-secret", "2099-01-01T00:00:00.000Z")
        credential = Credential("password", "the options", "options-secret", "me", "123456", token=token)
        shown = f"{credential!r} {credential} {token!r} {token} {credential.fingerprint('https://e')}"
        assert not any(secret in shown for secret in (*SECRETS, "123456"))

    def test_fingerprints(self):
        one = Credential("login_key", "the options", "options-secret")
        assert one.fingerprint("https://e") == one._replace(source="the environment", otp="1").fingerprint("https://e")
        others = [one._replace(secret="x"), one._replace(kind="refresh_token"), one._replace(username="y")]
        prints = {other.fingerprint("https://e") for other in [one, *others]} | {one.fingerprint("https://f")}
        assert len(prints) == 5


class TestToken:
    def test_the_lifetime_counts_whatever_the_clocks_say(self):
        answer = {"access_token": "t", "expires_at": "2001-01-01T00:00:00.000Z", "expires_in": 3600}
        token = Token.of(answer)
        assert token.fresh
        assert token.renew_at == pytest.approx(time.time() + 3420, abs=60)

    def test_less_than_three_minutes_are_too_few(self):
        soon = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 170))
        later = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 260))
        assert not Token.known("t", soon).fresh
        assert Token.known("t", later).fresh

    def test_a_short_life_is_used_by_half(self):
        assert Token.of({"access_token": "t", "expires_in": 60}).fresh

    @pytest.mark.parametrize("text", [None, "", "soon"])
    def test_of_unknown_age(self, text):
        assert Token.known("t", text).fresh

    def test_a_store_gives_back_what_it_got(self):
        token = Token.of({"access_token": "t", "expires_in": 60, "expires_at": "x"})
        assert Token.kept(token.as_dict()) == token
        assert Token.kept({"access_token": "t", "expires_at": "2001-01-01T00:00:00Z"}).fresh is False
        assert Token.kept(None) is Token.kept({}) is None
