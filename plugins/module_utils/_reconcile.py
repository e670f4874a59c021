# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired and actual state -> plan -> apply: the one state machine of all modules that declare a resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import Resource, empty
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import (
    ImpCentralApiError,
    ImpCentralError,
    InvalidDataError,
    NotFoundError,
)

Flat = Mapping[str, Any]
_UNORDERED = frozenset(("tags",))
_EMPTY_IS_NULL = frozenset(("name", "description", "origin", "region", "env_vars"))
_CREATE_TRIES = 3


class HalfDoneError(ImpCentralError):
    """Some steps of a change took effect before one failed. ``done`` lists them, ``details`` are more return keys."""

    def __init__(self, message: str, done: list[str], **details: Any) -> None:
        super().__init__(message)
        self.done = done
        self.details = details


class Plan:
    """The steps of a change, in their order. In check mode they are only listed.

    ``texts`` says what each step does; a step that fails after others tells which took effect.
    """

    def __init__(self, check_mode: bool) -> None:
        self._check_mode = check_mode
        self.texts: list[str] = []
        self.done: list[str] = []

    @property
    def failed(self) -> str | None:
        """Return the text of the step that failed, None when none did."""
        return self.texts[-1] if not self._check_mode and len(self.texts) > len(self.done) else None

    def step(self, text: str, call: Callable[[], Any]) -> Any:
        """Carry out one step (nothing in check mode) and return what the call returned.

        :raises HalfDoneError: the call failed and earlier steps took effect.
        """
        self.texts.append(text)
        if self._check_mode:
            return None
        try:
            result = call()
        except ImpCentralError as error:
            if not self.done:
                raise
            raise HalfDoneError(
                f"could not {text}: {error}. Done before that: {', '.join(self.done)}. "
                "Run the task again to go on from there.",
                self.done,
                **getattr(error, "details", {}),
            ) from error
        self.done.append(text)
        return result


def same(name: str, current: Any, wanted: Any) -> bool:
    """Tell whether an attribute has the value that is wanted: lists of tags without order, empty like null."""
    if name in _EMPTY_IS_NULL:
        current, wanted = current or None, wanted or None
    if name in _UNORDERED:
        return sorted(set(current or [])) == sorted(set(wanted or []))
    if isinstance(current, dict) and isinstance(wanted, dict):
        return current.keys() == wanted.keys() and all(_same_scalar(current[key], wanted[key]) for key in wanted)
    return _same_scalar(current, wanted)


def _same_scalar(current: Any, wanted: Any) -> bool:
    # The number 1, the text "1" and true are different values for the code that reads them; 1 and 1.0 are not.
    numbers = (int, float)
    if isinstance(current, bool) is not isinstance(wanted, bool):
        return False
    if isinstance(current, numbers) and isinstance(wanted, numbers):
        return current == wanted
    return type(current) is type(wanted) and current == wanted


def differences(current: Flat, wanted: Flat) -> dict[str, Any]:
    """Return the wanted attributes whose current value differs."""
    return {name: value for name, value in wanted.items() if not same(name, current.get(name), value)}


def given(params: Flat, *names: str) -> dict[str, Any]:
    """Return the named options that the user gave (null means: leave alone)."""
    return {name: params[name] for name in names if params.get(name) is not None}


def refuse_changes(label: str, current: Flat, fixed: Flat) -> None:
    """Fail when something differs that the service cannot change.

    :raises InvalidDataError: names each such attribute with both values.
    """
    for name, value in differences(current, fixed).items():
        raise InvalidDataError(
            f"{label}: its {name} is {current.get(name)!r} and cannot be changed to {value!r} afterwards. "
            "Delete it and create it anew, or leave the option out."
        )


def create(call: Callable[[], dict[str, Any]], find: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """Create a resource; after an answer that leaves open whether it was created, look before trying again.

    :param call: sends the request. :param find: returns what the request may have created, read afresh.
    """
    for attempt in range(_CREATE_TRIES):
        try:
            return call()
        except ImpCentralApiError as error:
            if error.executed is not None or not error.retryable:
                raise
            found = find()
            if found:
                return found
            if attempt + 1 == _CREATE_TRIES:
                raise
    raise AssertionError("unreachable")


def delete(collection: Any, resource_id: str, **options: Any) -> None:
    """Delete a resource; one that is gone already is no error."""
    try:
        collection.delete(resource_id, **options)
    except NotFoundError:
        pass


class Declared(NamedTuple):
    """What a module says of the resource that it declares.

    ``attributes`` are compared and brought in line; ``create_only`` go out at creation alone; ``fixed`` is compared
    and refused when it differs; ``create`` and ``update`` send the requests; ``known`` is shown in check mode for
    a resource that does not exist; ``show`` prepares a flattened resource for results and diffs.
    """

    resource: Resource
    label: str
    found: Flat | None
    attributes: Flat
    create: Callable[[], dict[str, Any]]
    update: Callable[[dict[str, Any]], dict[str, Any]]
    fixed: Flat = {}
    known: Flat = {}
    show: Callable[[Flat], dict[str, Any]] = dict


def present(plan: Plan, declared: Declared) -> dict[str, Any]:
    """Bring a declared resource about and return the result of the module."""
    found = declared.found
    if found is None:
        known = {"type": declared.resource.name, **declared.known, **declared.attributes}
        foreseen = empty(declared.resource, **known)
        after = plan.step(f"create the {declared.label}", declared.create) or foreseen
    else:
        refuse_changes(f"the {declared.label}", found, declared.fixed)
        changes = differences(found, declared.attributes)
        after = found
        if changes:
            what = f"change {', '.join(sorted(changes))} of the {declared.label}"
            after = plan.step(what, lambda: declared.update(changes)) or {**found, **changes}
    return result(declared.resource, plan, found, after, declared.show)


def absent(plan: Plan, declared: Declared, remove: Callable[[Plan, Flat], None]) -> dict[str, Any]:
    """Remove a declared resource, if it exists, and return the result of the module: what was there."""
    if declared.found is not None:
        remove(plan, declared.found)
    return result(declared.resource, plan, declared.found, None, declared.show)


def result(
    resource: Resource,
    plan: Plan,
    before: Flat | None,
    after: Flat | None,
    show: Callable[[Flat], dict[str, Any]] = dict,
) -> dict[str, Any]:
    """Return a module's result: the resource after the task (for a removal: before), and the difference.

    Its keys are always those of the resource's table, whatever more the service may send.
    """
    before, after = (state and {key: state.get(key) for key in resource.keys} for state in (before, after))
    final = after if after is not None else before
    shown_before, shown_after = (show(state) if state else {} for state in (before, after))
    difference = _changed_keys(shown_before, shown_after) if before and after else None
    if difference is not None:
        shown_before, shown_after = (
            {key: state.get(key) for key in difference} for state in (shown_before, shown_after)
        )
    return {
        "changed": bool(plan.texts),
        resource.name: show(final) if final is not None else None,
        "diff": diff_of(plan, shown_before, shown_after),
    }


def diff_of(plan: Plan, before: Flat, after: Flat) -> dict[str, Any]:
    """Return what ``--diff`` shows: both states, and the steps when there are several.

    One step is told as well when what it changes is not shown: the password in a URL.
    """
    diff: dict[str, Any] = {"before": before, "after": after}
    if len(plan.texts) > 1 or (plan.texts and before == after):
        diff["prepared"] = "".join(f"- {text}\n" for text in plan.texts)
    return diff


def add_difference(outcome: dict[str, Any], name: str, before: Any, after: Any) -> None:
    """Add what one more step has changed to the result of a module."""
    outcome["changed"] = True
    outcome["diff"]["before"][name] = before
    outcome["diff"]["after"][name] = after


def _changed_keys(before: Flat, after: Flat) -> list[str]:
    return [key for key in after if key != "updated_at" and before.get(key) != after[key]]
