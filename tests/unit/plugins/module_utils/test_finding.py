# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Naming a server and a user, and how many requests it takes to find them."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.finding import (
    find_server,
    id_of,
    server_among,
    server_and_users,
    user_among,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.parallel import each
from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.reading import secrets_of
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.loading import (
    current_of,
    load_forwards,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    AnswerError,
    NotFoundError,
    RejectedError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Secrets,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

PARIS = Server(5, "Paris", "paris.example", "192.0.2.1")
OSLO = Server(6, "Oslo", "oslo.example", "192.0.2.2")
TWIN = Server(7, "Oslo", "twin.example", "192.0.2.3")
DIGITS = Server(8, "2024")
PHONE, DIGIT_USER, LAPTOP = User(12, "phone"), User(13, "12"), User(14, "laptop")
RULE = PortForward(31, 80, 8080, "tcp")


class Stub:
    """A portal that holds this, and records what it is asked."""

    def __init__(self, servers: list[Server], users: list[User] | None = None) -> None:
        self.calls: list[str] = []
        self._servers, self._users = servers, users or []
        self.allow_hooks = False
        self.secrets = Secrets("[Interface]")
        self.pacer = Mock()

    def servers(self) -> list[Server]:
        self.calls.append("servers")
        return self._servers

    def users(self, server_id: int) -> list[User]:
        self.calls.append(f"users {server_id}")
        if server_id not in [server.id for server in self._servers]:
            raise missing(f"/servers/{server_id}/users")
        return self._users

    def user(self, user_id: int) -> tuple[User, Secrets]:
        self.calls.append(f"user {user_id}")
        return User(user_id, "x"), self.secrets

    def port_forwards(self, user_id: int) -> list[PortForward]:
        self.calls.append(f"port_forwards {user_id}")
        if user_id not in [user.id for user in self._users]:
            raise missing(f"/users/{user_id}/port-forwards")
        return [RULE] if user_id == 12 else []


def missing(path: str, status: int = 404) -> RejectedError:
    return RejectedError("no", method="GET", path=path, status=status)


def portal(*servers: Server, users: list[User] | None = None) -> Any:
    return Stub(list(servers), users)


@pytest.mark.parametrize("wanted", [5, "5", " 5 "])
def test_an_id_takes_no_request(wanted: Any) -> None:
    asked = portal(PARIS, OSLO)
    assert find_server(asked, wanted) == Server(5)
    assert asked.calls == []


@pytest.mark.parametrize("wanted", ["Paris", "paris.example", "192.0.2.1"])
def test_a_server_by_what_the_listing_gives(wanted: str) -> None:
    asked = portal(PARIS, OSLO)
    assert find_server(asked, wanted) is PARIS
    assert asked.calls == ["servers"]


@pytest.mark.parametrize("wanted", ["Pari", "paris", "PARIS", "paris.exampl", "192.0.2", "Paris2"])
def test_nothing_matches_by_prefix_or_by_case(wanted: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        find_server(portal(PARIS, OSLO), wanted)
    assert "Oslo (6), Paris (5)" in str(caught.value)
    assert ("differs from it in case only" in str(caught.value)) == (wanted.lower() == "paris")


@pytest.mark.parametrize("wanted", [None, "", "  "])
def test_no_name_means_the_only_server(wanted: str | None) -> None:
    assert find_server(portal(PARIS), wanted) is PARIS
    with pytest.raises(NotFoundError, match="has no server"):
        find_server(portal(), wanted)
    with pytest.raises(NotFoundError, match=r"has 2 servers.*Oslo \(6\), Paris \(5\)"):
        find_server(portal(PARIS, OSLO), wanted)


def test_a_name_of_two_servers_is_ambiguous() -> None:
    with pytest.raises(NotFoundError, match=r"ambiguous.*Oslo \(6\), Oslo \(7\).*assignment id"):
        find_server(portal(OSLO, TWIN), "Oslo")
    assert find_server(portal(OSLO, TWIN), "twin.example") is TWIN


def test_an_id_goes_before_a_name_of_digits() -> None:
    assert server_among([Server(9, "5"), PARIS], "5") is PARIS


def test_foreign_names_in_errors_are_printable() -> None:
    wild = Server(5, "\x1b[2J\n", "\x07")
    with pytest.raises(NotFoundError) as caught:
        find_server(portal(wild, OSLO), "\x1b]0;x")
    assert str(caught.value).isprintable()
    with pytest.raises(NotFoundError) as caught:
        user_among([User(1, "\x1b[2J")], "\x1b[2j", wild)
    assert str(caught.value).isprintable()


def test_an_id_that_is_not_there_fails_naming_those_that_are() -> None:
    asked = portal(PARIS, users=[PHONE])
    assert server_and_users(asked, 5) == (Server(5), [PHONE])
    assert asked.calls == ["users 5"]
    with pytest.raises(NotFoundError) as caught:
        server_and_users(asked, "99")
    assert "Paris (5)" in str(caught.value)
    assert caught.value.result()["error"]["status"] == 404


def test_digits_are_a_servers_name_only_if_no_server_has_that_id() -> None:
    asked = portal(PARIS, DIGITS, users=[PHONE])
    assert server_and_users(asked, "2024") == (DIGITS, [PHONE])
    assert asked.calls == ["users 2024", "servers", "users 8"]


@pytest.mark.parametrize(("status", "again"), [(401, False), (422, False), (403, True)])
def test_other_refusals_are_passed_on(status: int, again: bool) -> None:
    asked = portal(PARIS)

    def refuse(server_id: int) -> list[User]:
        raise missing("/x", status)

    asked.users = refuse
    with pytest.raises(RejectedError):
        server_and_users(asked, 5)
    # 403 for a server that is listed: it says what it means.
    assert asked.calls == (["servers"] if again else [])


USERS = [PHONE, DIGIT_USER, LAPTOP]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("phone", PHONE),
        (12, PHONE),
        ("12", DIGIT_USER),  # a name goes before an id
        ("14", LAPTOP),
        (14, LAPTOP),
        (" 14 ", LAPTOP),
    ],
)
def test_a_user_by_name_or_id(wanted: Any, found: User) -> None:
    assert user_among(USERS, wanted, PARIS) is found


@pytest.mark.parametrize("wanted", ["Phone", "phon", "phone2", "", "99", 99, None, True, 12.0])
def test_no_such_user(wanted: Any) -> None:
    with pytest.raises(NotFoundError) as caught:
        user_among(USERS, wanted, PARIS)
    assert "Paris (5)" in str(caught.value)
    assert ("'phone' differs from it in case only" in str(caught.value)) == (wanted == "Phone")


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        *((value, 7) for value in (7, "7", " 7 ", "007")),
        *((value, None) for value in (True, None, "", "-7", "7.0", 7.0, "9" * 19)),
        *((value, None) for value in ("\N{ARABIC-INDIC DIGIT THREE}", "\N{SUPERSCRIPT TWO}")),
    ],
)
def test_ids(wanted: Any, number: int | None) -> None:
    assert id_of(wanted) == number


def declared(name: str) -> Desired:
    return Desired((DesiredUser(name, True, (DesiredForward(80, 8080),)),))


def test_rules_are_listed_once_each_and_only_of_who_is_there() -> None:
    asked = portal(PARIS, users=USERS)
    seen = load_forwards(asked, 5, current_of(USERS), ["laptop", "nobody", "phone"])
    assert seen.forwards == {"laptop": (), "phone": (RULE,)}
    assert sorted(asked.calls) == ["port_forwards 12", "port_forwards 14"]


def test_a_user_that_goes_away_between_two_reads_is_dropped() -> None:
    asked = portal(PARIS, users=USERS[:1])
    seen = load_forwards(asked, 5, current_of(USERS), [user.client_name for user in USERS])
    assert set(seen.users) == set(seen.forwards) == {USERS[0].client_name}
    assert asked.calls.count("users 5") == 1


def test_a_user_whose_rules_are_refused_while_it_is_listed_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = portal(PARIS, users=USERS)
    refused = missing("/users/12/port-forwards", 403)
    monkeypatch.setattr(asked, "port_forwards", Mock(side_effect=refused))
    with pytest.raises(RejectedError) as caught:
        load_forwards(asked, 5, current_of(USERS), ["phone"])
    assert caught.value is refused


def test_secrets() -> None:
    asked = portal(PARIS)
    assert secrets_of(asked, PHONE).config == "[Interface]"
    assert secrets_of(asked, User(None, "planned")) == Secrets()
    asked.secrets = Secrets()
    with pytest.raises(AnswerError, match="GET /users/12"):
        secrets_of(asked, PHONE)
    assert asked.calls == ["user 12", "user 12"]


def test_each_keeps_the_order_and_gives_up_at_the_first_failure() -> None:
    assert each([], str) == []
    assert each(list(range(30)), str) == [str(number) for number in range(30)]
    with pytest.raises(ZeroDivisionError):
        each([1, 0, 2], lambda number: 1 / number)
