#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_deployment
short_description: Declare the deployment of a device group
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Creates a deployment when the code of a device group's current one differs, and deletes deployments.
  - A deployment changes no running device. Devices take it at their next restart.
  - No code is shown in results; in diff mode there is a unified diff of both files.
options:
  product:
    description: Product of the group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description: Device group, by name or id.
    type: str
  id:
    description:
      - Id of a deployment that exists, to change or delete it.
      - A O(product) or O(device_group) beside it must be the deployment's own.
    type: str
  description:
    description: Description of the deployment.
    type: str
  origin:
    description: Where the code came from. It cannot be changed afterwards.
    type: str
  tags:
    description: Tags. Those that begin with C(rollout-) or C(env-) are this collection's own and always stay.
    type: list
    elements: str
  purge_tags:
    description: Whether O(tags) is the whole truth. If V(false), tags that it does not name are kept.
    type: bool
    default: true
  flagged:
    description: Whether the deployment is flagged, which keeps it from being deleted.
    type: bool
  only_if_none:
    description: Create the first deployment of the group only; leave a group that has one alone, its minimum included.
    type: bool
    default: false
  min_supported:
    description: Raise the group's minimum supported deployment to this one.
    type: bool
    default: false
  sha:
    description: With O(state=absent), the SHA of the group's deployment to delete.
    type: str
  force:
    description: With O(state=absent), take the flag off first.
    type: bool
    default: false
  state:
    description: Whether the deployment is there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: electricimp.impcentral.imp_device_group
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.code
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: Code for a group
  electricimp.impcentral.imp_deployment:
    product: kitchen
    device_group: sensors
    device_code: |
      server.log("device");
    agent_code: |
      server.log("agent");
    origin: git 1a2b3c4
    tags: [v1.0]

- name: The same build for another group
  electricimp.impcentral.imp_deployment:
    product: kitchen
    device_group: canaries
    copy_from:
      product: kitchen
      device_group: sensors
"""

RETURN = r"""
deployment:
  description: The deployment after the task, without code; for O(state=absent) what was there. Null if nothing was.
  returned: success
  type: dict
  sample:
    id: 3d1e9a5c-7b2f-4c6d-8e0a-1f2b3c4d5e6f
    type: deployment
    description: null
    origin: git 1a2b3c4
    tags: [v1.0]
    flagged: false
    sha: 4b9d2a1f0c3e5d7b8a6f4e2c1d0b9a8f7e6d5c4b3a2f1e0d9c8b7a6f5e4d3c2b
    device_group_id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
    device_group_type: development
"""

import difflib
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._deployments import (
    CODE_FILES,
    CODE_SPEC,
    REDEPLOY,
    censor_code,
    check_code,
    current_deployment,
    differs,
    environment_tag,
    same_code,
    wanted_code,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import (
    Declared,
    Plan,
    absent,
    add_difference,
    create,
    delete,
    differences,
    given,
    present,
    result,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._removal import unflag
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import AmbiguousError, MissingError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEPLOYMENT,
    DEVICE_GROUP,
    SHORT_GROUP_TYPES,
    empty,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import SIDES, without_code
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "id": {"type": "str"},
    **CODE_SPEC,
    "description": {"type": "str"},
    "origin": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "purge_tags": {"type": "bool", "default": True},
    "flagged": {"type": "bool"},
    "redeploy": REDEPLOY,
    "only_if_none": {"type": "bool", "default": False},
    "min_supported": {"type": "bool", "default": False},
    "sha": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
_OWN_TAGS = ("rollout-", "env-")


def _tags(context: Context, existing: list[str], more: list[str]) -> list[str]:
    """Return the tags that the deployment is to have: the wanted ones, the collection's own, and what is kept."""
    params = context.params
    keep_all = params["tags"] is None or not params["purge_tags"]
    kept = [tag for tag in existing if keep_all or tag.startswith(_OWN_TAGS)]
    if more:
        kept = [tag for tag in kept if not tag.startswith("env-")]
    return list(dict.fromkeys([*(params["tags"] or []), *kept, *more]))


def _unified(before: dict[str, Any] | None, code: dict[str, str | None]) -> str:
    lines: list[str] = []
    for side in SIDES:
        old, new = (((state or {}).get(side) or "").splitlines(keepends=True) for state in (before, code))
        lines += difflib.unified_diff(old, new, f"{side} (current)", f"{side} (new)")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def _to_delete(context: Context) -> dict[str, Any]:
    params, finder = context.params, context.finder
    if params["id"]:
        return finder.deployment(params["id"])
    if not (params["sha"] and params["device_group"]):
        raise InvalidDataError("state=absent needs the id, or the sha and the device_group.")
    group = finder.device_group(params["device_group"], params["product"])
    fits = context.client.deployments.list(device_group_id=group["id"], sha=params["sha"])
    if len(fits) > 1:
        raise AmbiguousError("sha", params["sha"], fits)
    if not fits:
        raise MissingError(f"there is no deployment {params['sha']}.", "deployment", params["sha"])
    return fits[0]


def _remove(context: Context, plan: Plan, deployment: dict[str, Any]) -> None:
    if deployment["flagged"] and not context.params["force"]:
        raise InvalidDataError(f"the deployment {deployment['id']} is flagged. Unflag it, or set force=true.")
    _check_removable(context, deployment)
    unflag(context.client, plan, [deployment])
    step = f"delete the deployment {deployment['id']}"
    plan.step(step, lambda: delete(context.client.deployments, deployment["id"]))


def _check_removable(context: Context, deployment: dict[str, Any]) -> None:
    """Fail before the flag is taken off a deployment that the service keeps nevertheless (contract 2.6)."""
    group = _group_of(context, deployment)
    minimum = group["min_supported_deployment_id"]
    kept = minimum and not context.finder.is_below_minimum(deployment, group)
    if kept or deployment["id"] == group["current_deployment_id"]:
        raise InvalidDataError(
            f"the deployment {deployment['id']} is the current or the minimum supported one of its device group, or "
            "newer than that, and cannot be deleted. Raise the minimum first."
        )


def run(context: Context) -> dict[str, Any]:
    """Bring the deployment about, or remove it."""
    params, client = context.params, context.client
    if params["state"] == "absent":
        found = context.existing("deployment", lambda: _to_delete(context))
        _check_place(context, found)
        gone = Declared(DEPLOYMENT, "deployment", found, {}, dict, dict, show=without_code)
        return absent(context.plan, gone, lambda plan, deployment: _remove(context, plan, dict(deployment)))
    check_code(params, needed=not params["id"])
    if params["id"] and params["redeploy"] != "never":
        raise InvalidDataError("redeploy is for the current deployment of a device_group, not for one given by id.")
    group, current = _where(context)
    if current and params["only_if_none"]:
        return result(DEPLOYMENT, context.plan, current, current, without_code)
    code = wanted_code(context)[0]
    found = current
    if current and code and differs(context, group, current, code):
        if params["id"]:
            raise InvalidDataError(f"the deployment {params['id']} has other code, which cannot be changed afterwards.")
        found = None
    if found and params["min_supported"] and context.finder.is_below_minimum(found, group):
        raise InvalidDataError(f"min_supported: the minimum of the device group is newer than {found['id']}.")
    attributes = _attributes(context, group, found)
    if found and differences(found, given(params, "origin")):
        context.warn(f"The origin of the deployment {found['id']} is {found['origin']!r} and cannot be changed.")

    def created() -> dict[str, Any]:
        sent = {**(code or {}), **given(params, "origin"), **attributes}
        relationships = {"devicegroup": (group["type"], group["id"])}

        def find() -> dict[str, Any] | None:
            client.forget()
            now = current_deployment(context, context.finder.device_group(group["id"]))
            fresh = now and now["id"] != (current or {}).get("id")
            return now if now and fresh and same_code(now, code or {}) else None

        return create(
            lambda: client.deployments.create(sent, relationships, on_warning=lambda text: context.warn(str(text))),
            find,
        )

    declared = Declared(
        DEPLOYMENT,
        f"deployment of the device group {group['name']!r}",
        found,
        attributes,
        created,
        lambda changes: client.deployments.update((found or {})["id"], changes),
        known={
            "device_group_id": group["id"],
            "device_group_type": SHORT_GROUP_TYPES.get(group["type"]),
            "product_id": group["product_id"],
            "flagged": False,
            **given(params, "origin"),
        },
        show=without_code,
    )
    outcome = present(context.plan, declared)
    if found is None and code and context.diff_mode:
        outcome["diff"]["prepared"] = _unified(current, code)
    if params["min_supported"]:
        _raise_minimum(context, group, outcome, created=found is None)
    return outcome


def _where(context: Context) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the group, and the deployment that the task is about: the given or the current one."""
    params, finder = context.params, context.finder
    if params["id"]:
        deployment = finder.deployment(params["id"])
        _check_place(context, deployment)
        return _group_of(context, deployment), deployment
    if not params["device_group"]:
        raise InvalidDataError(
            "give the device_group (with its product unless it is an id), or the id of a deployment."
        )
    group = context.parent(DEVICE_GROUP, params["device_group"], params["product"])
    return group, current_deployment(context, group)


def _check_place(context: Context, deployment: dict[str, Any] | None) -> None:
    params = context.params
    if deployment and params["id"]:
        context.finder.check_place("deployment", deployment, params["product"], params["device_group"])


def _group_of(context: Context, deployment: dict[str, Any]) -> dict[str, Any]:
    """Return the group of a deployment; one can outlive its group (contract 2.4.4), then all of it is null."""
    group_id = deployment["device_group_id"]
    return context.finder.device_group(group_id) if group_id else empty(DEVICE_GROUP)


def _attributes(context: Context, group: dict[str, Any], found: dict[str, Any] | None) -> dict[str, Any]:
    params = context.params
    attributes = given(params, "description", "flagged")
    remember = params["redeploy"] == "env_changed" and bool(group["id"])
    if params["tags"] is not None or remember:
        existing = (found or {}).get("tags") or []
        attributes["tags"] = _tags(context, existing, [environment_tag(group)] if remember else [])
    return attributes


def _raise_minimum(context: Context, group: dict[str, Any], outcome: dict[str, Any], created: bool) -> None:
    deployment_id, minimum = outcome["deployment"]["id"], group["min_supported_deployment_id"]
    if created and deployment_id and not minimum:
        # A group's first deployment becomes its minimum by itself (contract 2.4.9), or so it seems.
        minimum = context.client.device_groups.get(group["id"], fresh=True)["min_supported_deployment_id"]
    if minimum == deployment_id:
        return
    context.plan.step(
        f"raise the minimum supported deployment of the device group {group['name']!r}",
        lambda: context.client.device_groups.set_min_supported_deployment(group["id"], deployment_id),
    )
    add_difference(outcome, "min_supported_deployment_id", minimum, deployment_id)


OPERATION = Operation(
    "imp_deployment",
    run,
    ARGUMENT_SPEC,
    files=CODE_FILES,
    censor=censor_code,
)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
