# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: what its page shows, and that it needs nothing else."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._report import (
    data_of,
    page_of,
    percentile,
    rows_of,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._rollout import begun, ended, opened, outcome_of

_ALONE = {"meta"}  # elements without an end
_FETCHING = {"src", "href", "srcset", "data", "poster", "action", "background", "xlink:href"}


class Page(HTMLParser):
    """What a browser makes of a page: elements with their attributes and texts; each element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.table: dict[str, list[list[str]]] = {}
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in _ALONE:
            self._open.append(tag)
        if tag == "table":
            self._rows = self.table[str(attributes["class"])] = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)
        if self._open and self._open[-1] in ("td", "th"):
            self._rows[-1][-1] += data


def _stage(name: str = "sensors", names: dict[str, Any] | None = None, line: str = "no sensor") -> dict[str, Any]:
    """Two batches: one device back at once, one unverified; then one pending and one that failed."""
    plan = {
        "batches": [["a", "b"], ["c", "d"]],
        "canaries": [],
        "names": {"a": "oven", "b": "fridge", "c": None, "d": "sink", **(names or {})},
        "online": ["a"],
        "not_after": None,
    }
    first = {
        "asked": ["a", "b"],
        "returned": ["a"],
        "unverified": ["b"],
        "devices": [{"id": "a", "seconds": 0.0}, {"id": "b", "seconds": 4.0}],
    }
    failed = {"id": "d", "seconds": None, "reason": "its log shows a failure", "line": line}
    second = {
        "asked": ["c", "d"],
        "pending": ["c"],
        "failed_devices": ["d"],
        "devices": [failed],
        "msg": "1 of 2 failed",
    }
    state = ended(begun(opened(plan, 0.0), 1.0), first, 6.0)
    return {
        "name": name,
        "state": ended(begun(state, 7.0), second, 17.0),
        "deployment": "new",
        "previous_deployment": "old",
    }


def _report(*stages: dict[str, Any]) -> dict[str, Any]:
    result = outcome_of(stages[0]["state"], 18.0)
    return data_of("Restart", result, stages)


def test_a_row_says_what_became_of_a_device_and_when() -> None:
    rows = {row["id"]: row for row in rows_of(_stage())}
    assert (rows["a"]["name"], rows["a"]["batch"], rows["a"]["from"], rows["a"]["until"]) == ("oven", 1, 1.0, 1.0)
    assert (rows["c"]["name"], rows["c"]["outcome"], rows["c"]["until"]) == ("c", "pending", 17.0)
    assert (rows["d"]["outcome"], rows["d"]["line"]) == ("failed", "no sensor")


def test_the_data_count_and_measure() -> None:
    report = json.loads(json.dumps(_report(_stage())))
    (stage,) = report["stages"]
    assert stage["counts"] == {"returned": 1, "unverified": 1, "pending": 1, "failed": 1}
    assert (stage["median_seconds"], stage["p95_seconds"], stage["deployment"]) == (0.0, 4.0, "new")
    assert report["result"]["failed"] == ["d"] and stage["started_at"] == "1970-01-01T00:00:01Z"


def test_the_page_shows_the_same() -> None:
    page = Page(page_of(_report(_stage())))
    text = " ".join(page.texts)
    for part in ("Restart:", "stopped", "1 of 2 failed", "18 s in all", "new", "old", "0 s (median), 4 s (95%)"):
        assert part in text
    assert page.table["batches"][1:] == [
        ["1", "1970-01-01T00:00:01Z", "1", "1", "0", "0", "5"],
        ["2", "1970-01-01T00:00:07Z", "0", "0", "1", "1", "10"],
    ]
    assert page.table["devices"][1] == ["sink", "d", "2", "failed", "", "no sensor"]  # who failed comes first
    assert len(page.table["devices"]) == 5
    assert [tag for tag, _attributes in page.elements].count("rect") == 4
    assert {"oven, batch 1: returned", "1: oven", "8.5 s", "17.0 s"} <= set(page.texts)


def test_the_page_needs_no_other_file_and_runs_no_script() -> None:
    source = page_of(_report(_stage(), _stage("others")))
    page = Page(source)
    names = {name for _tag, attributes in page.elements for name in attributes}
    assert names & _FETCHING == set() and not any(name.startswith("on") for name in names)
    assert {tag for tag, _attributes in page.elements} & {"script", "link", "iframe", "img", "object"} == set()
    assert "http" not in source and "url(" not in source and "@import" not in source


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>', "a & b", "</title>", "</svg>'"])
def test_names_and_log_lines_are_text(hostile: str) -> None:
    stage = _stage(hostile, {"d": hostile}, line=hostile)
    report = _report({**stage, "deployment": hostile, "previous_deployment": hostile})
    report["result"]["reason"] = hostile
    page = Page(page_of({**report, "title": hostile}))
    plain = Page(page_of(_report(_stage())))
    assert [tag for tag, _attributes in page.elements] == [tag for tag, _attributes in plain.elements]
    assert page.table["devices"][1][0] == page.table["devices"][1][5] == hostile


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_name_keeps_the_page_whole(name: str) -> None:
    assert len(Page(page_of(_report(_stage(names={"d": name})))).table["devices"]) == 5


def test_a_stage_without_devices_has_no_tables() -> None:
    stage = {"name": "none", "state": opened({}, 0.0), "deployment": None, "previous_deployment": None}
    page = Page(page_of(data_of("Rollout", {"outcome": "rolled_back", "seconds": 0.5}, [stage])))
    assert page.table == {} and "no device was asked." in page.texts and "Rollout: rolled back" in page.texts


def test_bars_stay_on_the_page_of_a_large_fleet() -> None:
    """A device whose end is the end of all is drawn, too."""
    ids = [f"{number:016x}" for number in range(10_000)]
    plan = {"batches": [ids], "names": dict.fromkeys(ids)}
    answer = {"asked": ids, "returned": ids, "devices": [{"id": one, "seconds": 0.0} for one in ids]}
    state = ended(begun(opened(plan, 0.0), 2.0), answer, 2.0)
    page = Page(page_of(data_of("Restart", outcome_of(state, 2.0), [{"name": "all", "state": state}])))
    bars = [attributes for tag, attributes in page.elements if tag == "rect"]
    (drawing,) = (attributes for tag, attributes in page.elements if tag == "svg")
    width, height = (float(one) for one in str(drawing["viewbox"]).split()[2:])
    assert len(bars) == 10_000
    assert all(float(str(one["x"])) + float(str(one["width"])) <= width for one in bars)
    assert all(float(str(one["y"])) + float(str(one["height"])) <= height for one in bars)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([3.0], 0.95, 3.0), ([4, 1, 3, 2], 0.5, 2), ([*range(1, 101)], 0.95, 95), ([1, 2], 0.0, 1)],
)
def test_percentiles(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected
