# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The portal's endpoints (portal-api, E1 to E15), one method each. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .._errors import AnswerError, OutcomeUnknownError, ShapeError
from .._model import PortForward, Secrets, Server, User
from .._pacing.cancel import Interrupt
from .._pacing.progress import Report
from . import parsing
from .failures import shown_path
from .response import Room
from .settings import ApiSettings
from .transport import Transport

T = TypeVar("T")
Listed = TypeVar("Listed", Server, User, PortForward)

# More pages than any account has users; ends a chain of links that never repeats and never ends.
MAX_PAGES = 200

MAX_ENTRIES = 10_000
"""Users of a server, or port forwards of a user: far more than a server of a /16 is known to have."""


class Portal:
    """The REST API as Python calls. Each raises a ``RequestError`` where it has no good answer."""

    def __init__(
        self,
        settings: ApiSettings,
        report: Report | None = None,
        interrupt: Interrupt | None = None,
    ) -> None:
        self._base = settings.api_url
        # Whether commands in the configurations of users are wanted (the option of that name).
        self.allow_hooks = False
        self._transport = Transport(settings, report, interrupt)
        # When requests may go out, for those who write: waits, reservations, cancellations.
        self.pacer = self._transport.pacer

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def pacing_warning(self) -> str | None:
        """What to warn of where the request budget could not be shared with other processes."""
        why = self._transport.unshared_reason
        return why and (
            f"The requests were paced without knowing of other processes that use this key: {why}."
            " Together they may send more than rate_limit allows, and meet 429."
        )

    def servers(self) -> list[Server]:
        """E1: the account's assigned servers."""
        return _once_each(self._listed("/servers", parsing.servers))

    def users(self, server_id: int) -> list[User]:
        """E2: a server's users, without keys or configurations."""
        return _once_each(self._listed(f"/servers/{server_id}/users", parsing.users))

    def create_user(self, server_id: int, client_name: str) -> tuple[User | None, Secrets]:
        """E3: create a user. The user is None where the answer holds only its secrets."""
        path = f"/servers/{server_id}/users"
        return self._created(path, {"client_name": client_name}, parsing.created_user)

    def devices(self, server_id: int) -> list[dict[str, Any]]:
        """E4: the live status of a server's users."""
        return self._listed(f"/servers/{server_id}/status", parsing.devices)

    def user(self, user_id: int) -> tuple[User, Secrets]:
        """E5: one user, with configuration and keys."""
        path = f"/users/{user_id}"
        return self._read(path, lambda body: parsing.user(body, user_id))[0]

    def delete_user(self, user_id: int) -> None:
        """E6: remove a user, and its port forwards with it."""
        self._transport.delete(f"/users/{user_id}")

    def port_forwards(self, user_id: int) -> list[PortForward]:
        """E7: a user's port forwards."""
        path = f"/users/{user_id}/port-forwards"
        return _once_each(self._listed(path, parsing.port_forwards))

    def create_port_forward(self, user_id: int, rule: PortForward) -> PortForward | None:
        """E8: create a rule. None where the answer does not describe the rule whole."""
        body = rule.definition()
        if not rule.comment:
            del body["comment"]
        path = f"/users/{user_id}/port-forwards"
        return self._created(path, body, parsing.created_port_forward)

    def delete_port_forward(self, port_forward_id: int) -> None:
        """E9: remove a rule."""
        self._transport.delete(f"/port-forwards/{port_forward_id}")

    def setting(self, path: str, name: str, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """E10 or E13: the fields of a setting; None where nothing stands there.

        ``given`` are the fields that are looked for: they tell an envelope from what is in it.
        """
        body = self._transport.get(path)
        return _parsed(path, lambda: parsing.setting(body, name, given), self._transport.scrub)

    def put_setting(self, path: str, fields: Mapping[str, Any]) -> None:
        """E11 or E14: set these fields."""
        self._transport.put(path, fields)

    def delete_setting(self, path: str) -> None:
        """E12 or E15: set nothing any more."""
        self._transport.delete(path)

    def _read(
        self, path: str, parse: Callable[[Any], T], room: Room | None = None
    ) -> tuple[T, str | None]:
        """A parsed GET, and the path of the page that follows, if one does."""
        body = self._transport.get(path, room)

        def read() -> tuple[T, str | None]:
            link = parsing.next_link(body)
            return parse(body), parsing.page_after(self._base, path, link) if link else None

        return _parsed(path, read, self._transport.scrub)

    def _listed(self, path: str, parse: Callable[[Any], list[T]]) -> list[T]:
        """A whole listing, page after page."""
        items: list[T] = []
        seen: set[str] = set()
        page: str | None = path
        room = Room()
        while page and page not in seen and len(seen) < MAX_PAGES:
            seen.add(page)
            found, page = self._read(page, parse, room)
            items += found
            if len(items) > MAX_ENTRIES:
                raise AnswerError(
                    f"GET {path}: the answer has more than {MAX_ENTRIES} entries, the most that are read",
                    method="GET",
                    path=path,
                )
        if page:
            raise AnswerError(
                f"GET {path}: the answers' `next` links run in a circle, or never end",
                method="GET",
                path=path,
            )
        return items

    def _created(self, path: str, body: dict[str, Any], parse: Callable[[Any], T]) -> T:
        answer = self._transport.post(path, body)
        try:
            return parse(answer)
        except ShapeError as exc:
            # It was carried out, or something was: only a look can show what.
            text = self._transport.scrub(str(exc))
            raise OutcomeUnknownError(f"POST {path}: {text}", method="POST", path=path) from None


def _parsed(path: str, read: Callable[[], T], scrub: Callable[[str], str]) -> T:
    try:
        return read()
    except ShapeError as exc:
        shown = shown_path(path)
        # Even a field's name can be a secret; and Ansible would print the cause as well.
        text = scrub(str(exc))
        raise AnswerError(f"GET {shown}: {text}", method="GET", path=shown) from None


def _once_each(items: list[Listed]) -> list[Listed]:
    """Each id once: pages that shift while they are read can show an entry twice."""
    return list({item.id: item for item in items}.values())
