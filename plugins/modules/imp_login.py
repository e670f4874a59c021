#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_login
short_description: Sign in once, before anything else
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Signs in to Electric Imp's impCentral and returns the access token.
  - The later tasks of the run use this sign-in if they have the same credential and are carried out on the controller.
    So a play can begin with this module, a mistake in the credentials ends it early, and a user with two-factor
    authentication is asked for O(otp) once.
  - If the run has signed in already with the same credential, its token is returned, and no other is asked for.
attributes:
  check_mode:
    support: full
    details:
      - It signs in as well, since the tasks after it read.
  diff_mode:
    support: none
    details:
      - Signing in changes no resource, so the task reports no change either.
  idempotent:
    support: none
    details:
      - Every run signs in again, which with a password leaves another refresh token behind.
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: Sign in, with a one-time password if the play has asked for one
  electricimp.impcentral.imp_login:
    otp: "{{ one_time_password | default(omit) }}"
  no_log: true

- name: This uses the same sign-in
  electricimp.impcentral.imp_product:
    name: kitchen

- name: Sign in, and keep the token for another tool
  electricimp.impcentral.imp_login:
  register: session
  no_log: true

- name: Call the API by hand
  ansible.builtin.uri:
    url: https://api.electricimp.com/v5/accounts/me
    headers:
      Authorization: "Bearer {{ session.access_token }}"
  no_log: true
"""

RETURN = r"""
access_token:
  description:
    - The access token. It is a secret, so set C(no_log=true) for the task.
    - Censored if it is the one that was given as O(access_token).
  returned: success
  type: str
  sample: Zm9yLXRoZS1kb2N1bWVudGF0aW9u
expires_at:
  description: When the token expires. Null if it is not known, as for a token that was given.
  returned: success
  type: str
  sample: "2026-02-14T13:58:24.299Z"
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {}


def run(context: Context) -> dict[str, Any]:
    """Sign in, unless the run has done so."""
    token = context.client.session.sign_in()
    return {"changed": False, "access_token": token["access_token"], "expires_at": token["expires_at"]}


OPERATION = Operation("imp_login", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
