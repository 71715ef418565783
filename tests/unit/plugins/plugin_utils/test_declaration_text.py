# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declaration written down: whatever stands on the servers comes back through YAML and templating."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._declaration_text import (
    declaration,
    scalar,
)

try:
    from ansible.template import trust_as_template as trusted
except ImportError:  # before 2.19 every text was

    def trusted(value: str) -> str:
        return value


hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

FRA = {"assignment_id": 5, "name": "fra1", "hostname": "fra1.example.net"}
AMS = {"assignment_id": 16}


def rule(external: int, internal: int = 80, protocol: str = "tcp", comment: str = "") -> Any:
    return {
        "id": 501,
        "external_port": external,
        "internal_port": internal,
        "protocol": protocol,
        "comment": comment,
        "status": "active",
        "created_at": "2026-01-01",
    }


def user(name: str, *rules: Any, server: int = 5) -> dict[str, Any]:
    return {"id": 101, "client_name": name, "server": server, "port_forwards": list(rules)}


def read_back(text: str) -> Any:
    """What a play has in the variable, of a file whose templates it renders."""
    loaded = DataLoader().load(trusted(text))
    templar = Templar(DataLoader(), variables=dict(loaded))
    return templar.template(loaded["wg_servers_declared"])


def test_what_a_person_would_have_written() -> None:
    users = [
        user("web", rule(443, 8443, "both", "HTTPS and QUIC"), rule(80, 8080, comment="HTTP")),
        user("phone"),
        user("anna", rule(22022, 22, "udp"), server=16),
    ]
    text, left_out = declaration([AMS, FRA], users)
    assert left_out == []
    assert (
        text.partition("wg_servers_declared:\n")[2]
        == """\
  - server: 5  # fra1
    users:
      - name: phone
        port_forwards: []
      - name: web
        port_forwards:
          - {external_port: 80, internal_port: 8080, comment: HTTP}
          - {external_port: 443, internal_port: 8443, protocol: both, comment: HTTPS and QUIC}
  - server: 16
    users:
      - name: anna
        port_forwards:
          - {external_port: 22022, internal_port: 22, protocol: udp}
"""
    )


def test_a_template_in_the_file_would_be_rendered() -> None:
    """So that the tests below would notice."""
    assert read_back("wg_servers_declared: ['{{ 7 * 7 }}']") in ([49], ["49"])
    assert read_back("wg_servers_declared: [!unsafe '{{ 7 * 7 }}']") == ["{{ 7 * 7 }}"]


def test_the_order_is_that_of_names_and_ports_whatever_the_portal_lists_first() -> None:
    users = [user("b", rule(2), rule(1)), user("a"), user("C")]
    same = [user("C"), user("b", rule(1), rule(2)), user("a")]
    assert declaration([FRA, AMS], users) == declaration([AMS, FRA], same)


def test_nothing_stands_there() -> None:
    assert read_back(declaration([], [])[0]) == []
    assert read_back(declaration([FRA], [])[0]) == [{"server": 5, "users": []}]


def test_a_user_whose_rules_were_not_listed_has_no_list() -> None:
    text = declaration([FRA], [{"client_name": "a", "server": 5}])[0]
    assert read_back(text) == [{"server": 5, "users": [{"name": "a"}]}]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("HTTPS and QUIC", "HTTPS and QUIC"),
        ("a, b", "'a, b'"),
        ("007", "'007'"),
        ("08", "'08'"),
        ("1:30", "'1:30'"),
        ("1e3", "'1e3'"),
        ("yes", "'yes'"),
        ("null", "'null'"),
        ("it's", "it's"),
        ("Grüße", "Grüße"),
        ("a # b", "'a # b'"),
        ("a\nb", r'"a\nb"'),
        ("{{ x }}", "!unsafe '{{ x }}'"),
        ("{% x", "!unsafe '{% x'"),
        ("a {# b", "!unsafe 'a {# b'"),
        ("#jinja2: variable_start_string:'[['", "!unsafe '#jinja2: variable_start_string:''[['''"),
        ("{x}", "'{x}'"),
    ],
)
def test_as_few_quotes_as_it_takes(text: str, written: str) -> None:
    assert scalar(text) == written


comments = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=100),
    st.text("{}%#'\"\\:,[]&*!|>-? \n0123456789.eExX~a\x85\ufeff\u2028", min_size=1, max_size=30),
    st.sampled_from(["{{ lookup('pipe', 'id') }}", "yes", "~", "0777", "#jinja2: x", "!unsafe a"]),
)


@hypothesis.given(comments)
def test_every_comment_comes_back(comment: str) -> None:
    text, left_out = declaration([FRA], [user("web", rule(443, 1, comment=comment))])
    assert left_out == []
    (read,) = read_back(text)[0]["users"][0]["port_forwards"]
    assert read == {"external_port": 443, "internal_port": 1, "comment": comment}
    assert isinstance(read["external_port"], int)


@hypothesis.given(st.from_regex(r"[A-Za-z0-9_-]{1,50}", fullmatch=True))
def test_every_name_comes_back(name: str) -> None:
    assert read_back(declaration([FRA], [user(name)])[0])[0]["users"][0]["name"] == name


@hypothesis.given(st.text(max_size=200))
def test_a_servers_name_stays_a_comment(name: str) -> None:
    text = declaration([{"assignment_id": 5, "name": name}], [])[0]
    assert read_back(text) == [{"server": 5, "users": []}]
    assert text.splitlines()[5:] == text.split("\n")[5:-1]


@pytest.mark.parametrize(
    ("name", "held", "why"),
    [
        ("a b", [], "'a b' is not a client name"),
        ("a\n- name: x", [], "is not a client name"),
        ("a", [rule(22)], "external_port 22 is reserved"),
        ("a", [rule(80, comment="x" * 101)], "101 characters"),
        ("a", [rule(80, comment="\ud800")], "half a character"),
    ],
)
def test_what_no_declaration_may_hold_is_left_out_and_told(
    name: str, held: list[Any], why: str
) -> None:
    text, left_out = declaration([FRA], [user(name, *held), user("z")])
    assert len(left_out) == 1
    assert left_out[0].startswith("server 5: ")
    assert why in left_out[0]
    assert re.search(rf"^ +# left out: .*{re.escape(why)}", text, re.MULTILINE)
    users = read_back(text)[0]["users"]
    assert [found["name"] for found in users] == (["a", "z"] if held else ["z"])
    assert all(found["port_forwards"] == [] for found in users)
    text.encode()
