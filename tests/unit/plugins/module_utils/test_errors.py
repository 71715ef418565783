# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The typed errors: what they say, and what they add to a failed task's result."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils import _errors
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    DeclarationError,
    NotReachedError,
    OutcomeUnknownError,
    RejectedError,
    RequestError,
    StepError,
    WireguardError,
)

# Every failure has an `error` to look into, one without a request too.
NOTHING = {"status": None, "code": None, "message": None, "method": None, "path": None}
NOTHING = dict.fromkeys(("status", "code", "message", "method", "path"))
UNKNOWN = {"status": None, "code": None, "message": None, "method": "GET", "path": "/servers"}


def test_an_error_is_its_message_and_further_result_keys() -> None:
    error = WireguardError("no", names=["a"])
    assert str(error) == "no"
    assert error.result() == {"names": ["a"], "error": NOTHING}
    error.message += "; really"
    assert str(error) == "no; really"


def test_the_problems_of_a_declaration_are_all_in_the_message() -> None:
    error = DeclarationError(["one", "two"])
    assert error.result() == {"problems": ["one", "two"], "error": NOTHING}
    assert "nothing was sent: one; two" in str(error)


@pytest.mark.parametrize(
    "kind",
    [
        value
        for value in vars(_errors).values()
        if isinstance(value, type) and issubclass(value, RequestError)
    ],
)
def test_what_is_not_known_of_a_request_is_null(kind: type[RequestError]) -> None:
    assert kind("no", method="GET", path="/servers").result() == {"error": UNKNOWN}


def test_what_the_portal_said_is_in_the_result() -> None:
    error = RejectedError(
        "no", method="POST", path="/x", status=409, code="port_in_use", api_message="in use", more=1
    )
    assert error.result() == {
        "error": {
            "status": 409,
            "code": "port_in_use",
            "message": "in use",
            "method": "POST",
            "path": "/x",
        },
        "more": 1,
    }


def test_a_failed_step_bears_its_cause() -> None:
    cause = OutcomeUnknownError("no", method="GET", path="/servers")
    error = StepError("step: no", cause, "the step", lost_port_forwards=[1])
    assert error.result() == {"error": UNKNOWN, "lost_port_forwards": [1]}
    assert (error.cause, error.step) == (cause, "the step")


def test_what_never_reached_the_portal_may_do_so_later() -> None:
    assert NotReachedError("no", method="GET", path="/").permanent is False


def test_every_error_is_one_of_ours() -> None:
    kinds = [value for value in vars(_errors).values() if isinstance(value, type)]
    ours = [kind for kind in kinds if kind.__module__ == _errors.__name__]
    assert len(ours) > 5
    assert all(issubclass(kind, WireguardError) for kind in ours)
