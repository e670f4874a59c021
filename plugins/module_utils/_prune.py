# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pure: which deployments of a group are old, and which of those the service lets go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

Flats = list[dict[str, Any]]


class Selection(NamedTuple):
    """What is old.

    ``keep`` newest deployments are not, nor those created at ``before`` (a timestamp, None for no limit) or later.
    Only deployments with all ``tags`` are meant. ``unflag``: flagged ones as well; ``raise_minimum``: the minimum may
    be raised for them.
    """

    keep: int = 0
    before: str | None = None
    tags: frozenset[str] = frozenset()
    unflag: bool = False
    raise_minimum: bool = False


class Pruning(NamedTuple):
    """What to do with a group: deployments to ``delete``, those ``kept`` (id, reason), the ``minimum`` to set first."""

    delete: Flats
    kept: list[dict[str, str]]
    minimum: str | None


def cutoff(days: float | None, now: datetime | None = None) -> str | None:
    """Return the timestamp of the service for a time so many days ago, None for None.

    :raises InvalidDataError: that was before the calendar begins.
    """
    if days is None:
        return None
    try:
        then = (now or datetime.now(timezone.utc)) - timedelta(days=days)
    except (OverflowError, ValueError) as error:
        raise InvalidDataError(f"older_than: {days} days ago is no date.") from error
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plan_group(group: Mapping[str, Any], deployments: Iterable[dict[str, Any]], selection: Selection) -> Pruning:
    """Return what to do with all deployments of one group; for those without a group its id is None.

    The service deletes no flagged deployment, nor the minimum supported one and what is newer (contract 2.6).
    """
    ordered = sorted(deployments, key=_created, reverse=True)
    reasons = _reasons(group, ordered, selection)
    minimum = next((one for one in ordered if one["id"] == group["min_supported_deployment_id"]), None)
    old = [one for one in ordered if one["id"] in reasons and reasons[one["id"]] is None]
    raised = _raised(ordered, old, minimum) if selection.raise_minimum else None
    limit = raised or minimum
    for one in old:
        if limit and _created(one) >= _created(limit):
            reasons[one["id"]] = "minimum" if one is limit else "newer_than_minimum"
    return Pruning(
        [one for one in old if reasons[one["id"]] is None],
        [{"id": key, "reason": reason} for key, reason in reasons.items() if reason],
        raised["id"] if raised else None,
    )


def _created(deployment: Mapping[str, Any]) -> str:
    return deployment["created_at"] or ""


def _reasons(group: Mapping[str, Any], ordered: Flats, selection: Selection) -> dict[str, str | None]:
    """Return for each deployment that is meant why it stays, None when it is to go; the minimum is not looked at."""
    meant = [one for one in ordered if selection.tags <= set(one["tags"] or ())]
    # The relationship can be missing although there are deployments: then it is the newest (contract 2.6).
    current = group["current_deployment_id"] or (ordered[0]["id"] if ordered and group["id"] else None)
    reasons: dict[str, str | None] = {}
    for place, one in enumerate(meant):
        reason: str | None = None
        if place < selection.keep:
            reason = "newest"
        elif selection.before is not None and _created(one) >= selection.before:
            reason = "young"
        elif one["id"] == current:
            reason = "current"
        elif one["flagged"] and not selection.unflag:
            reason = "flagged"
        reasons[one["id"]] = reason
    return reasons


def _raised(ordered: Flats, old: Flats, minimum: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the deployment to raise the minimum to: the oldest that is newer than all that go; None for no raise."""
    if not old or minimum is None or _created(old[0]) < _created(minimum):
        return None
    newer = [one for one in ordered if _created(one) > _created(old[0])]
    return newer[-1] if newer else None
