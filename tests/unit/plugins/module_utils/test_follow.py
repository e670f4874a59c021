# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following devices on accounts with other limits, other habits, and other faults than one would like."""

from __future__ import annotations

import queue
import threading
from types import SimpleNamespace

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._follow import (
    DROPPED,
    MOST_DEVICES,
    NO_PLACE,
    TAKEN,
    Follower,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._streams import LogEntry, StateChange
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ConnectionFailedError,
    NotFoundError,
    ReadOnlyError,
)

_END = object()


class Account:
    """The log streams of an account, within limits; it stands for the client and its ``log_streams``."""

    def __init__(self, streams=8, devices=8, says_closed=True, names_devices=True, confirms=True):
        self.limits = SimpleNamespace(streams=streams, devices=devices)
        self.says_closed, self.names_devices, self.confirms = says_closed, names_devices, confirms
        self.unknown: set[str] = set()
        self.faults: list[Exception] = []
        self.open: list[Stream] = []
        self.created = 0
        self.lock = threading.Lock()
        self.log_streams = self

    def create(self):
        with self.lock:
            self.created += 1
            if self.faults:
                raise self.faults.pop(0)
            while len(self.open) >= self.limits.streams:
                self.open.pop(0).end(self.says_closed)
            self.open.append(Stream(self))
            return self.open[-1]

    def log(self, device, msg):
        for stream in self.open:
            if device in stream.devices:
                stream.events_waiting.put(LogEntry(device, "t", "development", "server.log", msg))


class Stream:
    """One of them."""

    def __init__(self, account):
        self.account = account
        self.devices: list[str] = []
        self.events_waiting: queue.Queue = queue.Queue()
        self.read_to_the_end = threading.Event()
        self.say("opened")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def say(self, state, device=None):
        self.events_waiting.put(StateChange(state, device if self.account.names_devices else None))

    def add_device(self, device):
        if device in self.account.unknown:
            raise NotFoundError("no such device")
        if len(self.devices) >= self.account.limits.devices:
            self.say("unsubscribed", self.devices.pop(0))
        self.devices.append(device)
        if self.account.confirms:
            self.say("subscribed", device)

    def end(self, says_closed):
        """End, and let the reader know before anything else happens: that news outruns the next requests."""
        if says_closed:
            self.say("closed")
        self.events_waiting.put(_END)
        self.read_to_the_end.wait(10)

    def lose(self):
        self.account.open.remove(self)
        self.events_waiting.put(ConnectionFailedError("lost", retryable=True))

    def close(self):
        if self in self.account.open:
            self.account.open.remove(self)
        self.events_waiting.put(_END)

    def events(self):
        while True:
            event = self.events_waiting.get()
            if event is _END or event == StateChange("closed", None):
                self.read_to_the_end.set()
            if event is _END:
                return
            if isinstance(event, Exception):
                raise event
            yield event


def ids(count):
    return [f"d-{number:02}" for number in range(count)]


def take_until(follower, wanted):
    """Return what comes, up to an entry that is wanted."""
    taken = []
    while not taken or not wanted(taken[-1]):
        entry = follower.get(10)
        assert entry is not None, taken
        taken.append(entry)
    return taken


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "log stream"]


@pytest.mark.parametrize("names_devices", [True, False])
@pytest.mark.parametrize(
    ("streams", "devices", "count", "followed"),
    [
        (8, 8, 20, 20),
        (8, 8, 70, 64),
        (8, 5, 20, 20),
        (2, 5, 20, 10),
        (1, 5, 20, 5),
        (1, 2, 3, 2),
        (1, 1, 2, 1),
        (8, 8, 0, 0),
    ],
)
def test_as_many_as_the_account_takes(streams, devices, count, followed, names_devices):
    account = Account(streams, devices, names_devices=names_devices)
    with Follower(account, ids(count)) as follower:
        on = follower.followed
        assert len(on) == followed and len(account.open) <= streams
        assert on == {device for stream in account.open for device in stream.devices}
        assert follower.unplaced == dict.fromkeys(set(ids(count)) - on, NO_PLACE)
        assert follower.alive is (count > 0)


def test_an_account_that_closes_streams_without_a_word():
    account = Account(streams=2, says_closed=False)
    with Follower(account, ids(24)) as follower:
        assert len(follower.followed) == 16 and len(account.open) == 2
        assert set(follower.unplaced.values()) == {NO_PLACE}
        assert account.created == 3


def test_a_service_that_confirms_nothing(monkeypatch):
    monkeypatch.setattr("ansible_collections.electricimp.impcentral.plugins.module_utils._follow._SETTLE", 0.01)
    account = Account(confirms=False)
    with Follower(account, ids(2)) as follower:
        assert not follower.followed
        account.log("d-00", "hello")
        subscribed, entry = follower.get(10), follower.get(10)
        assert (subscribed, entry.msg) == (StateChange("subscribed", "d-00"), "hello")
        assert set(follower.unplaced) == {"d-01"}


def test_entries_and_changes_come_in_order():
    account = Account()
    with Follower(account, ids(2)) as follower:
        account.log("d-00", "one")
        account.log("d-00", "two")
        taken = take_until(follower, lambda entry: isinstance(entry, LogEntry) and entry.msg == "two")
    assert taken[:2] == [StateChange("subscribed", "d-00"), StateChange("subscribed", "d-01")]
    assert [entry.msg for entry in taken[2:]] == ["one", "two"]


def test_a_broken_stream_is_opened_again():
    account = Account()
    with Follower(account, ids(10), delay=0.001) as follower:
        account.faults = [ConnectionFailedError("lost", retryable=True)] * 2
        account.open[0].lose()
        taken = take_until(follower, lambda entry: entry == StateChange("unsubscribed", "d-07"))
        assert taken[10:] == [StateChange("unsubscribed", device) for device in ids(8)]
        again = take_until(follower, lambda entry: entry == StateChange("subscribed", "d-07"))
        assert again == [StateChange("subscribed", device) for device in ids(8)]
        assert follower.unplaced == {} and account.created == 5


def test_a_stream_that_cannot_be_opened_at_once():
    account = Account()
    account.faults = [ConnectionFailedError("lost", retryable=True)] * 2
    with Follower(account, ids(20), delay=0.001) as follower:
        assert len(follower.followed) == 20 and account.created == 5


def test_a_stream_that_breaks_while_it_is_filled(monkeypatch):
    account = Account()
    add_device = Stream.add_device

    def lost(stream, device):
        monkeypatch.setattr(Stream, "add_device", add_device)
        stream.lose()
        raise NotFoundError("no such stream")

    monkeypatch.setattr(Stream, "add_device", lost)
    with Follower(account, ids(1), delay=0.001) as follower:
        take_until(follower, lambda entry: entry == StateChange("subscribed", "d-00"))
        assert follower.followed == {"d-00"} and account.created == 2


def test_it_gives_up_after_many_tries():
    account = Account()
    with Follower(account, ids(1), delay=0.001) as follower:
        account.faults = [ConnectionFailedError("lost", retryable=True)] * 100
        account.open[0].lose()
        assert [type(entry) for entry in follower.entries(60)] == [StateChange, StateChange]
        assert not follower.alive and "its log stream was lost (lost)" in follower.unplaced["d-00"]
        assert account.created < 10


def test_a_stream_that_is_taken_over_is_not_fought_for():
    account = Account(streams=1)
    with Follower(account, ids(3), delay=0.001) as follower:
        other = account.create()
        assert list(follower.entries(60))[-1] == StateChange("unsubscribed", "d-02")
        assert follower.unplaced == dict.fromkeys(ids(3), TAKEN)
        assert account.open == [other] and account.created == 2


def test_a_device_that_the_service_takes_out_is_named():
    account = Account()
    with Follower(account, ids(3)) as follower:
        account.open[0].say("unsubscribed", "d-01")
        take_until(follower, lambda entry: entry == StateChange("unsubscribed", "d-01"))
        assert follower.unplaced == {"d-01": DROPPED}


def test_devices_that_are_refused_are_named():
    account = Account()
    account.unknown = {"d-00", "d-02"}
    with Follower(account, ids(MOST_DEVICES + 1)) as follower:
        assert set(follower.unplaced) == account.unknown
        assert all("no such device" in reason for reason in follower.unplaced.values())
        assert len(follower.followed) == MOST_DEVICES - 1


@pytest.mark.parametrize(
    ("fault", "told"), [(ReadOnlyError("only reads"), "only reads"), (RuntimeError("odd"), "unexpected RuntimeError")]
)
def test_an_account_without_streams(fault, told):
    account = Account()
    account.faults = [fault] * 10
    with Follower(account, ids(20)) as follower:
        assert not follower.followed and not follower.alive and account.created == 1
        assert told in follower.unplaced["d-00"] and follower.unplaced["d-19"] == NO_PLACE
        assert list(follower.entries(60)) == []


def test_an_interruption_while_devices_are_placed_leaves_nothing_behind(monkeypatch):
    account = Account()
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), Follower(account, ids(20)):
        pass
    assert account.open == []


def test_who_does_not_listen_holds_up_the_streams_but_not_the_end(monkeypatch):
    monkeypatch.setattr("ansible_collections.electricimp.impcentral.plugins.module_utils._follow._WAITING", 5)
    account = Account()
    with Follower(account, ids(2)) as follower:
        for number in range(50):
            account.log("d-00", str(number))
        assert account.open[0].events_waiting.qsize() > 0
        assert follower.get(10) == StateChange("subscribed", "d-00")
