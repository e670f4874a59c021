#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_product
short_description: Declare a product
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Create, describe, rename and delete products of Electric Imp's impCentral.
options:
  name:
    description: Name of the product, unique within the owner's account. Together with O(id) it is the new name.
    type: str
  id:
    description: Id of the product, instead of its name.
    type: str
  description:
    description: Description. An empty text clears it; leave the option out to leave the description alone.
    type: str
  force:
    description:
      - With O(state=absent), delete everything below the product first, in the order that the service demands.
      - Devices are unassigned and stay in the account; flagged deployments are unflagged and deleted.
    type: bool
    default: false
  state:
    description: Whether the product is there.
    type: str
    choices: [present, absent]
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
- name: A product
  electricimp.impcentral.imp_product:
    name: kitchen
    description: Everything in the kitchen

- name: No product, and nothing below it
  electricimp.impcentral.imp_product:
    name: kitchen
    state: absent
    force: true
"""

RETURN = r"""
product:
  description: The product after the task; for O(state=absent) what was there. Null if there was nothing.
  returned: success
  type: dict
  sample:
    id: 4e264cef-3316-cdfa-7f39-7a5d458994b3
    type: product
    name: kitchen
    description: Everything in the kitchen
    created_at: "2018-07-22T11:27:49.633Z"
    updated_at: "2018-07-22T11:27:49.633Z"
    owner_id: c1d61eef-9f4c-4b5c-8b5a-3f0d2f3c1a2b
    creator_id: c1d61eef-9f4c-4b5c-8b5a-3f0d2f3c1a2b
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._members import UNBLESSING_SPEC
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import (
    Declared,
    absent,
    create,
    given,
    present,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._removal import remove_product
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import absent_if_missing, check_name
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import PRODUCT
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "id": {"type": "str"},
    "description": {"type": "str"},
    "force": {"type": "bool", "default": False},
    **UNBLESSING_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(context: Context) -> dict[str, Any]:
    """Bring the product about, or remove it."""
    params, client, finder = context.params, context.client, context.finder
    if not (params["id"] or params["name"]):
        raise InvalidDataError("give the product's name or its id.")
    check_name("product", params["name"])
    attributes = given(params, "name", "description")

    def created() -> dict[str, Any]:
        relationships = {"owner": ("account", finder.owner_id)} if params["owner"] else None

        def find() -> dict[str, Any] | None:
            client.forget()
            return absent_if_missing(lambda: finder.product(params["name"]))

        return create(lambda: client.products.create(attributes, relationships), find)

    found = context.existing("product", lambda: finder.product(params["id"] or params["name"]))
    declared = Declared(
        PRODUCT,
        f"product {(found or params)['name']!r}",
        found,
        attributes,
        created,
        lambda changes: client.products.update(params["id"] or (found or {})["id"], changes),
    )
    if params["state"] == "absent":
        return absent(context.plan, declared, lambda plan, product: remove_product(client, plan, product, params))
    return present(context.plan, declared)


OPERATION = Operation("imp_product", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
