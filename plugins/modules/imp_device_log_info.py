#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device_log_info
short_description: Read the logs of devices
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns what devices and their agents have logged, newest first, and if wanted how often each message occurs.
  - The service keeps a limited number of entries for a limited time. The log of a production device can be read only
    while it is opened for troubleshooting.
  - Logs are read in parallel, as fast as the service allows, and from the newest entry on, so O(since) and O(limit)
    save requests.
options:
  device:
    description:
      - One device, by device id, MAC address, agent id or name. It must exist.
      - An id that consists of digits alone needs quotes.
      - On the host of a device that is the default.
    type: raw
  devices:
    description: Several devices, each given as O(device) is.
    type: list
    elements: raw
  product:
    description: All devices of this product, by name or id, or only those of its O(device_group).
    type: str
  device_group:
    description: All devices of this device group, by id or name. A name that several products have needs O(product).
    type: str
  since:
    description:
      - Only entries since then, a time such as V(2026-01-31T08:00:00Z), or an age such as V(90s), V(30m), V(24h),
        V(7d) or V(2w).
      - A time without an offset is UTC. An age is counted from the clock of the machine that runs the module.
    type: str
  types:
    description: Only entries of these types, such as V(server.log), V(agent.error) or V(status).
    type: list
    elements: str
  match:
    description: Only entries whose message fits this regular expression of Python somewhere.
    type: str
  limit:
    description: Return no more than so many entries of each device, the newest.
    type: int
  count_by_message:
    description: Whether RV(counts) is filled.
    type: bool
    default: false
seealso:
  - module: electricimp.impcentral.imp_device_info
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
"""

EXAMPLES = r"""
- name: The last words of a device
  electricimp.impcentral.imp_device_log_info:
    device: "{{ imp_device_id }}"
    limit: 20
  register: last

- name: Which errors a group has had today, and how often
  electricimp.impcentral.imp_device_log_info:
    product: kitchen
    device_group: sensors
    since: 24h
    types: [server.error, agent.error, lastexitcode]
    match: (?i)out of memory|ERROR
    count_by_message: true
"""

RETURN = r"""
logs:
  description: The entries of all devices, newest first.
  returned: success
  type: list
  elements: dict
  sample:
    - device_id: 234776801163a9ee
      ts: "2018-01-22T19:49:30.667Z"
      type: status
      msg: Device connected
counts:
  description: How often each message occurs in RV(logs), and on how many devices, the most frequent first.
  returned: success
  type: list
  elements: dict
  sample:
    - msg: Device connected
      count: 3
      devices: 2
unreadable:
  description: Ids of devices without a readable log.
  returned: success
  type: list
  elements: str
  sample: [234776801163a9ee]
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import find
from ansible_collections.electricimp.impcentral.plugins.module_utils._logs import (
    count_by_message,
    read_logs,
    wanted,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    Context,
    HostDevice,
    Operation,
    run_module,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import device_text, is_device_id

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "device": {"type": "raw"},
    "devices": {"type": "list", "elements": "raw"},
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "since": {"type": "str"},
    "types": {"type": "list", "elements": "str"},
    "match": {"type": "str"},
    "limit": {"type": "int"},
    "count_by_message": {"type": "bool", "default": False},
}


def _devices(context: Context) -> dict[str, dict[str, Any] | None]:
    """Return the devices that are meant; of one given by its id nothing else is known yet."""
    params = context.params
    if params["product"] or params["device_group"]:
        within = {name: params[name] for name in ("product", "device_group", "owner")}
        return {one["id"]: one for one in find(context.client, context.finder, "device", within)}
    given = params["devices"] if params["device"] is None else [params["device"]]
    found = ({"id": text} if is_device_id(text) else context.finder.device(text) for text in map(device_text, given))
    return {one["id"]: one if len(one) > 1 else None for one in found}


def run(context: Context) -> dict[str, Any]:
    """Read the logs."""
    want = wanted(context.params)
    unreadable: list[str] = []

    def read() -> list[dict[str, Any]]:
        logs, without = read_logs(context.client, context.finder, _devices(context), want)
        unreadable.extend(without)
        return logs

    logs = context.reading(read)
    counts = count_by_message(logs) if context.params["count_by_message"] else []
    return {"changed": False, "logs": logs, "counts": counts, "unreadable": unreadable}


OPERATION = Operation(
    "imp_device_log_info",
    run,
    ARGUMENT_SPEC,
    {
        "required_one_of": [("device", "devices", "product", "device_group")],
        "mutually_exclusive": [("device", "devices", "product"), ("device", "devices", "device_group")],
    },
    host_device=HostDevice(instead=("devices", "product", "device_group")),
)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
