# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan in Markdown: what a reviewer sees, safe as a comment, and not too long for one."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.plan import (
    MOST_BYTES,
    PlannedServer,
    plan_markdown,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.drift import (
    Difference,
)

CREATED = Difference("create", "user", "phone", "phone")
REMOVED = Difference("delete", "user", "guest", "guest", forwards=2)
REPLACED = Difference(
    "replace", "port_forward", "web", "443/tcp -> 8443 (HTTPS)", "443/tcp -> 80 (HTTPS)"
)


def test_what_a_reviewer_sees() -> None:
    servers = [
        PlannedServer("fra1 (5)", [CREATED, REMOVED, REPLACED]),
        PlannedServer("ams1 (6)"),
        PlannedServer("nyc1 (7)", error="GET /servers/7/users: 503"),
    ]
    assert plan_markdown(servers, done=False) == (
        "## WireGuard: 3 changes\n\n"
        "**1 thing ends:** see the lines with a minus.\n\n"
        "**1 server could not be compared.**\n\n"
        "### ` fra1 (5) `\n\n"
        "1 user created, 1 port forward replaced, 1 user removed with 2 port forwards\n\n"
        "```diff\n"
        "+ user phone is missing\n"
        "- user guest must not be there\n"
        "! web: 443/tcp -> 80 (HTTPS) should be 443/tcp -> 8443 (HTTPS)\n"
        "```\n\n"
        "### ` ams1 (6) `\n\n"
        "As declared.\n\n"
        "### ` nyc1 (7) `\n\n"
        "```text\n"
        "GET /servers/7/users: 503\n"
        "```\n"
    )


def test_nothing_to_change() -> None:
    assert plan_markdown([PlannedServer("fra1 (5)")], done=False).startswith(
        "## WireGuard: nothing to change\n"
    )


def test_no_name_gets_out_of_its_code_block() -> None:
    name = "x\n```\n@everyone <img src=x> [link](javascript:1) ````"
    text = plan_markdown(
        [PlannedServer(name, [Difference("delete", "user", name, name)])], done=False
    )
    lines = text.splitlines()
    fence = next(line for line in lines if line.endswith("diff")).removesuffix("diff")
    assert len(fence) == 5
    inside = lines[lines.index(f"{fence}diff") + 1 : lines.index(fence)]
    assert len(inside) == 1
    heading = next(line for line in lines if line.startswith("### "))
    assert heading.startswith("### ````` ")
    assert heading.endswith(" `````")
    for line in lines:
        assert "@everyone" not in line or line in (heading, inside[0])


def test_it_fits_into_a_comment_however_much_there_is() -> None:
    many = [Difference("create", "user", f"user-{number}", "é" * 80) for number in range(5_000)]
    text = plan_markdown(
        [PlannedServer(f"server {number}", many) for number in range(9)], done=False
    )
    assert MOST_BYTES * 0.7 < len(text.encode()) <= MOST_BYTES
    assert "more\n```" in text
    assert text.count("```") % 2 == 0
    assert text.endswith("The task's result has the whole plan.\n")
