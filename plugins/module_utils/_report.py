# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a restart or a rollout: one page without external files, and the same as data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import ceil
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._rollout import FATES

Stage = Mapping[str, Any]
Row = dict[str, Any]

_COLOURS = {"returned": "#2e7d32", "unverified": "#8d9e2f", "pending": "#9e9e9e", "failed": "#c62828"}
_NUMBERS = {"Batch", "Seconds", *(fate.capitalize() for fate in FATES)}  # columns
_WIDTH = 900  # of the drawing, in its own units
_MARGIN = 170  # for names, as long as bars are high enough for them
_LONGEST = 26  # characters of a name there
_TALLEST = 14  # a device's bar
_DRAWING = 1600  # height at which bars become thinner
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.outcome { font-weight: 600; } .failed, .stopped, .rolled_back { color: #c62828; }
.returned, .completed { color: #2e7d32; } code { overflow-wrap: anywhere; }
svg { width: 100%; height: auto; background: #fafafa; } svg text { font: 11px system-ui, sans-serif; fill: #555; }
"""


def rows_of(stage: Stage) -> list[Row]:
    """Return a row for each device of a stage: what became of it, when in seconds after the stage began, and why."""
    state = stage["state"]
    names = state["plan"]["names"]
    told = {one["id"]: one for one in state["devices"]}
    rows = []
    for batch in state["batches"]:
        began = batch["began_after"]
        for fate in FATES:
            for device_id in batch.get(fate, []):
                one = told.get(device_id, {})
                seconds = one.get("seconds")
                rows.append(
                    {
                        "id": device_id,
                        "name": names.get(device_id) or device_id,
                        "batch": batch["number"],
                        "outcome": fate,
                        "seconds": seconds,
                        "from": began,
                        "until": began + (batch.get("seconds", 0) if seconds is None else seconds),
                        "reason": one.get("reason"),
                        "line": one.get("line"),
                    }
                )
    return rows


def percentile(values: Iterable[float], share: float) -> float | None:
    """Return the value that a share of all values does not exceed, None when there is none."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def data_of(title: str, result: Mapping[str, Any], stages: Sequence[Stage]) -> dict[str, Any]:
    """Return the report as data, which is what the JSON file holds."""
    told = []
    for stage in stages:
        rows = rows_of(stage)
        back = [row["seconds"] for row in rows if row["outcome"] in ("returned", "unverified")]
        back = [seconds for seconds in back if seconds is not None]
        told.append(
            {
                "name": stage["name"],
                "deployment": stage.get("deployment"),
                "previous_deployment": stage.get("previous_deployment"),
                "started_at": next((batch["started_at"] for batch in stage["state"]["batches"]), None),
                "counts": {fate: sum(row["outcome"] == fate for row in rows) for fate in FATES},
                "median_seconds": percentile(back, 0.5),
                "p95_seconds": percentile(back, 0.95),
                "batches": stage["state"]["batches"],
                "devices": rows,
            }
        )
    return {"title": title, "result": dict(result), "stages": told}


def page_of(report: Mapping[str, Any]) -> str:
    """Return the report as a page."""
    result = report["result"]
    outcome = str(result["outcome"])
    title = escape(f"{report['title']}: {outcome.replace('_', ' ')}")
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head><body>',
        f'<h1>{escape(str(report["title"]))}: <span class="outcome {escape(outcome)}">',
        f"{escape(outcome.replace('_', ' '))}</span></h1>",
    ]
    if result.get("reason"):
        parts.append(f'<p id="reason">{escape(str(result["reason"]))}</p>')
    parts.append(f"<p>{_number(result.get('seconds'))} s in all.</p>")
    for stage in report["stages"]:
        parts += _stage(stage)
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _stage(stage: Mapping[str, Any]) -> list[str]:
    parts = [f"<h2>{escape(str(stage['name']))}</h2>"]
    if stage["deployment"]:
        before = (
            f", before it <code>{escape(stage['previous_deployment'])}</code>" if stage["previous_deployment"] else ""
        )
        parts.append(f"<p>Deployment <code>{escape(stage['deployment'])}</code>{before}.</p>")
    counts = ", ".join(f"{count} {fate}" for fate, count in stage["counts"].items() if count) or "no device was asked"
    parts.append(f'<p class="counts">{counts}.</p>')
    if stage["median_seconds"] is not None:
        parts.append(
            f"<p>Back after {_number(stage['median_seconds'])} s (median), {_number(stage['p95_seconds'])} s (95%).</p>"
        )
    if stage["devices"]:
        parts += [_timeline(stage["devices"]), *_batch_table(stage["batches"]), *_device_table(stage["devices"])]
    return parts


def _timeline(rows: Sequence[Row]) -> str:
    height = min(_TALLEST, max(1.0, _DRAWING / len(rows)))
    margin = _MARGIN if height == _TALLEST else 0
    unit = (_WIDTH - margin) / max(max(row["until"] for row in rows), 1.0)
    bars = []
    for place, row in enumerate(rows):
        width = max((row["until"] - row["from"]) * unit, 1.5)
        left = min(margin + row["from"] * unit, _WIDTH - width)
        told = escape(f"{row['name']}, batch {row['batch']}: {row['outcome']}")
        bars.append(
            f'<rect x="{left:.1f}" y="{place * height:.1f}" width="{width:.1f}" height="{max(height - 1, 0.8):.1f}"'
            f' fill="{_COLOURS[row["outcome"]]}"><title>{told}</title></rect>'
        )
        if margin:
            name = escape(f"{row['batch']}: {row['name']}"[:_LONGEST])
            bars.append(f'<text x="0" y="{(place + 1) * height - 3}">{name}</text>')
    bottom = len(rows) * height
    marks = [
        f'<text x="{margin + share * (_WIDTH - margin):.0f}" y="{bottom + 14:.0f}" text-anchor="{anchor}">'
        f"{share * (_WIDTH - margin) / unit:.1f} s</text>"
        for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
    ]
    return (
        f'<svg viewBox="0 0 {_WIDTH} {bottom + 20:.0f}" role="img" aria-label="What became of each device, and when">'
        f"{''.join(bars)}{''.join(marks)}</svg>"
    )


def _batch_table(batches: Iterable[Mapping[str, Any]]) -> list[str]:
    head = ["Batch", "Began", *(fate.capitalize() for fate in FATES), "Seconds"]
    lines = [
        [
            batch["number"],
            batch["started_at"],
            *(len(batch.get(fate, [])) for fate in FATES),
            batch.get("seconds"),
        ]
        for batch in batches
    ]
    return _table("batches", head, lines)


def _device_table(rows: Iterable[Row]) -> list[str]:
    head = ["Device", "Id", "Batch", "Outcome", "Seconds", "Why"]
    lines = [
        [
            row["name"],
            row["id"],
            row["batch"],
            row["outcome"],
            row["seconds"],
            row["line"] or row["reason"] or "",
        ]
        for row in sorted(rows, key=lambda row: row["outcome"] != "failed")
    ]
    return _table("devices", head, lines)


def _table(name: str, head: Sequence[str], lines: Iterable[Sequence[Any]]) -> list[str]:
    kinds = ["number" if title in _NUMBERS else None for title in head]
    return [
        f'<table class="{name}"><thead><tr>{_cells("th", head, kinds)}</tr></thead><tbody>',
        *(
            f"<tr>{_cells('td', line, [one if one in FATES else kind for one, kind in zip(line, kinds)])}</tr>"
            for line in lines
        ),
        "</tbody></table>",
    ]


def _cells(tag: str, values: Iterable[Any], kinds: Iterable[Any]) -> str:
    texts = [escape(value) if isinstance(value, str) else _number(value) for value in values]
    opened = [f'{tag} class="{kind}"' if kind else tag for kind in kinds]
    return "".join(f"<{begin}>{text}</{tag}>" for begin, text in zip(opened, texts))


def _number(value: Any) -> str:
    return "" if value is None else f"{value:g}"
