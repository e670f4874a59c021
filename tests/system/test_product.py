# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_product: first run, second run, check mode, differences, wrong use."""

from __future__ import annotations

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

NAMES = [
    "a/b?c=d#e%20&f+g",
    'it\'s "quoted" \\ back',
    "kitchen 🍳 Küche 台所",
    "{{ 1 + 1 }} {% raw %}",
    " spaces  inside ",
    "x" * 80,
]


def test_a_product_from_birth_to_death(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.thrice(
        ("create", "imp_product", {"name": "kitchen", "description": "warm"}),
        ("leave alone", "imp_product", {"name": "kitchen"}),
        ("describe", "imp_product", {"name": "kitchen", "description": "hot"}),
        ("no description", "imp_product", {"name": "kitchen", "description": ""}),
        ("remove", "imp_product", {"name": "kitchen", "state": "absent"}),
    )
    created = run.results["create"]["product"]
    assert created == {**created, "type": "product", "name": "kitchen", "owner_id": service.running.account_id}
    assert run.results["create"]["diff"]["before"] == {}
    assert run.results["create"]["diff"]["after"] == created
    assert run.results["create, foreseen"]["product"]["id"] is None
    assert run.results["create, again"]["product"] == created
    assert run.results["leave alone"]["changed"] is False
    assert run.results["describe"]["diff"] == {"before": {"description": "warm"}, "after": {"description": "hot"}}
    assert run.results["no description"]["product"]["description"] == ""
    assert run.results["remove"]["diff"]["after"] == {}
    assert run.results["remove"]["product"]["id"] == created["id"]
    assert run.results["remove, again"]["product"] is None
    assert service.rows("products") == []


def test_id_names_and_renames(playbooks: Playbooks, service: Service) -> None:
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "old"}})["id"]
    service.api("POST", "/products", {"type": "product", "attributes": {"name": "taken"}})
    unknown = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
    run = playbooks.thrice(
        ("rename", "imp_product", {"id": product, "name": "new"}),
        ("describe", "imp_product", {"id": product, "description": "by id"}),
        ("unknown id", "imp_product", {"id": unknown, "name": "new"}),
        ("neither", "imp_product", {"description": "whose?"}),
        ("gone already", "imp_product", {"id": unknown, "state": "absent"}),
        ("remove", "imp_product", {"id": product, "state": "absent"}),
    )
    assert run.results["rename"]["product"]["name"] == "new"
    assert run.results["rename"]["diff"] == {"before": {"name": "old"}, "after": {"name": "new"}}
    assert unknown in run.results["unknown id"]["msg"]
    assert "name or its id" in run.results["neither"]["msg"]
    assert run.results["gone already"]["changed"] is False
    assert service.names("products") == ["taken"]
    duplicate = playbooks.run(
        ("make", "imp_product", {"name": "other"}),
        ("duplicate", "imp_product", {"id": service.rows("products")[0]["id"], "name": "other"}),
    ).results["duplicate"]
    assert "Duplicate Resource" in duplicate["msg"] and "Change the name" in duplicate["msg"]


def test_names_of_all_kinds(playbooks: Playbooks, service: Service) -> None:
    # "!unsafe" is what data from a lookup or another module is: text that looks like a template stays text.
    book = playbooks.folder / "names.yml"
    quoted = [name.replace("'", "''") for name in NAMES]
    items = "\n".join(f"        - !unsafe '{name}'" for name in quoted)
    book.write_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        "    - name: all\n      electricimp.impcentral.imp_product:\n        name: '{{ item }}'\n"
        f"      loop:\n{items}\n",
        encoding="utf-8",
    )
    first, second = playbooks.play(book), playbooks.play(book)
    assert first.code == second.code == 0, first.output
    assert service.names("products") == sorted(NAMES)
    assert second.writes("all") == []


def test_wrong_use_is_refused_before_any_request(playbooks: Playbooks) -> None:
    run = playbooks.thrice(
        ("too long", "imp_product", {"name": "x" * 81}),
        ("empty", "imp_product", {"name": ""}),
        ("null id", "imp_product", {"id": "", "description": "of a product that check mode has not created"}),
        ("unknown option", "imp_product", {"name": "kitchen", "colour": "red"}),
        ("wrong state", "imp_product", {"name": "kitchen", "state": "there"}),
    )
    assert {result["status"] for result in run.results.values()} == {"failed"}
    assert not any(run.requests.values())
    assert "name or its id" in run.results["null id"]["msg"]
    assert "1 to 80 characters, not 81" in run.results["too long"]["msg"]
    assert "colour" in run.results["unknown option"]["msg"] and "present, absent" in run.results["wrong state"]["msg"]


@pytest.mark.parametrize("spelling", ["id", "email", "username"])
def test_products_of_another_owner(playbooks: Playbooks, service: Service, spelling: str) -> None:
    partner = service.admin("POST", "/accounts", json={"username": "partner", "role": "administrator"})
    run = playbooks.thrice(
        ("mine", "imp_product", {"name": "kitchen", "owner": "me"}),
        ("theirs", "imp_product", {"name": "kitchen", "owner": partner[spelling]}),
        ("unknown", "imp_product", {"name": "kitchen", "owner": "nobody"}),
        ("absent there", "imp_product", {"name": "kitchen", "owner": "nobody", "state": "absent"}),
        ("gone", "imp_product", {"name": "kitchen", "owner": partner[spelling], "state": "absent"}),
    )
    assert run.results["theirs"]["product"]["owner_id"] == partner["id"]
    assert run.results["mine"]["product"]["owner_id"] == service.running.account_id
    for name in ("unknown", "absent there"):
        assert "'nobody'" in run.results[name]["msg"]
    assert [row["owner_id"] for row in service.rows("products")] == [service.running.account_id]


def _product_with_everything(service: Service) -> None:
    """Make a product with seven kinds of group, each with what keeps it from being deleted."""

    def add(path: str, kind: str, attributes: dict, **relationships: tuple[str, str]) -> str:
        related = {name: {"type": what, "id": key} for name, (what, key) in relationships.items()}
        return service.api("POST", path, {"type": kind, "attributes": attributes, "relationships": related})["id"]

    product = ("product", add("/products", "product", {"name": "kitchen"}))

    def group(kind: str, **targets: tuple[str, str]) -> tuple[str, str]:
        long = f"{kind}_devicegroup"
        return long, add("/devicegroups", long, {"name": kind}, product=product, **targets)

    for prefix in ("", "pre_"):
        # Targets come first in the order of names, so that a removal in that order would fail.
        dut, production = group(f"{prefix}dut"), group(f"{prefix}production")
        group(f"{prefix}factoryfixture", dut_target=dut, production_target=production)
    development = group("development")
    builds = [
        add("/deployments", "deployment", {"device_code": f"// {n}\n", "agent_code": ""}, devicegroup=development)
        for n in range(3)
    ]
    for build in builds[::2]:
        service.api(
            "PATCH", f"/deployments/{build}", {"type": "deployment", "id": build, "attributes": {"flagged": True}}
        )
    service.admin("POST", f"/deployments/{builds[0]}/detach")
    for device, where in zip(service.running.devices, (development, development, production), strict=False):
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": where[1]})


def test_force_removes_everything_below(playbooks: Playbooks, service: Service) -> None:
    _product_with_everything(service)
    gone = {"name": "kitchen", "state": "absent", "force": True}
    run = playbooks.thrice(
        ("groups", "imp_product", {"name": "kitchen", "state": "absent"}),
        ("one in pre-production", "imp_product", gone),
    )
    assert "7 device group(s)" in run.results["groups"]["msg"] and "'development'" in run.results["groups"]["msg"]
    steps = run.results["one in pre-production"]["diff"]["prepared"]
    assert steps == run.results["one in pre-production, foreseen"]["diff"]["prepared"]
    for step in (
        "unassign 2 device(s)",
        "unassign 1 device(s)",
        "unflag the deployment",
        "delete the product 'kitchen'",
    ):
        assert step in steps
    # One step, one request.
    assert len(steps.splitlines()) == len(run.writes("one in pre-production"))
    for table in ("products", "device_groups", "deployments"):
        assert service.rows(table) == [], table
    assert len(service.rows("devices")) == len(service.running.devices)


def test_production_devices_below_need_two_words(playbooks: Playbooks, service: Service) -> None:
    _product_with_everything(service)
    production = next(row["id"] for row in service.rows("device_groups") if row["type"] == "production_devicegroup")
    for device in service.running.devices[5:7]:
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": production})
    gone = {"name": "kitchen", "state": "absent", "force": True}
    key = service.running.unbond_key
    playbooks.secrets |= {key, "wrong-key-of-tests"}
    run = playbooks.thrice(
        ("no word", "imp_product", gone),
        ("no key", "imp_product", {**gone, "unbless": True}),
        ("key alone", "imp_product", {**gone, "unbond_key": key}),
    )
    for result in (run.results["no word"], run.results["no key"], run.results["key alone"]):
        assert "2 production devices" in result["msg"] and "Nothing was changed" in result["msg"]
    wrong = playbooks.run(("wrong key", "imp_product", {**gone, "unbless": True, "unbond_key": "wrong-key-of-tests"}))
    assert wrong.results["wrong key"]["status"] == "failed" and wrong.results["wrong key"]["changed"] is False
    assert len(wrong.writes("wrong key")) == 1 and len(service.rows("device_groups")) == 7
    run = playbooks.thrice(("both", "imp_product", {**gone, "unbless": True, "unbond_key": key}))
    assert run.results["both"]["changed"] is True
    assert service.rows("products") == []
