#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_restart_plan
short_description: Plan a restart of devices in batches
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Reads which devices a restart or a rollout in Electric Imp's impCentral means, and divides them into batches.
  - It is the first step of the roles P(electricimp.impcentral.restart#role) and P(electricimp.impcentral.rollout#role)
    and asks nothing of any device.
options:
  product:
    description: Product of O(device_group), by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description: Device group whose devices are meant, by name or id. This or O(devices) is required.
    type: str
  devices:
    description: The devices that are meant, each by id, MAC address, agent id or name.
    type: list
    elements: raw
  batches:
    description:
      - Size of each batch, like C(serial) of a play. Numbers, or percentages of all devices; at least one device each.
      - The last size repeats.
    type: list
    elements: str
    default: ["100%"]
  order:
    description: The order in which devices are restarted.
    type: str
    choices: [name, random]
    default: name
  seed:
    description: With O(order=random), text that makes the same order again.
    type: str
  canaries:
    description:
      - Devices that make the first batch, before O(batches). Each by id, MAC address, agent id or name.
      - Excludes O(canary_count).
      - If O(skip_changed_since) leaves all of them out, as many others take their place.
    type: list
    elements: raw
  canary_count:
    description: How many devices make the first batch. Those that are online are taken before others.
    type: int
  skip_changed_since:
    description:
      - Leave out devices whose agent restarted after this time, for they are done.
      - A time stamp, or V(HH:MM) of today or yesterday.
    type: str
  not_after:
    description: No batch is to begin after this time. A time stamp, or V(HH:MM) for its next occurrence.
    type: str
  timezone:
    description: Time zone of times that name none, such as V(Europe/London).
    type: str
    default: UTC
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the service.
    support: full
    details:
      - It reads in any case.
  diff_mode:
    description: Will return details on what has changed (or would change in C(check_mode)), when in diff mode.
    support: none
    details:
      - There is nothing to change.
  idempotent:
    description: When run twice in a row with the same arguments, the second time does nothing and reports no change.
    support: full
seealso:
  - module: electricimp.impcentral.imp_restart
extends_documentation_fragment:
  - electricimp.impcentral.attributes.action_group
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: One device, then a tenth of the group, then halves
  electricimp.impcentral.imp_restart_plan:
    product: kitchen
    device_group: sensors
    batches: [1, 10%, 50%]
  register: plan

- name: Everybody whose agent has not restarted since this morning
  electricimp.impcentral.imp_restart_plan:
    product: kitchen
    device_group: sensors
    skip_changed_since: "06:00"
    timezone: Europe/London
"""

RETURN = r"""
batches:
  description: Ids of the devices of each batch.
  returned: success
  type: list
  elements: list
  sample: [[30000c2a690be5a7], [30000c2a690be5a8, 30000c2a690be5a9]]
canaries:
  description: Ids of those that make the first batch for being canaries.
  returned: success
  type: list
  elements: str
  sample: []
done:
  description: Ids of the devices that O(skip_changed_since) leaves out.
  returned: success
  type: list
  elements: str
  sample: []
names:
  description: Name of each device, by id. Null for one that has none.
  returned: success
  type: dict
  sample: {30000c2a690be5a7: oven}
online:
  description: Ids of the devices that are online, as far as the service knows.
  returned: success
  type: list
  elements: str
  sample: [30000c2a690be5a7]
not_after:
  description: The time of O(not_after) in UTC, null without it.
  returned: success
  type: str
  sample: null
"""

from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._rollout import (
    canaries_first,
    changed_since,
    in_batches,
    in_order,
    moment,
    stamp,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "devices": {"type": "list", "elements": "raw"},
    "batches": {"type": "list", "elements": "str", "default": ["100%"]},
    "order": {"type": "str", "choices": ["name", "random"], "default": "name"},
    "seed": {"type": "str", "no_log": False},
    "canaries": {"type": "list", "elements": "raw"},
    "canary_count": {"type": "int"},
    "skip_changed_since": {"type": "str"},
    "not_after": {"type": "str"},
    "timezone": {"type": "str", "default": "UTC"},
}
RULES = {
    "required_one_of": [("device_group", "devices")],
    "mutually_exclusive": [("device_group", "devices"), ("canaries", "canary_count")],
}


def _canaries(context: Context, targets: list[Any]) -> set[str]:
    chosen = {one["id"] for one in context.named_devices(context.params["canaries"] or [])}
    strangers = chosen - {one["id"] for one in targets}
    if strangers:
        raise InvalidDataError(f"canaries: {', '.join(sorted(strangers))} are not among the devices to restart.")
    return chosen


def _since(text: str, zone: str, now: datetime) -> datetime:
    """Return a time in the past; a clock's time is that of today or yesterday."""
    meant = moment(text, zone, now, "skip_changed_since")
    return meant - timedelta(days=1) if meant > now and len(text.strip()) <= len("HH:MM") else meant


def run(context: Context) -> dict[str, Any]:
    """Read the devices and divide them."""
    params, now = context.params, datetime.now(timezone.utc)
    zone = params["timezone"]
    not_after = stamp(moment(params["not_after"], zone, now, "not_after")) if params["not_after"] else None
    since = _since(params["skip_changed_since"], zone, now) if params["skip_changed_since"] else None
    in_batches([], params["batches"])
    targets = in_order(context.targets()[0], params["order"], params["seed"])
    done = {one["id"] for one in targets if since and changed_since(one, since)}
    left = [one for one in targets if one["id"] not in done]
    first, rest = canaries_first(left, params["canary_count"] or 0, _canaries(context, targets))
    batches = ([first] if first else []) + in_batches(rest, params["batches"])
    return {
        "changed": False,
        "batches": [[one["id"] for one in batch] for batch in batches],
        "canaries": [one["id"] for one in first],
        "done": [one["id"] for one in targets if one["id"] in done],
        "names": {one["id"]: one["name"] for one in targets},
        "online": [one["id"] for one in targets if one["device_online"]],
        "not_after": not_after,
    }


OPERATION = Operation("imp_restart_plan", run, ARGUMENT_SPEC, rules=RULES)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
