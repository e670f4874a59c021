#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_account_info
short_description: Read accounts
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns your account and those that you collaborate on, or one of them.
options:
  id:
    description: Id of one account, or V(me). It must be among those that you can see.
    type: str
  name:
    description: User name or e-mail address of one account, instead of O(id). It must be among those that you can see.
    type: str
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: Who am I
  electricimp.impcentral.imp_account_info:
    id: me
  register: me

- name: Every account that I can see
  electricimp.impcentral.imp_account_info:
"""

RETURN = r"""
accounts:
  description: The accounts.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0f179480-c8de-2784-e537-ee9919d06cd5
      type: account
      username: ann
      email: ann@example.com
      tier: free
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import reader, run_module

ARGUMENT_SPEC = selectors("account")

OPERATION = reader("account", ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
