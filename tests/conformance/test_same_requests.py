# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's client and the npm client send the same requests for the same calls.

Compared are method, path, decoded query, JSON body, the headers that mean something, and the status of the answer.
A body of ``null``, which the npm client sends with calls that have none, counts as none.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client, StateChange, connect
from tests.conformance.calls import CALLS, Call
from tests.conformance.npm import Npm
from tests.conformance.world import World, build
from tests.system.service import Service

METHODS = 50  # of the npm client's release 1.7.0, the setter of the access token included
# These take more than one call to see something.
IN_TESTS_OF_THEIR_OWN = {
    "auth.accessToken",
    "logStreams.create",
    "logStreams.addDevice",
    "logStreams.removeDevice",
    "logStreams.close",
}
PAGING = {("page[number]", "1"), ("page[size]", "100")}

Sent = dict[str, Any]


def sent(service: Service) -> list[Sent]:
    """Return the requests since the journal was cleared, reduced to what is compared."""
    return [_reduced(entry) for entry in service.admin("GET", "/journal")]


def _reduced(entry: dict[str, Any]) -> Sent:
    url = urlsplit(entry["path"])
    headers = {name.lower(): value for name, value in entry["headers"].items()}
    return {
        "method": entry["method"],
        "path": unquote(url.path),
        "query": set(parse_qsl(url.query, keep_blank_values=True)),
        "body": entry["body"],
        "content type": headers.get("content-type"),
        "own headers": {name: value for name, value in headers.items() if name.startswith("x-electricimp-")},
        "authorized": "authorization" in headers,
        "status": entry["status"],
    }


def prepare(npm: Npm, service: Service) -> World:
    """Make the world anew, with the same identifiers, and an empty journal."""
    service.reset()
    world = build(npm, service)
    service.admin("DELETE", "/journal")
    return world


def our_client(service: Service, world: World) -> Client:
    return connect(service.running.endpoint, access_token=world.access_token, environ={})


def with_paging(request: Sent) -> Sent:
    return {**request, "query": request["query"] | PAGING}


def without_authorization(request: Sent) -> Sent:
    return {**request, "authorized": False}


def normalized(call: str, requests: list[Sent]) -> list[Sent]:
    """Return the npm client's requests as the collection's client sends them where it differs on purpose."""
    if call == "auth.getRefreshTokens":
        # The npm client cannot page through these; the collection's always says which page it wants.
        return [with_paging(request) for request in requests]
    return requests


def test_every_method_of_the_npm_client_has_its_counterpart(npm: Npm) -> None:
    offered = npm.call("driver.offered")
    assert len(offered) == len(set(offered)) == METHODS
    assert {call.method for call in CALLS} | IN_TESTS_OF_THEIR_OWN == set(offered)


@pytest.mark.parametrize("call", CALLS, ids=[call.label for call in CALLS])
def test_same_requests(npm: Npm, service: Service, call: Call) -> None:
    world = prepare(npm, service)
    npm.call(call.method, *call.arguments(world))
    expected = normalized(call.method, sent(service))

    world = prepare(npm, service)
    call.ours(our_client(service, world), world)
    assert sent(service) == expected
    assert [200 <= request["status"] < 300 for request in expected] == [True]


def test_an_access_token_from_elsewhere_is_used(npm: Npm, service: Service) -> None:
    world = prepare(npm, service)
    npm.call("auth.accessToken", world.access_token)
    npm.call("accounts.get", "me")
    expected = sent(service)

    world = prepare(npm, service)
    client = connect(service.running.endpoint, access_token="another", environ={})
    client.auth.use_access_token(world.access_token)
    client.accounts.get("me")
    assert sent(service) == expected
    assert [(request["path"], request["authorized"], request["status"]) for request in expected] == [
        ("/v5/accounts/me", True, 200)
    ]


def test_paging_is_all_that_a_plain_list_adds(npm: Npm, service: Service) -> None:
    """The npm client leaves paging out if it is not asked for it; the collection's reads whole lists."""
    world = prepare(npm, service)
    npm.call("products.list")
    expected = [with_paging(request) for request in sent(service)]

    world = prepare(npm, service)
    our_client(service, world).products.list()
    assert sent(service) == expected


@pytest.mark.parametrize("form", ["text", "json"])
def test_same_requests_for_log_streams(npm: Npm, service: Service, form: str) -> None:
    world = prepare(npm, service)
    stream = npm.data("logStreams.create", form)["id"]
    npm.call("logStreams.addDevice", stream, world.device)
    npm.call("logStreams.removeDevice", stream, world.device)
    expected = sent(service)
    npm.call("logStreams.close", stream)
    assert [request["method"] for request in expected] == ["POST", "GET", "PUT", "DELETE"]

    world = prepare(npm, service)
    with our_client(service, world).log_streams.create(form) as ours:
        events = ours.events()
        assert next(events) == StateChange("opened", None)
        ours.add_device(world.device)
        ours.remove_device(world.device)
        actual = sent(service)
    assert actual[1]["authorized"]
    # The npm client's reader sends no token; the service takes the id of the stream for it. Ours sends one to be safe.
    actual[1] = without_authorization(actual[1])
    assert actual == expected
