# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in anything that a run leaves: its output at every verbosity, results, logs, files, names of files."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import impcentral_emulator
from tests.system.reading import Fleet
from tests.system.runner import TIMEOUT, Playbooks, Run, Task
from tests.system.service import Service

# The form of refresh tokens and of login tokens, those included that are gone when a run has ended.
RENEWING = re.compile(rb"\b[0-9a-f]{64}\b")
QUIET = {"no_log": True}
FINISHED = {"register": "done", "until": "done.finished", "retries": 300, "delay": 0.1}
LOOKUP = "'electricimp.impcentral.imp_resource'"
WRONG = "wr0ng-s3cret"
URL_PASSWORD = "s3cret-of-url"
DESCRIPTION = "text of a quiet task"
VARIABLE = "s3cret-variable-"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("emulator") / "emulator.db"


@pytest.fixture(scope="module")
def running(database: Path) -> Iterator[impcentral_emulator.Running]:
    with impcentral_emulator.start(port=0, devices=4, time_scale=0, rate_limit=0, db=database) as emulator:
        yield emulator


def issued(database: Path) -> set[str]:
    """Return the tokens that the service has given away and not taken back."""
    with sqlite3.connect(database) as connection:
        return {
            row[0] for table in ("access", "refresh") for row in connection.execute(f"SELECT token FROM {table}_tokens")
        }


def left(folder: Path, *given: str) -> dict[str, bytes]:
    """Return what a run has left in its home: the path and content of every file but those that were ``given``."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in given)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def holders(files: dict[str, bytes], secret: str) -> list[str]:
    """Return the files that hold a secret in their name or content."""
    return [name for name, content in files.items() if secret in name or secret.encode() in content]


def tasks(service: Service, devices: list[str], key: str) -> list[Task]:
    """Return tasks that use every kind of secret, most of them both in the controller's process and elsewhere."""
    running = service.running
    unbond = {"product": "kitchen", "device_group": "sold", "mode": "remove", "unbless": True}
    staged: list[Task] = [
        ("all", "imp_product_info", {"tree": True}),
        ("keys", "imp_login_key_info", {}),
        ("tokens", "imp_refresh_token_info", {}),
        ("key", "imp_login_key", {"description": "robot"}, {**QUIET, "register": "made"}),
        ("key used", "imp_product", {"name": "kitchen", "login_key": "{{ made.login_key.id }}"}),
        ("login", "imp_login", {"login_key": key}, QUIET),
        ("lookup", "ansible.builtin.debug", {"msg": f"{{{{ query({LOOKUP}, kind='product', login_key={key!r}) }}}}"}),
        (
            "lookup refused",
            "ansible.builtin.debug",
            {"msg": f"{{{{ query({LOOKUP}, kind='product', login_key='{WRONG}') }}}}"},
        ),
        ("later", "imp_product", {"name": "kitchen", "login_key": key}, {"async": 60, "poll": 0, "register": "later"}),
        ("later on", "ansible.builtin.async_status", {"jid": "{{ later.ansible_job_id }}"}, FINISHED),
        ("later and wrong", "imp_product", {"name": "x" * 81, "login_key": key}, {"async": 60, "poll": 1}),
    ]
    for where, device in (({}, devices[0]), ({"connection": "twin"}, devices[1])):
        webhook = {
            "product": "kitchen",
            "device_group": "sensors",
            "url": f"https://me:{URL_PASSWORD}@example.com/{device}",
        }
        here: list[Task] = [
            (
                "variables",
                "imp_device_group",
                {"product": "kitchen", "name": "sensors", "env_vars": {"a": VARIABLE + device}},
            ),
            ("webhook", "imp_webhook", {**webhook, "event": "deployment"}),
            ("webhook refused", "imp_webhook", {**webhook, "device_group": "missing", "event": "blinkup"}),
            ("webhooks", "imp_webhook_info", {}),
            ("key again", "imp_login_key", {"description": "robot", "account_password": running.password}),
            ("key by id", "imp_login_key", {"id": "{{ made.login_key.id }}", "description": f"of {device}"}),
            ("password refused", "imp_login_key", {"description": device, "account_password": WRONG}),
            ("key refused", "imp_product", {"name": "kitchen", "login_key": WRONG}),
            ("two credentials", "imp_product", {"name": "kitchen", "login_key": WRONG, "access_token": WRONG}),
            ("unbond refused", "imp_device_group_members", {**unbond, "devices": [device], "unbond_key": WRONG}),
            ("unbond", "imp_device_group_members", {**unbond, "devices": [device], "unbond_key": running.unbond_key}),
        ]
        staged += [(f"{name} {device}", module, options, {**where, "diff": True}) for name, module, options in here]
    return [
        *staged,
        ("gone", "imp_login_key", {"id": "{{ made.login_key.id }}", "state": "absent"}),
        ("quiet", "imp_product", {"name": "kitchen", "description": DESCRIPTION}, QUIET),
    ]


def test_what_a_run_tells_and_leaves(playbooks: Playbooks, service: Service, database: Path) -> None:
    fleet, key = Fleet(service), service.login_key()
    secrets = {
        key,
        service.running.unbond_key,
        WRONG,
        URL_PASSWORD,
        VARIABLE,
        DESCRIPTION,
        "url-password",
        "api-key-of-tests",
    }
    playbooks.secrets |= secrets
    log = str(playbooks.folder / "ansible.log")
    staged = tasks(service, fleet.devices[2:], key)
    run = playbooks.run(*staged, arguments=("-vvvv",), ANSIBLE_LOG_PATH=log, TMPDIR=str(playbooks.folder))
    for name, result in run.results.items():
        failing = any(word in name for word in ("refused", "wrong", "two credentials"))
        assert result["status"] == ("failed" if failing else "ok"), (name, result)
    assert_hidden(playbooks, run, service, playbooks.secrets | issued(database))
    for text in ("GET /products -> 200 in ", "POST /auth -> 200 in ", 'sent: {"id": ', 'received: {"data": '):
        assert text in run.output, text


@pytest.mark.parametrize(("verbosity", "shows_requests"), [("-vv", False), ("-vvv", True)])
def test_requests_are_shown_without_their_bodies(playbooks: Playbooks, verbosity: str, shows_requests: bool) -> None:
    run = playbooks.run(
        ("product", "imp_product", {"name": "kitchen"}),
        ("lookup", "ansible.builtin.debug", {"msg": f"{{{{ query({LOOKUP}, kind='device', attribute='id') }}}}"}),
        arguments=(verbosity,),
    )
    shown = re.findall(r"^<127\.0\.0\.1:\d+> ([A-Z]+ \S+) -> \d+ in \d+ ms$", run.output, re.MULTILINE)
    asked = [f"{method} {path.split('?')[0].removeprefix('/v5')}" for method, path in map(str.split, _requests(run))]
    assert sorted(shown) == (sorted(asked) if shows_requests else [])
    assert "received: " not in run.output and "sent: " not in run.output


def _requests(run: Run) -> list[str]:
    return [request for requests in run.requests.values() for request in requests]


def test_a_two_factor_sign_in(playbooks: Playbooks, service: Service, database: Path) -> None:
    service.admin("PATCH", f"/accounts/{service.running.account_id}", json={"two_factor": True})
    playbooks.secrets |= {WRONG, service.running.otp}
    run = playbooks.run(
        ("without", "imp_login", {}),
        ("refused", "imp_login", {"otp": WRONG}),
        ("refused elsewhere", "imp_login", {"otp": WRONG}, {"connection": "twin"}),
        ("login", "imp_login", {"otp": service.running.otp}, QUIET),
        ("product", "imp_product", {"name": "kitchen"}),
        arguments=("-vvvv",),
        TMPDIR=str(playbooks.folder),
    )
    assert [result["status"] for result in run.results.values()] == ["failed"] * 3 + ["ok"] * 2
    assert_hidden(playbooks, run, service, playbooks.secrets | issued(database))


def test_what_a_user_asked_for_is_in_the_result_alone(playbooks: Playbooks, service: Service) -> None:
    run = playbooks.run(
        ("login", "imp_login", {}),
        ("key", "imp_login_key", {"description": "robot"}, {"register": "made"}),
        ("used", "imp_product", {"name": "kitchen", "login_key": "{{ made.login_key.id }}"}),
        ("again", "imp_login_key", {"description": "robot"}),
        arguments=("-vvvv",),
    )
    asked = {"login": run.results["login"]["access_token"], "key": run.results["key"]["login_key"]["id"]}
    record = (playbooks.folder / "record.jsonl").read_text()
    for name, secret in asked.items():
        assert secret in json.dumps(run.results[name])
        assert record.count(secret) == run.output.count(secret) == 1, name
    assert (
        holders(left(playbooks.folder), asked["login"])
        == holders(left(playbooks.folder), asked["key"])
        == ["record.jsonl"]
    )


def test_a_run_that_is_terminated_leaves_a_short_lived_token(
    playbooks: Playbooks, service: Service, database: Path
) -> None:
    key = service.login_key()
    password, signed_in = service.running.password, issued(database)
    play = [
        {"electricimp.impcentral.imp_product": {"name": "kitchen"}},
        {"electricimp.impcentral.imp_product": {"name": "bath", "login_key": key}},
        {"ansible.builtin.pause": {"seconds": TIMEOUT}},
    ]
    book = playbooks.folder / "play.yml"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": play}]))
    with (playbooks.folder / "output").open("w") as output:
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-vvvv", str(book)]
        process = subprocess.Popen(
            command,
            env=playbooks.environ(ANSIBLE_CALLBACK_PLUGINS="", TMPDIR=str(playbooks.folder)),
            cwd=playbooks.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            ended = time.monotonic() + TIMEOUT
            while service.names("products") != ["bath", "kitchen"]:
                assert process.poll() is None and time.monotonic() < ended, (playbooks.folder / "output").read_text()
                time.sleep(0.05)
            process.terminate()
            process.wait(TIMEOUT)
        finally:
            with suppress(ProcessLookupError):  # a worker may outlive it
                os.killpg(process.pid, signal.SIGKILL)
    files = left(playbooks.folder, "play.yml")
    assert [name for secret in (key, password) for name in holders(files, secret)] == []
    holding = {name for token in issued(database) - signed_in for name in holders(files, token)}
    assert len(holding) == 2  # one for each credential
    for name in holding:
        folder = (playbooks.folder / name).parent
        assert re.fullmatch(r"ansible/tmp/ansible-local-\w+/[0-9a-f]{32}\.json", name), name
        assert (
            stat.S_IMODE(folder.stat().st_mode) == 0o700
            and stat.S_IMODE((playbooks.folder / name).stat().st_mode) == 0o600
        )
        assert json.loads(files[name]).keys() == {"access_token", "expires_at", "renew_at"}
    assert [name for name, content in files.items() if RENEWING.search(content)] == []


def assert_hidden(playbooks: Playbooks, run: Run, service: Service, secrets: set[str]) -> None:
    """Fail if output, results or files of a run hold a secret, or what looks like one that is gone."""
    files = {**left(playbooks.folder, "play.yml"), "output": run.output.encode()}
    assert {"record.jsonl", "output"} <= files.keys()
    assert {secret: found for secret in secrets if (found := holders(files, secret))} == {}
    shas = {row["sha"].encode() for row in service.rows("deployments")}
    assert [name for name, content in files.items() if set(RENEWING.findall(content)) - shas] == []
