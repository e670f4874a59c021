# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compile check of a deployment.

Undeclared names, wrong types and the size limit of a program pass: only the grammar is checked. A script directive of
this emulator that it cannot read is worth a warning.
"""

from __future__ import annotations

from .grammar import first_error
from .programs import directive_errors


def check(device_code: str | None, agent_code: str | None) -> list[dict]:
    """Return the messages of the compile check, none when both sources are fine.

    Each message has `row` and `column` (from 1), `text`, `type` (`error` or `warning`) and `file` (`device_code` or
    `agent_code`), as the `meta` of a `CX005` answer carries them (contract 1.8).
    """
    return [*_messages("device_code", device_code or ""), *_messages("agent_code", agent_code or "")]


def _messages(file: str, source: str) -> list[dict]:
    error = first_error(source)
    found = [("error", error)] if error else [("warning", warning) for warning in directive_errors(source)]
    return [{"row": at.row, "column": at.column, "text": str(at), "type": kind, "file": file} for kind, at in found]
