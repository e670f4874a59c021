# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a device group runs, what it is to run, and whether these are the same code (contract 2.6)."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import given
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import AmbiguousError, MissingError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import DEVICE_GROUP
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import SIDES
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

CODE_SPEC: dict[str, dict[str, Any]] = {
    "device_code": {"type": "str"},
    "device_code_file": {"type": "path"},
    "agent_code": {"type": "str"},
    "agent_code_file": {"type": "path"},
    "copy_from": {
        "type": "dict",
        "options": {
            name: {"type": "str"} for name in ("deployment", "product", "device_group", "tag", "sha", "origin")
        },
    },
}
CODE_FILES = {"device_code_file": "device_code", "agent_code_file": "agent_code"}
REDEPLOY = {"type": "str", "choices": ["never", "env_changed", "always"], "default": "never"}


def current_deployment(context: Context, group: dict[str, Any]) -> dict[str, Any] | None:
    """Return the group's current deployment with its code; the relationship can be missing (contract 2.6)."""
    known = group["current_deployment_id"]
    if not known and group["id"]:
        listed = context.client.deployments.list(device_group_id=group["id"])
        known = max(listed, key=lambda one: one["created_at"] or "")["id"] if listed else None
    return context.finder.deployment(known) if known else None


def _source(context: Context, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the deployment that ``copy_from`` means, None when check mode foresees it."""
    narrowed = {name: value for name, value in (("sha", wanted["sha"]), ("origin", wanted["origin"])) if value}
    tag = wanted["tag"]
    if wanted["deployment"]:
        found = [context.finder.deployment(wanted["deployment"])]
    elif wanted["device_group"]:
        group = context.parent(DEVICE_GROUP, wanted["device_group"], wanted["product"])
        if not group["id"]:
            return None
        if not (narrowed or tag):
            found = [one for one in [current_deployment(context, group)] if one]
        else:
            found = context.client.deployments.list(device_group_id=group["id"])
    else:
        raise InvalidDataError("copy_from needs a deployment, or a device_group (with its product unless it is an id).")
    fits = [
        one
        for one in found
        if all(one[name] == value for name, value in narrowed.items()) and (not tag or tag in (one["tags"] or []))
    ]
    if not fits:
        named = tag or wanted["sha"] or wanted["origin"] or wanted["device_group"]
        missing = MissingError(
            "copy_from: no deployment fits it.", "deployment to copy", named, bool(wanted["deployment"])
        )
        if context.foreseen(missing):
            return None
        raise missing
    if len({one["sha"] or one["id"] for one in fits}) > 1:
        raise AmbiguousError("copy_from", wanted["tag"] or "the deployment", fits)
    return context.finder.deployment(fits[0]["id"])


def wanted_code(context: Context) -> tuple[dict[str, str | None] | None, dict[str, Any] | None]:
    """Return both sides of the wanted code, None when none is given; and the deployment that it is copied from.

    Both sides are None when check mode foresees their source: nobody knows that code yet, so it differs from any other.

    :raises MissingError: no deployment fits ``copy_from``. :raises AmbiguousError: several with different code do.
    """
    params = context.params
    if params["copy_from"]:
        source = _source(context, params["copy_from"])
        return {side: source[side] or "" for side in SIDES} if source else dict.fromkeys(SIDES), source
    own = given(params, *SIDES)
    return ({side: own.get(side, "") for side in SIDES} if own else None), None


def check_code(params: dict[str, Any], needed: bool = True) -> None:
    """See that the code is given in one way. :raises InvalidDataError: in none though it is needed, or in two."""
    code = given(params, *SIDES)
    if code and params["copy_from"]:
        raise InvalidDataError("copy_from and code exclude each other.")
    if needed and not (code or params["copy_from"]):
        raise InvalidDataError("give device_code, agent_code, one of their files, or copy_from.")


def censor_code(params: dict[str, Any]) -> dict[str, Any]:
    """Return a task's options with the length of code in its place."""
    lengths = {side: f"{len(str(params[side]))} characters" for side in SIDES if params.get(side) is not None}
    return {**params, **lengths}


def environment_tag(group: dict[str, Any]) -> str:
    """Return the tag that remembers a group's variables, from which they cannot be read."""
    text = json.dumps(group["env_vars"] or {}, sort_keys=True)
    return "env-" + hmac.new(group["id"].encode(), text.encode(), hashlib.sha256).hexdigest()[:12]


def same_code(deployment: dict[str, Any], code: dict[str, str | None]) -> bool:
    """Tell whether a deployment has this code, byte for byte."""
    return all((deployment[side] or "") == code[side] for side in SIDES)


def differs(context: Context, group: dict[str, Any], current: dict[str, Any], code: dict[str, str | None]) -> bool:
    """Tell whether a new deployment is needed."""
    redeploy = context.params["redeploy"]
    if redeploy == "always" or not same_code(current, code):
        return True
    return redeploy == "env_changed" and environment_tag(group) not in (current["tags"] or [])
