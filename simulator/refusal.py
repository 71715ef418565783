# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the portal says no: a status, a code for programs and a message for people."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - to the simulator it is an answer like others
    """An answer ``{"error": message, "code": code}`` with an HTTP status (rule "errors")."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class UnknownId(Refusal):
    """No such server, user or port forward.

    Which status the portal gives is not published: 404 unless the shape ``unknown_id`` says 403.
    """

    def __init__(self, what: str) -> None:
        super().__init__(404, "not_found", f"No such {what}.")


class Foreign(Refusal):
    """Another account's server, user or port forward (rule "statuses": 403)."""

    def __init__(self, what: str) -> None:
        super().__init__(403, "forbidden", f"This {what} does not belong to your account.")
