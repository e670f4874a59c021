#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_login_key_info
short_description: Read login keys
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns the login keys of your account. The id of a key is the secret itself, so it is hidden unless O(reveal=true).
options:
  id:
    description: Id of one login key. It must exist.
    type: str
  reveal:
    description: Whether the ids are returned, with which anybody can sign in. Set C(no_log=true) on the task as well.
    type: bool
    default: false
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: The login keys
  electricimp.impcentral.imp_login_key_info:
  register: keys

- name: The same with their ids, in no log
  electricimp.impcentral.imp_login_key_info:
    reveal: true
  no_log: true
"""

RETURN = r"""
login_keys:
  description: The login keys.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The key itself, null unless O(reveal=true). One that was given as O(id) is censored.
      returned: success
      type: str
    fingerprint:
      description: The last four characters of the key.
      returned: success
      type: str
  sample:
    - id: null
      type: login_key
      description: build server
      usages: 12
      fingerprint: c3d4
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import reader, run_module

ARGUMENT_SPEC = {**selectors("login_key"), "reveal": {"type": "bool", "default": False}}

OPERATION = reader("login_key", ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
