# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner by example: each sentence of the interface that speaks of a port or of a purge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ConflictError,
    GuardError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredUser,
    narrowed,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    DesiredForward as Want,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import (
    make_plan,
    names_ending,
    names_to_list,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.ports import (
    new_rules,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step

from .model_portal import ModelPortal


def rule(external: int, internal: int, protocol: str = "tcp", comment: str = "") -> PortForward:
    return PortForward(None, external, internal, protocol, comment)


def lists(**forwards: list[Want] | None) -> tuple[DesiredUser, ...]:
    return tuple(
        DesiredUser(name, True, None if wanted is None else tuple(wanted))
        for name, wanted in forwards.items()
    )


def steps(declaration: Desired, **held: list[PortForward]) -> list[str]:
    """The plan in words, one step a line."""
    made = make_plan(declaration, ModelPortal.holding(held).observed())
    return [
        f"{step.action} {step.name}" + (f" {step.rule.text()}" if step.rule else "")
        for step in made.steps
    ]


ONE_PORT: list[tuple[str, list[Want], list[PortForward], list[str]]] = [
    ("nothing there", [Want(80, 1)], [], ["create ann 80/tcp -> 1"]),
    ("as declared", [Want(80, 1)], [rule(80, 1)], []),
    ("tcp where a fitting both stands", [Want(80, 1)], [rule(80, 1, "both")], []),
    (
        "both where a fitting tcp stands adds udp alone",
        [Want(80, 1, "both")],
        [rule(80, 1)],
        ["create ann 80/udp -> 1"],
    ),
    (
        "absent tcp where both stands leaves udp",
        [Want(80, None, "tcp", present=False)],
        [rule(80, 1, "both", "c")],
        ["delete ann 80/both -> 1 (c)", "create ann 80/udp -> 1 (c)"],
    ),
    (
        "absent both where tcp and udp are rules of their own",
        [Want(80, None, "both", present=False)],
        [rule(80, 1), rule(80, 2, "udp")],
        ["delete ann 80/tcp -> 1", "delete ann 80/udp -> 2"],
    ),
    (
        "absent: neither internal port nor comment are compared",
        [Want(80, 7, "tcp", "other", present=False)],
        [rule(80, 1, "tcp", "c")],
        ["delete ann 80/tcp -> 1 (c)"],
    ),
    (
        "another internal port keeps a comment that is left out",
        [Want(80, 2)],
        [rule(80, 1, "tcp", "c")],
        ["delete ann 80/tcp -> 1 (c)", "create ann 80/tcp -> 2 (c)"],
    ),
    (
        "another comment",
        [Want(80, 1, "tcp", "new")],
        [rule(80, 1, "tcp", "old")],
        ["delete ann 80/tcp -> 1 (old)", "create ann 80/tcp -> 1 (new)"],
    ),
    (
        "an empty comment is a comment",
        [Want(80, 1, "tcp", "")],
        [rule(80, 1, "tcp", "old")],
        ["delete ann 80/tcp -> 1 (old)", "create ann 80/tcp -> 1"],
    ),
    (
        "a split restores the other protocol first",
        [Want(80, 2, "udp")],
        [rule(80, 1, "both", "c")],
        ["delete ann 80/both -> 1 (c)", "create ann 80/tcp -> 1 (c)", "create ann 80/udp -> 2 (c)"],
    ),
    (
        "two rules become one",
        [Want(80, 3, "both", "n")],
        [rule(80, 1), rule(80, 2, "udp")],
        ["delete ann 80/tcp -> 1", "delete ann 80/udp -> 2", "create ann 80/both -> 3 (n)"],
    ),
    (
        "two comments to keep are two rules",
        [Want(80, 3, "both")],
        [rule(80, 1, "tcp", "a"), rule(80, 2, "udp", "b")],
        [
            "delete ann 80/tcp -> 1 (a)",
            "delete ann 80/udp -> 2 (b)",
            "create ann 80/tcp -> 3 (a)",
            "create ann 80/udp -> 3 (b)",
        ],
    ),
    (
        "two entries that agree are one, and the comment of either counts",
        [Want(80, 1, "both"), Want(80, 1, "both", "c")],
        [],
        ["create ann 80/both -> 1 (c)"],
    ),
]


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [pytest.param(*rest, id=name) for name, *rest in ONE_PORT],
)
def test_one_port(wanted: list[Want], held: list[PortForward], expected: list[str]) -> None:
    assert steps(Desired(lists(ann=wanted)), ann=held) == expected


def test_two_users_swap_ports_in_one_run() -> None:
    declaration = Desired(lists(ann=[Want(443, 1)], ben=[Want(80, 2)]))
    assert steps(declaration, ann=[rule(80, 1)], ben=[rule(443, 2)]) == [
        "delete ben 443/tcp -> 2",
        "create ann 443/tcp -> 1",
        "delete ann 80/tcp -> 1",
        "create ben 80/tcp -> 2",
    ]


def test_what_a_removed_user_held_can_be_declared_for_a_new_one() -> None:
    declaration = Desired((DesiredUser("ann", False), *lists(new=[Want(80, 9)])), max_deletions=1)
    assert steps(declaration, ann=[rule(80, 1)]) == [
        "delete ann",
        "create new",
        "create new 80/tcp -> 9",
    ]


def test_a_port_of_a_user_without_a_list_is_a_conflict_that_names_everything() -> None:
    declaration = Desired(lists(ann=[Want(80, 1, "both"), Want(443, 1)], ben=None))
    with pytest.raises(ConflictError) as caught:
        steps(declaration, ann=[], ben=[rule(80, 2, "both", "b")], cay=[rule(443, 3)])
    message = str(caught.value)
    assert "80/tcp is declared for 'ann', but user 'ben' holds it (80/both -> 2 (b))" in message
    assert "443/tcp" in message
    assert "'cay'" in message
    # A `both` that is in the way twice is told once.
    assert len(caught.value.details["conflicts"]) == 2


def test_every_conflict_on_a_port_is_told_word_by_word() -> None:
    """Of a `both` only the udp may be in the way; another user's rule comes after it."""
    declaration = Desired(lists(ann=[Want(80, 1, "udp"), Want(443, 1, "both")]))
    long = "x" * 200
    with pytest.raises(ConflictError) as caught:
        steps(
            declaration,
            ann=[],
            ben=[rule(80, 2, "both"), rule(443, 3, "udp")],
            **{long: [rule(443, 4)]},
        )
    assert caught.value.details["conflicts"] == [
        (
            "80/udp is declared for 'ann', but user 'ben' holds it (80/both -> 2)"
            " and its port forwards are not declared"
        ),
        (
            "443/udp is declared for 'ann', but user 'ben' holds it (443/udp -> 3)"
            " and its port forwards are not declared"
        ),
        (
            f"443/tcp is declared for 'ann', but user '{'x' * 80}...' holds it (443/tcp -> 4)"
            " and its port forwards are not declared"
        ),
    ]
    assert str(caught.value) == (
        "; ".join(caught.value.details["conflicts"])
        + ". Declare that user's port forwards too (with `only`: name it there), or move the port with wg_port_forward"
        " and takeover: true"
    )


def test_a_comment_that_nobody_declared_does_not_matter_to_a_creation() -> None:
    declaration = Desired(lists(ann=[Want(80, 1), Want(443, 1, comment="")]))
    made = make_plan(declaration, ModelPortal.holding({"ann": []}).observed())
    assert [step.any_comment for step in made.steps] == [True, False]


def test_takeover_moves_only_what_is_declared() -> None:
    declaration = Desired(lists(ann=[Want(80, 1)]), takeover=True)
    assert steps(declaration, ann=[], ben=[rule(80, 2, "both", "b"), rule(443, 2)]) == [
        "delete ben 80/both -> 2 (b)",
        "create ben 80/udp -> 2 (b)",
        "create ann 80/tcp -> 1 (b)",
    ]


PURGED: list[tuple[str, dict[str, Any], tuple[DesiredUser, ...], list[str]]] = [
    ("nothing is purged unasked", {}, lists(ann=[]), []),
    (
        "undeclared rules of declared lists, empty ones too",
        {"purge_port_forwards": True},
        lists(ann=[]),
        ["delete ann 80/both -> 1", "delete ann 443/tcp -> 1"],
    ),
    (
        "protocols count one by one",
        {"purge_port_forwards": True},
        lists(ann=[Want(80, 1), Want(443, 1)]),
        ["delete ann 80/both -> 1", "create ann 80/tcp -> 1"],
    ),
    ("no list, no purge", {"purge_port_forwards": True}, lists(ann=None), []),
    ("users", {"purge_users": True}, lists(ann=None), ["delete ben"]),
    ("users, nobody declared", {"purge_users": True}, (), ["delete ann", "delete ben"]),
]


@pytest.mark.parametrize(
    ("options", "users", "expected"), [pytest.param(*rest, id=name) for name, *rest in PURGED]
)
def test_purging(
    options: dict[str, Any], users: tuple[DesiredUser, ...], expected: list[str]
) -> None:
    held = {"ann": [rule(80, 1, "both"), rule(443, 1)], "ben": [rule(8080, 1)]}
    assert steps(Desired(users, **options), **held) == expected


@pytest.mark.parametrize(("limit", "refused"), [(0, True), (1, True), (2, False), (None, False)])
def test_the_guard_counts_users(limit: int | None, refused: bool) -> None:
    declaration = Desired(
        (DesiredUser("ann", False), DesiredUser("nobody", False)),
        purge_users=True,
        max_deletions=limit,
    )
    if not refused:
        assert steps(declaration, ann=[], ben=[]) == ["delete ann", "delete ben"]
        return
    with pytest.raises(GuardError) as caught:
        steps(declaration, ann=[], ben=[])
    assert caught.value.details == {"deletions": ["ann", "ben"]}
    assert "max_deletions" in str(caught.value)


def test_only_who_is_there_and_has_a_list_needs_listing() -> None:
    declaration = Desired(
        (*lists(ann=[], ben=None, new=[Want(80, 1)]), DesiredUser("cay", False, ()))
    )
    assert names_to_list(
        declaration, ModelPortal.holding({"ann": [], "ben": [], "cay": []}).observed()
    ) == ["ann"]


def test_what_was_not_listed_is_not_taken_for_empty() -> None:
    """A user whose rules nobody looked at is neither purged nor shown as having none."""
    portal = ModelPortal.holding({"ann": [rule(80, 1)], "ben": [rule(443, 1)]})
    declaration = Desired(lists(ann=[], ben=None), purge_port_forwards=True)
    made = make_plan(declaration, portal.observed(["ann"]))
    assert [step.name for step in made.steps] == ["ann"]
    assert made.after.forwards == {"ann": ()}


def test_whose_port_forwards_end_unseen() -> None:
    """Only of those whom an allowed plan deletes, and whose rules nobody has listed."""
    portal = ModelPortal.holding({name: [rule(n, 1)] for n, name in enumerate("abcd", 80)})
    users = (DesiredUser("a"), DesiredUser("b", False), DesiredUser("gone", False))
    purging = Desired(users, purge_users=True, max_deletions=3)
    assert names_ending(purging, portal.observed([])) == ["b", "c", "d"]
    assert names_ending(purging, portal.observed(["c"])) == ["b", "d"]
    assert names_ending(replace(purging, max_deletions=2), portal.observed([])) == []
    assert names_ending(Desired(users), portal.observed([])) == ["b"]


def test_a_step_knows_its_kind_and_a_plan_its_users() -> None:
    portal = ModelPortal.holding({})
    made = make_plan(Desired(lists(ann=[Want(80, 1)])), portal.observed())
    assert [step.kind for step in made.steps] == ["user", "port_forward"]
    assert made.names() == {"ann"}


def test_who_is_set_aside_is_not_touched_and_not_purged() -> None:
    whole = Desired(lists(ann=[Want(80, 1)], ben=[Want(81, 1)], new=[]), purge_users=True)
    declaration = narrowed(whole, ["ann"])
    held = {"ann": [], "ben": [rule(82, 1)], "cay": []}
    assert steps(declaration, **held) == ["delete cay", "create ann 80/tcp -> 1"]
    assert names_to_list(declaration, ModelPortal.holding(held).observed()) == ["ann"]


def test_a_port_of_somebody_set_aside_is_not_taken() -> None:
    declaration = narrowed(Desired(lists(ann=[Want(80, 1)], ben=[])), ["ann"])
    with pytest.raises(ConflictError) as caught:
        steps(declaration, ann=[], ben=[rule(80, 1)])
    assert caught.value.details["conflicts"] == [
        "80/tcp is declared for 'ann', but user 'ben' holds it (80/tcp -> 1) and it is not among `only`"
    ]


class CountedRule(PortForward):
    """A rule that counts how often its external port is looked at."""

    looks = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "external_port":
            CountedRule.looks += 1
        return super().__getattribute__(name)


@pytest.mark.parametrize("moved", [0, 1])
def test_the_work_grows_with_the_rules_and_not_with_their_square(moved: int) -> None:
    def looks(count: int) -> float:
        held = {f"u{n}": [CountedRule(n, 1024 + n, 80, "tcp", "")] for n in range(count)}
        users = lists(**{f"u{n}": [Want(1024 + n, 80 + moved)] for n in range(count)})
        current = ModelPortal.holding({name: [] for name in held}).observed()
        CountedRule.looks = 0
        made = make_plan(Desired(users), current.with_all_forwards(held))
        assert len(made.steps) == 2 * moved * count
        return CountedRule.looks / count

    assert looks(200) <= looks(20)


@pytest.mark.parametrize(
    ("held", "created", "new"),
    [
        ("tcp", "tcp", False),
        ("both", "tcp", False),
        ("tcp", "both", True),
        ("udp", "tcp", True),
    ],
)
def test_somebody_else_may_hold_what_its_user_does_not(held: str, created: str, new: bool) -> None:
    before = ModelPortal.holding({"ann": [rule(80, 1, held)], "ben": [rule(81, 1)]}).observed()
    wanted = rule(80, 2, created)
    assert new_rules([Step("create", "ann", wanted)], before) == ([wanted] if new else [])
    assert new_rules([Step("create", "ben", wanted)], before) == [wanted]
    assert new_rules([Step("delete", "ben", wanted)], before) == []


@pytest.mark.parametrize(
    ("takeover", "remedy"),
    [(None, "Declare that user's port forwards too"), (False, "Set takeover: true to move it")],
)
def test_a_port_that_is_held_has_a_remedy(takeover: bool | None, remedy: str) -> None:
    declared = Desired(lists(ann=[Want(80, 1)]), takeover=takeover)
    with pytest.raises(ConflictError) as refused:
        steps(declared, ann=[], ben=[rule(80, 1)])
    assert remedy in str(refused.value)
    assert "user 'ben' holds it" in str(refused.value)
