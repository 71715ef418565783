# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Port forwards that are to be there only while their device is online. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from .._model import PROTOCOLS
from .current import Current
from .desired import Desired, DesiredForward, DesiredUser


def as_devices_are(
    desired: Desired, current: Current, online: Mapping[str, bool | None] | None = None
) -> Desired:
    """What is desired as the devices are now: what is declared ``while_online`` is absent for one that is not.

    ``online`` is what is known of each client name; None: what the listing says. Of a device of which
    that is not known, rules stay as they are.
    """
    if not any(rule.while_online for user in desired.users for rule in user.port_forwards or ()):
        return desired
    if online is None:
        online = {name: user.online for name, user in current.users.items()}
    users = tuple(_user(user, current, online.get(user.client_name)) for user in desired.users)
    return replace(desired, users=users)


def agreed(
    listed: Mapping[str, bool | None], online: Collection[str], offline: Collection[str]
) -> dict[str, bool | None]:
    """Which devices are online, by a listing and by what an event says of looks before it.

    The listing alone could be a wrong one, and the event may have waited for long. A device that the event
    calls offline and the listing online has just come back, so its rules stay until the next event.
    """
    return {
        name: True if name in online else False if name in offline and now is False else None
        for name, now in listed.items()
    }


def _user(user: DesiredUser, current: Current, online: bool | None) -> DesiredUser:
    # A user that is not there is not online when it is made.
    away = online is False or user.client_name not in current.users
    held = {
        (rule.external_port, protocol)
        for rule in current.forwards.get(user.client_name, ())
        for protocol in rule.protocols
    }

    def decided(rule: DesiredForward) -> DesiredForward:
        if not rule.while_online or not rule.present:
            return rule
        present = bool(online) or (not away and _is_held(rule, held))
        return replace(rule, present=present, while_online=None)

    if user.port_forwards is None:
        return user
    return replace(user, port_forwards=tuple(map(decided, user.port_forwards)))


def _is_held(rule: DesiredForward, held: set[tuple[int, str]]) -> bool:
    return any((rule.external_port, protocol) in held for protocol in PROTOCOLS[rule.protocol])
