# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What results show of a resource: no secret, and no code that was not asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import (
    MASK,
    fingerprint,
    last_four,
    mask_url,
)

Flat = Mapping[str, Any]
SIDES = ("device_code", "agent_code")


def without_values(group: Flat) -> dict[str, Any]:
    """Return a device group, or options for one, with a fingerprint instead of each variable's value."""
    variables = group.get("env_vars")
    if not isinstance(variables, dict):
        # An option that is no dictionary is refused, and may hold a value all the same.
        return {**group, "env_vars": MASK} if variables else dict(group)
    return {**group, "env_vars": {name: f"fingerprint {fingerprint(value)}" for name, value in variables.items()}}


def without_user_info(webhook: Flat) -> dict[str, Any]:
    """Return a webhook, or options for one, without user name and password in its URL."""
    return {**webhook, "url": mask_url(str(webhook["url"])) if webhook.get("url") else webhook.get("url")}


def without_code(deployment: Flat) -> dict[str, Any]:
    """Return a deployment without its code."""
    return {name: value for name, value in deployment.items() if name not in SIDES}


def with_fingerprint(login_key: Flat, reveal: bool = False) -> dict[str, Any]:
    """Return a login key with its last four characters as ``fingerprint``; its id, the secret, only if told so."""
    key = login_key["id"]
    return {**login_key, "id": key if reveal else None, "fingerprint": last_four(key or "") or None}


def shown(kind: str, flat: Flat, options: Flat) -> dict[str, Any]:
    """Return a flattened resource as results show it.

    :param options: ``show_env_vars`` (of device groups) and ``reveal`` (login keys) show more.
    """
    if kind == "device_group" and not options.get("show_env_vars"):
        return without_values(flat)
    if kind == "webhook":
        return without_user_info(flat)
    if kind == "deployment":
        return without_code(flat)
    if kind == "login_key":
        return with_fingerprint(flat, bool(options.get("reveal")))
    return dict(flat)
