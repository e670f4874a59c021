# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils import errors
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AuthenticationError,
    CompileError,
    ConflictError,
    ImpCentralApiError,
    ImpCentralError,
    InvalidDataError,
    NotFoundError,
    OneTimePasswordError,
    PermissionDeniedError,
    RateLimitError,
    ServiceError,
    advice,
    all_not_found,
    from_answer,
)


def answer(status, *sent, headers=None):
    return from_answer("POST", "/products", status, headers or {}, {"errors": list(sent)})


@pytest.mark.parametrize(
    ("status", "code", "title", "kind"),
    [
        (401, "PX100", "Invalid Credentials", AuthenticationError),
        (403, "PX200", "One-time password", OneTimePasswordError),
        (403, "PX000", "Forbidden", PermissionDeniedError),
        (400, "PX000", "Invalid Permission", PermissionDeniedError),
        (400, "CX005", "Compilation Error", CompileError),
        (409, "CX000", "Duplicate Resource", ConflictError),
        (400, "CX000", "Duplicate Resource", ConflictError),
        (400, "CX000", "Login Key Account Limit Reached", ConflictError),
        (404, "NF000", "Not Found", NotFoundError),
        (429, "XX000", "Too Many Requests", RateLimitError),
        (500, "XX000", "Internal", ServiceError),
        (503, "XX000", "Unavailable", ServiceError),
        (400, "VX000", "Invalid URL", ImpCentralApiError),
        (418, "VX000", "Teapot", ImpCentralApiError),
    ],
)
def test_an_answer_means_one_class(status, code, title, kind):
    error = answer(status, {"code": code, "status": str(status), "title": title, "detail": "Why."})
    assert error.__class__ is kind
    assert str(error) == f"{title}: Why."
    assert (error.status_code, error.errors[0]["code"]) == (status, code)


def test_the_message_holds_every_error():
    error = answer(400, {"title": "A", "detail": "one"}, {"title": "B"}, {"code": "VX001"}, {})
    assert str(error) == "A: one; B; VX001; unknown error"


@pytest.mark.parametrize(
    ("status", "retryable", "executed"),
    [
        (400, False, False),
        (404, False, False),
        (429, True, False),
        (500, False, None),
        (502, True, None),
        (504, True, None),
    ],
)
def test_whether_it_may_be_repeated(status, retryable, executed):
    error = answer(status, {"title": "A"})
    assert (error.retryable, error.executed) == (retryable, executed)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "X-RateLimit-Reset": "2"}, 7),
        ({"X-RateLimit-Reset": "2"}, 2),
        ({"X-RateLimit-Reset": "0"}, 1),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "X-RateLimit-Reset": "3"}, 3),
        ({}, None),
    ],
)
def test_how_long_a_rate_limit_asks_to_wait(headers, seconds):
    assert answer(429, {"title": "A"}, headers=headers).retry_after == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "with an empty body"),
        ("<html>502</html>", "with an HTML page"),
        ("{broken", "with something that is not JSON"),
        ({"message": "gone fishing"}, ": gone fishing"),
        ({"errors": []}, "without saying why"),
        ({"errors": "text"}, "without saying why"),
        ([1], "without saying why"),
    ],
)
def test_other_bodies_become_a_sentence(body, said):
    error = from_answer("GET", "/products", 502, {}, body)
    assert str(error).startswith("GET /products: the service answered HTTP 502")
    assert said in str(error)


def test_compiler_messages_are_listed_and_named():
    meta = [
        {"file": "agent_code", "row": 3, "column": 7, "text": "expected ';'", "type": "error"},
        {"file": "device_code", "row": 1, "column": 1, "text": "stray"},
    ]
    error = answer(400, {"code": "CX005", "title": "Compilation Error", "meta": meta})
    assert error.messages == [meta[0], {**meta[1], "type": None}]
    assert "agent_code row 3 column 7: expected ';'" in str(error)
    assert "device_code row 1 column 1: stray" in str(error)


def test_the_login_token_is_kept_but_never_shown():
    error = answer(403, {"code": "PX200", "title": "OTP", "meta": {"login_token": "login-token-1"}})
    assert error.login_token == "login-token-1"
    assert "login-token-1" not in repr((error, error.errors, error.body, str(error)))
    assert error.reworded("again").login_token == "login-token-1"


def test_a_permission_error_without_a_login_token():
    assert answer(403, {"code": "PX200", "title": "OTP", "meta": []}).login_token is None


def test_all_not_found():
    gone = {"status": "404", "title": "A"}
    assert all_not_found(answer(400, gone, gone))
    assert not all_not_found(answer(400, gone, {"status": "400", "title": "B"}))
    assert not all_not_found(answer(400))


def test_rewording_keeps_the_facts():
    error = answer(404, {"title": "A"}).reworded("B", AuthenticationError)
    assert (type(error), str(error), error.status_code) == (AuthenticationError, "B", 404)


def test_secrets_in_a_path_are_not_named():
    error = errors.broken_answer("GET", "/accounts/me/login_keys/0123456789abcdef", 200, "with nothing")
    assert "0123456789ab" not in str(error) + error.path
    assert "cdef" in str(error)


@pytest.mark.parametrize(
    "kind",
    [AuthenticationError, OneTimePasswordError, PermissionDeniedError, NotFoundError, ConflictError, CompileError,
     RateLimitError, ServiceError],
)  # fmt: skip
def test_each_class_has_an_advice_of_one_paragraph(kind):
    assert advice(kind("x")).endswith(".")


def test_the_advice_for_a_connection_depends_on_what_failed():
    texts = {
        reason: advice(errors.connection_failed("GET", "/a", reason, "x", False))
        for reason in ("dns", "refused", "timeout", "reset", "tls", "proxy", "other")
    }
    assert "ca_path" in texts["tls"]
    assert "HTTPS_PROXY" in texts["proxy"]
    assert all(texts.values())


def test_the_advice_for_a_password_is_not_that_for_credentials():
    text = advice(errors.AccountPasswordError("x"))
    assert "IMPCENTRAL_ACCOUNT_PASSWORD" in text
    assert "login_key" not in text


def test_credentials_are_named_by_option_and_variable():
    text = advice(AuthenticationError("x"))
    assert "login_key" in text
    assert "IMPCENTRAL_ACCESS_TOKEN" in text


def test_no_advice_where_the_message_says_it():
    assert advice(InvalidDataError("x")) == ""
    assert advice(ImpCentralError("x")) == ""
