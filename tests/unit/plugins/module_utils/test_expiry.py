# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access that ends at a moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import DeclarationError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.declarations import (
    validated_entries,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.declared import (
    desired_server,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.expiry import (
    as_of,
    end_of,
    ending,
    expired_warnings,
    has_expired,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.validation import (
    validate,
)

NOW = datetime(2027, 1, 31, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2027-01-31", "2027-02-01T00:00:00+00:00"),
        (" 2027-01-31 ", "2027-02-01T00:00:00+00:00"),
        ("2027-12-31", "2028-01-01T00:00:00+00:00"),
        ("2027-01-31T12:00Z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31t12:00:00z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31 12:00:00.5 +01:30", "2027-01-31T10:30:00.500000+00:00"),
        ("2027-01-31T12:00:00-0500", "2027-01-31T17:00:00+00:00"),
        ("2027-01-31T12:00:00+01", "2027-01-31T11:00:00+00:00"),
    ],
)
def test_a_date_counts_until_its_end_and_a_time_from_its_moment(text: str, end: str) -> None:
    assert end_of(text).isoformat() == end


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2027-02-30", "is no date of the calendar"),
        ("2027-01-31T25:00Z", "is no date of the calendar"),
        ("9999-12-31", "is no date of the calendar"),
        ("2027-01-31T12:00", "has no offset from UTC"),
        ("31.01.2027", "is neither a date"),
        ("soon", "is neither a date"),
        ("", None),
        ("2027-01-31T12:00:00Z; rm", "is neither a date"),
    ],
)
def test_what_is_no_moment_is_refused_before_any_request(text: str, why: str | None) -> None:
    users = [{"name": "phone", "expires": text}]
    if why is None:
        assert validated_entries([{"users": users}])
        return
    with pytest.raises(DeclarationError) as caught:
        validated_entries([{"users": users}])
    assert f"user 'phone': expires {text!r} {why}" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["2027-01-31", "2027-01-31T12:00:00+01:00", "2027-01-31 12:00:00 +1:00"]
)
def test_what_yaml_makes_of_a_timestamp_is_understood(text: str) -> None:
    """Ansible hands a module what YAML made of it, as text."""
    value = yaml.safe_load(text)
    said = value.isoformat() if isinstance(value, date) else value
    assert end_of(said).date() in (date(2027, 1, 31), date(2027, 2, 1))


def test_whoever_has_expired_is_absent_with_all_that_is_declared() -> None:
    rule = DesiredForward(443, 443)
    desired = Desired(
        (
            DesiredUser("gone", True, (rule,), frozenset({"key"}), expires="2027-01-30"),
            DesiredUser("today", expires="2027-01-31"),
            DesiredUser("now", expires="2027-01-31T12:00:00Z"),
            DesiredUser("absent", present=False, expires="2027-01-30"),
            DesiredUser("ever"),
        )
    )
    found = as_of(desired, NOW)
    assert [(user.client_name, user.present) for user in found.users] == [
        ("gone", False),
        ("today", True),
        ("now", False),
        ("absent", False),
        ("ever", True),
    ]
    assert validate(found) == found
    assert not found.targets
    warned = list(expired_warnings(found))
    assert len(warned) == 2
    assert warned[0].startswith("user 'gone' expired (2027-01-30) and counts as absent")


def test_who_ends_soon_is_listed_the_next_to_end_first() -> None:
    desired = Desired(
        (
            DesiredUser("far", expires="2027-03-01"),
            DesiredUser("and-first", expires="2027-02-10"),
            DesiredUser("later", expires="2027-02-10"),
            DesiredUser("next", expires="2027-01-31"),
            DesiredUser("gone", expires="2027-01-30"),
            DesiredUser("ever"),
        )
    )
    assert [name for name, _end in ending(desired, NOW, 14)] == ["next", "and-first", "later"]


@given(st.integers(0, 250_000_000_000), st.integers(-14, 14))
def test_a_user_has_expired_from_the_declared_moment_on(seconds: int, hours: int) -> None:
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    offset = timezone(timedelta(hours=hours))
    user = DesiredUser("phone", expires=moment.astimezone(offset).isoformat())
    assert has_expired(user, moment)
    assert has_expired(user, moment + timedelta(seconds=1))
    assert not has_expired(user, moment - timedelta(microseconds=1))


def test_the_option_is_the_users_own() -> None:
    params = {
        "users": [
            {
                "name": "phone",
                "state": "present",
                "expires": "2027-01-31",
                "port_forwards": None,
                "revoked_public_keys": [],
                "while_online": None,
            }
        ],
        "purge_users": False,
        "purge_port_forwards": False,
        "max_deletions": 10,
        "refresh_max_age": 86400,
    }
    assert desired_server(params).users[0].expires == "2027-01-31"
