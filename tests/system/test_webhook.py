# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_webhook: first run, second run, check mode, differences, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
URL = "https://hooks.example.com/"


@pytest.fixture(autouse=True)
def group(service: Service) -> str:
    """The group ``kitchen``/``a`` that the webhooks of these tests belong to."""
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    relationships = {"product": {"type": "product", "id": product}}
    data = {"type": "development_devicegroup", "attributes": {"name": "a"}, "relationships": relationships}
    return service.api("POST", "/devicegroups", data)["id"]


def webhook(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_webhook", {"product": "kitchen", "device_group": "a", "event": "deployment", **options}


def by_id(task: str, key: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_webhook", {"id": key, **options}


def test_one_webhook_for_an_event(playbooks: Playbooks, service: Service, group: str) -> None:
    run = playbooks.thrice(
        webhook("create", url=URL),
        webhook("elsewhere", url=f"{URL}2"),
        webhook("as a form", url=f"{URL}2", content_type="form"),
        webhook("type left out", url=f"{URL}2"),
        webhook("long type", content_type="application/x-www-form-urlencoded"),
        webhook("json", device_group=group, content_type="json"),
        webhook("another event", event="blinkup", url=URL, content_type="form"),
        webhook("third event", event="blessing", url=URL, content_type="application/json"),
        webhook("remove", state="absent"),
        webhook("never there", device_group="b", state="absent"),
    )
    created = run.results["create"]["webhook"]
    assert created == {**created, "type": "webhook", "url": URL, "event": "deployment", "device_group_id": group}
    assert created["content_type"] == "application/json" and created["device_group_type"] == "development"
    assert run.results["elsewhere"]["webhook"]["id"] == created["id"]
    assert run.results["elsewhere"]["diff"] == {"before": {"url": URL}, "after": {"url": f"{URL}2"}}
    assert run.results["as a form"]["webhook"]["content_type"] == "application/x-www-form-urlencoded"
    assert run.results["type left out"]["changed"] is run.results["long type"]["changed"] is False
    assert run.results["json"]["webhook"]["content_type"] == "application/json"
    assert run.results["another event"]["webhook"]["content_type"] == "application/x-www-form-urlencoded"
    assert run.results["remove"]["webhook"]["id"] == created["id"]
    assert run.results["remove, again"]["webhook"] is run.results["never there"]["webhook"] is None
    assert sorted(row["event"] for row in service.rows("webhooks")) == ["blessing", "blinkup"]


def test_several_webhooks_for_an_event(playbooks: Playbooks, service: Service) -> None:
    both = {"match": "event_and_url"}
    run = playbooks.thrice(
        webhook("first", url=f"{URL}1", **both),
        webhook("second", url=f"{URL}2", **both),
        webhook("which", url=f"{URL}3"),
        webhook("which to remove", state="absent"),
        webhook("second's type", url=f"{URL}2", content_type="form", **both),
        webhook("without url", **both),
        webhook("remove first", url=f"{URL}1", state="absent", **both),
    )
    first, second = (run.results[name]["webhook"]["id"] for name in ("first", "second"))
    for name in ("which", "which to remove"):
        assert "match=event_and_url" in run.results[name]["msg"]
        assert {one["id"] for one in run.results[name]["candidates"]} == {first, second}
    assert run.results["second's type"]["webhook"]["id"] == second
    assert "url" in run.results["without url"]["msg"]
    assert [row["id"] for row in service.rows("webhooks")] == [second]


def test_by_id(playbooks: Playbooks, service: Service) -> None:
    key = playbooks.run(webhook("create", url=URL)).results["create"]["webhook"]["id"]
    run = playbooks.thrice(
        by_id("elsewhere", key, url=f"{URL}2"),
        by_id("same event", key, event="deployment"),
        by_id("other event", key, event="blinkup"),
        by_id("unknown", UNKNOWN, url=URL),
        by_id("unknown is absent", UNKNOWN, state="absent"),
        by_id("remove", key, state="absent"),
    )
    assert run.results["elsewhere"]["webhook"]["url"] == f"{URL}2"
    assert run.results["same event"]["changed"] is False
    assert "cannot be changed" in run.results["other event"]["msg"] and "'blinkup'" in run.results["other event"]["msg"]
    assert UNKNOWN in run.results["unknown"]["msg"]
    assert service.rows("webhooks") == []


def test_an_id_and_another_place_are_refused(playbooks: Playbooks, service: Service, group: str) -> None:
    made = playbooks.run(webhook("create", url=URL), ("other", "imp_product", {"name": "cellar"})).results
    key = made["create"]["webhook"]["id"]
    run = playbooks.thrice(
        by_id("the same", key, product="kitchen", device_group=group, url=f"{URL}2"),
        by_id("other group", key, device_group="b", url=URL),
        by_id("other product", key, product="cellar", state="absent"),
    )
    assert "does not belong to the device group 'b'" in run.results["other group"]["msg"]
    assert "does not belong to the product 'cellar'" in run.results["other product"]["msg"]
    assert [row["url"] for row in service.rows("webhooks")] == [f"{URL}2"]


def test_user_info_is_masked_and_still_compared(playbooks: Playbooks, service: Service) -> None:
    playbooks.secrets |= {"s3cret-one", "s3cret-two"}
    run = playbooks.thrice(
        webhook("create", url="https://me:s3cret-one@hooks.example.com/x"),
        webhook("other password", url="https://me:s3cret-two@hooks.example.com/x"),
        webhook("refused", event="nothing", url="https://me:s3cret-two@hooks.example.com/x"),
    )
    changed = run.results["other password"]
    assert changed["changed"] is True and changed["diff"]["prepared"] == "- change url of the webhook for deployment\n"
    assert "hooks.example.com" in run.results["create"]["webhook"]["url"]
    assert [row["url"] for row in service.rows("webhooks")] == ["https://me:s3cret-two@hooks.example.com/x"]
    # As a normal module, and as verbose as it gets.
    twin = webhook("twin", url="https://me:s3cret-one@hooks.example.com/x")
    told = playbooks.run((*twin, {"connection": "twin", "diff": True}), arguments=("-vvv",))
    assert told.results["twin"]["changed"] is True


def test_wrong_use(playbooks: Playbooks) -> None:
    run = playbooks.thrice(
        webhook("no url"),
        ("no event", "imp_webhook", {"product": "kitchen", "device_group": "a", "url": URL}),
        ("no product", "imp_webhook", {"device_group": "a", "event": "blinkup", "url": URL}),
        ("nothing", "imp_webhook", {}),
        webhook("unknown event", event="explosion", url=URL),
        webhook("unknown type", url=URL, content_type="xml"),
        webhook("unknown group", device_group=UNKNOWN, url=URL),
    )
    told = {name: result["msg"] for name, result in run.results.items()}
    assert "url" in told["no url"] and "event" in told["no event"] and "product" in told["no product"]
    assert "blessing" in told["unknown event"] and "json" in told["unknown type"] and UNKNOWN in told["unknown group"]
    refused = playbooks.run(webhook("bad url", url="invalidurl")).results["bad url"]
    assert "Invalid URL" in refused["msg"]


def test_a_group_of_an_earlier_task_is_foreseen(playbooks: Playbooks) -> None:
    task = webhook("webhook", device_group="missing", url=URL)
    foreseen = playbooks.run(task, arguments=("--check",)).results["webhook"]
    real = playbooks.run(task).results["webhook"]
    assert foreseen["changed"] is True and foreseen["webhook"]["device_group_id"] is None
    assert "created by an earlier task" in foreseen["warnings"][-1]
    assert real["status"] == "failed" and "'missing'" in real["msg"]
