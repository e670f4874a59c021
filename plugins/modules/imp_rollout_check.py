#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_rollout_check
short_description: Tell what a rollout of code to a device group has to do
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Compares code with what a device group in Electric Imp's impCentral runs and with how earlier rollouts ended, which
    the tags C(rollout-started), C(rollout-completed) and C(rollout-failed) of its deployments remember.
  - It is the first step of the role P(electricimp.impcentral.rollout#role). It writes nothing.
options:
  product:
    description: Product of the group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description: Device group, by name or id.
    type: str
    required: true
  resume:
    description:
      - Whether to go on with a rollout that was started and neither completed nor failed. Without it that is an error.
      - If the code is another one, it takes the place of what was started.
    type: bool
    default: false
  retry_failed:
    description: Whether code that failed a rollout may be rolled out again. Without it that is an error.
    type: bool
    default: false
seealso:
  - module: electricimp.impcentral.imp_deployment
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.code
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: Would this code be new to the group
  electricimp.impcentral.imp_rollout_check:
    product: kitchen
    device_group: sensors
    device_code: server.log("new");
  register: check

- name: Has the build of the canaries been rolled out to the group
  electricimp.impcentral.imp_rollout_check:
    product: kitchen
    device_group: sensors
    copy_from:
      product: kitchen
      device_group: sensors
"""

RETURN = r"""
decision:
  description:
    - V(deploy), a new deployment is needed; V(adopt), the group's current deployment has the code, but was not rolled
      out; V(resume), its rollout was started and not completed; V(unchanged), its rollout was completed.
  returned: success
  type: str
  sample: deploy
deployment:
  description: Id of the deployment to roll out. Null if it has to be created first.
  returned: success
  type: str
  sample: null
created_at:
  description: When that deployment was created, null likewise.
  returned: success
  type: str
  sample: null
previous_deployment:
  description: Id of the deployment to go back to, null if there is none.
  returned: success
  type: str
  sample: 3d1e9a5c-7b2f-4c6d-8e0a-1f2b3c4d5e6f
redeploy:
  description: What O(electricimp.impcentral.imp_deployment#module:redeploy) has to be.
  returned: success
  type: str
  sample: never
copied_from:
  description: Id and SHA of the deployment that O(copy_from) means, null without it.
  returned: success
  type: dict
  sample: null
"""

from datetime import datetime, timezone
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._deployments import (
    CODE_FILES,
    CODE_SPEC,
    REDEPLOY,
    censor_code,
    check_code,
    current_deployment,
    differs,
    same_code,
    wanted_code,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import DEVICE_GROUP
from ansible_collections.electricimp.impcentral.plugins.module_utils._rollout import moment
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str", "required": True},
    **CODE_SPEC,
    "redeploy": REDEPLOY,
    "resume": {"type": "bool", "default": False},
    "retry_failed": {"type": "bool", "default": False},
}


def _told(deployment: dict[str, Any]) -> str:
    """Return the deployment and its age."""
    now = datetime.now(timezone.utc)
    age = (now - moment(str(deployment["created_at"]), "UTC", now, "created_at")).total_seconds()
    span = f"{age / 3600:.0f} h" if age > 7200 else f"{max(age, 0) / 60:.0f} min"
    return f"the deployment {deployment['id']}, created {span} ago"


def _tagged(deployment: dict[str, Any], ending: str) -> bool:
    return f"rollout-{ending}" in (deployment["tags"] or [])


def _unfinished(deployment: dict[str, Any]) -> bool:
    return _tagged(deployment, "started") and not (_tagged(deployment, "completed") or _tagged(deployment, "failed"))


def _failed_twin(
    context: Context, deployments: list[dict[str, Any]], code: dict[str, str | None]
) -> dict[str, Any] | None:
    """Return a deployment with this code if its rollout failed; of several that ended the newest decides."""
    others: set[str] = set()  # a SHA depends on the code alone (contract 2.6)
    for one in deployments:
        if one["sha"] in others or not (_tagged(one, "failed") or _tagged(one, "completed")):
            continue
        if same_code(context.finder.deployment(one["id"]), code):
            return one if _tagged(one, "failed") else None
        others.add(one["sha"])
    return None


def _before(deployments: list[dict[str, Any]], current: dict[str, Any] | None, new: bool) -> str | None:
    """Return the deployment to go back to: the newest before the rollout that neither failed nor was left half done.

    :param deployments: newest first. :param new: whether a deployment is to be created.
    """
    older = deployments
    if not new and current:
        ids = [one["id"] for one in deployments]
        older = deployments[ids.index(current["id"]) + 1 :] if current["id"] in ids else []
    return next((one["id"] for one in older if not (_tagged(one, "failed") or _unfinished(one))), None)


def _refuse(context: Context, current: dict[str, Any] | None, failed: dict[str, Any] | None) -> None:
    params = context.params
    if failed and not params["retry_failed"]:
        raise InvalidDataError(
            f"the code is that of {_told(failed)}, whose rollout failed. "
            "To try it again set retry_failed=true (rollout_retry_failed of the role)."
        )
    if current and _unfinished(current) and not params["resume"]:
        raise InvalidDataError(
            f"a rollout of {_told(current)}, was started and not completed. If no other rollout to this device group "
            "runs (the service has no lock, so nothing but this tag tells), set resume=true (rollout_resume of the "
            "role) to go on with it."
        )


def run(context: Context) -> dict[str, Any]:
    """Compare, and decide."""
    params = context.params
    check_code(params)
    code, source = wanted_code(context)
    group = context.parent(DEVICE_GROUP, params["device_group"], params["product"])
    deployments = context.client.deployments.list(device_group_id=group["id"]) if group["id"] else []
    current = current_deployment(context, group)
    same = bool(current and code and same_code(current, code))
    failed = _failed_twin(context, deployments, code) if code else None
    _refuse(context, current, failed)
    unfinished = bool(current and _unfinished(current))
    if not current or not code or not same or (failed and failed["id"] == current["id"]):
        decision = "deploy"
    elif unfinished and (params["redeploy"] == "always" or not differs(context, group, current, code)):
        decision = "resume"
    elif differs(context, group, current, code):
        decision = "deploy"
    else:
        decision = "unchanged" if _tagged(current, "completed") else "adopt"
    if unfinished and decision == "deploy" and current:
        context.warn(f"The rollout of {_told(current)}, was not completed. Another takes its place.")
    kept = current if current and decision != "deploy" else None
    by_environment = params["redeploy"] == "env_changed"
    again = (
        decision == "deploy"
        and same
        and not (by_environment and current and differs(context, group, current, code or {}))
    )
    return {
        "changed": False,
        "decision": decision,
        "deployment": kept["id"] if kept else None,
        "created_at": kept["created_at"] if kept else None,
        "previous_deployment": _before(deployments, current, decision == "deploy"),
        "copied_from": {"id": source["id"], "sha": source["sha"]} if source else None,
        "redeploy": "always" if again else "env_changed" if by_environment else "never",
    }


OPERATION = Operation("imp_rollout_check", run, ARGUMENT_SPEC, files=CODE_FILES, censor=censor_code)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
