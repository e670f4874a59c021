# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any fleet, any selectors and filters: what is found is what they mean, and trees hold everything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.electricimp.impcentral.plugins.module_utils import _info, _resolve, _tree
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import GROUP_TYPES
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import shown
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError
from tests.unit.plugins.module_utils.fake_client import ME, PARTNER, FakeClient, uuid

TYPES = ("development", "production", "pre_dut")
UNKNOWN = uuid(9, 9)


@st.composite
def fleets(draw: Any) -> FakeClient:
    """Draw a fleet of two owners. Products, groups and so on are numbered; names repeat among them."""
    client = FakeClient()
    owners = st.sampled_from([ME, PARTNER])
    products = [
        client.of("product").add(id=uuid(1, n), name=f"p{n % 3}", owner_id=draw(owners))
        for n in range(draw(st.integers(0, 6)))
    ]
    groups = []
    for n in range(draw(st.integers(0, 6)) if products else 0):
        product = draw(st.sampled_from(products))
        known = {"product_id": product["id"], "owner_id": product["owner_id"], "name": f"g{n % 3}"}
        kind = GROUP_TYPES[draw(st.sampled_from(TYPES))]
        groups.append(client.of("device_group").add(id=uuid(2, n), type=kind, env_vars={"a": 1}, **known))
    places = st.sampled_from([None, *groups])
    for n in range(draw(st.integers(0, 8))):
        client.of("device").add(id=f"{n:016x}", name=None, owner_id=draw(owners), **_inside(draw(places)))
    for n in range(draw(st.integers(0, 6)) if groups else 0):
        group = draw(st.sampled_from(groups))
        inside = {**_inside(group), "owner_id": group["owner_id"]}
        known = {"created_at": f"2026-01-0{draw(st.integers(1, 9))}", "flagged": draw(st.booleans()), "sha": f"{n % 2}"}
        known |= {"origin": draw(st.sampled_from([None, "git"])), "tags": draw(st.lists(st.sampled_from("ab")))}
        known |= {"device_code": "code", "agent_code": "code"}
        deployment = client.of("deployment").add(id=uuid(3, n), **inside, **known)
        if draw(st.booleans()):
            deployment.update(device_group_id=None, device_group_type=None)
        hook = {"url": "https://me:secret@example.com/", "event": draw(st.sampled_from(["blinkup", "deployment"]))}
        client.of("webhook").add(id=uuid(4, n), **_inside(group), **hook)
    return client


def _inside(group: Any) -> dict[str, Any]:
    if group is None:
        return {"product_id": None, "device_group_id": None, "device_group_type": None, "group_owner": None}
    short = next(short for short, long in GROUP_TYPES.items() if long == group["type"])
    return {
        "product_id": group["product_id"],
        "device_group_id": group["id"],
        "device_group_type": short,
        "group_owner": group["owner_id"],
    }


def find(client: FakeClient, kind: str, **options: Any) -> list[dict[str, Any]]:
    return _info.find(client, _resolve.Finder(client, options.get("owner")), kind, options)


def ids(flats: Any) -> list[str]:
    return [one["id"] for one in flats]


OPTIONS = {
    "owner": st.sampled_from([None, "any", "bob", "me"]),
    "product": st.sampled_from([None, *(uuid(1, n) for n in range(6))]),
    "device_group": st.sampled_from([None, *(uuid(2, n) for n in range(6))]),
    "type": st.sampled_from([None, "development", "production_devicegroup", "pre-dut"]),
    "flagged": st.sampled_from([None, True, False]),
    "tags": st.sampled_from([None, [], ["a"], ["a", "b"]]),
    "sha": st.sampled_from([None, "0", "9"]),
    "origin": st.sampled_from([None, "git", "svn"]),
    "event": st.sampled_from([None, "blinkup"]),
}


def _means(client: FakeClient, kind: str, one: dict[str, Any], options: dict[str, Any]) -> bool:
    """Say what filters mean, one by one."""
    group = next((group for group in client.of("device_group").items if group["id"] == one.get("device_group_id")), {})
    owner = {"bob": PARTNER, "me": ME}.get(options["owner"])
    if owner is None and options["owner"] is None and not (options.get("product") or options.get("device_group")):
        owner = ME
    owned_by = group.get("owner_id") if kind == "webhook" else one["owner_id"]
    kind_of_group = one["type"] if kind == "device_group" else GROUP_TYPES.get(one.get("device_group_type") or "")
    wanted = {"development": "development", "production_devicegroup": "production", "pre-dut": "pre_dut"}
    return (
        owner in (None, owned_by)
        and options.get("product") in (None, one.get("product_id"))
        and options.get("device_group") in (None, one.get("device_group_id"))
        and (not options.get("type") or kind_of_group == GROUP_TYPES[wanted[options["type"]]])
        and set(options.get("tags") or []) <= set(one.get("tags") or [])
        and all(options.get(name) in (None, one.get(name)) for name in ("flagged", "sha", "origin", "event"))
    )


@pytest.mark.parametrize("kind", ["product", "device_group", "device", "deployment", "webhook"])
@given(data=st.data())
def test_a_listing_has_exactly_what_its_filters_mean(kind: str, data: st.DataObject) -> None:
    client = data.draw(fleets())
    names = [name for name in OPTIONS if name == "owner" or name in _info.SELECTORS[kind]]
    options: dict[str, Any] = {name: data.draw(OPTIONS[name], name) for name in names}
    known = {one["id"] for of in ("product", "device_group") for one in client.of(of).items}
    missing = {options.get("product"), options.get("device_group")} - known - {None}
    if missing:
        with pytest.raises(_resolve.MissingError):
            find(client, kind, **options)
        return
    expected = [one["id"] for one in client.of(kind).items if _means(client, kind, one, options)]
    # Devices of a group type that their owner has no group of can only be found by their group.
    found = ids(find(client, kind, **options))
    if kind == "device" and not any(options.get(name) for name in ("product", "device_group", "type")):
        expected = [key for key in expected if key in found or not _hidden(client, key, options["owner"])]
    assert sorted(found) == sorted(expected)
    limited = find(client, kind, limit=2, **options)
    assert len(limited) == min(2, len(expected)) and set(ids(limited)) <= set(expected)


def _hidden(client: FakeClient, key: str, owner: str | None) -> bool:
    device = client.of("device").get(key)
    owners = {"bob": [PARTNER], "any": [ME, PARTNER]}.get(owner or "", [ME])
    types = {group["type"] for group in client.of("device_group").items if group["owner_id"] in owners}
    return device["device_group_type"] not in (None, "development") and (
        GROUP_TYPES[device["device_group_type"]] not in types
    )


@given(fleets())
def test_deployments_are_newest_first_and_have_no_code(client: FakeClient) -> None:
    found = find(client, "deployment", owner="any")
    times = [one["created_at"] for one in found]
    assert times == sorted(times, reverse=True)
    assert all("device_code" not in one and "agent_code" not in one for one in found)


@given(fleets())
def test_a_tree_has_everything_below(client: FakeClient) -> None:
    trees = _tree.product_trees(client, find(client, "product", owner="any"), {})
    groups = [group for product in trees for group in product["device_groups"]]
    assert sorted(ids(groups)) == sorted(ids(client.of("device_group").items))
    assert all(group["env_vars"] == {"a": "fingerprint 6b86b273"} for group in groups)
    for name in ("device", "deployment", "webhook"):
        inside = [one["id"] for one in client.of(name).items if one["device_group_id"]]
        assert sorted(one["id"] for group in groups for one in group[f"{name}s"]) == sorted(inside)
    orphans = [one["id"] for one in client.of("deployment").items if not one["device_group_id"]]
    assert sorted(one["id"] for product in trees for one in product["deployments_without_group"]) == sorted(orphans)
    by_id = {group["id"]: group for group in groups}
    found = _tree.group_trees(client, find(client, "device_group", owner="any"), {})
    assert {group["id"]: group for group in found} == by_id


def _kitchen(groups: int = 5) -> FakeClient:
    client = FakeClient()
    client.of("product").add(id=uuid(1, 1), name="kitchen", owner_id=ME)
    for n in range(groups):
        known = {"product_id": uuid(1, 1), "owner_id": ME}
        client.of("device_group").add(id=uuid(2, n), type=GROUP_TYPES["development"], name=f"g{n}", **known)
    return client


def test_a_tree_takes_one_listing_of_each_kind() -> None:
    client = _kitchen(groups=50)
    _tree.product_trees(client, find(client, "product", id=uuid(1, 1)), {})
    # The product, its groups, devices and deployments, the webhooks, and who is asking.
    assert client.requests() == 6


def test_something_by_id_takes_one_request() -> None:
    for kind, number in (("product", uuid(1, 1)), ("device_group", uuid(2, 1))):
        client = _kitchen()
        assert ids(find(client, kind, id=number)) == [number]
        assert client.requests() == 1


def test_an_id_is_found_in_any_account_unless_the_owner_is_given() -> None:
    client = _kitchen()
    client.of("product").add(id=uuid(1, 2), name="theirs", owner_id=PARTNER)
    assert ids(find(client, "product", id=uuid(1, 2))) == [uuid(1, 2)] == ids(find(client, "product", owner="bob"))
    assert find(client, "product", id=uuid(1, 2), owner="ann") == []


@pytest.mark.parametrize("options", [{"name": "attic"}, {"id": UNKNOWN}])
@pytest.mark.parametrize("kind", ["account", "product", "device_group"])
def test_what_is_selected_must_exist(kind: str, options: dict[str, str]) -> None:
    with pytest.raises(_resolve.MissingError):
        find(_kitchen(), kind, **options)


@pytest.mark.parametrize("kind", ["deployment", "webhook", "login_key", "refresh_token"])
def test_what_is_selected_by_id_must_exist(kind: str) -> None:
    with pytest.raises(_resolve.MissingError) as caught:
        find(_kitchen(), kind, id=UNKNOWN)
    assert caught.value.by_id and (UNKNOWN in str(caught.value)) is (kind in ("deployment", "webhook"))


def test_a_name_that_fits_several_is_ambiguous() -> None:
    client = _kitchen()
    client.of("product").add(id=uuid(1, 2), name="bath", owner_id=ME)
    known = {"product_id": uuid(1, 2), "owner_id": ME, "type": GROUP_TYPES["production"]}
    client.of("device_group").add(id=uuid(2, 99), name="g1", **known)
    for kind, option in (("device_group", "name"), ("device", "device_group")):
        with pytest.raises(_resolve.AmbiguousError) as caught:
            find(client, kind, **{option: "g1"})
        assert len(caught.value.candidates) == 2
    assert ids(find(client, "device_group", name="g1", product="bath")) == [uuid(2, 99)]


@pytest.mark.parametrize("options", [{"id": ""}, {"name": ""}, {"owner": ""}, {"limit": 0}, {"limit": -1}])
def test_an_empty_text_and_no_limit_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidDataError):
        find(_kitchen(), "product", **options)


def test_a_text_that_names_no_device_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="quotes"):
        find(_kitchen(), "device", device=1234)


def test_a_device_that_is_gone_when_it_is_read_singly_is_left_out() -> None:
    client = _kitchen()
    first = client.of("device").add(id="1" * 16, swversion="36")
    found = _info.details(client, "device", [{"id": "1" * 16}, {"id": "2" * 16}])
    assert found == [first]


def test_what_is_shown_of_secrets() -> None:
    key = {"id": "0123456789abcdef", "description": "d"}
    assert shown("login_key", key, {}) == {**key, "id": None, "fingerprint": "cdef"}
    assert shown("login_key", key, {"reveal": True}) == {**key, "fingerprint": "cdef"}
    assert shown("webhook", {"url": "https://me:secret@x/"}, {}) == {"url": "https://********@x/"}
    assert shown("device_group", {"env_vars": None}, {}) == {"env_vars": None}
    assert shown("device_group", {"env_vars": {"a": 1}}, {"show_env_vars": True}) == {"env_vars": {"a": 1}}


def test_the_argument_spec_of_a_kind() -> None:
    spec = _info.selectors("login_key")
    assert spec == {"id": {"type": "str", "no_log": True}}
    assert "no_log" not in _info.selectors("product")["id"]
