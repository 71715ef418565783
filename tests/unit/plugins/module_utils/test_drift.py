# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans as lines that a person reads: before, in the past tense, and as counts."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.drift import (
    counts,
    differences,
    file_lines,
)


def step(text: str, status: str = "planned", put_back: bool = False) -> dict[str, Any]:
    """A step out of ``create ann`` or ``delete ann 443/tcp -> 1 (HTTPS)``."""
    action, name, *rule = text.split(" ", 2)
    return {
        "action": action,
        "kind": "port_forward" if rule else "user",
        "name": name,
        "what": rule[0] if rule else name,
        "port_forward": {"external_port": int(rule[0].partition("/")[0])} if rule else None,
        "status": status,
        "put_back": put_back,
    }


@pytest.mark.parametrize(
    ("steps", "differing", "done", "counted"),
    [
        ([], [], [], ""),
        (["create ann"], ["user ann is missing"], ["user ann was created"], "1 user created"),
        (
            ["delete ann"],
            ["user ann must not be there"],
            ["user ann was removed with its port forwards"],
            "1 user removed with its port forwards",
        ),
        (
            ["delete ann", "create ann", "create ann 80/tcp -> 1", "create ben 81/tcp -> 1"],
            ["user ann has a revoked key", "ben: 81/tcp -> 1 is missing"],
            ["user ann has new keys now", "ben: 81/tcp -> 1 was created"],
            "1 user given new keys, 1 port forward created",
        ),
        (
            ["delete ann 80/tcp -> 1 (x)", "delete ann 81/tcp -> 1"],
            ["ann: 80/tcp -> 1 (x) must not be there", "ann: 81/tcp -> 1 must not be there"],
            ["ann: 80/tcp -> 1 (x) was removed", "ann: 81/tcp -> 1 was removed"],
            "2 port forwards removed",
        ),
        (
            ["delete ann 80/both -> 1", "create ann 80/udp -> 1", "create ann 80/tcp -> 2"],
            ["ann: 80/both -> 1 should be 80/udp -> 1 and 80/tcp -> 2"],
            ["ann: 80/both -> 1 was replaced by 80/udp -> 1 and 80/tcp -> 2"],
            "1 port forward replaced",
        ),
        (
            ["delete ann 80/tcp -> 1", "create ben 80/tcp -> 1"],
            ["ann: 80/tcp -> 1 must not be there", "ben: 80/tcp -> 1 is missing"],
            ["ann: 80/tcp -> 1 was removed", "ben: 80/tcp -> 1 was created"],
            "1 port forward created, 1 port forward removed",
        ),
        (
            ["delete c", "create a", "create b"],
            ["user c must not be there", "user a is missing", "user b is missing"],
            [
                "user c was removed with its port forwards",
                "user a was created",
                "user b was created",
            ],
            "2 users created, 1 user removed with its port forwards",
        ),
    ],
)
def test_what_differs_and_what_was_done(
    steps: list[str], differing: list[str], done: list[str], counted: str
) -> None:
    planned, run = ([step(text, status) for text in steps] for status in ("planned", "done"))
    assert [one.text() for one in differences(planned)] == differing
    assert [one.text() for one in differences(run)] == done
    assert counts(differences(planned)) == counts(differences(run)) == counted


def test_the_port_forwards_that_ended_are_counted_where_somebody_looked() -> None:
    plan = [step("delete a", "done"), step("delete b", "done")]
    found = differences(plan, {"a": [1, 2], "b": []})
    assert [one.text() for one in found] == [
        "user a was removed with 2 port forwards",
        "user b was removed",
    ]
    assert counts(found) == "2 users removed with 2 port forwards"
    assert counts(differences(plan, {"a": [1]})) == "2 users removed with their port forwards"


def test_what_failed_is_not_told_as_done() -> None:
    plan = [
        step("create ann", "done"),
        step("delete ann 80/tcp -> 1", "done", put_back=True),
        step("create ann 80/tcp -> 2", "failed"),
        step("create ben 81/tcp -> 1", "not_run"),
    ]
    found = differences(plan)
    assert [one.text() for one in found] == [
        "user ann was created",
        "ann: 80/tcp -> 1 should be 80/tcp -> 2 (failed)",
        "ben: 81/tcp -> 1 is missing (not done)",
    ]
    assert counts(found) == "1 user created"


def test_what_was_put_back_has_failed() -> None:
    (found,) = differences([step("delete ann 80/tcp -> 1", "done", put_back=True)])
    assert found.text() == "ann: 80/tcp -> 1 must not be there (failed)"
    assert counts([found]) == ""


def test_files() -> None:
    assert file_lines(0, done=True) == []
    assert file_lines(1, done=False) == ["1 configuration file differs"]
    assert file_lines(2, done=False) == ["2 configuration files differ"]
    assert file_lines(1, done=True) == ["1 configuration file was written or removed"]
    assert counts([], files=2) == "2 configuration files written or removed"


def test_what_the_portal_says_can_not_paint_on_a_terminal() -> None:
    (found,) = differences([step("create x\x1b 80/tcp -> 1 (\x9b)")])
    assert found.text().isprintable()
