# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever people read shows zero-width and direction characters, which a portal can send, as their numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.finding import user_among
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import WireguardError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    Change,
    event,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.account import (
    Report,
    ServerPart,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.handout import (
    Handout,
    handout_page,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.metrics import (
    metrics_text,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.plan import (
    PlannedServer,
    plan_markdown,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.report import report_page
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.adopting import (
    adopted,
    declaration_text,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.drift import (
    Drift,
    differences,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._text import show, visible
from tests.support.unseen import UNSEEN

NOW = datetime(2026, 11, 25, tzinfo=timezone.utc)


def drift(text: str) -> Drift:
    rule = {"external_port": 443}
    steps = [
        {"action": "delete", "kind": "user", "name": text, "what": text, "status": "planned"},
        {"action": "create", "kind": "port_forward", "name": f"{text}x", "what": text}
        | {"status": "planned", "port_forward": rule},
    ]
    return Drift(differences(steps))


def report(text: str) -> Report:
    user = User(1, text, text, True, text, 1, 2)
    rule = PortForward(2, 443, 443, "tcp", text, text)
    server = Server(5, text, text, text)
    return Report(NOW, [ServerPart(server, [(user, [rule])], drift(text))], declared=True)


def handout(text: str) -> str:
    rules = [PortForward(2, 443, 443, "tcp", text)]
    whole = Handout(text, text, "[Interface]", text, rules, "web", title=text, contact=text)
    return handout_page(whole, "<svg/>", date(2026, 11, 25))


def events(text: str) -> str:
    user = User(1, text)
    changes = [Change("removed", user), Change("trouble", why=text), Change("traffic", user, user)]
    return "".join(event(Server(5, text), one, "now")["text"] for one in changes)


def error(text: str) -> str:
    try:
        user_among([User(1, text)], f"{text}y", Server(5, text))
    except WireguardError as exc:
        return str(exc)
    raise AssertionError("nothing was raised")


def markdown(text: str) -> str:
    servers = [PlannedServer(text, drift(text).differences), PlannedServer("a", error=text)]
    return plan_markdown(servers, done=False)


def declaration(text: str) -> str:
    rules = [PortForward(2, 443, 443, "tcp", text)]
    return declaration_text(
        [adopted(Server(5, text), [(User(1, "web"), rules), (User(2, text), [])])]
    )


OUTPUTS: dict[str, Callable[[str], str]] = {
    "message": show,
    "error": error,
    "report": lambda text: report_page(report(text)),
    "hand-out": handout,
    "metrics": lambda text: metrics_text(report(text)),
    "plan": markdown,
    "drift": lambda text: "".join(one.text() for one in drift(text).differences),
    "event": events,
    "declaration": declaration,
}


def pieces() -> Iterator[str]:
    """Short ones: what is long is cut."""
    return (UNSEEN[start : start + 8] for start in range(0, len(UNSEEN), 8))


@pytest.mark.parametrize("output", OUTPUTS)
def test_nothing_that_nobody_sees_is_in_it(output: str) -> None:
    for piece in pieces():
        found = OUTPUTS[output](f"a{piece}b")
        assert not set(piece) & set(found), ascii(piece)
        assert visible(piece)[:6] in found.replace("\\\\", "\\")


def test_what_is_seen_stays() -> None:
    seen = "é имя عربي 東京\N{IDEOGRAPHIC SPACE}\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16} <&> \\u200b"
    assert visible(seen) == seen
    assert json.loads(f'"{visible(UNSEEN[:3])}"'.replace("\\x", "\\u00")) == UNSEEN[:3]
