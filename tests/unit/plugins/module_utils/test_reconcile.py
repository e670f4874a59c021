# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given, strategies

from ansible_collections.electricimp.impcentral.plugins.module_utils import _reconcile
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import PRODUCT
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ConnectionFailedError,
    ImpCentralApiError,
    InvalidDataError,
    NotFoundError,
)

values = strategies.one_of(strategies.integers(), strategies.floats(allow_nan=False), strategies.text())
variables = strategies.dictionaries(strategies.text(min_size=1), values)


@given(variables)
def test_variables_are_the_same_as_themselves(one):
    assert _reconcile.same("env_vars", one, dict(one))


@given(strategies.integers())
def test_a_number_is_not_its_text(number):
    assert not _reconcile.same("env_vars", {"a": number}, {"a": str(number)})
    assert _reconcile.same("env_vars", {"a": number % 2**50}, {"a": float(number % 2**50)})


@given(strategies.lists(strategies.text()))
def test_tags_have_no_order(tags):
    assert _reconcile.same("tags", tags, list(reversed(tags)))


@pytest.mark.parametrize(("current", "wanted"), [(None, ""), ("", None), (None, {}), ({}, None)])
def test_empty_is_null(current, wanted):
    name = "env_vars" if isinstance(current or wanted, dict) or {} in (current, wanted) else "description"
    assert _reconcile.same(name, current, wanted)


def test_true_is_not_one():
    assert not _reconcile.same("flagged", 1, True)


def test_only_what_was_given_is_compared():
    assert _reconcile.differences({"name": "a", "description": "x"}, {"name": "b"}) == {"name": "b"}


def test_what_cannot_change_is_named_with_both_values():
    with pytest.raises(InvalidDataError, match=r"'eu'.*'us'"):
        _reconcile.refuse_changes("the group", {"region": "eu"}, {"region": "us"})


def declared(found, calls, **attributes):
    def create():
        calls.append("create")
        return {"id": "1", **attributes}

    def update(changes):
        calls.append(changes)
        return {**found, **changes}

    return _reconcile.Declared(PRODUCT, "product", found, attributes, create, update)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_creation(check_mode):
    calls = []
    outcome = _reconcile.present(_reconcile.Plan(check_mode), declared(None, calls, name="a"))
    assert (outcome["changed"], outcome["product"]["name"]) == (True, "a")
    assert calls == ([] if check_mode else ["create"])


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_change_shows_only_what_changes(check_mode):
    calls = []
    found = {"id": "1", "name": "a", "description": None}
    outcome = _reconcile.present(_reconcile.Plan(check_mode), declared(found, calls, name="a", description="d"))
    assert outcome["diff"] == {"before": {"description": None}, "after": {"description": "d"}}
    assert calls == ([] if check_mode else [{"description": "d"}])


def test_no_difference_no_call():
    calls = []
    outcome = _reconcile.present(_reconcile.Plan(False), declared({"id": "1", "name": "a"}, calls, name="a"))
    assert (outcome["changed"], calls) == (False, [])


def test_a_plan_that_stops_half_way_says_what_is_done():
    plan = _reconcile.Plan(False)
    plan.step("delete a", lambda: None)

    def refused():
        raise NotFoundError("Not Found", status_code=404)

    with pytest.raises(_reconcile.HalfDoneError, match=r"could not delete b: Not Found. Done before that: delete a"):
        plan.step("delete b", refused)


def lost():
    return ConnectionFailedError("reset", executed=None, retryable=True)


def test_after_an_unclear_answer_what_was_created_is_found():
    def create():
        raise lost()

    assert _reconcile.create(create, lambda: {"id": "1"}) == {"id": "1"}


def test_after_an_unclear_answer_and_nothing_found_it_is_sent_again():
    answers = [lost(), {"id": "2"}]

    def create():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert _reconcile.create(create, lambda: None) == {"id": "2"}


def test_a_clear_refusal_is_not_sent_again():
    calls = []

    def create():
        calls.append(1)
        raise ImpCentralApiError("Duplicate Resource", status_code=409, executed=False)

    with pytest.raises(ImpCentralApiError):
        _reconcile.create(create, lambda: pytest.fail("nothing to look for"))
    assert calls == [1]
