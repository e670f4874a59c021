# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection of hosts that are imp devices: this collection's modules need none, and nothing else can use it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: imp
short_description: Hosts that are imp devices
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - The connection of hosts that are devices of Electric Imp's impCentral. The inventory plugin
    P(electricimp.impcentral.imp_devices#inventory) sets it.
  - Modules of this collection run on the controller for such a host. C(become) means nothing to them.
  - O(remote_addr) is the device of M(electricimp.impcentral.imp_device),
    M(electricimp.impcentral.imp_device_history_info), M(electricimp.impcentral.imp_device_info),
    M(electricimp.impcentral.imp_device_log_info) and M(electricimp.impcentral.imp_restart), if the task says nothing
    else. To unassign or remove a device the task has to name it.
  - The other modules, and those with a product or device group in place of a device, would do the same once for each
    host. They are refused unless the task has C(run_once) or C(delegate_to).
notes:
  - An imp device runs Squirrel. It has no shell, no files and no Python, so no other module can work there. For work on
    the controller use C(delegate_to=localhost).
  - In an inventory of your own set C(ansible_facts_modules) to C([]) as well, so that C(gather_facts) does nothing.
  - C(ansible.builtin.wait_for_connection) cannot work, and tries until it times out.
options:
  remote_addr:
    description: The device, by id, MAC address, agent id or name.
    type: str
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: delegated_vars['ansible_host']
seealso:
  - plugin: electricimp.impcentral.imp_devices
    plugin_type: inventory
"""

from typing import Any, NoReturn

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase


class Connection(ConnectionBase):
    """A connection to nowhere that says so."""

    transport = "electricimp.impcentral.imp"
    has_pipelining = False

    def _connect(self) -> Connection:
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> NoReturn:
        """Refuse a command. :raises AnsibleError: always."""
        self._refuse()

    def put_file(self, in_path: str, out_path: str) -> NoReturn:
        """Refuse a file. :raises AnsibleError: always."""
        self._refuse()

    def fetch_file(self, in_path: str, out_path: str) -> NoReturn:
        """Refuse a file. :raises AnsibleError: always."""
        self._refuse()

    def reset(self) -> None:
        """Do nothing: there is no connection that could be lost."""

    def close(self) -> None:
        """Do nothing."""

    def _refuse(self) -> NoReturn:
        device: Any = self.get_option("remote_addr")
        raise AnsibleError(
            f"{device} is an imp device: it runs Squirrel, and only modules of electricimp.impcentral work there; for "
            "work on the controller use delegate_to: localhost."
        )
