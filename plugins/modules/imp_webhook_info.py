#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_webhook_info
short_description: Read webhooks
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns webhooks. User and password in a URL are hidden.
options:
  id:
    description: Id of one webhook. It must exist.
    type: str
seealso:
  - module: electricimp.impcentral.imp_webhook
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
  - electricimp.impcentral.selectors.device_group
  - electricimp.impcentral.selectors.event
  - electricimp.impcentral.selectors.limit
  - electricimp.impcentral.selectors.product
"""

EXAMPLES = r"""
- name: All webhooks of mine
  electricimp.impcentral.imp_webhook_info:
  register: mine

- name: Where deployments to a group are reported
  electricimp.impcentral.imp_webhook_info:
    product: kitchen
    device_group: sensors
    event: deployment
"""

RETURN = r"""
webhooks:
  description: The webhooks; those of the device groups of O(owner) if nothing else is said.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 6b3d7d4c-8a1e-0f2b-9c3d-1e2f3a4b5c6d
      type: webhook
      url: https://hooks.example.com/deployed
      event: deployment
      content_type: application/json
      device_group_id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
      device_group_type: development
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import reader, run_module

ARGUMENT_SPEC = selectors("webhook")

OPERATION = reader("webhook", ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
