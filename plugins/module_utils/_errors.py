# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Every error that the collection raises on purpose.

An error says what was tried, the status, and the portal's own code and message. None ever holds a
key, a configuration or an unparsed body. What an error is, it is given when it is made.

    WireguardError
    ├── OptionError              a connection option is missing or malformed
    ├── DeclarationError         what is declared contradicts itself or a published rule
    ├── NotFoundError            a server or user that was named is not there
    │   ├── AmbiguousError       a name fits more than one server
    │   └── UnknownUserError     a user that was named is not there
    ├── ConflictError            what is declared is held by what may not be touched
    ├── NotTakenError            the portal took a setting, and does not hold it as it was given
    ├── GuardError               the plan deletes more than the caller allowed
    ├── ShapeError               an answer is not shaped as any form of the API that is known
    ├── ConfFileError            a configuration file can't be written
    ├── ChangedMeanwhileError    a user is not as it was when the plan was made
    ├── AllowanceSpentError      a wait does not fit into what is left of max_wait
    ├── BatchEndedError          what was waited for is not needed any more
    ├── RequestError             a request did not give a usable answer
    │   ├── NotReachedError      the portal never saw it
    │   ├── OutcomeUnknownError  the portal may or may not have carried it out
    │   ├── RejectedError        the portal refused it (any 4xx but 429)
    │   │   └── ContendedError   409, and a look shows that somebody else is in the way
    │   ├── TooManyRequestsError 429: not carried out
    │   ├── WaitRefusedError     it would have to wait longer than max_wait allows; not sent
    │   └── AnswerError          the answer to a read is not what the API documents
    │       ├── OtherMadeError   something was created, but not what was asked for
    │       └── RefusedConfigError  a configuration that must not be passed on
    └── StepError                a step of a plan failed

    Cancelled (a BaseException)  the job was cancelled: nothing may handle it and go on
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ._model import LostForward

Same = TypeVar("Same", bound="RequestError")


def no_request() -> dict[str, Any]:
    """The ``error`` of a failure in which no request failed."""
    return dict.fromkeys(("status", "code", "message", "method", "path"))


class WireguardError(Exception):
    """The root of everything that this collection raises on purpose.

    ``details`` are further result keys (plain data) that a module's failure carries beside ``msg``.
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return self.message

    def result(self) -> dict[str, Any]:
        """What a failed task returns for this error, ``msg`` excepted.

        ``error`` is always there, so that a playbook can look into it whatever failed.
        """
        return {"error": no_request(), **self.details}


class OptionError(WireguardError):
    """A connection option is missing or malformed. Raised before any request."""


class DeclarationError(WireguardError):
    """A declaration contradicts itself or a published rule. Raised before any request.

    ``problems`` lists everything that is wrong with it, not just the first finding.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{'; '.join(problems)}. Nothing was sent", problems=list(problems))
        self.problems = list(problems)


class NotFoundError(WireguardError):
    """A server or user that was named is not there."""


class AmbiguousError(NotFoundError):
    """A name fits more than one server."""


class UnknownUserError(NotFoundError):
    """A user that was named is not there."""


class ConflictError(WireguardError):
    """What is declared is held by something that the declaration may not touch."""


class NotTakenError(WireguardError):
    """The portal took a setting and does not hold it as it was given. Shows both, without secrets."""


class GuardError(WireguardError):
    """The plan is more destructive than was allowed, or could turn out to be. Nothing was changed."""


class ShapeError(WireguardError):
    """An answer is not shaped as any form of the API that is known. Holds names, never values."""


class ConfFileError(WireguardError):
    """A configuration file can't be written. The message says where and why."""


class ChangedMeanwhileError(WireguardError):
    """A user that is to be replaced is not there any more, or has another key. Nothing was changed."""


class AllowanceSpentError(WireguardError):
    """A wait (``needed`` seconds) does not fit into what is ``left`` of ``max_wait``."""

    def __init__(self, needed: float, left: float, max_wait: float) -> None:
        super().__init__(
            f"it would have to wait {needed:.1f} s, and {left:.1f} s of max_wait ({max_wait:g} s)"
            " are left"
        )
        self.needed = needed
        self.left = left


class BatchEndedError(WireguardError):
    """A reader's batch has ended: what it waited for is not needed any more. No one sees it."""


class RequestError(WireguardError):
    """A request did not give a usable answer.

    ``method`` and ``path`` say what was tried; ``status`` (int), ``code`` and ``api_message`` say
    what the portal answered, each None where it is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str | None,
        path: str | None,
        status: int | None = None,
        code: str | None = None,
        api_message: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.api_message = api_message

    @property
    def may_be_gone(self) -> bool:
        """Whether what was asked for may not be there (portal-api, "status of an unknown id")."""
        return self.status in (403, 404)

    @property
    def conflict(self) -> bool:
        """Whether the portal refused a duplicate name or a port in use."""
        return self.status == 409

    def facts(self) -> dict[str, Any]:
        """What is known of the request and its answer, as the arguments of another error of it."""
        names = ("method", "path", "status", "code", "api_message")
        return {name: getattr(self, name) for name in names}

    def saying(self: Same, more: str, **details: Any) -> Same:
        """The same error, its message continued, perhaps with further result keys."""
        details = {**self.details, **details}
        return type(self)(f"{self.message}; {more}", **self.facts(), **self.own(), **details)

    def own(self) -> dict[str, Any]:
        """The arguments that only this kind of error takes."""
        return {}

    def result(self) -> dict[str, Any]:
        error = self.facts()
        return {**self.details, "error": {"message": error.pop("api_message"), **error}}


class NotReachedError(RequestError):
    """The portal never saw the request: safe to send again, whatever it was.

    ``permanent``: sending again is pointless (a certificate that is not trusted, say).
    """

    def __init__(self, message: str, *, permanent: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.permanent = permanent

    def own(self) -> dict[str, Any]:
        return {"permanent": self.permanent}


class OutcomeUnknownError(RequestError):
    """The portal may or may not have carried the request out (5xx, time-out, reset, unreadable).

    ``ended``: the portal itself said so (500, in its own JSON), so that nothing of the request is
    still under way. A gateway that gave up, a reset and a time-out say nothing of that.
    """

    def __init__(self, message: str, *, ended: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.ended = ended

    def own(self) -> dict[str, Any]:
        return {"ended": self.ended}


class RejectedError(RequestError):
    """The portal understood the request and refused it (any 4xx but 429)."""


class ContendedError(RejectedError):
    """409, and a look shows that what is wanted is still not there: somebody else is in the way."""


class TooManyRequestsError(RequestError):
    """429: not carried out. ``seconds`` is how long the portal asks to wait."""

    def __init__(self, message: str, *, seconds: float, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.seconds = seconds

    def own(self) -> dict[str, Any]:
        return {"seconds": self.seconds}


class WaitRefusedError(RequestError):
    """The request would have to wait longer than ``max_wait`` still allows. It was not sent.

    ``reason`` is about the wait alone.
    """

    def __init__(self, message: str, *, reason: str = "", **facts: Any) -> None:
        super().__init__(message, **facts)
        self.reason = reason

    def own(self) -> dict[str, Any]:
        return {"reason": self.reason}


class AnswerError(RequestError):
    """The answer to a read came, but it is not what the API documents."""


class OtherMadeError(AnswerError):
    """The portal created something, but not what was asked for."""


class RefusedConfigError(AnswerError):
    """The configuration that came with an answer must not be passed on."""


class StepError(WireguardError):
    """A step of a plan failed. Bears its cause's ``error``.

    ``lost`` are the rules that were removed for a replacement and could not be put back.
    """

    def __init__(
        self,
        message: str,
        cause: WireguardError,
        step: Any,
        *,
        lost: Sequence[LostForward] = (),
        **details: Any,
    ) -> None:
        super().__init__(message, **{**cause.result(), **details})
        self.cause = cause
        self.step = step
        self.lost = tuple(lost)

    def result(self) -> dict[str, Any]:
        lost = {"lost_port_forwards": [loss.result() for loss in self.lost]} if self.lost else {}
        return {**super().result(), **lost}


class Cancelled(BaseException):
    """The job was cancelled. No error that anything might handle and go on from."""
