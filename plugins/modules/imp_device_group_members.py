#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_device_group_members
short_description: Declare which devices are in a device group
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Puts many devices into a device group of Electric Imp's impCentral, or takes them out, in calls of 100 devices.
  - The service may carry out a part of a call. After a failure the members are read again, so that the result tells of
    each device where it is, and the next run goes on from there.
options:
  product:
    description: Product of the device group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description: Device group, by name or id.
    type: str
    required: true
  devices:
    description:
      - The devices, each by id, MAC address, agent id or name. Either this or O(from_device_group) is needed.
      - Put an id of digits in quotes, or YAML makes a number of it.
      - Ids cost the fewest requests; names and agent ids take a listing of all devices of the owner.
    type: list
    elements: raw
  from_device_group:
    description:
      - Device group whose devices are all moved into O(device_group), by id, or by name within the same product.
      - Only with O(mode=add).
    type: str
  mode:
    description:
      - V(add) puts the devices into the group, from wherever they are, V(remove) takes those out that are in it.
      - V(exact) makes the devices the only members of the group.
      - With V(remove), a device that does not exist is not in the group, and gives a warning only.
    type: str
    choices: [add, remove, exact]
    default: add
  force:
    description:
      - Confirms O(mode=exact) with no devices, which empties the group, or on a group that the factory fills by itself,
        which are those of the types production and DUT and their pre- twins.
    type: bool
    default: false
notes:
  - A device that is in the group already is not assigned again, since that would restart it.
  - In check mode a device that an earlier task would name stands in the result by that name.
seealso:
  - module: electricimp.impcentral.imp_device
  - module: electricimp.impcentral.imp_device_group
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
  - electricimp.impcentral.unblessing
"""

EXAMPLES = r"""
- name: Devices in a group
  electricimp.impcentral.imp_device_group_members:
    product: kitchen
    device_group: canaries
    devices:
      - "{{ imp_device_id }}"

- name: All canaries become sensors
  electricimp.impcentral.imp_device_group_members:
    product: kitchen
    device_group: sensors
    from_device_group: canaries

- name: These devices and no others
  electricimp.impcentral.imp_device_group_members:
    product: kitchen
    device_group: sensors
    devices: ["{{ imp_device_id }}"]
    mode: exact
"""

RETURN = r"""
members:
  description: Ids of the devices that are in the group after the task, sorted.
  returned: success, and after a failure if they could be read
  type: list
  elements: str
  sample: [234776801163a9ee]
added:
  description: Ids of the devices that the task put into the group.
  returned: success, and after a failure of a change
  type: list
  elements: str
  sample: [234776801163a9ee]
removed:
  description: Ids of the devices that the task took out of the group.
  returned: success, and after a failure of a change
  type: list
  elements: str
  sample: []
failed_devices:
  description: Ids of the devices that are not where they should be. Empty when the task succeeds.
  returned: success, and after a failure of a change
  type: list
  elements: str
  sample: []
"""

from collections import defaultdict
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._members import (
    UNBLESSING_SPEC,
    assign,
    refuse_leaving,
    refuse_unblessing,
    to_unbless,
    unassign,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import HalfDoneError, diff_of
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import (
    absent_if_missing,
    device_text,
    is_id,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEVICE_GROUP,
    SELF_FILLING_TYPES,
    SHORT_GROUP_TYPES,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralApiError, InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str", "required": True},
    "devices": {"type": "list", "elements": "raw"},
    "from_device_group": {"type": "str"},
    "mode": {"type": "str", "choices": ["add", "remove", "exact"], "default": "add"},
    **UNBLESSING_SPEC,
    "force": {"type": "bool", "default": False},
}
Flats = list[dict[str, Any]]


def _check(params: dict[str, Any]) -> None:
    if (params["devices"] is None) is (params["from_device_group"] is None):
        raise InvalidDataError("give devices, or from_device_group instead of them.")
    if params["from_device_group"] is not None and params["mode"] != "add":
        raise InvalidDataError(f"from_device_group moves devices into the group: mode={params['mode']} needs devices.")
    if params["mode"] == "exact" and not params["devices"] and not params["force"]:
        raise InvalidDataError("mode=exact without a device empties the device group. To do it, set force=true.")


def _group(context: Context) -> dict[str, Any] | None:
    """Return the group, None when it does not exist and nothing can be in it."""
    where = context.params["device_group"], context.params["product"]
    if context.params["mode"] == "remove":
        return absent_if_missing(lambda: context.finder.device_group(*where))
    return context.parent(DEVICE_GROUP, *where)


def _check_type(group: dict[str, Any], params: dict[str, Any]) -> None:
    short = SHORT_GROUP_TYPES.get(group["type"])
    if params["mode"] == "exact" and short in SELF_FILLING_TYPES and not params["force"]:
        raise InvalidDataError(
            f"the device group {group['name']!r} is of the type {short}, which the factory fills by itself: mode=exact "
            "would take out what came there meanwhile. To do it, set force=true."
        )


def _of_group(context: Context, group: dict[str, Any], fresh: bool = False) -> Flats:
    return context.client.devices.list(device_group_id=group["id"], fresh=fresh) if group["id"] else []


def _source(context: Context, group: dict[str, Any]) -> Flats:
    """Return the devices of ``from_device_group``."""
    text = context.params["from_device_group"]
    product = None if is_id(text) else context.params["product"] or group["product_id"]
    source = context.parent(DEVICE_GROUP, text, product)
    if source["id"] and source["id"] == group["id"]:
        raise InvalidDataError(f"from_device_group: {text!r} is the device group itself.")
    return _of_group(context, source)


def _wanted(context: Context, group: dict[str, Any], members: Flats) -> Flats:
    """Return the devices that the task names, each once.

    :raises MissingError: there is no such device, unless it is to be taken out.
    """
    if context.params["from_device_group"]:
        return _source(context, group)
    if context.params["mode"] != "remove":
        return context.named_devices(context.params["devices"], members)
    found, missing = context.finder.many_devices(map(device_text, context.params["devices"]), members)
    if missing:
        told = f"there is no device {', '.join(map(repr, missing))}, or you may not see it."
        context.warn(f"Nothing to take out: {told}")
    return list({one["id"]: one for one in found.values()}.values())


class _Change:
    """What is to be done to a group: the devices that go in, those that go out, those that are unblessed on the way."""

    def __init__(self, context: Context, group: dict[str, Any], members: Flats, wanted: Flats) -> None:
        self._context = context
        self._group = group
        self._key = context.params["unbond_key"]
        mode = context.params["mode"]
        inside, named = ({one["id"] for one in devices} for devices in (members, wanted))
        joining = [] if mode == "remove" else [one for one in wanted if one["id"] not in inside]
        stays = {"add": inside, "remove": inside - named, "exact": named}[mode]
        leaving = [one for one in members if one["id"] not in stays]
        self._to_unbless = to_unbless(joining, group)
        self.before = sorted(inside)
        self.joining = [one["id"] for one in joining]
        self.leaving = [one["id"] for one in leaving]
        refuse_leaving(joining, group, context.params["unbless"], self._key)
        refuse_unblessing(leaving, context.params["unbless"], self._key)

    def carry_out(self) -> None:
        """Send the requests, those that cannot be undone first, so that a refusal of them leaves the rest alone."""
        sources: dict[str, list[str]] = defaultdict(list)
        for one in self._to_unbless:
            sources[one["device_group_id"]].append(one["id"])
        for source, ids in sources.items():
            self._take_out(self._context.finder.device_group(source), ids)
        if self.joining:
            self._context.plan.step(
                f"assign {len(self.joining)} device(s) to the device group {self._group['name']!r}",
                lambda: assign(self._context.client, self._group, self.joining),
            )
        if self.leaving:
            self._take_out(self._group, self.leaving)

    def _take_out(self, group: dict[str, Any], ids: list[str]) -> None:
        self._context.plan.step(
            f"take {len(ids)} device(s) out of the device group {group['name']!r}",
            lambda: unassign(self._context.client, group, ids, self._key),
        )

    def outcome(self, members: set[str]) -> dict[str, Any]:
        """Return what has become of the devices, given the members of the group."""
        return {
            "members": sorted(members),
            "added": [one for one in self.joining if one in members],
            "removed": [one for one in self.leaving if one not in members],
            "failed_devices": [one for one in self.joining if one not in members]
            + [one for one in self.leaving if one in members],
        }

    def half_done(self, error: ImpCentralApiError | HalfDoneError) -> ImpCentralApiError | HalfDoneError:
        """Return the error with what has become of each device; as it is when that cannot be read."""
        try:
            members = {one["id"] for one in _of_group(self._context, self._group, fresh=True)}
        except ImpCentralApiError:
            return error
        done = error.done if isinstance(error, HalfDoneError) else []
        return HalfDoneError(str(error), done, **self.outcome(members))


def run(context: Context) -> dict[str, Any]:
    """Bring the membership about."""
    _check(context.params)
    group = _group(context)
    if group is None:
        return {"changed": False, "members": [], "added": [], "removed": [], "failed_devices": [], "diff": {}}
    _check_type(group, context.params)
    members = _of_group(context, group)
    change = _Change(context, group, members, _wanted(context, group, members))
    try:
        change.carry_out()
    except (ImpCentralApiError, HalfDoneError) as error:
        raise change.half_done(error) from error
    outcome = change.outcome({*change.before, *change.joining}.difference(change.leaving))
    diff = diff_of(context.plan, {"members": change.before}, {"members": outcome["members"]})
    return {"changed": bool(context.plan.texts), **outcome, "diff": diff}


OPERATION = Operation("imp_device_group_members", run, ARGUMENT_SPEC)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
