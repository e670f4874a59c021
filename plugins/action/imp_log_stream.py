# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of imp_log_stream: its operation, run on the controller."""

from __future__ import annotations

from ansible_collections.electricimp.impcentral.plugins.modules import imp_log_stream
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.runner import ImpAction


class ActionModule(ImpAction):
    """See the module of the same name."""

    OPERATION = imp_log_stream.OPERATION
