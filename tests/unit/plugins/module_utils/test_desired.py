# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations: everything that is wrong is listed at once, and nothing else is refused."""

from __future__ import annotations

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
    validate,
)


def of_ann(*forwards: Want) -> Desired:
    return Desired((DesiredUser("ann", True, forwards),))


def problems(declaration: Desired) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        validate(declaration)
    result = caught.value.result()
    assert result["problems"] == caught.value.problems
    # Nothing was sent, and a playbook can look into `error` all the same.
    assert set(result) == {"problems", "error"}
    assert set(result["error"].values()) == {None}
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize("name", ["a", "A-b_9", "x" * 50, "007"])
def test_client_names(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "x" * 51, "a b", "a.b", "ä", "a\n", "a/b", "٣", None, 7, "\x1b[31m"]
)
def test_what_is_no_client_name(name: object) -> None:
    problem = name_problem(name)
    assert problem
    assert problem.isprintable()


@pytest.mark.parametrize("port", [1, 21, 23, 65535])
def test_ports(port: int) -> None:
    validate(of_ann(Want(port, port)))


@pytest.mark.parametrize("port", [0, -1, 65536, True, "80", 80.0, None])
def test_what_is_no_port(port: int) -> None:
    assert len(problems(of_ann(Want(port, 1)))) == 1
    assert len(problems(of_ann(Want(80, port)))) == 1


@pytest.mark.parametrize("port", [22, 51820, 56561])
def test_reserved_ports_are_external_ones_that_shall_lead_somewhere(port: int) -> None:
    (problem,) = problems(of_ann(Want(port, 1)))
    assert "reserved" in problem
    validate(of_ann(Want(80, port)))
    validate(of_ann(Want(port, None, present=False)))


def test_comments_have_a_length() -> None:
    validate(of_ann(Want(80, 1, comment="x" * 100)))
    (problem,) = problems(of_ann(Want(80, 1, comment="x" * 101)))
    assert "101" in problem


def test_an_internal_port_is_needed_for_what_shall_be_there() -> None:
    (problem,) = problems(of_ann(Want(80, None)))
    assert "internal_port" in problem
    validate(of_ann(Want(80, None, present=False)))


def test_an_unknown_protocol() -> None:
    (problem,) = problems(of_ann(Want(80, 1, "icmp")))
    assert "icmp" in problem
    assert len(problems(of_ann(Want(80, None, "icmp", present=False)))) == 1


@pytest.mark.parametrize("limit", [0, 1, None])
def test_a_limit(limit: int | None) -> None:
    validate(Desired((), max_deletions=limit))


def test_a_limit_below_zero() -> None:
    assert len(problems(Desired((), max_deletions=-1))) == 1


def test_everything_wrong_is_listed_at_once() -> None:
    found = problems(
        Desired(
            (
                DesiredUser("bad name"),
                DesiredUser("ann", True, (Want(22, 1), Want(80, 1), Want(80, 2))),
                DesiredUser("ann", False, (Want(443, 1),)),
            ),
            max_deletions=-1,
        )
    )
    for part in ("bad name", "22", "80/tcp", "more than once", "should be absent", "max_deletions"):
        assert any(part in problem for problem in found)


CONTRADICTIONS = {
    "two internal ports": of_ann(Want(80, 1), Want(80, 2)),
    "two internal ports under both": of_ann(Want(80, 1, "both"), Want(80, 2, "udp")),
    "two comments": of_ann(Want(80, 1, comment="a"), Want(80, 1, comment="b")),
    "a comment and an empty one": of_ann(Want(80, 1, comment="a"), Want(80, 1, comment="")),
    # Found by the law below: the second comment was compared with the first entry alone.
    "two comments after none": of_ann(
        Want(80, 1), Want(80, 1, comment="a"), Want(80, 1, comment="b")
    ),
    "two comments, told through both": of_ann(
        Want(80, 1, "both"), Want(80, 1, "udp", "a"), Want(80, 1, "both", "b")
    ),
    "present and absent": of_ann(Want(80, 1), Want(80, None, "both", present=False)),
    "two users": Desired(
        (DesiredUser("ann", True, (Want(80, 1),)), DesiredUser("ben", True, (Want(80, 1, "both"),)))
    ),
    "a forward of an absent user": Desired((DesiredUser("ann", False, (Want(80, 1),)),)),
    "a name twice": Desired((DesiredUser("ann"), DesiredUser("ann"))),
}


@pytest.mark.parametrize("declaration", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradictions(declaration: Desired) -> None:
    assert problems(declaration)


AGREEING = {
    "tcp and udp apart": of_ann(Want(80, 1), Want(80, 2, "udp")),
    "the same twice": of_ann(Want(80, 1, comment="a"), Want(80, 1, comment="a")),
    "a comment given once": of_ann(Want(80, 1), Want(80, 1, comment="a"), Want(80, 1)),
    "absent for one, present for another": Desired(
        (
            DesiredUser("ann", True, (Want(80, None, present=False),)),
            DesiredUser("ben", True, (Want(80, 1),)),
        )
    ),
    "absent twice": of_ann(Want(80, None, present=False), Want(80, None, "both", present=False)),
    "an absent user with absent forwards": Desired(
        (DesiredUser("ann", False, (Want(80, None, present=False),)),)
    ),
    "names that differ in case": Desired((DesiredUser("ann"), DesiredUser("Ann"))),
}


@pytest.mark.parametrize("declaration", AGREEING.values(), ids=AGREEING)
def test_no_contradictions(declaration: Desired) -> None:
    assert validate(declaration) is declaration


def test_a_contradiction_of_two_both_is_told_once() -> None:
    assert len(problems(of_ann(Want(80, 1, "both"), Want(80, 2, "both")))) == 1


def test_targets_and_unwanted_go_by_slots() -> None:
    declaration = of_ann(Want(80, 1, "both"), Want(80, 1, "tcp", "c"), Want(9, None, present=False))
    found = declaration.targets
    assert list(found) == [(80, "tcp"), (80, "udp")]
    assert [target.comment for target in found.values()] == ["c", None]
    assert {target.entry for target in found.values()} == {0}
    assert declaration.unwanted == {("ann", (9, "tcp"))}


def test_targets_of_what_is_not_whole_yet() -> None:
    assert list(of_ann(Want(80, None), Want(443, 1)).targets) == [(443, "tcp")]


def test_foreign_text_in_problems_is_printable() -> None:
    wild = "\x1b[2J\n" * 40
    for problem in problems(
        Desired(
            (
                DesiredUser(wild, True, (Want(80, 1, wild, wild), Want(80, 2, comment=wild))),
                DesiredUser(wild, False, (Want(81, 1),)),
            )
        )
    ):
        assert problem.isprintable()
        assert len(problem) < 400


def test_narrowed_sets_the_others_aside() -> None:
    desired = Desired((DesiredUser("ann"), DesiredUser("ben"), DesiredUser("cay")), True)
    assert narrowed(desired, None) is desired
    found = narrowed(desired, ["cay", "ann"])
    assert [user.client_name for user in found.users] == ["ann", "cay"]
    assert found.not_selected == {"ben"}
    assert found.purge_users
    assert narrowed(desired, []).not_selected == {"ann", "ben", "cay"}


def test_narrowed_lists_every_name_that_is_not_declared() -> None:
    with pytest.raises(DeclarationError) as refused:
        narrowed(Desired((DesiredUser("ann"),)), ["ann", "x\x1b", "Ann"])
    assert refused.value.problems == [
        "only: 'Ann' is not a declared user",
        "only: 'x\\\\x1b' is not a declared user",
    ]
