# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port forwards that are there only while their device is online: a table, and laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward, User
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import make_plan
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.presence import (
    agreed,
    as_devices_are,
)

WEB = PortForward(501, 443, 8443, "tcp")
DECLARED = DesiredForward(443, 8443, while_online=True)
ONLINE = st.sampled_from((True, False, None))


def current(online: bool | None, *held: PortForward) -> Current:
    return Current({"phone": User(101, "phone", online=online)}, {"phone": held})


def desired(*rules: DesiredForward, purge: bool = False) -> Desired:
    return Desired((DesiredUser("phone", True, rules),), purge_port_forwards=purge)


def steps(wanted: Desired, state: Current) -> list[str]:
    plan = make_plan(wanted, state)
    return [f"{step.action} {step.rule.text() if step.rule else step.name}" for step in plan.steps]


CREATE, DELETE = "create 443/tcp -> 8443", "delete 443/tcp -> 8443"
CASES: dict[str, tuple[bool | None, bool, list[str]]] = {
    "online, and the port is open": (True, True, []),
    "online, and it is not": (True, False, [CREATE]),
    "offline, and the port is open": (False, True, [DELETE]),
    "offline, and it is not": (False, False, []),
    "not known, and the port is open": (None, True, []),
    "not known, and it is not": (None, False, []),
}


@pytest.mark.parametrize("purge", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_a_device_that_is(case: str, purge: bool) -> None:
    online, is_open, expected = CASES[case]
    state = current(online, *[WEB] * is_open)
    assert steps(desired(DECLARED, purge=purge), state) == expected


def test_a_user_that_is_new_is_made_without_them() -> None:
    always = DesiredForward(80, 80)
    assert steps(desired(DECLARED, always), Current()) == ["create phone", "create 80/tcp -> 80"]


def test_one_rule_that_is_always_there_stays() -> None:
    always = replace(DECLARED, external_port=80, internal_port=80, while_online=False)
    held = replace(WEB, id=502, external_port=80, internal_port=80)
    assert steps(desired(DECLARED, always), current(False, WEB, held)) == [DELETE]


def test_what_somebody_else_knows_of_a_device_counts_instead_of_the_listing() -> None:
    offline = as_devices_are(desired(DECLARED), current(True, WEB), {"phone": False})
    assert steps(offline, current(True, WEB)) == [DELETE]
    unknown = as_devices_are(desired(DECLARED), current(False, WEB), {})
    assert steps(unknown, current(False, WEB)) == []
    online = as_devices_are(desired(DECLARED), current(False), {"phone": True})
    assert steps(online, current(False)) == [CREATE]


@pytest.mark.parametrize(
    ("online", "offline", "listed", "expected"),
    [
        (["phone"], [], True, True),
        (["phone"], [], False, True),
        ([], ["phone"], False, False),
        ([], ["phone"], True, None),
        ([], ["phone"], None, None),
        ([], [], True, None),
        ([], [], False, None),
    ],
)
def test_an_event_and_a_listing_together_say_who_is_online(
    online: list[str], offline: list[str], listed: bool | None, expected: bool | None
) -> None:
    assert agreed({"phone": listed}, online, offline) == {"phone": expected}


@given(ONLINE, st.booleans(), st.booleans(), st.booleans())
def test_a_second_run_changes_nothing(
    online: bool | None, is_open: bool, purge: bool, follows: bool
) -> None:
    wanted = desired(replace(DECLARED, while_online=follows), purge=purge)
    plan = make_plan(wanted, current(online, *[WEB] * is_open))
    assert make_plan(wanted, plan.after).steps == []


@given(ONLINE, st.booleans())
def test_where_nothing_follows_its_device_nothing_is_different(
    online: bool | None, is_open: bool
) -> None:
    wanted = desired(replace(DECLARED, while_online=False))
    assert as_devices_are(wanted, current(online, *[WEB] * is_open)) is wanted
