# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write each task's result, and the requests that it made, as a line of JSON for the tests to read."""

from __future__ import annotations

import json
import os
from urllib.request import ProxyHandler, build_opener

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: record
type: aggregate
short_description: Record results
description:
  - Writes each task's result as a line of JSON into the file that E(RECORD_FILE) names.
  - The requests come from the emulator's journal at the address E(RECORD_JOURNAL).
"""


class CallbackModule(CallbackBase):
    """Record the results of tasks; that of a loop holds those of its items."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._direct = build_opener(ProxyHandler({}))
        self._seen = 0
        self._requests()

    def _requests(self):
        with self._direct.open(f"{os.environ['RECORD_JOURNAL']}?after={self._seen}", timeout=10) as answer:
            entries = json.load(answer)
        self._seen = entries[-1]["n"] if entries else self._seen
        return [f"{entry['method']} {entry['path']}" for entry in entries]

    def _record(self, result, status):
        line = {
            "task": result._task.get_name(),
            "status": status,
            "result": result._result,
            "requests": self._requests(),
        }
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as record:
            record.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record(result, "failed")

    def v2_runner_on_unreachable(self, result):
        self._record(result, "unreachable")
