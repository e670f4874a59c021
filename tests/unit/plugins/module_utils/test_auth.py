# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AuthenticationError,
    ImpCentralApiError,
    InvalidDataError,
    NotFoundError,
    OneTimePasswordError,
    PermissionDeniedError,
    RateLimitError,
    ReadOnlyError,
    ServiceError,
)
from tests.unit.plugins.module_utils.fake_service import RESET, Reply, error_reply, token_reply


class MemoryStore:
    def __init__(self, token=None):
        self.token, self.keys = token, []
        self.lock = threading.Lock()

    @contextmanager
    def locked(self, key):
        with self.lock:
            self.keys.append(key)
            yield self

    def get(self):
        return self.token

    def put(self, token):
        self.token = token


def accepts(*tokens):
    def answer(request):
        good = request.headers["Authorization"] in [f"Bearer {token}" for token in tokens]
        return Reply(200, {"data": {}}) if good else error_reply(401, "Invalid Credentials")

    return answer


class TestSigningIn:
    @pytest.mark.parametrize(
        ("options", "body"), [({"login_key": "k-1"}, {"key": "k-1"}), ({"refresh_token": "r-1"}, {"token": "r-1"})]
    )
    def test_once_with_a_key_or_refresh_token(self, service, make_session, options, body):
        service.on("GET", "/x", accepts("access-1"))
        session = make_session(**options)
        for _time in range(3):
            session.request("GET", "/x")
        (sign_in,) = service.asked("POST", "/auth/token")
        assert sign_in.body == body
        assert sign_in.headers["Authorization"] is None
        assert sign_in.headers["Content-Type"] == "application/json"

    def test_never_with_an_access_token(self, service, make_session):
        service.on("GET", "/x", accepts("given"))
        make_session(access_token="given").request("GET", "/x")
        assert [request.path for request in service.journal] == ["/v5/x"]

    def test_with_a_password_warns_once(self, service, make_session):
        warnings: list[str] = []
        service.on("POST", "/auth", token_reply(refresh_token="r-1"))
        service.on("GET", "/x", accepts("access-1"))
        session = make_session(username="me", password="pw-12345", warn=warnings.append)
        session.map(lambda _one: session.request("GET", "/x"), range(5))
        assert [request.body for request in service.asked("POST", "/auth")] == [{"id": "me", "password": "pw-12345"}]
        assert len(warnings) == 1
        assert "login key" in warnings[0]

    def test_a_password_sign_in_is_renewed_by_its_refresh_token(self, service, make_session):
        service.on("POST", "/auth", token_reply("access-0", refresh_token="r-1"))
        service.on("GET", "/x", accepts("access-1"))
        make_session(username="me", password="pw-12345").request("GET", "/x")
        assert len(service.asked("POST", "/auth")) == 1
        assert service.asked("POST", "/auth/token")[0].body == {"token": "r-1"}

    def test_a_dead_refresh_token_falls_back_to_the_password(self, service, make_session):
        service.on("POST", "/auth", token_reply("access-0", refresh_token="r-1"), token_reply("access-2"))
        service.on("POST", "/auth/token", error_reply(404, "Not Found"))
        service.on("GET", "/x", accepts("access-2"))
        make_session(username="me", password="pw-12345").request("GET", "/x")
        assert len(service.asked("POST", "/auth")) == 2

    def test_with_a_one_time_password(self, service, make_session):
        second = error_reply(403, "OTP", code="PX200", meta={"login_token": "login-token-1"})
        service.on("POST", "/auth", second, token_reply())
        service.on("GET", "/x", accepts("access-1"))
        make_session(username="me", password="pw-12345", otp="123456").request("GET", "/x")
        step = service.asked("POST", "/auth")[1]
        assert step.body == {"login_token": "login-token-1"}
        assert step.headers["X-Electricimp-OTP-Token"] == "123456"

    def test_a_one_time_password_that_is_missing_or_wrong(self, service, make_session):
        second = error_reply(403, "OTP", code="PX200", meta={"login_token": "login-token-1"})
        service.on("POST", "/auth", second)
        with pytest.raises(OneTimePasswordError, match="asks for a one-time password") as caught:
            make_session(username="me", password="pw-12345").sign_in()
        assert caught.value.login_token == "login-token-1"
        service.on("POST", "/auth", second, error_reply(401, "Invalid Credentials"))
        with pytest.raises(AuthenticationError, match="the one-time password was refused") as wrong:
            make_session(username="me", password="pw-12345", otp="123456").sign_in()
        assert "123456" not in str(wrong.value)

    @pytest.mark.parametrize("status", [401, 403, 404])
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"login_key": "k-12345"}, "the login_key from the options was refused"),
            ({"refresh_token": "k-12345"}, "the refresh_token from the options was refused"),
            ({"username": "me", "password": "k-12345"}, "username and password from the options: the service refused"),
        ],
    )
    def test_a_dead_credential_is_named(self, service, make_session, options, said, status):
        for where in ("/auth", "/auth/token"):
            service.on("POST", where, error_reply(status, "Nope", "k-12345"))
        with pytest.raises(AuthenticationError, match=said) as caught:
            make_session(**options).request("GET", "/x")
        assert "k-12345" not in str(caught.value) + repr(caught.value.errors)
        assert len(service.journal) == 1

    def test_a_login_key_that_needs_a_one_time_password(self, service, session):
        service.on("POST", "/auth/token", error_reply(403, "OTP", code="PX200", meta={"login_token": "x"}))
        with pytest.raises(OneTimePasswordError, match="the login_key from the options needs a one-time password"):
            session.sign_in()

    def test_no_credentials_at_all(self, session):
        session.credential = None
        with pytest.raises(InvalidDataError, match=r"login_key.*IMPCENTRAL_LOGIN_KEY.*auth_file"):
            session.request("GET", "/x")

    def test_exchanging_a_key_is_repeated_but_a_password_sign_in_is_not(self, service, make_session):
        service.on("POST", "/auth/token", RESET, token_reply())
        assert make_session().sign_in()["access_token"] == "access-1"
        service.on("POST", "/auth", RESET, token_reply())
        with pytest.raises(Exception, match="connection was lost"):
            make_session(username="me", password="pw-12345").sign_in()

    def test_sign_in_gives_the_present_token_or_forces_a_new_one(self, service, session):
        service.on("POST", "/auth/token", token_reply("access-1"), token_reply("access-2"))
        assert session.sign_in()["access_token"] == "access-1"
        assert session.sign_in()["access_token"] == "access-1"
        assert session.sign_in(force=True) == session.sign_in()
        assert session.sign_in()["access_token"] == "access-2"
        assert session.sign_in()["expires_at"] == "2099-01-01T00:00:00.000Z"


class TestRenewal:
    def test_a_401_is_met_with_one_renewal_and_one_repetition(self, service, session):
        service.on("POST", "/auth/token", token_reply("access-1"), token_reply("access-2"))
        service.on("POST", "/x", accepts("access-2"))
        session.request("POST", "/x", body={"a": 1})
        assert [request.path for request in service.journal] == ["/v5/auth/token", "/v5/x"] * 2
        assert {request.body["a"] for request in service.asked("POST", "/x")} == {1}

    def test_then_it_fails(self, service, session):
        service.on("GET", "/x", error_reply(401, "Invalid Credentials"))
        with pytest.raises(AuthenticationError, match="that it has just given"):
            session.request("GET", "/x")
        assert len(service.asked("GET", "/x")) == 2
        assert len(service.asked("POST", "/auth/token")) == 2

    def test_a_given_access_token_cannot_be_renewed(self, service, make_session):
        service.on("GET", "/x", error_reply(401, "Invalid Credentials"))
        with pytest.raises(AuthenticationError, match=r"access_token from the options was refused.*cannot be renewed"):
            make_session(access_token="given").request("GET", "/x")
        assert len(service.journal) == 1

    def test_a_401_that_means_the_password_header(self, service, session):
        service.on("POST", "/x", error_reply(401, "Invalid Credentials"))
        with pytest.raises(AuthenticationError):
            session.request("POST", "/x", renew=False)
        assert len(service.asked("POST", "/auth/token")) == 1

    def test_a_token_that_ends_soon_is_renewed_before(self, service, session):
        service.on("POST", "/auth/token", token_reply("access-1", 0), token_reply("access-2"))
        service.on("GET", "/x", accepts("access-1", "access-2"))
        session.request("GET", "/x")
        session.request("GET", "/x")
        assert [request.headers["Authorization"] for request in service.asked("GET", "/x")] == [
            "Bearer access-1",
            "Bearer access-2",
        ]

    def test_threads_renew_together(self, service, session):
        service.on("POST", "/auth/token", token_reply("access-1"), token_reply("access-2"))
        service.on("GET", "/x", accepts("access-2"))
        session.map(lambda _one: session.request("GET", "/x"), range(16))
        assert len(service.asked("POST", "/auth/token")) == 2


class TestStore:
    def test_a_kept_token_saves_the_sign_in(self, service, make_session):
        service.on("GET", "/x", accepts("kept-1"))
        store = MemoryStore({"access_token": "kept-1", "expires_at": "2099-01-01T00:00:00.000Z"})
        make_session(store).request("GET", "/x")
        assert service.asked("POST", "/auth/token") == []

    def test_a_new_token_is_kept_for_others(self, service, make_session):
        service.on("GET", "/x", accepts("access-1"))
        store = MemoryStore()
        for _time in range(3):
            make_session(store).request("GET", "/x")
        assert len(service.asked("POST", "/auth/token")) == 1
        assert store.token["access_token"] == "access-1"
        assert len(set(store.keys)) == 1

    @pytest.mark.parametrize("expires_at", ["2001-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"])
    def test_a_kept_token_that_is_old_or_refused_is_replaced(self, service, make_session, expires_at):
        service.on("GET", "/x", accepts("access-1"))
        store = MemoryStore({"access_token": "kept-1", "expires_at": expires_at})
        make_session(store).request("GET", "/x")
        assert store.token["access_token"] == "access-1"

    def test_what_another_renewed_meanwhile_is_taken(self, service, make_session):
        service.on("GET", "/x", accepts("kept-2"))
        store = MemoryStore({"access_token": "kept-1", "expires_at": "2099-01-01T00:00:00.000Z"})
        session = make_session(store)
        assert session.sign_in()["access_token"] == "kept-1"
        store.put({"access_token": "kept-2", "expires_at": "2099-01-01T00:00:00.000Z"})
        session.request("GET", "/x")
        assert service.asked("POST", "/auth/token") == []

    def test_a_forced_sign_in_replaces_it(self, make_session):
        store = MemoryStore({"access_token": "kept-1", "expires_at": "2099-01-01T00:00:00.000Z"})
        assert make_session(store).sign_in(force=True)["access_token"] == "access-1"
        assert store.token["access_token"] == "access-1"


class TestRepeating:
    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize(
        "fault", [RESET, error_reply(502, "Bad Gateway"), error_reply(429, "Slow down"), Reply(504)]
    )
    def test_a_fault_that_passes(self, service, session, method, fault):
        service.on(method, "/x", fault, fault, Reply(200, {"data": {}}))
        assert session.request(method, "/x").status == 200
        assert len(service.asked(method, "/x")) == 3

    @pytest.mark.parametrize(
        ("fault", "times"), [(RESET, 1), (error_reply(503, "Gone"), 1), (error_reply(429, "Slow"), 2)]
    )
    def test_a_post_is_not_sent_again_blindly(self, service, session, fault, times):
        service.on("POST", "/x", fault, Reply(200, {"data": {}}))
        if times == 1:
            with pytest.raises(ImpCentralApiError) as caught:
                session.request("POST", "/x")
            assert caught.value.executed is None
        else:
            session.request("POST", "/x")
        assert len(service.asked("POST", "/x")) == times

    def test_it_gives_up(self, service, session):
        service.on("GET", "/x", error_reply(503, "Gone"))
        with pytest.raises(ServiceError, match="Gone"):
            session.request("GET", "/x")
        assert len(service.asked("GET", "/x")) == 4

    def test_a_500_is_not_repeated(self, service, session):
        service.on("GET", "/x", error_reply(500, "Broken"))
        with pytest.raises(ServiceError):
            session.request("GET", "/x")
        assert len(service.asked("GET", "/x")) == 1

    def test_a_wait_longer_than_allowed_is_not_begun(self, service, session):
        service.on("GET", "/x", error_reply(429, "Slow down", headers={"Retry-After": "3600"}))
        with pytest.raises(RateLimitError) as caught:
            session.request("GET", "/x")
        assert caught.value.retry_after == 3600


class TestReadOnly:
    @pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
    def test_writing_is_refused_before_anything_is_sent(self, service, make_session, method):
        with pytest.raises(ReadOnlyError, match=f"{method} /x was not sent"):
            make_session(read_only=True).request(method, "/x")
        assert service.journal == []

    def test_signing_in_and_reading_are_not(self, service, make_session):
        service.on("GET", "/x", accepts("access-1"))
        make_session(read_only=True).request("GET", "/x")
        assert len(service.journal) == 2


class TestMap:
    def test_the_order_is_kept(self, session):
        barrier = threading.Barrier(4, timeout=10)

        def work(item):
            barrier.wait()
            return item * 2

        assert session.map(work, range(8)) == [0, 2, 4, 6, 8, 10, 12, 14]

    def test_however_deep_it_is_nested_eight_requests_are_under_way(self, service, session):
        under_way, most = [], []
        eight = threading.Barrier(8, timeout=10)

        def answer(request):
            under_way.append(request)
            most.append(len(under_way))
            eight.wait()
            under_way.remove(request)
            return Reply(200, {"data": []})

        service.on("GET", "/x", answer)
        session.map(lambda _outer: session.map(lambda _inner: session.request("GET", "/x"), range(4)), range(4))
        assert len(most) == 16 and max(most) == 8

    def test_what_is_not_begun_when_nobody_waits_any_more_never_is(self, session):
        gate, began = threading.Event(), []

        def work(item):
            began.append(item)
            assert gate.wait(10)

        with session.ahead() as submit:
            futures = [submit(work, item) for item in range(100)]
            futures[-1].add_done_callback(lambda _cancelled: gate.set())
        assert len(began) <= 8 and futures[-1].cancelled() and all(future.done() for future in futures)

    @pytest.mark.parametrize("items", [[], [1]])
    def test_few_items_need_no_threads(self, session, items):
        assert session.map(lambda item: threading.current_thread(), items) == [threading.main_thread()] * len(items)

    def test_after_an_error_nothing_runs_on(self, session):
        began = []
        gate = threading.Barrier(8, timeout=10)

        def work(item):
            began.append(item)
            if item < 8:
                gate.wait()
            raise NotFoundError(str(item))

        with pytest.raises(NotFoundError, match="0"):
            session.map(work, range(1000))
        count = len(began)
        assert count < 100
        assert threading.active_count() <= 2 + 8
        assert len(began) == count

    def test_a_permission_error_is_raised_as_it_is(self, session):
        def refuse(item):
            raise PermissionDeniedError(f"item {item}")

        with pytest.raises(PermissionDeniedError):
            session.map(refuse, range(3))
