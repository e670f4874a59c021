# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin: real runs of ansible-inventory and ansible-playbook, every option, and what goes wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.system.runner import Playbooks
from tests.system.service import Service

EXAMPLES = Path(__file__).parents[2] / "plugins" / "inventory" / "imp_devices.py"
NAMES = ["fridge", "oven", "fridge", None, "{{ 1 + 1 }}", "yes", "a:b/c d", "#jinja2:x:y\nz", "1e3", "x" * 140]
HOSTS = ["fridge_*", "oven", "fridge_*", "<id>", "___1___1___", "yes", "a_b_c_d", "_jinja2_x_y_z", "1e3", "x" * 140]


class Fleet:
    """Two products with three groups, ten devices in and beside them, and ansible-inventory over all of it."""

    def __init__(self, service: Service, playbooks: Playbooks) -> None:
        self.service = service
        self.playbooks = playbooks
        self.folder = playbooks.folder
        playbooks.environment = {
            "IMPCENTRAL_LOGIN_KEY": service.login_key(),
            "IMPCENTRAL_USERNAME": "",
            "IMPCENTRAL_PASSWORD": "",
        }
        playbooks.secrets.add(playbooks.environment["IMPCENTRAL_LOGIN_KEY"])
        self.products = {name: self._add("/products", "product", name) for name in ("kitchen", "bath")}
        places = (("sensors", "kitchen", "development"), ("sold", "kitchen", "production"), ("dut", "bath", "dut"))
        self.groups = {
            name: self._add("/devicegroups", f"{kind}_devicegroup", name, product) for name, product, kind in places
        }
        self.devices = service.running.devices[: len(NAMES)]
        for device, name, group in zip(self.devices, NAMES, 3 * ["sensors", "sold", "dut"] + [None], strict=True):
            place = self.groups[group] if group else None
            service.admin("PATCH", f"/devices/{device}", json={"name": name, "devicegroup": place})
        for device in service.running.devices[len(NAMES) :]:
            service.api("DELETE", f"/devices/{device}")
        service.admin("DELETE", "/journal")

    def _add(self, path: str, kind: str, name: str, product: str | None = None) -> str:
        related = {"product": {"type": "product", "id": self.products[product]}} if product else {}
        data = {"type": kind, "attributes": {"name": name}, "relationships": related}
        return self.service.api("POST", path, data)["id"]

    def write(self, file: str = "imp_devices.yml", **options: Any) -> Path:
        path = self.folder / file
        path.write_text(yaml.safe_dump({"plugin": "electricimp.impcentral.imp_devices", **options}))
        return path

    def command(self, *arguments: str, program: str = "ansible-inventory", **variables: str) -> Any:
        """Run ansible-inventory; its messages come back as one line, however wide the terminal is."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name(program)), *arguments],
            env=self.playbooks.environ(ANSIBLE_CALLBACK_PLUGINS="", **variables),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        for secret in self.playbooks.secrets:
            assert secret not in done.stdout + done.stderr
        assert "Traceback (most" not in done.stdout + done.stderr, done.stderr
        done.stderr = " ".join(done.stderr.split())
        return done

    def listed(self, *arguments: str, **options: Any) -> dict[str, Any]:
        """Return what ``--list --export`` says; all hosts are checked to have the same variables."""
        done = self.command("-i", str(self.write(**options)), "--list", "--export", *arguments)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        found["stderr"] = done.stderr
        assert len({frozenset(one) - {"weak"} for one in found["_meta"]["hostvars"].values()}) <= 1
        return found

    def ids(self, **options: Any) -> list[str]:
        """Return which devices options select, by their place in the fleet."""
        hosts = self.listed(**options)["_meta"]["hostvars"].values()
        return sorted(self.devices.index(one["imp_id"]) for one in hosts)


@pytest.fixture
def fleet(service: Service, playbooks: Playbooks) -> Fleet:
    return Fleet(service, playbooks)


def members(found: dict[str, Any], group: str) -> list[str]:
    return sorted(found.get(group, {}).get("hosts", []))


def test_every_device_is_a_host(fleet: Fleet) -> None:
    found = fleet.listed()
    hosts = found["_meta"]["hostvars"]
    by_id = {one["imp_id"]: (name, one) for name, one in hosts.items()}
    assert sorted(by_id) == sorted(fleet.devices)
    for device, wanted in zip(fleet.devices, HOSTS, strict=True):
        expected = wanted.replace("*", device).replace("<id>", device)
        assert by_id[device][0] == expected
        assert by_id[device][1]["ansible_host"] == device
        assert by_id[device][1]["ansible_connection"] == "electricimp.impcentral.imp"
    oven, unassigned = by_id[fleet.devices[1]][1], by_id[fleet.devices[9]][1]
    assert oven["imp_name"] == "oven" and oven["imp_device_online"] is True
    assert {name: oven[f"imp_{name}"] for name in ("product", "device_group", "device_group_type", "owner")} == {
        "product": "kitchen",
        "device_group": "sold",
        "device_group_type": "production",
        "owner": fleet.service.running.username,
    }
    assert (oven["imp_product_id"], oven["imp_device_group_id"]) == (fleet.products["kitchen"], fleet.groups["sold"])
    for name in ("product", "product_id", "device_group", "device_group_id", "device_group_type", "agent_id"):
        assert unassigned[f"imp_{name}"] is None
    assert "Host names that are not unique" in found["stderr"] and "reserved" not in found["stderr"]
    assert found["product_kitchen"]["children"] == ["device_group_kitchen__sensors", "device_group_kitchen__sold"]
    assert members(found, "device_group_bath__dut") == sorted(["fridge_" + fleet.devices[2], "yes", "1e3"])
    assert len(members(found, "ungrouped")) == 1


def test_text_is_plain_and_never_evaluated(fleet: Fleet) -> None:
    hosts = fleet.listed()["_meta"]["hostvars"]
    told = {name: hosts[name]["imp_name"] for name in ("oven", "a_b_c_d", "yes", "___1___1___", "_jinja2_x_y_z")}
    assert told == {
        "oven": "oven",
        "a_b_c_d": "a:b/c d",
        "yes": "yes",
        "___1___1___": {"__ansible_unsafe": "{{ 1 + 1 }}"},
        "_jinja2_x_y_z": {"__ansible_unsafe": "#jinja2:x:y\nz"},
    }
    book = fleet.folder / "names.yml"
    task = {"name": "say", "ansible.builtin.debug": {"msg": "<{{ imp_name }}>"}, "delegate_to": "localhost"}
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "connection": "local", "tasks": [task]}]))
    run = fleet.playbooks.play(book, "-i", str(fleet.write()))
    assert run.code == 0, run.output
    for name in NAMES:
        said = json.dumps(f"<{name if name is not None else ''}>", ensure_ascii=False)
        assert said in run.output, name


def test_markers_are_taken_apart_for_awx(fleet: Fleet) -> None:
    hosts = fleet.listed(neutralize_templates=True)["_meta"]["hostvars"]
    assert {one["imp_name"] for one in hosts.values()} >= {"{ { 1 + 1 }}", " #jinja2:x:y\nz", "oven", None}
    assert "__ansible_unsafe" not in json.dumps(hosts)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"products": ["kitchen"]}, [0, 1, 3, 4, 6, 7]),
        ({"products": ["kitchen", "bath"], "unassigned": True}, list(range(10))),
        ({"device_groups": ["sensors", "dut"]}, [0, 2, 3, 5, 6, 8]),
        ({"device_groups": ["sensors"], "products": ["kitchen"]}, [0, 3, 6]),
        ({"group_types": ["production", "dut"]}, [1, 2, 4, 5, 7, 8]),
        ({"group_types": ["pre-dut"]}, []),
        ({"group_types": ["production"], "products": ["kitchen", "bath"]}, [1, 4, 7]),
        ({"group_types": ["production"], "device_groups": ["sensors", "sold"]}, [1, 4, 7]),
        ({"group_types": ["development"], "unassigned": True}, [0, 3, 6, 9]),
        ({"unassigned": False}, list(range(9))),
        ({"exclude": ["fridge", "*[0-9]", "y*"]}, None),
        ({"owners": ["me"]}, list(range(10))),
        ({"online": False}, [4]),
        ({"online": True}, [0, 1, 2, 3, 5, 6, 7, 8, 9]),
    ],
)
def test_which_devices(fleet: Fleet, options: dict[str, Any], expected: list[int] | None) -> None:
    fleet.service.admin("PATCH", f"/devices/{fleet.devices[4]}", json={"device_online": False})
    fleet.service.admin("DELETE", "/journal")
    if expected is None:
        excluded = re.compile(r"fridge|.*[0-9]|y.*")
        texts = [(NAMES[place], device) for place, device in enumerate(fleet.devices)]
        expected = [n for n, pair in enumerate(texts) if not any(excluded.fullmatch(text) for text in pair if text)]
    assert fleet.ids(**options) == expected
    requests = fleet.service.requests()
    assert len(requests) == len(set(requests)) <= 9, requests  # nothing is read twice


def test_groups_by_id_and_foreign_places(fleet: Fleet) -> None:
    assert fleet.ids(device_groups=[fleet.groups["sold"]]) == [1, 4, 7]
    assert fleet.ids(products=[fleet.products["bath"]], unassigned=True) == [2, 5, 8, 9]
    assert fleet.ids(owners=[fleet.service.running.email]) == list(range(10))


def test_host_names(fleet: Fleet) -> None:
    by_id = fleet.listed(hostnames=["id"])["_meta"]["hostvars"]
    assert sorted(by_id) == sorted(fleet.devices)
    templates = ["{{ imp_product ~ '-' ~ imp_name if imp_product and imp_name else '' }}", "id"]
    found = fleet.listed(hostnames=templates)["_meta"]["hostvars"]
    assert {"kitchen-oven", fleet.devices[3], fleet.devices[9]} <= set(found)
    done = fleet.command("-i", str(fleet.write(on_duplicate="error")), "--list")
    assert "'fridge'" in done.stderr and "on_duplicate" in done.stderr


def test_all_groupings_and_those_of_ansible(fleet: Fleet) -> None:
    found = fleet.listed(
        group_by=["product", "device_group", "group_type", "zone", "online", "imp_type", "owner"],
        keyed_groups=[{"key": "(imp_name or 'none')[:1]", "prefix": "letter"}],
        compose={"weak": "(imp_rssi or 0) < -1000"},
        groups={"nameless": "imp_name is none"},
        strict=True,
    )
    sizes = {name: len(members(found, name)) for name in found if name != "stderr"}
    assert [sizes[f"group_type_{kind}"] for kind in ("development", "production", "dut")] == [3, 3, 3]
    assert (sizes["zone_development"], sizes["zone_production"], sizes["online_true"]) == (4, 6, 10)
    assert sizes[f"owner_{fleet.service.running.username}"] == 10
    assert sum(size for name, size in sizes.items() if name.startswith("imp_type_")) == 10
    assert (sizes["letter_f"], sizes["nameless"]) == (2, 1)
    assert all(one["weak"] is False for one in found["_meta"]["hostvars"].values())


def test_details_are_read_one_by_one(fleet: Fleet) -> None:
    lists = fleet.listed(device_groups=["sold"])["_meta"]["hostvars"]
    single = fleet.listed(device_groups=["sold"], details=True)["_meta"]["hostvars"]
    assert {one["imp_swversion"] for one in lists.values()} == {None}
    assert all("release" in one["imp_swversion"] and one["imp_free_memory"] > 0 for one in single.values())


def test_a_cached_run_sends_no_request(fleet: Fleet) -> None:
    options: dict[str, Any] = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(fleet.folder / "kept"),
    }
    first = fleet.listed(**options)
    fleet.service.admin("DELETE", "/journal")
    assert fleet.listed(**options) == first and fleet.service.requests() == []
    kept = "".join(path.name + path.read_text() for path in (fleet.folder / "kept").iterdir())
    assert all(secret not in kept for secret in fleet.playbooks.secrets)
    fleet.service.admin("PATCH", f"/devices/{fleet.devices[1]}", json={"name": "stove"})
    # Of the commands of ansible-core 2.16 only ansible-playbook can flush.
    book = fleet.folder / "nothing.yml"
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": []}]))
    source = str(fleet.write(**options))
    flushed = fleet.command(str(book), "-i", source, "--list-hosts", "--flush-cache", program="ansible-playbook")
    assert "stove" in flushed.stdout
    assert "stove" in fleet.listed(**options)["_meta"]["hostvars"]
    # Another selection, and another credential, are other keys.
    assert fleet.ids(products=["bath"], **options) == [2, 5, 8]
    fleet.service.admin("DELETE", "/journal")
    fleet.playbooks.environment["IMPCENTRAL_LOGIN_KEY"] = fleet.service.login_key()
    fleet.listed(**options)
    assert len([request for request in fleet.service.requests() if "/devices?" in request]) > 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"product": "kitchen", "colour": 1}, "unknown options colour, product"),
        ({"products": ["cellar"]}, "there is no product 'cellar'"),
        ({"device_groups": ["cellar"]}, "there is no device group 'cellar'"),
        ({"device_groups": ["00000000-0000-0000-0000-000000000000"]}, "there is no device group"),
        ({"owners": ["nobody"]}, "the account 'nobody' is not among those"),
        ({"group_types": ["pilot"]}, "there is no type 'pilot'"),
        ({"group_by": ["colour"]}, "colour"),
        ({"unassigned": "perhaps"}, "unassigned"),
        ({"hostnames": ["title"]}, "'title' is neither name, nor id, nor a template"),
        ({"timeout": "soon"}, "timeout"),
        ({"endpoint": "http://127.0.0.1:9/v5", "retries": 0}, "no connection to 127.0.0.1:9"),
        ({"login_key": "wrong-key-of-tests"}, "was refused"),
        ({"login_key": "a", "username": "b", "password": "c"}, "login_key"),
        ({"keyed_groups": [{"key": "missing"}], "strict": True}, "missing"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_returned(fleet: Fleet, options: dict[str, Any], message: str) -> None:
    done = fleet.command("-i", str(fleet.write(**options)), "--list", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true")
    assert done.returncode != 0 and message in done.stderr, done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status", {"status": 500, "times": None}),
        ("html", {"times": None}),
        ("truncate", {"times": None}),
        ("reset_before", {"times": None}),
        ("status", {"status": 401, "times": None}),
    ],
)
def test_a_page_that_cannot_be_read_leaves_no_part_of_the_fleet(
    fleet: Fleet, kind: str, details: dict[str, Any]
) -> None:
    fleet.service.fault(kind, path="/devices.*production", **details)
    done = fleet.command("-i", str(fleet.write(retries=1, max_wait=1)), "--list")
    assert "GET /devices" in done.stderr or "refused an access token" in done.stderr, done.stderr
    assert json.loads(done.stdout)["_meta"]["hostvars"] == {}
    fleet.service.admin("DELETE", "/faults")
    assert len(fleet.listed()["_meta"]["hostvars"]) == 10


def test_an_expired_token_is_renewed(fleet: Fleet) -> None:
    fleet.service.fault("expire_token", path="/devices")
    assert len(fleet.listed()["_meta"]["hostvars"]) == 10


def test_a_wrong_file_name_is_told(fleet: Fleet) -> None:
    done = fleet.command("-i", str(fleet.write("fleet.yml")), "--list")
    assert "name it imp_devices.yml or imp_devices.yaml" in done.stderr
    assert json.loads(done.stdout)["_meta"]["hostvars"] == {}
    for name in ("my.imp_devices.yaml", "imp_devices.yaml"):
        done = fleet.command("-i", str(fleet.write(name)), "--list", "--limit", "oven")
        assert list(json.loads(done.stdout)["_meta"]["hostvars"]) == ["oven"]


def test_templates_and_empty_variables(fleet: Fleet) -> None:
    key = fleet.playbooks.environment.pop("IMPCENTRAL_LOGIN_KEY")
    empty = {f"IMPCENTRAL_{name}": "" for name in ("TIMEOUT", "VALIDATE_CERTS", "RETRIES", "OWNER", "LOGIN_KEY")}
    path = fleet.write(
        login_key="{{ lookup('ansible.builtin.env', 'MY_KEY') }}", products=["{{ wanted }}"], timeout="{{ 20 }}"
    )
    done = fleet.command("-i", str(path), "--list", "--extra-vars", "wanted=bath", MY_KEY=key, **empty)
    assert len(json.loads(done.stdout)["_meta"]["hostvars"]) == 3, done.stderr


def test_an_empty_account_and_attributes_that_are_null(fleet: Fleet) -> None:
    for device in fleet.devices[1:]:
        fleet.service.admin("PATCH", f"/devices/{device}", json={"devicegroup": None})
        fleet.service.api("DELETE", f"/devices/{device}")
    nothing = dict.fromkeys(("name", "device_online", "imp_type", "rssi", "mac_address", "agent_url", "swversion"))
    fleet.service.admin("PATCH", f"/devices/{fleet.devices[0]}", json={**nothing, "devicegroup": None})
    found = fleet.listed(group_by=["product", "device_group", "group_type", "zone", "online", "imp_type", "owner"])
    assert list(found["_meta"]["hostvars"]) == [fleet.devices[0]]
    fleet.service.api("DELETE", f"/devices/{fleet.devices[0]}")
    assert fleet.listed()["_meta"]["hostvars"] == {}


def test_two_sources_do_not_merge_devices(fleet: Fleet) -> None:
    one, two = (
        fleet.write("a.imp_devices.yml", products=["kitchen"]),
        fleet.write("b.imp_devices.yml", products=["bath"]),
    )
    done = fleet.command("-i", str(one), "-i", str(two), "--list")
    hosts = json.loads(done.stdout)["_meta"]["hostvars"]
    assert len({host["imp_id"] for host in hosts.values()}) == len(hosts) == 9


def test_the_other_ways_to_look(fleet: Fleet) -> None:
    path = str(fleet.write())
    graph = fleet.command("-i", path, "--graph").stdout
    assert "|--@product_kitchen:" in graph and "|  |--@device_group_kitchen__sold:" in graph
    host = json.loads(fleet.command("-i", path, "--host", "oven").stdout)
    assert host["imp_device_group"] == "sold"
    listed = yaml.safe_load(fleet.command("-i", path, "--list", "--yaml", "--limit", "product_bath").stdout)
    assert "device_group_bath__dut" in json.dumps(listed)


@pytest.mark.parametrize("number", range(5))
def test_the_examples_run(fleet: Fleet, number: int) -> None:
    text = EXAMPLES.read_text().split('EXAMPLES = r"""')[1].split('"""')[0]
    parts = [
        re.sub(r"^# (?!---)", "", part, flags=re.MULTILINE)
        for part in re.split(r"^# --- .*$", text, flags=re.MULTILINE)
    ]
    assert len(parts) == 5
    options = yaml.safe_load(re.sub(r"^Every device.*$", "", parts[number], flags=re.MULTILINE))
    for name in options.get("device_groups", []):
        if name not in fleet.groups:
            fleet.groups[name] = fleet._add("/devicegroups", "development_devicegroup", name, "bath")
    del options["plugin"]
    assert fleet.listed(**options)["_meta"]["hostvars"]
