# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's table of the npm client's methods: it names them all, and each row is run."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from ansible_collections.electricimp.impcentral.plugins.module_utils.client import LogStream
from tests.conformance.calls import CALLS
from tests.conformance.npm import Npm
from tests.conformance.test_same_requests import our_client, prepare
from tests.conformance.world import World
from tests.system.runner import Playbooks, Run, Task
from tests.system.service import Service

GUIDE = Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "guide_methods.rst"
# A stream that is closed has no devices any more, and every module closes its own.
WITHOUT_A_MODULE = {"logStreams.removeDevice"}


class Row(NamedTuple):
    """A row of the table; ``options`` as YAML reads them, None for an option whose value is the user's."""

    npm: str
    client: str
    module: str
    options: dict[str, Any]


class Example(NamedTuple):
    """A task for a row, and the request that it must send: method and path, ``*`` for a secret."""

    options: dict[str, Any]
    request: str
    keywords: dict[str, Any] = {}


def rows() -> list[Row]:
    """Return the rows of the guide's table."""
    pattern = r"^   \* - ``(.*)``\n     - ``(.*)``\n     -(?: ``(.*)``)?\n     -(.*)$"
    found = re.findall(pattern, GUIDE.read_text(), re.MULTILINE)
    return [Row(npm, client, module, _options(cell)) for npm, client, module, cell in found]


def _options(cell: str) -> dict[str, Any]:
    named = (yaml.safe_load(text) for text in re.findall(r"``(.*?)``", cell))
    return {name: value for one in named for name, value in ([(one, None)] if isinstance(one, str) else one.items())}


class Recorder:
    """Passes everything on to a client and notes the methods that are called, as the table writes them."""

    def __init__(self, target: Any, called: list[str], name: str = "") -> None:
        self._target = target
        self._called = called
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        full = f"{self._name}.{name}".lstrip(".")
        if not callable(value):
            return Recorder(value, self._called, full)

        def call(*args: Any, **options: Any) -> Any:
            self._called.append(full)
            result = value(*args, **options)
            return Recorder(result, self._called, f"{full}()") if isinstance(result, LogStream) else result

        return call


OURS: dict[str, list[Callable[[Any, World], Any]]] = {
    "auth.accessToken": [lambda c, w: c.auth.use_access_token(w.access_token)],
    "logStreams.create": [lambda c, w: c.log_streams.create()],
    "logStreams.addDevice": [lambda c, w: _of_open_stream(c, lambda stream: stream.add_device(w.device))],
    "logStreams.removeDevice": [
        lambda c, w: _of_open_stream(c, lambda stream: [stream.add_device(w.device), stream.remove_device(w.device)])
    ],
    "logStreams.close": [lambda c, w: _of_open_stream(c, lambda stream: stream.close())],
    **{one.method: [call.ours for call in CALLS if call.method == one.method] for one in CALLS},
}


def _of_open_stream(client: Any, use: Callable[[Any], Any]) -> None:
    stream = client.log_streams.create()
    events = stream.events()
    next(events)
    use(stream)
    events.close()


def examples(w: World) -> dict[str, Example]:
    """Return a task for each method, in an order in which all of them succeed."""
    key, me = "/v5/accounts/me/login_keys", "/v5/accounts/me"
    by_group = {"device_group": w.group}
    listening = {"devices": [w.device], "duration": 1}
    stays = {"device_code": "// new", "device_group": w.group}
    made = {"register": "made"}
    return {
        "auth.login": Example({"username": w.username, "password": w.password}, "POST /v5/auth"),
        "auth.refreshAccessToken": Example({"refresh_token": w.refresh_token}, "POST /v5/auth/token"),
        "auth.getAccessToken": Example({"login_key": w.login_key}, "POST /v5/auth/token"),
        "auth.accessToken": Example({"access_token": w.access_token, "id": "me"}, f"GET {me}"),
        "auth.getRefreshTokens": Example({}, f"GET {me}/refresh_tokens"),
        "auth.deleteRefreshToken": Example(
            {"id": w.refresh_token_id}, f"DELETE {me}/refresh_tokens/{w.refresh_token_id}"
        ),
        "accounts.get": Example({"id": w.account}, f"GET /v5/accounts/{w.account}"),
        "accounts.list": Example({}, "GET /v5/accounts"),
        "accounts.listLoginKeys": Example({}, f"GET {key}"),
        "accounts.createLoginKey": Example({"description": "robot"}, f"POST {key}"),
        "accounts.getLoginKey": Example({"id": w.login_key}, f"GET {key}"),
        "accounts.updateLoginKey": Example({"id": w.login_key, "description": "new"}, f"PATCH {key}/*"),
        "accounts.deleteLoginKey": Example({"id": w.login_key, "state": "absent"}, f"DELETE {key}/*"),
        "products.list": Example({}, "GET /v5/products"),
        "products.create": Example({"name": "New"}, "POST /v5/products"),
        "products.get": Example({"id": w.product}, f"GET /v5/products/{w.product}"),
        "products.update": Example({"id": w.product, "description": "new"}, f"PATCH /v5/products/{w.product}"),
        "products.delete": Example(
            {"id": w.empty_product, "state": "absent"}, f"DELETE /v5/products/{w.empty_product}"
        ),
        "deviceGroups.list": Example({"product": w.product}, "GET /v5/devicegroups"),
        "deviceGroups.create": Example({"product": w.product, "name": "new"}, "POST /v5/devicegroups"),
        "deviceGroups.get": Example({"id": w.group}, f"GET /v5/devicegroups/{w.group}"),
        "deviceGroups.update": Example({"id": w.group, "description": "new"}, f"PATCH /v5/devicegroups/{w.group}"),
        "deviceGroups.delete": Example(
            {"id": w.empty_group, "state": "absent"}, f"DELETE /v5/devicegroups/{w.empty_group}"
        ),
        "deviceGroups.restartDevices": Example(by_group, f"POST /v5/devicegroups/{w.group}/restart"),
        "deviceGroups.conditionalRestartDevices": Example(
            {**by_group, "conditional": True}, f"POST /v5/devicegroups/{w.group}/conditional_restart"
        ),
        "deviceGroups.addDevices": Example(
            {**by_group, "devices": [w.free_device], "mode": "add"},
            f"POST /v5/devicegroups/{w.group}/relationships/devices",
        ),
        "deviceGroups.removeDevices": Example(
            {**by_group, "devices": [w.free_device], "mode": "remove"},
            f"DELETE /v5/devicegroups/{w.group}/relationships/devices",
        ),
        "deployments.create": Example(stays, "POST /v5/deployments", made),
        "deviceGroups.updateMinSupportedDeployment": Example(
            {"id": w.group, "min_supported_deployment": "{{ made.deployment.id }}"},
            f"PUT /v5/devicegroups/{w.group}/relationships/min_supported_deployment",
        ),
        "devices.list": Example({}, "GET /v5/devices"),
        "devices.get": Example({"device": w.device}, f"GET /v5/devices/{w.device}"),
        "devices.update": Example({"device": w.device, "name": "fridge"}, f"PATCH /v5/devices/{w.device}"),
        "devices.restart": Example({"devices": [w.device]}, f"POST /v5/devices/{w.device}/restart"),
        "devices.conditionalRestart": Example(
            {"devices": [w.device], "conditional": True}, f"POST /v5/devices/{w.device}/conditional_restart"
        ),
        "devices.getLogs": Example({"device": w.device}, f"GET /v5/devices/{w.device}/logs"),
        "devices.delete": Example({"device": w.free_device, "state": "absent"}, f"DELETE /v5/devices/{w.free_device}"),
        "deployments.list": Example({"product": w.product}, "GET /v5/deployments"),
        "deployments.get": Example({"id": w.deployment}, f"GET /v5/deployments/{w.deployment}"),
        "deployments.update": Example(
            {"id": w.deployment, "description": "new"}, f"PATCH /v5/deployments/{w.deployment}"
        ),
        "deployments.delete": Example(
            {"id": w.old_deployment, "state": "absent"}, f"DELETE /v5/deployments/{w.old_deployment}"
        ),
        "webhooks.list": Example(by_group, "GET /v5/webhooks"),
        "webhooks.create": Example(
            {**by_group, "event": "blinkup", "url": "https://www.example.com/new"}, "POST /v5/webhooks"
        ),
        "webhooks.get": Example({"id": w.webhook}, f"GET /v5/webhooks/{w.webhook}"),
        "webhooks.update": Example(
            {"id": w.webhook, "url": "https://www.example.com/other"}, f"PATCH /v5/webhooks/{w.webhook}"
        ),
        "webhooks.delete": Example({"id": w.webhook, "state": "absent"}, f"DELETE /v5/webhooks/{w.webhook}"),
        "logStreams.create": Example(listening, "POST /v5/logstream"),
        "logStreams.addDevice": Example(listening, f"PUT /v5/logstream/*/{w.device}"),
        "logStreams.close": Example(listening, "GET /v5/logstream/*"),
    }


TWO_FACTOR = "auth.loginWithOTP"


def test_the_table_names_every_method_of_the_npm_client(npm: Npm) -> None:
    named = [row.npm for row in rows()]
    assert sorted(named) == sorted(npm.call("driver.offered"))
    assert {row.npm for row in rows() if not row.module} == WITHOUT_A_MODULE


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.npm)
def test_the_client_has_the_method(npm: Npm, service: Service, row: Row) -> None:
    for ours in OURS[row.npm]:
        world = prepare(npm, service)
        called: list[str] = []
        ours(Recorder(our_client(service, world), called), world)
        assert called[-1] == row.client


@pytest.mark.parametrize("row", [row for row in rows() if row.module], ids=lambda row: row.npm)
def test_the_module_has_the_options(row: Row) -> None:
    module = importlib.import_module(f"ansible_collections.electricimp.impcentral.plugins.modules.{row.module}")
    spec = module.OPERATION.module_arguments()["argument_spec"]
    for name, value in row.options.items():
        assert name in spec and (value is None or value in spec[name].get("choices", [True, False])), name


def test_the_modules_send_the_requests(npm: Npm, service: Service, tmp_path: Path) -> None:
    world = prepare(npm, service)
    table, tasks = {row.npm: row for row in rows()}, examples(world)
    assert tasks.keys() == table.keys() - WITHOUT_A_MODULE - {TWO_FACTOR}
    run = Playbooks(tmp_path, service).run(*(_task(table[name], example) for name, example in tasks.items()))
    for name, example in tasks.items():
        _check(run, table[name], example)


def test_the_module_sends_the_one_time_password(npm: Npm, service: Service, tmp_path: Path) -> None:
    world = prepare(npm, service)
    service.admin("PATCH", f"/accounts/{world.account}", json={"two_factor": True})
    row = next(row for row in rows() if row.npm == TWO_FACTOR)
    example = Example({"otp": world.otp}, "POST /v5/auth")
    run = Playbooks(tmp_path, service).run(_task(row, example))
    _check(run, row, example)
    assert run.requests[row.npm] == ["POST /v5/auth"] * 2


def _task(row: Row, example: Example) -> Task:
    return row.npm, row.module, example.options, example.keywords


def _check(run: Run, row: Row, example: Example) -> None:
    assert run.results[row.npm]["status"] == "ok", (row, run.results[row.npm])
    sent = [request.split("?")[0] for request in run.requests[row.npm]]
    assert any(fnmatchcase(request, example.request) for request in sent), (row, sent)
    for name, value in row.options.items():
        assert value in (None, example.options[name]), row
