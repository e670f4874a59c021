# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The user's word for taking devices out of production."""

    DOCUMENTATION = r"""
options:
  unbond_key:
    description: The account's key for taking devices out of production groups.
    type: str
  unbless:
    description: Confirms that production devices may be unblessed, which cannot be undone. Needs O(unbond_key) too.
    type: bool
    default: false
"""
