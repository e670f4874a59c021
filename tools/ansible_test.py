# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-test needs to run with package registries as its only network."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tools.environment import HOME

# Stands in for the get-pip script that ansible-test would download: the same arguments, the interpreter's own pip.
_GET_PIP = """\
import subprocess
import sys

requirements = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", *requirements])
"""


def prepare(environment: Path) -> None:
    """Prepare the run of the ansible-test that is installed in a virtual environment."""
    _provide_pip(environment)
    _make_startable(environment / "bin")


def _make_startable(folder: Path) -> None:
    """Replace a script whose interpreter has a path too long, or with spaces, for a `#!` line.

    The installer then puts a shell command in front, and ansible-core 2.16's script no longer begins with its
    `__future__` imports.
    """
    script = folder / "ansible-test"
    if script.read_text().startswith("#!/bin/sh"):
        start = "from ansible_test._util.target.cli.ansible_test_cli_stub import main; main()"
        script.write_text(f'#!/bin/sh\nexec "{folder}/python" -c "{start}" "$@"\n')


def _provide_pip(environment: Path) -> None:
    """Put a pip bootstrap script where the ansible-test installed in a virtual environment looks for it."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    sources = environment.glob("lib/python*/site-packages/ansible_test/_internal/**/*.py")
    for version in {found for source in sources for found in re.findall(r"\bpip='([\d.]+)'", source.read_text())}:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_GET_PIP)


def drop_temporary_output() -> None:
    """Remove ansible-test's working files, so that they are not copied back to the checkout."""
    shutil.rmtree(Path("tests/output/.tmp"), ignore_errors=True)
