# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which ansible-core versions a machine's interpreters allow to test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import matrix


def _ends(*pythons: str) -> list[tuple[str, str]]:
    return [(core.version, core.python) for core in matrix.ends({python: Path("python") for python in pythons})]


@pytest.mark.parametrize(
    ("pythons", "expected"),
    [
        ([], []),
        (["3.10"], [("2.16", "3.10"), ("2.17", "3.10")]),
        (["3.11"], [("2.16", "3.11"), ("2.19", "3.11")]),
        (["3.10", "3.11", "3.12", "3.13"], [("2.16", "3.10"), ("2.21", "3.13")]),
        (["3.13"], [("2.18", "3.13"), ("2.21", "3.13")]),
        (["3.14"], [("2.20", "3.14"), ("2.21", "3.14")]),
    ],
)
def test_oldest_and_newest_core(pythons: list[str], expected: list[tuple[str, str]]) -> None:
    assert _ends(*pythons) == expected


def test_what_is_left_out_is_named() -> None:
    remarks = matrix.left_out(matrix.ends({"3.11": Path("python")}))
    assert remarks == ["ansible-core 2.21 is left out: it needs Python 3.12 to 3.14"]
    assert not matrix.left_out(matrix.ends({"3.12": Path("python")}))


def test_shims_leave_the_path_and_pyenv_interpreters_are_found(tmp_path: Path) -> None:
    for version in ("3.12.9", "3.12.10"):
        interpreter = tmp_path / "versions" / version / "bin" / "python3.12"
        interpreter.parent.mkdir(parents=True)
        interpreter.write_text("#!/bin/sh\nexit 0\n")
        interpreter.chmod(0o755)
    environ = {"PATH": str(tmp_path / "shims"), "HOME": "/nonexistent"}
    assert matrix.plain_path(environ) == []
    assert matrix.find_interpreters(environ) == {"3.12": tmp_path / "versions" / "3.12.10" / "bin" / "python3.12"}


def test_an_interpreter_that_does_not_work_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python3.11"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert matrix.find_interpreters({"PATH": str(tmp_path)}) == {}
