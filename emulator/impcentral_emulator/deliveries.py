# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deliveries of webhooks."""

from __future__ import annotations

from typing import Any


class Deliveries:
    """Sends the webhooks of device groups to loopback targets and remembers all of them."""

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator

    def fire(self, group_id: str, event: str, payload: dict) -> None:
        """Deliver an event to every webhook of the group that asks for it."""


def routes(emulator: Any) -> list:
    """Return the administration routes of deliveries."""
    return []
