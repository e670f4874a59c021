# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks."""

from __future__ import annotations

import pytest
from client import DEVELOPMENT, Api, resource

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
def group(api: Api) -> str:
    return api.group(api.product())


def body(group: str, url: str = "http://example.com/", event: str = "deployment", content_type: str = JSON) -> dict:
    attributes = {"url": url, "event": event, "content_type": content_type}
    return resource("webhook", attributes, devicegroup=(DEVELOPMENT, group))


def test_life(api: Api, group):
    hook = api.call("POST", "/webhooks", body(group), 201)["data"]
    path = f"/webhooks/{hook['id']}"
    assert hook["attributes"]["event"] == "deployment"
    assert hook["relationships"]["devicegroup"] == {"type": DEVELOPMENT, "id": group}
    assert set(hook["relationships"]) == {"product", "devicegroup", "owner", "creator"}
    assert api.get(path) == hook
    other = api.call("POST", "/webhooks", body(api.group(api.product("Other"))), 201)["data"]["id"]
    assert api.ids("/webhooks") == [hook["id"], other]
    assert api.ids(f"/webhooks?filter[devicegroup.id]={group}") == [hook["id"]]
    change = resource("webhook", {"url": "https://example.com/new", "content_type": FORM}, hook["id"])
    changed = api.call("PATCH", path, change)["data"]["attributes"]
    assert (changed["url"], changed["content_type"]) == ("https://example.com/new", FORM)
    assert api.call("PATCH", path, resource("webhook", {}, hook["id"]))["data"]["attributes"]["content_type"] == FORM
    api.fails("PATCH", path, resource("webhook", {"event": "blinkup"}, hook["id"]))
    api.call("DELETE", path, status=204)
    api.fails("DELETE", path, status=404)
    api.call("DELETE", f"/devicegroups/{group}", status=204)


@pytest.mark.parametrize("url", ["invalidurl", "", "ftp://example.com/", "http://", "http://a b/", "http://[/", None])
def test_invalid_urls(api: Api, group, url):
    error = api.fails("POST", "/webhooks", body(group, url))
    assert (error["title"], error["detail"]) == ("Invalid URL", "The provided URL is invalid.")


def test_other_invalid_attributes(api: Api, group):
    api.fails("POST", "/webhooks", body(group, event="other"))
    api.fails("POST", "/webhooks", body(group, content_type="text/plain"))
    api.fails("POST", "/webhooks", body("unknown"), 404)


def test_several_hooks_of_one_event(api: Api, group):
    for event in ("deployment", "deployment", "blessing", "blinkup"):
        api.call("POST", "/webhooks", body(group, event=event), 201)
    assert len(api.ids("/webhooks")) == 4
