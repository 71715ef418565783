# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from tests.support.fixtures import *  # noqa: F403 - fixtures
from tests.support.rulebooks import lacking


@pytest.fixture(autouse=True, scope="session")
def ansible_rulebook() -> None:
    """All of these need it."""
    reason = lacking()
    if reason:
        pytest.skip(reason)
