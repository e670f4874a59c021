# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's local connection under another name: the collection takes it for another host and hands the task over."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = r"""
name: twin
short_description: Local, as if it were elsewhere
description: Runs normal modules on this machine.
"""


class Connection(Local):
    """See the module's text."""

    transport = "twin"
