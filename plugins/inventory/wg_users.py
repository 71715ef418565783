# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_users
short_description: The users of WireGuard servers as hosts
version_added: 1.0.0
description:
  - Makes every user of the account's dedicated WireGuard servers a host, with its internal IP address as
    C(ansible_host).
  - The source is a YAML file whose name ends in C(premiervpn.yml) or C(premiervpn.yaml).
  - Host variables never hold keys or configurations. What comes from the API is never rendered as a template.
  - An API error fails the source. There is no half inventory.
  - Takes one request for the servers and one for each of them, and with O(include_port_forwards=true) one for each
    user. With a warm cache, none.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection.plugins
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - Tells Ansible that the file is for this plugin.
    type: str
    required: true
    choices: [premiervpn.wireguard.wg_users]
  servers:
    description:
      - Only these servers. Each is an assignment id, or exactly the name, hostname or IP address that the portal lists.
      - If left out, all servers of the account.
    type: list
    elements: str
  hostname:
    description:
      - The name of a host, as a template over its variables. If left out, the client name.
      - Names that collide across servers get C(-SERVER) (the assignment id) appended, with a warning.
    type: str
  hostvars_prefix:
    description:
      - What the names of the host variables begin with.
    type: str
    default: premiervpn_
  include_port_forwards:
    description:
      - Give each host a variable C(premiervpn_port_forwards) with the list of its port forwards.
    type: bool
    default: false
  filters:
    description:
      - Jinja expressions over a host's variables, their prefix included. A host is taken only if all are true.
      - True is what it is to Jinja's C(if), so C(premiervpn_port_forwards) is true for a host that has some.
    type: list
    elements: str
    default: []
  exclude_filters:
    description:
      - Jinja expressions over a host's variables, their prefix included. A host is left out if any is true.
    type: list
    elements: str
    default: []
notes:
  - The groups are C(premiervpn), C(premiervpn_server_ID) for each server, C(premiervpn_online) and
    C(premiervpn_offline).
  - The host variables are C(premiervpn_id), C(premiervpn_client_name), C(premiervpn_client_ip), C(premiervpn_online),
    C(premiervpn_last_seen), C(premiervpn_rx_bytes), C(premiervpn_tx_bytes), C(premiervpn_server) (the assignment id),
    C(premiervpn_server_name) where the portal lists one, and whatever else it gives for a user.
  - A field that would become a variable by which Ansible or this collection is told how to connect (C(ansible_...),
    C(premiervpn_api_url) and the like) is left out.
  - The connection options can be templates, with lookups and extra variables. AWX can give them through a credential
    that sets the environment variables.
  - The cache holds listings only, for this URL, this key and these servers. Filters, groups and names are applied after
    it.
  - With O(strict=false), a filter that cannot be evaluated for a host is not true for it, and a warning is shown.
seealso:
  - module: premiervpn.wireguard.wg_user_info
"""

EXAMPLES = r"""
# users.premiervpn.yml. The first line is enough where the environment holds PREMIERVPN_API_KEY. The rest of
# this example takes only who is online on two servers, and groups them by the first word of their names.
plugin: premiervpn.wireguard.wg_users
api_key: "{{ lookup('ansible.builtin.file', '~/.premiervpn-key') }}"
servers: [5, ams1]
filters:
  - premiervpn_online
exclude_filters:
  - premiervpn_client_name is match('test-')
keyed_groups:
  - key: premiervpn_client_name.split('-') | first
    prefix: kind
compose:
  ansible_user: "'admin'"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/premiervpn
cache_timeout: 300
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._api.settings import OPTIONS, ApiSettings
from ..module_utils._errors import WireguardError
from ..module_utils._text import show
from ..plugin_utils._listings import (
    listings,
)
from ..plugin_utils._plugin import (
    portal_of,
    settings_of,
)
from ..plugin_utils._unsafe import never_template

ENDINGS = ("premiervpn.yml", "premiervpn.yaml")

# Variables that tell Ansible, or the collection's lookup, how to connect to something. No field of
# the API becomes one, however it is called.
_STEERS = re.compile(rf"ansible_|premiervpn_({'|'.join(OPTIONS)})\Z")

Host = dict[str, Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """One source: read (or take from the cache), filter, name, add."""

    NAME = "premiervpn.wireguard.wg_users"

    def verify_file(self, path: str) -> bool:
        """Take a file that is named for this plugin, and one that names it: ``parse`` says more."""
        return bool(super().verify_file(path)) and (path.endswith(ENDINGS) or _names_us(path))

    def parse(
        self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True
    ) -> None:
        super().parse(inventory, loader, path, cache)
        if not path.endswith(ENDINGS):
            raise AnsibleParserError(
                f"{path}: the name of an inventory file for {self.NAME} has to end in"
                f" {' or '.join(ENDINGS)}"
            )
        unknown = sorted(map(str, self._read_config_data(path).keys() - self._options.keys()))
        if unknown:
            # A `filter` that was to be `filters` makes hosts of users that nobody wanted.
            self.display.warning(f"{path}: unknown options, ignored: {', '.join(unknown)}")
        try:
            found = self._listings(cache)
        except WireguardError as exc:
            raise AnsibleParserError(f"{path}: no host was added: {exc}") from exc
        there = set(self.inventory.hosts)
        try:
            self._populate(found)
        except Exception:
            # An expression that fails in strict mode, say. No half inventory.
            for name in set(self.inventory.hosts) - there:
                self.inventory.remove_host(self.inventory.hosts[name])
            raise

    def _listings(self, cache: bool) -> dict[str, Any]:
        """Servers, users and port forwards: from the cache, or whole from the portal."""
        settings = settings_of(self, self._render)
        servers = [str(self._render(server)) for server in self.get_option("servers") or []]
        forwards = self.get_option("include_port_forwards")
        if not self.get_option("cache"):
            return listings(portal_of(settings, "the inventory"), servers, forwards)
        key = _cache_key(settings, servers, forwards)
        if cache:
            try:
                return self._cache[key]
            except KeyError:
                pass  # nothing there, or too old
        found = listings(portal_of(settings, "the inventory"), servers, forwards)
        self._cache[key] = found
        return found

    def _render(self, value: Any) -> Any:
        """An option, its templates rendered: with lookups, and with the extra variables."""
        self.templar.available_variables = self._vars
        return self.templar.template(value)

    def _populate(self, found: dict[str, Any]) -> None:
        prefix = self.get_option("hostvars_prefix")
        hosts = [host for host in self._hosts(found, prefix) if self._is_wanted(host)]
        group = self.inventory.add_group("premiervpn")
        for server in found["servers"]:
            self.inventory.add_child(
                group, self.inventory.add_group(_server_group(server["assignment_id"]))
            )
        for state in ("online", "offline"):
            self.inventory.add_child(group, self.inventory.add_group(f"premiervpn_{state}"))
        for name, host in zip(self._names(hosts, prefix), hosts, strict=True):
            self._add(name, host, prefix)

    def _hosts(self, found: dict[str, Any], prefix: str) -> Iterator[Host]:
        """The variables of every user."""
        names = {server["assignment_id"]: server.get("name") for server in found["servers"]}
        for user in found["users"]:
            values = {key: value for key, value in user.items() if key != "port_forwards"}
            if names.get(user["server"]):
                values["server_name"] = names[user["server"]]
            if "port_forwards" in user:
                values["port_forwards"] = user["port_forwards"]
            host = {_variable(prefix + key): value for key, value in values.items()}
            if not prefix.startswith("ansible_"):
                host = {name: value for name, value in host.items() if not _STEERS.match(name)}
            if user["client_ip"]:
                host["ansible_host"] = user["client_ip"]
            yield never_template(host)

    def _is_wanted(self, host: Host) -> bool:
        return all(self._is_true(x, host) for x in self.get_option("filters")) and not any(
            self._is_true(x, host) for x in self.get_option("exclude_filters")
        )

    def _is_true(self, expression: str, host: Host) -> bool:
        try:
            # As an `if` takes it: a list with something in it is true, and any text but "".
            if hasattr(self.templar, "evaluate_expression"):
                return bool(self._compose(expression, host))
            # Before 2.19 numbers come as text, and "0" is true.
            return bool(self._compose(f"true if ({expression}) else false", host))
        except Exception as exc:
            message = f"the filter {expression!r} can't be evaluated: {exc}"
            if self.get_option("strict"):
                raise AnsibleParserError(message) from exc
            self.display.warning(message)
            return False

    def _names(self, hosts: list[Host], prefix: str) -> list[str]:
        """A name for every host, each of them once."""
        names = [self._name(host, prefix) for host in hosts]
        names = self._told_apart(names, hosts, _variable(f"{prefix}server"))
        # A template can give one name twice on one server, and a name can look like a suffixed one:
        # even like one with an id. Two users must never become one host.
        while len(set(names)) < len(names):
            names = self._told_apart(names, hosts, _variable(f"{prefix}id"))
        return list(never_template(names))

    def _told_apart(self, names: list[str], hosts: list[Host], variable: str) -> list[str]:
        """The names, with a variable's value appended to each that more than one host has."""
        counts = Counter(names)
        for name in sorted(name for name, count in counts.items() if count > 1):
            self.display.warning(
                f"{counts[name]} users would be the host {show(name, 80)!r}; the value of {variable} is"
                " appended to their names"
            )
        return [
            f"{name}-{host[variable]}" if counts[name] > 1 else name
            for name, host in zip(names, hosts, strict=True)
        ]

    def _name(self, host: Host, prefix: str) -> str:
        template = self.get_option("hostname")
        if not template:
            return str(host[_variable(f"{prefix}client_name")])
        self.templar.available_variables = {**self._vars, **host}
        try:
            name = str(self.templar.template(template)).strip()
        except AnsibleError as exc:
            raise AnsibleParserError(f"the hostname template can't be rendered: {exc}") from exc
        if not name:
            raise AnsibleParserError(f"the hostname template {template!r} gives an empty name")
        return name

    def _add(self, name: str, host: Host, prefix: str) -> None:
        online = host[_variable(f"{prefix}online")]
        self.inventory.add_host(name, group=_server_group(host[_variable(f"{prefix}server")]))
        if online is not None:
            self.inventory.add_host(name, group=f"premiervpn_{'online' if online else 'offline'}")
        for variable, value in host.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), host, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), host, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), host, name, strict=strict)


def _names_us(path: str) -> bool:
    """Whether a YAML file says that it is for this plugin, whatever its own name is."""
    try:
        with open(path, encoding="utf-8") as file:
            head = file.read(4096)
    except (OSError, ValueError):
        return False
    return path.endswith((".yml", ".yaml")) and InventoryModule.NAME in head


def _cache_key(settings: ApiSettings, servers: list[str], forwards: bool) -> str:
    """What the listings depend on, as a digest: cache plugins make file names of their keys."""
    facts = [settings.api_url, settings.api_key, sorted(servers), forwards]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return f"{InventoryModule.NAME}_{digest[:32]}"


def _server_group(server: Any) -> str:
    return f"premiervpn_server_{server}"


def _variable(name: str) -> str:
    """A name that a variable can have."""
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name)
