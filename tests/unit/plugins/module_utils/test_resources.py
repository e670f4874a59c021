# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEPLOYMENT,
    DEVICE,
    DEVICE_GROUP,
    GROUP_TYPES,
    PRODUCT,
    RESOURCES,
    TARGET_TYPES,
    empty,
    flatten,
    group_type,
)
from tests.unit.plugins.module_utils.fake_service import document


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("development", "development"),
        ("pre-production", "pre_production"),
        ("pre_factory", "pre_factory"),
        ("pre_factoryfixture_devicegroup", "pre_factory"),
        ("dut_devicegroup", "dut"),
        ("Development", None),
        ("", None),
    ],
)
def test_group_types_in_every_spelling(text, short):
    assert group_type(text) == short


def test_targets_are_group_types_of_the_same_zone():
    for fixture, targets in TARGET_TYPES.items():
        assert fixture in GROUP_TYPES
        for target in targets.values():
            assert target in GROUP_TYPES
            assert target.startswith("pre_") is fixture.startswith("pre_")


def test_a_device_group():
    flat = flatten(
        DEVICE_GROUP,
        document(
            "pre_factoryfixture_devicegroup",
            "g-1",
            {"product": ("product", "p-1"), "dut_target": ("pre_dut_devicegroup", "g-2")},
            name="Fixture",
            env_vars={"A": 1},
        ),
    )
    assert (flat["id"], flat["type"], flat["name"]) == ("g-1", "pre_factoryfixture_devicegroup", "Fixture")
    assert (flat["product_id"], flat["dut_target_id"], flat["production_target_id"]) == ("p-1", "g-2", None)
    assert flat["env_vars"] == {"A": 1}
    assert flat["description"] is None


@pytest.mark.parametrize(
    ("related", "short"),
    [
        ({"devicegroup": ("pre_dut_devicegroup", "g-1")}, "pre_dut"),
        ({"devicegroup": ("new_kind", "g-1")}, "new_kind"),
        ({}, None),
    ],
)
def test_what_belongs_to_a_group_says_of_which_type(related, short):
    assert flatten(DEVICE, document("device", "d-1", related))["device_group_type"] == short


@pytest.mark.parametrize("relationships", [None, {}, {"owner": None}])
def test_what_is_missing_or_null_is_null(relationships):
    flat = flatten(PRODUCT, {"id": "p-1", "type": "product", "relationships": relationships})
    assert flat == {**dict.fromkeys(PRODUCT.keys), "id": "p-1", "type": "product"}


def test_an_attribute_that_is_new_follows_but_replaces_nothing():
    flat = flatten(PRODUCT, {"id": "p-1", "attributes": {"shiny": True, "id": "fake", "owner_id": "fake"}})
    assert (flat["shiny"], flat["id"], flat["owner_id"]) == (True, "p-1", None)
    assert list(flat)[: len(PRODUCT.keys)] == list(PRODUCT.keys)


def test_empty():
    assert set(empty(DEPLOYMENT, sha="x")) == set(DEPLOYMENT.keys)
    assert empty(DEPLOYMENT, sha="x")["sha"] == "x"


SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=5)


@given(
    st.sampled_from(sorted(RESOURCES)),
    st.none() | st.dictionaries(st.text() | st.sampled_from(["name", "tags", "url", "email"]), JSON),
    st.dictionaries(
        st.sampled_from(["owner", "product", "devicegroup", "creator", "strange"]),
        st.none() | st.fixed_dictionaries({"type": st.text(), "id": st.text()}),
    ),
)
def test_any_document_becomes_flat_with_the_same_keys(kind, attributes, relationships):
    resource = RESOURCES[kind]
    flat = flatten(resource, {"id": "1", "type": kind, "attributes": attributes, "relationships": relationships})
    assert tuple(flat)[: len(resource.keys)] == resource.keys
    for name in set(resource.attributes) & set(attributes or {}):
        assert flat[name] == attributes[name]
    for name, prefix in resource.relationships:
        assert flat[f"{prefix}_id"] == (relationships.get(name) or {}).get("id")
