# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from contextlib import contextmanager

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils import _members, _reconcile
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ConnectionFailedError,
    ImpCentralApiError,
    InvalidDataError,
)

GROUP = {"id": "g", "name": "sensors", "type": "development_devicegroup"}
REFUSED = ImpCentralApiError("Not Found", status_code=400, executed=False)
UNCLEAR = ConnectionFailedError("reset", executed=None, retryable=True)


class Fleet:
    """Membership of a group in a service that takes all devices but those called ``bad...``.

    :param takes: so many devices of a call are dealt with, then it fails.
    :param error: what a call fails with that did not deal with all of its devices, or, when it is unclear, the first.
    """

    def __init__(self, members=(), takes=1000, error=REFUSED):
        self.members = list(members)
        self.takes = takes
        self.error = error
        self.calls = []
        self.keys = []
        self.blind = False
        self.device_groups = self.devices = self

    def list(self, device_group_id, fresh):
        if self.blind:
            raise UNCLEAR
        return [{"id": one} for one in self.members]

    def add_devices(self, group, ids):
        with self._call(ids) as dealt:
            self.members += dealt

    def remove_devices(self, group, ids, unbond_key=None):
        self.keys.append(unbond_key)
        with self._call(ids) as dealt:
            self.members = [one for one in self.members if one not in dealt]

    @contextmanager
    def _call(self, ids):
        self.calls.append(ids)
        dealt = [one for one in ids if not one.startswith("bad")][: self.takes]
        yield dealt
        if len(dealt) < len(ids):
            if self.error is UNCLEAR:
                self.takes = 1000
            raise self.error


def sizes(fleet):
    return [len(call) for call in fleet.calls]


def test_devices_go_in_batches_of_a_hundred():
    fleet = Fleet()
    _members.assign(fleet, GROUP, [str(number) for number in range(250)])
    assert sizes(fleet) == [100, 100, 50] and len(fleet.members) == 250


def test_what_was_assigned_and_what_was_not_is_told_for_each_device():
    fleet = Fleet()
    with pytest.raises(_reconcile.HalfDoneError) as caught:
        _members.assign(fleet, GROUP, ["a", "bad1", "b", "bad2"])
    assert caught.value.details == {"added": ["a", "b"], "removed": [], "failed_devices": ["bad1", "bad2"]}
    assert "2 of 4 devices" in str(caught.value)


def test_a_batch_that_is_refused_for_some_does_not_end_it_and_one_refused_as_a_whole_does():
    good, bad = [f"{number}" for number in range(199)], [f"bad{number}" for number in range(100)]
    fleet = Fleet()
    with pytest.raises(_reconcile.HalfDoneError) as caught:
        _members.assign(fleet, GROUP, ["bad", *good, *bad, "last"])
    assert sizes(fleet) == [100, 100, 100]
    assert caught.value.details == {"added": good, "removed": [], "failed_devices": ["bad", *bad, "last"]}


def test_after_an_unclear_answer_only_the_rest_is_sent_again():
    fleet = Fleet(takes=2, error=UNCLEAR)
    _members.assign(fleet, GROUP, ["a", "b", "c"])
    assert fleet.calls == [["a", "b", "c"], ["c"]] and fleet.members == ["a", "b", "c"]


def test_devices_that_are_gone_already_are_taken_out_however_the_service_complains():
    fleet = Fleet(["a"], takes=0)
    _members.unassign(fleet, GROUP, ["b", "c"])
    assert fleet.calls == [["b", "c"]] and fleet.members == ["a"]


def test_what_cannot_be_read_again_counts_as_not_done():
    fleet = Fleet(takes=1)
    fleet.blind = True
    with pytest.raises(_reconcile.HalfDoneError) as caught:
        _members.assign(fleet, GROUP, ["a", "b"])
    assert caught.value.details["failed_devices"] == ["a", "b"] and "Not Found" in str(caught.value)


@pytest.mark.parametrize(("kind", "sent"), [("production", "key"), ("pre_production", None), ("development", None)])
def test_the_unbond_key_goes_to_production_groups_alone(kind, sent):
    fleet = Fleet(["a"])
    _members.unassign(fleet, {**GROUP, "type": f"{kind}_devicegroup"}, ["a"], "key")
    assert (fleet.keys, fleet.members) == ([sent], [])


def test_unblessing_needs_the_users_word():
    devices = [{"device_group_type": "production"}] * 3
    with pytest.raises(InvalidDataError, match=r"3 production devices.*unbless=true and unbond_key"):
        _members.refuse_unblessing(devices, False, None)
    _members.refuse_unblessing(devices, True, "key")
    _members.refuse_unblessing([{"device_group_type": "development"}], False, None)
