# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of these layers share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import parallel


@pytest.fixture(scope="module")
def in_turn() -> Iterator[None]:
    """Listings one after the other, so that a request's number tells which one it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "PARALLEL", 1)
        yield
