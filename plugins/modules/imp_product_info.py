#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_product_info
short_description: Read products
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns products, with everything below them if O(tree=true).
options:
  id:
    description: Id of one product. It must exist.
    type: str
  name:
    description: Name of one product, instead of O(id). It must exist.
    type: str
  tree:
    description: Whether everything below is returned as well, read in few requests.
    type: bool
    default: false
seealso:
  - module: electricimp.impcentral.imp_product
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
  - electricimp.impcentral.selectors.limit
  - electricimp.impcentral.selectors.show_env_vars
"""

EXAMPLES = r"""
- name: All products of mine
  electricimp.impcentral.imp_product_info:
  register: mine

- name: One product and everything below it
  electricimp.impcentral.imp_product_info:
    name: kitchen
    tree: true
"""

RETURN = r"""
products:
  description: The products; those of O(owner) if none is selected.
  returned: success
  type: list
  elements: dict
  contains:
    device_groups:
      description: Its device groups, as M(electricimp.impcentral.imp_device_group_info) returns them for a tree.
      returned: O(tree=true)
      type: list
      elements: dict
    deployments_without_group:
      description: Deployments of device groups that were deleted.
      returned: O(tree=true)
      type: list
      elements: dict
  sample:
    - id: 8da88a12-0bef-ce8e-c009-413044253c7b
      type: product
      name: kitchen
      description: What cooks
      owner_id: 0f179480-c8de-2784-e537-ee9919d06cd5
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, reader, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._tree import product_trees

ARGUMENT_SPEC = {
    **selectors("product"),
    "tree": {"type": "bool", "default": False},
    "show_env_vars": {"type": "bool", "default": False},
}


def _finish(context: Context, products: list[dict]) -> list[dict]:
    return product_trees(context.client, products, context.params) if context.params["tree"] else products


OPERATION = reader("product", ARGUMENT_SPEC, _finish)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
