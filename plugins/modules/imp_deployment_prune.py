#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_deployment_prune
short_description: Delete old deployments
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Deletes those deployments of a device group, or of all groups of a product, in Electric Imp's impCentral that are
    neither among the newest nor young enough.
  - The service refuses to delete a group's minimum supported deployment, whatever is newer, and what is flagged. These
    are found out beforehand and are not touched.
options:
  product:
    description:
      - Product, by name or id. Without O(device_group) all of its groups are meant, and the deployments that are left
        without a group, which count as those of one more group.
    type: str
  device_group:
    description: Device group, by name or id. A name needs O(product) as well.
    type: str
  keep:
    description:
      - How many deployments of each group are kept, the newest ones.
      - This, O(older_than) or both are needed. With both, only what neither of them keeps is deleted.
    type: int
  older_than:
    description: Age in days. Only deployments that are older are deleted.
    type: float
  tags:
    description: Only deployments that have all of these tags are meant, and counted by O(keep).
    type: list
    elements: str
  unflag:
    description: Whether flagged deployments are unflagged and deleted as well.
    type: bool
    default: false
  min_supported:
    description:
      - Whether the minimum supported deployment of a group is raised first, as far as the deletions take it.
      - That pushes newer code to the agents of devices that are offline, too.
    type: bool
    default: false
seealso:
  - module: electricimp.impcentral.imp_deployment
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: Five deployments of each group are enough
  electricimp.impcentral.imp_deployment_prune:
    product: kitchen
    keep: 5

- name: No nightly builds older than two weeks, but one
  electricimp.impcentral.imp_deployment_prune:
    product: kitchen
    device_group: sensors
    tags: [nightly]
    older_than: 14
    keep: 1
    unflag: true
    min_supported: true
"""

RETURN = r"""
deleted:
  description: Ids of the deployments that were deleted, newest first.
  returned: success, and after a failure of a deletion
  type: list
  elements: str
  sample: [6b3d7d4c-8a1e-0f2b-9c3d-1e2f3a4b5c6d]
kept:
  description: The deployments that are meant and stay.
  returned: success, and after a failure of a deletion
  type: list
  elements: dict
  contains:
    id:
      description: Id of the deployment.
      type: str
    reason:
      description:
        - V(newest) and V(young) are kept by O(keep) and O(older_than), V(flagged) for want of O(unflag).
        - V(current) is what the group's devices get, V(minimum) what they must run at least.
        - V(newer_than_minimum) cannot be deleted unless the minimum is raised, V(refused) was not deleted by the
          service.
      type: str
  sample:
    - id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
      reason: current
"""

from functools import partial
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._prune import Selection, cutoff, plan_group
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError, diff_of
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import DEVICE_GROUP, PRODUCT, empty
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ImpCentralApiError,
    InvalidDataError,
    NotFoundError,
)

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "keep": {"type": "int"},
    "older_than": {"type": "float"},
    "tags": {"type": "list", "elements": "str"},
    "unflag": {"type": "bool", "default": False},
    "min_supported": {"type": "bool", "default": False},
}
Flats = list[dict[str, Any]]


def _selection(params: dict[str, Any]) -> Selection:
    if not (params["device_group"] or params["product"]):
        raise InvalidDataError("give the product, or the device_group (with its product unless it is an id).")
    if params["keep"] is None and params["older_than"] is None:
        raise InvalidDataError("give keep, older_than, or both.")
    for name in ("keep", "older_than"):
        if params[name] is not None and not params[name] >= 0:
            raise InvalidDataError(f"{name} must not be less than 0, it is {params[name]}.")
    return Selection(
        params["keep"] or 0,
        cutoff(params["older_than"]),
        frozenset(params["tags"] or ()),
        params["unflag"],
        params["min_supported"],
    )


def _by_group(context: Context) -> list[tuple[dict[str, Any], Flats]]:
    """Return the groups that are meant with all of their deployments; what has none is in an empty group."""
    params, client = context.params, context.client
    if params["device_group"]:
        group = context.parent(DEVICE_GROUP, params["device_group"], params["product"])
        return [(group, client.deployments.list(device_group_id=group["id"]) if group["id"] else [])]
    product = context.parent(PRODUCT, params["product"])
    if not product["id"]:
        return []
    deployments = client.deployments.list(product_id=product["id"])
    # Read after the deployments, the groups of all of them are among these: a deployment goes with its group.
    groups: dict[str | None, tuple[dict[str, Any], Flats]] = {
        group["id"]: (group, []) for group in client.device_groups.list(product_id=product["id"])
    }
    groups[None] = (empty(DEVICE_GROUP), [])
    for one in deployments:
        if one["device_group_id"] in groups:
            groups[one["device_group_id"]][1].append(one)
    return list(groups.values())


def _delete_all(context: Context, deployments: Flats, kept: list[dict[str, str]]) -> None:
    """Unflag and delete deployments, several at once.

    :raises HalfDoneError: tells which could not be deleted and why.
    """
    client = context.client

    def remove(one: dict[str, Any]) -> ImpCentralApiError | None:
        try:
            if one["flagged"]:
                client.deployments.update(one["id"], {"flagged": False})
            client.deployments.delete(one["id"])
        except NotFoundError:
            return None  # it is gone already
        except ImpCentralApiError as error:
            return error
        return None

    errors = dict(zip([one["id"] for one in deployments], client.session.map(remove, deployments)))
    deleted = [key for key, error in errors.items() if error is None]
    refused = {key: error for key, error in errors.items() if error is not None}
    if refused:
        told = "; ".join(f"{key} ({error})" for key, error in refused.items())
        raise HalfDoneError(
            f"{len(refused)} of {len(errors)} deployments could not be deleted: {told}.",
            [f"delete the deployment {key}" for key in deleted],
            deleted=deleted,
            kept=[*kept, *({"id": key, "reason": "refused"} for key in refused)],
        )


def run(context: Context) -> dict[str, Any]:
    """Delete what is old, all of it planned beforehand."""
    selection = _selection(context.params)
    to_delete: Flats = []
    kept: list[dict[str, str]] = []
    raised = []
    for group, deployments in _by_group(context):
        planned = plan_group(group, deployments, selection)
        to_delete += planned.delete
        kept += planned.kept
        if planned.minimum:
            raised.append((group, planned.minimum))
    for group, minimum in raised:
        raise_it = partial(context.client.device_groups.set_min_supported_deployment, group["id"], minimum)
        context.plan.step(
            f"raise the minimum supported deployment of the device group {group['name']!r} to {minimum}", raise_it
        )
    if to_delete:
        context.plan.step(f"delete {len(to_delete)} deployment(s)", lambda: _delete_all(context, to_delete, kept))
    deleted = [one["id"] for one in to_delete]
    stay = [one["id"] for one in kept]
    diff = diff_of(context.plan, {"deployments": sorted([*deleted, *stay])}, {"deployments": sorted(stay)})
    return {"changed": bool(context.plan.texts), "deleted": deleted, "kept": kept, "diff": diff}


OPERATION = Operation("imp_deployment_prune", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
