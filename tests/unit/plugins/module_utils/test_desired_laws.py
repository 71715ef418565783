# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declaration is refused when it contradicts itself, and only then."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    DeclarationError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import Desired
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.validation import (
    validate,
)

from .satisfied import declared, is_consistent
from .strategies import examples, hypothesis, raw_declarations


@hypothesis.given(raw_declarations)
@examples(800)
def test_contradictions_are_refused_and_nothing_else(declaration: Desired) -> None:
    try:
        validate(declaration)
    except DeclarationError:
        accepted = False
    else:
        accepted = True
    assert accepted == is_consistent(declaration)
    if accepted:
        assert {
            slot: (target.client_name, target.internal_port, target.comment)
            for slot, target in declaration.targets.items()
        } == declared(declaration)
