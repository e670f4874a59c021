# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A seeded local impCentral to point playbooks at (`make emulator`)."""

from __future__ import annotations

import signal
import sys

import impcentral_emulator

DEVICES = 20


def main() -> int:
    """Start the emulator, say how to reach it, wait for Ctrl-C (or SIGTERM) and stop it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with impcentral_emulator.start(devices=DEVICES) as service:
        print(f"export IMPCENTRAL_ENDPOINT={service.endpoint}")
        print(f"export IMPCENTRAL_USERNAME={service.username}")
        print(f"export IMPCENTRAL_PASSWORD={service.password}")
        print(
            f"# {DEVICES} devices, the first is {service.devices[0]}; administration at {service.admin}.\n"
            "# Ctrl-C stops it and forgets everything.",
            flush=True,
        )
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
