# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an inventory source (its only argument) as every command of Ansible does, and prints what that took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader


def main() -> None:
    """Read the source. ``memory`` is the most that the process has used, in MiB."""
    init_plugin_loader([])
    wall, cpu = time.monotonic(), time.process_time()
    manager = InventoryManager(loader=DataLoader(), sources=[sys.argv[1]])
    took = {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**took, "memory": memory, "hosts": len(manager.hosts)}))


if __name__ == "__main__":
    main()
