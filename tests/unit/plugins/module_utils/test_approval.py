# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An approved plan names what it deletes by its id, and is read back as it was written, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    DeclarationError,
    GuardError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.approval import (
    MOST_STEPS,
    ServerPlan,
    approved_step,
    from_json,
    refuse_unapproved,
    step_text,
    to_json,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    ApprovedStep,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step

RULE = PortForward(7, 443, 8443, "tcp", "HTTPS ")
BEFORE = Current({"web": User(17, "web")}, {"web": (RULE,)})
STEPS = [
    (Step("delete", "web"), ApprovedStep("delete", "web", None, 17)),
    (
        Step("delete", "web", RULE),
        ApprovedStep("delete", "web", (443, 8443, "tcp", "HTTPS"), 7),
    ),
    (
        Step("create", "web", RULE),
        ApprovedStep("create", "web", (443, 8443, "tcp", "HTTPS"), None),
    ),
    (Step("create", "web"), ApprovedStep("create", "web", None, None)),
    (Step("create", "new", restored=True), ApprovedStep("create", "new", None, None, True)),
]
APPROVED = tuple(approved for _step, approved in STEPS)


@pytest.mark.parametrize(("step", "approved"), STEPS)
def test_what_is_deleted_is_named_by_its_id(step: Step, approved: ApprovedStep) -> None:
    assert approved_step(step, BEFORE) == approved


def test_another_user_of_that_name_is_not_what_was_approved() -> None:
    step = Step("delete", "web")
    approved = (approved_step(step, BEFORE),)
    refuse_unapproved(approved, [step], BEFORE, whole=True)
    another = Current({"web": User(18, "web")})
    with pytest.raises(GuardError) as refused:
        refuse_unapproved(approved, [step], another, whole=True)
    assert refused.value.result()["plan_changes"] == [
        "not approved: delete user web (id 18)",
        "approved, but not needed any more: delete user web (id 17)",
    ]


def test_what_is_not_needed_any_more_counts_where_the_whole_plan_is_compared() -> None:
    approved = APPROVED
    refuse_unapproved(approved, [Step("create", "web")], BEFORE, whole=False)
    with pytest.raises(GuardError):
        refuse_unapproved(approved, [Step("create", "web")], BEFORE, whole=True)
    # What is given back is compared by itself.
    refuse_unapproved(
        approved, [Step("create", "new", restored=True)], BEFORE, whole=True, restored=True
    )


def test_a_plan_is_read_as_it_was_written() -> None:
    steps = APPROVED
    text = to_json([ServerPlan(Server(5, "fra1"), steps, ["planned"] * len(steps))])
    assert from_json(text) == {5: steps}
    data = json.loads(text)
    (server,) = data["servers"]
    assert (server["server"], server["server_name"]) == (5, "fra1")
    assert [(one["kind"], one["id"]) for one in server["steps"]] == [
        ("user", 17),
        ("port_forward", 7),
        ("port_forward", None),
        ("user", None),
        ("user", None),
    ]
    assert server["steps"][1]["port_forward"] == {
        "external_port": 443,
        "internal_port": 8443,
        "protocol": "tcp",
        "comment": "HTTPS",
    }


def test_a_plan_is_text_for_people_too() -> None:
    step = ApprovedStep("create", "web", (80, 80, "tcp", "Zürich"), None)
    text = to_json([ServerPlan(Server(5), (step,), ["planned"])])
    assert "Zürich" in text
    assert step_text(step) == "create port forward web: 80/tcp -> 80 (Zürich)"


def _twice(data: Any) -> None:
    data["servers"] *= 2


def _too_long(data: Any) -> None:
    data["servers"][0]["steps"] *= MOST_STEPS // 3 + 1


@pytest.mark.parametrize(
    "spoil",
    [
        _twice,
        _too_long,
        lambda data: data.update(format="premiervpn.wireguard plan 2"),
        lambda data: data["servers"][0]["steps"][0].update(status="done"),
        lambda data: data["servers"][0]["steps"][0].update(action="remove"),
        lambda data: data["servers"][0]["steps"][0].update(id="17"),
        lambda data: data["servers"][0]["steps"][0].update(restored=None),
        lambda data: data["servers"][0]["steps"][1].update(name="a name"),
        lambda data: data["servers"][0]["steps"][1].pop("name"),
        lambda data: data["servers"][0]["steps"][2]["port_forward"].update(protocol="sctp"),
        lambda data: data["servers"][0]["steps"][2]["port_forward"].update(comment=5),
    ],
)
def test_what_is_no_plan_is_refused(spoil: Callable[[Any], None]) -> None:
    steps = [Step("delete", "web"), Step("create", "web"), Step("create", "web", RULE)]
    approved = tuple(approved_step(step, BEFORE) for step in steps)
    data = json.loads(to_json([ServerPlan(Server(5), approved, ["planned"] * 3)]))
    assert from_json(data) == {5: approved}
    spoil(data)
    with pytest.raises(DeclarationError, match="not a plan that plan_path wrote"):
        from_json(data)
