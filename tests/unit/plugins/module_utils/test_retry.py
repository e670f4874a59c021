# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._retry import Backoff, Pace
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ConnectionFailedError,
    ImpCentralApiError,
    NotFoundError,
    RateLimitError,
    ServiceError,
)

UNCLEAR = ConnectionFailedError("reset", retryable=True, executed=None)
NOT_SENT = ConnectionFailedError("refused", retryable=True, executed=False)
LIMITED = RateLimitError("429", retryable=True, retry_after=2.0, executed=False)
GATEWAY = ServiceError("502", status_code=502, retryable=True, executed=None)
BROKEN = ServiceError("500", status_code=500, retryable=False, executed=None)
READING = ("GET", "PUT", "DELETE", "PATCH")


@pytest.mark.parametrize("error", [UNCLEAR, NOT_SENT, LIMITED, GATEWAY])
@pytest.mark.parametrize("method", READING)
def test_what_may_take_effect_twice_is_repeated(method, error):
    pause = Backoff().wait(method, error, 1, 0.0)
    assert pause is not None and pause > 0


@pytest.mark.parametrize(("error", "repeated"), [(UNCLEAR, False), (GATEWAY, False), (NOT_SENT, True), (LIMITED, True)])
def test_a_post_is_repeated_only_if_it_was_not_executed(error, repeated):
    assert (Backoff().wait("POST", error, 1, 0.0) is not None) is repeated
    assert (Backoff().wait("DELETE", error, 1, 0.0, once=True) is not None) is repeated
    assert Backoff().wait("POST", error, 1, 0.0, once=False) is not None


@pytest.mark.parametrize("error", [BROKEN, NotFoundError("404", status_code=404), ImpCentralApiError("400")])
def test_what_will_not_pass_is_not_repeated(error):
    assert Backoff().wait("GET", error, 1, 0.0) is None


def test_retries_and_the_waits_double():
    backoff = Backoff(retries=3, random=lambda: 1.0)
    assert [backoff.wait("GET", UNCLEAR, attempt, 0.0) for attempt in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, None]


def test_no_retries_no_repetition():
    assert Backoff(retries=0).wait("GET", UNCLEAR, 1, 0.0) is None
    assert Backoff(retries=0).wait("GET", LIMITED, 1, 0.0) is None


def test_a_rate_limit_is_waited_for_as_told_beyond_the_retries():
    backoff = Backoff(retries=1, max_wait=10, random=lambda: 0.0)
    assert backoff.wait("POST", LIMITED, 4, 7.0) == 2.0
    assert backoff.wait("POST", LIMITED, 5, 9.0) is None
    assert backoff.wait("GET", RateLimitError("429", retryable=True), 1, 0.0) == 1.0


@given(
    st.sampled_from([UNCLEAR, NOT_SENT, LIMITED, GATEWAY]),
    st.integers(0, 9),
    st.floats(0, 100),
    st.floats(0, 1),
)
def test_the_waiting_ends(error, retries, max_wait, luck):
    backoff, waited, attempt = Backoff(retries, max_wait, lambda: luck), 0.0, 1
    while (wait := backoff.wait("GET", error, attempt, waited)) is not None:
        assert wait > 0
        waited += wait
        attempt += 1
        assert attempt < 1000
    assert waited <= max_wait + 1e-6


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def sent_at(pace, clock, count, headers=None):
    times = []
    for _turn in range(count):
        pace.wait_turn()
        times.append(clock.now)
        if headers is not None:
            pace.observe(headers)
    return times


@given(st.integers(1, 50), st.integers(0, 200))
def test_no_second_has_more_requests_than_allowed(rate, count):
    clock = Clock()
    times = sent_at(Pace(rate, clock, clock.sleep), clock, count)
    for start in times:
        assert sum(start <= time < start + 0.999 for time in times) <= rate


def test_a_small_run_never_sleeps():
    clock = Clock()
    assert set(sent_at(Pace(40, clock, clock.sleep), clock, 38)) == {100.0}


def test_a_long_run_keeps_near_the_limit():
    clock = Clock()
    times = sent_at(Pace(40, clock, clock.sleep), clock, 400, {"X-RateLimit-Limit": "40", "X-RateLimit-Remaining": "9"})
    assert times[-1] - times[0] <= 400 / 40 * 1.1


def test_a_service_without_a_limit_is_not_waited_for():
    clock = Clock()
    assert set(sent_at(Pace(40, clock, clock.sleep), clock, 200, {})) == {100.0}


def test_another_limit_is_learnt():
    clock = Clock()
    times = sent_at(Pace(40, clock, clock.sleep), clock, 30, {"X-RateLimit-Limit": "10"})
    assert times[-1] - times[0] >= 2.0


def test_others_who_spend_from_the_same_bucket_slow_it_down():
    clock = Clock()
    times = sent_at(Pace(40, clock, clock.sleep), clock, 5, {"X-RateLimit-Limit": "40", "X-RateLimit-Remaining": "0"})
    assert times == pytest.approx([100.0, 100.025, 100.05, 100.075, 100.1])


def test_hold():
    clock = Clock()
    pace = Pace(40, clock, clock.sleep)
    pace.hold(3.0)
    pace.hold(1.0)
    assert sent_at(pace, clock, 1) == [103.0]
