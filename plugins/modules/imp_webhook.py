#!/usr/bin/python
# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: imp_webhook
short_description: Declare a webhook of a device group
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Create, change and delete webhooks of device groups of Electric Imp's impCentral.
options:
  product:
    description: Product of the device group, by name or id. Not needed when O(device_group) is an id.
    type: str
  device_group:
    description: Device group, by name or id.
    type: str
  event:
    description: What the webhook reports. It cannot be changed afterwards.
    type: str
    choices: [blessing, blinkup, deployment]
  url:
    description: Where the service sends its reports. User and password in it are hidden in results.
    type: str
  content_type:
    description: Form of the reports. V(json) at creation when it is left out, untouched afterwards.
    type: str
    choices: [json, form, application/json, application/x-www-form-urlencoded]
  id:
    description:
      - Id of the webhook, instead of its group and event.
      - A O(product) or O(device_group) beside it must be the webhook's own.
    type: str
  match:
    description:
      - With V(event) a group has one webhook for an event, whose O(url) is changed in place.
      - With V(event_and_url) it may have several, and the URL is part of what names one.
    type: str
    choices: [event, event_and_url]
    default: event
  state:
    description: Whether the webhook is there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: electricimp.impcentral.imp_device_group
extends_documentation_fragment:
  - electricimp.impcentral.attributes
  - electricimp.impcentral.connection
  - electricimp.impcentral.owner
"""

EXAMPLES = r"""
- name: Tell the build server about deployments
  electricimp.impcentral.imp_webhook:
    product: kitchen
    device_group: sensors
    event: deployment
    url: https://hooks.example.com/deployed

- name: No report about them any more
  electricimp.impcentral.imp_webhook:
    product: kitchen
    device_group: sensors
    event: deployment
    state: absent
"""

RETURN = r"""
webhook:
  description: The webhook after the task; for O(state=absent) what was there. Null if there was nothing.
  returned: success
  type: dict
  sample:
    id: 6b3d7d4c-8a1e-0f2b-9c3d-1e2f3a4b5c6d
    type: webhook
    url: https://hooks.example.com/deployed
    event: deployment
    content_type: application/json
    device_group_id: 2c5f1f6b-9c1d-4e0a-8b7c-6d5e4f3a2b1c
    device_group_type: development
"""

from typing import Any

from ansible_collections.electricimp.impcentral.plugins.module_utils._module import Context, Operation, run_module
from ansible_collections.electricimp.impcentral.plugins.module_utils._reconcile import (
    Declared,
    absent,
    create,
    delete,
    given,
    present,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._resolve import AmbiguousError, MissingError
from ansible_collections.electricimp.impcentral.plugins.module_utils._resources import (
    DEVICE_GROUP,
    EVENTS,
    GROUP_TYPES,
    SHORT_GROUP_TYPES,
    WEBHOOK,
)
from ansible_collections.electricimp.impcentral.plugins.module_utils._shown import without_user_info
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import InvalidDataError

CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "product": {"type": "str"},
    "device_group": {"type": "str"},
    "event": {"type": "str", "choices": list(EVENTS)},
    "url": {"type": "str"},
    "content_type": {"type": "str", "choices": [*CONTENT_TYPES, *CONTENT_TYPES.values()]},
    "id": {"type": "str"},
    "match": {"type": "str", "choices": ["event", "event_and_url"], "default": "event"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def _find(context: Context, fresh: bool = False) -> dict[str, Any]:
    params, finder = context.params, context.finder
    if params["id"]:
        return finder.webhook(params["id"])
    group = finder.device_group(params["device_group"], params["product"])
    hooks = context.client.webhooks.list(device_group_id=group["id"], fresh=fresh)
    by_url = params["match"] == "event_and_url"
    fits = [hook for hook in hooks if hook["event"] == params["event"] and (not by_url or hook["url"] == params["url"])]
    if len(fits) > 1:
        raise AmbiguousError("webhook", params["event"], fits, "Give the id, or tell them apart by match=event_and_url")
    if not fits:
        raise MissingError(f"there is no webhook for {params['event']}.", "webhook", params["event"])
    return fits[0]


def run(context: Context) -> dict[str, Any]:
    """Bring the webhook about, or remove it."""
    params, client = context.params, context.client
    if not params["id"] and not (params["device_group"] and params["event"]):
        raise InvalidDataError("give the webhook's id, or its device_group and event.")
    if params["match"] == "event_and_url" and not (params["url"] or params["id"]):
        raise InvalidDataError("match=event_and_url needs the url.")
    content_type = CONTENT_TYPES.get(params["content_type"], params["content_type"])
    attributes = {**given(params, "url"), **({"content_type": content_type} if content_type else {})}
    found = context.existing("webhook", lambda: _find(context))
    if found and params["id"]:
        context.finder.check_place("webhook", found, params["product"], params["device_group"])
    known: dict[str, Any] = {}
    group: dict[str, Any] = {}
    if found is None and params["state"] == "present":
        if not params["url"]:
            raise InvalidDataError("a new webhook needs a url.")
        group = context.parent(DEVICE_GROUP, params["device_group"], params["product"])
        known = {
            "event": params["event"],
            "content_type": CONTENT_TYPES["json"],
            "device_group_id": group["id"],
            "device_group_type": SHORT_GROUP_TYPES.get(group["type"]),
            "product_id": group["product_id"],
        }

    def created() -> dict[str, Any]:
        sent = {"content_type": CONTENT_TYPES["json"], "event": params["event"], **attributes}
        relationships = {"devicegroup": (group["type"] or GROUP_TYPES["development"], group["id"])}
        return create(
            lambda: client.webhooks.create(sent, relationships),
            lambda: context.existing("webhook", lambda: _find(context, fresh=True)),
        )

    declared = Declared(
        WEBHOOK,
        f"webhook for {(found or params)['event']}",
        found,
        attributes,
        created,
        lambda changes: client.webhooks.update((found or {})["id"], changes),
        fixed=given(params, "event"),
        known=known,
        show=without_user_info,
    )
    if params["state"] == "absent":
        return absent(
            context.plan,
            declared,
            lambda plan, hook: plan.step(f"delete the {declared.label}", lambda: delete(client.webhooks, hook["id"])),
        )
    return present(context.plan, declared)


OPERATION = Operation("imp_webhook", run, ARGUMENT_SPEC, censor=without_user_info)


def main() -> None:
    """Run as a normal module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
