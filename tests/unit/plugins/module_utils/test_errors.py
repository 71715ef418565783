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
    TooManyRequestsError,
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


def test_the_problems_of_a_declaration_are_all_in_the_message() -> None:
    error = DeclarationError(["one", "two"])
    assert error.result() == {"problems": ["one", "two"], "error": NOTHING}
    assert str(error) == "one; two. Nothing was sent"


@pytest.mark.parametrize(
    "kind",
    [
        value
        for value in vars(_errors).values()
        if isinstance(value, type) and issubclass(value, RequestError)
    ],
)
def test_what_is_not_known_of_a_request_is_null(kind: type[RequestError]) -> None:
    needed = {"seconds": 1.0} if kind is TooManyRequestsError else {}
    assert kind("no", method="GET", path="/servers", **needed).result() == {"error": UNKNOWN}


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
    error = StepError("step: no", cause, "the step", more=1)
    assert error.result() == {"error": UNKNOWN, "more": 1}
    assert (error.cause, error.step) == (cause, "the step")


def test_what_never_reached_the_portal_may_do_so_later() -> None:
    assert NotReachedError("no", method="GET", path="/").permanent is False


def test_every_error_is_one_of_ours() -> None:
    kinds = [value for value in vars(_errors).values() if isinstance(value, type)]
    ours = [kind for kind in kinds if kind.__module__ == _errors.__name__]
    assert len(ours) > 5
    assert {kind for kind in ours if not issubclass(kind, WireguardError)} == {_errors.Cancelled}


@pytest.mark.parametrize(
    "kind", [value for value in vars(_errors).values() if isinstance(value, type)]
)
def test_the_tree_of_errors_names_each_of_them(kind: type) -> None:
    drawn = (_errors.__doc__ or "").splitlines()
    assert kind.__module__ != _errors.__name__ or any(kind.__name__ in line for line in drawn)


@pytest.mark.parametrize(
    "error",
    [
        RejectedError("no", method="GET", path="/x", status=404, code="c", api_message="m", more=1),
        NotReachedError("no", method="GET", path="/x", permanent=True),
        TooManyRequestsError("no", method="GET", path="/x", seconds=3.0),
    ],
)
def test_an_error_that_says_more_is_otherwise_the_same(error: RequestError) -> None:
    more = error.saying("really")
    assert str(more) == "no; really"
    assert type(more) is type(error)
    assert more is not error
    assert {**vars(more), "message": ""} == {**vars(error), "message": ""}


@pytest.mark.parametrize(
    ("status", "may_be_gone", "conflict"),
    [(403, True, False), (404, True, False), (409, False, True), (422, False, False)],
)
def test_what_a_status_can_mean(status: int, may_be_gone: bool, conflict: bool) -> None:
    error = RejectedError("no", method="GET", path="/x", status=status)
    assert (error.may_be_gone, error.conflict) == (may_be_gone, conflict)
