# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of imp_deployment: code and its comparison, tags, redeployment, removal; wrong use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
HELLO = 'server.log("hello");\n'
BYE = 'server.log("bye");\n'


@pytest.fixture(autouse=True)
def groups(service: Service) -> dict[str, str]:
    """The product ``kitchen`` with the groups ``a`` and ``b``: name -> id."""
    product = service.api("POST", "/products", {"type": "product", "attributes": {"name": "kitchen"}})["id"]
    relationships = {"product": {"type": "product", "id": product}}
    return {
        name: service.api(
            "POST",
            "/devicegroups",
            {"type": "development_devicegroup", "attributes": {"name": name}, "relationships": relationships},
        )["id"]
        for name in "ab"
    }


def deployment(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_deployment", {"product": "kitchen", "device_group": "a", **options}


def by_id(task: str, key: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_deployment", {"id": key, **options}


def code(service: Service, key: str) -> tuple[str, str]:
    """Return the device code and agent code of a deployment."""
    attributes = service.api("GET", f"/deployments/{key}")["attributes"]
    return attributes["device_code"] or "", attributes["agent_code"] or ""


def test_code_is_compared_byte_for_byte(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.thrice(
        deployment("first", device_code=HELLO, agent_code=BYE, description="d", origin="git 1", tags=["v1"]),
        deployment("no newline", device_code=HELLO.strip(), agent_code=BYE),
        deployment("other newline", device_code=HELLO.replace("\n", "\r\n"), agent_code=BYE),
        deployment("agent alone", agent_code=BYE),
        deployment("device alone", device_code=BYE),
        deployment("unicode", device_code="// 🍳 kühl\n"),
        deployment("described", device_code="// 🍳 kühl\n", description="new", flagged=True, tags=["v2"]),
        deployment("other origin", device_code="// 🍳 kühl\n", origin="git 2"),
        deployment("unflagged", device_code="// 🍳 kühl\n", flagged=False),
    )
    first = run.results["first"]["deployment"]
    assert first == {**first, "type": "deployment", "description": "d", "origin": "git 1", "tags": ["v1"]}
    assert first["flagged"] is False and first["device_group_type"] == "development"
    keys = {name: run.results[name]["deployment"]["id"] for name in run.results if run.results[name]["deployment"]}
    created = ["first", "no newline", "other newline", "agent alone", "device alone", "unicode"]
    assert len({keys[name] for name in created}) == len(created)
    assert code(service, keys["first"]) == (HELLO, BYE)
    assert code(service, keys["other newline"]) == (HELLO.replace("\n", "\r\n"), BYE)
    assert code(service, keys["agent alone"]) == ("", BYE) and code(service, keys["device alone"]) == (BYE, "")
    assert keys["described"] == keys["unicode"] == keys["other origin"] == keys["unflagged"]
    assert run.results["described"]["deployment"]["tags"] == ["v2"]
    assert run.results["described"]["deployment"]["flagged"] is True
    assert run.results["other origin"]["changed"] is False
    assert "cannot be changed" in run.results["other origin"]["warnings"][-1]
    assert run.results["unflagged"]["deployment"]["flagged"] is False
    # Code is in the difference, nowhere else.
    difference = run.results["no newline"]["diff"]["prepared"]
    assert '-server.log("hello");' in difference and "No newline at end of file" in difference
    for result in run.results.values():
        assert "server.log" not in str({**result, "diff": None})
    assert run.results["first, foreseen"]["diff"]["prepared"] == run.results["first"]["diff"]["prepared"]


def test_files_are_found_like_those_of_copy(playbooks: Playbooks, service: Service) -> None:
    for name, text in {"files/device.nut": "// {{ x }}\r\n", "beside.nut": BYE, "files/latin.nut": "x"}.items():
        path = playbooks.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    (playbooks.folder / "files/latin.nut").write_bytes(b"// \xff\n")
    (playbooks.folder / "files/empty.nut").write_bytes(b"")
    absolute = str(playbooks.folder / "beside.nut")
    run = playbooks.thrice(
        deployment("files", device_code_file="device.nut", agent_code_file="beside.nut"),
        deployment(
            "the same", device_code_file=str(playbooks.folder / "files" / "device.nut"), agent_code_file=absolute
        ),
        deployment("mixed", device_code_file="empty.nut", agent_code=HELLO),
        deployment("missing", device_code_file="none.nut"),
        deployment("folder", agent_code_file=str(playbooks.folder / "files")),
        deployment("not UTF-8", device_code_file="latin.nut"),
        deployment("twice", device_code_file="device.nut", device_code=HELLO),
    )
    assert code(service, run.results["files"]["deployment"]["id"]) == ("// {{ x }}\r\n", BYE)
    assert run.results["the same"]["changed"] is False
    assert code(service, run.results["mixed"]["deployment"]["id"]) == ("", HELLO)
    assert "none.nut" in run.results["missing"]["msg"] and "latin.nut" in run.results["not UTF-8"]["msg"]
    assert "device_code_file" in run.results["twice"]["msg"] and run.results["folder"]["status"] == "failed"
    twin = (*deployment("as a normal module", device_code_file="device.nut"), {"connection": "twin"})
    assert playbooks.run(twin).results["as a normal module"]["changed"] is True


def test_a_file_of_a_role(playbooks: Playbooks, service: Service) -> None:
    role = playbooks.folder / "roles" / "build"
    for folder in ("files", "tasks"):
        (role / folder).mkdir(parents=True)
    (role / "files" / "device.nut").write_text("// role\n")
    (playbooks.folder / "files").mkdir()
    (playbooks.folder / "files" / "device.nut").write_text("// play\n")
    options = "{product: kitchen, device_group: a, device_code_file: device.nut}"
    (role / "tasks" / "main.yml").write_text(f"- name: build\n  electricimp.impcentral.imp_deployment: {options}\n")
    book = playbooks.folder / "role.yml"
    book.write_text("- hosts: localhost\n  gather_facts: false\n  roles: [build]\n")
    run = playbooks.play(book)
    assert run.code == 0, run.output
    assert code(service, service.rows("deployments")[0]["id"]) == ("// role\n", "")


def test_tags(playbooks: Playbooks) -> None:
    run = playbooks.thrice(
        deployment("first", device_code=HELLO, tags=["b", "a", "rollout-1", "env-0"]),
        deployment("other order", device_code=HELLO, tags=["a", "b"]),
        deployment("added", device_code=HELLO, tags=["c"], purge_tags=False),
        deployment("replaced", device_code=HELLO, tags=["d"]),
        deployment("left out", device_code=HELLO),
        deployment("none", device_code=HELLO, tags=[]),
    )
    tags = {name: sorted(run.results[name]["deployment"]["tags"]) for name in ("added", "none")}
    assert run.results["other order"]["changed"] is False
    assert tags == {"added": ["a", "b", "c", "env-0", "rollout-1"], "none": ["env-0", "rollout-1"]}
    assert sorted(run.results["replaced"]["deployment"]["tags"]) == ["d", "env-0", "rollout-1"]
    assert run.results["left out"]["changed"] is False


def test_redeploy(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    variables = {"product": "kitchen", "name": "a"}
    env = {"device_code": HELLO, "redeploy": "env_changed"}
    run = playbooks.thrice(
        deployment("first", device_code=HELLO, tags=["v1"]),
        deployment("never", device_code=HELLO, redeploy="never"),
        deployment("environment", **env),
        ("set", "imp_device_group", {**variables, "env_vars": {"n": 1}}),
        deployment("environment changed", tags=["v2"], **env),
        ("set again", "imp_device_group", {**variables, "env_vars": {"n": 2}}),
        deployment("environment changed again", **env),
        ("set back", "imp_device_group", {**variables, "env_vars": {"n": 1}}),
        deployment("back", **env),
    )
    assert run.results["never"]["changed"] is False
    keys = [
        run.results[name]["deployment"]["id"] for name in ("environment changed", "environment changed again", "back")
    ]
    assert len(set(keys)) == 3
    assert service.rows("device_groups")[0]["id"] in groups.values()
    always = deployment("always", device_code=HELLO, redeploy="always")
    before = len(service.rows("deployments"))
    twice = [playbooks.run(always).results["always"]["changed"] for _n in range(2)]
    assert twice == [True, True] and len(service.rows("deployments")) == before + 2


def test_only_the_first(playbooks: Playbooks, service: Service) -> None:
    once = {"only_if_none": True}
    run = playbooks.thrice(
        deployment("first", device_code=HELLO, **once),
        deployment("kept", device_code=BYE, description="new", tags=["x"], flagged=True, **once),
        deployment("rolled out", device_code=BYE),
        deployment("kept again", device_code=HELLO, **once),
    )
    assert run.results["first"]["changed"] is True
    assert run.results["kept"]["changed"] is run.results["kept again"]["changed"] is False
    assert run.results["kept again"]["deployment"]["id"] == run.results["rolled out"]["deployment"]["id"]
    assert len(service.rows("deployments")) == 2
    # Neither the minimum moves, nor does a source matter that is no more; wrong use is still told.
    lost = {"product": "kitchen", "device_group": "b", "tag": "gone"}
    run = playbooks.thrice(
        deployment("lost source", copy_from=lost, min_supported=True, **once), deployment("no code", **once)
    )
    assert run.results["lost source"]["changed"] is False and "device_code" in run.results["no code"]["msg"]


def test_the_minimum_is_raised(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    run = playbooks.thrice(
        deployment("first", device_code=HELLO, min_supported=True),
        deployment("second", device_code=BYE),
        deployment("raised later", device_code=BYE, min_supported=True),
        deployment("raised at once", device_code="// 3\n", min_supported=True),
    )
    assert len(run.writes("first")) == 1  # a first deployment is the minimum by itself
    first, second = (run.results[name]["deployment"]["id"] for name in ("first", "second"))
    minimum = "min_supported_deployment_id"
    assert run.results["raised later"]["diff"] == {"before": {minimum: first}, "after": {minimum: second}}
    assert run.results["raised at once"]["diff"]["before"] == {minimum: second}
    lower = playbooks.thrice(by_id("lower", first, min_supported=True)).results["lower"]
    assert "newer than" in lower["msg"]
    assert run.results["raised later"]["changed"] is True
    minima = {row["id"]: row["min_supported_deployment_id"] for row in service.rows("device_groups")}
    assert minima[groups["a"]] == run.results["raised at once"]["deployment"]["id"]


def test_copies(playbooks: Playbooks, service: Service, groups: dict[str, str]) -> None:
    made = playbooks.run(
        deployment("one", device_code="// 1\n", tags=["red", "all"], origin="git 1"),
        deployment("two", device_code="// 2\n", tags=["blue", "all"], origin="git 2"),
        deployment("three", device_code="// 3\n", tags=["all"], agent_code=HELLO),
    ).results
    ids = {name: result["deployment"]["id"] for name, result in made.items()}
    source = {"product": "kitchen", "device_group": "a"}

    def copy(task: str, **copy_from: str) -> tuple[str, str, dict]:
        return deployment(task, device_group="b", copy_from=copy_from)

    run = playbooks.thrice(
        copy("current", **source),
        copy("by group id", device_group=groups["a"]),
        copy("by tag", **source, tag="red"),
        copy("by origin", **source, origin="git 2"),
        copy("by sha", **source, sha=made["one"]["deployment"]["sha"]),
        copy("by id", deployment=ids["three"]),
        copy("narrowed id", deployment=ids["two"], tag="blue"),
        copy("several", **source, tag="all"),
        copy("not that tag", deployment=ids["two"], tag="red"),
        copy("unknown id", deployment=UNKNOWN),
        copy("nothing named"),
        deployment("two sources", device_code=HELLO, copy_from=source),
    )
    results = run.results
    for name, original in {
        "current": "three",
        "by tag": "one",
        "by origin": "two",
        "by sha": "one",
        "by id": "three",
    }.items():
        assert results[name]["deployment"]["sha"] == made[original]["deployment"]["sha"], name
        assert results[name]["deployment"]["device_group_id"] == groups["b"]
    assert code(service, results["by id"]["deployment"]["id"]) == ("// 3\n", HELLO)
    assert results["by group id"]["changed"] is False
    assert {one["id"] for one in results["several"]["candidates"]} == set(ids.values())
    assert "no deployment fits" in results["not that tag"]["msg"]
    assert UNKNOWN in results["unknown id"]["msg"]
    assert "copy_from" in results["nothing named"]["msg"] and "copy_from" in results["two sources"]["msg"]


def test_by_id_and_removal(playbooks: Playbooks, service: Service) -> None:
    made = playbooks.run(
        *[deployment(name, device_code=f"// {name}\n") for name in ("one", "two", "three", "four")],
        deployment("minimum", device_code="// minimum\n", min_supported=True),
        deployment("current", device_code="// current\n"),
    ).results
    ids = {name: result["deployment"]["id"] for name, result in made.items()}
    gone = {"state": "absent"}
    run = playbooks.thrice(
        by_id("describe", ids["one"], description="old", tags=["x"], flagged=True),
        by_id("same code", ids["one"], device_code="// one\n"),
        by_id("other code", ids["one"], device_code=HELLO),
        by_id("flagged", ids["one"], **gone),
        by_id("forced", ids["one"], force=True, **gone),
        by_id("plain", ids["two"], **gone),
        by_id("never there", UNKNOWN, **gone),
        deployment("by sha", sha=made["three"]["deployment"]["sha"], **gone),
        deployment("no such sha", sha="0" * 64, **gone),
        deployment("no such group", device_group="c", sha="0" * 64, **gone),
        deployment("which", **gone),
        ("nowhere", "imp_deployment", gone),
    )
    results = run.results
    assert results["describe"]["deployment"]["flagged"] is True and results["same code"]["changed"] is False
    assert "cannot be changed" in results["other code"]["msg"] and "force=true" in results["flagged"]["msg"]
    assert results["forced"]["diff"]["prepared"].startswith("- unflag the deployment")
    assert results["by sha"]["deployment"]["id"] == ids["three"]
    assert results["no such sha"]["deployment"] is results["no such group"]["deployment"] is None
    assert "sha" in results["which"]["msg"] and results["nowhere"]["status"] == "failed"
    playbooks.run(by_id("flag", ids["current"], flagged=True))
    kept = playbooks.thrice(
        by_id("minimum", ids["minimum"], **gone), by_id("current", ids["current"], force=True, **gone)
    ).results
    assert all("cannot be deleted" in kept[name]["msg"] for name in ("minimum", "current"))
    assert {row["id"] for row in service.rows("deployments")} == {ids[name] for name in ("four", "minimum", "current")}


def test_an_id_and_another_place_are_refused(playbooks: Playbooks, service: Service) -> None:
    key = playbooks.run(deployment("one", device_code=HELLO)).results["one"]["deployment"]["id"]
    gone = {"state": "absent"}
    run = playbooks.thrice(
        by_id("the same", key, product="kitchen", device_group="a", description="old"),
        by_id("other group", key, product="kitchen", device_group="b", description="new"),
        by_id("other product", key, product="cellar", description="new"),
        by_id("remove from there", key, product="kitchen", device_group="b", **gone),
        by_id("remove from nowhere", key, product="cellar", device_group="a", **gone),
    )
    results = run.results
    for name in ("other group", "remove from there"):
        assert "does not belong to the device group 'b'" in results[name]["msg"]
    for name in ("other product", "remove from nowhere"):
        assert "no product 'cellar'" in results[name]["msg"]
    assert [row["description"] for row in service.rows("deployments")] == ["old"]


def test_what_does_not_compile_says_where(playbooks: Playbooks, service: Service) -> None:
    refused = playbooks.run(
        deployment("device", device_code="local a = 1;\nlocal b = ;\n", agent_code=HELLO),
        deployment("agent", agent_code="function f() {\n"),
    ).results
    first = refused["device"]["compile_errors"][0]
    assert (first["file"], first["row"]) == ("device_code", 2) and first["column"] > 0 and first["text"]
    assert "Compilation Error" in refused["device"]["msg"] and "row 2" in refused["device"]["msg"]
    assert refused["agent"]["compile_errors"][0]["file"] == "agent_code"
    assert service.rows("deployments") == []


def test_warnings_of_the_service_become_warnings(playbooks: Playbooks) -> None:
    result = playbooks.run(deployment("odd", device_code="// emulator: dance wildly\n")).results["odd"]
    assert result["changed"] is True and any("dance" in warning for warning in result["warnings"])


def test_wrong_use(playbooks: Playbooks) -> None:
    run = playbooks.thrice(
        deployment("no code"),
        deployment("unknown redeploy", device_code=HELLO, redeploy="maybe"),
        deployment("unknown group", device_group=UNKNOWN, device_code=HELLO),
        by_id("unknown id", UNKNOWN, description="x"),
        by_id("redeploy by id", UNKNOWN, redeploy="always"),
        ("no group", "imp_deployment", {"device_code": HELLO}),
        ("no product", "imp_deployment", {"device_group": "a", "device_code": HELLO}),
    )
    told = {name: result["msg"] for name, result in run.results.items()}
    assert "device_code" in told["no code"] and "copy_from" in told["no code"]
    assert "env_changed" in told["unknown redeploy"] and UNKNOWN in told["unknown group"] + told["unknown id"]
    assert "device_group" in told["no group"] and "product" in told["no product"]


def test_a_group_of_an_earlier_task_is_foreseen(playbooks: Playbooks) -> None:
    tasks = (
        ("group", "imp_device_group", {"product": "kitchen", "name": "c"}),
        deployment("build", device_group="c", device_code=HELLO, redeploy="env_changed", min_supported=True),
        deployment("copy", device_group="b", copy_from={"product": "kitchen", "device_group": "c"}),
        deployment("bad", device_group="c", device_code=HELLO, copy_from={"deployment": UNKNOWN}),
    )
    foreseen, real = (playbooks.run(*tasks, arguments=arguments) for arguments in (("--check",), ()))
    for name in ("group", "build", "copy"):
        assert foreseen.results[name]["changed"] is real.results[name]["changed"] is True, name
    for name in ("build", "copy"):
        assert foreseen.results[name]["deployment"].keys() == real.results[name]["deployment"].keys()
    assert foreseen.results["build"]["deployment"]["device_group_id"] is None
    assert foreseen.results["bad"]["status"] == real.results["bad"]["status"] == "failed"


def test_a_deployment_of_an_earlier_task_is_foreseen_as_a_source(playbooks: Playbooks) -> None:
    source = {"product": "kitchen", "device_group": "a"}
    playbooks.run(deployment("before", device_group="b", device_code=BYE))
    tasks = (
        deployment("build", device_code=HELLO, tags=["v2"]),
        deployment("current", device_group="b", copy_from=source),
        deployment("tagged", device_group="b", copy_from={**source, "tag": "v2"}),
        deployment("never", device_group="b", copy_from={**source, "tag": "v3"}),
    )
    foreseen, real = (playbooks.run(*tasks, arguments=arguments).results for arguments in (("--check",), ()))
    for name in ("build", "current"):
        assert foreseen[name]["changed"] is real[name]["changed"] is True, name
    assert any("'v2' does not exist" in text for text in foreseen["tagged"]["warnings"])
    assert real["tagged"]["status"] == "ok" and "no deployment fits" in real["never"]["msg"]


def test_a_deployment_that_outlived_its_group(playbooks: Playbooks, service: Service) -> None:
    attributes = {"flagged": True, "sha": "0" * 64, "device_code": HELLO, "tags": []}
    left = {"id": UNKNOWN, "type": "deployment", "attributes": attributes, "relationships": {}}
    service.fault("status", method="GET", path=f"/deployments/{UNKNOWN}", status=200, body={"data": left}, times=None)
    unflag = playbooks.run((*by_id("unflag", UNKNOWN, flagged=False), {"check_mode": True})).results["unflag"]
    assert unflag["changed"] is True and unflag["deployment"]["flagged"] is False


def test_code_may_be_large_and_look_like_a_template(playbooks: Playbooks, tmp_path: Path) -> None:
    (tmp_path / "large.nut").write_text("// {{ nothing }} {% raw %} " + "x" * 400_000 + "\n")
    run = playbooks.thrice(deployment("large", device_code_file="large.nut"))
    assert run.results["large"]["changed"] is True
