#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_refresh_token
short_description: Delete refresh tokens of the account
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Delete one refresh token of the account that signs in, or all but the newest.
  - Every sign-in with a password leaves a refresh token behind, that of this task included. Access tokens that a
    refresh token gave live on until they expire.
options:
  id:
    description: Id of the refresh token to delete. It is not the token itself.
    type: str
  keep:
    description:
      - How many of the newest refresh tokens to leave; V(0) deletes all.
      - If the service does not say when the tokens were created, only V(0), or as many as there are, works.
    type: int
  state:
    description: The only state; the service makes refresh tokens at signing in.
    type: str
    choices: [absent]
    default: absent
seealso:
  - module: electricimp.impcentral.imp_login
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: One refresh token is enough
  electricimp.impcentral.imp_refresh_token:
    keep: 1

- name: That of the lost laptop is gone
  electricimp.impcentral.imp_refresh_token:
    id: 7f1b0c3e-52a4-9d68-bb10-3c2d1e0f9a87
"""

RETURN = r"""
deleted:
  description: Ids of the refresh tokens that the task deleted.
  returned: success
  type: list
  elements: str
  sample: [7f1b0c3e-52a4-9d68-bb10-3c2d1e0f9a87]
kept:
  description: Ids of the refresh tokens that are left.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import delete, diff_of
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "id": {"type": "str"},
    "keep": {"type": "int"},
    "state": {"type": "str", "choices": ["absent"], "default": "absent"},
}


def _surplus(tokens: list[dict[str, Any]], keep: int) -> list[dict[str, Any]]:
    """Return all tokens but the newest ones."""
    if keep < 0:
        raise InvalidDataError(f"keep must not be negative, it is {keep}.")
    if keep >= len(tokens):
        return []
    if keep and not all(token["created_at"] for token in tokens):
        raise InvalidDataError(
            "the service does not say when each refresh token was created, so the newest are not known: "
            "delete them by id, or all of them with keep=0."
        )
    return sorted(tokens, key=lambda token: token["created_at"] or "", reverse=True)[keep:]


def run(context: Context) -> dict[str, Any]:
    """Delete what is to go."""
    params, collection, plan = context.params, context.client.refresh_tokens, context.plan
    if params["id"] == "":
        raise InvalidDataError("id must not be empty: nothing has such an id.")
    tokens = collection.list()
    named = [token for token in tokens if token["id"] == params["id"]]
    leaving = [token["id"] for token in (_surplus(tokens, params["keep"]) if params["keep"] is not None else named)]
    for token_id in leaving:
        plan.step(
            f"delete the refresh token {token_id}",
            lambda one=token_id: delete(collection, one),  # type: ignore[misc]
        )
    before = sorted(token["id"] for token in tokens)
    kept = [one for one in before if one not in leaving]
    return {
        "changed": bool(leaving),
        "deleted": leaving,
        "kept": kept,
        "diff": diff_of(plan, {"refresh_tokens": before}, {"refresh_tokens": kept}),
    }


OPERATION = Operation(
    "imp_refresh_token",
    run,
    ARGUMENT_SPEC,
    {"required_one_of": [("id", "keep")], "mutually_exclusive": [("id", "keep")]},
)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
