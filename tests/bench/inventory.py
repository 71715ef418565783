# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: ansible-inventory --list of 10 servers with 250 users each.

Read from the portal (which answers at once), then from a warm cache, next to a static YAML file with
the same hosts, groups and variables, which Ansible reads itself. Printing them is part of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.bench import table
from tests.bench.measuring import BenchError, Command, middle
from tests.bench.place import UNLIMITED, Place, place
from tests.bench.seeds import seed
from tests.bench.table import Row

SERVERS, USERS = 10, 250
HOSTS = SERVERS * USERS


def measure(quick: bool) -> Iterator[Row]:
    many = 1 if quick else 3
    with place(rate_limit=0, seed=seed(SERVERS, USERS)) as here:
        plain = _source(here, "plain.premiervpn.yml", {})
        cached = _source(
            here,
            "cached.premiervpn.yml",
            {
                "cache": True,
                "cache_plugin": "ansible.builtin.jsonfile",
                "cache_connection": str(here.folder / "cache"),
            },
        )
        yield _row(here, "wg_users, from the portal", plain, many)
        listed = json.loads(_list(here, cached).output)  # warms the cache
        yield _row(here, "wg_users, from a warm cache", cached, many)
        static = here.folder / "static.yml"
        static.write_text(yaml.dump(_static(listed), Dumper=_dumper()))
        yield _row(here, "the same as a static YAML file", static, many)


def _source(here: Place, name: str, options: dict[str, Any]) -> Path:
    file = here.folder / name
    file.write_text(json.dumps({"plugin": "premiervpn.wireguard.wg_users", **options}))
    return file


def _row(here: Place, what: str, source: Path, many: int) -> Row:
    here.simulator.clear_requests()
    done = middle(many, lambda: _list(here, source))
    requests = len(here.simulator.requests()) // many
    return table.row_of(f"{HOSTS} hosts, {what}", done, requests)


def _list(here: Place, source: Path) -> Command:
    done = here.ansible("inventory", "-i", str(source), "--list", env=UNLIMITED)
    hosts = len(json.loads(done.output)["_meta"]["hostvars"])
    if hosts != HOSTS:
        raise BenchError(f"{source.name} gave {hosts} hosts:\n{done.errors}")
    return done


def _static(listed: dict[str, Any]) -> dict[str, Any]:
    """What ``ansible-inventory --list`` printed, as a static inventory."""
    groups = {name: group for name, group in listed.items() if name not in ("_meta", "all")}
    return {
        "all": {
            "hosts": listed["_meta"]["hostvars"],
            "children": {
                name: {kind: dict.fromkeys(members) for kind, members in group.items()}
                for name, group in groups.items()
            },
        }
    }


def _dumper() -> Any:
    """The quick one, where libyaml is there."""
    return getattr(yaml, "CSafeDumper", yaml.SafeDumper)
