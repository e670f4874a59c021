# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's operation inside the controller's worker, or hand the task over to the normal module."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.parameters import remove_values
from ansible.parsing import ajson
from ansible.plugins.action import ActionBase

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import (
    RUN_TOKEN,
    Context,
    Operation,
    Shell,
    execute,
    failure,
    without_empty,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralError, InvalidDataError
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.clients import shared_client

_LOCAL = "local"
_DEVICE = "electricimp.impcentral.imp"  # the connection of hosts that are devices


class _Exit(BaseException):
    """Carries a module's result out of exit_json and fail_json; no ``except Exception`` on the way may stop it."""

    def __init__(self, outcome: dict[str, Any], shell: Shell) -> None:
        super().__init__()
        self.outcome = outcome
        self.shell = shell


class _InProcessShell(Shell):
    """The shell with its parameters handed in, so that validation and its texts are AnsibleModule's own."""

    def __init__(self, operation: Operation, params: dict[str, Any]) -> None:
        self._given = params
        super().__init__(operation)

    def _load_params(self) -> None:
        self.params = without_empty(self._given)

    def _check_locale(self) -> None:
        """Leave the process's locale alone."""

    def _set_cwd(self) -> None:
        """Leave the process's working folder alone."""

    def exit_json(self, **kwargs: Any) -> None:  # type: ignore[override]
        raise _Exit(kwargs, self)

    def fail_json(self, msg: str, **kwargs: Any) -> None:  # type: ignore[override]
        raise _Exit({"failed": True, "msg": msg, **kwargs}, self)


class ImpAction(ActionBase):
    """The action of every module of this collection; ``OPERATION`` is the module's."""

    OPERATION: Operation
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task and return its result; failures are results, so that ``retries`` and loops go on."""
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        try:
            arguments = plain(self._task.args)
            if self._connection.transport == _DEVICE:
                self._on_device(arguments)
            for option, target in self.OPERATION.files.items():
                self._read_file(arguments, option, target)
            with self._environment():
                if self._in_process():
                    return self._run_in_process(arguments, task_vars)
                return self._hand_over(arguments, task_vars)
        except ImpCentralError as error:
            return failure(error)

    def _in_process(self) -> bool:
        if self._connection.transport == _DEVICE:
            return True
        return (
            self._connection.transport == _LOCAL
            and not self._task.async_val
            and not getattr(self._play_context, "become", False)
        )

    def _on_device(self, arguments: dict[str, Any]) -> None:
        """Let the host be the device that is meant, if the task says nothing else.

        :raises InvalidDataError: what the task is about is the same for every host, or it cannot be done there.
        """
        host_device = self.OPERATION.host_device
        if self._task.async_val:
            raise InvalidDataError("async has no use on the host of a device: use until, or delegate_to: localhost.")
        if host_device and arguments.get(host_device.option) is not None:
            return
        if host_device is None or any(arguments.get(name) is not None for name in host_device.instead):
            if not self._task.run_once and not self._task.delegate_to:
                raise InvalidDataError(
                    f"{self.OPERATION.name} would do the same for each device here, since its options are about none of "
                    "them: add run_once: true, or delegate_to: localhost."
                )
        elif arguments.get("state") in host_device.explicit:
            raise InvalidDataError(
                f"state={arguments['state']} takes no device from the host: if it is meant, say {host_device.option}."
            )
        else:
            device = self._connection.get_option("remote_addr")
            arguments[host_device.option] = [device] if host_device.option == "devices" else device

    def _run_in_process(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        shell: Shell
        try:
            shell = self._shell(arguments)
            outcome = execute(self.OPERATION, Context(shell, self._connect))
        except _Exit as ended:
            shell, outcome = ended.shell, ended.outcome
        outcome.setdefault("changed", False)
        if _shows_invocation(task_vars):
            outcome["invocation"] = {"module_args": self.OPERATION.shown(shell.params)}
        if not shell.no_log_values:
            return outcome
        kept = {key: value for key, value in outcome.items() if value is None or isinstance(value, bool)}
        return {**remove_values(outcome, shell.no_log_values), **kept}

    def _shell(self, arguments: dict[str, Any]) -> _InProcessShell:
        """Validate the task's arguments. Of what core tells a module, these count here; the rest costs time."""
        told = {
            "_ansible_check_mode": self._task.check_mode,
            "_ansible_diff": self._task.diff,
            "_ansible_module_name": self._task.action,
        }
        return _InProcessShell(self.OPERATION, {**arguments, **told})

    def _hand_over(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        if self._connection.transport == _LOCAL:
            arguments = self._with_run_token(arguments)
        return self._execute_module(
            module_name=self._task.action,
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=bool(self._task.async_val),
        )

    def _with_run_token(self, arguments: dict[str, Any]) -> dict[str, Any]:
        # A token is bound to the address that signed in, so only a module on the controller gets the run's.
        try:
            context = Context(self._shell(arguments), self._connect)
            return {**arguments, RUN_TOKEN: context.client.session.sign_in()}
        except (_Exit, ImpCentralError):
            return arguments  # the module itself says what is wrong, in its own words

    def _connect(self, **options: Any) -> Client:
        """Return the worker's client for these options: items of a loop share its connection and its memory."""
        client = shared_client(show_bodies=not self._task.no_log, **options)
        if self._task.until or self._task.retries:
            client.forget()  # it is asked again because another answer is expected
        return client

    def _read_file(self, arguments: dict[str, Any], option: str, target: str) -> None:
        path = arguments.pop(option, None)
        if not path:
            return
        if arguments.get(target) is not None:
            raise InvalidDataError(f"{option} and {target} exclude each other.")
        try:
            found = self._find_needle("files", path)
            # Of a vaulted file this is a decrypted copy, as for copy's src; of any other the file itself.
            plain_file = self._loader.get_real_file(found)
            try:
                with open(plain_file, encoding="utf-8", newline="") as source:
                    arguments[target] = source.read()
            finally:
                self._loader.cleanup_tmp_file(plain_file)
        except (AnsibleError, OSError, UnicodeDecodeError) as error:
            raise InvalidDataError(f"could not read {option} {path!r}: {error}") from error

    @contextmanager
    def _environment(self) -> Iterator[None]:
        wanted: dict[str, Any] = {}
        self._compute_environment_string(wanted)
        before = {str(name): os.environ.get(str(name)) for name in wanted}
        os.environ.update({str(name): str(value) for name, value in wanted.items()})
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _shows_invocation(task_vars: dict[str, Any]) -> bool:
    """Tell whether results hold the options; before core 2.21 made it a setting, they always did."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


def plain(value: Any) -> Any:
    """Return a task's arguments as plain Python data, vaulted text decrypted (2.16 to 2.21 tag or wrap them)."""
    encoder: Any = ajson.AnsibleJSONEncoder  # type: ignore[attr-defined]
    return json.loads(json.dumps(value, cls=encoder, vault_to_text=True))
