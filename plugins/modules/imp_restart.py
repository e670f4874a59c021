#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_restart
short_description: Ask devices to restart
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Asks devices of Electric Imp's impCentral, or all devices of a device group, to restart. A device that has a newer
    deployment than it runs then runs that one.
  - The service only takes the request. An online device restarts at once, an offline one when it next connects.
attributes:
  diff_mode:
    support: none
    details:
      - A restart changes no resource.
  idempotent:
    support: none
    details:
      - Every run asks again.
options:
  product:
    description: Product of the device group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description:
      - Device group, by name or id, all of whose devices are meant. Either this or O(devices) is needed.
      - They are asked with one request.
    type: str
  devices:
    description:
      - The devices, each by id, MAC address, agent id or name. No device is asked unless all of them exist.
      - Put an id of digits in quotes, or YAML makes a number of it.
      - Each is asked with a request of its own, several at once. Ids cost the fewest requests.
    type: list
    elements: raw
  conditional:
    description:
      - Restart only those devices that run a deployment older than the minimum supported one of their device group.
        The others are notified, and their code may restart when it suits them.
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
- name: Restart all sensors
  electricimp.impcentral.imp_restart:
    product: kitchen
    device_group: sensors

- name: Restart only sensors whose code is too old
  electricimp.impcentral.imp_restart:
    product: kitchen
    device_group: sensors
    conditional: true

- name: A device in its group
  electricimp.impcentral.imp_device:
    device: "{{ imp_device_id }}"
    name: fridge
    product: kitchen
    device_group: sensors

- name: Restart one device
  electricimp.impcentral.imp_restart:
    devices: [fridge]
"""

RETURN = r"""
asked:
  description: Ids of the devices that were asked, in check mode of those that would be.
  returned: success, and when some devices could not be asked
  type: list
  elements: str
  sample: [234776801163a9ee]
failed_devices:
  description:
    - Ids of the devices that could not be asked; the message says why. Empty when the task succeeds.
    - Ansible itself needs the name C(failed) for whether the task failed.
  returned: success, and when some devices could not be asked
  type: list
  elements: str
  sample: []
"""

from collections import defaultdict
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import MissingError, device_text
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import DEVICE_GROUP
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AuthenticationError,
    ImpCentralApiError,
)

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "devices": {"type": "list", "elements": "raw"},
    "conditional": {"type": "bool", "default": False},
}


def _named(context: Context) -> list[str]:
    """Return the ids of the devices that the task names, each once."""
    found, missing = context.finder.many_devices([device_text(value) for value in context.params["devices"]])
    if missing:
        told = f"there is no device {', '.join(map(repr, missing))}, or you may not see it. No device was asked."
        raise MissingError(told, "device", missing[0], True)
    return list(dict.fromkeys(device["id"] for device in found.values()))


def _members(context: Context, group: dict[str, Any]) -> list[str]:
    devices = context.client.devices.list(device_group_id=group["id"]) if group["id"] else []
    return [device["id"] for device in devices]


def _ask(context: Context, ids: list[str]) -> None:
    """Ask several devices at once.

    :raises HalfDoneError: says which could not be asked. :raises ImpCentralApiError: the service takes no request.
    """
    asked: set[str] = set()
    refused: dict[str, str] = {}

    def ask(device_id: str) -> None:
        try:
            context.client.devices.restart(device_id, context.params["conditional"])
        except ImpCentralApiError as error:
            refused[device_id] = str(error).rstrip(".")
            # What repeating did not cure, or a new token, would meet every other device as well.
            if isinstance(error, AuthenticationError) or (error.retryable and error.executed is False):
                raise
        else:
            asked.add(device_id)

    try:
        context.client.session.map(ask, ids)
    except ImpCentralApiError:
        if not asked:
            raise
    if len(asked) < len(ids):
        raise _half_done(ids, asked, refused)


def _half_done(ids: list[str], asked: set[str], refused: dict[str, str]) -> HalfDoneError:
    failed = [one for one in ids if one not in asked]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for device_id in failed:
        by_reason[refused.get(device_id, "not tried after that")].append(device_id)
    reasons = "; ".join(f"{', '.join(some)}: {reason}" for reason, some in by_reason.items())
    done = [one for one in ids if one in asked]
    return HalfDoneError(
        f"{len(failed)} of {len(ids)} devices could not be asked to restart: {reasons}.",
        [f"asked the device {one} to restart" for one in done],
        asked=done,
        failed_devices=failed,
    )


def run(context: Context) -> dict[str, Any]:
    """Ask the devices."""
    params = context.params
    if params["device_group"] is None:
        ids = _named(context)
        if ids:
            context.plan.step(f"ask {len(ids)} device(s) to restart", lambda: _ask(context, ids))
    else:
        group = context.parent(
            DEVICE_GROUP, lambda: context.finder.device_group(params["device_group"], params["product"])
        )
        ids = _members(context, group)
        if ids:
            context.plan.step(
                f"ask the devices of the device group {group['name']!r} to restart",
                lambda: context.client.device_groups.restart(group["id"], params["conditional"]),
            )
    return {"changed": bool(ids), "asked": ids, "failed_devices": []}


OPERATION = Operation(
    "imp_restart",
    run,
    ARGUMENT_SPEC,
    {
        "required_one_of": [("device_group", "devices")],
        "mutually_exclusive": [("device_group", "devices")],
        "required_by": {"product": ["device_group"]},
    },
)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
