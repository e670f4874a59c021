#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device_info
short_description: Read devices
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns devices, those of production, test and factory groups among them.
  - On the host of a device it returns that one, unless O(device), O(product), O(device_group) or O(type) is given.
options:
  details:
    description:
      - Whether each device is read singly, which adds C(free_memory), C(swversion) and C(plan_id). They are null
        otherwise, but for a O(device).
      - This takes a request for each device. They are sent in parallel, as fast as the service allows.
    type: bool
    default: false
seealso:
  - module: electricimp.impcentral.imp_device
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
  - electricimp.impcentral.selectors.device
  - electricimp.impcentral.selectors.device_group
  - electricimp.impcentral.selectors.limit
  - electricimp.impcentral.selectors.product
  - electricimp.impcentral.selectors.type
"""

EXAMPLES = r"""
- name: A device
  electricimp.impcentral.imp_device_info:
    device: "{{ imp_device_id }}"
  register: one

- name: The agents of a group
  electricimp.impcentral.imp_device_info:
    product: kitchen
    device_group: sensors
  register: sensors

- name: The firmware of all production devices
  electricimp.impcentral.imp_device_info:
    type: production
    details: true
"""

RETURN = r"""
devices:
  description: The devices; those of O(owner) if nothing else is said.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 234776801163a9ee
      type: device
      name: fridge
      mac_address: 0c:2a:69:05:0d:62
      agent_id: T1oUmIZ3At_N
      agent_url: https://agent.electricimp.com/T1oUmIZ3At_N
      device_online: true
      device_group_id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
      device_group_type: development
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import details, selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    Context,
    HostDevice,
    reader,
    run_module,
)

ARGUMENT_SPEC = {**selectors("device"), "details": {"type": "bool", "default": False}}


def _finish(context: Context, devices: list[dict]) -> list[dict]:
    wanted = context.params["details"] and context.params["device"] is None
    return details(context.client, "device", devices) if wanted else devices


OPERATION = reader("device", ARGUMENT_SPEC, _finish, HostDevice(instead=("product", "device_group", "type")))


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
