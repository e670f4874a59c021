# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts in batches: the plan, and what became of it. Everything here is pure; times are handed in.

A workflow's state is plain data that a playbook can keep in a fact: :func:`opened` makes it from a plan,
:func:`begun` and :func:`ended` frame each batch, :func:`outcome_of` says what a user wants to know at the end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import amount
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

State = dict[str, Any]
Device = Mapping[str, Any]

FATES = ("returned", "unverified", "pending", "failed")
_NO_PLAN: Mapping[str, Any] = {"batches": [], "canaries": [], "names": {}, "online": [], "not_after": None}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def in_batches(devices: Sequence[Device], sizes: Sequence[Any]) -> list[list[Device]]:
    """Return devices in batches as ``serial`` would make them: at least one in each, the last size repeats.

    :param sizes: numbers, or percentages of all devices. :raises InvalidDataError: a size makes no sense.
    """
    if not sizes:
        raise InvalidDataError("batches: give at least one number or percentage.")
    counts = [max(1, amount(str(size), len(devices), "batches")) for size in sizes]
    batches: list[list[Device]] = []
    start = 0
    while start < len(devices):
        count = counts[min(len(batches), len(counts) - 1)]
        batches.append(list(devices[start : start + count]))
        start += count
    return batches


def in_order(devices: Iterable[Device], order: str, seed: str | None = None) -> list[Device]:
    """Return devices by ``name``, or in a ``random`` order that a seed makes the same again."""
    ordered = sorted(devices, key=lambda one: ((one["name"] or one["id"]).casefold(), one["id"]))
    if order == "random":
        random.Random(seed).shuffle(ordered)
    return ordered


def moment(text: str, zone: str, now: datetime, option: str) -> datetime:
    """Return the time that a time stamp or ``HH:MM`` (its next occurrence) means.

    :param zone: name of the time zone of a text that has none. :raises InvalidDataError: it is no time, or no zone.
    """
    try:
        place: Any = timezone.utc if zone.upper() == "UTC" else ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidDataError(f"{zone!r} is not a time zone that this machine knows.") from error
    clock = _CLOCK.fullmatch(text.strip())
    try:
        if clock:
            here = now.astimezone(place)
            meant = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
            return meant if meant > here else meant + timedelta(days=1)
        stamp = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except ValueError as error:
        raise InvalidDataError(f"{option}: {text!r} is neither a time stamp nor HH:MM.") from error
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=place)


def stamp(when: datetime) -> str:
    """Return a time as the service writes it, in UTC and whole seconds."""
    return when.astimezone(timezone.utc).strftime(_TIME_FORMAT)


def changed_since(device: Device, since: datetime) -> bool:
    """Tell whether a device's agent restarted after a time."""
    changed = device["agent_state_changed_at"]
    return bool(changed) and moment(str(changed), "UTC", since, "agent_state_changed_at") > since


def canaries_first(devices: Sequence[Device], count: int, ids: Iterable[str] = ()) -> tuple[list[Device], list[Device]]:
    """Return the canaries and the rest, each in the given order.

    :param devices: those that are not done. :param count: how many, those that are online before others.
    :param ids: instead of a count, which ones. If all of them are done, as many others take their place: of a run that
        was interrupted nobody knows whether its canaries were well.
    """
    wanted = set(ids)
    chosen = wanted & {one["id"] for one in devices}
    if not chosen:
        online_first = sorted(devices, key=lambda one: not one["device_online"])
        chosen = {one["id"] for one in online_first[: count or len(wanted)]}
    return [one for one in devices if one["id"] in chosen], [one for one in devices if one["id"] not in chosen]


def opened(plan: Mapping[str, Any], now: float) -> State:
    """Return the state of a workflow that has not begun: :param plan: the answer of imp_restart_plan, or nothing."""
    return {
        "plan": {name: plan.get(name, nothing) for name, nothing in _NO_PLAN.items()},
        "opened": now,
        "batches": [],
        "devices": [],
        "outcome": None,
        "reason": None,
        "interrupted": False,
        "line": "",
    }


def begun(state: State, now: float) -> State:
    """Return the state when the next batch begins, or when it may not because its window has closed."""
    not_after = state["plan"]["not_after"]
    if state["outcome"]:
        return state
    if not_after and now >= moment(not_after, "UTC", _at(now), "not_after").timestamp():
        left = sum(map(len, state["plan"]["batches"][len(state["batches"]) :]))
        reason = f"The window closed at {not_after}; {left} devices were not restarted."
        return {**state, "outcome": "window_closed", "reason": reason, "line": reason}
    number = len(state["batches"]) + 1
    after = round(now - state["opened"], 1)
    batch = {"number": number, "started_at": stamp(_at(now)), "began_after": after, "asked": []}
    return {**state, "batches": [*state["batches"], batch]}


def ended(
    state: State, answer: Mapping[str, Any], now: float, min_returned: Any = None, check_mode: bool = False
) -> State:
    """Return the state after a batch.

    :param answer: what imp_restart returned. :param min_returned: how many of the canaries must be back; by default
        all that were online, and at least one. :param check_mode: nobody was asked, so nobody can be back.

    ``interrupted`` tells that the batch was stopped by an error which says nothing about any device.
    """
    batch = dict(state["batches"][-1])
    fates = {fate: list(answer.get("failed_devices" if fate == "failed" else fate) or []) for fate in FATES}
    batch.update(
        fates, asked=list(answer.get("asked") or []), seconds=round(now - state["opened"] - batch["began_after"], 1)
    )
    reason = answer.get("msg")
    if not reason and not check_mode and batch["number"] == 1 and state["plan"]["canaries"]:
        reason = _canaries_failed(state, batch, min_returned)
    details = [{"batch": batch["number"], **one} for one in answer.get("devices") or []]
    after = {
        **state,
        "batches": [*state["batches"][:-1], batch],
        "devices": [*state["devices"], *details],
        "outcome": "stopped" if reason else None,
        "reason": reason,
        "interrupted": bool(answer.get("msg")) and not details,
    }
    return {**after, "line": _line(after, now)}


def _canaries_failed(state: State, batch: Mapping[str, Any], min_returned: Any) -> str | None:
    canaries = state["plan"]["canaries"]
    back = len({*batch["returned"], *batch["unverified"]} & set(canaries))
    online = len(set(canaries) & set(state["plan"]["online"]))
    needed = max(1, online if min_returned is None else amount(str(min_returned), len(canaries), "min_returned"))
    if back >= needed:
        return None
    return f"Of {len(canaries)} canaries {back} came back; {needed} had to."


def outcome_of(state: State, now: float) -> dict[str, Any]:
    """Return the fact that a user reads: the outcome, ids by what became of them, batches, seconds."""
    gathered = {name: [one for batch in state["batches"] for one in batch.get(name, [])] for name in ("asked", *FATES)}
    return {
        "outcome": state["outcome"] or "completed",
        "reason": state["reason"],
        **gathered,
        "batches": state["batches"],
        "seconds": round(now - state["opened"], 1),
    }


def rollout_of(
    stages: Sequence[Mapping[str, Any]],
    outcome: str,
    reason: str,
    began: float,
    now: float,
    rolled_back: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the fact that a user reads after a rollout; what failed stays named though a rollback cured it.

    :param stages: in order, each with ``deployment``, ``previous_deployment``, ``decision`` and ``state``.
    """
    parts = [outcome_of(stage["state"], now) for stage in stages]
    if outcome == "completed" and all(stage["decision"] == "unchanged" for stage in stages):
        outcome = "unchanged"
    last: Mapping[str, Any] = stages[-1] if stages else {}
    return {
        "outcome": outcome,
        "reason": reason.strip() or None,
        **{name: [one for part in parts for one in part[name]] for name in ("asked", *FATES, "batches")},
        "seconds": round(now - began, 1),
        # Before ansible-core 2.19 templates make an empty text of null.
        **{name: last.get(name) or None for name in ("deployment", "previous_deployment", "copied_from")},
        "rollback_deployment": rolled_back[0]["deployment"] if rolled_back else None,
        "stages": [
            {name: stage[name] for name in ("name", "deployment", "previous_deployment", "state")}
            for stage in (*stages, *rolled_back)
        ],
    }


def _line(state: State, now: float) -> str:
    """Return one line for people who watch: this batch, all batches, and how long it may take."""
    batches, planned = state["batches"], state["plan"]["batches"]
    batch = batches[-1]
    counts = ", ".join(f"{len(batch[fate])} {fate}" for fate in FATES if batch[fate]) or "none asked"
    done, total = sum(len(one["asked"]) for one in batches), sum(map(len, planned))
    text = (
        f"Batch {batch['number']} of {len(planned)}: {counts} in {_span(batch['seconds'])}; {done} of {total} devices"
    )
    if state["outcome"]:
        return f"{text}; stopped: {state['reason']}"
    left = len(planned) - len(batches)
    if not left:
        return f"{text}; that was the last"
    return f"{text}; about {_span((now - state['opened']) / len(batches) * left)} to go"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _at(now: float) -> datetime:
    return datetime.fromtimestamp(now, timezone.utc)
