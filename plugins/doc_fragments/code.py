# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options that say which code is meant."""

    DOCUMENTATION = r"""
options:
  device_code:
    description: Code for devices. A side that is left out is empty.
    type: str
  device_code_file:
    description: File on the controller with O(device_code), found like C(copy)'s C(src). It is not templated.
    type: path
  agent_code:
    description: Code for agents. A side that is left out is empty.
    type: str
  agent_code_file:
    description: File on the controller with O(agent_code), found like C(copy)'s C(src). It is not templated.
    type: path
  copy_from:
    description: Take the code of another deployment.
    type: dict
    suboptions:
      deployment:
        description: Id of the deployment.
        type: str
      product:
        description: Product of O(copy_from.device_group), by name or id.
        type: str
      device_group:
        description: Device group whose current deployment is meant, by name or id.
        type: str
      tag:
        description: Only deployments with this tag.
        type: str
      sha:
        description: Only deployments with this SHA.
        type: str
      origin:
        description: Only deployments with this origin.
        type: str
  redeploy:
    description:
      - Whether code that is deployed already is deployed again.
      - V(env_changed) does so when the group's variables differ from those at the deployment, which a tag remembers.
    type: str
    choices: [never, env_changed, always]
    default: never
"""
