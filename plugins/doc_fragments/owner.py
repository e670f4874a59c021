# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Whose resources are meant."""

    DOCUMENTATION = r"""
options:
  owner:
    description:
      - Account whose products and devices are meant, by id, V(me), e-mail address or user name.
      - If not set, the environment variable E(IMPCENTRAL_OWNER) is used. The default is the account that signs in.
    type: str
"""

    ANY = r"""
options:
  owner:
    description:
      - Account whose resources are meant, by id, V(me), e-mail address or user name; V(any) means every account that
        you can see.
      - If not set, the environment variable E(IMPCENTRAL_OWNER) is used. The default is the account that signs in.
      - What is given by an id is found in any account, unless this option says which.
    type: str
"""

    UNUSED = r"""
options:
  owner:
    description:
      - Makes no difference here. All modules have it, so that C(module_defaults) can set it for all.
      - If not set, the environment variable E(IMPCENTRAL_OWNER) is used.
    type: str
"""
