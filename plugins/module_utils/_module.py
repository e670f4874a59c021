# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell around every module: argument spec + operation -> runs as a normal module or in the controller's process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common import parameters

from ansible_collections.electricimp.impcentral.plugins.module_utils import _transport
from ansible_collections.electricimp.impcentral.plugins.module_utils._info import find
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError, Plan
from ansible_collections.electricimp.impcentral.plugins.module_utils._redact import Secrets, mask_url
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import (
    AmbiguousError,
    Finder,
    MissingError,
    device_text,
    is_device_id,
    mac_address,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEVICE,
    DEVICE_GROUP,
    RESOURCES,
    Resource,
    empty,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client, connect
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    AuthenticationError,
    CompileError,
    ImpCentralApiError,
    ImpCentralError,
    OneTimePasswordError,
    advice,
)

# The key under which the action plugin hands the run's token to a module on the controller. It is no option.
RUN_TOKEN = "_impcentral_run_token"


def from_environment(name: str) -> str:
    """Return a variable of the environment as the fallback of an option; an empty one counts as unset."""
    value = os.environ.get(name)
    if not value:
        raise parameters.AnsibleFallbackNotFound  # type: ignore[attr-defined]
    return value


def _option(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "fallback": (from_environment, [f"IMPCENTRAL_{name.upper()}"]), **more}


# Credentials have no fallback here: _auth.py must tell what was given from what the environment holds.
CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "endpoint": _option("endpoint", "str"),
    "access_token": {"type": "str", "no_log": True},
    "login_key": {"type": "str", "no_log": True},
    "refresh_token": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "otp": {"type": "str", "no_log": True},
    "auth_file": {"type": "path"},
    "owner": _option("owner", "str"),
    "validate_certs": _option("validate_certs", "bool", default=True),
    "ca_path": _option("ca_path", "path"),
    "allow_http": _option("allow_http", "bool", default=False),
    "timeout": _option("timeout", "float", default=30.0),
    "retries": _option("retries", "int", default=5),
    "max_wait": _option("max_wait", "float", default=60.0),
    "read_only": _option("read_only", "bool", default=False),
}
_NOT_FOR_THE_CLIENT = ("owner",)
_SECRETS = ("access_token", "login_key", "refresh_token", "password", "otp", "unbond_key", "account_password")


def client_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a task's options that :func:`connect` takes."""
    return {name: params.get(name) for name in CONNECTION_SPEC if name not in _NOT_FOR_THE_CLIENT}


def given_secrets(params: Mapping[str, Any]) -> Secrets:
    """Return the secrets among options and in the environment, to hide them in what is said about a failure."""
    given = (value for name in _SECRETS for value in (params.get(name), os.environ.get(f"IMPCENTRAL_{name.upper()}")))
    return Secrets(str(value) for value in given if value)


def without_empty(params: dict[str, Any]) -> dict[str, Any]:
    """Return options without empty common ones: they count as unset, as variables of the environment do."""
    return {name: value for name, value in params.items() if value != "" or name not in CONNECTION_SPEC}


class HostDevice(NamedTuple):
    """How a module finds its device by itself where a task runs on a device as the host.

    :param option: the option that takes the host's device. :param instead: options that mean something else than a
        device if ``option`` is not given. :param explicit: values of ``state`` for which ``option`` must be written.
    """

    option: str = "device"
    instead: tuple[str, ...] = ()
    explicit: tuple[str, ...] = ()


class Operation(NamedTuple):
    """What one module is: how it is called, what it does, and what of its options must not be shown.

    :param name: the module's name. :param run: does the work and returns the result.
    :param argument_spec: its own options, without the common ones. :param rules: ``required_if`` and the like.
    :param files: option that names a file on the controller -> option that takes its text.
    :param censor: prepares the options for ``invocation``. :param host_device: None if it is about no single device.
    """

    name: str
    run: Callable[[Context], dict[str, Any]]
    argument_spec: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Any] = {}
    files: Mapping[str, str] = {}
    censor: Callable[[dict[str, Any]], dict[str, Any]] = dict
    supports_check_mode: bool = True
    host_device: HostDevice | None = None

    def shown(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the options as ``invocation`` may show them."""
        shown = dict(params)
        if isinstance(shown.get("endpoint"), str):
            shown["endpoint"] = mask_url(shown["endpoint"])
        return self.censor(shown)

    def module_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for AnsibleModule."""
        return {
            "argument_spec": {**CONNECTION_SPEC, **self.argument_spec},
            "supports_check_mode": self.supports_check_mode,
            **self.rules,
        }


class Context:
    """What an operation works with: its options, the client, and the ways to report.

    :param shell: the module that was called. :param connect: returns the client for connection options.
    """

    def __init__(self, shell: Shell, connect: Callable[..., Client]) -> None:
        self.params: dict[str, Any] = shell.params
        self.check_mode: bool = shell.check_mode
        self.diff_mode: bool = shell._diff  # pylint: disable=protected-access  # AnsibleModule has no other name for it
        self.plan = Plan(self.check_mode)
        self.warnings: list[str] = []
        self._connect = connect
        self._client: Client | None = None
        self._finder: Finder | None = None

    @property
    def client(self) -> Client:
        """Return the client; nothing is sent before its first request."""
        if self._client is None:
            self._client = self._connect(warn=self.warn, **client_options(self.params))
        return self._client

    @property
    def finder(self) -> Finder:
        """Return the finder for resources of the owner that the task means."""
        if self._finder is None:
            self._finder = Finder(self.client, self.params.get("owner") or None)
        return self._finder

    def warn(self, text: str) -> None:
        """Add a warning to the result, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def existing(self, kind: str, find: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Return the resource that the task declares, or None when it does not exist yet (or is to be absent).

        :raises MissingError: it was given by an id that is unknown, or its parent does not exist.
        """
        try:
            return find()
        except MissingError as error:
            to_create = error.kind == kind and not error.by_id
            below_missing = self.params["state"] == "absent" and error.kind != "account"
            if to_create or below_missing or self.foreseen(error):
                return None
            raise

    def parent(self, resource: Resource, text: str, *within: str | None) -> dict[str, Any]:
        """Return a parent or target; in check mode one that an earlier task would bring about, its ids null.

        :param text: name or id. :param within: the product of a device group, by name or id.
        :raises MissingError: it does not exist, nor would it.
        """
        try:
            return getattr(self.finder, resource.name)(text, *within)
        except MissingError as error:
            if self.foreseen(error):
                return empty(resource, name=text)
            raise

    def reading(self, read: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return what is read; in check mode nothing, of something that an earlier task would create."""
        try:
            return read()
        except MissingError as error:
            if self.foreseen(error):
                return []
            raise

    def targets(self) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the devices that the task means, and their group if it means all of a group.

        They are those of the options ``devices``, or ``device_group`` and ``product``.

        :raises MissingError: a device or the group does not exist.
        """
        params = self.params
        if params["device_group"] is None:
            return self.named_devices(params["devices"]), None
        group = self.parent(DEVICE_GROUP, params["device_group"], params["product"])
        return self.client.devices.list(device_group_id=group["id"]) if group["id"] else [], group

    def named_devices(self, values: Iterable[Any], known: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
        """Return the devices that the values of an option mean, each once, as a list shows them.

        In check mode one that an earlier task would name counts: with that name in place of its id, all else null.

        :param known: devices that have been read already.
        :raises MissingError: there is no such device.
        """
        found, missing = self.finder.many_devices(map(device_text, values), known)
        errors = [MissingError("", "device", text, is_device_id(text) or bool(mac_address(text))) for text in missing]
        unknown = [error.name for error in errors if not self.foreseen(error)]
        if unknown:
            told = f"there is no device {', '.join(map(repr, unknown))}, or you may not see it. Nothing was done."
            raise MissingError(told, "device", unknown[0], True)
        return [
            *{one["id"]: one for one in found.values()}.values(),
            *(empty(DEVICE, id=text, name=text) for text in missing),
        ]

    def foreseen(self, error: MissingError) -> bool:
        """Tell whether something missing counts as created by an earlier task of a check-mode run; warn if so."""
        if not self.check_mode or error.by_id:
            return False
        done = "named" if error.kind == "device" else "created"
        self.warn(
            f"The {error.kind} {error.name!r} does not exist. In check mode it is taken as {done} by an earlier task."
        )
        return True


def execute(operation: Operation, context: Context) -> dict[str, Any]:
    """Run an operation and return its result, or a result that failed with everything a user can act on."""
    if _transport.REQUESTS_IMPORT_ERROR is not None:
        return {
            "failed": True,
            "msg": missing_required_lib("requests"),
            "exception": str(_transport.REQUESTS_IMPORT_ERROR),
        }
    try:
        outcome = operation.run(context)
    except ImpCentralError as error:
        outcome = failure(error, context.plan)
    except Exception as error:  # pylint: disable=broad-except  # a user gets a sentence, never a traceback
        outcome = {"failed": True, "msg": f"unexpected {type(error).__name__} in {operation.name}: {error}"}
    secrets = given_secrets(context.params)
    if outcome.get("failed"):
        outcome = secrets.mask(outcome)
    if context.warnings:
        outcome["warnings"] = secrets.mask(context.warnings)
    return outcome


def _told(error: ImpCentralError, step: str | None) -> str:
    """Return one text: what failed, what the service said, what to try."""
    said = str(error)
    signing_in = isinstance(error, (AuthenticationError, OneTimePasswordError))
    if isinstance(error, ImpCentralApiError) and not signing_in:
        if step:
            said = f"could not {step}: {said}"
        elif error.method and not said.startswith(error.method):
            said = f"{error.method} {error.path}: {said}"
    return f"{said.rstrip('.')}. {advice(error)}".strip()


def failure(error: ImpCentralError, plan: Plan | None = None) -> dict[str, Any]:
    """Return the failed result for an error: one message, and its facts as keys.

    :param plan: says what was being done, and what had been done before that.
    """
    result: dict[str, Any] = {"failed": True, "changed": False, "msg": _told(error, plan.failed if plan else None)}
    if plan and plan.done:
        result.update(changed=True, done=plan.done)
    if isinstance(error, ImpCentralApiError):
        result.update(status_code=error.status_code, errors=error.errors)
    if isinstance(error, CompileError):
        result["compile_errors"] = error.messages
    if isinstance(error, AmbiguousError):
        result["candidates"] = error.candidates
    if isinstance(error, HalfDoneError):
        result.update(changed=bool(error.done), done=error.done, **error.details)
    return result


class Shell(AnsibleModule):
    """An AnsibleModule that knows its operation, so that ``invocation`` never shows what must not be seen."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.run_token: dict[str, Any] | None = None
        super().__init__(**operation.module_arguments())

    def _load_params(self) -> None:
        super()._load_params()
        self.params = without_empty(self.params)
        self.run_token = self.params.pop(RUN_TOKEN, None)

    def _log_invocation(self) -> None:
        """Log nothing: variables and webhook URLs hold secrets, and syslog would show them."""

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        kwargs.setdefault("invocation", {"module_args": self.operation.shown(self.params)})
        super()._return_formatted(kwargs)


class _HandedOver:
    """The token store of a module that was given the run's token by the action plugin; it is never written back."""

    def __init__(self, token: dict[str, Any]) -> None:
        self._token: dict[str, Any] | None = token

    def locked(self, key: str) -> _HandedOver:
        """Return the context manager that guards the token; one process has nobody to guard it against."""
        return self

    def __enter__(self) -> _HandedOver:
        return self

    def __exit__(self, *exception: Any) -> None:
        return None

    def get(self) -> dict[str, Any] | None:
        """Return the token."""
        return self._token

    def put(self, token: dict[str, Any]) -> None:
        """Keep a renewed token."""
        self._token = token


def reader(
    kind: str,
    argument_spec: Mapping[str, Mapping[str, Any]],
    finish: Callable[[Context, list[dict[str, Any]]], list[dict[str, Any]]] | None = None,
    host_device: HostDevice | None = None,
) -> Operation:
    """Return the operation of a module that finds resources of a kind. :param finish: adds to what was found."""

    def run(context: Context) -> dict[str, Any]:
        found = context.reading(lambda: find(context.client, context.finder, kind, context.params))
        return {"changed": False, RESOURCES[kind].plural: finish(context, found) if finish else found}

    rules = {"mutually_exclusive": [("id", "name")]} if "name" in argument_spec else {}
    return Operation(f"imp_{kind}_info", run, argument_spec, rules, host_device=host_device)


def run_module(operation: Operation) -> None:
    """Run an operation as a normal module: the ``main()`` of every module file."""
    module = Shell(operation)
    store = _HandedOver(module.run_token) if module.run_token else None
    context = Context(module, lambda **options: connect(store=store, **options))
    outcome = execute(operation, context)
    for warning in outcome.pop("warnings", []):
        module.warn(warning)
    if outcome.pop("failed", False):
        module.fail_json(**outcome)
    module.exit_json(**outcome)
