#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_report
short_description: Write the report of a restart or a rollout
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Writes C(report.html), a page without external files, and C(report.json) into a folder; and C(failed.limit), the
    devices that failed, for C(--limit @failed.limit), when there are any.
  - The roles P(electricimp.impcentral.restart#role) and P(electricimp.impcentral.rollout#role) use it. It sends no
    request.
options:
  path:
    description: The folder. It is made if it is missing.
    type: path
    required: true
  title:
    description: Title of the page.
    type: str
    required: true
  result:
    description: The fact that the role sets, C(restart_result) or C(rollout_result).
    type: dict
    required: true
  stages:
    description: The stages of the work.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the stage.
        type: str
        required: true
      state:
        description: State of its workflow, see P(electricimp.impcentral.imp_workflow_open#filter).
        type: dict
        required: true
      deployment:
        description: Id of the deployment.
        type: str
      previous_deployment:
        description: Id of the deployment before it.
        type: str
  hosts:
    description: Host names of the inventory by device id. A device without one is named by its id.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the service.
    support: full
  diff_mode:
    description: Will return details on what has changed (or would change in C(check_mode)), when in diff mode.
    support: none
    details:
      - A report is new each time.
  idempotent:
    description: When run twice in a row with the same arguments, the second time does nothing and reports no change.
    support: full
seealso:
  - module: electricimp.impcentral.imp_restart
extends_documentation_fragment:
  - electricimp.impcentral.attributes.action_group
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner.unused
"""

EXAMPLES = r"""
- name: Plan
  electricimp.impcentral.imp_restart_plan:
    product: kitchen
    device_group: sensors
  register: plan

- name: Write what is known so far
  electricimp.impcentral.imp_report:
    path: "{{ playbook_dir }}/report"
    title: Restart
    result: "{{ plan | electricimp.impcentral.imp_workflow_open | electricimp.impcentral.imp_workflow_outcome }}"
    stages:
      - name: sensors
        state: "{{ plan | electricimp.impcentral.imp_workflow_open }}"
"""

RETURN = r"""
files:
  description: Paths of the files that the report consists of.
  returned: success
  type: list
  elements: str
  sample: [/home/me/report/report.html, /home/me/report/report.json]
"""

import json
from pathlib import Path
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._report import data_of, page_of
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "title": {"type": "str", "required": True},
    "result": {"type": "dict", "required": True},
    "stages": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "state": {"type": "dict", "required": True},
            "deployment": {"type": "str"},
            "previous_deployment": {"type": "str"},
        },
    },
    "hosts": {"type": "dict", "default": {}},
}


def _texts(params: dict[str, Any]) -> dict[str, str]:
    report = data_of(params["title"], params["result"], params["stages"])
    texts = {"report.html": page_of(report), "report.json": json.dumps(report, indent=2, sort_keys=True) + "\n"}
    failed = [params["hosts"].get(device_id, device_id) for device_id in params["result"].get("failed") or []]
    if failed:
        texts["failed.limit"] = "".join(f"{host}\n" for host in dict.fromkeys(failed))
    return texts


def run(context: Context) -> dict[str, Any]:
    """Write the files."""
    folder = Path(context.params["path"])
    try:
        texts = _texts(context.params)
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidDataError(f"result and stages are not what the roles make: {error!r}.") from error
    changed = False
    try:
        for name, text in texts.items():
            file = folder / name
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                changed = True
                if not context.check_mode:
                    folder.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidDataError(f"could not write the report into {str(folder)!r}: {error}.") from error
    return {"changed": changed, "files": [str(folder / name) for name in texts]}


OPERATION = Operation("imp_report", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
