# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of the modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the service.
    support: full
    details:
      - A parent or target given by a name that does not exist is taken as created by an earlier task, with a warning.
      - So is a name that no device has yet, and a deployment to copy that is not there yet.
  diff_mode:
    description: Will return details on what has changed (or would change in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second time does nothing and reports no change.
    support: full
  action_group:
    description: Use C(group/electricimp.impcentral.impcentral) in C(module_defaults) to set options of every module.
    support: full
    membership:
      - electricimp.impcentral.impcentral
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/electricimp.impcentral.impcentral) in C(module_defaults) to set options of every module.
    support: full
    membership:
      - electricimp.impcentral.impcentral
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the service.
    support: full
    details:
      - It only reads, so it does the same in check mode. Of something that is given by name and does not exist, which
        an earlier task would create, it then returns nothing, with a warning.
  diff_mode:
    description: Will return details on what has changed (or would change in C(check_mode)), when in diff mode.
    support: N/A
    details:
      - It changes nothing on the service.
  idempotent:
    description: When run twice in a row with the same arguments, the second time does nothing and reports no change.
    support: full
  action_group:
    description: Use C(group/electricimp.impcentral.impcentral) in C(module_defaults) to set options of every module.
    support: full
    membership:
      - electricimp.impcentral.impcentral
"""
