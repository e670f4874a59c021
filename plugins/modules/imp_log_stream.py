#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_log_stream
short_description: Collect what devices log, as it happens
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Listens for some time to what devices and their agents log, and returns it. What was logged before is what
    M(electricimp.impcentral.imp_device_log_info) reads.
  - Devices are followed through log streams of the account. How many of those there may be, and how many devices they
    take, is up to the service; devices that find no place are named in a warning and in RV(unreadable).
  - When an account has too many log streams, the service closes the oldest, whoever opened it. One that is closed in
    that way is not opened again; one that breaks is.
attributes:
  check_mode:
    support: full
    details:
      - It does not listen then, but says for how long it would.
  diff_mode:
    support: none
    details:
      - There is nothing to change.
  idempotent:
    support: full
    details:
      - It changes nothing, though every run listens anew.
options:
  devices:
    description:
      - The devices, each by id, MAC address, agent id or name. All of them must exist.
      - Put an id of digits in quotes, or YAML makes a number of it.
    type: list
    elements: raw
  product:
    description: Product of the device group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description: Device group, by name or id, all of whose devices are meant. Either this or O(devices) is needed.
    type: str
  duration:
    description: Listen for so many seconds, if nothing else ends it before.
    type: float
    default: 60
  count:
    description: Stop after so many entries.
    type: int
  until:
    description:
      - Stop when an entry fits this regular expression of Python. If none does within O(duration), the task fails.
      - >-
        It is searched in the message of each entry, and in the message with its type in front, such as
        C(server.log: ready).
    type: str
  until_from:
    description: Whether an entry of one device is enough for O(until), or each device must have one.
    type: str
    choices: [any, all]
    default: any
  fail_on:
    description: Stop when an entry fits this regular expression, searched as O(until) is. The task fails then.
    type: str
seealso:
  - module: electricimp.impcentral.imp_device_log_info
  - module: electricimp.impcentral.imp_restart
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: What the sensors log within two seconds
  electricimp.impcentral.imp_log_stream:
    product: kitchen
    device_group: sensors
    duration: 2
  register: heard

- name: A device in its group
  electricimp.impcentral.imp_device:
    device: "{{ imp_device_id }}"
    name: fridge
    product: kitchen
    device_group: sensors

- name: Fail if a device logs an error in the next two seconds, and do not wait any longer then
  electricimp.impcentral.imp_log_stream:
    devices: [fridge]
    fail_on: '^(server\.error|agent\.error|lastexitcode):'
    duration: 2
"""

RETURN = r"""
logs:
  description: The entries of all devices, oldest first.
  returned: success, and when O(until) was not found or O(fail_on) was
  type: list
  elements: dict
  sample:
    - device_id: 234776801163a9ee
      ts: "2018-01-22T19:49:30.667Z"
      type: status
      msg: Device connected
matched:
  description: Ids of the devices with an entry that fits O(until). Empty without it.
  returned: success, and when O(until) was not found or O(fail_on) was
  type: list
  elements: str
  sample: [234776801163a9ee]
missing:
  description: Ids of the devices without an entry that fits O(until). Empty without it.
  returned: success, and when O(until) was not found or O(fail_on) was
  type: list
  elements: str
  sample: []
unreadable:
  description:
    - Ids of the devices that could not be followed, at least in the end, and said nothing. Production devices that said
      nothing are among them, since they need to be opened for troubleshooting.
  returned: success, and when O(until) was not found or O(fail_on) was
  type: list
  elements: str
  sample: []
msg:
  description: What was done, in check mode what would be.
  returned: always
  type: str
  sample: "Followed 1 device(s) and took 1 entries."
"""

from collections import defaultdict
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._collect import ALL, ANY, Collected, Enough
from ansible_collections.electricimp.impcentral.plugins.module_utils._follow import Follower
from ansible_collections.electricimp.impcentral.plugins.module_utils._info import check_limit
from ansible_collections.electricimp.impcentral.plugins.module_utils._logs import pattern
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "devices": {"type": "list", "elements": "raw"},
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "duration": {"type": "float", "default": 60.0},
    "count": {"type": "int"},
    "until": {"type": "str"},
    "until_from": {"type": "str", "choices": [ANY, ALL], "default": ANY},
    "fail_on": {"type": "str"},
}


def _enough(params: dict[str, Any]) -> Enough:
    if params["duration"] <= 0:
        raise InvalidDataError(f"duration must be more than 0 seconds, it is {params['duration']:g}.")
    until, fail_on = (params[name] and pattern(params[name], name) for name in ("until", "fail_on"))
    return Enough(check_limit(params["count"]), until or None, params["until_from"], fail_on or None)


def _warn(context: Context, unplaced: dict[str, str]) -> None:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for device_id, reason in unplaced.items():
        by_reason[reason].append(device_id)
    for reason, ids in by_reason.items():
        context.warn(f"{len(ids)} device(s) could not be followed to the end, {reason}: {', '.join(ids)}.")


def run(context: Context) -> dict[str, Any]:
    """Follow the devices."""
    params = context.params
    enough = _enough(params)
    devices = {one["id"]: one for one in context.targets()[0]}
    collected = Collected(devices, enough)
    unplaced: dict[str, str] = {}
    if context.check_mode:
        told = f"Would follow {len(devices)} device(s) for up to {params['duration']:g} s."
        return {"changed": False, "msg": told, **collected.result()}
    with Follower(context.client, devices) as follower:
        collected.take(follower.entries(params["duration"]))
        unplaced.update(follower.unplaced)
    _warn(context, unplaced)
    result = collected.result(unplaced)
    if collected.failure is not None:
        raise HalfDoneError(f"the device {collected.failure.device_id} logged: {collected.failure.msg}", [], **result)
    if enough.until is not None and not collected.complete:
        told = f"{len(result['missing'])} of {len(devices)} device(s) did not log {params['until']!r}"
        raise HalfDoneError(f"{told} within {params['duration']:g} s: {', '.join(result['missing'])}.", [], **result)
    told = f"Followed {len(devices)} device(s) and took {len(result['logs'])} entries."
    return {"changed": False, "msg": told, **result}


OPERATION = Operation(
    "imp_log_stream",
    run,
    ARGUMENT_SPEC,
    {
        "required_one_of": [("device_group", "devices")],
        "mutually_exclusive": [("device_group", "devices")],
        "required_by": {"product": ["device_group"]},
    },
)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
