# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: imp_devices
short_description: Devices of Electric Imp's impCentral as hosts
version_added: 0.1.0
author:
  - Electric Imp Collection Contributors (@electricimp)
description:
  - Makes a host of every imp device of an account, with its attributes as variables, and groups by product, device
    group and more.
  - The file's name is C(imp_devices.yml) or ends in C(.imp_devices.yml); C(.yaml) will do as well.
  - Options may be templates and vaulted values.
  - An error on any page of any listing is an error of the source; no part of the fleet is returned then.
notes:
  - A C(zone_production) group holds devices of factory fixtures and of the DUT group, too, since these are in the
    production zone. C(group_type_production) holds what was sold.
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [electricimp.impcentral.imp_devices]
  owners:
    description:
      - Accounts whose devices are meant, each by id, V(me), e-mail address or user name.
      - Without it the O(owner) is meant, by default the account that signs in.
    type: list
    elements: str
    default: []
  owner:
    description: The account that is meant if O(owners) is empty.
    type: str
    env:
      - name: IMPCENTRAL_OWNER
  products:
    description: Only devices of these products, each by name or id. They must exist.
    type: list
    elements: str
    default: []
  device_groups:
    description:
      - Only devices of these device groups, each by name or id. They must exist.
      - A name means the groups of all O(products), or of all products, that have it.
    type: list
    elements: str
    default: []
  group_types:
    description:
      - Only devices in device groups of these types.
      - They are V(development), V(pre_production), V(production), V(pre_factory), V(factory), V(pre_dut) and V(dut).
    type: list
    elements: str
    default: []
  unassigned:
    description:
      - Whether devices are meant that are in no device group.
      - By default they are, unless O(products), O(device_groups) or O(group_types) is set.
    type: bool
  online:
    description: Only devices that are online (V(true)) or offline (V(false)), as far as the service knows.
    type: bool
  exclude:
    description: Patterns like C(test-*) of names and ids. Devices that fit one are left out.
    type: list
    elements: str
    default: []
  details:
    description:
      - Whether every device is read by itself, for what lists leave out (C(imp_free_memory), C(imp_swversion),
        C(imp_plan_id)). That takes one request for each device.
    type: bool
    default: false
  hostnames:
    description:
      - What a host is called, the first that is not empty. V(name), V(id), or a template over the host's variables.
      - AWX knows a host by its name alone, so for it V(id) is better.
    type: list
    elements: str
    default: [name, id]
  on_duplicate:
    description:
      - What happens when several devices would have the same host name.
      - With V(suffix) all of them get C(_) and their device id appended, with a warning.
    type: str
    choices: [suffix, error]
    default: suffix
  group_by:
    description:
      - Groups to make. V(product) makes C(product_NAME), V(device_group) makes C(device_group_PRODUCT__NAME), a child
        of the product's group, V(group_type) C(group_type_TYPE), V(zone) C(zone_development), C(zone_test) and
        C(zone_production), V(online) C(online_true) and C(online_false), V(imp_type) C(imp_type_TYPE), V(owner)
        C(owner_NAME).
      - These cost a tenth of the same groups by O(keyed_groups).
      - Objects whose group names are equal get their ids appended, with a warning.
    type: list
    elements: str
    choices: [product, device_group, group_type, zone, online, imp_type, owner]
    default: [product, device_group]
  neutralize_templates:
    description:
      - Whether template markers in text of the service are taken apart.
      - In Ansible such text is never evaluated. AWX evaluates what it imports, so set this there.
    type: bool
    default: false
extends_documentation_fragment:
  - electricimp.impcentral.controller
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
seealso:
  - module: electricimp.impcentral.imp_device_info
"""

EXAMPLES = r"""
# Every device of the account, credentials from the environment.
plugin: electricimp.impcentral.imp_devices

# --- What was sold of one product, with the device id as the host name: for AWX.
# plugin: electricimp.impcentral.imp_devices
# products: [kitchen]
# group_types: [production]
# hostnames: [id]
# neutralize_templates: true

# --- Devices of two groups that are online, but for those of the laboratory.
# plugin: electricimp.impcentral.imp_devices
# device_groups: [sensors, canaries]
# online: true
# exclude: ["lab-*"]

# --- All ways to group, and one more by Ansible's own means.
# plugin: electricimp.impcentral.imp_devices
# group_by: [product, device_group, group_type, zone, online, imp_type, owner]
# keyed_groups:
#   - key: (imp_name or 'unnamed')[:1]
#     prefix: letter
# compose:
#   weak: (imp_rssi or 0) < -80
# groups:
#   silent: not imp_device_online and not imp_agent_running

# --- Details of each device, kept for an hour.
# plugin: electricimp.impcentral.imp_devices
# details: true
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: .cache
# cache_timeout: 3600
"""

import hashlib
import json
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.electricimp.impcentral.plugins.module_utils import _transport
from ansible_collections.electricimp.impcentral.plugins.module_utils._fleet import Selection, fleet
from ansible_collections.electricimp.impcentral.plugins.module_utils._module import failure
from ansible_collections.electricimp.impcentral.plugins.module_utils.client import Client
from ansible_collections.electricimp.impcentral.plugins.module_utils.errors import ImpCentralError, InvalidDataError
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.clients import shared_client
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.hosts import Groups, host_names, variables
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.options import connection_options
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.runner import plain as as_data
from ansible_collections.electricimp.impcentral.plugins.plugin_utils.text import apart, is_template, plain

SUFFIXES = tuple(f"imp_devices.{ending}" for ending in ("yml", "yaml"))
_HEAD = 4096  # characters of a file that say whose it is
# Ansible's own, which it fills for each host, or reads by itself.
_LATER = ("hostnames", "compose", "groups", "keyed_groups")
_CONNECTION = {"ansible_connection": "electricimp.impcentral.imp", "ansible_facts_modules": []}

Row = dict[str, Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Hosts from the devices of an account."""

    NAME = "electricimp.impcentral.imp_devices"
    # They are there whenever a source is parsed.
    inventory: Any
    templar: Any
    _vars: Any

    def verify_file(self, path: str) -> bool:
        """Tell whether a file is meant for this plugin, by its name."""
        if not super().verify_file(path):
            return False
        if path.endswith(tuple(f"{mark}{suffix}" for suffix in SUFFIXES for mark in "./")):
            return True
        # Another plugin reads the file's `plugin:` and asks this one, so somebody expects it to be read.
        with open(path, encoding="utf-8", errors="replace") as file:
            if self.NAME in file.read(_HEAD):
                self.display.warning(f"{path} is not read: name it {' or '.join(SUFFIXES)}, or with that after a dot.")
        return False

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the devices and add them as hosts. :raises AnsibleParserError: something went wrong; nothing is added."""
        super().parse(inventory, loader, path, cache)
        config = self._filled(self._read_config_data(path))
        try:
            rows = self._rows(config, path, cache)
            if self.get_option("neutralize_templates"):
                rows = [
                    {name: apart(value) if isinstance(value, str) else value for name, value in row.items()}
                    for row in rows
                ]
            self._populate(rows)
        except ImpCentralError as error:
            raise AnsibleParserError(f"{path}: {failure(error)['msg']}") from error

    def _filled(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return the file's options with templates filled in, and make them the plugin's.

        :raises AnsibleParserError: there is no such option, or a value has the wrong type.
        """
        known = self.option_definitions
        unknown = sorted(str(name) for name in config if name not in known)
        if unknown:
            raise AnsibleParserError(
                f"unknown option{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}: {self.NAME} has "
                f"{', '.join(sorted(known))}."
            )
        self.templar.available_variables = self._vars
        filled = {name: self._value(name, value, known[name].get("type")) for name, value in config.items()}
        try:
            self.set_options(direct=filled, var_options=self._vars)
        except AnsibleError as error:
            raise AnsibleParserError(f"{self.NAME}: {error}") from error
        return filled

    def _value(self, name: str, value: Any, kind: str | None) -> Any:
        if name in _LATER:
            return value
        value = as_data(self.templar.template(value))
        if kind != "bool" or value is None:
            return value
        try:
            return boolean(value)  # Ansible itself takes any other word for no
        except TypeError as error:
            raise AnsibleParserError(f"{self.NAME}: option {name}: {error}") from error

    def _rows(self, config: dict[str, Any], path: str, cache: bool) -> list[Row]:
        if _transport.REQUESTS_IMPORT_ERROR is not None:
            raise InvalidDataError(
                "the Python library requests is missing from the interpreter that runs Ansible: install it there with "
                "'python -m pip install requests'."
            )
        options = connection_options(config)
        owner = options.pop("owner", None)
        client = shared_client(warn=self.display.warning, **options)
        owners = self.get_option("owners") or ([owner] if owner else [])
        named = ("products", "device_groups", "group_types", "unassigned", "online", "exclude", "details")
        selection = Selection(owners, *(self.get_option(name) for name in named))
        key = f"{self.get_cache_key(path)}_{_digest(client, selection)}"
        if cache and self.get_option("cache"):
            try:
                return self._cache[key]
            except KeyError:
                pass
        client.forget()  # `meta: refresh_inventory` asks again because it expects another answer
        rows = fleet(client, selection)
        if self.get_option("cache"):
            self._cache[key] = rows
        return rows

    def _populate(self, rows: list[Row]) -> None:
        groups = Groups(rows, self.get_option("group_by"))
        for name in groups.repeated:
            self.display.warning(f"Several objects would make the group {name}: their ids are appended.")
        hosts = sorted(
            zip(self._names(rows), rows, map(groups.of, rows)), key=lambda host: host[0]
        )  # as plays take them
        before = set(self.inventory.hosts)
        try:
            self._add_groups({group for _name, _row, holding in hosts for group in holding}, groups.parents(rows))
            self._add_hosts(hosts)
        except AnsibleError:
            # An expression failed and the source is strict: no part of the fleet is better than some of it.
            for name in set(self.inventory.hosts) - before:
                self.inventory.remove_host(self.inventory.hosts[name])
            raise

    def _add_groups(self, names: set[str], parents: dict[str, str]) -> None:
        for name in sorted(names.union(parents.values())):
            self.inventory.add_group(name)
        for child, parent in sorted(parents.items()):
            self.inventory.add_child(parent, child)

    def _add_hosts(self, hosts: list[tuple[str, Row, list[str]]]) -> None:
        constructed = any(self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for name, row, holding in hosts:
            self.inventory.add_host(name)
            host = self.inventory.hosts[name]
            # set_variable() checks each name anew, which took half of the time for many hosts.
            host.vars.update(plain({**variables(row), "ansible_host": row["id"], **_CONNECTION}))
            for group in holding:
                self.inventory.add_child(group, name)
            if constructed:
                self._construct(host)

    def _construct(self, host: Any) -> None:
        strict, name, of_host = self.get_option("strict"), host.name, host.get_vars()
        composed = self.get_option("compose")
        self._set_composite_vars(composed, of_host, name, strict=strict)
        for variable in composed.keys() & host.vars.keys():
            host.vars[variable] = plain(host.vars[variable])  # what is made of text of the service is such text
        self._add_host_to_composed_groups(self.get_option("groups"), of_host, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), of_host, name, strict=strict)

    def _names(self, rows: list[Row]) -> list[str]:
        """Return a host name for each row. :raises InvalidDataError: two would be equal, and that is to be an error."""
        wanted = [self._wanted_name(row) for row in rows]
        named = host_names(wanted, [row["id"] for row in rows], self._is_taken)
        repeated = sorted({text for text, one in zip(wanted, named) if one["repeated"]})
        if repeated:
            told = ", ".join(repr(text) for text in repeated)
            if self.get_option("on_duplicate") == "error":
                raise InvalidDataError(
                    f"several devices, or something else in this inventory, would have the host name {told}. Rename "
                    "them, choose other hostnames, or set on_duplicate: suffix."
                )
            self.display.warning(f"Host names that are not unique get the device id appended: {told}.")
        return [one["name"] for one in named]

    def _is_taken(self, name: str, device_id: str) -> bool:
        """Tell whether a host of another source is another device, which must not be merged with this one."""
        host = self.inventory.hosts.get(name)
        return host is not None and host.vars.get("imp_id", device_id) != device_id

    def _wanted_name(self, row: Row) -> str:
        for preference in self.get_option("hostnames"):
            if preference in ("name", "id"):
                name = row[preference]
            elif is_template(preference):
                self.templar.available_variables = {**self._vars, **plain(variables(row))}
                name = self.templar.template(preference)
            else:
                raise InvalidDataError(f"hostnames: {preference!r} is neither name, nor id, nor a template.")
            if name is not None and str(name).strip():
                return str(name)
        return row["id"]


def _digest(client: Client, selection: Selection) -> str:
    """Return what tells the cached rows of one endpoint, credential and selection from others; no secret is in it."""
    credential = client.session.credential
    endpoint = client.session.transport.endpoint
    parts = [endpoint, credential.fingerprint(endpoint) if credential else None, selection]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]
