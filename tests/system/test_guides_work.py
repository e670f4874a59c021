# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides to the roles: their playbooks run in the order of the text, each in check mode first."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service
from tests.system.test_guides import DEVICE, GUIDES, ROOT, WORKING, blocks, plays


@pytest.mark.parametrize("guide", WORKING)
def test_the_playbooks_run_and_check_mode_writes_nothing(playbooks: Playbooks, service: Service, guide: str) -> None:
    service.admin("POST", "/devices", json={"devices": [DEVICE]})
    shutil.copytree(ROOT / "playbooks" / "demo" / "files", playbooks.folder / "files")
    restarted = 0
    for number, block in enumerate(blocks(GUIDES / f"{guide}.rst", "yaml")):
        book = playbooks.folder / f"block{number}.yml"
        book.write_text(json.dumps(plays(block)))
        foreseen = playbooks.play(book, "--check", "--diff", IMPCENTRAL_READ_ONLY="true")
        assert foreseen.code == 0, foreseen.output
        assert service.writes() == []
        real = playbooks.play(book)
        assert real.code == 0, real.output
        restarted += sum(request.endswith("/restart") for request in service.writes())
    assert restarted > 0
    assert (playbooks.folder / "report" / "report.html").exists()
