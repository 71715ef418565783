# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a wrong declaration, word by word: what is wrong and where, long text cut short.

The mutation tests ask for it: a message may not name another port or another user.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    DeclarationError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredUser,
    narrowed,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    DesiredForward as Want,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.validation import (
    name_problem,
    text_problem,
    validate,
)

LONG: Any = "x" * 200


def cut(length: int) -> str:
    return "x" * length + "..."


NO_NAME = f"'{cut(80)}' is not a client name: letters, digits, - and _ only, and 1 to 50 of them"


def user(name: str, *forwards: Want, present: bool = True) -> DesiredUser:
    return DesiredUser(name, present, forwards)


CASES: list[tuple[str, tuple[DesiredUser, ...], list[str]]] = [
    ("a name twice", (user("ann"), user("ann")), ["user 'ann' is declared more than once"]),
    (
        "a long name twice",
        (user(LONG), user(LONG)),
        [NO_NAME, NO_NAME, f"user '{cut(80)}' is declared more than once"],
    ),
    (
        "a rule of an absent user",
        (user("ann", Want(80, 1, "both"), present=False),),
        ["user 'ann' should be absent, but has 80/both declared"],
    ),
    (
        "a rule of an absent user with a long name",
        (user(LONG, Want(80, 1), present=False),),
        [NO_NAME, f"user '{cut(80)}' should be absent, but has 80/tcp declared"],
    ),
    (
        "a wrong port of a user with a long name",
        (user(LONG, Want(22, 1)),),
        [
            NO_NAME,
            f"user '{cut(80)}': external_port 22 is reserved by the portal (22, 51820, 56561 are)",
        ],
    ),
    (
        "no protocol",
        (user("ann", Want(80, 1, LONG)),),
        [f"user 'ann': protocol '{cut(40)}' is none of tcp, udp, both"],
    ),
    (
        "no external port",
        (user("ann", Want(LONG, 1)),),
        [f"user 'ann': external_port {cut(40)} is not a port from 1 to 65535"],
    ),
    (
        "no internal port",
        (user("ann", Want(80, LONG)),),
        [f"user 'ann': internal_port {cut(40)} is not a port from 1 to 65535"],
    ),
    (
        "no internal port at all",
        (user("ann", Want(80, None)),),
        ["user 'ann': internal_port is missing for external_port 80"],
    ),
    (
        "no port at all",
        (user("ann", Want(LONG, None)),),
        [
            f"user 'ann': external_port {cut(40)} is not a port from 1 to 65535",
            f"user 'ann': internal_port is missing for external_port {cut(40)}",
        ],
    ),
    (
        "a long comment",
        (user("ann", Want(80, 1, comment=LONG)),),
        [
            "user 'ann': the comment of external_port 80 has 200 characters, 100 are allowed: "
            + cut(30)
        ],
    ),
    (
        "a long comment of no port",
        (user("ann", Want(LONG, 1, comment=LONG)),),
        [
            f"user 'ann': external_port {cut(40)} is not a port from 1 to 65535",
            (
                f"user 'ann': the comment of external_port {cut(40)} has 200 characters, 100 are"
                f" allowed: {cut(30)}"
            ),
        ],
    ),
    (
        "present and absent",
        (user("ann", Want(80, 1, "udp"), Want(80, None, "udp", present=False)),),
        ["80/udp of user 'ann' is declared both present and absent"],
    ),
    (
        "two targets",
        (user("ann", Want(80, 1)), user("ben", Want(80, 2, comment="b"))),
        ["external port 80/tcp is declared twice, for ann:1 and for ben:2 (b)"],
    ),
    (
        "two targets, all of it long",
        (user(LONG, Want(80, LONG, comment=LONG[:100])), user("ben", Want(80, 2))),
        [
            NO_NAME,
            f"user '{cut(80)}': internal_port {cut(40)} is not a port from 1 to 65535",
            (
                f"external port 80/tcp is declared twice, for {cut(80)}:{cut(10)} ({cut(30)})"
                " and for ben:2"
            ),
        ],
    ),
]


@pytest.mark.parametrize(
    ("users", "expected"), [pytest.param(users, said, id=name) for name, users, said in CASES]
)
def test_what_is_said(users: tuple[DesiredUser, ...], expected: list[str]) -> None:
    with pytest.raises(DeclarationError) as caught:
        validate(Desired(users))
    assert caught.value.problems == expected


def test_what_is_said_of_a_limit() -> None:
    with pytest.raises(DeclarationError) as caught:
        validate(Desired((), max_deletions=-1))
    assert caught.value.problems == ["max_deletions must be at least 0, not -1"]


def test_what_is_said_of_a_name() -> None:
    assert name_problem(LONG) == NO_NAME


@pytest.mark.parametrize(
    ("name", "shown", "kind"),
    [
        (False, "False", "true or false"),
        (7, "7", "a number"),
        (None, "None", "nothing"),
        ((1,), "(1,)", "something else"),
    ],
)
def test_what_yaml_does_not_take_for_a_text(name: Any, shown: str, kind: str) -> None:
    said = f"name must be a text, and {shown} is {kind} in YAML: write it in quotes"
    assert name_problem(name) == said
    assert text_problem(name) == said


def test_a_list_is_no_name() -> None:
    assert name_problem(["a", "b"]) == "name must be a text, not a list: ['a', 'b']"


def test_what_comes_after_a_name_that_is_no_text_is_looked_at_too() -> None:
    no_text: Any = False
    with pytest.raises(DeclarationError) as caught:
        validate(Desired((user(no_text), user("a b"))))
    assert len(caught.value.problems) == 2


def test_a_name_of_only_that_is_not_declared() -> None:
    with pytest.raises(DeclarationError) as caught:
        narrowed(Desired((user("ann"),)), ["ann", LONG])
    assert caught.value.problems == [f"only: '{cut(80)}' is not a declared user"]
