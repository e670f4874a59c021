# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_refresh_token: one by its id, all but the newest, check mode, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
WHERE = "/accounts/me/refresh_tokens"


@pytest.fixture(autouse=True)
def tokens(playbooks: Playbooks, service: Service) -> list[str]:
    """Ids of the account's five refresh tokens, the newest first; the runs sign in with a key, which leaves none."""
    for _token in range(5):
        service.sign_in()
    key = service.login_key()
    playbooks.secrets |= {key}
    playbooks.environment |= {"IMPCENTRAL_LOGIN_KEY": key, "IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
    return ids(service)


def refresh_token(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_refresh_token", options


def ids(service: Service) -> list[str]:
    return [token["id"] for token in service.api("GET", WHERE)]


def test_tokens_are_deleted(playbooks: Playbooks, service: Service, tokens: list[str]) -> None:
    run = playbooks.thrice(
        refresh_token("enough", keep=5),
        refresh_token("by id", id=tokens[1]),
        refresh_token("unknown", id=UNKNOWN, state="absent"),
        refresh_token("but two", keep=2),
        refresh_token("all", keep=0),
    )
    results = run.results
    assert results["enough"]["changed"] is results["unknown"]["changed"] is False
    assert results["by id"]["deleted"] == results["by id, foreseen"]["deleted"] == [tokens[1]]
    assert results["but two"]["deleted"] == results["but two, foreseen"]["deleted"] == [tokens[3], tokens[4]]
    assert results["but two"]["kept"] == sorted([tokens[0], tokens[2]])
    assert len(run.writes("but two")) == 2
    assert results["but two, again"]["deleted"] == results["all"]["kept"] == []
    assert ids(service) == []


def test_without_times_the_newest_are_not_known(playbooks: Playbooks, service: Service, tokens: list[str]) -> None:
    listed = [{"type": "refresh_token", "id": token} for token in tokens]
    body = {"data": listed, "links": {}}
    service.fault("status", status=200, method="GET", path=WHERE, body=body, times=None)
    run = playbooks.run(refresh_token("but one", keep=1), refresh_token("enough", keep=5), refresh_token("all", keep=0))
    told = run.results["but one"]
    assert told["status"] == "failed" and "does not say when each refresh token was created" in told["msg"]
    assert run.results["enough"]["changed"] is False
    assert run.results["all"]["deleted"] == tokens
    service.struck()
    assert ids(service) == []


def test_a_token_that_is_gone_meanwhile_is_no_error(playbooks: Playbooks, service: Service, tokens: list[str]) -> None:
    missing = {"errors": [{"status": "404", "title": "Not Found"}]}
    service.fault("status", status=404, method="DELETE", path=WHERE, body=missing)
    assert playbooks.run(refresh_token("all", keep=0)).results["all"]["deleted"] == tokens
    assert service.struck() == 1


def test_a_refusal_on_the_way_tells_what_is_done(playbooks: Playbooks, service: Service, tokens: list[str]) -> None:
    service.fault("status", status=403, method="DELETE", path=WHERE, nth=2)
    half = playbooks.run(refresh_token("all", keep=0)).results["all"]
    assert (half["status"], half["changed"], len(half["done"])) == ("failed", True, 1)
    assert len(ids(service)) == 4


def test_wrong_use(playbooks: Playbooks) -> None:
    run = playbooks.thrice(
        refresh_token("neither"),
        refresh_token("both", id=UNKNOWN, keep=1),
        refresh_token("empty", id=""),
        refresh_token("negative", keep=-1),
        refresh_token("no number", keep="some"),
        refresh_token("present", keep=1, state="present"),
    )
    told = {name: result["msg"] for name, result in run.results.items()}
    assert "id, keep" in told["neither"] and "mutually exclusive" in told["both"]
    assert "must not be empty" in told["empty"]
    assert "negative" in told["negative"] and "keep" in told["no number"] and "absent" in told["present"]
