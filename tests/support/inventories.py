# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory files, read by Ansible's own manager in this process, and by ``ansible-inventory``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display

from .environment import adopt, forget_pauses
from .running import Runner

PLUGIN = "premiervpn.wireguard.wg_users"
NAME = "users.premiervpn.yml"


@dataclass
class Inventory:
    """What was read: the hosts with their variables, the groups, and how that came about."""

    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]
    requests: list[dict[str, Any]]
    output: str
    children: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sent(self) -> list[str]:
        """The requests in short, in an order that does not depend on which came first."""
        return sorted(f"{request['method']} {request['path']}" for request in self.requests)

    @property
    def names(self) -> list[str]:
        """The names of the hosts, sorted."""
        return sorted(self.hosts)

    def values(self, variable: str) -> dict[str, Any]:
        """One variable of each host."""
        return {name: variables.get(variable) for name, variables in self.hosts.items()}


class Inventories:
    """Writes and reads inventory files."""

    def __init__(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run = run
        self.monkeypatch = monkeypatch
        self.cache = run.folder / "cache"
        adopt(run.environment(), run.folder, monkeypatch)

    def forget_pauses(self) -> None:
        """Forget what a 429 told."""
        forget_pauses(self.run.folder, self.monkeypatch)

    @property
    def cached(self) -> dict[str, Any]:
        """Options that cache in files, in a folder of this test's own."""
        return {
            "cache": True,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(self.cache),
            "cache_timeout": 3600,
        }

    def cache_files(self) -> list[Path]:
        """What the cache left behind."""
        return sorted(self.cache.iterdir()) if self.cache.is_dir() else []

    def write(self, name: str = NAME, /, **options: Any) -> Path:
        """Write an inventory file."""
        return self.write_text(yaml.safe_dump({"plugin": PLUGIN, **options}), name)

    def write_text(self, text: str, name: str = NAME) -> Path:
        """Write an inventory file word by word."""
        path = self.run.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def read(
        self,
        path: Path | None = None,
        /,
        *,
        use_cache: bool = True,
        before: tuple[Path, ...] = (),
        **options: Any,
    ) -> Inventory:
        """Read a file, or one with these options, as ansible-playbook would in its own process.

        ``before``: other sources, which are read first.
        """
        path = path or self.write(**options)
        said: list[str] = []

        def warning(_display: Any, msg: str, *_args: Any, **_kwargs: Any) -> None:
            said.append(str(msg))

        def error_as_warning(_display: Any, msg: str, exception: Any, **_kwargs: Any) -> None:
            said.append(f"{msg} {exception}")

        with self.monkeypatch.context() as patch:
            patch.setattr(Display, "warning", warning)
            patch.setattr(Display, "error_as_warning", error_as_warning, raising=False)
            patch.setattr(Display, "deprecated", warning)
            self.run.simulator.clear_requests()
            manager = InventoryManager(DataLoader(), parse=False)
            # What the manager itself does with each of its sources.
            for source in (*before, path):
                manager.parse_source(str(source), cache=use_cache)
            manager.reconcile_inventory()
        groups = manager.groups
        return Inventory(
            {host.name: dict(host.vars) for host in manager.hosts.values()},
            {name: sorted(h.name for h in group.get_hosts()) for name, group in groups.items()},
            self.run.simulator.requests(),
            "\n".join(said),
            {name: sorted(g.name for g in group.child_groups) for name, group in groups.items()},
        )

    def listed(
        self,
        path: Path | None = None,
        /,
        *arguments: str,
        env: dict[str, str | None] | None = None,
        **options: Any,
    ) -> Inventory:
        """What ``ansible-inventory --list`` prints of a file, or of one with these options."""
        path = path or self.write(**options)
        self.run.simulator.clear_requests()
        done = self.run.ansible("inventory", "-i", str(path), "--list", *arguments, env=env)
        found = json.loads(done.stdout) if done.stdout.strip() else {}
        output = " ".join((done.stdout + done.stderr).split())
        hosts = found.pop("_meta", {}).get("hostvars", {})
        return Inventory(
            hosts,
            {name: sorted(group.get("hosts", [])) for name, group in found.items()},
            self.run.simulator.requests(),
            output,
            {name: sorted(group.get("children", [])) for name, group in found.items()},
        )
