# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compile check of a deployment.

Undeclared names, wrong types and the size limit of a program pass: only the grammar is checked.
"""

from __future__ import annotations

from .grammar import first_error


def check(device_code: str, agent_code: str) -> list[dict]:
    """Return the messages of the compile check, none when both sources are fine.

    Each message has `row` and `column` (from 1), `text`, `type` (`error`) and `file` (`device_code` or
    `agent_code`), as the `meta` of a `CX005` answer carries them (contract 1.8).
    """
    messages = []
    for file, source in (("device_code", device_code), ("agent_code", agent_code)):
        error = first_error(source or "")
        if error is not None:
            messages.append(
                {"row": error.row, "column": error.column, "text": error.text, "type": "error", "file": file}
            )
    return messages
