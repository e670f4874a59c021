# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_deployment_prune: what is old, what stays and why, leftovers, refusals, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service


@pytest.fixture
def group(service: Service) -> str:
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    related = {"product": {"type": "product", "id": product}}
    data = {"type": "development_devicegroup", "attributes": {"name": "a"}, "relationships": related}
    return service.api("POST", "/devicegroups", data)["id"]


def deploy(service: Service, group: str, number: int, **attributes: Any) -> str:
    data = {
        "type": "deployment",
        "attributes": {"device_code": f"// {number}", "agent_code": "", **attributes},
        "relationships": {"devicegroup": {"type": "development_devicegroup", "id": group}},
    }
    return service.api("POST", "/deployments", data)["id"]


def raise_minimum(service: Service, group: str, deployment: str) -> None:
    path = f"/devicegroups/{group}/relationships/min_supported_deployment"
    service.api("PUT", path, {"type": "deployment", "id": deployment})


def prune(task: str, /, **options: Any) -> tuple[str, str, dict[str, Any]]:
    return task, "imp_deployment_prune", {"product": "kitchen", **options}


def left(service: Service) -> set[str]:
    return {row["id"] for row in service.rows("deployments")}


def kept(result: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["reason"] for one in result["kept"]}


def test_the_newest_stay_and_what_the_service_protects(playbooks: Playbooks, service: Service, group: str) -> None:
    old, flagged, minimum, newer, current = (deploy(service, group, number, flagged=number == 1) for number in range(5))
    raise_minimum(service, group, minimum)
    run = playbooks.thrice(prune("prune", device_group="a", keep=1))
    assert run.results["prune"]["deleted"] == [old]
    assert kept(run.results["prune"]) == {
        current: "newest",
        newer: "newer_than_minimum",
        minimum: "minimum",
        flagged: "flagged",
    }
    assert run.writes("prune") == [f"DELETE /v5/deployments/{old}"]
    run = playbooks.thrice(prune("all", device_group="a", keep=1, unflag=True, min_supported=True))
    assert sorted(run.results["all"]["deleted"]) == sorted([flagged, minimum, newer])
    assert kept(run.results["all"]) == {current: "newest"}
    assert left(service) == {current}


def test_age_and_tags(playbooks: Playbooks, service: Service, group: str) -> None:
    nightly = [deploy(service, group, number, tags=["nightly", "x"]) for number in range(3)]
    release = deploy(service, group, 3, tags=["release"])
    newest = deploy(service, group, 4, tags=["nightly"])
    raise_minimum(service, group, newest)
    run = playbooks.thrice(
        prune("young", older_than=1),
        prune("both tags", keep=1, tags=["nightly", "x"]),
        prune("old and not the newest", older_than=0, keep=1, tags=["nightly"]),
    )
    assert (run.results["young"]["deleted"], set(kept(run.results["young"]).values())) == ([], {"young"})
    assert run.results["both tags"]["deleted"] == [nightly[1], nightly[0]]
    assert run.results["old and not the newest"]["deleted"] == [nightly[2]]
    assert left(service) == {release, newest}


def test_deployments_left_without_a_group_are_found(playbooks: Playbooks, service: Service, group: str) -> None:
    leftover, other, current = (deploy(service, group, number) for number in range(3))
    raise_minimum(service, group, current)
    for one in (leftover, other):
        service.admin("POST", f"/deployments/{one}/detach")
    run = playbooks.thrice(prune("prune", keep=1))
    assert run.results["prune"]["deleted"] == [leftover]
    assert kept(run.results["prune"]) == {current: "newest", other: "newest"}
    # A group that is made while the task reads must not make its deployments look like leftovers.
    asked = [one.split("?")[0].rsplit("/", 1)[-1] for one in run.requests["prune"]]
    assert [one for one in asked if one in ("deployments", "devicegroups")] == ["deployments", "devicegroups"], asked


def test_a_refusal_is_told_and_the_rest_is_done(playbooks: Playbooks, service: Service, group: str) -> None:
    first, second, current = (deploy(service, group, number) for number in range(3))
    raise_minimum(service, group, current)
    body = {"errors": [{"title": "Still Wanted", "status": "409", "detail": "by somebody"}]}
    service.fault("status", method="DELETE", path=first, status=409, body=body)
    result = playbooks.run(prune("prune", keep=1)).results["prune"]
    assert result["status"] == "failed" and "Still Wanted: by somebody" in result["msg"], result["msg"]
    assert (result["deleted"], kept(result)[first]) == ([second], "refused")
    assert playbooks.run(prune("prune", keep=1)).results["prune"]["deleted"] == [first]
    assert left(service) == {current}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give keep, older_than, or both"),
        ({"product": None, "keep": 1}, "give the product, or the device_group"),
        ({"keep": -1}, "keep must not be less than 0"),
        ({"older_than": -0.5}, "older_than must not be less than 0"),
        ({"older_than": 1e12}, "is no date"),
        ({"older_than": "nan"}, "older_than must not be less than 0"),
        ({"keep": 1, "device_group": "missing"}, "there is no device group 'missing'"),
        ({"keep": 1, "product": "missing"}, "there is no product 'missing'"),
    ],
)
def test_wrong_use(playbooks: Playbooks, service: Service, group: str, options: dict[str, Any], message: str) -> None:
    result = playbooks.run(prune("wrong", **options)).results["wrong"]
    assert result["status"] == "failed" and message in result["msg"], result["msg"]
