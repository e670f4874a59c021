# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log streams: server-sent events."""

from __future__ import annotations

from typing import Any


def routes(emulator: Any) -> list:
    """Return the public routes of log streams."""
    return []


def admin_routes(emulator: Any) -> list:
    """Return the administration routes of log streams."""
    return []
