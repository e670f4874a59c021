#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device
short_description: Name, assign, move, unassign and remove a device
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Brings one device of Electric Imp's impCentral into the state that the task names.
  - A device cannot be created here, it appears after BlinkUp.
options:
  device:
    description:
      - The device, by id, MAC address, agent id or name.
      - Put an id of digits in quotes, or YAML makes a number of it.
      - On the host of a device that is the default, with O(state=present).
    type: raw
    required: true
  name:
    description: New name. An empty text removes the name.
    type: str
  product:
    description: Product of O(device_group), by name or id. Not needed when that is an id.
    type: str
  device_group:
    description: Device group that the device is to be in, by name or id.
    type: str
  force:
    description: With O(state=absent), unassign the device first if it is in a group.
    type: bool
    default: false
  state:
    description:
      - V(present) names the device and assigns it, as far as O(name) and O(device_group) are given.
      - V(unassigned) takes it out of its group, V(absent) removes it from the account.
    type: str
    choices: [present, unassigned, absent]
    default: present
seealso:
  - module: electricimp.impcentral.imp_device_group
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
  - electricimp.impcentral.unblessing
"""

EXAMPLES = r"""
- name: A device with a name, in its group
  electricimp.impcentral.imp_device:
    device: "{{ imp_device_id }}"
    name: fridge
    product: kitchen
    device_group: sensors

- name: Out of its group again
  electricimp.impcentral.imp_device:
    device: "{{ imp_device_id }}"
    state: unassigned
"""

RETURN = r"""
device:
  description: The device after the task; for O(state=absent) what was there. Null if there was nothing.
  returned: success
  type: dict
  sample:
    id: 234776801163a9ee
    type: device
    name: fridge
    mac_address: 0c:2a:69:05:0d:62
    agent_id: T1oUmIZ3At_N
    device_online: true
    device_group_id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
    device_group_type: development
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._members import (
    UNBLESSING_SPEC,
    assign,
    refuse_leaving,
    refuse_unblessing,
    to_unbless,
    unassign,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    Context,
    HostDevice,
    Operation,
    run_module,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import (
    Declared,
    absent,
    delete,
    differences,
    given,
    result,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import device_text
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEVICE,
    DEVICE_GROUP,
    SHORT_GROUP_TYPES,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "device": {"type": "raw", "required": True},
    "name": {"type": "str"},
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    **UNBLESSING_SPEC,
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "unassigned", "absent"], "default": "present"},
}
_UNASSIGNED = {
    "device_group_id": None,
    "device_group_type": None,
    "product_id": None,
    "agent_id": None,
    "agent_url": None,
    "plan_id": None,
}


def _take_out(context: Context, device: dict[str, Any]) -> dict[str, Any]:
    """Take the device out of its group and return what it is then."""
    params, client = context.params, context.client
    group = context.finder.device_group(device["device_group_id"])
    context.plan.step(
        f"take the device {device['id']} out of the device group {group['name']!r}",
        lambda: unassign(client, group, [device["id"]], params["unbond_key"]),
    )
    return {**device, **_UNASSIGNED}


def _destination(context: Context, device: dict[str, Any]) -> dict[str, Any] | None:
    """Return the group to put the device into, None when it is to stay where it is."""
    params = context.params
    if params["state"] != "present" or not params["device_group"]:
        return None
    group = context.parent(DEVICE_GROUP, params["device_group"], params["product"])
    return None if group["id"] and group["id"] == device["device_group_id"] else group


def _put_in(context: Context, device: dict[str, Any], group: dict[str, Any]) -> dict[str, Any]:
    """Put the device into a group and return what it is then."""
    if to_unbless([device], group):
        device = _take_out(context, device)
    context.plan.step(
        f"assign the device {device['id']} to the device group {group['name']!r}",
        lambda: assign(context.client, group, [device["id"]]),
    )
    return {
        **device,
        "device_group_id": group["id"],
        "device_group_type": SHORT_GROUP_TYPES.get(group["type"]),
        "product_id": group["product_id"],
    }


def _remove(context: Context, device: dict[str, Any]) -> None:
    if device["device_group_id"]:
        if not context.params["force"]:
            raise InvalidDataError(
                f"the device {device['id']} is assigned to a device group. Unassign it first, or set force=true."
            )
        refuse_unblessing([device], context.params["unbless"], context.params["unbond_key"])
        _take_out(context, device)
    context.plan.step(
        f"remove the device {device['id']} from the account",
        lambda: delete(context.client.devices, device["id"]),
    )


def run(context: Context) -> dict[str, Any]:
    """Bring the device into the wanted state."""
    params, client, finder = context.params, context.client, context.finder
    text = device_text(params["device"])
    if params["state"] == "absent":
        found = context.existing("device", lambda: finder.device(text))
        gone = Declared(DEVICE, f"device {text}", found, {}, dict, dict)
        return absent(context.plan, gone, lambda plan, device: _remove(context, dict(device)))
    before = after = context.parent(DEVICE, text)
    group = _destination(context, before)
    words = params["unbless"], params["unbond_key"]
    if group:
        refuse_leaving([before], group, *words)
    elif params["state"] == "unassigned":
        refuse_unblessing([before], *words)
    changes = differences(before, given(params, "name"))
    if changes:
        step = f"name the device {before['id'] or text}"
        context.plan.step(step, lambda: client.devices.update(before["id"], changes))
        after = {**before, "name": params["name"] or None}  # the service makes null of an empty name
    if params["state"] == "unassigned" and before["device_group_id"]:
        after = _take_out(context, after)
    elif group:
        after = _put_in(context, after, group)
    if context.plan.texts and not context.check_mode:
        after = client.devices.get(before["id"], fresh=True)
    return result(DEVICE, context.plan, before, after)


OPERATION = Operation("imp_device", run, ARGUMENT_SPEC, host_device=HostDevice(explicit=("unassigned", "absent")))


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
