# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._sse import COMMENT, Event, Parser

RECORDED = (
    "event: state_change\ndata: opened\n\n"
    "event: message\ndata: 234776801163a9ee 2018-01-22T19:49:30.667Z development status Downloading; 16.83%\n\n"
    ": keep-alive\n\n"
)


def parsed(*chunks):
    parser = Parser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


def test_the_recorded_stream():
    assert parsed(RECORDED.encode()) == [
        Event("state_change", "opened"),
        Event("message", "234776801163a9ee 2018-01-22T19:49:30.667Z development status Downloading; 16.83%"),
        Event(COMMENT, "keep-alive"),
    ]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: a\ndata: b\ndata:\n\n", [Event("message", "a\nb\n")]),
        ("data:  two spaces\n\n", [Event("message", " two spaces")]),
        ("data\n\n", [Event("message", "")]),
        ("event: x\n\ndata: y\n\n", [Event("message", "y")]),
        ("id: 1\nretry: 5\nfoo: bar\ndata: y\n\n", [Event("message", "y")]),
        (":\n", [Event(COMMENT, "")]),
        ("data: unfinished\n", []),
        ("\ufeffdata: mark\n\n", [Event("message", "mark")]),
        ("data: a\r\rdata: b\r\n\r\n", [Event("message", "a"), Event("message", "b")]),
    ],
)
def test_framing(text, events):
    assert parsed(text.encode()) == events


def test_bytes_that_are_no_text_do_not_end_the_stream():
    assert parsed(b"data: \xff\xfe\n\n") == [Event("message", "\ufffd\ufffd")]


LINES = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=12)
ENDS = st.sampled_from(["\n", "\r", "\r\n"])


@given(st.data(), st.lists(st.tuples(st.lists(LINES, min_size=1, max_size=4), ENDS), max_size=6))
def test_chunk_borders_never_matter(data, messages):
    stream = "".join("".join(f"data: {line}{end}" for line in lines) + end for lines, end in messages).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    chunks = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert parsed(*chunks) == [Event("message", "\n".join(lines)) for lines, _end in messages]


@given(st.binary(max_size=200), st.integers(1, 7))
def test_any_bytes_in_any_pieces_give_the_same_events(stream, size):
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert parsed(*pieces) == parsed(stream)
