# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab tree: a collections path under the checkout that leads back to the checkout."""

from __future__ import annotations

from pathlib import Path

from tools.environment import LAB


def collections_path() -> Path:
    """Return a folder that serves as PYTHONPATH and ANSIBLE_COLLECTIONS_PATH, made when it is missing.

    `ansible_collections/electricimp/impcentral` in it is a link to the checkout, whatever the checkout's folder is called.
    """
    namespace = LAB / "ansible_collections" / "electricimp"
    namespace.mkdir(parents=True, exist_ok=True)
    link = namespace / "impcentral"
    try:
        link.symlink_to("../../..", target_is_directory=True)
    except FileExistsError:
        pass
    return LAB
