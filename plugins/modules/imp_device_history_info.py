#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device_history_info
short_description: Read the enrolment history of a device
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns what has happened to a device as the property of accounts, newest first.
options:
  device:
    description:
      - The device, by device id, MAC address, agent id or name. It must exist.
      - An id that consists of digits alone needs quotes.
      - On the host of a device that is the default.
    type: raw
    required: true
  limit:
    description: Return no more than so many entries, and read no more pages than that takes.
    type: int
seealso:
  - module: electricimp.impcentral.imp_device_info
  - module: electricimp.impcentral.imp_device_log_info
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
"""

EXAMPLES = r"""
- name: What has happened to a device
  electricimp.impcentral.imp_device_history_info:
    device: "{{ imp_device_id }}"
  register: all_of_it

- name: What has happened to it last
  electricimp.impcentral.imp_device_history_info:
    device: "{{ imp_device_id }}"
    limit: 1
"""

RETURN = r"""
history:
  description: The entries.
  returned: success
  type: list
  elements: dict
  sample:
    - device_id: 234776801163a9ee
      timestamp: "2018-01-21T22:08:53.017Z"
      event: enrolled
      owner_id: 0f179480-c8de-2784-e537-ee9919d06cd5
      actor_id: 0f179480-c8de-2784-e537-ee9919d06cd5
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import check_limit
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    Context,
    HostDevice,
    Operation,
    run_module,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import device_text

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "device": {"type": "raw", "required": True},
    "limit": {"type": "int"},
}


def run(context: Context) -> dict[str, Any]:
    """Read the history."""
    limit = check_limit(context.params["limit"])

    def read() -> list[dict[str, Any]]:
        device_id = context.finder.device(device_text(context.params["device"]))["id"]
        return [{"device_id": device_id, **entry} for entry in context.client.devices.history(device_id, limit)]

    return {"changed": False, "history": context.reading(read)}


OPERATION = Operation("imp_device_history_info", run, ARGUMENT_SPEC, host_device=HostDevice())


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
