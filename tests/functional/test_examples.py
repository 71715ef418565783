# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the guides, of the README and of the plugins' documentation does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simulator.process import Simulator
from tests.support import examples
from tests.support.running import Runner
from tests.support.world import fill, rule, secrets

pytestmark = [pytest.mark.once, pytest.mark.spread]

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(
    path
    for folder in ("modules", "inventory", "lookup", "filter")
    for path in (ROOT / "plugins" / folder).glob("[!_]*.py")
)
PAGES = [
    *(ROOT / "docs" / "docsite" / "rst").glob("*.rst"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
]
# Users that an example speaks of, besides those whom all may use.
ANNA_AND_BEN = ["anna-phone", "ben-phone"]
MORE = {
    "guide_pages": ANNA_AND_BEN,
    "README": ANNA_AND_BEN,
    "wg_port_forward": ["dns"],
    "wg_handout": ANNA_AND_BEN,
    "wg_rotate_keys": ANNA_AND_BEN,
}

# Why the examples of a plugin are not run here.
NETWORK = "it changes the network of a host, as root; make tunnel runs it"
NOT_RUN = {
    "wg_tunnel": NETWORK,
    "wg_tunnel_info": NETWORK,
}


def identify(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prepare(page: examples.Page, simulator: Simulator, name: str) -> None:
    """What most examples take for granted: three users, one of them with a port, and its file."""
    users = {"web-server": [rule("2222/tcp -> 22", "SSH")], "phone": [], "laptop": []}
    fill(simulator, {**users, **{user: [] for user in MORE.get(name, [])}})
    declared = {"wg_servers_declared": examples.VARIABLES["wg_servers_declared"]}
    (page.folder / "servers.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    (page.folder / "phone.conf").write_text(secrets(simulator, "phone")["config"], encoding="utf-8")


@pytest.mark.parametrize("path", PLUGINS, ids=identify)
def test_examples_of_plugins(run: Runner, simulator: Simulator, path: Path) -> None:
    if path.stem in NOT_RUN:
        pytest.skip(NOT_RUN[path.stem])
    page = examples.Page(run)
    prepare(page, simulator, path.stem)
    assert page.all(examples.of_plugin(path)) == 1


@pytest.mark.parametrize("path", sorted(PAGES), ids=identify)
def test_examples_of_pages(run: Runner, simulator: Simulator, path: Path) -> None:
    page = examples.Page(run)
    prepare(page, simulator, path.stem)
    page.all(examples.of_page(path))


@pytest.mark.parametrize("path", sorted(PAGES), ids=identify)
def test_no_block_of_a_page_is_overlooked(path: Path) -> None:
    """The patterns that find blocks find all of them."""
    text = path.read_text(encoding="utf-8")
    marks = text.count(".. code-block::") if path.suffix == ".rst" else text.count("\n```") / 2
    assert len(examples.of_page(path)) == marks


def test_a_wrong_example_is_noticed(run: Runner, simulator: Simulator) -> None:
    page = examples.Page(run)
    prepare(page, simulator, "")
    wrong = "- premiervpn.wireguard.wg_user:\n    server: 5\n    name: not a name\n"
    with pytest.raises(AssertionError, match="not a name"):
        page.all([examples.Example("yaml", wrong)])
