# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a restart in batches, as the roles keep it in a fact; the rules are in ``module_utils/_rollout.py``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.electricimp.impcentral.plugins.module_utils import _rollout
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralError


def _open(plan: Mapping[str, Any]) -> dict[str, Any]:
    return _rollout.opened(plan, time.time())


def _begin(state: dict[str, Any]) -> dict[str, Any]:
    return _rollout.begun(state, time.time())


def _end(
    state: dict[str, Any], answer: Mapping[str, Any], min_returned: Any = None, check_mode: bool = False
) -> dict[str, Any]:
    return _rollout.ended(state, answer, time.time(), None if min_returned == "" else min_returned, check_mode)


def _outcome(state: dict[str, Any]) -> dict[str, Any]:
    return _rollout.outcome_of(state, time.time())


def _rollout_outcome(
    stages: list[dict[str, Any]], outcome: str, reason: str, began: float, rolled_back: Any = ()
) -> dict[str, Any]:
    return _rollout.rollout_of(stages, outcome, reason, began, time.time(), rolled_back)


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter whose errors are sentences."""

    def told(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except ImpCentralError as error:
            raise AnsibleFilterError(str(error)) from error

    return told


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {
            "imp_rollout_outcome": _told(_rollout_outcome),
            "imp_workflow_open": _told(_open),
            "imp_workflow_begin": _told(_begin),
            "imp_workflow_end": _told(_end),
            "imp_workflow_outcome": _told(_outcome),
        }
