# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given, strategies

from ansible_collections.electricimp.impcentral.plugins.module_utils import _prune
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
TIMES = [f"2026-01-{day:02}T00:00:00.000Z" for day in range(1, 13)]
tags = strategies.frozensets(strategies.sampled_from(["nightly", "x"]))


@strategies.composite
def groups(draw):
    """A group with deployments in any order, the newest of them current (or not told), any of them the minimum."""
    times = draw(strategies.permutations(TIMES[: draw(strategies.integers(0, len(TIMES)))]))
    deployments = [
        {"id": time[8:10], "created_at": time, "flagged": draw(strategies.booleans()), "tags": sorted(draw(tags))}
        for time in times
    ]
    ids = sorted(one["id"] for one in deployments)
    current = draw(strategies.sampled_from([ids[-1], None])) if ids else None
    minimum = draw(strategies.sampled_from(ids)) if ids else None
    return {"id": "g", "current_deployment_id": current, "min_supported_deployment_id": minimum}, deployments


selections = strategies.builds(
    _prune.Selection,
    strategies.integers(0, 4),
    strategies.sampled_from([None, *TIMES]),
    tags,
    strategies.booleans(),
    strategies.booleans(),
)


class Service:
    """The rules of the service, by which it lets deployments of a group go."""

    def __init__(self, group, deployments):
        self.group = dict(group)
        self.rows = {one["id"]: dict(one) for one in deployments}

    def carry_out(self, pruning, selection):
        if pruning.minimum:
            assert selection.raise_minimum and pruning.minimum > self.group["min_supported_deployment_id"]
            assert pruning.minimum in self.rows
            self.group["min_supported_deployment_id"] = pruning.minimum
        for one in pruning.delete:
            assert selection.unflag or not one["flagged"]
            assert one["id"] < self.group["min_supported_deployment_id"]
            del self.rows[one["id"]]

    def plan(self, selection):
        return _prune.plan_group(self.group, self.rows.values(), selection)


@given(groups(), selections)
def test_nothing_is_planned_that_the_service_refuses_and_nothing_is_left_for_a_second_run(group, selection):
    service = Service(*group)
    planned = service.plan(selection)
    service.carry_out(planned, selection)
    again = service.plan(selection)
    assert (again.delete, again.minimum) == ([], None)
    assert {one["id"] for one in again.kept} == {one["id"] for one in planned.kept}


@given(groups(), selections)
def test_each_deployment_that_is_meant_goes_or_stays_for_a_reason(group, selection):
    described, deployments = group
    planned = _prune.plan_group(described, deployments, selection)
    meant = sorted((one for one in deployments if selection.tags <= {*one["tags"]}), key=lambda one: one["id"])
    gone = [one["id"] for one in planned.delete]
    reasons = {one["id"]: one["reason"] for one in planned.kept}
    assert sorted([*gone, *reasons]) == [one["id"] for one in meant] and gone == sorted(gone, reverse=True)
    assert not {*gone} & {one["id"] for one in meant[len(meant) - selection.keep :]}
    assert not [one for one in planned.delete if selection.before and one["created_at"] >= selection.before]
    if selection.unflag and selection.raise_minimum:
        assert {*reasons.values()} <= {"newest", "young", "current"}


@given(groups(), selections)
def test_without_a_group_nothing_is_current_or_the_minimum(group, selection):
    nowhere = {"id": None, "current_deployment_id": None, "min_supported_deployment_id": None}
    planned = _prune.plan_group(nowhere, group[1], selection)
    assert {one["reason"] for one in planned.kept} <= {"newest", "young", "flagged"} and planned.minimum is None


def test_a_time_ago_as_the_service_writes_it():
    assert _prune.cutoff(1.5, NOW) == "2026-02-28T00:00:00.000Z"
    assert _prune.cutoff(None) is None


@pytest.mark.parametrize("days", [1e12, 1e7, float("nan"), float("inf")])
def test_a_time_before_the_calendar(days):
    with pytest.raises(InvalidDataError, match=r"is no date"):
        _prune.cutoff(days, NOW)
