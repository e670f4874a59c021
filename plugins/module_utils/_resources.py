# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resource types of the service as data, and the one way in which a resource is flattened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

# Short name (as the official command line tool spells it) -> the API's type. Zones and targets: contract 2.4.
GROUP_TYPES: dict[str, str] = {
    "development": "development_devicegroup",
    "pre_production": "pre_production_devicegroup",
    "production": "production_devicegroup",
    "pre_factory": "pre_factoryfixture_devicegroup",
    "factory": "factoryfixture_devicegroup",
    "pre_dut": "pre_dut_devicegroup",
    "dut": "dut_devicegroup",
}
SHORT_GROUP_TYPES: dict[str, str] = {long: short for short, long in GROUP_TYPES.items()}
# Every spelling that options take.
GROUP_TYPE_CHOICES = (
    *GROUP_TYPES,
    *(short.replace("_", "-") for short in GROUP_TYPES if "_" in short),
    *SHORT_GROUP_TYPES,
)
EVENTS = ("blessing", "blinkup", "deployment")

# Fixture type -> the types that its two targets must have.
TARGET_TYPES: dict[str, dict[str, str]] = {
    "factory": {"production_target": "production", "dut_target": "dut"},
    "pre_factory": {"production_target": "pre_production", "dut_target": "pre_dut"},
}
# Devices come to these by themselves, at blessing or at the factory's BlinkUp.
SELF_FILLING_TYPES = frozenset(("production", "pre_production", "dut", "pre_dut"))
# Only these know `region` and `load_code_after_blessing`.
BLESSING_TYPES = frozenset(("production", "pre_production"))


class Resource(NamedTuple):
    """One resource type.

    ``attributes`` and ``relationships`` are the keys of the flattened resource; a relationship is given as
    (name in the document, prefix in the flattened resource). ``filters`` maps a keyword of the client to the
    field of the query. ``omitted_in_lists`` are attributes that only a single read shows.
    """

    name: str
    plural: str
    path: str
    attributes: tuple[str, ...]
    relationships: tuple[tuple[str, str], ...] = ()
    filters: Mapping[str, str] = {}
    omitted_in_lists: tuple[str, ...] = ()
    of_group: bool = False
    label: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that every flattened resource of this type has, in their order."""
        keys = ("id", "type", *self.attributes, *(f"{prefix}_id" for _name, prefix in self.relationships))
        return (*keys, "device_group_type") if self.of_group else keys


_OWNER = ("owner", "owner")
_CREATOR = ("creator", "creator")
_PRODUCT = ("product", "product")
_GROUP = ("devicegroup", "device_group")
_STAMPS = ("created_at", "updated_at")

ACCOUNT = Resource("account", "accounts", "accounts", ("email", "username", "tier"), label="account")
PRODUCT = Resource(
    "product",
    "products",
    "products",
    ("name", "description", *_STAMPS),
    (_OWNER, _CREATOR),
    {"owner_id": "owner.id"},
    label="product",
)
DEVICE_GROUP = Resource(
    "device_group",
    "device_groups",
    "devicegroups",
    ("name", "description", "region", "load_code_after_blessing", "env_vars", *_STAMPS),
    (
        _PRODUCT,
        _OWNER,
        _CREATOR,
        ("current_deployment", "current_deployment"),
        ("min_supported_deployment", "min_supported_deployment"),
        ("production_target", "production_target"),
        ("dut_target", "dut_target"),
    ),
    {"owner_id": "owner.id", "product_id": "product.id", "type": "type"},
    label="device group",
)
DEVICE = Resource(
    "device",
    "devices",
    "devices",
    (
        "name",
        "agent_id",
        "agent_url",
        "device_online",
        "device_state_changed_at",
        "agent_running",
        "agent_state_changed_at",
        "last_enrolled_at",
        "imp_type",
        "ip_address",
        "mac_address",
        "free_memory",
        "rssi",
        "swversion",
        "plan_id",
    ),
    (_OWNER, _PRODUCT, _GROUP),
    {
        "owner_id": "owner.id",
        "product_id": "product.id",
        "device_group_id": "devicegroup.id",
        "device_group_owner_id": "devicegroup.owner.id",
        "device_group_type": "devicegroup.type",
    },
    ("free_memory", "swversion", "plan_id"),
    of_group=True,
    label="device",
)
DEPLOYMENT = Resource(
    "deployment",
    "deployments",
    "deployments",
    ("description", "origin", "tags", "flagged", "sha", *_STAMPS, "device_code", "agent_code"),
    (_GROUP, _PRODUCT, _OWNER, _CREATOR, ("flagger", "flagger")),
    {
        "owner_id": "owner.id",
        "creator_id": "creator.id",
        "product_id": "product.id",
        "device_group_id": "devicegroup.id",
        "sha": "sha",
        "flagged": "flagged",
        "flagger_id": "flagger.id",
        "tags": "tags",
    },
    ("device_code", "agent_code"),
    of_group=True,
    label="deployment",
)
WEBHOOK = Resource(
    "webhook",
    "webhooks",
    "webhooks",
    ("url", "event", "content_type", *_STAMPS),
    (_GROUP, _PRODUCT, _OWNER, _CREATOR),
    {"device_group_id": "devicegroup.id"},
    of_group=True,
    label="webhook",
)
LOGIN_KEY = Resource("login_key", "login_keys", "accounts/me/login_keys", ("description", "usages"), label="login key")
REFRESH_TOKEN = Resource(
    "refresh_token", "refresh_tokens", "accounts/me/refresh_tokens", ("created_at",), label="refresh token"
)

RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (ACCOUNT, PRODUCT, DEVICE_GROUP, DEVICE, DEPLOYMENT, WEBHOOK, LOGIN_KEY, REFRESH_TOKEN)
}


def group_type(text: str) -> str | None:
    """Return the short name of a group type given short, with hyphens, or as the API names it; None if unknown."""
    short = SHORT_GROUP_TYPES.get(text, text.replace("-", "_"))
    return short if short in GROUP_TYPES else None


def flatten(resource: Resource, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource document of the service as one flat dictionary.

    Every key of :attr:`Resource.keys` is there, null when the service does not say it; attributes that the
    table does not know follow under their own names (contract 1.4: relationships are plain identifiers that
    are absent when they do not apply).
    """
    attributes = document.get("attributes") or {}
    relationships = document.get("relationships") or {}
    flat: dict[str, Any] = {"id": document.get("id"), "type": document.get("type")}
    for name in resource.attributes:
        flat[name] = attributes.get(name)
    for name, prefix in resource.relationships:
        flat[f"{prefix}_id"] = (relationships.get(name) or {}).get("id")
    if resource.of_group:
        long = (relationships.get("devicegroup") or {}).get("type")
        flat["device_group_type"] = SHORT_GROUP_TYPES.get(long, long) if long else None
    for name, value in attributes.items():
        flat.setdefault(name, value)
    return flat


def empty(resource: Resource, **known: Any) -> dict[str, Any]:
    """Return a flattened resource that does not exist yet: what is not known is null."""
    return {**dict.fromkeys(resource.keys), **known}
