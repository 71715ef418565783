# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hypothesis strategies for declarations and servers that get in each other's way often.

Few users, few ports, few comments: what is rare with many of them happens all the time with few.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

from .model_portal import READ_FAULTS, WRITE_FAULTS, Act, ModelPortal
from .satisfied import is_consistent

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

NAMES = ("ann", "ben", "cay")
PORTS = (80, 443)
COMMENTS = ("", "x", "y")


def examples(count: int) -> Any:
    """Settings: so many examples where the profile has hypothesis' usual 100, else in proportion."""
    return hypothesis.settings(
        max_examples=max(1, count * hypothesis.settings.default.max_examples // 100),
        suppress_health_check=list(hypothesis.HealthCheck),
    )


names = st.sampled_from(NAMES)
ports = st.sampled_from(PORTS)
internal_ports = st.sampled_from((1, 2))
comments = st.sampled_from(COMMENTS)
protocols = st.sampled_from(("tcp", "udp", "both"))

rules = st.builds(
    PortForward,
    id=st.none(),
    external_port=ports,
    internal_port=internal_ports,
    protocol=protocols,
    comment=comments,
)

wanted_forwards = st.builds(
    DesiredForward,
    external_port=ports,
    internal_port=internal_ports,
    protocol=protocols,
    comment=st.one_of(st.none(), comments),
    present=st.sampled_from((True, True, True, False)),
)

raw_declarations = st.builds(
    Desired,
    users=st.lists(
        st.builds(
            DesiredUser,
            client_name=names,
            present=st.sampled_from((True, True, True, False)),
            port_forwards=st.one_of(st.none(), st.lists(wanted_forwards, max_size=3).map(tuple)),
        ),
        max_size=3,
    ).map(tuple),
)
"""Declarations that contradict themselves about as often as not."""


@st.composite
def declarations(draw: Any) -> Desired:
    """Declarations without contradictions, purges and takeover switched at will."""
    users: list[DesiredUser] = []
    for name in draw(st.permutations(NAMES)):
        kind = draw(st.sampled_from(("with", "with", "with", "without", "absent", "undeclared")))
        if kind == "undeclared":
            continue
        forwards = draw(st.lists(wanted_forwards, max_size=4)) if kind == "with" else None
        users.append(DesiredUser(name, kind != "absent", _agreeing(users, name, forwards)))
    return Desired(
        tuple(users),
        purge_users=draw(st.booleans()),
        purge_port_forwards=draw(st.booleans()),
        takeover=draw(st.booleans()),
    )


def _agreeing(
    users: list[DesiredUser], name: str, forwards: Iterable[DesiredForward] | None
) -> tuple[DesiredForward, ...] | None:
    """Of these forwards, those that contradict neither each other nor what is declared already."""
    if forwards is None:
        return None
    kept: tuple[DesiredForward, ...] = ()
    for forward in forwards:
        more = (*kept, forward)
        if is_consistent(Desired((*users, DesiredUser(name, True, more)))):
            kept = more
    return kept


@st.composite
def servers(draw: Any) -> ModelPortal:
    """A server with users and rules; most slots are held by somebody."""
    held = {name: [] for name in NAMES if draw(st.sampled_from((True, True, False)))}
    portal = ModelPortal.holding(held)
    if held:
        holders = st.sampled_from(sorted(held))
        for name, rule in draw(st.lists(st.tuples(holders, rules), max_size=6)):
            portal.add_rule(name, rule)
    return portal


single_declarations = st.builds(
    lambda name, forward, takeover: Desired(
        (DesiredUser(name, True, (forward,)),), takeover=takeover
    ),
    names,
    wanted_forwards,
    st.booleans(),
)
"""What ``wg_port_forward`` declares."""


@st.composite
def write_faults(draw: Any) -> dict[str, Any]:
    """One failing write, and perhaps more trouble while one looks what became of it."""
    first = draw(st.sampled_from(WRITE_FAULTS))
    options: dict[str, Any] = {"write_faults": {draw(st.integers(0, 6)): first}}
    trouble = draw(st.sampled_from(("none", "none", "second", "reads", "down")))
    if trouble == "second":
        second = draw(st.sampled_from(WRITE_FAULTS))
        options["write_faults"].setdefault(draw(st.integers(0, 9)), second)
    elif trouble == "reads":
        options["faults"] = dict.fromkeys(
            draw(st.sets(st.integers(0, 12), max_size=3)), draw(st.sampled_from(READ_FAULTS))
        )
    elif trouble == "down":
        options["down_from"] = draw(st.integers(0, 10))
    options["terse"] = draw(st.booleans())
    return options


def _adds_rule(name: str, rule: PortForward) -> Act:
    return lambda portal: void(portal.add_rule(name, rule))


def _removes_rule(port: int, protocol: str) -> Act:
    return lambda portal: portal.remove_rule(port, protocol)


def _snatches(number: int, name: str, rule: PortForward) -> Act:
    """Takes a slot that was freed a moment ago, as an eager competitor would."""

    def act(portal: ModelPortal) -> None:
        freed = portal.removed[-number:][:1]
        for (port, protocol), _holder in freed:
            portal.add_rule(name, replace(rule, external_port=port, protocol=protocol))

    return act


def _adds_user(name: str) -> Act:
    return lambda portal: void(portal.add_user(name))


def _removes_user(name: str) -> Act:
    return lambda portal: portal.remove_user(name)


def void(_value: object) -> None:
    """For what is called for its effect."""


_DOINGS = {
    "adds": (_adds_rule, st.tuples(names, rules)),
    "snatches": (_snatches, st.tuples(st.sampled_from((1, 2)), names, rules)),
    "removes": (_removes_rule, st.tuples(ports, st.sampled_from(("tcp", "udp")))),
    "adds_user": (_adds_user, st.tuples(names)),
    "removes_user": (_removes_user, st.tuples(names)),
}


@st.composite
def doings(draw: Any) -> dict[int, list[tuple[str, tuple[Any, ...]]]]:
    """What somebody else does before which request, in words that a failing example can show."""
    one = st.sampled_from(("snatches", "snatches", "adds", "removes", "adds_user", "removes_user"))
    what = one.flatmap(lambda verb: st.tuples(st.just(verb), _DOINGS[verb][1]))
    return draw(
        st.dictionaries(st.integers(0, 7), st.lists(what, min_size=1, max_size=2), max_size=3)
    )


def acts(doings: dict[int, list[tuple[str, tuple[Any, ...]]]]) -> dict[int, list[Act]]:
    """``doings``, to be done."""
    return {
        number: [_DOINGS[verb][0](*arguments) for verb, arguments in done]
        for number, done in doings.items()
    }
