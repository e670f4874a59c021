#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_deployment_info
short_description: Read deployments, and their code
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Returns deployments, newest first, without their code unless it is asked for.
options:
  id:
    description: Id of one deployment. It must exist.
    type: str
  include_code:
    description: Whether RV(deployments[].device_code) and RV(deployments[].agent_code) are returned.
    type: bool
    default: false
  code_dir:
    description:
      - Folder to write the code into, byte for byte, as C(<id>.device.nut) and C(<id>.agent.nut). It is created if
        it does not exist. Files that have the same content already are left alone.
      - It is on the machine that runs the module. In check mode no file is written; a warning says so.
    type: path
seealso:
  - module: electricimp.impcentral.imp_deployment
extends_documentation_fragment:
  - electricimp.impcentral.attributes.info
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.any
  - electricimp.impcentral.selectors.deployment
  - electricimp.impcentral.selectors.device_group
  - electricimp.impcentral.selectors.limit
  - electricimp.impcentral.selectors.product
"""

EXAMPLES = r"""
- name: The flagged deployments of a product
  electricimp.impcentral.imp_deployment_info:
    product: kitchen
    flagged: true
  register: flagged

- name: The newest code of a group, as files
  electricimp.impcentral.imp_deployment_info:
    product: kitchen
    device_group: sensors
    limit: 1
    code_dir: "{{ playbook_dir }}/code"
"""

RETURN = r"""
deployments:
  description: The deployments; those of O(owner) if nothing else is said.
  returned: success
  type: list
  elements: dict
  contains:
    device_code:
      description: Code for devices.
      returned: O(include_code=true)
      type: str
    agent_code:
      description: Code for agents.
      returned: O(include_code=true)
      type: str
  sample:
    - id: 3d1e9a5c-7b2f-4c6d-8e0a-1f2b3c4d5e6f
      type: deployment
      origin: git 1a2b3c4
      tags: [v1.0]
      flagged: false
      sha: 4b9d2a1f0c3e5d7b8a6f4e2c1d0b9a8f7e6d5c4b3a2f1e0d9c8b7a6f5e4d3c2b
      device_group_id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
      device_group_type: development
files:
  description: Paths of all files of O(code_dir), those that were left alone as well.
  returned: success
  type: list
  elements: str
  sample: [/srv/code/3d1e9a5c-7b2f-4c6d-8e0a-1f2b3c4d5e6f.device.nut]
"""

import os
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._info import details, find, selectors
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import is_id
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import SIDES, without_code
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **selectors("deployment"),
    "include_code": {"type": "bool", "default": False},
    "code_dir": {"type": "path"},
}


def _files(folder: str, deployments: list[dict[str, Any]]) -> dict[str, bytes]:
    """Return the content of each file by its path."""
    files: dict[str, bytes] = {}
    for one in deployments:
        if not is_id(one["id"]):
            raise InvalidDataError(f"code_dir: the service gave a deployment the id {one['id']!r}, which is none.")
        for side in SIDES:
            path = os.path.join(folder, f"{one['id']}.{side.replace('_code', '')}.nut")
            files[path] = (one[side] or "").encode("utf-8", "surrogatepass")
    return files


def _has(path: str, content: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read() == content
    except FileNotFoundError:
        return False


def _write(context: Context, folder: str, files: dict[str, bytes]) -> bool:
    """Write the files that differ, none in check mode, and return whether there are any."""
    try:
        changed = {path: content for path, content in files.items() if not _has(path, content)}
        if context.check_mode:
            context.warn(f"In check mode no file was written to {folder}.")
            return bool(changed)
        os.makedirs(folder, exist_ok=True)
        for path, content in changed.items():
            with open(path, "wb") as file:
                file.write(content)
    except OSError as error:
        raise InvalidDataError(f"code_dir: {error}.") from error
    return bool(changed)


def run(context: Context) -> dict[str, Any]:
    """Read the deployments, and write their code into files if that is wanted."""
    params = context.params
    found = context.reading(lambda: find(context.client, context.finder, "deployment", params))
    if not (params["include_code"] or params["code_dir"]):
        return {"changed": False, "deployments": found, "files": []}
    with_code = details(context.client, "deployment", found)
    files = _files(params["code_dir"], with_code) if params["code_dir"] else {}
    return {
        "changed": _write(context, params["code_dir"], files) if files else False,
        "deployments": with_code if params["include_code"] else list(map(without_code, with_code)),
        "files": list(files),
    }


OPERATION = Operation("imp_deployment_info", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
