# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a server as a declaration: accepted by the planner, which then has nothing to do."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PROTOCOLS,
    PortForward,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.adopting import (
    adopted,
    declaration_text,
    scalar,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import Desired
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import make_plan

SERVER = Server(5, "fra1\x1b[2J # x")
COMMENTS = st.text(max_size=120) | st.sampled_from(["{{ x }}", "#jinja2: y", "yes", "1e3", "a: b"])
RULES = st.lists(
    st.builds(
        PortForward,
        st.integers(1, 999),
        st.sampled_from([22, 80, 443, 8443]),
        st.integers(1, 3),
        st.sampled_from(sorted(PROTOCOLS)),
        COMMENTS,
    ),
    max_size=4,
)
LISTED = st.lists(st.tuples(st.sampled_from(["a", "b", "c d", "no", "7"]), RULES), max_size=5)


@given(LISTED)
def test_a_file_that_the_planner_takes_and_that_differs_in_nothing(
    listed: list[tuple[str, list[PortForward]]],
) -> None:
    users = [(User(number, name), rules) for number, (name, rules) in enumerate(listed, 1)]
    found = adopted(SERVER, users)
    names = [name for name, _rules in listed]
    once = {user.client_name: (user, tuple(rules)) for user, rules in users}
    once = {name: one for name, one in once.items() if names.count(name) == 1}
    current = Current(
        {name: user for name, (user, _rules) in once.items()},
        {name: rules for name, (_user, rules) in once.items()},
    )
    assert make_plan(Desired(tuple(found.users)), current).steps == []
    said = "\n".join(found.left_out)
    declared = {user.client_name for user in found.users}
    assert all(repr(name) in said for name in set(names) - declared)
    text = declaration_text([found])
    assert yaml.safe_load(text) == {"wg_servers_declared": [found.declaration()]}
    assert all(line.isprintable() for line in text.splitlines())


def test_rules_that_lead_one_port_to_two_places_are_both_left_out() -> None:
    users = [
        (User(1, "web"), [PortForward(1, 443, 1, "tcp"), PortForward(2, 80, 1, "tcp")]),
        (User(2, "other"), [PortForward(3, 443, 2, "both")]),
    ]
    found = adopted(SERVER, users)
    assert found.left_out == [
        "user 'other': 443/both -> 2: another rule leads the same port elsewhere",
        "user 'web': 443/tcp -> 1: another rule leads the same port elsewhere",
    ]
    assert found.declaration()["users"] == [
        {"name": "other", "port_forwards": []},
        {"name": "web", "port_forwards": [{"external_port": 80, "internal_port": 1}]},
    ]


def test_what_can_not_be_declared_is_left_out_and_the_rest_is_not() -> None:
    rules = [
        PortForward(1, 80, 1, "tcp", "{{ x }}"),
        PortForward(2, 81, 1, "tcp", "x" * 101),
        PortForward(3, 82, 1, "tcp", "y" * 100),
        PortForward(4, 22, 1, "tcp"),
        PortForward(5, 83, 1, "tcp"),
        PortForward(6, 84, 1, "udp"),
    ]
    found = adopted(SERVER, [(User(1, "web"), rules)])
    (user,) = found.declaration()["users"]
    assert [one["external_port"] for one in user["port_forwards"]] == [80, 81, 82, 83, 84]
    assert [one.get("comment") for one in user["port_forwards"][:3]] == [None, None, "y" * 100]
    reserved, template, long = found.left_out
    assert "22" in reserved
    assert template.endswith("Ansible would take it for a template")
    assert long.endswith("it has more than 100 characters")


def test_a_server_is_named_beside_its_id() -> None:
    text = declaration_text([adopted(Server(5, "fra1"), []), adopted(Server(6, None, "h6"), [])])
    assert "  # fra1" in text
    assert "  # h6" in text


@pytest.mark.parametrize(
    "text", ['a "b" c: d', "back\\slash: x", "a\nb: c", " blanks ", "\u00a0x: y"]
)
def test_a_scalar_that_needs_quotes(text: str) -> None:
    written = scalar(text)
    assert written.isprintable()
    assert yaml.safe_load(f"[{written}]") == [text]


@given(st.text())
def test_a_scalar_is_what_it_was(text: str) -> None:
    if all(not "\ud800" <= char <= "\udfff" for char in text):
        assert yaml.safe_load(f"[{scalar(text)}]") == [text]


@pytest.mark.parametrize("text", ["HTTPS", "a b", "SSH (home)", "über/x"])
def test_words_need_no_quotes(text: str) -> None:
    assert scalar(text) == text
