#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device_group
short_description: Declare a device group
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Create, change, rename and delete device groups of Electric Imp's impCentral, with their variables and targets.
options:
  product:
    description: Product of the group, by name or id. Not needed with O(id).
    type: str
  name:
    description: Name of the group, unique within its product. Together with O(id) it is the new name.
    type: str
  id:
    description: Id of the group, instead of its name.
    type: str
  type:
    description:
      - Type of the group, V(development) at creation when it is left out. It cannot be changed afterwards.
      - V(factory) and V(pre_factory) groups need both O(production_target) and O(dut_target).
    type: str
    choices:
      - development
      - pre_production
      - production
      - pre_factory
      - factory
      - pre_dut
      - dut
      - pre-production
      - pre-factory
      - pre-dut
      - development_devicegroup
      - pre_production_devicegroup
      - production_devicegroup
      - pre_factoryfixture_devicegroup
      - factoryfixture_devicegroup
      - pre_dut_devicegroup
      - dut_devicegroup
  description:
    description: Description. An empty text clears it; leave the option out to leave the description alone.
    type: str
  region:
    description: Region of a production or pre-production group. It cannot be changed afterwards.
    type: str
  env_vars:
    description:
      - Variables for the code of the group's devices and agents, each a text or a number.
      - Results and diffs show a short fingerprint instead of each value, see O(show_env_vars).
      - A change takes effect only with a new deployment and a restart.
    type: dict
  purge_env_vars:
    description: Whether O(env_vars) is the whole truth. If V(false), variables that it does not name are kept.
    type: bool
    default: true
  show_env_vars:
    description: Whether results and diffs show the values of variables.
    type: bool
    default: false
  load_code_after_blessing:
    description: Whether a production or pre-production device loads its code right after blessing.
    type: bool
  production_target:
    description: Group that blessed devices of a fixture group go to, by name (in the same product) or id.
    type: str
  dut_target:
    description: Group that devices under test of a fixture group go to, by name (in the same product) or id.
    type: str
  min_supported_deployment:
    description: Id of the deployment to raise the minimum supported one to. An older one than now is refused.
    type: str
  force:
    description: With O(state=absent), unassign the group's devices and unflag its deployments first.
    type: bool
    default: false
  state:
    description: Whether the group is there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: electricimp.impcentral.imp_product
  - module: electricimp.impcentral.imp_deployment
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
  - electricimp.impcentral.unblessing
"""

EXAMPLES = r"""
- name: A development group with variables for its code
  electricimp.impcentral.imp_device_group:
    product: kitchen
    name: sensors
    env_vars:
      interval: 30
      server: https://data.example.com

- name: A production group
  electricimp.impcentral.imp_device_group:
    product: kitchen
    name: sold
    type: production
"""

RETURN = r"""
device_group:
  description: The group after the task; for O(state=absent) what was there. Null if there was nothing.
  returned: success
  type: dict
  sample:
    id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
    type: development_devicegroup
    name: sensors
    description: null
    env_vars:
      interval: fingerprint 624b60c5
    product_id: 4e264cef-3316-cdfa-7f39-7a5d458994b3
    current_deployment_id: null
"""

import json
import math
import re
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._members import UNBLESSING_SPEC
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import (
    Declared,
    HalfDoneError,
    absent,
    add_difference,
    create,
    differences,
    given,
    present,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._removal import remove_group
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import absent_if_missing, check_name
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    BLESSING_TYPES,
    DEVICE_GROUP,
    GROUP_TYPE_CHOICES,
    GROUP_TYPES,
    PRODUCT,
    SHORT_GROUP_TYPES,
    TARGET_TYPES,
    group_type,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import without_values
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError, InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "name": {"type": "str"},
    "id": {"type": "str"},
    "type": {"type": "str", "choices": list(GROUP_TYPE_CHOICES)},
    "description": {"type": "str"},
    "region": {"type": "str"},
    "env_vars": {"type": "dict"},
    "purge_env_vars": {"type": "bool", "default": True},
    "show_env_vars": {"type": "bool", "default": False},
    "load_code_after_blessing": {"type": "bool"},
    "production_target": {"type": "str"},
    "dut_target": {"type": "str"},
    "min_supported_deployment": {"type": "str"},
    "force": {"type": "bool", "default": False},
    **UNBLESSING_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}
_VARIABLE = re.compile(r"[A-Za-z][_A-Za-z0-9]{0,99}")
_SHORTEST_KEY = 8
_LARGEST = 16000  # bytes of JSON, contract 2.4
_TARGETS = ("production_target", "dut_target")


def _check_variables(variables: dict[str, Any] | None) -> None:
    for name, value in (variables or {}).items():
        if not _VARIABLE.fullmatch(str(name)):
            raise InvalidDataError(
                f"env_vars: the name {name!r} is none: a letter, then up to 99 letters, digits and underscores."
            )
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise InvalidDataError(f"env_vars: {name} is {type(value).__name__}: only text and numbers are possible.")
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidDataError(f"env_vars: {name} is no number that JSON knows.")
    size = len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode()) if variables else 0
    if size > _LARGEST:
        raise InvalidDataError(f"env_vars: {size} bytes of JSON are too many, the service takes {_LARGEST}.")


def _hide_values(client: Any, variables: dict[str, Any]) -> None:
    """See to it that no message of the service repeats a value; short ones are words of ordinary messages."""
    for value in variables.values():
        if isinstance(value, str) and len(value) >= _SHORTEST_KEY:
            client.session.transport.secrets.add(value)


def _censor(params: dict[str, Any]) -> dict[str, Any]:
    return params if params.get("show_env_vars") is True else without_values(params)


def _targets(context: Context, product: dict[str, Any], kind: str) -> dict[str, tuple[str, Any]]:
    wanted = {name: context.params[name] for name in _TARGETS if context.params[name]}
    allowed = TARGET_TYPES.get(kind, {})
    for name in wanted:
        if name not in allowed:
            raise InvalidDataError(f"{name}: a group of the type {kind} has no targets, only fixture groups have.")
    return {name: _target(context, product, name, allowed[name]) for name in wanted}


def _target(context: Context, product: dict[str, Any], name: str, kind: str) -> tuple[str, Any]:
    text = context.params[name]
    target = context.parent(DEVICE_GROUP, text, product["id"] or context.params["product"])
    if target["type"] and SHORT_GROUP_TYPES.get(target["type"]) != kind:
        raise InvalidDataError(f"{name}: {text!r} is a {target['type']}; it must be of the type {kind}.")
    return GROUP_TYPES[kind], target["id"]


def _check_minimum(context: Context, group: dict[str, Any]) -> bool:
    """Tell whether the minimum is to be raised."""
    wanted = context.params["min_supported_deployment"]
    if not wanted or wanted == group["min_supported_deployment_id"]:
        return False
    deployment = context.finder.deployment(wanted)
    if deployment["device_group_id"] != group["id"]:
        raise InvalidDataError(f"min_supported_deployment: {wanted} is not a deployment of this group.")
    if context.finder.is_below_minimum(deployment, group):
        raise InvalidDataError(
            f"min_supported_deployment: {wanted} is older than the present one, "
            f"{group['min_supported_deployment_id']}. The minimum can only be raised."
        )
    return True


class _Group:
    """The requests that declare one group."""

    def __init__(self, context: Context, product: dict[str, Any], kind: str, attributes: dict[str, Any]) -> None:
        self._context = context
        self._product = product
        self._kind = kind
        self._attributes = attributes
        self._targets = _targets(context, product, kind)

    @property
    def target_ids(self) -> dict[str, Any]:
        return {f"{name}_id": target[1] for name, target in self._targets.items()}

    def create(self) -> dict[str, Any]:
        params, client = self._context.params, self._context.client
        later = "load_code_after_blessing"
        sent = {name: value for name, value in self._attributes.items() if name != later}
        if params["region"]:
            sent["region"] = params["region"]
        relationships = {"product": ("product", self._product["id"]), **self._targets}

        def find() -> dict[str, Any] | None:
            client.forget()
            return absent_if_missing(lambda: self._context.finder.device_group_in(self._product, params["name"]))

        group = create(lambda: client.device_groups.create(sent, relationships, GROUP_TYPES[self._kind]), find)
        wanted = differences(group, {later: self._attributes[later]}) if later in self._attributes else {}
        if not wanted:
            return group
        # The service takes this attribute in a change only.
        try:
            return client.device_groups.update(group["id"], wanted, type=group["type"])
        except ImpCentralApiError as error:
            raise HalfDoneError(
                f"the device group {group['name']!r} was created ({group['id']}), but {later} could not be set: {error}. "
                "Run the task again to set it.",
                [f"create the device group {group['name']!r}"],
                device_group=without_values(group),
            ) from error

    def update(self, group: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        attributes = {name: value for name, value in changes.items() if f"{name[:-3]}" not in self._targets}
        targets = {name: target for name, target in self._targets.items() if f"{name}_id" in changes}
        return self._context.client.device_groups.update(group["id"], attributes, targets or None, type=group["type"])


def run(context: Context) -> dict[str, Any]:
    """Bring the group about, or remove it."""
    params, client, finder = context.params, context.client, context.finder
    if not params["id"] and not (params["name"] and params["product"]):
        raise InvalidDataError("give the group's id, or its product and name.")
    check_name("device group", params["name"])
    _check_variables(params["env_vars"])
    show = dict if params["show_env_vars"] else without_values
    if not params["show_env_vars"]:
        _hide_values(client, params["env_vars"] or {})
    found = context.existing(
        "device group", lambda: finder.device_group(params["id"] or params["name"], params["product"])
    )
    label = f"device group {(found or params)['name']!r}"
    if params["state"] == "absent":
        gone = Declared(DEVICE_GROUP, label, found, {}, dict, dict, show=show)
        return absent(context.plan, gone, lambda plan, group: remove_group(client, plan, group, params))
    product = {"id": found["product_id"]} if found else context.parent(PRODUCT, params["product"])
    wanted_type = group_type(params["type"]) if params["type"] else None
    kind = SHORT_GROUP_TYPES.get(found["type"], found["type"]) if found else (wanted_type or "development")
    attributes = given(params, "name", "description", "env_vars", "load_code_after_blessing")
    for name in ("load_code_after_blessing", "region"):
        if params[name] not in (None, "") and kind not in BLESSING_TYPES:
            raise InvalidDataError(f"{name}: a group of the type {kind} does not know it.")
    if "env_vars" in attributes and found and not params["purge_env_vars"]:
        attributes["env_vars"] = {**(found["env_vars"] or {}), **attributes["env_vars"]}
        _check_variables(attributes["env_vars"])
    group = _Group(context, product, kind, attributes)
    if found is None and kind in TARGET_TYPES and len(group.target_ids) < 2:
        raise InvalidDataError(f"a group of the type {kind} needs both production_target and dut_target.")
    fixed = {**given(params, "region"), **({"type": GROUP_TYPES[wanted_type]} if wanted_type else {})}
    declared = Declared(
        DEVICE_GROUP,
        label,
        found,
        {**attributes, **(group.target_ids if found else {})},
        group.create,
        lambda changes: group.update(found or {}, changes),
        fixed=fixed,
        known={
            "type": GROUP_TYPES[kind],
            "product_id": product["id"],
            "region": params["region"] or None,
            **group.target_ids,
        },
        show=show,
    )
    raises = found is not None and _check_minimum(context, found)
    if found is None and params["min_supported_deployment"]:
        raise InvalidDataError("min_supported_deployment: a group that does not exist yet has no deployments.")
    if found and "env_vars" in differences(found, attributes):
        context.warn("Changed env_vars reach devices only with a new deployment and a restart.")
    outcome = present(context.plan, declared)
    return _raise_minimum(context, declared, outcome) if raises else outcome


def _raise_minimum(context: Context, declared: Declared, outcome: dict[str, Any]) -> dict[str, Any]:
    group, wanted = outcome["device_group"], context.params["min_supported_deployment"]
    context.plan.step(
        f"raise the minimum supported deployment of the {declared.label}",
        lambda: context.client.device_groups.set_min_supported_deployment(group["id"], wanted),
    )
    add_difference(outcome, "min_supported_deployment_id", group["min_supported_deployment_id"], wanted)
    group["min_supported_deployment_id"] = wanted
    return outcome


OPERATION = Operation("imp_device_group", run, ARGUMENT_SPEC, censor=_censor)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
