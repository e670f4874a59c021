#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_login_key
short_description: Declare a login key of the account
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Create, describe and delete login keys, the credential for automation, of the account that signs in.
  - The id of a login key is the secret itself. RV(login_key.id) shows it for a key that the task has created, so set
    C(no_log=true) and store it in a later task, as the examples do. The service tells it again at any time, see
    O(reveal).
options:
  description:
    description: What the key is for. It names the key, unless O(id) is given; then it is changed to this.
    type: str
  id:
    description: The login key itself, instead of its description. It is censored wherever it is shown.
    type: str
  account_password:
    description:
      - Password of the account, which the service demands for every change of login keys, however one signed in.
      - If not set, the environment variable E(IMPCENTRAL_ACCOUNT_PASSWORD) is used, else O(password), else the
        environment variable E(IMPCENTRAL_PASSWORD).
    type: str
  reveal:
    description: Return the id of a key that was there already. Set C(no_log=true) as well.
    type: bool
    default: false
  force:
    description: Delete the login key even if it is the one that this task signs in with.
    type: bool
    default: false
  state:
    description: Whether the login key is there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: electricimp.impcentral.imp_login
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: A login key for the nightly run
  electricimp.impcentral.imp_login_key:
    description: nightly run
  register: nightly
  no_log: true

- name: Store it where only this user reads it, once it is created
  ansible.builtin.copy:
    content: "{{ nightly.login_key.id }}"
    dest: "{{ ansible_env.HOME }}/.nightly_login_key"
    mode: "0600"
  when: nightly is changed
  no_log: true

- name: No login key for the nightly run any more
  electricimp.impcentral.imp_login_key:
    description: nightly run
    state: absent
"""

RETURN = r"""
login_key:
  description: The login key after the task; for O(state=absent) what was there. Null if there was nothing.
  returned: success
  type: dict
  contains:
    id:
      description: The login key, if the task has created it or O(reveal) is set, else null. Censored if it was given.
      type: str
      returned: always
    type:
      description: Always V(login_key).
      type: str
      returned: always
    fingerprint:
      description: The last four characters of the id.
      type: str
      returned: always
    description:
      description: What the key is for.
      type: str
      returned: always
    usages:
      description: How often it was used to sign in.
      type: int
      returned: always
  sample:
    id: null
    type: login_key
    fingerprint: 5fd0
    description: nightly run
    usages: 12
"""

import os
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._credentials import LOGIN_KEY as BY_LOGIN_KEY
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    Context,
    Operation,
    from_environment,
    run_module,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import (
    Declared,
    Flat,
    Plan,
    absent,
    create,
    delete,
    differences,
    given,
    present,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import MASK, last_four
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import AmbiguousError, MissingError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import LOGIN_KEY
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import with_fingerprint
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "description": {"type": "str"},
    "id": {"type": "str", "no_log": True},
    "account_password": {
        "type": "str",
        "no_log": True,
        "fallback": (from_environment, ["IMPCENTRAL_ACCOUNT_PASSWORD"]),
    },
    "reveal": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def _masked(key_id: str) -> str:
    return MASK + last_four(key_id)


def _find(context: Context, fresh: bool = False) -> dict[str, Any]:
    params = context.params
    # An account has few keys, and a single read would put the secret into a URL.
    keys = context.client.login_keys.list(fresh=fresh)
    if params["id"]:
        fits = [key for key in keys if key["id"] == params["id"]]
        if not fits:
            raise MissingError("the account has no login key with this id.", "login key", _masked(params["id"]), True)
        return fits[0]
    fits = [key for key in keys if key["description"] == params["description"]]
    if len(fits) > 1:
        raise AmbiguousError("login key", params["description"], [{**key, "id": _masked(key["id"])} for key in fits])
    if not fits:
        told = f"the account has no login key {params['description']!r}."
        raise MissingError(told, "login key", params["description"])
    return fits[0]


def _password(context: Context) -> str:
    params = context.params
    password = params["account_password"] or params["password"] or os.environ.get("IMPCENTRAL_PASSWORD")
    if not password:
        raise InvalidDataError(
            "changing login keys takes the password of the account: give account_password or "
            "IMPCENTRAL_ACCOUNT_PASSWORD."
        )
    return password


def _refuse_own(context: Context, found: dict[str, Any]) -> None:
    credential = context.client.session.credential
    if credential and credential.kind == BY_LOGIN_KEY and credential.secret == found["id"]:
        raise InvalidDataError(
            f"this task signs in with the {_label(context, found)} itself, and nobody can any more when it is deleted. "
            "Use another credential, or set force=true."
        )


def _label(context: Context, found: dict[str, Any] | None) -> str:
    return f"login key {_masked(found['id']) if found else repr(context.params['description'])}"


def run(context: Context) -> dict[str, Any]:
    """Bring the login key about, or remove it."""
    params, keys = context.params, context.client.login_keys
    if not params["id"] and not params["description"]:
        raise InvalidDataError("give the login key's description, or its id.")
    removing = params["state"] == "absent"
    attributes = given(params, "description")
    found = context.existing("login key", lambda: _find(context))
    if removing and found and not params["force"]:
        _refuse_own(context, found)
    changes = bool(found) if removing else found is None or bool(differences(found, attributes))
    password = _password(context) if changes else ""
    created_ids: list[str] = []

    def created() -> dict[str, Any]:
        key = create(
            lambda: keys.create(attributes, password=password),
            lambda: context.existing("login key", lambda: _find(context, fresh=True)),
        )
        created_ids.append(key["id"])
        return key

    def remove(plan: Plan, key: Flat) -> None:
        plan.step(f"delete the {declared.label}", lambda: delete(keys, key["id"], password=password))

    declared = Declared(
        LOGIN_KEY,
        _label(context, found),
        found,
        attributes,
        created,
        lambda wanted: keys.update((found or {})["id"], wanted, password=password),
        show=with_fingerprint,
    )
    outcome = absent(context.plan, declared, remove) if removing else present(context.plan, declared)
    # The secret is in the result alone: a difference is shown to whoever watches.
    if created_ids:
        outcome["login_key"]["id"] = created_ids[0]
    elif found and params["reveal"]:
        outcome["login_key"]["id"] = found["id"]
    return outcome


OPERATION = Operation("imp_login_key", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
