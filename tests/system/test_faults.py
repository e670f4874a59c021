# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: one sentence that helps, no secret, nothing lost, and the next run converges."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

MAKE = ("make", "imp_product", {"name": "kitchen"})
CHANGE = ("change", "imp_product", {"name": "kitchen", "description": "new"})
REMOVE = ("remove", "imp_product", {"name": "kitchen", "state": "absent"})

# What may pass by itself, and is survived wherever it strikes.
PASSING: dict[str, dict[str, Any]] = {
    "429": {"kind": "status", "status": 429, "headers": {"X-RateLimit-Reset": "1"}},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "504": {"kind": "status", "status": 504},
    "503 after it took effect": {"kind": "status", "status": 503, "execute": True},
    "reset before": {"kind": "reset_before"},
    "reset after": {"kind": "reset_after"},
    "truncated": {"kind": "truncate"},
    "invalid JSON": {"kind": "invalid_json"},
    "empty": {"kind": "empty"},
    "HTML": {"kind": "html"},
    "expired token": {"kind": "expire_token"},
}
LASTING = {
    **{name: PASSING[name] for name in ("429", "503", "reset before", "reset after", "truncated", "empty", "HTML")},
    "500": {"kind": "status", "status": 500},
    "expired tokens": {"kind": "expire_token"},
}


def sentence(result: dict[str, Any], *parts: str) -> str:
    """Return the message of a failed task, which is short, whole, and says these parts."""
    assert result["status"] == "failed", result
    told: str = result["msg"]
    assert "\n" not in told and told.endswith(".") and 20 < len(told) < 500, told
    assert "unexpected" not in told, told
    for part in parts:
        assert part in told, told
    return told


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_survived(playbooks: Playbooks, service: Service, name: str) -> None:
    fault = PASSING[name]
    orders = [{**fault, "method": method, "path": "/products"} for method in ("GET", "POST", "PATCH", "DELETE")]
    service.admin("POST", "/faults", json={"faults": orders})
    run = playbooks.run(MAKE, ("same", *MAKE[1:]), CHANGE, ("count", *CHANGE[1:]), REMOVE)
    assert service.struck() == len(orders)
    for task, result in run.results.items():
        assert result["status"] == "ok", (task, result["msg"])
    changed = [task for task, result in run.results.items() if result["changed"]]
    assert changed == ["make", "change", "remove"]
    assert service.rows("products") == []


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_told_and_the_next_run_converges(playbooks: Playbooks, service: Service, name: str) -> None:
    for method, tasks in (("POST", [MAKE]), ("PATCH", [MAKE, CHANGE]), ("DELETE", [CHANGE, REMOVE]), ("GET", [REMOVE])):
        service.fault(**LASTING[name], method=method, path="/products", times=None)
        run = playbooks.run(*tasks, IMPCENTRAL_RETRIES="1", IMPCENTRAL_MAX_WAIT="1")
        assert service.struck()
        *recovered, struck = (run.results[task[0]] for task in tasks)
        assert [result["status"] for result in recovered] == ["ok"] * len(recovered)
        if struck["status"] == "failed" or name in ("500", "429", "HTML", "reset before"):
            sentence(struck, *[] if "token" in name else ["GET /products"] if method == "GET" else ["'kitchen'"])
        assert len(service.rows("products")) <= 1
    assert playbooks.run(REMOVE).results["remove"]["status"] == "ok"
    assert service.rows("products") == []


def test_a_burst_of_refusals_slows_a_run_down_and_breaks_nothing(playbooks: Playbooks, service: Service) -> None:
    service.fault("status", status=429, times=3, headers={"Retry-After": "0"}, path="/products")
    run = playbooks.run(MAKE, CHANGE)
    assert [result["status"] for result in run.results.values()] == ["ok", "ok"]
    assert service.struck() == 3 and service.names("products") == ["kitchen"]


@pytest.mark.parametrize(
    ("endpoint", "parts"),
    [
        ("http://127.0.0.1:1/v5", ("127.0.0.1:1", "refused", "endpoint")),
        ("https://no-such-host.invalid/v5", ("no-such-host.invalid", "name")),
        ("not a url", ("'not a url'", "https://api.electricimp.com/v5")),
        ("http://api.example.com/v5", ("allow_http",)),
        ("https://me:s3cret-of-endpoint@127.0.0.1/v5", ("options",)),
    ],
)
def test_no_way_to_the_service(playbooks: Playbooks, endpoint: str, parts: tuple[str, ...]) -> None:
    playbooks.secrets.add("s3cret-of-endpoint")
    variables: dict[str, Any] = {"IMPCENTRAL_ENDPOINT": endpoint, "IMPCENTRAL_RETRIES": "0", "NO_PROXY": "*"}
    sentence(playbooks.run(MAKE, **variables).results["make"], *parts)


def test_plain_http_where_tls_is_spoken(playbooks: Playbooks, service: Service) -> None:
    endpoint = service.running.endpoint.replace("http://", "https://")
    variables: dict[str, Any] = {"IMPCENTRAL_ENDPOINT": endpoint, "IMPCENTRAL_RETRIES": "0", "NO_PROXY": "*"}
    sentence(playbooks.run(MAKE, **variables).results["make"], "ca_path")


def test_a_wrong_path_of_the_endpoint(playbooks: Playbooks, service: Service) -> None:
    endpoint = service.running.endpoint.replace("/v5", "/v4")
    sentence(playbooks.run(MAKE, IMPCENTRAL_ENDPOINT=endpoint).results["make"], "endpoint")


def test_a_time_out(playbooks: Playbooks, service: Service) -> None:
    service.fault("delay", seconds=2, method="POST", path="/products")
    # The first request times out before it takes effect; what the module looks up says so.
    make = ("make", "imp_product", {"name": "kitchen", "timeout": 0.5, "retries": 0})
    first = playbooks.run(make).results["make"]
    _wait_for_answers(service)
    again = playbooks.run(MAKE).results["make"]
    assert again["status"] == "ok" and service.names("products") == ["kitchen"]
    if first["status"] == "failed":
        sentence(first, "timeout")
    service.fault("delay", seconds=2, method="GET", path="/products")
    sentence(playbooks.run(make).results["make"], "timeout")
    _wait_for_answers(service)


def _wait_for_answers(service: Service) -> None:
    """Wait until no request is under way, so that none is counted as another test's."""
    for _attempt in range(100):
        if all(entry["duration_ms"] is not None for entry in service.admin("GET", "/journal")):
            return
        time.sleep(0.1)
    raise AssertionError("a request never ended")


def test_credentials(playbooks: Playbooks, service: Service) -> None:
    none: dict[str, Any] = {"IMPCENTRAL_USERNAME": "", "IMPCENTRAL_PASSWORD": ""}
    key = service.login_key()
    playbooks.secrets |= {key, "wrong-s3cret"}
    nothing = sentence(playbooks.run(MAKE, **none).results["make"])
    for option in ("access_token", "login_key", "refresh_token", "username", "password", "auth_file"):
        assert option in nothing
    assert "IMPCENTRAL_" in nothing
    for option in ("ACCESS_TOKEN", "LOGIN_KEY", "REFRESH_TOKEN"):
        given: dict[str, Any] = {**none, f"IMPCENTRAL_{option}": "wrong-s3cret"}
        wrong = playbooks.run(MAKE, **given).results["make"]
        sentence(wrong, "was refused", option.lower())
    sentence(playbooks.run(MAKE, IMPCENTRAL_PASSWORD="wrong-s3cret").results["make"], "Invalid Credentials")
    wrong_option = ("make", "imp_product", {"name": "kitchen", "login_key": "wrong-s3cret"})
    sentence(playbooks.run(wrong_option).results["make"], "was refused", "from the options")
    two = ("make", "imp_product", {"name": "kitchen", "login_key": key, "access_token": "wrong-s3cret"})
    sentence(playbooks.run(two).results["make"], "login_key", "access_token")
    assert playbooks.run(MAKE, **none, IMPCENTRAL_LOGIN_KEY=key).results["make"]["status"] == "ok"
    # The key is revoked, and what it had opened closes.
    service.admin("POST", "/tokens/expire")
    fresh = Service(service.running)
    fresh.api("DELETE", f"/accounts/me/login_keys/{key}", **{"X-Electricimp-Password": service.running.password})
    service.admin("POST", "/tokens/expire")
    sentence(playbooks.run(MAKE, **none, IMPCENTRAL_LOGIN_KEY=key).results["make"], "was refused", "login_key")


def test_one_time_passwords(playbooks: Playbooks, service: Service) -> None:
    running = service.running
    service.admin("PATCH", f"/accounts/{running.account_id}", json={"two_factor": True})
    sentence(playbooks.run(MAKE).results["make"], "otp", "IMPCENTRAL_OTP")
    sentence(playbooks.run(MAKE, IMPCENTRAL_OTP="000001").results["make"])
    assert playbooks.run(MAKE, IMPCENTRAL_OTP=running.otp).results["make"]["status"] == "ok"


def test_a_token_that_dies_on_the_way_is_renewed_once(playbooks: Playbooks, service: Service) -> None:
    service.fault("expire_token", method="PATCH", path="/products")
    run = playbooks.run(MAKE, CHANGE, IMPCENTRAL_LOGIN_KEY=service.login_key())
    assert run.results["change"]["changed"] is True
    assert [len([one for one in run.requests[name] if "/auth" in one]) for name in ("make", "change")] == [1, 1]


def test_read_only_refuses_before_the_request(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.run(MAKE, IMPCENTRAL_READ_ONLY="true")
    sentence(run.results["make"], "read_only")
    assert run.writes("make") == []
    assert playbooks.run(MAKE, IMPCENTRAL_READ_ONLY="false").results["make"]["changed"] is True
    same = playbooks.run(MAKE, IMPCENTRAL_READ_ONLY="true").results["make"]
    assert (same["status"], same["changed"]) == ("ok", False)


def test_answers_with_more_or_less_than_expected(playbooks: Playbooks, service: Service) -> None:
    key = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
    odd = {"id": key, "type": "product", "attributes": {"name": "kitchen", "colour": "red"}, "meta": {"a": [1]}}
    service.fault("status", status=200, path="/products", method="GET", body={"data": [odd], "links": {}, "more": 1})
    result = playbooks.run(MAKE).results["make"]
    assert (result["status"], result["changed"]) == ("ok", False)
    product = result["product"]
    assert (product["id"], product["description"], product["owner_id"]) == (key, None, None)
    assert "colour" not in product  # the keys of a result are always the same


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, [], "text", {"errors": []}, {"message": "busy"}])
def test_answers_of_another_shape(playbooks: Playbooks, service: Service, body: Any) -> None:
    service.fault("status", status=200, path="/products", times=None, body=body)
    sentence(playbooks.run(MAKE, IMPCENTRAL_RETRIES="0").results["make"], "/products")
    service.struck()
    assert service.rows("products") == []


def test_a_removal_that_is_interrupted_goes_on_from_there(playbooks: Playbooks, service: Service) -> None:
    groups = [(name, "imp_device_group", {"product": "kitchen", "name": name}) for name in "abc"]
    made = playbooks.run(MAKE, *groups).results
    for device in service.running.devices[:3]:
        service.admin("PATCH", f"/devices/{device}", json={"devicegroup": made["a"]["device_group"]["id"]})
    gone = ("gone", "imp_product", {"name": "kitchen", "state": "absent", "force": True})
    refusal = {"errors": [{"status": "400", "title": "No", "detail": "not now"}]}
    service.fault("status", status=400, method="DELETE", path="/relationships/devices", body=refusal)
    members = playbooks.run(gone).results["gone"]
    sentence(members, "3 of 3 devices", "No: not now", *service.running.devices[:3])
    assert sorted(members["failed_devices"]) == sorted(service.running.devices[:3])
    service.struck()
    service.fault("status", status=500, method="DELETE", path="/devicegroups/[^/]*$", nth=2)
    half = playbooks.run(gone).results["gone"]
    sentence(half, "Done before that", "'a'", "Run the task again")
    assert half["changed"] is True and len(half["done"]) == 2
    assert service.names("device_groups") == ["b", "c"]
    assert playbooks.run(gone).results["gone"]["status"] == "ok"
    assert service.rows("products") == service.rows("device_groups") == []
