# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask devices to restart, and say what came of it: the result of a restart that waits, and of one that does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError
from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import (
    FAILED,
    PENDING,
    RETURNED,
    UNVERIFIED,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AuthenticationError,
    ImpCentralApiError,
)

_MOST_TOLD = 20


def ask_devices(client: Any, ids: Sequence[str], conditional: bool) -> dict[str, str]:
    """Ask devices to restart, several at once; return for each that could not be asked the reason.

    :raises ImpCentralApiError: none could be asked, for a reason that would meet every device.
    """
    asked: set[str] = set()
    refused: dict[str, str] = {}

    def ask(device_id: str) -> None:
        try:
            client.devices.restart(device_id, conditional)
        except ImpCentralApiError as error:
            refused[device_id] = str(error).rstrip(".")
            # What repeating did not cure, or a new token, would meet every other device as well.
            if isinstance(error, AuthenticationError) or (error.retryable and error.executed is False):
                raise
        else:
            asked.add(device_id)

    try:
        client.session.map(ask, ids)
    except ImpCentralApiError:
        if not asked:
            raise
    return {one: refused.get(one, "not tried after that") for one in ids if one not in asked}


def result(
    asked: Sequence[str], failed: Iterable[str] = (), verdicts: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the result of imp_restart. Its keys are the same whether it waited or not."""
    fates: dict[str, list[str]] = defaultdict(list)
    for one in verdicts:
        fates[one["outcome"]].append(one["id"])
    return {
        "changed": bool(asked),
        "asked": list(asked),
        "returned": fates[RETURNED],
        "unverified": fates[UNVERIFIED],
        "pending": fates[PENDING],
        # Ansible itself needs the name `failed`.
        "failed_devices": fates[FAILED] or list(failed),
        "devices": [dict(one) for one in verdicts],
    }


def not_asked(outcome: dict[str, Any], refused: Mapping[str, str]) -> HalfDoneError:
    """Return the error for devices that could not be asked. :param outcome: see :func:`result`."""
    total = len(outcome["asked"]) + len(refused)
    return _error(f"{len(refused)} of {total} devices could not be asked to restart", refused, outcome)


def too_many_failed(outcome: dict[str, Any], allowed: str) -> HalfDoneError:
    """Return the error for more failed devices than are allowed. :param outcome: see :func:`result`."""
    failed = {
        one["id"]: f"{one['reason']} ({one['line']})" if one["line"] else one["reason"]
        for one in outcome["devices"]
        if one["outcome"] == FAILED
    }
    counted = f"{len(failed)} of {len(outcome['devices'])} devices failed to restart, max_failures is {allowed}"
    return _error(counted, failed, outcome)


def _error(told: str, reasons: Mapping[str, str], outcome: dict[str, Any]) -> HalfDoneError:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for device_id, reason in reasons.items():
        by_reason[reason].append(device_id)
    parts = [
        f"{', '.join(some[:_MOST_TOLD])}{', ...' * (len(some) > _MOST_TOLD)}: {reason}"
        for reason, some in by_reason.items()
    ]
    details = {key: value for key, value in outcome.items() if key != "changed"}
    done = [f"asked the device {one} to restart" for one in outcome["asked"]]
    return HalfDoneError(f"{told}: {'; '.join(parts[:_MOST_TOLD])}.", done, **details)
