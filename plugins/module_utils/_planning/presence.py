# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Port forwards that are to be there only while their device is online. Pure."""

from __future__ import annotations

from collections.abc import Mapping
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


def _user(user: DesiredUser, current: Current, online: bool | None) -> DesiredUser:
    if user.port_forwards is None or online:
        return user
    # A user that is not there is not online when it is made.
    away = online is False or user.client_name not in current.users
    held = {
        (rule.external_port, protocol)
        for rule in current.forwards.get(user.client_name, ())
        for protocol in rule.protocols
    }
    rules = []
    for rule in user.port_forwards:
        if rule.while_online and rule.present and (away or not _is_held(rule, held)):
            rule = replace(rule, present=False)
        rules.append(rule)
    return replace(user, port_forwards=tuple(rules))


def _is_held(rule: DesiredForward, held: set[tuple[int, str]]) -> bool:
    return any((rule.external_port, protocol) in held for protocol in PROTOCOLS[rule.protocol])
