# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment in which every session runs: nothing of the user's is read or written but package index settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tools import matrix

CHECKOUT = Path(__file__).resolve().parent.parent
LAB = CHECKOUT / ".lab"
HOME = LAB / "home"

# A developer's own settings and credentials must not decide what a test sees.
_DROPPED_PREFIXES = ("ANSIBLE_", "IMPCENTRAL_")
_DROPPED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "XDG_DATA_HOME", "XDG_STATE_HOME")


def _python_path(interpreters: Mapping[str, Path]) -> Path:
    """Make a folder of `pythonX.Y` launchers, one for each interpreter found, and return it.

    Launchers rather than links: a virtual environment made from a linked interpreter looks for its library beside the
    link.
    """
    folder = LAB / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in set(folder.glob("python3.*")) - {folder / f"python{version}" for version in interpreters}:
        stale.unlink(missing_ok=True)
    for version, interpreter in interpreters.items():
        launcher = folder / f"python{version}"
        text = f'#!/bin/sh\nexec "{interpreter}" "$@"\n'
        if not launcher.exists() or launcher.read_text() != text:
            # Renamed into place: another session may be running the old one.
            fresh = folder / f"new-{os.getpid()}"
            fresh.write_text(text)
            fresh.chmod(0o755)
            fresh.rename(launcher)
    return folder


def session_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the sessions, made from the caller's.

    HOME is a folder of the checkout, for ansible-test and ansible write below `~/.ansible`. Caches stand beside it unless
    UV_CACHE_DIR or PIP_CACHE_DIR say otherwise. Version manager shims leave PATH (ansible-test takes a shim for an
    interpreter), and the interpreters found come first.
    """
    result = {
        name: value
        for name, value in environ.items()
        if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    user_home = Path(environ.get("HOME") or "/nonexistent")
    cache = LAB / "cache"
    HOME.mkdir(parents=True, exist_ok=True)
    result["HOME"] = str(HOME)
    result["XDG_CACHE_HOME"] = str(cache)
    result.setdefault("UV_CACHE_DIR", str(cache / "uv"))
    result.setdefault("PIP_CACHE_DIR", str(cache / "pip"))
    result.setdefault("NPM_CONFIG_CACHE", str(cache / "npm"))
    result.setdefault("XDG_CONFIG_HOME", str(user_home / ".config"))
    for variable, name in (("GIT_CONFIG_GLOBAL", ".gitconfig"), ("NPM_CONFIG_USERCONFIG", ".npmrc")):
        if (user_home / name).is_file():
            result.setdefault(variable, str(user_home / name))
    launchers = _python_path(matrix.find_interpreters(environ))
    result["PATH"] = os.pathsep.join([str(launchers), *matrix.plain_path(environ)])
    # Relative to the checkout, where sessions install: uv splits the value at spaces.
    result["UV_CONSTRAINT"] = "tools/constraints.txt"
    result.setdefault("UV_SYSTEM_CERTS", "true")  # like pip: behind a proxy the machine's own authorities count
    result["UV_PYTHON_DOWNLOADS"] = "never"
    result["NOX_DOWNLOAD_PYTHON"] = "never"
    return result


def apply() -> None:
    """Make this process's environment that of the sessions."""
    if os.environ.get("HOME") == str(HOME):  # a session started from a session
        return
    replacement = session_environment(os.environ)
    os.environ.clear()
    os.environ.update(replacement)
