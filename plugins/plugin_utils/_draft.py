# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a source will add to the inventory, computed whole before the inventory is touched.

A draft takes the calls that Ansible's ``Constructable`` makes on an inventory. Whatever fails while it is
made has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData

from ..module_utils._text import show
from ._host_names import GENERAL_GROUPS
from ._unsafe import harmless_name


def _no_group(name: str) -> str:
    """Why no group may have this name, or nothing."""
    if name in constants.LOCALHOST:
        return "that is this machine"
    return "it belongs to Ansible" if name in GENERAL_GROUPS else ""


class HostName(str):
    """The name of a host, which is never taken for that of a group."""

    __slots__ = ()


class DraftHost:
    """A host to be: its variables, and the groups that it is in."""

    def __init__(self, name: str) -> None:
        self.vars: dict[str, Any] = {}
        self.groups: list[str] = []
        short, _dot, _rest = name.partition(".")
        self._given = {"inventory_hostname": name, "inventory_hostname_short": short}

    def get_vars(self) -> dict[str, Any]:
        """What an expression over the host sees."""
        return {**self.vars, **self._given}


class Draft:
    """Hosts and groups to be."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self.hosts: dict[HostName, DraftHost] = {}
        self.groups: dict[str, list[str]] = {}
        """The names of each group's child groups."""

    def add_group(self, name: str) -> str:
        """Add a group, under a name that can be one. None is made that means something to Ansible."""
        harmless = harmless_name(name)
        if harmless != name:
            self._warn(f"the group name {show(name, 80)!r} becomes {show(harmless, 80)!r}")
        if why := _no_group(harmless):
            self._warn(f"no group {harmless!r} is made: {why}")
        else:
            self.groups.setdefault(harmless, [])
        return harmless

    def add_host(self, host: HostName, group: str | None = None) -> None:
        drafted = self.hosts.setdefault(host, DraftHost(str(host)))
        group = harmless_name(group or "")
        if group in self.groups and group not in drafted.groups:
            drafted.groups.append(group)

    def add_child(self, group: str, child: str) -> None:
        group = harmless_name(group)
        if isinstance(child, HostName):
            self.add_host(child, group)
            return
        child = harmless_name(child)
        if {group, child} <= self.groups.keys() and child not in self.groups[group]:
            self.groups[group].append(child)

    def set_variable(self, host: HostName, name: str, value: Any) -> None:
        self.hosts[host].vars[name] = value

    def get_host(self, host: HostName) -> DraftHost:
        return self.hosts[host]

    def apply(self, inventory: InventoryData, foreign: Collection[str]) -> None:
        """Add everything. What another source has set for a ``foreign`` host stays as it is.

        Raises, before anything is added, where a group would be in itself.
        """
        self._refuse_circles(inventory)
        for group in self.groups:
            inventory.add_group(group)
        for group, children in self.groups.items():
            for child in children:
                inventory.add_child(group, child)
        for name, drafted in self.hosts.items():
            kept = set(inventory.hosts[str(name)].vars) if name in foreign else set()
            inventory.add_host(str(name))
            for group in drafted.groups:
                inventory.add_host(str(name), group=group)
            for variable, value in drafted.vars.items():
                if variable not in kept:
                    inventory.set_variable(str(name), variable, value)

    def _refuse_circles(self, inventory: InventoryData) -> None:
        below = {
            name: [child.name for child in group.child_groups]
            for name, group in inventory.groups.items()
        }
        for name, children in self.groups.items():
            below[name] = [*below.get(name, []), *children]
        for name in self.groups:
            waiting, seen = list(below[name]), set()
            while waiting:
                child = waiting.pop()
                if child == name:
                    raise AnsibleParserError(f"the group {show(name, 80)!r} would be in itself")
                if child not in seen:
                    seen.add(child)
                    waiting += below.get(child, [])
