# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which log entries are wanted, since when, and how they are merged and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils import _logs, _resolve
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    InvalidDataError,
    NotFoundError,
    PermissionDeniedError,
    ServiceError,
)
from tests.unit.plugins.module_utils.fake_client import FakeClient

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
FIRST, SECOND = "1" * 16, "2" * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", NOW - timedelta(hours=24)),
        (" 1.5 h ", NOW - timedelta(minutes=90)),
        ("90s", NOW - timedelta(seconds=90)),
        ("30m", NOW - timedelta(minutes=30)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-01-31T08:00:00Z", NOW - timedelta(hours=4)),
        ("2026-01-31T10:00:00.000+02:00", NOW - timedelta(hours=4)),
        ("2026-01-31 08:00:00", NOW - timedelta(hours=4)),
        ("2026-01-31", NOW - timedelta(hours=12)),
    ],
)
def test_since(text: str, expected: datetime) -> None:
    assert _logs.since(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "24", "h", "-1h", "24 hours", "2026-13-01", "999999999999w"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InvalidDataError, match="since"):
        _logs.since(text, NOW)


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_a_timestamp_of_the_service_is_read_as_it_is(moment: datetime) -> None:
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert _logs.moment(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_what_is_wanted() -> None:
    want = _logs.wanted({"since": "1h", "types": ["status"], "match": "^Device", "limit": 3}, NOW)
    fits = {"ts": "2026-01-31T11:30:00.000Z", "type": "status", "msg": "Device connected"}
    assert want.limit == 3 and want.fits(fits) and not want.reached_end(fits)
    assert not want.fits({**fits, "type": "server.log"}) and not want.fits({**fits, "msg": "A Device"})
    assert want.reached_end({**fits, "ts": "2026-01-31T10:59:59.999Z"})
    assert not want.reached_end({**fits, "ts": None}) and not want.fits({**fits, "msg": None})
    assert _logs.wanted({"types": []}) == _logs.Wanted()


@pytest.mark.parametrize("options", [{"match": "("}, {"limit": 0}, {"since": "soon"}])
def test_what_cannot_be_understood(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidDataError):
        _logs.wanted(options)


def entry(ts: str | None, msg: str = "m") -> dict[str, Any]:
    return {"ts": ts, "type": "status", "msg": msg, "log_type": "development"}


def client_with(**logs: Any) -> FakeClient:
    """Return a client whose devices have these logs, newest first; an exception is raised instead."""
    client = FakeClient()

    def read(key: str, limit: Any, until: Callable[..., bool], only: Any) -> list[dict[str, Any]]:
        log = logs[key.strip("_")]
        if isinstance(log, Exception):
            raise log
        return [{"device_id": key, **one} for one in log if not until(one)][:limit]

    client.devices.logs = read
    for key in (FIRST, SECOND):
        client.devices.add(id=key, device_group_type="development")
    return client


def read(client: FakeClient, *keys: str, **want: Any) -> tuple[list[dict[str, Any]], list[str]]:
    return _logs.read_logs(client, _resolve.Finder(client), dict.fromkeys(keys), _logs.Wanted(**want))


@given(st.lists(st.lists(st.integers(0, 59)), min_size=1, max_size=4))
def test_logs_are_merged_newest_first_and_nothing_is_lost(logs: list[list[int]]) -> None:
    times = [[f"2026-01-31T11:00:{second:02}.000Z" for second in sorted(log, reverse=True)] for log in logs]
    keys = [f"{number:016x}" for number in range(len(logs))]
    client = client_with(**{key: [entry(ts, key) for ts in log] for key, log in zip(keys, times, strict=True)})
    for key in keys:
        client.devices.add(id=key, device_group_type="development")
    entries, unreadable = read(client, *keys)
    assert [one["ts"] for one in entries] == sorted((ts for log in times for ts in log), reverse=True)
    for key, log in zip(keys, times, strict=True):
        assert [one["ts"] for one in entries if one["msg"] == key] == log
    assert unreadable == [] and all(list(one) == ["device_id", "ts", "type", "msg"] for one in entries)


def test_an_entry_without_a_time_comes_last() -> None:
    client = client_with(**{FIRST: [entry(None), entry("2026-01-31T11:00:00.000Z")]})
    assert [one["ts"] for one in read(client, FIRST)[0]] == ["2026-01-31T11:00:00.000Z", None]


@pytest.mark.parametrize("refusal", [NotFoundError("no"), PermissionDeniedError("no")])
def test_a_device_whose_log_is_refused_is_unreadable(refusal: Exception) -> None:
    client = client_with(**{FIRST: refusal, SECOND: [entry("2026-01-31T11:00:00.000Z")]})
    entries, unreadable = read(client, FIRST, SECOND)
    assert unreadable == [FIRST] and [one["device_id"] for one in entries] == [SECOND]


def test_an_empty_log_is_unreadable_on_a_production_device_only() -> None:
    client = client_with(**{FIRST: [], SECOND: []})
    client.devices.items[1]["device_group_type"] = "production"
    assert read(client, FIRST, SECOND) == ([], [SECOND])


def test_a_log_whose_entries_are_all_too_old_is_readable() -> None:
    client = client_with(**{FIRST: [entry("2026-01-31T11:00:00.000Z")]})
    client.devices.items[0]["device_group_type"] = "production"
    assert read(client, FIRST, since=NOW) == ([], [])


def test_a_device_that_is_not_there_and_a_fault_are_errors() -> None:
    with pytest.raises(_resolve.MissingError):
        read(client_with(**{"3" * 16: NotFoundError("no")}), "3" * 16)
    with pytest.raises(ServiceError):
        read(client_with(**{FIRST: ServiceError("broken")}), FIRST)


@given(st.lists(st.tuples(st.sampled_from([FIRST, SECOND]), st.sampled_from(["a", "b", None]))))
def test_counts(pairs: list[tuple[str, str]]) -> None:
    counts = _logs.count_by_message({"device_id": key, "msg": msg} for key, msg in pairs)
    assert sum(one["count"] for one in counts) == len(pairs)
    assert [one["count"] for one in counts] == sorted((one["count"] for one in counts), reverse=True)
    for one in counts:
        assert one["devices"] == len({key for key, msg in pairs if msg == one["msg"]})
