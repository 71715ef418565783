# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: nobody outside this collection may build on it.

The typed errors of every room below the Ansible one. An error says what was tried, the status, and
the portal's own code and message. None ever holds a key, a configuration or an unparsed body.
"""

from __future__ import annotations

from typing import Any


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
        nothing = dict.fromkeys(("status", "code", "message", "method", "path"))
        return {"error": nothing, **self.details}


class OptionError(WireguardError):
    """A connection option is missing or malformed. Raised before any request."""


class DeclarationError(WireguardError):
    """A declaration contradicts itself or a published rule. Raised before any request.

    ``problems`` lists everything that is wrong with it, not just the first finding.
    """

    def __init__(self, problems: list[str]) -> None:
        head = "The declaration can't be accepted, nothing was sent"
        super().__init__(f"{head}: {'; '.join(problems)}", problems=list(problems))
        self.problems = list(problems)


class NotFoundError(WireguardError):
    """A server or user that was named is not there, or the name fits more than one."""


class ConflictError(WireguardError):
    """What is declared is held by something that the declaration may not touch."""


class GuardError(WireguardError):
    """The plan is more destructive than the caller allowed. Nothing was changed."""


class RequestError(WireguardError):
    """A request did not give a usable answer.

    ``method`` and ``path`` say what was tried; ``status`` (int), ``code`` and ``api_message`` say
    what the portal answered, each None where it is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
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

    def result(self) -> dict[str, Any]:
        error = {
            "status": self.status,
            "code": self.code,
            "message": self.api_message,
            "method": self.method,
            "path": self.path,
        }
        return {**self.details, "error": error}


class NotReachedError(RequestError):
    """The portal never saw the request: safe to send again, whatever it was.

    ``permanent``: sending again is pointless (a certificate that is not trusted, say).
    """

    permanent = False


class OutcomeUnknownError(RequestError):
    """The portal may or may not have carried the request out (5xx, time-out, reset, unreadable)."""


class RejectedError(RequestError):
    """The portal understood the request and refused it (any 4xx but 429)."""


class WaitRefusedError(RequestError):
    """The request would have to wait longer than ``max_wait`` still allows. It was not sent."""


class AnswerError(RequestError):
    """The answer to a read came, but it is not what the API documents."""


class StepError(WireguardError):
    """A step of a plan failed. Bears its cause's ``error``, and what could not be put back."""

    def __init__(self, message: str, cause: WireguardError, step: Any, **details: Any) -> None:
        super().__init__(message, **{**cause.result(), **details})
        self.cause = cause
        self.step = step
