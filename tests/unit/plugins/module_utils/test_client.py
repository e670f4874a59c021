# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils import client as public
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import (
    BATCH,
    DEFAULT_ENDPOINT,
    connect,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AccountPasswordError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    InvalidDataError,
    NotFoundError,
    OneTimePasswordError,
    ServiceError,
)
from tests.unit.plugins.module_utils.fake_service import (
    RESET,
    Reply,
    document,
    error_reply,
    listing,
    one,
    products,
    token_reply,
)


class TestConnect:
    def test_nothing_is_sent_and_the_public_service_is_meant(self):
        client = connect(login_key="k", environ={})
        assert client.endpoint == DEFAULT_ENDPOINT == "https://api.electricimp.com/v5"

    def test_where_the_endpoint_comes_from(self, tmp_path):
        file = tmp_path / ".impt.auth"
        file.write_text('{"loginKey": "k", "endpoint": "https://file/v5"}')
        environ = {"IMPCENTRAL_ENDPOINT": "https://variable/v5"}
        assert connect("https://option/v5", auth_file=str(file), environ=environ).endpoint == "https://option/v5"
        assert connect(auth_file=str(file), environ=environ).endpoint == "https://variable/v5"
        assert connect(auth_file=str(file), environ={}).endpoint == "https://file/v5"
        assert connect(auth_file=str(file), login_key="x", environ={}).endpoint == DEFAULT_ENDPOINT

    def test_without_credentials_only_the_first_request_fails(self):
        client = connect(environ={})
        with pytest.raises(InvalidDataError, match="IMPCENTRAL_LOGIN_KEY"):
            client.accounts.get("me")

    def test_the_example_is_true(self, service):
        service.on("GET", "/accounts/me", one("account", "a-1", username="me"))
        service.on("GET", "/products", listing(products(2)))
        service.on("GET", "/devicegroups", listing([[]]))
        example = public.__doc__.split("Example::")[1].split("\n\n", 2)[2]
        lines = [line[4:] for line in example.splitlines()]
        printed = []
        client = connect(service.endpoint, login_key="k", environ={})
        code = "\n".join(line for line in lines if not line.startswith("client = "))
        exec(code, {"client": client, "print": lambda *texts: printed.append(texts)})
        assert printed == [("Product 0", 0), ("Product 1", 0)]


class TestReading:
    def test_a_list_is_flat_whole_and_without_doubles(self, service, client):
        pages = products(1200)
        pages[3] = pages[3][:50] + pages[2][-50:]
        service.on("GET", "/products", listing(pages))
        found = client.products.list(owner_id="a-1")
        assert [item["id"] for item in found] == list(dict.fromkeys(one["id"] for page in pages for one in page))
        assert found[0]["name"] == "Product 0"
        assert {request.query["filter[owner.id]"] for request in service.asked("GET", "/products")} == {"a-1"}
        assert {request.query["page[size]"] for request in service.asked("GET", "/products")} == {"100"}

    def test_a_list_whose_next_is_itself_ends(self, service, client):
        def links(request, number):
            return {"next": f"{service.origin}{request.target}"}

        service.on("GET", "/products", listing([products(3)[0]], links))
        assert len(client.products.list()) == 3
        assert len(service.asked("GET", "/products")) == 1

    def test_a_limit(self, service, client):
        service.on("GET", "/products", listing(products(500, 7)))
        assert len(client.products.list(limit=7)) == 7
        (request,) = service.asked("GET", "/products")
        assert request.query == {"page[number]": "1", "page[size]": "7"}

    def test_pages(self, service, client):
        service.on("GET", "/products", listing(products(5, 2)))
        assert [len(page) for page in client.products.pages(page_size=2)] == [2, 2, 1]

    @pytest.mark.parametrize(
        ("collection", "filters", "query"),
        [
            ("device_groups", {"type": "pre-factory"}, {"filter[type]": "pre_factoryfixture_devicegroup"}),
            ("devices", {"device_group_type": "production"}, {"filter[devicegroup.type]": "production_devicegroup"}),
            ("devices", {"device_group_owner_id": "null", "owner_id": None}, {"filter[devicegroup.owner.id]": "null"}),
            ("deployments", {"flagged": True, "tags": ["a", "b"]}, {"filter[flagged]": "true", "filter[tags]": "a,b"}),
            ("deployments", {"flagged": "any", "sha": "x"}, {"filter[flagged]": "any", "filter[sha]": "x"}),
            ("webhooks", {"device_group_id": "g-1"}, {"filter[devicegroup.id]": "g-1"}),
        ],
    )
    def test_filters(self, service, client, collection, filters, query):
        plural = getattr(client, collection).resource.path
        service.on("GET", f"/{plural}", listing([[]]))
        assert getattr(client, collection).list(**filters) == []
        sent = service.asked("GET", f"/{plural}")[0].query
        assert {name: value for name, value in sent.items() if name.startswith("filter")} == query

    def test_filters_that_do_not_exist(self, service, client):
        with pytest.raises(InvalidDataError, match=r"products have no filter color. Known: owner_id"):
            client.products.list(color="red")
        with pytest.raises(InvalidDataError, match="no device group type 'test'"):
            client.device_groups.list(type="test")
        assert service.journal == []

    def test_an_unknown_id(self, client):
        with pytest.raises(NotFoundError):
            client.products.get("missing")

    def test_an_answer_of_another_shape(self, service, client):
        service.on("GET", "/products", Reply(200, {"data": {"id": "1"}}))
        with pytest.raises(ServiceError, match="without the 'data'"):
            client.products.list()


class TestWriting:
    def test_create(self, service, client):
        service.on("POST", "/devicegroups", one("development_devicegroup", "g-1", name="G"))
        flat = client.device_groups.create({"name": "G"}, {"product": ("product", "p-1")}, type="development")
        assert service.asked("POST", "/devicegroups")[0].body == {
            "data": {
                "type": "development_devicegroup",
                "attributes": {"name": "G"},
                "relationships": {"product": {"type": "product", "id": "p-1"}},
            }
        }
        assert (flat["id"], flat["name"], flat["product_id"]) == ("g-1", "G", None)

    def test_update(self, service, client):
        service.on("PATCH", "/products/p-1", one("product", "p-1", name="New"))
        assert client.products.update("p-1", {"name": "New"})["name"] == "New"
        body = {"data": {"type": "product", "id": "p-1", "attributes": {"name": "New"}}}
        assert service.asked("PATCH", "/products/p-1")[0].body == body

    @pytest.mark.parametrize("type", ["dut", None])
    def test_a_group_is_updated_under_its_own_type(self, service, client, type):
        service.on("GET", "/devicegroups/g-1", one("dut_devicegroup", "g-1"))
        service.on("PATCH", "/devicegroups/g-1", one("dut_devicegroup", "g-1"))
        client.device_groups.update("g-1", relationships={"dut_target": ("pre-dut", "g-2")}, type=type)
        assert service.asked("PATCH", "/devicegroups/g-1")[0].body["data"] == {
            "type": "dut_devicegroup",
            "id": "g-1",
            "attributes": {},
            "relationships": {"dut_target": {"type": "pre_dut_devicegroup", "id": "g-2"}},
        }

    def test_warnings_of_a_success(self, service, client):
        answer = document("deployment", "d-1", {"devicegroup": ("dut_devicegroup", "g-1")}, sha="s")
        meta = [{"row": 1, "column": 2, "text": "unused", "file": "agent_code"}]
        answer["meta"] = [{"title": "Careful", "detail": "old", "status": "200", "meta": meta}, "odd"]
        service.on("POST", "/deployments", Reply(201, {"data": answer}))
        warnings = []
        flat = client.deployments.create({}, {"devicegroup": ("dut", "g-1")}, on_warning=warnings.append)
        assert warnings == ["Careful: old (agent_code row 1 column 2: unused)"]
        assert flat["device_group_type"] == "dut"
        assert set(flat) == set(client.deployments.resource.keys)

    def test_delete(self, service, client):
        service.on("DELETE", "/devices/d 1", Reply(204))
        assert client.devices.delete("d 1") is None
        assert service.asked("DELETE", "/devices/d 1")[0].body is None

    def test_an_empty_id_is_refused(self, service, client):
        with pytest.raises(InvalidDataError, match="must not be empty"):
            client.products.delete("")
        assert service.journal == []

    def test_a_create_whose_answer_is_lost_is_not_repeated(self, service, client):
        service.on("POST", "/products", RESET)
        with pytest.raises(ConnectionFailedError) as caught:
            client.products.create({"name": "P"})
        assert caught.value.executed is None
        assert len(service.asked("POST", "/products")) == 1


class TestMembers:
    WHERE = "/devicegroups/g-1/relationships/devices"

    @pytest.mark.parametrize("key", [None, "unbond-key-1"])
    def test_add_and_remove(self, service, client, key):
        service.on("POST", self.WHERE, Reply(204))
        service.on("DELETE", self.WHERE, Reply(204))
        client.device_groups.add_devices("g-1", ["d-1", "d-2"])
        client.device_groups.remove_devices("g-1", ["d-1"], unbond_key=key)
        added, removed = service.asked("POST", self.WHERE)[0], service.asked("DELETE", self.WHERE)[0]
        assert added.body == {"data": [{"type": "device", "id": "d-1"}, {"type": "device", "id": "d-2"}]}
        assert removed.body == {"data": [{"type": "device", "id": "d-1"}]}
        assert removed.headers["X-Electricimp-Key"] == key

    @pytest.mark.parametrize("count", [0, BATCH + 1])
    def test_too_few_or_too_many(self, service, client, count):
        with pytest.raises(InvalidDataError, match=f"1 to {BATCH} devices, not {count}"):
            client.device_groups.add_devices("g-1", ["d"] * count)
        assert service.journal == []

    def test_unblessing_is_not_repeated_on_a_guess(self, service, client):
        service.on("DELETE", self.WHERE, RESET, Reply(204))
        with pytest.raises(ConnectionFailedError):
            client.device_groups.remove_devices("g-1", ["d-1"], unbond_key="unbond-key-1")
        service.on("DELETE", self.WHERE, RESET, Reply(204))
        client.device_groups.remove_devices("g-1", ["d-1"])

    def test_the_unbond_key_is_not_shown(self, service, client):
        service.on("DELETE", self.WHERE, error_reply(403, "Wrong key unbond-key-1"))
        with pytest.raises(Exception, match=r"Wrong key \*+$"):
            client.device_groups.remove_devices("g-1", ["d-1"], unbond_key="unbond-key-1")

    def test_the_oldest_deployment(self, service, client):
        where = "/devicegroups/g-1/relationships/min_supported_deployment"
        service.on("PUT", where, Reply(204))
        client.device_groups.set_min_supported_deployment("g-1", "d-1")
        assert service.asked("PUT", where)[0].body == {"data": {"type": "deployment", "id": "d-1"}}

    @pytest.mark.parametrize(("conditional", "call"), [(False, "restart"), (True, "conditional_restart")])
    def test_restart(self, service, client, conditional, call):
        for where in ("/devices/d-1/", "/devicegroups/g-1/"):
            service.on("POST", where + call, Reply(204))
        client.devices.restart("d-1", conditional)
        client.device_groups.restart("g-1", conditional=conditional)
        assert [request.body for request in service.journal[1:]] == [None, None]


def log(*numbers):
    return [{"ts": f"t{number}", "type": "server.log", "msg": str(number)} for number in numbers]


class TestLogs:
    def read(self, service, client, pages, **options):
        service.on("GET", "/devices/d-1/logs", listing(pages))
        return [int(entry["msg"]) for entry in client.devices.logs("d-1", **options)]

    def test_all_newest_first(self, service, client):
        assert self.read(service, client, [log(9, 8, 7), log(6)]) == [9, 8, 7, 6]
        assert client.devices.logs("d-1")[0] == {"device_id": "d-1", **log(9)[0]}

    def test_what_new_entries_pushed_onto_the_next_page_counts_once(self, service, client):
        assert self.read(service, client, [log(9, 8, 7), log(8, 7, 6), log(5)]) == [9, 8, 7, 6, 5]

    def test_no_more_pages_than_needed(self, service, client):
        pages = [log(9, 8), log(7, 6), log(5)]
        assert self.read(service, client, pages, limit=2) == [9, 8]
        assert self.read(service, client, pages, until=lambda entry: entry["ts"] < "t8") == [9, 8]
        assert [request.query["page[number]"] for request in service.asked("GET", "/devices/d-1/logs")] == [
            "1",
            "1",
            "2",
        ]
        assert service.asked("GET", "/devices/d-1/logs")[0].query["page[size]"] == "2"

    def test_a_limit_is_met_across_pages(self, service, client):
        assert self.read(service, client, [log(9, 8), log(7, 6), log(5)], limit=3) == [9, 8, 7]

    def test_a_limit_counts_wanted_entries_only(self, service, client):
        pages = [log(9, 8), log(7, 6), log(5, 4)]
        assert self.read(service, client, pages, limit=2, only=lambda entry: int(entry["msg"]) % 3 == 0) == [9, 6]
        asked = [(one.query["page[number]"], one.query["page[size]"]) for one in service.journal[1:]]
        assert asked == [("1", "100"), ("2", "100")]

    def test_an_empty_log(self, service, client):
        assert self.read(service, client, [[]]) == []

    def test_history(self, service, client):
        service.on("GET", "/devices/d-1/history", listing([[{"event": "enrolled"}], [{"event": "claimed"}]]))
        assert client.devices.history("d-1") == [{"event": "enrolled"}, {"event": "claimed"}]
        assert client.devices.history("d-1", limit=1) == [{"event": "enrolled"}]


class TestLoginKeys:
    WHERE = "/accounts/me/login_keys"

    def test_writing_takes_the_password(self, service, client):
        service.on("POST", self.WHERE, one("login_key", "0123456789abcdef", description="d", usages=0))
        service.on("PATCH", f"{self.WHERE}/k-1", one("login_key", "k-1"))
        service.on("DELETE", f"{self.WHERE}/k-1", Reply(204))
        created = client.login_keys.create({"description": "d"}, password="pw-12345")
        client.login_keys.update("k-1", {"description": "e"}, password="pw-12345")
        client.login_keys.delete("k-1", password="pw-12345")
        assert created["id"] == "0123456789abcdef"
        assert {request.headers["X-Electricimp-Password"] for request in service.journal[1:]} == {"pw-12345"}
        assert service.asked("POST", self.WHERE)[0].body == {
            "data": {"type": "login_key", "attributes": {"description": "d"}}
        }

    def test_a_wrong_password_does_not_renew_the_token(self, service, client):
        service.on("POST", self.WHERE, error_reply(401, "Invalid Credentials"))
        with pytest.raises(AccountPasswordError, match="the password of the account was refused"):
            client.login_keys.create(password="pw-12345")
        assert len(service.asked("POST", "/auth/token")) == 1

    def test_an_empty_password_is_not_sent(self, service, client):
        with pytest.raises(InvalidDataError, match="password of the account"):
            client.login_keys.delete("k-1", password="")
        assert service.journal == []

    def test_reading_takes_none_and_renews(self, service, client):
        service.on(
            "GET", self.WHERE, error_reply(401, "Invalid Credentials"), listing([[document("login_key", "k-1")]])
        )
        assert client.login_keys.list()[0]["id"] == "k-1"
        assert service.asked("GET", self.WHERE)[0].headers["X-Electricimp-Password"] is None


class TestAuth:
    def test_each_way_to_sign_in(self, service, client):
        service.on("GET", "/accounts/me", lambda request: one("account", request.headers["Authorization"]))
        service.on("POST", "/auth", token_reply("by-password"))
        service.on("POST", "/auth/token", lambda request: token_reply("by-" + "".join(request.body)))
        calls = [
            (lambda: client.auth.login("me", "pw-12345"), "by-password"),
            (lambda: client.auth.refresh_access_token("r-12345"), "by-token"),
            (lambda: client.auth.get_access_token("k-12345"), "by-key"),
            (lambda: client.auth.use_access_token("mine"), "mine"),
        ]
        for call, token in calls:
            call()
            assert client.accounts.get("me", fresh=True)["id"] == f"Bearer {token}"

    @pytest.mark.parametrize("refresh", [{}, {"refresh_token": "r-12345"}])
    def test_two_steps(self, service, client, refresh):
        second = error_reply(403, "OTP", code="PX200", meta={"login_token": "login-token-1"})
        service.on("POST", "/auth", second, token_reply("by-otp", **refresh))
        service.on("GET", "/accounts/me", error_reply(401, "Expired"), one("account", "a-1"))
        with pytest.raises(OneTimePasswordError) as caught:
            client.auth.login("me", "pw-12345")
        result = client.auth.login_with_otp("123456", caught.value.login_token)
        assert result["access_token"] == "by-otp"
        if refresh:
            assert client.accounts.get("me")["id"] == "a-1"
            assert service.asked("POST", "/auth/token")[0].body == {"token": "r-12345"}
        else:
            with pytest.raises(AuthenticationError, match="the two-factor sign-in"):
                client.accounts.get("me")


def test_a_name_that_is_taken(service, client):
    service.on("POST", "/products", error_reply(409, "Duplicate Resource", "Products must have unique names."))
    with pytest.raises(ConflictError, match=r"^Duplicate Resource: Products must have unique names.$"):
        client.products.create({"name": "P"})
