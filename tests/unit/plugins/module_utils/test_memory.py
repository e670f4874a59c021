# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import NotFoundError
from tests.unit.plugins.module_utils.fake_service import (
    Reply,
    error_reply,
    listing,
    one,
    products,
)


class TestMemory:
    def test_the_same_question_is_asked_once(self, service, client):
        service.on("GET", "/products", listing(products(2)))
        service.on("GET", "/products/p-1", one("product", "p-1"))
        for _time in range(2):
            client.products.list(owner_id="a")
            client.products.list(owner_id="b")
            client.products.get("p-1")
        assert len(service.journal) == 1 + 3

    def test_what_is_handed_out_can_be_changed_without_harm(self, service, client):
        service.on("GET", "/devicegroups/g-1", one("dut_devicegroup", "g-1", env_vars={"a": [1]}))
        first = client.device_groups.get("g-1")
        first["env_vars"]["a"].append(2)
        first["name"] = "x"
        again = client.device_groups.get("g-1")
        assert (again["env_vars"], again["name"]) == ({"a": [1]}, None)

    def test_fresh_asks_again(self, service, client):
        service.on("GET", "/products", listing(products(1)), listing(products(2)), listing(products(3)))
        assert [len(client.products.list()), len(client.products.list(fresh=True)), len(client.products.list())] == [
            1,
            2,
            2,
        ]

    @pytest.mark.parametrize(
        ("write", "dropped"),
        [
            (lambda client: client.products.delete("x"), {"products"}),
            (lambda client: client.device_groups.delete("x"), {"devicegroups", "devices", "deployments", "webhooks"}),
            (lambda client: client.deployments.update("x", {}), {"deployments", "devicegroups"}),
            (lambda client: client.webhooks.delete("x"), {"webhooks"}),
            (lambda client: client.devices.update("x", {}), {"devices"}),
            (lambda client: client.device_groups.add_devices("x", ["d"]), {"devices"}),
            (lambda client: client.device_groups.restart("x"), {"devices"}),
            (lambda client: client.device_groups.set_min_supported_deployment("x", "d"),
             {"devicegroups", "devices", "deployments", "webhooks"}),
        ],
    )  # fmt: skip
    def test_a_write_drops_what_it_may_have_changed_even_when_it_fails(self, service, client, write, dropped):
        kinds = ("products", "devicegroups", "devices", "deployments", "webhooks")
        collections = {getattr(client, name).resource.path: getattr(client, name) for name in
                       ("products", "device_groups", "devices", "deployments", "webhooks")}  # fmt: skip
        for kind in kinds:
            service.on("GET", f"/{kind}", listing([[]]))
            collections[kind].list()
        with pytest.raises(NotFoundError):
            write(client)
        for kind in kinds:
            collections[kind].list()
        assert {kind for kind in kinds if len(service.asked("GET", f"/{kind}")) == 2} == dropped

    def test_forget(self, service, client):
        service.on("GET", "/products", listing(products(1)))
        client.products.list()
        client.forget(older_than=3600)
        client.products.list()
        assert len(service.asked("GET", "/products")) == 1
        client.forget(older_than=0)
        client.products.list()
        client.forget()
        client.products.list()
        assert len(service.asked("GET", "/products")) == 3

    def test_what_was_read_during_a_write_is_not_kept(self, service, client):
        def slow(request):
            client._memory.wrote("product")
            return Reply(200, {"data": [], "links": {}})

        service.on("GET", "/products", slow, listing(products(1)))
        assert client.products.list() == []
        assert len(client.products.list()) == 1

    def test_an_error_is_not_remembered(self, service, client):
        service.on("GET", "/products/p-1", error_reply(404, "Not Found"), one("product", "p-1"))
        with pytest.raises(NotFoundError):
            client.products.get("p-1")
        assert client.products.get("p-1")["id"] == "p-1"

    def test_threads_that_ask_the_same_ask_once(self, service, client):
        service.on("GET", "/products", listing(products(250)))
        together = threading.Barrier(8, timeout=10)

        def ask(_number):
            together.wait()
            return len(client.products.list())

        assert client.session.map(ask, range(8)) == [250] * 8
        asked = [request.query["page[number]"] for request in service.asked("GET", "/products")]
        assert len(asked) == len(set(asked))
