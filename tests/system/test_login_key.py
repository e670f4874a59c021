# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_login_key: first run, second run, check mode, differences, secrets, wrong use."""

from __future__ import annotations

from typing import Any

from tests.system.runner import Playbooks, Run
from tests.system.service import Service


def login_key(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_login_key", options


def keys(service: Service) -> dict[str, str]:
    """Return description -> id of the account's login keys."""
    return {one["attributes"]["description"]: one["id"] for one in service.api("GET", "/accounts/me/login_keys")}


def no_password(key: str) -> dict[str, str]:
    return {"IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": "", "IMPCENTRAL_LOGIN_KEY": key}


def test_a_key_from_creation_to_removal(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.thrice(
        login_key("create", description="nightly"),
        login_key("reveal", description="nightly", reveal=True),
        login_key("remove", description="nightly", state="absent"),
        login_key("never there", description="hourly", state="absent"),
    )
    created = run.results["create"]["login_key"]
    assert created == {**created, "type": "login_key", "description": "nightly", "usages": 0}
    assert created["fingerprint"] == created["id"][-4:] and len(created["id"]) > 12
    assert run.results["create, again"]["login_key"] == {**created, "id": None}
    assert run.results["create, foreseen"]["login_key"] == {
        **dict.fromkeys(created),
        "type": "login_key",
        "description": "nightly",
    }
    assert run.results["reveal"]["login_key"] == created
    assert run.results["remove"]["login_key"] == {**created, "id": None}
    assert run.results["remove, again"]["login_key"] is run.results["never there"]["login_key"] is None
    assert keys(service) == {}


def test_by_id_a_key_is_described_and_deleted(playbooks: Playbooks, service: Service) -> None:
    key = service.login_key()
    playbooks.secrets |= {key, "f" * 16}
    run = playbooks.thrice(
        login_key("describe", id=key, description="nightly"),
        login_key("read", id=key),
        login_key("reveal", id=key, reveal=True),
        login_key("no description", id=key, description=""),
        login_key("unknown", id="f" * 16, description="x"),
        login_key("unknown is absent", id="f" * 16, state="absent"),
        login_key("remove", id=key, state="absent"),
    )
    results = run.results
    assert results["describe"]["diff"] == {"before": {"description": "tests"}, "after": {"description": "nightly"}}
    assert results["describe"]["login_key"]["fingerprint"] == key[-4:]
    assert results["reveal"]["login_key"]["description"] == "nightly"
    assert results["no description"]["login_key"]["description"] in (None, "")
    assert "no login key with this id" in results["unknown"]["msg"]
    assert keys(service) == {}


def test_two_keys_with_one_description_are_ambiguous(playbooks: Playbooks, service: Service) -> None:
    both = {service.login_key(), service.login_key()}
    playbooks.secrets |= both
    run = playbooks.thrice(
        login_key("which", description="tests"), login_key("gone", description="tests", state="absent")
    )
    for name in ("which", "gone"):
        assert "is ambiguous" in run.results[name]["msg"]
        assert {one["id"][-4:] for one in run.results[name]["candidates"]} == {key[-4:] for key in both}


def test_where_the_password_comes_from(playbooks: Playbooks, service: Service) -> None:
    key, password = service.login_key(), service.running.password
    playbooks.secrets |= {key, "wrong-s3cret"}
    playbooks.environment |= no_password(key)
    create = login_key("create", description="nightly")
    none = playbooks.thrice(create, login_key("read", description="tests"))
    assert "account_password" in none.results["create"]["msg"] and none.results["read"]["changed"] is False

    def made(task: tuple[str, str, dict], **variables: Any) -> Run:
        run = playbooks.run(task, ("remove", "imp_login_key", {**task[2], "state": "absent"}), **variables)
        assert [result["changed"] for result in run.results.values()] == [True, True], run.results
        return run

    made(create, IMPCENTRAL_ACCOUNT_PASSWORD=password, IMPCENTRAL_PASSWORD="wrong-s3cret")
    made(create, IMPCENTRAL_PASSWORD=password)
    made(login_key("create", description="nightly", account_password=password))
    given = {"username": service.running.username, "password": password}
    made(login_key("create", description="nightly", **given))


def test_a_wrong_password_is_told_and_renews_nothing(playbooks: Playbooks, service: Service) -> None:
    playbooks.secrets |= {"wrong-s3cret"}
    run = playbooks.run(
        login_key("create", description="nightly", account_password="wrong-s3cret"),
        ("product", "imp_product", {"name": "kitchen"}),
    )
    told = run.results["create"]
    assert told["status"] == "failed" and "the password of the account was refused" in told["msg"]
    assert "account_password" in told["msg"] and "auth_file" not in told["msg"]
    assert len([request for request in run.requests["create"] if "/auth" in request]) == 1
    assert run.results["product"]["status"] == "ok"


def test_the_key_that_signs_in_is_not_deleted_by_accident(playbooks: Playbooks, service: Service) -> None:
    key = service.login_key()
    playbooks.secrets |= {key}
    playbooks.environment |= {**no_password(key), "IMPCENTRAL_ACCOUNT_PASSWORD": service.running.password}
    refused = playbooks.thrice(
        login_key("by description", description="tests", state="absent"),
        login_key("by id", id=key, state="absent"),
    )
    for name in ("by description", "by id"):
        assert "signs in with" in refused.results[name]["msg"] and "force=true" in refused.results[name]["msg"]
    assert list(keys(service)) == ["tests"]
    forced = playbooks.run(login_key("forced", id=key, state="absent", force=True))
    assert forced.results["forced"]["changed"] is True and keys(service) == {}


def test_a_fresh_key_serves_the_next_task_and_shows_nowhere_else(playbooks: Playbooks, service: Service) -> None:
    create = (*login_key("create", description="nightly"), {"register": "nightly", "no_log": True})
    by_key = ("by key", "imp_product", {"name": "kitchen", "login_key": "{{ nightly.login_key.id }}"})
    run = playbooks.run(create, by_key, arguments=("-vvv",))
    assert run.results["by key"]["changed"] is True
    assert keys(service)["nightly"] not in run.output + str(run.results)
    for connection in ("local", "twin"):
        read = (*login_key("read", description="nightly"), {"connection": connection, "diff": True})
        told = playbooks.run(read, arguments=("-vvv",))
        assert told.results["read"]["changed"] is False
        assert keys(service)["nightly"] not in told.output + str(told.results)


def test_an_unclear_answer_creates_no_second_key(playbooks: Playbooks, service: Service) -> None:
    service.fault("reset_after", method="POST", path="/login_keys")
    created = playbooks.run(login_key("create", description="nightly")).results["create"]["login_key"]
    assert service.struck() == 1
    assert keys(service) == {"nightly": created["id"]}


def test_wrong_use_and_limits(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.thrice(
        login_key("nothing"),
        login_key("no description", description=""),
        login_key("unknown state", description="x", state="there"),
    )
    for name in ("nothing", "no description"):
        assert "description, or its id" in run.results[name]["msg"]
    for _key in range(5):
        service.login_key()
    full = playbooks.run(login_key("sixth", description="x")).results["sixth"]
    assert full["status"] == "failed" and "Account Limit Reached" in full["msg"]
