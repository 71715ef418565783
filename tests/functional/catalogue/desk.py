# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a row of the catalogue, and tells what was said and what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

from tests.support.inventories import Inventories
from tests.support.modules import Modules

# What else is given, so that nothing but the row's own part is wrong. A row's None leaves one out.
BASE: dict[str, dict[str, Any]] = {
    "wg_user": {"server": "5", "name": "phone"},
    "wg_port_forward": {
        "server": "5",
        "user": "web",
        "external_port": 443,
        "internal_port": 443,
    },
    "wg_server": {"server": "5", "users": [{"name": "web"}]},
    "wg_servers": {"servers": [{"server": 5, "users": [{"name": "web"}]}]},
    "wg_rotate_keys": {"server": "5", "users": ["web"]},
    "wg_offboard": {"users": ["web"]},
    "wg_adopt": {"path": "{tmp}/new.yml"},
    "wg_server_info": {},
    "wg_status_info": {"server": "5"},
    "wg_user_info": {"server": "5"},
    "wg_port_forward_info": {"server": "5"},
    "inventory": {},
    "lookup": {"server": 5, "terms": ["web"]},
}


class Said(NamedTuple):
    """What was said, in one line with its paths replaced, and the requests that were made."""

    message: str
    output: str
    sent: list[str]


class Desk:
    """Where rows are run. ``{tmp}`` in what is given stands for the folder of the test."""

    def __init__(self, module: Modules, inventories: Inventories) -> None:
        self.module = module
        self.inventories = inventories
        self.folder = str(module.folder)

    def __call__(self, where: str, given: Mapping[str, Any]) -> Said:
        options = self._filled({**BASE[where], **given})
        options = {name: value for name, value in options.items() if value is not None}
        run = {"inventory": self._inventory, "lookup": self._lookup}.get(where)
        message, output = run(options) if run else self._module(where, options)
        sent = [f"{x['method']} {x['path']}" for x in self.module.simulator.requests()]
        line = " ".join(message.replace(self.folder, "{tmp}").split())
        return Said(line, output, sent)

    def _module(self, where: str, options: dict[str, Any]) -> tuple[str, str]:
        done = self.module(where, **options)
        if not done.last.failed:
            raise AssertionError(f"{where} accepted {options}")
        return done.last.msg, done.output

    def _inventory(self, options: dict[str, Any]) -> tuple[str, str]:
        found = self.inventories.read(**options)
        if found.hosts:
            raise AssertionError(f"the inventory accepted {options}")
        return found.output, found.output

    def _lookup(self, options: dict[str, Any]) -> tuple[str, str]:
        loader = DataLoader()
        plugin = lookup_loader.get(
            "premiervpn.wireguard.wg_user", loader=loader, templar=Templar(loader, variables={})
        )
        self.module.simulator.clear_requests()
        try:
            plugin.run(options.pop("terms"), variables={}, **options)
        except AnsibleError as exc:
            return str(exc), str(exc)
        raise AssertionError(f"the lookup accepted {options}")

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{tmp}", self.folder)
        if isinstance(value, dict):
            return {name: self._filled(inner) for name, inner in value.items()}
        return [self._filled(inner) for inner in value] if isinstance(value, list) else value
