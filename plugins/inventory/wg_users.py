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
      - Only these servers, as a list, or as a text with commas between them. Each is an assignment id, or exactly the
        name, hostname or IP address that the portal lists. A template may give one, or a list.
      - If left out or empty, all servers of the account.
    type: raw
  hostname:
    description:
      - The name of a host, as a template over its variables. If left out, the client name.
      - A name that is not free gets C(-SERVER) (the assignment id) appended, with a warning. It is not free if another
        user has it, on this server or another or in another inventory source, if it is the name of a group, or if it is
        a name of this machine, such as C(localhost).
      - Names of hosts and groups are letters, digits, C(.), C(_) and C(-), 255 at most, and do not begin with C(.) or
        C(-). Every other character becomes C(_), with a warning, as Ansible makes paths and patterns of names.
    type: str
  hostvars_prefix:
    description:
      - What the names of the host variables begin with.
      - A prefix that would make a variable of Ansible's, of this collection's connection options or of one of its roles
        and playbooks is refused.
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
    C(premiervpn_server_name) where the portal lists one, and C(premiervpn_other), a dictionary of whatever else it
    gives for a user. The API reference does not name those fields, so none of them names a variable.
  - C(ansible_host) is left out where the portal's C(client_ip) is not an IP address that a device can have.
  - The connection options can be templates, with lookups and extra variables. AWX can give them through a credential
    that sets the environment variables.
  - The cache holds listings only, for this URL, this key and these servers. Filters, groups and names are applied after
    it.
  - A host that another inventory source has already, and that is no user of this plugin's, is named in a warning. It
    keeps what the other source has set for it, its address too, and gets the variables and groups that are missing.
  - If the source fails, the hosts and groups of other sources are as if it had not been there.
  - O(keyed_groups) takes numbers and booleans as it takes text. With the key C(premiervpn_online), the names of the
    groups end in C(True) and C(False).
  - Only text of letters, digits, blanks and C(.:@/+-_) is plain. Any other could be taken for a template or an
    expression. It is never rendered, and C(ansible-inventory) shows it as C({"__ansible_unsafe":).
  - O(keyed_groups) and O(groups) never make a group C(all), C(ungrouped) or C(localhost).
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
  # Groups such as s_5.
  - key: premiervpn_server
    prefix: s
compose:
  ansible_user: "'admin'"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/premiervpn
cache_timeout: 300
"""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.plugins.loader import cache_loader

from ..module_utils._api.settings import ApiSettings
from ..module_utils._errors import WireguardError
from ..module_utils._text import show
from ..plugin_utils._draft import Draft, HostName
from ..plugin_utils._host_names import reserved, unique_names
from ..plugin_utils._host_vars import variable, variables, why_refused
from ..plugin_utils._listings import is_listing, listings
from ..plugin_utils._plugin import blank_means_unset, portal_of, settings_of, warn_of_pacing
from ..plugin_utils._unsafe import (
    harmless_name,
    never_template,
    own_template,
    shown_plainly,
)

ENDINGS = ("premiervpn.yml", "premiervpn.yaml")

Host = dict[str, Any]

_NOTHING = object()


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """One source: read (or take from the cache), filter, name, draft, and only then add."""

    NAME = "premiervpn.wireguard.wg_users"

    inventory: Any  # of Ansible's, or, while it is made, the draft

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
        with blank_means_unset():
            given = self._read_config_data(path)
        if refused := why_refused(self.get_option("hostvars_prefix")):
            raise AnsibleParserError(f"{path}: {refused}")
        unknown = sorted(map(str, given.keys() - self._options.keys()))
        if unknown:
            # A `filter` that was to be `filters` makes hosts of users that nobody wanted.
            self.display.warning(f"{path}: unknown options, ignored: {', '.join(unknown)}")
        try:
            found = self._listings(given, cache)
        except WireguardError as exc:
            # From None, here and below: Ansible prints the causes too, which are not made printable.
            raise AnsibleParserError(f"{path}: no host was added: {exc}") from None
        self._populate(found)

    def _listings(self, given: dict[str, Any], cache: bool) -> dict[str, Any]:
        """Servers, users and port forwards: from the cache, or whole from the portal."""
        settings = settings_of(self, self._render, given, self._vars)
        servers = _names_in(self._render(self.get_option("servers")))
        forwards = self.get_option("include_port_forwards")
        key = _cache_key(settings, servers, forwards)
        if cache and self.get_option("cache") and (kept := self._kept(key)) is not _NOTHING:
            if is_listing(kept):
                return dict(kept)
            self.display.warning(
                "the cache holds what this plugin did not put there; it counts as empty"
            )
        portal = portal_of(settings, "the inventory")
        found = listings(portal, servers, forwards)
        warn_of_pacing(portal)
        if self.get_option("cache"):
            self._cache[key] = found
        return found

    def _kept(self, key: str) -> Any:
        """What the cache holds, whatever it is; ``_NOTHING`` where there is nothing, or it is too old."""
        try:
            return self._out_of_cache(key)
        except Exception as exc:  # noqa: BLE001  # a cache plugin raises what it likes
            return exc

    def _out_of_cache(self, key: str) -> Any:
        try:
            return self._cache[key]
        except KeyError:
            pass
        # From 2.19 on, a plugin that says it needs no help with serializing is never asked by that:
        # community.general.pickle keeps everything, and nothing would come back.
        options = {
            "_uri": "cache_connection",
            "_timeout": "cache_timeout",
            "_prefix": "cache_prefix",
        }
        given = {name: self.get_option(option) for name, option in options.items()}
        plugin = cache_loader.get(
            self.get_option("cache_plugin"),
            **{name: value for name, value in given.items() if value is not None},
        )
        try:
            return plugin.get(key) if plugin.contains(key) else _NOTHING
        except KeyError:
            return _NOTHING

    def _render(self, value: Any) -> Any:
        """An option, its templates rendered: with lookups, and with the extra variables."""
        self.templar.available_variables = self._vars
        return self.templar.template(value)

    def _populate(self, found: dict[str, Any]) -> None:
        prefix = self.get_option("hostvars_prefix")
        hosts = [host for host in self._hosts(found, prefix) if self._is_wanted(host)]
        groups = {"premiervpn", "premiervpn_online", "premiervpn_offline", *self.inventory.groups}
        groups |= {_server_group(server["assignment_id"]) for server in found["servers"]}
        while True:
            names = self._names(hosts, prefix, groups)
            draft = self._drafted(found, dict(zip(names, hosts, strict=True)), prefix)
            if draft.groups.keys().isdisjoint(names):
                break
            groups |= draft.groups.keys()  # some are made of the hosts, and called like one of them
        foreign = {name for name in names if self._is_foreign(name)}
        for name in sorted(foreign):
            self.display.warning(
                f"another inventory source has a host {show(name, 80)!r} already: it keeps what that"
                f" has set, and gets what is missing from the user of {self.NAME}"
            )
        draft.apply(self.inventory, foreign)

    def _hosts(self, found: dict[str, Any], prefix: str) -> Iterator[Host]:
        """The variables of every user."""
        names = {server["assignment_id"]: server.get("name") for server in found["servers"]}
        for user in found["users"]:
            yield never_template(variables(user, names.get(user["server"]), prefix))

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
        except Exception as exc:  # noqa: BLE001 - a user's expression may raise anything
            message = f"the filter {expression!r} can't be evaluated: {show(exc)}"
            if self.get_option("strict"):
                raise AnsibleParserError(message) from None
            self.display.warning(message)
            return False

    def _names(self, hosts: list[Host], prefix: str, groups: set[str]) -> list[HostName]:
        """A name for every host, each of them once."""

        def taken(name: str, host: Host) -> str:
            if self._is_another_user(name, host, prefix):
                return f"another inventory source has another user as the host {show(name, 80)!r}"
            return reserved(name, groups)

        suffixes = (variable(f"{prefix}server"), variable(f"{prefix}id"))
        names = [self._name(host, prefix) for host in hosts]
        return list(
            map(HostName, unique_names(names, hosts, suffixes, taken, self.display.warning))
        )

    def _name(self, host: Host, prefix: str) -> str:
        template = self.get_option("hostname")
        if not template:
            name = str(host[variable(f"{prefix}client_name")])
        else:
            self.templar.available_variables = {**self._vars, **host}
            try:
                name = str(self.templar.template(template)).strip()
            except AnsibleError as exc:
                raise AnsibleParserError(
                    f"the hostname template can't be rendered: {show(exc)}"
                ) from None
            if not name:
                raise AnsibleParserError(f"the hostname template {template!r} gives an empty name")
        harmless = harmless_name(name)
        if harmless != name:
            self.display.warning(
                f"the host name {show(name, 80)!r} is not of letters, digits, '.', '_' and '-', or too"
                f" long; it becomes {harmless[:80]!r}"
            )
        return harmless

    def _is_another_user(self, name: str, host: Host, prefix: str) -> bool:
        """Whether a host is there that was made of another user."""
        there = self.inventory.hosts.get(name)
        if there is None or self._is_foreign(name):
            return False
        who = [variable(prefix + key) for key in ("id", "server", "client_name", "client_ip")]
        return any(there.vars.get(key) != host.get(key) for key in who)

    def _is_foreign(self, name: str) -> bool:
        """Whether a host is there that is no user of this plugin's."""
        there = self.inventory.hosts.get(name)
        return there is not None and "premiervpn" not in {g.name for g in there.get_groups()}

    def _drafted(self, found: dict[str, Any], hosts: dict[HostName, Host], prefix: str) -> Draft:
        """The hosts and groups to add. Nothing is added here."""
        draft = Draft(self.display.warning)
        draft.add_group("premiervpn")
        servers = [_server_group(server["assignment_id"]) for server in found["servers"]]
        for group in (*servers, "premiervpn_online", "premiervpn_offline"):
            draft.add_group(group)
            draft.add_child("premiervpn", group)
        inventory, self.inventory = self.inventory, draft
        try:
            for name, host in hosts.items():
                self._draft_host(draft, name, host, prefix)
        except AnsibleError as exc:
            raise AnsibleParserError(f"no host was added: {show(exc)}") from None
        finally:
            self.inventory = inventory
        return draft

    def _draft_host(self, draft: Draft, name: HostName, host: Host, prefix: str) -> None:
        online = host[variable(f"{prefix}online")]
        draft.add_host(name, group=_server_group(host[variable(f"{prefix}server")]))
        if online is not None:
            draft.add_host(name, group=f"premiervpn_{'online' if online else 'offline'}")
        for key, value in host.items():
            draft.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), host, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), host, name, strict=strict)
        keyed = [self._with_text_as_key(entry, host) for entry in self.get_option("keyed_groups")]
        self._add_host_to_keyed_groups(keyed, host, name, strict=strict)
        for key, value in draft.hosts[name].vars.items():
            draft.set_variable(name, key, shown_plainly(value))

    def _with_text_as_key(self, entry: Any, host: Host) -> Any:
        """An entry of keyed_groups, which takes text and lists alone, and of lists any items."""
        try:
            key = self._compose(entry["key"], host)
        except Exception:  # noqa: BLE001 - an expression may raise anything
            return entry  # it will be evaluated again, and what is wrong is reported then
        if isinstance(key, (bool, int, float)):
            return {**entry, "key": own_template(f"[{entry['key']}]")}
        if key is None and "default_value" in entry:
            return {**entry, "key": own_template("''")}  # before 2.19, only an empty text has it
        return entry


def _names_us(path: str) -> bool:
    """Whether a YAML file says that it is for this plugin, whatever its own name is."""
    # What is read of a pipe is gone for the plugin that it is for.
    if not path.endswith((".yml", ".yaml")) or not os.path.isfile(path):
        return False
    try:
        with open(path, encoding="utf-8") as file:
            return InventoryModule.NAME in file.read(4096)
    except (OSError, ValueError):
        return False


def _names_in(servers: Any) -> list[str]:
    """The servers that an option names: one, a list, or a text with commas."""
    if isinstance(servers, (list, tuple)):
        return [name for server in servers for name in _names_in(server)]
    names = "" if servers is None else str(servers)
    return [name.strip() for name in names.split(",") if name.strip()]


def _cache_key(settings: ApiSettings, servers: list[str], forwards: bool) -> str:
    """What the listings depend on, as a digest: cache plugins make file names of their keys."""
    facts = [settings.api_url, settings.api_key, sorted(servers), forwards]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return f"{InventoryModule.NAME}_{digest[:32]}"


def _server_group(server: Any) -> str:
    return f"premiervpn_server_{server}"
