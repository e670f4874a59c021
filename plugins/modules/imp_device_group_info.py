#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device_group_info
short_description: Read device groups
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns device groups, with everything below them if O(tree=true).
options:
  id:
    description: Id of one device group. It must exist.
    type: str
  name:
    description:
      - Name of one device group, instead of O(id). It must exist.
      - A name that groups of several products have needs O(product).
    type: str
  tree:
    description: Whether everything below is returned as well, read in few requests.
    type: bool
    default: false
seealso:
  - module: electricimp.impcentral.imp_device_group
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
  - electricimp.impcentral.selectors.limit
  - electricimp.impcentral.selectors.product
  - electricimp.impcentral.selectors.show_env_vars
  - electricimp.impcentral.selectors.type
"""

EXAMPLES = r"""
- name: The groups of a product
  electricimp.impcentral.imp_device_group_info:
    product: kitchen
  register: kitchen

- name: One group with its devices, deployments and webhooks
  electricimp.impcentral.imp_device_group_info:
    product: kitchen
    name: sensors
    tree: true
"""

RETURN = r"""
device_groups:
  description: The device groups; those of O(owner) if nothing else is said.
  returned: success
  type: list
  elements: dict
  contains:
    devices:
      description: Its devices, as a list shows them.
      returned: O(tree=true)
      type: list
      elements: dict
    deployments:
      description: Its deployments, newest first, without code.
      returned: O(tree=true)
      type: list
      elements: dict
    webhooks:
      description: Its webhooks.
      returned: O(tree=true)
      type: list
      elements: dict
    production_target:
      description: The group that a fixture group blesses devices into; null for other groups.
      returned: O(tree=true)
      type: dict
    dut_target:
      description: The group of the devices under test; null for other groups.
      returned: O(tree=true)
      type: dict
  sample:
    - id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
      type: development_devicegroup
      name: sensors
      env_vars:
        interval: fingerprint 624b60c5
      product_id: 8da88a12-0bef-ce8e-c009-413044253c7b
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, reader, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._tree import group_trees

ARGUMENT_SPEC = {
    **selectors("device_group"),
    "tree": {"type": "bool", "default": False},
    "show_env_vars": {"type": "bool", "default": False},
}


def _finish(context: Context, groups: list[dict]) -> list[dict]:
    return group_trees(context.client, groups, context.params) if context.params["tree"] else groups


OPERATION = reader("device_group", ARGUMENT_SPEC, _finish)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
