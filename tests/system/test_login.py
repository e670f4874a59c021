# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""imp_login: one sign-in for the whole run, by every credential; check mode; what goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.system.runner import Playbooks, Run
from tests.system.service import Service

LATER = ("later", "imp_product", {"name": "kitchen"})


def login(task: str, keywords: dict[str, Any] | None = None, /, **options: Any) -> tuple[str, str, dict, dict]:
    return task, "imp_login", options, keywords or {}


def sign_ins(run: Run, name: str) -> list[str]:
    return [request for request in run.requests[name] if "/auth" in request]


def is_accepted(service: Service, token: str) -> bool:
    return bool(service.api("GET", "/accounts/me", Authorization=f"Bearer {token}"))


def test_the_run_signs_in_once(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.run(
        login("login"),
        LATER,
        login("again"),
        login("foreseen", {"check_mode": True}),
        login("as a normal module", {"async": 60, "poll": 1}),
        ("at last", *LATER[1:]),
    )
    token = run.results["login"]["access_token"]
    assert is_accepted(service, token)
    assert run.results["login"]["expires_at"].endswith("Z")
    assert sign_ins(run, "login") == ["POST /v5/auth"]
    for name, result in run.results.items():
        assert result["status"] == "ok", (name, result)
        assert name == "login" or sign_ins(run, name) == [], name
    for name in ("again", "foreseen", "as a normal module"):
        assert (run.results[name]["changed"], run.results[name]["access_token"]) == (False, token)


def test_a_one_time_password_is_asked_for_once(playbooks: Playbooks, service: Service) -> None:
    service.admin("PATCH", f"/accounts/{service.running.account_id}", json={"two_factor": True})
    run = playbooks.run(login("without"), login("login", otp=service.running.otp), LATER)
    assert run.results["without"]["status"] == "failed" and "otp" in run.results["without"]["msg"]
    assert len(sign_ins(run, "login")) == 2  # password, then one-time password
    assert run.results["later"]["status"] == "ok" and sign_ins(run, "later") == []


def test_check_mode_signs_in(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.run(login("login"), LATER, arguments=("--check",))
    assert is_accepted(service, run.results["login"]["access_token"])
    assert len(sign_ins(run, "login")) == 1 and sign_ins(run, "later") == []


def test_read_only_may_sign_in(playbooks: Playbooks) -> None:
    assert playbooks.run(login("login", read_only=True)).results["login"]["status"] == "ok"


@pytest.mark.parametrize("kind", ["login_key", "refresh_token", "auth_file", "password"])
def test_every_credential(playbooks: Playbooks, service: Service, kind: str) -> None:
    key, tokens, running = service.login_key(), service.sign_in(), service.running
    file = playbooks.folder / "auth.json"
    file.write_text(json.dumps({"loginKey": key}))
    playbooks.secrets |= {key, tokens["refresh_token"]}
    options = {
        "login_key": {"login_key": key},
        "refresh_token": {"refresh_token": tokens["refresh_token"]},
        "auth_file": {"auth_file": str(file)},
        "password": {"username": running.email, "password": running.password},
    }[kind]
    nothing: dict[str, Any] = {"IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
    later = (*LATER[:2], {**LATER[2], **options})
    run = playbooks.run(login("login", **options), later, **nothing)
    assert is_accepted(service, run.results["login"]["access_token"])
    assert len(sign_ins(run, "login")) == 1 and sign_ins(run, "later") == []


def test_a_given_token_is_censored(playbooks: Playbooks, service: Service) -> None:
    token = service.sign_in()["access_token"]
    playbooks.secrets |= {token}
    run = playbooks.run(login("login", access_token=token))
    result = run.results["login"]
    assert (result["status"], result["expires_at"], run.requests["login"]) == ("ok", None, [])


def test_what_goes_wrong_is_told(playbooks: Playbooks) -> None:
    playbooks.secrets |= {"wrong-s3cret"}
    none: dict[str, Any] = {"IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
    wrong = playbooks.run(login("login", login_key="wrong-s3cret"), **none).results["login"]
    nothing = playbooks.run(login("login"), **none).results["login"]
    assert wrong["status"] == nothing["status"] == "failed"
    assert "was refused" in wrong["msg"] and "no credentials" in nothing["msg"]
