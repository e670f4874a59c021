# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices into groups and out of them: calls of at most 100, and the truth about each device after a failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from ansible_collections.electricimp.impcentral.plugins.module_utils._collection import BATCH
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    BLESSING_TYPES,
    SHORT_GROUP_TYPES,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ImpCentralApiError,
    InvalidDataError,
)

# The user's word for unblessing devices, of every module that may do so.
UNBLESSING_SPEC: dict[str, dict[str, Any]] = {
    "unbond_key": {"type": "str", "no_log": True},
    "unbless": {"type": "bool", "default": False},
}


def refuse_unblessing(devices: Iterable[dict[str, Any]], unbless: bool, unbond_key: str | None) -> None:
    """Fail, before anything is written, when devices would be unblessed without the user's word.

    Taking a device out of a production group cannot be undone (contract 2.4.8).

    :raises InvalidDataError: gives the number of such devices and what is missing.
    """
    count = sum(1 for device in devices if device["device_group_type"] == "production")
    missing = [name for name, value in (("unbless=true", unbless), ("unbond_key", unbond_key)) if not value]
    if count and missing:
        raise InvalidDataError(
            f"{count} production device{'s' if count > 1 else ''} would be unblessed, which cannot be undone: they "
            f"become development devices for good. Nothing was changed. To do it, give {' and '.join(missing)}."
        )


def to_unbless(devices: Iterable[dict[str, Any]], group: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return those devices that must be unblessed before they can go into a group.

    None goes into one that blessing fills: once unblessed, it could not get in (contract 2.4.7).
    """
    into = SHORT_GROUP_TYPES.get(group["type"])
    return [] if into in BLESSING_TYPES else [one for one in devices if one["device_group_type"] == "production"]


def refuse_leaving(
    devices: Iterable[dict[str, Any]], group: Mapping[str, Any], unbless: bool, unbond_key: str | None
) -> None:
    """Fail like :func:`refuse_unblessing` when devices would leave production, by whatever route, for this group."""
    if SHORT_GROUP_TYPES.get(group["type"]) != "production":
        refuse_unblessing(devices, unbless, unbond_key)


def assign(client: Any, group: dict[str, Any], device_ids: list[str]) -> None:
    """Assign devices to a group. :raises HalfDoneError: names what was assigned and why the rest was not."""
    _in_batches(client, group, device_ids, True, lambda ids: client.device_groups.add_devices(group["id"], ids))


def unassign(client: Any, group: dict[str, Any], device_ids: list[str], unbond_key: str | None = None) -> None:
    """Take devices out of a group. :raises HalfDoneError: names what was taken out and why the rest was not."""
    key = unbond_key if group["type"].startswith("production") else None
    _in_batches(
        client,
        group,
        device_ids,
        False,
        lambda ids: client.device_groups.remove_devices(group["id"], ids, unbond_key=key),
    )


def _in_batches(
    client: Any, group: dict[str, Any], device_ids: list[str], joining: bool, call: Callable[[list[str]], None]
) -> None:
    done: list[str] = []
    failed: list[str] = []
    reason: ImpCentralApiError | None = None
    for start in range(0, len(device_ids), BATCH):
        batch = device_ids[start : start + BATCH]
        left, error = _send(client, group, batch, joining, call)
        done += [one for one in batch if one not in left]
        failed += left
        reason = reason or (error if left else None)
        if len(left) == len(batch):
            # A batch that was refused as a whole ends it: the next would be, too.
            failed += device_ids[start + BATCH :]
            break
    if reason:
        raise _half_done(group, done, failed, joining, reason)


def _send(
    client: Any, group: dict[str, Any], batch: list[str], joining: bool, call: Callable[[list[str]], None]
) -> tuple[list[str], ImpCentralApiError | None]:
    """Send one batch; return those devices that are not where they should be after it, and why."""
    error = _try(call, batch)
    if error is None:
        return [], None
    try:
        left = _not_yet(client, group, batch, joining)
        if left and error.executed is not False and error.retryable:
            # An unclear answer: assigning a member again would reload it, so only the rest is sent once more.
            error = _try(call, left)
            left = _not_yet(client, group, left, joining) if error else []
    except ImpCentralApiError:
        return batch, error  # nothing is known of them
    return left, error


def _try(call: Callable[[list[str]], None], batch: list[str]) -> ImpCentralApiError | None:
    try:
        call(batch)
    except ImpCentralApiError as error:
        return error
    return None


def _not_yet(client: Any, group: dict[str, Any], device_ids: list[str], joining: bool) -> list[str]:
    members = {one["id"] for one in client.devices.list(device_group_id=group["id"], fresh=True)}
    return [one for one in device_ids if (one in members) is not joining]


def _half_done(
    group: dict[str, Any], done: list[str], failed: list[str], joining: bool, error: ImpCentralApiError
) -> ImpCentralApiError | HalfDoneError:
    if not done and len(failed) == 1:
        return error
    verb = "assigned to" if joining else "taken out of"
    return HalfDoneError(
        f"{len(failed)} of {len(done) + len(failed)} devices could not be {verb} the device group {group['name']!r}: "
        f"{', '.join(failed)}. The service said: {error}. Done: {', '.join(done) or 'none'}.",
        [f"{one} {verb} the device group" for one in done],
        added=done if joining else [],
        removed=[] if joining else done,
        failed_devices=failed,
    )
