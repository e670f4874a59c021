#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_refresh_token_info
short_description: Read refresh tokens
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns the refresh tokens of your account. Their ids are no secrets, since nobody can sign in with one.
options:
  id:
    description: Id of one refresh token. It must exist.
    type: str
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: The refresh tokens
  electricimp.impcentral.imp_refresh_token_info:
  register: tokens

- name: The same as an audit, which sends no request that writes
  electricimp.impcentral.imp_refresh_token_info:
    read_only: true
"""

RETURN = r"""
refresh_tokens:
  description: The refresh tokens.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5a8d1f2e-3b4c-4d5e-8f6a-7b8c9d0e1f2a
      type: refresh_token
      created_at: "2018-02-14T12:58:24.299Z"
"""

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import reader, run_module

ARGUMENT_SPEC = selectors("refresh_token")

OPERATION = reader("refresh_token", ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
