# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""imp_deployment_info: which deployments, and their code into results and files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system.reading import Fleet, ids, read
from tests.system.runner import Playbooks
from tests.system.service import Service

UNKNOWN = "4e264cef-3316-cdfa-7f39-7a5d458994b3"
AGENT = "// Café\n"
S = {"product": "kitchen", "device_group": "sensors"}


@pytest.fixture
def fleet(service: Service) -> Fleet:
    return Fleet(service)


def deployment(task: str, /, **options: Any) -> tuple[str, str, dict]:
    return task, "imp_deployment_info", options


def test_which_deployments(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    first, second, sold = fleet.deployments
    sha = next(row["sha"] for row in service.rows("deployments") if row["id"] == first)
    run = read(
        playbooks,
        deployment("mine"),
        deployment("everybody's", owner="any"),
        deployment("of product", product="kitchen"),
        deployment("of group", **S),
        deployment("of another product", product="bath"),
        deployment("by id", id=sold),
        deployment("by sha", sha=sha),
        deployment("unknown sha", sha="0" * 64),
        deployment("by origin", origin="git 1"),
        deployment("by a tag", tags=["v1"]),
        deployment("by tags", tags=["old", "v1"]),
        deployment("any tags", tags=[], **S),
        deployment("flagged", flagged=True),
        deployment("not flagged", flagged=False, **S),
        deployment("newest", limit=1, **S),
        deployment("newest of an origin", origin="git 1", limit=1),
        deployment("not that tag", id=sold, tags=["v1"]),
        deployment("unknown", id=UNKNOWN),
        deployment("no id", id="latest"),
        deployment("unknown group", product=fleet.ids["kitchen"], device_group=UNKNOWN),
    )
    told = {name: [one["id"] for one in result.get("deployments", [])] for name, result in run.results.items()}
    for name in ("mine", "everybody's", "of product"):
        assert told[name] == [sold, second, first], name
    assert told["of group"] == [second, first] == told["any tags"] == told["by a tag"]
    assert told["of another product"] == told["unknown sha"] == told["not that tag"] == []
    assert told["by id"] == [sold] and told["by sha"] == [sold, first]
    assert told["by origin"] == told["by tags"] == told["flagged"] == told["newest of an origin"] == [first]
    assert told["not flagged"] == told["newest"] == [second]
    for name, text in (("unknown", UNKNOWN), ("no id", "latest"), ("unknown group", UNKNOWN)):
        assert run.results[name]["status"] == "failed" and text in run.results[name]["msg"], name
    assert all("agent_code" not in one for one in run.results["mine"]["deployments"])
    assert "by id" not in run.results["by id"] and len(run.requests["by id"]) == 1


def test_code_in_results(playbooks: Playbooks, fleet: Fleet) -> None:
    run = read(playbooks, deployment("code", include_code=True, **S))
    codes = [(one["device_code"], one["agent_code"]) for one in run.results["code"]["deployments"]]
    assert codes == [("// second\n", AGENT), ("// first\r\n", AGENT)]


def test_code_in_files(playbooks: Playbooks, fleet: Fleet) -> None:
    folder = playbooks.folder / "code" / "of sensors"
    wanted = {"code_dir": str(folder), **S}
    foreseen = playbooks.run(deployment("write", **wanted), arguments=("--check",)).results["write"]
    assert foreseen["changed"] is True and not folder.exists()
    assert "no file was written" in foreseen["warnings"][-1]
    run = playbooks.run(
        deployment("write", **wanted), deployment("again", **wanted), deployment("all", code_dir=str(folder))
    ).results
    assert [run[name]["changed"] for name in ("write", "again", "all")] == [True, False, True]
    first, second, sold = fleet.deployments
    expected = [str(folder / f"{key}.{side}.nut") for key in (second, first) for side in ("device", "agent")]
    assert run["write"]["files"] == run["again"]["files"] == foreseen["files"] == expected
    assert all("device_code" not in one for one in run["write"]["deployments"])
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{key}.{side}.nut" for key in (first, second, sold) for side in ("device", "agent")
    )
    assert (folder / f"{first}.device.nut").read_bytes() == b"// first\r\n"
    assert (folder / f"{first}.agent.nut").read_bytes() == AGENT.encode()
    after = playbooks.run(deployment("check", **wanted), arguments=("--check",)).results["check"]
    assert after["changed"] is False


def test_a_folder_that_cannot_be(playbooks: Playbooks, fleet: Fleet) -> None:
    (playbooks.folder / "file").write_text("")
    run = read(playbooks, deployment("file", code_dir=str(playbooks.folder / "file"), **S))
    assert "code_dir" in run.results["file"]["msg"]
    none = read(playbooks, deployment("none", product="bath", code_dir=str(playbooks.folder / "none")))
    assert none.results["none"]["files"] == [] and not (playbooks.folder / "none").exists()


def test_the_next_task_uses_what_was_read(playbooks: Playbooks, service: Service, fleet: Fleet) -> None:
    """Roll back: the code of the flagged deployment becomes the current one again."""
    run = playbooks.run(
        deployment("flagged", flagged=True, **S) + ({"register": "flagged"},),
        (
            "back",
            "imp_deployment",
            {**S, "copy_from": {"deployment": "{{ flagged.deployments[0].id }}"}},
        ),
    )
    assert ids(run.results["flagged"], "deployments") == {fleet.deployments[0]}
    assert run.results["back"]["changed"] is True
    assert run.results["back"]["deployment"]["sha"] == run.results["flagged"]["deployments"][0]["sha"]
