# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to start a module: wg_user with nothing to do, and ansible.builtin.ping.

The very files that Ansible makes and sends, run by themselves. Nothing in them is compiled yet, each
start compiles it anew; what the modules import from Python itself and from site-packages is compiled.
Then wg_user from the files that are installed, as its action runs it where that is possible.
Then what Python says of each import of wg_user (-X importtime, which makes all of them slower): how
much is whose, and the ten most expensive files. Each without what it imports in turn, and the least of
several times, as whatever else ran on the machine can only have added to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench import payload, table
from tests.bench.measuring import middle
from tests.bench.place import Place, place
from tests.bench.table import Row

PLAYBOOK = "modules.yml"
LINE = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")
OURS = "ansible_collections.premiervpn.wireguard."
OWNERS = {
    "ansible_collections": "this collection",
    "ansible": "ansible.module_utils",
    **dict.fromkeys(
        ("requests", "urllib3", "charset_normalizer", "chardet", "idna", "certifi", "brotli"),
        "requests, and the libraries that it needs",
    ),
}
PYTHON = "Python's own library"
MOST = 10


def measure(quick: bool) -> Iterator[Row]:
    many = 3 if quick else 15
    with place(rate_limit=0) as here:
        files = {module: payload.payload(here, PLAYBOOK, module) for module in ("wg_user", "ping")}
        for module, file in files.items():
            payload.run(here, file)
            here.simulator.clear_requests()
            run = middle(many, partial(payload.run, here, file))
            requests = len(here.simulator.requests()) // many
            size = f"a file of {file.stat().st_size / 1024:.0f} KiB"
            yield table.row_of(f"{module}, {size}", run, requests)
        imports = _imports(here, files["wg_user"], many)

    shares: dict[str, list[float]] = defaultdict(list)
    for name, took in imports.items():
        shares[OWNERS.get(name.partition(".")[0], PYTHON)].append(took)
    for owner, each in sorted(shares.items(), key=lambda share: -sum(share[1])):
        yield Row(f"imports of wg_user: {owner}, {len(each)} files", table.milliseconds(sum(each)))
    for name in sorted(imports, key=lambda name: -imports[name])[:MOST]:
        yield Row(f"import of {name.replace(OURS, '... ')}", table.milliseconds(imports[name]))


def _imports(here: Place, file: Path, many: int) -> dict[str, float]:
    """The seconds of each import of a module, without what it imports; the least of several runs."""
    took: dict[str, list[float]] = defaultdict(list)
    for _turn in range(many):
        done = payload.run(here, file, "-X", "importtime")
        for microseconds, name in LINE.findall(done.errors):
            took[name].append(int(microseconds) / 1e6)
    return {name: min(times) for name, times in took.items()}
