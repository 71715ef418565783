# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of wrong input, all of it given to the real code. See catalogue/rows.py."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.lookup import wg_user
from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.modules import Modules
from tests.support.world import fill, rule, rule_ids

from .catalogue.desk import Desk
from .catalogue.page import PATH, given, page
from .catalogue.rows import ROWS, Row

pytestmark = pytest.mark.once


@pytest.fixture
def desk(
    module: Modules,
    inventories: Inventories,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    monkeypatch.setattr(wg_user, "_LISTINGS", {})
    fill(simulator, {"web": [rule("80/tcp -> 80")]})
    (module.folder / "text.pem").write_text("this is no certificate")
    return Desk(module, inventories)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.where}: {given(row.given)}"[:80] for row in ROWS])
def test_what_is_said(desk: Desk, simulator: Simulator, row: Row) -> None:
    before = (simulator.state()["users"], rule_ids(simulator))
    said = desk(row.where, row.given)
    assert row.said in said.message
    assert "Traceback" not in said.output
    key = row.given.get("api_key")
    if key:
        assert key not in said.output
        assert key.removeprefix("wg_") not in said.output
    assert [line for line in said.sent if not line.startswith("GET ")] == []
    assert (simulator.state()["users"], rule_ids(simulator)) == before


def test_the_catalogue_is_rich() -> None:
    assert len(ROWS) >= 60
    assert {row.where for row in ROWS} >= {"wg_user", "wg_server", "inventory", "lookup"}


def test_the_page_tells_the_catalogue() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "make docs writes it anew"
