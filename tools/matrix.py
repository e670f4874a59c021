# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which ansible-core runs on which Python of this machine.

The collection supports a range of ansible-core. Tests run at both ends of what the machine's interpreters allow.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# ansible-core: minor versions of Python 3 on which its controller side runs.
SUPPORTED = {
    "2.16": range(10, 13),
    "2.17": range(10, 13),
    "2.18": range(11, 14),
    "2.19": range(11, 14),
    "2.20": range(12, 15),
    "2.21": range(12, 15),
}
OLDEST, NEWEST = "2.16", "2.21"


@dataclass(frozen=True)
class Core:
    """One end of the matrix: an ansible-core version and the Python version (both `X.Y`) that runs it."""

    version: str
    python: str

    @property
    def requirements(self) -> list[str]:
        """What to install; the oldest core goes with the oldest requests that the collection accepts."""
        return [f"ansible-core=={self.version}.*", "requests==2.28.*" if self.version == OLDEST else "requests"]


def plain_path(environ: Mapping[str, str]) -> list[str]:
    """Return the folders of PATH without those that hold a version manager's shims."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return [folder for folder in folders if folder and Path(folder).name != "shims"]


@cache
def _works(interpreter: Path) -> bool:
    """Tell whether the interpreter starts and can furnish a virtual environment."""
    try:
        probe = subprocess.run([interpreter, "-c", "import ensurepip, venv"], check=False, capture_output=True)
    except OSError:
        return False
    return probe.returncode == 0


def _pyenv_versions(environ: Mapping[str, str], version: str) -> list[Path]:
    """Return pyenv's interpreters of a Python version, the newest patch first."""
    roots = [Path(environ.get("PYENV_ROOT") or Path(environ.get("HOME") or "/nonexistent") / ".pyenv")]
    # HOME may have been replaced by the caller; pyenv's own folders on PATH still tell where it lives.
    roots += [Path(folder).parent for folder in environ.get("PATH", "").split(os.pathsep) if folder.endswith("/shims")]
    found = {path for root in roots for path in root.glob(f"versions/{version}.*/bin/python{version}")}
    return sorted(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parts[-3])], reverse=True)


def find_interpreters(environ: Mapping[str, str]) -> dict[str, Path]:
    """Return the machine's usable interpreters by version (`X.Y`), from PATH and from pyenv, the oldest first."""
    path = os.pathsep.join(plain_path(environ))
    result: dict[str, Path] = {}
    for minor in range(10, 15):
        version = f"3.{minor}"
        on_path = shutil.which(f"python{version}", path=path)
        candidates = ([Path(on_path)] if on_path else []) + _pyenv_versions(environ, version)
        working = next(filter(_works, candidates), None)
        if working:
            result[version] = working
    return result


def ends(interpreters: Mapping[str, Path]) -> list[Core]:
    """Return the oldest and the newest ansible-core that the interpreters can run (one, if they are the same).

    The oldest core gets its oldest Python and the newest core its newest, so that both edges are covered.
    """
    runnable = {
        version: [f"3.{minor}" for minor in minors if f"3.{minor}" in interpreters]
        for version, minors in SUPPORTED.items()
    }
    versions = [version for version, pythons in runnable.items() if pythons]
    if not versions:
        return []
    oldest, newest = versions[0], versions[-1]
    result = [Core(oldest, runnable[oldest][0]), Core(newest, runnable[newest][-1])]
    return result if newest != oldest else result[1:]


def left_out(cores: list[Core]) -> list[str]:
    """Say, a sentence for each, which end of the supported range has no interpreter here."""
    covered = {core.version for core in cores}
    return [
        f"ansible-core {version} is left out: it needs Python 3.{SUPPORTED[version][0]} to 3.{SUPPORTED[version][-1]}"
        for version in (OLDEST, NEWEST)
        if version not in covered
    ]
