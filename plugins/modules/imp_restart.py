#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_restart
short_description: Ask devices to restart, and wait until they are back
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Asks devices of Electric Imp's impCentral, or all devices of a device group, to restart. A device that has a newer
    deployment than it runs then runs that one.
  - The service only takes the request. An online device restarts at once, an offline one when it next connects. With
    O(wait) the module watches what becomes of each device.
  - A restart that is asked for here does not call C(server.onshutdown) of the device's code, unless it is
    O(conditional).
attributes:
  diff_mode:
    support: none
    details:
      - A restart changes no resource.
  idempotent:
    support: none
    details:
      - Every run asks again.
options:
  product:
    description: Product of the device group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description:
      - Device group, by name or id, all of whose devices are meant. Either this or O(devices) is needed.
      - They are asked with one request.
    type: str
  devices:
    description:
      - The devices, each by id, MAC address, agent id or name. No device is asked unless all of them exist.
      - Put an id of digits in quotes, or YAML makes a number of it.
      - Each is asked with a request of its own, several at once. Ids cost the fewest requests.
      - On the host of a device that is the default.
    type: list
    elements: raw
  conditional:
    description:
      - Restart only those devices that run a deployment older than the minimum supported one of their device group.
        The others are notified, and their code may restart when it suits them.
    type: bool
    default: false
  wait:
    description:
      - Wait until the devices are back.
      - They are watched through log streams, as far as the account's streams reach, and by reading the devices now and
        then. If there are O(failure_patterns), the logs that no stream told are read at the end, a page of each.
      - Log streams are opened beforehand. When an account has too many of them, the service closes the oldest, whoever
        opened it.
    type: bool
    default: false
  wait_timeout:
    description: Seconds that the devices have to come back.
    type: float
    default: 120
  returned_when:
    description:
      - What shows that a device is back. That its agent has restarted (V(agent_restarted)), that the device has
        connected (V(device_connected)), that it has logged what O(log_pattern) says (V(log_matches)), or that the state
        of its agent or its connection has changed at all (V(state_changed)).
      - A device that was offline must also have connected.
      - What devices log is known at once only where a log stream reaches; for others V(log_matches) takes as long as
        O(wait_timeout).
    type: str
    choices: [agent_restarted, device_connected, log_matches, state_changed]
    default: agent_restarted
  log_pattern:
    description:
      - "With O(returned_when=log_matches), a regular expression of Python. An entry that is logged after the restart
        fits if it is found in the message, or in the message with its type in front, such as C(server.log: ready)."
    type: str
  failure_patterns:
    description:
      - Regular expressions, searched as O(log_pattern) is. A device that logs an entry with one of them after its
        restart has failed.
      - An empty list lets the logs out of it.
    type: list
    elements: str
    default:
      - '^(server\.error|agent\.error|lastexitcode): '
      - 'ERROR:'
      - out of memory
  soak:
    description: Seconds to watch the devices after they came back. They are cut short when too many have failed.
    type: float
    default: 0
  offline:
    description:
      - What becomes of devices that the service takes for offline. V(include) asks them, but if they alone are missing,
        it waits for no more than ten seconds after the request; they are pending then. V(skip) does not ask them, and
        they are pending. V(fail) asks them and waits for them as for any other, and they have failed if they are not
        back in time.
      - The service may learn only after minutes that a device is offline, or online again.
    type: str
    choices: [include, skip, fail]
    default: include
  max_failures:
    description: With O(wait), how many devices may fail, a number or a percentage. With more the task fails.
    type: str
    default: "0"
seealso:
  - module: electricimp.impcentral.imp_deployment
  - module: electricimp.impcentral.imp_log_stream
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: Restart all sensors
  electricimp.impcentral.imp_restart:
    product: kitchen
    device_group: sensors

- name: Restart only sensors whose code is too old
  electricimp.impcentral.imp_restart:
    product: kitchen
    device_group: sensors
    conditional: true

- name: Restart all sensors and wait until they have connected, and for an error in the ten seconds after that
  electricimp.impcentral.imp_restart:
    product: kitchen
    device_group: sensors
    wait: true
    returned_when: device_connected
    soak: 10
    max_failures: 10%
  register: restarted

- name: A device in its group
  electricimp.impcentral.imp_device:
    device: "{{ imp_device_id }}"
    name: fridge
    product: kitchen
    device_group: sensors

- name: Restart one device
  electricimp.impcentral.imp_restart:
    devices: [fridge]
"""

RETURN = r"""
asked:
  description: Ids of the devices that were asked, in check mode of those that would be.
  returned: success, and when some devices could not be asked or failed
  type: list
  elements: str
  sample: [234776801163a9ee]
returned:
  description: Ids of the devices that are back. Empty without O(wait), as are the following.
  returned: success, and when some devices could not be asked or failed
  type: list
  elements: str
  sample: [234776801163a9ee]
unverified:
  description:
    - Ids of the devices that have restarted, as the service says, but whose logs cannot be read. Production devices are
      among them, unless they are opened for troubleshooting.
    - They count as back. Nobody knows whether they are well.
  returned: success, and when some devices could not be asked or failed
  type: list
  elements: str
  sample: []
pending:
  description:
    - Ids of the devices that are not back and need not be, since they were offline, or since they may have put a
      O(conditional) restart off.
  returned: success, and when some devices could not be asked or failed
  type: list
  elements: str
  sample: []
failed_devices:
  description:
    - Ids of the devices that could not be asked, that were not back in time, or that logged a failure.
    - Ansible itself needs the name C(failed) for whether the task failed.
  returned: success, and when some devices could not be asked or failed
  type: list
  elements: str
  sample: []
devices:
  description: What became of each device.
  returned: success, and when some devices could not be asked or failed
  type: list
  elements: dict
  contains:
    id:
      description: Its id.
      type: str
    name:
      description: Its name, null if it has none.
      type: str
    outcome:
      description: One of V(returned), V(unverified), V(pending) and V(failed).
      type: str
    evidence:
      description:
        - What shows it. The log stream (V(stream)), the device's state as the service lists it (V(listing)), the page
          of its log that was read at the end (V(log)), or V(none).
      type: str
    seconds:
      description: Time between the request and the evidence, null without any.
      type: float
    reason:
      description: Why it is not simply back, else null.
      type: str
    line:
      description: The message that shows the failure, else null.
      type: str
  sample:
    - id: 234776801163a9ee
      name: fridge
      outcome: returned
      evidence: stream
      seconds: 2.417
      reason: null
      line: null
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._logs import pattern
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    Context,
    HostDevice,
    Operation,
    run_module,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._restart import (
    ask_devices,
    not_asked,
    result,
    too_many_failed,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._verdict import (
    AGENT_RESTARTED,
    CRITERIA,
    FAIL,
    FAILURE_PATTERNS,
    INCLUDE,
    LOG_MATCHES,
    SKIP,
    Rules,
    amount,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._watch import Patience, watch
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "devices": {"type": "list", "elements": "raw"},
    "conditional": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 120.0},
    "returned_when": {"type": "str", "choices": list(CRITERIA), "default": AGENT_RESTARTED},
    "log_pattern": {"type": "str"},
    "failure_patterns": {"type": "list", "elements": "str", "default": list(FAILURE_PATTERNS)},
    "soak": {"type": "float", "default": 0.0},
    "offline": {"type": "str", "choices": [INCLUDE, SKIP, FAIL], "default": INCLUDE},
    "max_failures": {"type": "str", "default": "0"},
}


def _rules(params: dict[str, Any]) -> Rules:
    return Rules(
        params["returned_when"],
        pattern(params["log_pattern"], "log_pattern") if params["returned_when"] == LOG_MATCHES else None,
        tuple(pattern(one, "failure_patterns") for one in params["failure_patterns"]),
        params["conditional"],
        params["offline"],
    )


def _patience(params: dict[str, Any], total: int) -> Patience:
    for option in ("wait_timeout", "soak"):
        if params[option] < 0:
            raise InvalidDataError(f"{option} must not be negative, it is {params[option]:g}.")
    return Patience(params["wait_timeout"], params["soak"], amount(params["max_failures"], total, "max_failures"))


def run(context: Context) -> dict[str, Any]:
    """Ask the devices, and watch them if told so."""
    params = context.params
    devices, group = context.targets()
    rules, patience = _rules(params), _patience(params, len(devices))
    ids = [one["id"] for one in devices]
    what = f"ask {len(ids)} device(s)" if group is None else f"ask the devices of the device group {group['name']!r}"
    asked: list[str] = []

    def ask(some: list[str]) -> dict[str, str]:
        refused: dict[str, str] = {}
        if group is not None and len(some) == len(ids):
            context.client.device_groups.restart(group["id"], params["conditional"])
        else:
            refused = ask_devices(context.client, some, params["conditional"])
        asked.extend(one for one in some if one not in refused)
        return refused

    if not ids:
        return result([])
    if context.check_mode:
        left = {
            one["id"] for one in devices if params["wait"] and rules.offline == SKIP and one["device_online"] is False
        }
        return result([one for one in ids if one not in left])
    if not params["wait"]:
        refused = context.plan.step(f"{what} to restart", lambda: ask(ids))
        if refused:
            raise not_asked(result(asked, refused), refused)
        return result(asked)
    verdicts = context.plan.step(
        f"{what} to restart", lambda: watch(context.client, devices, ask, rules, patience, context.warn)
    )
    outcome = result(asked, verdicts=verdicts)
    if len(outcome["failed_devices"]) > patience.tolerated:
        raise too_many_failed(outcome, params["max_failures"])
    return outcome


OPERATION = Operation(
    "imp_restart",
    run,
    ARGUMENT_SPEC,
    {
        "required_one_of": [("device_group", "devices")],
        "mutually_exclusive": [("device_group", "devices")],
        "required_by": {"product": ["device_group"]},
        "required_if": [("returned_when", "log_matches", ["log_pattern"])],
    },
    host_device=HostDevice("devices", instead=("product", "device_group")),
)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
