# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: imp_resource
short_description: Look up resources of impCentral
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns resources as the C(imp_*_info) modules do, or one attribute of each.
  - An unknown name or id is an error, which C(errors=) can relax. A filter that fits nothing leaves nothing.
options:
  _terms:
    description:
      - Names or ids of what to look up; lists of them as well. Without any, everything that the filters leave.
      - Products, device groups and accounts have a name or an id, devices also a MAC address or an agent id,
        deployments and webhooks an id alone.
      - A device is looked for among those of O(product), O(device_group) and O(type), if they are given.
    type: list
    elements: str
  kind:
    description: Kind of the resources.
    type: str
    required: true
    choices: [account, product, device_group, device, deployment, webhook]
  attribute:
    description: Return this attribute of each resource instead of all of them.
    type: str
notes:
  - Which filters there are depends on O(kind), as with the C(imp_*_info) modules. Others are an error.
  - C(module_defaults) and C(environment) of a task or play do not reach lookups. Set variables for the whole run, or
    give options.
  - Lookups and tasks share one sign-in. What one lookup has read, others of the same task use as well, for two
    seconds at most.
  - Results are text of others, and never templates.
seealso:
  - module: electricimp.impcentral.imp_device_info
extends_documentation_fragment:
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
  - electricimp.impcentral.selectors.deployment
  - electricimp.impcentral.selectors.device_group
  - electricimp.impcentral.selectors.event
  - electricimp.impcentral.selectors.limit
  - electricimp.impcentral.selectors.product
  - electricimp.impcentral.selectors.show_env_vars
  - electricimp.impcentral.selectors.type
"""

EXAMPLES = r"""
- name: The agent's address of a device
  ansible.builtin.debug:
    msg: "{{ lookup('electricimp.impcentral.imp_resource', imp_device_id, kind='device', attribute='agent_url') }}"

- name: The names of all production device groups
  ansible.builtin.debug:
    msg: "{{ query('electricimp.impcentral.imp_resource', kind='device_group', type='production', attribute='name') }}"

- name: Each device of a group
  ansible.builtin.debug:
    msg: "{{ item.name or item.id }} has the address {{ item.agent_url }}"
  loop: "{{ query('electricimp.impcentral.imp_resource', kind='device', product='kitchen', device_group='sensors') }}"
  loop_control:
    label: "{{ item.id }}"

- name: A product that may be missing
  ansible.builtin.debug:
    msg: "{{ query('electricimp.impcentral.imp_resource', 'cellar', kind='product', errors='ignore') | length }}"
"""

RETURN = r"""
_raw:
  description:
    - The resources, or their O(attribute). They have the keys that the C(imp_*_info) modules return.
    - C(free_memory), C(swversion) and C(plan_id) of a device are there when it is looked up by a term and no other
      filter than O(owner).
  type: list
  elements: raw
"""

import multiprocessing
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import Flats, find, selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    CONNECTION_SPEC,
    client_options,
    failure,
    given_secrets,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import (
    AmbiguousError,
    Finder,
    device_text,
    fitting,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import RESOURCES, empty
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import shown
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralError, InvalidDataError
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.clients import shared_client
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.options import checked
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.runner import plain

KINDS = ("account", "product", "device_group", "device", "deployment", "webhook")
# Terms take the place of these options.
_SELECTS_ONE = ("id", "name", "device")
_NARROWING = ("product", "device_group", "type")
_HELD = 2.0  # seconds; `until` looks up again because it expects another answer


class LookupModule(LookupBase):
    """Look up resources of impCentral."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return what terms and options mean; see the documentation above.

        :raises AnsibleLookupError: an option is wrong, a term is unknown or ambiguous, or the service failed.
        """
        given = plain(kwargs)
        try:
            options = _checked(given)
            # A lookup cannot tell whether its task has no_log.
            client = shared_client(show_bodies=False, warn=Display().warning, **client_options(options))
            client.forget(older_than=_HELD if multiprocessing.parent_process() else 0)
            found = _look_up(client, plain(self._flatten(terms)), options)
            return found if options["attribute"] is None else _picked(options["kind"], found, options["attribute"])
        except ImpCentralError as error:
            raise AnsibleLookupError(given_secrets(given).mask(failure(error)["msg"])) from None


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options with their defaults, those of the environment among them.

    :raises InvalidDataError: there is no ``kind``, it has no such option, or a value is none of the option's.
    """
    kind = given.get("kind")
    if kind not in KINDS:
        raise InvalidDataError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}.")
    own: dict[str, dict[str, Any]] = {
        "kind": {"type": "str"},
        "attribute": {"type": "str"},
        **{name: spec for name, spec in selectors(kind).items() if name not in _SELECTS_ONE},
        **({"show_env_vars": {"type": "bool", "default": False}} if kind == "device_group" else {}),
    }
    unknown = sorted(given.keys() - own.keys() - CONNECTION_SPEC.keys())
    if unknown:
        raise InvalidDataError(
            f"kind={kind} has no option {', '.join(unknown)}. It has {', '.join(own)}, and those of the connection."
        )
    return checked({**CONNECTION_SPEC, **own}, given)


def _look_up(client: Client, terms: list[Any], options: dict[str, Any]) -> Flats:
    finder = Finder(client, options.get("owner") or None)
    if not terms:
        return find(client, finder, options["kind"], options)
    return [found for term in terms for found in _one(client, finder, term, options)]


def _one(client: Client, finder: Finder, term: Any, options: dict[str, Any]) -> Flats:
    """Return what a term means, nothing if it is not what the filters leave."""
    if options["kind"] != "device":
        return find(client, finder, options["kind"], {**options, "id": str(term)})
    text = device_text(term)
    if any(options[name] for name in _NARROWING):
        # One listing serves any number of terms.
        found = fitting([text], find(client, finder, "device", {**options, "limit": None}))[text]
        if len(found) > 1:
            raise AmbiguousError("device", text, found)
        if found:
            return found
    return find(client, finder, "device", {**options, "device": text})


def _picked(kind: str, resources: Flats, attribute: str) -> list[Any]:
    """Return an attribute of each resource. :raises InvalidDataError: this kind has no such attribute."""
    keys = (resources or [shown(kind, empty(RESOURCES[kind]), {})])[0]
    if attribute not in keys:
        raise InvalidDataError(f"kind={kind} has no attribute {attribute!r}. It has {', '.join(keys)}.")
    return [one.get(attribute) for one in resources]
