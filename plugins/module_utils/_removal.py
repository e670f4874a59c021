# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing a product or a device group with what is below it, in the order that the service demands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._members import refuse_unblessing, unassign
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import Plan, delete
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

Options = Mapping[str, Any]


def remove_product(client: Any, plan: Plan, product: Mapping[str, Any], options: Options) -> None:
    """Delete a product; with ``force`` everything below it first.

    :raises InvalidDataError: it has groups and ``force`` is not set, or production devices would be unblessed.
    """
    groups = client.device_groups.list(product_id=product["id"])
    if groups and not options["force"]:
        names = ", ".join(repr(group["name"]) for group in groups)
        raise InvalidDataError(
            f"the product {product['name']!r} has {len(groups)} device group(s): {names}. "
            "Delete them first, or set force=true to delete everything below the product."
        )
    if options["force"]:
        _remove_below(client, plan, product, groups, options)
    plan.step(f"delete the product {product['name']!r}", lambda: delete(client.products, product["id"]))


def _remove_below(
    client: Any, plan: Plan, product: Mapping[str, Any], groups: list[dict[str, Any]], options: Options
) -> None:
    devices = client.devices.list(product_id=product["id"])
    refuse_unblessing(devices, options["unbless"], options["unbond_key"])
    deployments = client.deployments.list(product_id=product["id"])
    # What a wrong key is refused for comes first, so that nothing else is gone by then.
    for group in sorted(groups, key=lambda one: not one["type"].startswith("production")):
        members = [one for one in devices if one["device_group_id"] == group["id"]]
        _empty_group(client, plan, group, members, options)
    for group in sorted(groups, key=lambda one: not one["production_target_id"] and not one["dut_target_id"]):
        inside = [one for one in deployments if one["device_group_id"] == group["id"]]
        _delete_group(client, plan, group, inside)
    ids = {group["id"] for group in groups}
    # Deployments can outlive their group; they do not block the product, but nobody would find them again.
    for deployment in [one for one in deployments if one["device_group_id"] not in ids]:
        unflag(client, plan, [deployment])
        plan.step(
            f"delete the deployment {deployment['id']}",
            lambda one=deployment: delete(client.deployments, one["id"]),  # type: ignore[misc]
        )


def remove_group(client: Any, plan: Plan, group: Mapping[str, Any], options: Options) -> None:
    """Delete a device group; with ``force`` its devices are unassigned and its deployments unflagged first.

    :raises InvalidDataError: another group targets it, it has devices or flagged deployments and ``force`` is not
        set, or production devices would be unblessed.
    """
    siblings = client.device_groups.list(product_id=group["product_id"])
    targeting = [one for one in siblings if group["id"] in (one["production_target_id"], one["dut_target_id"])]
    if targeting:
        names = ", ".join(repr(one["name"]) for one in targeting)
        raise InvalidDataError(
            f"the device group {group['name']!r} is a target of {names}: delete that first, or give it another target."
        )
    devices = client.devices.list(device_group_id=group["id"])
    flagged = client.deployments.list(device_group_id=group["id"], flagged=True)
    if (devices or flagged) and not options["force"]:
        raise InvalidDataError(
            f"the device group {group['name']!r} has {len(devices)} device(s) and {len(flagged)} flagged deployment(s). "
            "Unassign and unflag them first, or set force=true."
        )
    refuse_unblessing(devices, options["unbless"], options["unbond_key"])
    _empty_group(client, plan, group, devices, options)
    _delete_group(client, plan, group, flagged)


def _empty_group(
    client: Any, plan: Plan, group: Mapping[str, Any], devices: list[dict[str, Any]], options: Options
) -> None:
    if devices:
        ids = [one["id"] for one in devices]
        plan.step(
            f"unassign {len(ids)} device(s) from the device group {group['name']!r}",
            lambda: unassign(client, dict(group), ids, options["unbond_key"]),
        )


def _delete_group(client: Any, plan: Plan, group: Mapping[str, Any], deployments: list[dict[str, Any]]) -> None:
    unflag(client, plan, deployments)
    # The service deletes a group's deployments along with it (contract 2.4.4).
    plan.step(f"delete the device group {group['name']!r}", lambda: delete(client.device_groups, group["id"]))


def unflag(client: Any, plan: Plan, deployments: list[dict[str, Any]]) -> None:
    """Take the flag off those deployments that have one, so that they can be deleted."""
    for deployment in [one for one in deployments if one["flagged"]]:
        plan.step(
            f"unflag the deployment {deployment['id']}",
            lambda one=deployment: client.deployments.update(one["id"], {"flagged": False}),  # type: ignore[misc]
        )
