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


def provide_pip(environment: Path) -> None:
    """Put a pip bootstrap script where the ansible-test installed in a virtual environment looks for it."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    sources = environment.glob("lib/python*/site-packages/ansible_test/_internal/**/*.py")
    for version in {found for source in sources for found in re.findall(r"\bpip='([\d.]+)'", source.read_text())}:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(_GET_PIP)


def drop_temporary_output() -> None:
    """Remove ansible-test's working files, so that they are not copied back to the checkout."""
    shutil.rmtree(Path("tests/output/.tmp"), ignore_errors=True)
