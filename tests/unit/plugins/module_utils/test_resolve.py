# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given, strategies

from ansible_collections.electricimp.impcentral.plugins.module_utils import _resolve
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError, NotFoundError

ACCOUNT = {"id": "0f179480-c8de-2784-e537-ee9919d06cd5", "username": "ann", "email": "ann@example.com"}
UUID = "8da88a12-0bef-ce8e-c009-413044253c7b"


class Collection:
    """Answers as a collection of the client, from a list, and counts what it is asked."""

    def __init__(self, *items, aliases=()):
        self.items = list(items)
        self.aliases = aliases
        self.asked = []

    def list(self, limit=None, **filters):
        self.asked.append(filters)
        fits = [one for one in self.items if all(one.get(key) == value for key, value in filters.items())]
        return fits

    def get(self, text):
        for one in self.items:
            if text in [one["id"], *(one.get(alias) for alias in self.aliases)] or text == "me":
                return one
        raise NotFoundError("Not Found", status_code=404)


class Client:
    def __init__(self, products=(), groups=(), devices=()):
        self.accounts = Collection(ACCOUNT)
        self.products = Collection(*products)
        self.device_groups = Collection(*groups)
        self.devices = Collection(*devices, aliases=("mac_address", "agent_id"))
        self.session = self

    @staticmethod
    def map(function, items):
        return [function(item) for item in items]


def product(id, name):
    return {"id": id, "name": name, "type": "product", "owner_id": ACCOUNT["id"]}


def device(id, name, **more):
    return {"id": id, "name": name, "type": "device", "owner_id": ACCOUNT["id"], **more}


@given(strategies.integers(0, 2**48 - 1), strategies.sampled_from([":", "-", ""]), strategies.booleans())
def test_a_mac_address_in_any_spelling(number, separator, upper):
    digits = f"{number:012x}"
    pairs = [digits[at : at + 2] for at in range(0, 12, 2)]
    text = separator.join(pairs)
    assert _resolve.mac_address(text.upper() if upper else text) == ":".join(pairs)


def test_a_mac_address_as_switches_print_it():
    assert _resolve.mac_address("0c2a.6905.0d62") == "0c:2a:69:05:0d:62"


@given(strategies.text(max_size=20))
def test_other_texts_are_no_mac_address(text):
    found = _resolve.mac_address(text)
    assert found is None or sum(character in "0123456789abcdefABCDEF" for character in text) == 12


@pytest.mark.parametrize("value", [1234567890123456, 2.5e10, True, None, "", "  "])
def test_what_is_no_text_names_no_device(value):
    with pytest.raises(InvalidDataError):
        _resolve.device_text(value)


def test_a_product_by_name_is_looked_for_among_the_owners():
    client = Client(products=[product(UUID, "kitchen")])
    assert _resolve.Finder(client).product("kitchen")["id"] == UUID
    assert client.products.asked == [{"owner_id": ACCOUNT["id"]}]


def test_a_product_by_id_needs_no_listing():
    client = Client(products=[product(UUID, "kitchen")])
    assert _resolve.Finder(client).product(UUID)["name"] == "kitchen"
    assert client.products.asked == [] and client.accounts.asked == []


def test_a_missing_name_and_a_missing_id_are_told_apart():
    finder = _resolve.Finder(Client())
    with pytest.raises(_resolve.MissingError) as by_name:
        finder.product("kitchen")
    with pytest.raises(_resolve.MissingError) as by_id:
        finder.product(UUID)
    assert (by_name.value.by_id, by_id.value.by_id) == (False, True)


def test_an_ambiguous_name_lists_its_candidates():
    client = Client(devices=[device("1" * 16, "fridge"), device("2" * 16, "fridge")])
    with pytest.raises(_resolve.AmbiguousError) as caught:
        _resolve.Finder(client).device("fridge")
    assert [one["id"] for one in caught.value.candidates] == ["1" * 16, "2" * 16]
    assert "1" * 16 in str(caught.value)


def test_an_agent_id_that_is_another_devices_name_is_ambiguous():
    client = Client(devices=[device("1" * 16, "x", agent_id="T1oUmIZ3At_N"), device("2" * 16, "T1oUmIZ3At_N")])
    with pytest.raises(_resolve.AmbiguousError):
        _resolve.Finder(client).device("T1oUmIZ3At_N")


@pytest.mark.parametrize("text", ["1111111111111111", "0C-2A-69-05-0D-62", "T1oUmIZ3At_N", "fridge"])
def test_a_device_by_each_of_its_names(text):
    one = device("1" * 16, "fridge", mac_address="0c:2a:69:05:0d:62", agent_id="T1oUmIZ3At_N")
    assert _resolve.Finder(Client(devices=[one])).device(text) is one


def test_devices_that_an_unfiltered_list_hides_are_found():
    sold = device("1" * 16, "fridge", device_group_type="production")
    client = Client(groups=[{"id": UUID, "type": "production_devicegroup", "owner_id": ACCOUNT["id"]}], devices=[sold])
    assert _resolve.Finder(client).devices() == [sold]
    assert {"owner_id": ACCOUNT["id"], "device_group_type": "production"} in client.devices.asked


def test_a_group_by_name_needs_its_product():
    with pytest.raises(InvalidDataError, match=r"name its product"):
        _resolve.Finder(Client()).device_group("sensors")


@pytest.mark.parametrize("text", ["me", "ann", "ann@example.com", ACCOUNT["id"]])
def test_an_account_by_each_of_its_names(text):
    assert _resolve.Finder(Client()).account(text) == ACCOUNT


def fleet(count):
    """Devices with an id, a MAC address, an agent id and a name; every third one is in a production group."""
    return [
        device(
            f"{number:016x}",
            f"fridge {number}",
            mac_address=":".join(f"{number:012x}"[at : at + 2] for at in range(0, 12, 2)),
            agent_id=f"Agent_{number:06}",
            **({} if number % 3 else {"device_group_type": "production"}),
        )
        for number in range(count)
    ]


class CountingCollection(Collection):
    """A collection that counts single reads, too."""

    reads = 0

    def get(self, text):
        self.reads += 1
        return super().get(text)


def client_of(devices):
    client = Client(groups=[{"id": UUID, "type": "production_devicegroup", "owner_id": ACCOUNT["id"]}])
    client.devices = CountingCollection(*devices, aliases=("mac_address", "agent_id"))
    return client


@given(strategies.lists(strategies.tuples(strategies.integers(0, 8), strategies.integers(0, 3)), max_size=12))
def test_many_devices_are_those_that_each_text_alone_means(picked):
    devices = fleet(7)
    texts = [
        [f"{number:016x}", f"{number:012X}", f"Agent_{number:06}", f"fridge {number}"][form] for number, form in picked
    ]
    finder = _resolve.Finder(client_of(devices))
    found, missing = finder.many_devices(texts, devices[:2])
    assert {*found, *missing} == {*texts} and not found.keys() & {*missing}
    for text, one in found.items():
        assert finder.device(text) == one
    for text in missing:
        with pytest.raises(_resolve.MissingError):
            finder.device(text)


def test_known_ids_cost_nothing_a_few_ids_one_read_each_and_all_else_a_listing():
    devices = fleet(200)
    ids = [one["id"] for one in devices]
    client = client_of(devices)
    finder = _resolve.Finder(client)
    finder.many_devices(ids[:50], devices[:50])
    assert (client.devices.asked, client.devices.reads) == ([], 0)
    finder.many_devices(ids[:55], devices[:50])
    assert (client.devices.asked, client.devices.reads) == ([], 5)
    found, missing = finder.many_devices([*ids, *(one["mac_address"] for one in devices), "fridge 7"])
    assert (len(found), missing) == (401, [])
    # The listing is in two parts: an unfiltered one hides production devices.
    assert (len(client.devices.asked), client.devices.reads) == (2, 5)


def test_a_device_of_another_account_is_found_by_its_address_and_not_by_its_name():
    foreign = {**device("1" * 16, "fridge", mac_address="0c:2a:69:05:0d:62"), "owner_id": UUID}
    finder = _resolve.Finder(Client(devices=[foreign]))
    found, missing = finder.many_devices(["0c2a69050d62", "fridge"])
    assert (found, missing) == ({"0c2a69050d62": foreign}, ["fridge"])


def test_a_name_among_many_that_fits_two_devices_is_ambiguous():
    twins = [{**one, "name": "fridge"} for one in fleet(2)]
    with pytest.raises(_resolve.AmbiguousError, match="fridge"):
        _resolve.Finder(Client(devices=twins)).many_devices(["fridge", twins[0]["id"]])
