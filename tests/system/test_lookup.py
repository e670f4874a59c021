# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup imp_resource: terms, filters, attributes, wrong use; what it shares, and that it never shows old data."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import yaml

from ansible_collections.electricimp.impcentral.plugins.lookup import imp_resource
from tests.system.reading import Fleet, partner
from tests.system.runner import Playbooks, Run, Task
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
NO_DEVICE = "0123456789abcdef"
DEBUG = "ansible.builtin.debug"
SENSORS = {"kind": "device", "product": "kitchen", "device_group": "sensors"}


@pytest.fixture
def fleet(service: Service) -> Fleet:
    return Fleet(service)


def call(function: str, *terms: Any, **options: Any) -> str:
    """Return a call of the lookup as templates write it."""
    arguments = [*map(json.dumps, terms), *(f"{name}={value!r}" for name, value in options.items())]
    return f"{function}({', '.join([repr('electricimp.impcentral.imp_resource'), *arguments])})"


def query(*terms: Any, **options: Any) -> str:
    return call("query", *terms, **options)


def show(name: str, expression: str, keywords: dict[str, Any] | None = None) -> Task:
    return name, DEBUG, {"msg": f"{{{{ {expression} }}}}"}, keywords or {}


def looked_up(playbooks: Playbooks, **expressions: str) -> dict[str, Any]:
    """Return what expressions result in."""
    run = playbooks.run(*(show(name, expression) for name, expression in expressions.items()))
    return {name: message(run, name) for name in expressions}


def message(run: Run, name: str) -> Any:
    """Return what a task showed."""
    assert run.results[name]["status"] == "ok", run.results[name]
    return run.results[name]["msg"]


def failures(run: Run) -> dict[str, str]:
    """Return what each task said when it failed."""
    assert all(result["status"] == "failed" for result in run.results.values()), run.results
    return {name: result["msg"] for name, result in run.results.items()}


def test_every_kind_by_name_id_and_filter(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    first, second, sold, _other = fleet.devices
    row = service.admin("PATCH", f"/devices/{first}", json={"name": "fridge"})
    for twin in (second, sold):
        service.admin("PATCH", f"/devices/{twin}", json={"name": "twin"})
    _account, theirs = partner(service)
    running, of_sensors = service.running, fleet.group("sensors")
    ids = {"attribute": "id"}
    told = looked_up(
        playbooks,
        account=query("me", kind="account", **ids),
        accounts=query(kind="account", attribute="username"),
        products=query("kitchen", fleet.ids["bath"], kind="product", **ids),
        listed=query(["bath", "kitchen"], kind="product", **ids),
        partners=query("kitchen", kind="product", owner="partner", **ids),
        everybodys=query(kind="product", owner="any", **ids),
        group=query("sold", kind="device_group", attribute="type"),
        groups=query("sensors", kind="device_group", product="kitchen", **ids),
        of_a_type=query(kind="device_group", type="pre-dut", attribute="name"),
        variables=query(of_sensors, kind="device_group", attribute="env_vars", show_env_vars=True),
        hidden=query(of_sensors, kind="device_group", attribute="env_vars"),
        device=query(first, kind="device", attribute="swversion"),
        addresses=query("fridge", row["mac_address"].upper(), row["agent_id"], kind="device", **ids),
        in_group=query("fridge", "twin", row["mac_address"], **SENSORS, **ids),
        elsewhere=query(sold, "fridge", kind="device", product="kitchen", type="production", **ids),
        few=query(kind="device", limit=3, **ids),
        deployment=query(fleet.deployments[0], kind="deployment", attribute="origin"),
        deployments=query(kind="deployment", product="kitchen", tags=["v1"], flagged=False, **ids),
        code=query(fleet.deployments[0], kind="deployment"),
        webhook=query(fleet.webhooks[0], kind="webhook", attribute="url"),
        webhooks=query(kind="webhook", device_group="sensors", product="kitchen", event="blinkup", **ids),
        nothing=query(kind="deployment", sha="0" * 64),
        no_attribute_of_nothing=query(kind="deployment", sha="0" * 64, attribute="sha"),
        one=call("lookup", "fridge", kind="device", attribute="agent_url"),
        whole=call("lookup", "kitchen", kind="product") + ".name",
        relaxed=query("cellar", kind="product", errors="ignore"),
    )
    assert told["account"] == [running.account_id] and set(told["accounts"]) == {running.username, "partner"}
    assert told["products"] == [fleet.ids["kitchen"], fleet.ids["bath"]] == told["listed"][::-1]
    assert told["partners"] == [theirs] and set(told["everybodys"]) == {theirs, *told["products"]}
    assert told["group"] == ["production_devicegroup"] and told["groups"] == [of_sensors]
    assert told["of_a_type"] == ["probes"]
    assert told["variables"] == [{"key": "api-key-of-tests"}] and "fingerprint" in told["hidden"][0]["key"]
    assert told["device"][0] and told["addresses"] == [first] * 3
    assert told["in_group"] == [first, second, first] and told["elsewhere"] == [sold]
    assert len(told["few"]) == 3
    assert told["deployment"] == ["git 1"] and told["deployments"] == [fleet.deployments[1]]
    assert told["code"][0]["id"] == fleet.deployments[0] and "device_code" not in told["code"][0]
    assert told["webhook"] == ["https://********@hooks.example.com/deployment"]
    assert told["webhooks"] == [fleet.webhooks[1]]
    assert told["nothing"] == told["no_attribute_of_nothing"] == told["relaxed"] == []
    assert told["one"] == row["agent_url"] and told["whole"] == "kitchen"


def test_wrong_use_is_told_in_a_sentence(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    for twin in fleet.devices[:2]:
        service.admin("PATCH", f"/devices/{twin}", json={"name": "twin"})
    playbooks.secrets |= {"wrong-s3cret"}
    run = playbooks.run(
        show("no kind", query("kitchen")),
        show("unknown kind", query("kitchen", kind="fridge")),
        show("unknown option", query("kitchen", kind="product", colour="red")),
        show("option of another kind", query(kind="device", event="blinkup")),
        show("bad choice", query(kind="webhook", event="explosion")),
        show("bad number", query(kind="product", limit="many")),
        show("small number", query(kind="product", limit=0)),
        show("unknown attribute", query("kitchen", kind="product", attribute="colour")),
        show("unknown attribute of nothing", query(kind="deployment", sha="0" * 64, attribute="colour")),
        show("unknown name", query("cellar", kind="product")),
        show("unknown id", query(UNKNOWN, kind="deployment")),
        show("unknown device", query(NO_DEVICE, **SENSORS)),
        show("unknown filter", query(kind="device", product="cellar")),
        show("a number", query(1234, kind="device")),
        show("twins", query("twin", **SENSORS)),
        show("refused", query(kind="product", login_key="wrong-s3cret")),
        show("undefined", "query('electricimp.impcentral.imp_resource', kind='device', product=nowhere_defined)"),
    )
    told = failures(run)
    for name, texts in {
        "no kind": ["kind", "deployment"],
        "unknown kind": ["'fridge'", "webhook"],
        "unknown option": ["colour", "kind=product", "attribute"],
        "option of another kind": ["event", "kind=device", "device_group"],
        "bad choice": ["explosion", "blessing"],
        "bad number": ["limit", "int"],
        "small number": ["limit", "at least 1"],
        "unknown attribute": ["'colour'", "description"],
        "unknown attribute of nothing": ["'colour'", "sha"],
        "unknown name": ["'cellar'", "product"],
        "unknown id": [UNKNOWN],
        "unknown device": [NO_DEVICE],
        "unknown filter": ["'cellar'"],
        "a number": ["quotes"],
        "twins": ["ambiguous", *fleet.devices[:2]],
        "refused": ["login_key", "was refused"],
        "undefined": ["nowhere_defined"],
    }.items():
        assert all(text in told[name] for text in texts), (name, told[name])


def test_many_lookups_of_a_task_cost_one_listing(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    for number, device in enumerate(fleet.devices[:2]):
        service.admin("PATCH", f"/devices/{device}", json={"name": f"sensor {number}"})
    one = call("lookup", "NAME", **SENSORS, attribute="agent_url").replace('"NAME"', "name")
    lines = f"{{% for name in ['sensor 0', 'sensor 1'] * 50 %}}{{{{ {one} }}}}\n{{% endfor %}}"
    run = playbooks.run(
        ("a product", "imp_product", {"name": "kitchen"}),
        ("a hundred", DEBUG, {"msg": lines}),
        show(
            "each item",
            "item.id ~ " + query(**SENSORS, attribute="id") + "[0]",
            {"loop": f"{{{{ {query(**SENSORS)} }}}}"},
        ),
    )
    urls = [row["agent_url"] for row in service.rows("devices") if row["id"] in fleet.devices[:2]]
    assert sorted(message(run, "a hundred").split()) == sorted(urls * 50)
    items = {item["msg"] for item in run.results["each item"]["results"]}
    assert len(items) == 2 and {item[:16] for item in items} == set(fleet.devices[:2])
    for name in ("a hundred", "each item"):
        listings = [request for request in run.requests[name] if request.startswith("GET /v5/devices?")]
        assert len(listings) == 1 and len(run.requests[name]) <= 4, run.requests[name]
    assert [one for requests in run.requests.values() for one in requests if "/auth" in one] == ["POST /v5/auth"]


def test_a_write_is_seen_by_the_lookups_after_it(playbooks: Playbooks, fleet: Fleet) -> None:
    count = f"{{{{ {query(kind='product')} | length }}}}"
    products = {"name": "{{ item }}", "description": f"number {count}"}
    tasks = [
        {"name": "create", "electricimp.impcentral.imp_product": products, "loop": ["attic", "cellar"]},
        # Names of tasks are templates of the controller's main process, which outlives all tasks.
        {"name": f"{count} are left", "electricimp.impcentral.imp_product": {"name": "attic", "state": "absent"}},
        {"name": f"{count} are left", "electricimp.impcentral.imp_product": {"name": "cellar", "state": "absent"}},
        {"name": f"{count} are left", DEBUG: {"msg": ""}},
    ]
    book = playbooks.folder / "book.yml"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    run = playbooks.play(book)
    created = [item["product"]["description"] for item in run.results["create"]["results"]]
    assert created == ["number 2", "number 3"]
    assert list(run.results) == ["create", "4 are left", "3 are left", "2 are left"]


def test_until_sees_what_changes_meanwhile(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    ended = threading.Event()

    def rename_when_seen() -> None:
        while not any(entry["path"].startswith("/v5/devices?") for entry in service.admin("GET", "/journal")):
            if ended.wait(0.05):
                return
        service.admin("PATCH", f"/devices/{fleet.devices[0]}", json={"name": "ready"})

    changing = threading.Thread(target=rename_when_seen)
    changing.start()
    ready = "'ready' in " + query(**SENSORS, attribute="name")
    try:
        run = playbooks.run(show("wait", "'done'", {"until": ready, "retries": 30, "delay": 1}))
    finally:
        ended.set()
        changing.join()
    assert message(run, "wait") == "done" and run.results["wait"]["attempts"] > 1


def test_text_of_the_service_is_no_template(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    service.admin("PATCH", f"/devices/{fleet.devices[0]}", json={"name": "{{ 1+1 }}"})
    name = query(fleet.devices[0], kind="device", attribute="name")
    run = playbooks.run(
        show("shown", name),
        ("kept", "ansible.builtin.set_fact", {"kept": f"{{{{ {name} | first }}}}"}),
        show("again", "kept ~ ' and more'"),
        show("of a loop", "item", {"loop": f"{{{{ {name} }}}}"}),
    )
    assert message(run, "shown") == ["{{ 1+1 }}"] and message(run, "again") == "{{ 1+1 }} and more"
    assert [item["msg"] for item in run.results["of a loop"]["results"]] == ["{{ 1+1 }}"]


def test_the_examples_run(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    variables = {"vars": {"imp_device_id": fleet.devices[0]}}
    examples = yaml.safe_load(imp_resource.EXAMPLES)
    run = playbooks.run(
        *(
            (one["name"], DEBUG, one[DEBUG], {**variables, **{key: one[key] for key in one.keys() & {"loop"}}})
            for one in examples
        )
    )
    assert {result["status"] for result in run.results.values()} == {"ok"}, run.results
    assert run.results["The names of all production device groups"]["msg"] == ["sold"]
    assert len(run.results["Each device of a group"]["results"]) == 2
