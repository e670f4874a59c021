# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which listings a selection asks for, which devices it leaves, and what a row says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from ansible_collections.electricimp.impcentral.plugins.module_utils._fleet import KEYS, Selection, fleet
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import MissingError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import DEVICE, DEVICE_GROUP, empty
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError, NotFoundError

ME, OTHER = ({"id": name, "username": name, "email": f"{name}@example.com"} for name in ("me", "other"))
KITCHEN, BATH = ({"id": f"id-{name}", "name": name, "owner_id": "me"} for name in ("kitchen", "bath"))


def group(name: str, kind: str, product: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"id": f"id-{name}", "name": name, "type": f"{kind}_devicegroup", "product_id": product["id"]}
    return empty(DEVICE_GROUP, **{**given, **more})


GROUPS = [
    group("sensors", "development", KITCHEN, current_deployment_id="build"),
    group("sold", "production", KITCHEN),
    group("dut", "dut", BATH),
]


def device(number: int, group_name: str | None = None, **more: Any) -> dict[str, Any]:
    found = next((one for one in GROUPS if one["name"] == group_name), None)
    place = {}
    if found:
        kind = found["type"].removesuffix("_devicegroup")
        place = {"device_group_id": found["id"], "product_id": found["product_id"], "device_group_type": kind}
    given = {"id": f"{number:016x}", "name": f"d{number}", "owner_id": "me", "device_online": True}
    return empty(DEVICE, **{**given, **place, **more})


class Collection:
    """Resources in memory; ``asked`` are the filters of each listing."""

    def __init__(self, rows: Iterable[dict[str, Any]], service: bool = False) -> None:
        self.rows = list(rows)
        self.asked: list[dict[str, Any]] = []
        self.got: list[str] = []
        self._service = service

    def list(self, **filters: Any) -> list[dict[str, Any]]:
        self.asked.append(filters)
        return [dict(one) for one in self.rows if self._fits(one, filters)]

    def pages(self, **filters: Any) -> Iterator[Any]:
        rows = self.list(**filters)
        yield rows[:2]
        yield rows[2:]

    def get(self, id: str) -> dict[str, Any]:
        self.got.append(id)
        for one in self.rows:
            if one["id"] == id:
                return dict(one)
        raise NotFoundError("there is none", status_code=404)

    def _fits(self, one: dict[str, Any], filters: dict[str, Any]) -> bool:
        filters = dict(filters)
        if filters.pop("device_group_owner_id", None) == "null":
            return one["device_group_id"] is None
        hidden = self._service and one["device_group_type"] not in (None, "development")
        if hidden and not filters.keys() & {"device_group_type", "device_group_id", "product_id"}:
            return False  # a plain list leaves these out
        return all(one[name] == value for name, value in filters.items())


class Session:
    """Maps in order."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return [function(item) for item in items]


class Client:
    """What a fleet is read through."""

    def __init__(self, *devices: dict[str, Any]) -> None:
        self.session = Session()
        self.accounts = Collection([ME, OTHER])
        self.products = Collection([KITCHEN, BATH])
        groups = [{**one, "owner_id": "me"} for one in GROUPS]
        self.device_groups = Collection(groups)
        self.devices = Collection(devices, service=True)


@pytest.fixture
def client() -> Client:
    return Client(
        device(1, "sensors"), device(2, "sold", device_online=False), device(3, "dut"), device(4), device(5, "sensors")
    )


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [int(row["id"], 16) for row in rows]


def test_everything_is_what_the_plain_list_holds_and_what_it_hides(client: Client) -> None:
    assert numbers(fleet(client, Selection())) == [1, 2, 3, 4, 5]
    assert client.devices.asked == [
        {"owner_id": "me", "device_group_type": "dut"},
        {"owner_id": "me", "device_group_type": "production"},
        {"owner_id": "me"},
    ]


@pytest.mark.parametrize(
    ("selection", "expected", "asked"),
    [
        (Selection(products=["kitchen"]), [1, 2, 5], [{"product_id": "id-kitchen"}]),
        (
            Selection(products=["kitchen"], group_types=["production"]),
            [2],
            [{"product_id": "id-kitchen", "device_group_type": "production"}],
        ),
        (Selection(device_groups=["sensors"]), [1, 5], [{"device_group_id": "id-sensors"}]),
        (Selection(device_groups=["sensors"], group_types=["dut"]), [], []),
        (Selection(group_types=["dut_devicegroup"]), [3], [{"owner_id": "me", "device_group_type": "dut"}]),
        (Selection(group_types=["factory"]), [], []),
        (
            Selection(products=["bath"], unassigned=True),
            [3, 4],
            [{"product_id": "id-bath"}, {"owner_id": "me", "device_group_owner_id": "null"}],
        ),
        (Selection(online=False), [2], None),
        (Selection(exclude=["d[1-3]", f"{5:016x}"]), [4], None),
        (Selection(unassigned=False), [1, 2, 3, 5], None),
    ],
    ids=str,
)
def test_a_selection_asks_for_no_more_than_it_needs(
    client: Client, selection: Selection, expected: list[int], asked: list[dict[str, str]] | None
) -> None:
    assert numbers(fleet(client, selection)) == expected
    if asked is not None:
        assert client.devices.asked == asked


def test_a_row_says_where_its_device_is(client: Client) -> None:
    first, _second, _third, loose, _fifth = fleet(client, Selection())
    assert tuple(first) == KEYS
    assert {name: first[name] for name in ("product", "device_group", "device_group_type", "owner")} == {
        "product": "kitchen",
        "device_group": "sensors",
        "device_group_type": "development",
        "owner": "me",
    }
    assert first["group_deployment_id"] == "build"
    assert loose["product"] is loose["device_group_id"] is loose["group_deployment_id"] is None


def test_a_device_that_moves_while_it_is_listed_is_one_row() -> None:
    moving = device(1, "sensors")
    client = Client(moving, device(1, "sold"), device(2, "sensors"))
    assert numbers(fleet(client, Selection())) == [1, 2]


def test_places_of_others_are_read_once_and_may_be_unknown() -> None:
    foreign = {"device_group_id": "id-foreign", "device_group_type": "development"}
    client = Client(device(1, **foreign), device(2, **foreign))
    rows = fleet(client, Selection())
    assert [row["device_group_id"] for row in rows] == ["id-foreign", "id-foreign"]
    assert [row["device_group"] for row in rows] == [None, None]
    assert client.device_groups.got == ["id-foreign"]


@pytest.mark.parametrize(
    "selection",
    [Selection(products=["cellar"]), Selection(device_groups=["cellar"]), Selection(owners=["nobody"])],
    ids=str,
)
def test_what_does_not_exist_is_an_error_before_any_device_is_read(client: Client, selection: Selection) -> None:
    with pytest.raises(MissingError, match=r"cellar|nobody"):
        fleet(client, selection)
    assert client.devices.asked == []


def test_an_unknown_type_is_told_with_those_that_exist(client: Client) -> None:
    with pytest.raises(InvalidDataError, match=r"pilot.*pre_production"):
        fleet(client, Selection(group_types=["pilot"]))


def test_details_are_read_for_what_is_meant_only(client: Client) -> None:
    fleet(client, Selection(device_groups=["sensors"], exclude=["d5"], details=True))
    assert client.devices.got == [f"{1:016x}"]
