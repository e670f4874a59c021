# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official command line tool's files, that of the user and that of a folder, are read and never written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.runner import Playbooks, Run
from tests.system.service import Service

NAME = ".impt.auth"  # in the home folder, and in the folder of a project
LONG_AGO = "2001-01-01T00:00:00.000Z"


@pytest.fixture
def home(playbooks: Playbooks) -> Path:
    folder = playbooks.folder / "home"
    folder.mkdir()
    playbooks.environment |= {
        "HOME": str(folder),
        "IMPCENTRAL_ENDPOINT": "",
        "IMPCENTRAL_USERNAME": "",
        "IMPCENTRAL_PASSWORD": "",
    }
    return folder


def save(file: Path, service: Service, **credentials: Any) -> None:
    """Write what the tool writes when it has signed in."""
    content = {"accessToken": "expired", "expiresAt": LONG_AGO, "endpoint": service.running.endpoint, **credentials}
    file.write_text(json.dumps(content, indent=2))
    file.chmod(0o600)


def sign_ins(run: Run) -> list[str]:
    return [one for requests in run.requests.values() for one in requests if "/auth" in one]


@pytest.mark.parametrize(("named", "kind"), [(f"~/{NAME}", "loginKey"), (NAME, "refreshToken"), (NAME, "accessToken")])
def test_both_files_are_read_and_stay_as_they_are(
    playbooks: Playbooks, service: Service, home: Path, named: str, kind: str
) -> None:
    signed_in = service.sign_in()
    secret = {
        "accessToken": signed_in["access_token"],
        "loginKey": service.login_key(),
        "refreshToken": signed_in["refresh_token"],
    }[kind]
    playbooks.secrets |= {secret}
    right, wrong = home / NAME, playbooks.folder / NAME
    if named == NAME:
        right, wrong = wrong, right
    save(right, service, **{kind: secret}, **({"expiresAt": signed_in["expires_at"]} if kind == "accessToken" else {}))
    wrong.write_text("{}")
    before = right.read_bytes(), right.stat()
    product = ("imp_product", {"name": "kitchen", "auth_file": named})
    run = playbooks.run(
        ("inside", *product),
        ("again", *product),
        ("elsewhere", *product, {"connection": "twin"}),
        ("by variable", "imp_product_info", {}, {"environment": {"IMPCENTRAL_AUTH_FILE": named}}),
    )
    assert {result["status"] for result in run.results.values()} == {"ok"}, run.results
    assert run.results["inside"]["changed"] is True and run.results["elsewhere"]["changed"] is False
    assert sign_ins(run) == ([] if kind == "accessToken" else ["POST /v5/auth/token"] * 2)  # one is that elsewhere
    after = right.stat()
    assert (right.read_bytes(), after.st_mtime_ns, after.st_ino) == (before[0], before[1].st_mtime_ns, before[1].st_ino)
    assert wrong.read_text() == "{}"


def test_no_file_is_read_that_is_not_named(playbooks: Playbooks, service: Service, home: Path) -> None:
    for folder in (home, playbooks.folder):
        save(folder / NAME, service, loginKey=service.login_key())
    result = playbooks.run(("product", "imp_product", {"name": "kitchen"})).results["product"]
    assert result["status"] == "failed" and "no credentials" in result["msg"]
