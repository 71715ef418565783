# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a server holds: its users, and the port forwards of those users that were looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._model import PROTOCOLS, PortForward, User
from .._text import show
from .desired import DesiredForward


@dataclass(frozen=True)
class Current:
    """A server's state, as far as it is known. Values are never changed, only replaced.

    ``users`` by client name. ``forwards`` holds only the users whose rules were listed: a name that
    is missing there is not known to have none. ``public_keys`` likewise: of the users asked about.
    """

    users: Mapping[str, User] = field(default_factory=dict)
    forwards: Mapping[str, tuple[PortForward, ...]] = field(default_factory=dict)
    public_keys: Mapping[str, str] = field(default_factory=dict)

    def with_user(self, user: User) -> Current:
        """One user more, who is new and therefore holds no rules."""
        name = user.client_name
        return Current(
            {**self.users, name: user},
            {**self.forwards, name: ()},
            _without(self.public_keys, name),
        )

    def with_public_key(self, name: str, key: str) -> Current:
        """The public key that a user's device has now."""
        return replace(self, public_keys={**self.public_keys, name: key})

    def with_user_known(self, user: User) -> Current:
        """A user of whom more is known now, the rules as they are."""
        return replace(self, users={**self.users, user.client_name: user})

    def without_user(self, name: str) -> Current:
        """One user less; a user's rules end with it (portal-api, "no update")."""
        return Current(
            *(_without(values, name) for values in (self.users, self.forwards, self.public_keys))
        )

    def holds(self, rule: PortForward) -> bool:
        """Whether somebody holds a protocol of the rule's external port, as far as was looked at."""
        return any(
            other.external_port == rule.external_port and other.protocols & rule.protocols
            for rules in self.forwards.values()
            for other in rules
        )

    def with_forward(self, name: str, rule: PortForward) -> Current:
        """One rule more."""
        return self.with_forwards(name, (*self.forwards.get(name, ()), rule))

    def without_forward(self, name: str, rule: PortForward) -> Current:
        """One rule less."""
        kept = tuple(other for other in self.forwards.get(name, ()) if other is not rule)
        return self.with_forwards(name, kept)

    def with_forwards(self, name: str, rules: Iterable[PortForward]) -> Current:
        """All of a user's rules at once."""
        return replace(self, forwards={**self.forwards, name: tuple(rules)})

    def with_all_forwards(self, listed: Mapping[str, Iterable[PortForward]]) -> Current:
        """All rules of several users."""
        rules = {name: tuple(found) for name, found in listed.items()}
        return replace(self, forwards={**self.forwards, **rules})


def lines_of(name: str, rules: Iterable[PortForward] | None = (), note: str = "") -> list[str]:
    """A user and its port forwards (None: not looked at) in printable lines, for a diff.

    No ids, addresses, live status or secrets: nothing that differs between a prediction and what
    then happens. Each line bears the user's name, as a diff cuts the lines around it.

        >>> lines_of("web", [PortForward(7, 443, 8443, "tcp", "HTTPS")])
        ['user web', 'web: 443/tcp -> 8443 (HTTPS)']
        >>> lines_of("web", None)
        ['user web', 'web: its port forwards']
    """
    shown = show(name, 80)
    texts = ["its port forwards"] if rules is None else [rule.text() for rule in in_order(rules)]
    return [f"user {shown}{note}", *(f"{shown}: {text}" for text in texts)]


def in_order(rules: Iterable[PortForward]) -> list[PortForward]:
    """Rules in the order in which results and diffs show them."""
    return sorted(rules, key=lambda rule: (rule.external_port, rule.protocol, rule.internal_port))


def serving(rules: Iterable[PortForward], desired: DesiredForward) -> list[PortForward]:
    """The rules that carry a protocol of this declaration, in one order."""
    protocols = PROTOCOLS[desired.protocol]
    found = (rule for rule in rules if rule.external_port == desired.external_port)
    return in_order(rule for rule in found if rule.protocols & protocols)


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}
