# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from tests.support.fixtures import inventories, module, run, simulator, simulator_process
from tests.support.rulebooks import lacking

__all__ = ["inventories", "module", "run", "simulator", "simulator_process"]


@pytest.fixture(autouse=True, scope="session")
def ansible_rulebook() -> None:
    """All of these need it."""
    reason = lacking()
    if reason:
        pytest.skip(reason)
