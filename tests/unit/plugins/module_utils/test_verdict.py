# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._logs import pattern
from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import (
    CRITERIA,
    FAILURE_PATTERNS,
    OUTCOMES,
    Rules,
    Watched,
    amount,
    matches,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

BEFORE = {
    "id": "d-1",
    "name": "fridge",
    "device_online": True,
    "device_group_type": "development",
    "agent_state_changed_at": "2026-01-01T00:00:00.000Z",
    "device_state_changed_at": "2026-01-01T00:00:00.000Z",
}
AFTER = {
    **BEFORE,
    "agent_state_changed_at": "2026-01-02T00:00:01.000Z",
    "device_state_changed_at": "2026-01-02T00:00:02.000Z",
}
PRODUCTION = {**BEFORE, "device_group_type": "production"}
FAILURES = tuple(pattern(text, "failure_patterns") for text in FAILURE_PATTERNS)


def watched(before=None, **rules):
    return Watched(before or BEFORE, Rules(**{"failure_patterns": FAILURES, **rules}))


def hear(device, *entries, seconds=1.0):
    """Let a device log entries, each a second later than the one before: "TYPE: MESSAGE"."""
    for number, text in enumerate(entries):
        type, _colon, msg = text.partition(": ")
        device.hear(type, msg, f"2026-01-02T00:00:{number + 1:02}.000Z", seconds)


def fate(device):
    found = device.verdict(120)
    return found["outcome"], found["evidence"]


RESTARTED = "status: Agent restarted: reload."
CONNECTED = "status: Device connected"
DISCONNECTED = "status: Device disconnected"


@pytest.mark.parametrize(
    ("criterion", "entries", "back"),
    [
        ("agent_restarted", [RESTARTED], True),
        ("agent_restarted", [DISCONNECTED, CONNECTED], False),
        ("agent_restarted", ["server.log: Agent restarted"], False),
        ("device_connected", [RESTARTED, DISCONNECTED], False),
        ("device_connected", [CONNECTED], True),
        ("state_changed", [DISCONNECTED], True),
        ("state_changed", ["server.log: hello"], False),
        ("log_matches", [RESTARTED, "server.log: version 2"], True),
        ("log_matches", ["server.log: version 2", RESTARTED], False),
        ("log_matches", [CONNECTED, "agent.log: version 2"], True),
    ],
)
def test_criteria_in_a_stream(criterion, entries, back):
    device = watched(returned_when=criterion, log_pattern=re.compile("version 2"))
    hear(device, *entries)
    assert (device.back, device.settled) == (back, back)
    assert fate(device) == (("returned", "stream") if back else ("failed", "none"))


@pytest.mark.parametrize(
    ("criterion", "now", "back"),
    [
        ("agent_restarted", AFTER, True),
        ("agent_restarted", {**AFTER, "agent_state_changed_at": BEFORE["agent_state_changed_at"]}, False),
        ("agent_restarted", {**AFTER, "agent_state_changed_at": None}, False),
        ("device_connected", AFTER, True),
        ("device_connected", {**AFTER, "device_online": False}, False),
        ("device_connected", {**AFTER, "device_state_changed_at": BEFORE["device_state_changed_at"]}, False),
        ("state_changed", {**AFTER, "agent_state_changed_at": None, "device_online": False}, True),
        ("state_changed", BEFORE, False),
        ("log_matches", AFTER, False),
    ],
)
def test_criteria_in_the_listing(criterion, now, back):
    device = watched(returned_when=criterion, log_pattern=re.compile("version 2"))
    device.see(now, 3.0)
    assert device.back is back
    assert fate(device) == (("returned", "listing") if back else ("failed", "none"))


@pytest.mark.parametrize(
    "entry", ["server.error: x", "agent.error: x", "lastexitcode: 5", "status: ERROR: x", "server.log: out of memory"]
)
def test_a_failure_beats_everything(entry):
    device = watched()
    hear(device, RESTARTED, entry, "server.error: later", seconds=2.5)
    found = device.verdict(120)
    assert device.back and device.failed and device.settled
    assert (found["outcome"], found["evidence"], found["seconds"]) == ("failed", "stream", 2.5)
    assert found["line"] == entry.partition(": ")[2]


def test_what_was_said_before_the_restart_is_no_failure():
    device = watched()
    hear(device, "server.error: old", RESTARTED)
    device.hear("server.error", "old and late", "2026-01-01T12:00:00.000Z", 2)
    assert not device.failed and fate(device) == ("returned", "stream")
    listed = watched()
    listed.see(AFTER, 1)
    listed.read([{"ts": "2026-01-02T00:00:00.999Z", "type": "server.error", "msg": "old"}], 2)
    assert fate(listed) == ("returned", "listing")
    listed.read([{"ts": "2026-01-02T00:00:01.000Z", "type": "server.error", "msg": "new"}], 2)
    assert fate(listed) == ("failed", "log")


def test_without_patterns_nothing_is_a_failure():
    device = watched(failure_patterns=())
    hear(device, RESTARTED, "server.error: x")
    assert fate(device) == ("returned", "stream") and not device.wants_page


def test_an_offline_device_must_connect():
    for offline, outcome in (("include", "pending"), ("fail", "failed")):
        device = watched({**BEFORE, "device_online": False}, offline=offline)
        device.see({**AFTER, "device_online": False}, 1)
        hear(device, RESTARTED)
        assert not device.back and device.verdict(1)["outcome"] == outcome
        hear(device, CONNECTED)
        assert fate(device) == ("returned", "stream")


def test_a_conditional_restart_may_be_put_off():
    device = watched(conditional=True)
    assert fate(device) == ("pending", "none") and "put" in device.verdict(1)["reason"]
    device.see(AFTER, 1)
    assert device.verdict(1)["outcome"] == "returned"


def test_those_that_were_not_asked():
    refused, left = watched(), watched()
    refused.refuse("no such device")
    left.leave("it was offline")
    assert (refused.asked, left.asked, refused.settled, left.settled) == (False, False, True, True)
    assert fate(refused) == ("failed", "none") and refused.verdict(1)["reason"] == "no such device"
    assert fate(left) == ("pending", "none") and not left.wants_page


def test_a_log_that_cannot_be_read():
    silent, empty, told, refused = (watched(PRODUCTION) for _number in range(4))
    for device in (silent, empty, told, refused):
        device.see(AFTER, 1)
        assert device.back and fate(device) == ("unverified", "listing")
    empty.read([], 2)
    refused.read(None, 2)
    told.read([{"ts": "2026-01-02T00:00:03.000Z", "type": "server.log", "msg": "fine"}], 2)
    assert fate(empty) == fate(refused) == ("unverified", "listing")
    assert fate(told) == ("returned", "listing")
    other = watched()
    other.see(AFTER, 1)
    other.read([], 2)
    assert fate(other) == ("returned", "listing")
    other = watched()
    other.see(AFTER, 1)
    other.read(None, 2)
    assert fate(other) == ("unverified", "listing")


def test_a_pattern_that_no_log_can_show():
    device = watched(PRODUCTION, returned_when="log_matches", log_pattern=re.compile("ready"))
    device.exposed = False
    device.see(AFTER, 1)
    assert not device.settled
    device.see(AFTER, 2)
    assert device.settled and not device.back and fate(device) == ("unverified", "listing")


def test_when_a_page_of_the_log_is_wanted():
    device = watched()
    assert not device.wants_page  # it has not restarted
    device.see(AFTER, 1)
    assert device.wants_page
    device.exposed = False
    assert device.wants_page  # its stream has told nothing at all
    hear(device, RESTARTED)
    assert not device.wants_page
    device.exposed = True
    assert device.wants_page
    device.hear("server.error", "x", None, 1)
    assert not device.wants_page


def test_a_page_can_show_what_was_waited_for():
    device = watched(returned_when="log_matches", log_pattern=re.compile("^server.log: version 2$"))
    device.see(AFTER, 1)
    assert device.verdict(9)["reason"] == "no log entry matched within 9 s"
    device.read([{"ts": "2026-01-02T00:00:03.000Z", "type": "server.log", "msg": "version 2"}, {"msg": "odd"}], 2)
    assert fate(device) == ("returned", "log")


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("hear"), st.sampled_from([RESTARTED, CONNECTED, "server.log: a", "server.error: b"])),
            st.tuples(st.just("see"), st.sampled_from([BEFORE, AFTER, {**AFTER, "device_online": False}])),
            st.tuples(st.just("read"), st.sampled_from([None, [], [{"ts": None, "type": "status", "msg": None}]])),
        )
    ),
    st.sampled_from(CRITERIA),
    st.sampled_from([BEFORE, PRODUCTION, {**BEFORE, "device_online": False}, {"id": "d-1"}]),
)
def test_a_verdict_is_possible_at_any_time(events, criterion, before):
    device = watched(before, returned_when=criterion, log_pattern=re.compile("a"))
    was_back = was_failed = False
    for event, what in events:
        if event == "hear":
            hear(device, what)
        elif event == "see":
            device.see(what, 1)
        else:
            device.read(what, 1)
        assert device.back >= was_back and device.failed >= was_failed
        was_back, was_failed = device.back, device.failed
        found = device.verdict(1)
        assert found["outcome"] in OUTCOMES and (found["reason"] is None) is (found["outcome"] == "returned")
        assert (found["line"] is not None) is device.failed


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), (" 3 ", 3), ("20%", 2), ("29.9%", 2), ("100%", 10), ("99", 99)]
)
def test_amounts(text, expected):
    assert amount(text, 10, "max_failures") == expected


@pytest.mark.parametrize("text", ["", "%", "-1", "1.5", "some", "101%", "nan%", "inf%", "-1%"])
def test_no_amounts(text):
    with pytest.raises(InvalidDataError, match="max_failures"):
        amount(text, 10, "max_failures")


def test_patterns():
    assert matches(re.compile("^no$"), "server.log", "no") and matches(
        re.compile("^server.log: no$"), "server.log", "no"
    )
    assert not matches(re.compile("^server.log$"), "server.log", "no")
    with pytest.raises(InvalidDataError, match=r"until: '\*' is no regular expression"):
        pattern("*", "until")
