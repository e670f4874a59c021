# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of hosts and groups, and the variables of a host."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._fleet import KEYS
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.hosts import (
    GROUPINGS,
    Groups,
    HostVars,
    group_name,
    host_name,
    host_names,
    variables,
    zone,
)


def row(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(KEYS), "id": "00000000000000aa", **values}


def names(*texts: str, taken: tuple[str, ...] = ()) -> list[str]:
    ids = [f"id{number}" for number in range(len(texts))]
    return [one["name"] for one in host_names(texts, ids, lambda name, _id: name in taken)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fridge", "fridge"),
        ("My fridge / oven", "My_fridge___oven"),
        ("0c:2a:69:05:0d:62", "0c_2a_69_05_0d_62"),
        ("{{ 1 + 1 }}", "___1___1___"),
        (".hidden", "_.hidden"),
        ("-option", "_-option"),
        ("Café 冷蔵庫", "Café_冷蔵庫"),
        ("a\nb\u202e", "a_b_"),
        ("yes", "yes"),
        ("1e3", "1e3"),
        ("a[1:3],!b&c*", "a_1_3___b_c_"),
    ],
)
def test_host_names_hold_nothing_that_is_understood(text: str, expected: str) -> None:
    assert host_name(text) == expected


def test_all_bearers_of_a_name_get_their_id() -> None:
    assert names("a", "b", "a") == ["a_id0", "b", "a_id2"]
    assert names("a b", "a_b", "c") == ["a_b_id0", "a_b_id1", "c"]
    assert names("  ", "") == ["id0", "id1"]
    # A name that looks like another one with its id is not mistaken for it.
    assert names("a", "a", "a_id0") == ["a_id0", "a_id1", "a_id0_id2"]
    assert names("all", "localhost", "x", taken=("x",)) == ["all_id0", "localhost_id1", "x_id2"]


@given(st.lists(st.text(alphabet="ab_ id0123{:/.", max_size=6), max_size=8))
def test_every_host_has_a_name_of_its_own_whatever_the_order(texts: list[str]) -> None:
    found = names(*texts)
    assert len(set(found)) == len(texts)
    assert not [name for name in found if re.search(r"[\\s:/{]|^[.-]", name)]
    ids = [f"id{number}" for number in range(len(texts))]
    backwards = host_names(texts[::-1], ids[::-1], lambda _name, _id: False)
    assert [one["name"] for one in backwards][::-1] == found


def test_variables_are_those_of_the_table() -> None:
    assert list(variables(row())) == [f"imp_{name}" for name in KEYS]
    assert set(HostVars.__annotations__) == set(variables(row()))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (None, "development"),
        ("development", "development"),
        ("pre_production", "test"),
        ("pre_dut", "test"),
        ("pre_factory", "test"),
        ("production", "production"),
        ("factory", "production"),
        ("dut", "production"),
    ],
)
def test_zones(kind: str | None, expected: str) -> None:
    assert zone(row(device_group_type=kind)) == expected


KITCHEN = {"product": "kitchen", "product_id": "1-p"}
SENSORS = {**KITCHEN, "device_group": "sensors", "device_group_id": "2-g", "device_group_type": "production"}


def test_every_grouping() -> None:
    one = row(**SENSORS, device_online=True, imp_type="imp006", owner="ann", owner_id="3-o")
    groups = Groups([one], GROUPINGS)
    assert groups.of(one) == [
        "device_group_kitchen__sensors",
        "group_type_production",
        "zone_production",
        "online_true",
        "imp_type_imp006",
        "owner_ann",
    ]
    assert groups.parents([one]) == {"device_group_kitchen__sensors": "product_kitchen"}
    empty = row()
    assert Groups([empty], GROUPINGS).of(empty) == ["zone_development", "online_false"]
    assert Groups([one], ["product"]).of(one) == ["product_kitchen"]
    assert Groups([one], ["device_group"]).parents([one]) == {}
    assert Groups([one], []).of(one) == []


def test_equal_group_names_get_ids() -> None:
    first, second = row(**SENSORS), row(product="kitchen", product_id="9-p", device_group="x", device_group_id="8-g")
    groups = Groups([first, second], ["product", "device_group"])
    assert groups.repeated == ["product_kitchen"]
    assert groups.parents([first, second]) == {
        "device_group_kitchen__sensors": "product_kitchen_1_p",
        "device_group_kitchen__x": "product_kitchen_9_p",
    }
    # kitchen__a + b and kitchen + a__b
    third = row(product="k__a", product_id="1", device_group="b", device_group_id="10")
    fourth = row(product="k", product_id="2", device_group="a__b", device_group_id="20")
    both = Groups([third, fourth], ["device_group"])
    assert [both.of(third), both.of(fourth)] == [["device_group_k__a__b_10"], ["device_group_k__a__b_20"]]


def test_groups_of_one_name_in_two_products_do_not_merge() -> None:
    rows = [row(**{**SENSORS, "product": name, "product_id": name, "device_group_id": name}) for name in "ab"]
    groups = Groups(rows, ["device_group"])
    assert [groups.of(one) for one in rows] == [["device_group_a__sensors"], ["device_group_b__sensors"]]


def test_a_place_without_a_name_has_its_id() -> None:
    one = row(product_id="1-p", device_group_id="2-g", owner_id="3-o")
    assert Groups([one], GROUPINGS).of(one)[0] == "device_group_1_p__2_g"
    assert group_name("product", "a-b c") == "product_a_b_c"
