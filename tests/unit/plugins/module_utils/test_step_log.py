# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of each step of a plan, and of the plans after it."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.step_log import StepLog
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step

RULE = PortForward(7, 443, 8443, "tcp", "HTTPS")
USER, REMOVED = Step("create", "web"), Step("delete", "old")
MADE, TAKEN = Step("create", "web", RULE), Step("delete", "old", RULE)


def test_a_new_plan_keeps_what_was_done_and_not_put_back() -> None:
    log = StepLog()
    log.plan([REMOVED, TAKEN, USER, MADE])
    log.done(REMOVED)
    log.done(TAKEN)
    log.put_back([TAKEN], [])
    log.failed(USER)
    again = Step("create", "web")
    log.plan([again])
    assert log.steps() == [REMOVED, again]
    assert log.progress() == (1, 2)


def test_the_users_that_are_gone_for_good() -> None:
    log = StepLog()
    renewed = [Step("delete", "ann"), Step("create", "ann")]
    other = Step("delete", "other")
    log.plan([REMOVED, TAKEN, other, *renewed, Step("delete", "later")])
    for step in (REMOVED, TAKEN, other, *renewed):
        log.done(step)
    assert log.users_deleted() == 2


def test_a_step_as_modules_return_it() -> None:
    log = StepLog()
    log.plan([USER, MADE])
    log.done(USER)
    assert log.result() == [
        {
            "action": "create",
            "kind": "user",
            "name": "web",
            "what": "web",
            "port_forward": None,
            "status": "done",
            "put_back": False,
            "restored": False,
        },
        {
            "action": "create",
            "kind": "port_forward",
            "name": "web",
            "what": "443/tcp -> 8443 (HTTPS)",
            "port_forward": {
                "external_port": 443,
                "internal_port": 8443,
                "protocol": "tcp",
                "comment": "HTTPS",
            },
            "status": "planned",
            "put_back": False,
            "restored": False,
        },
    ]
    assert log.summary() == {
        "users_created": 1,
        "users_deleted": 0,
        "port_forwards_created": 1,
        "port_forwards_deleted": 0,
    }
