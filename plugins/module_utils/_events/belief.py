# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What is believed of a server's users, look by look. Pure: listings in, changes out.

What comes is believed at once; what goes away, once it stayed away for some looks::

    belief = Belief(Rules(settle=2))
    belief.look([phone_online], 0.0)     # []: the first look
    belief.look([phone_offline], 30.0)   # []: it may be back by the next look
    belief.look([phone_offline], 60.0)   # [Change("offline", ...)]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .._model import User
from .changes import DEVICES, MOVES, Change

REMEMBERED = 5
"""Looks for which a counter that fell may come back to where it was."""


@dataclass
class Counter:
    """One counter of bytes. ``last`` is what it showed last, at ``moment`` (seconds).

    A counter that fell shows less than ``peak``: it either began anew, or was misread.
    """

    last: int | None = None
    moment: float = 0.0
    peak: int | None = None
    looks_since_peak: int = 0

    def moved(self, now: int | None, moment: float) -> tuple[int, float]:
        """Bytes since it was read last, and the seconds that this took. What can't be known is 0."""
        then, since = self.last, self.moment
        if now is None:
            return 0, 0.0
        self.last, self.moment = now, moment
        if then is None:
            return 0, 0.0
        return self._since(then, now), moment - since

    def _since(self, then: int, now: int) -> int:
        self.looks_since_peak += 1
        if self.looks_since_peak > REMEMBERED:
            self.peak = None
        if now < then:
            self.peak, self.looks_since_peak = max(then, self.peak or 0), 0
            # A server that restarted counts from zero. A counter that lost a little was misread.
            return now if now < then / 2 else 0
        if self.peak is not None and now >= self.peak:
            then, self.peak = self.peak, None
        return now - then


class Traffic:
    """Both counters of one user."""

    def __init__(self) -> None:
        self.received = Counter()
        self.sent = Counter()

    def moved(self, user: User, moment: float) -> tuple[int, float]:
        """Bytes in both directions since they were read last, and the seconds that this took."""
        pairs = (
            self.received.moved(user.rx_bytes, moment),
            self.sent.moved(user.tx_bytes, moment),
        )
        return sum(count for count, _time in pairs), max(time for _count, time in pairs)


STANDS = 5
"""Looks after which a listing that lost many users at once, or a server that fails, counts as it is."""

MANY = 3
"""Users, and more than a third of all: so many don't vanish between two looks."""

Key = tuple["int | None", str]


@dataclass(frozen=True)
class Rules:
    """How looks are judged. ``settle`` is in looks, ``interval`` in seconds.

    ``traffic_over`` is the number of bytes, received and sent together, above which a user's traffic in
    one interval is an event; None: it never is.
    """

    settle: int = 2
    catch_up: bool = False
    traffic_over: float | None = None
    interval: float = 30.0


@dataclass
class _Device:
    """``user`` as it was seen last, ``steady`` as it was when its ``online`` was believed."""

    user: User
    steady: User
    online: bool | None
    away: int = 0
    missing: int = 0
    traffic: Traffic = field(default_factory=Traffic)


class Belief:
    """What is believed of one server's users."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._devices: dict[Key, _Device] = {}
        self._looked = False
        self._catch_up = rules.catch_up
        self._doubted = False
        self._shown: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def look(self, users: Sequence[User], moment: float) -> list[Change]:
        """What a listing of all users, read at ``moment`` (seconds), changes, in the order of events."""
        now = _by_key(users)
        found = [*self._removed(now), *self._present(now, moment)]
        shown = (self.online, self.offline)
        # A user that was made anew has lost its port forwards, though its device stayed online.
        differs = shown != self._shown or any(change.type in MOVES for change in found)
        if self._catch_up or (self._looked and differs):
            found.append(Change(DEVICES, None, None, self._catch_up, 0, "", *shown))
        self._shown = shown
        self._looked, self._catch_up = True, False
        return sorted(found, key=lambda change: change.position)

    def nobody_looked(self) -> None:
        """Looks failed for long: with ``catch_up`` the next one sends how everything stands."""
        self._catch_up = self._rules.catch_up

    def gone(self) -> list[Change]:
        """The server itself is not there any more, and its users with it."""
        removed = [Change("removed", device.user) for device in self._devices.values()]
        self._devices.clear()
        return sorted(removed, key=lambda change: change.position)

    @property
    def online(self) -> tuple[str, ...]:
        """The client names of those that are believed to be online."""
        return tuple(sorted(x.user.client_name for x in self._devices.values() if x.online))

    @property
    def offline(self) -> tuple[str, ...]:
        """Of those that are offline, and have been for ``settle`` looks."""
        return tuple(
            sorted(
                device.user.client_name
                for device in self._devices.values()
                if device.online is False and device.away >= self._rules.settle
            )
        )

    def _removed(self, now: dict[Key, User]) -> Iterator[Change]:
        names, ids = {name for _id, name in now}, {number for number, _name in now}
        absent = {key: device for key, device in self._devices.items() if key not in now}
        # The API has no renaming: an id with another name, or a name with another id, is another user.
        replaced = [key for key in absent if key[1] in names or key[0] in ids]
        for key in replaced:
            yield self._forget(key)
            del absent[key]
        doubtful = is_doubtful(len(absent), len(self._devices))
        if doubtful and not self._doubted:
            yield Change("trouble", why=_short(len(absent), len(self._devices)))
        self._doubted = doubtful
        needed = max(self._rules.settle, STANDS) if doubtful else self._rules.settle
        for key, device in absent.items():
            device.missing += 1
            if device.missing >= needed:
                yield self._forget(key)

    def _forget(self, key: Key) -> Change:
        return Change("removed", self._devices.pop(key).user)

    def _present(self, now: dict[Key, User], moment: float) -> Iterator[Change]:
        for key, user in now.items():
            if key not in self._devices:
                if self._looked or self._catch_up:
                    yield Change("added", None, user, initial=not self._looked)
                # A user that is new was not online before. In the first look nothing is known.
                known = False if self._looked else None
                self._devices[key] = _Device(user, user, known)
            yield from self._seen(self._devices[key], user, moment)

    def _seen(self, device: _Device, user: User, moment: float) -> Iterator[Change]:
        device.missing = 0
        yield from self._online(device, user)
        moved, seconds = device.traffic.moved(user, moment)
        over = self._rules.traffic_over
        if over is not None and moved > over * max(1.0, seconds / self._rules.interval):
            yield Change("traffic", device.user, user, moved=moved)
        device.user = _completed(user, device)
        if device.user.online == device.online:
            device.steady = device.user

    def _online(self, device: _Device, user: User) -> Iterator[Change]:
        now = user.online
        if now is None:
            return  # it says nothing, so what it said last counts
        device.away = 0 if now else device.away + 1
        if device.online is None or (self._catch_up and self._looked):
            if self._rules.catch_up:
                yield Change("online" if now else "offline", None, user, initial=True)
            elif not now:
                device.away = self._rules.settle
            device.online = now
        elif now and not device.online:
            device.online = True
            yield Change("online", _before(device, user), user)
        elif not now and device.online and device.away >= self._rules.settle:
            device.online = False
            yield Change("offline", device.steady, user)


def is_doubtful(missing: int, known: int) -> bool:
    """Whether a listing lacks so many of the users known before that it can't be believed at once."""
    return missing >= MANY and 3 * missing > known


def _before(device: _Device, user: User) -> User | None:
    """None for a user that is new."""
    return None if device.steady is user else device.steady


def _completed(user: User, device: _Device) -> User:
    """The user, with what a listing left out as it was seen last."""
    last = device.user
    return replace(
        user,
        online=device.online if user.online is None else user.online,
        rx_bytes=last.rx_bytes if user.rx_bytes is None else user.rx_bytes,
        tx_bytes=last.tx_bytes if user.tx_bytes is None else user.tx_bytes,
    )


def _short(absent: int, known: int) -> str:
    return (
        f"lists {known - absent} of the {known} users that it had; the others count as removed once that"
        f" stood for {STANDS} looks"
    )


def _by_key(users: Sequence[User]) -> dict[Key, User]:
    return {(user.id, user.client_name): user for user in users}
