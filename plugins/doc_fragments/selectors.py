# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that select and filter what is read. A section for each, since not every resource has them all."""

    PRODUCT = r"""
options:
  product:
    description: Only what belongs to this product, given by name or id. It must exist.
    type: str
"""

    DEVICE_GROUP = r"""
options:
  device_group:
    description:
      - Only what belongs to this device group, given by id or name. It must exist.
      - A name that groups of several products have needs O(product).
    type: str
"""

    DEVICE = r"""
options:
  device:
    description:
      - One device, by device id, MAC address, agent id or name. It must exist.
      - An id that consists of digits alone needs quotes.
    type: raw
"""

    TYPE = r"""
options:
  type:
    description: Only device groups of this type, or devices in such groups.
    type: str
    choices:
      - development
      - pre_production
      - production
      - pre_factory
      - factory
      - pre_dut
      - dut
      - pre-production
      - pre-factory
      - pre-dut
      - development_devicegroup
      - pre_production_devicegroup
      - production_devicegroup
      - pre_factoryfixture_devicegroup
      - factoryfixture_devicegroup
      - pre_dut_devicegroup
      - dut_devicegroup
"""

    LIMIT = r"""
options:
  limit:
    description: Return no more than so many, and read no more than that takes.
    type: int
"""

    SHOW_ENV_VARS = r"""
options:
  show_env_vars:
    description: Whether variables of device groups are shown; else there is a short fingerprint of each value.
    type: bool
    default: false
"""

    DEPLOYMENT = r"""
options:
  sha:
    description: Only deployments with this SHA, which means with the same code.
    type: str
  origin:
    description: Only deployments with this origin.
    type: str
  tags:
    description: Only deployments that have all of these tags.
    type: list
    elements: str
  flagged:
    description: Only deployments that are flagged, or only those that are not.
    type: bool
"""

    EVENT = r"""
options:
  event:
    description: Only webhooks that report this.
    type: str
    choices: [blessing, blinkup, deployment]
"""
