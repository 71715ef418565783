# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of an inventory are called: no two users ever become one host."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.world import AMS, FRA, fill, seed


def named(inventories: Inventories, **options: Any) -> dict[str, int]:
    """The hosts and the users' ids."""
    return inventories.read(**options).values("premiervpn_id")


def test_names_that_collide_across_servers(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "web": []}, {"phone": [], "tablet": []})
    found = inventories.read()
    assert found.values("premiervpn_id") == {
        "phone-5": 101,
        "web": 102,
        "phone-6": 103,
        "tablet": 104,
    }
    assert "'phone'" in found.output
    assert "appended" in found.output
    assert "web" not in found.output
    # A listing of one server has no two of them, and a filter may leave one of them.
    one = inventories.read(servers=[6])
    assert one.names == ["phone", "tablet"]
    assert one.output == ""
    assert named(inventories, filters=["premiervpn_id != 103"])["phone"] == 101


def test_the_warning_through_ansible_inventory(
    inventories: Inventories, simulator: Simulator
) -> None:
    fill(simulator, {"phone": []}, {"phone": []})
    found = inventories.listed()
    assert found.names == ["phone-5", "phone-6"]
    assert "[WARNING]: 2 users would be the host 'phone'" in found.output


def test_a_suffixed_name_that_is_taken(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "phone-6": []}, {"phone": []})
    found = inventories.read()
    assert found.values("premiervpn_id") == {"phone-5": 101, "phone-6-102": 102, "phone-6-103": 103}


def test_a_name_that_is_taken_however_it_is_suffixed(
    inventories: Inventories, simulator: Simulator
) -> None:
    fill(simulator, {"a": [], "a-5-101": [], "a-6-104": []}, {"a": [], "a-5": []})
    found = named(inventories)
    assert sorted(found.values()) == [101, 102, 103, 104, 105]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_two_users_become_one_host(
    inventories: Inventories, simulator: Simulator, data: st.DataObject
) -> None:
    """Names made of what is appended to names, on three servers."""
    parts = st.sampled_from(["a", "a-1", "a-2", "a-3"])
    more = st.sampled_from(["", "-1", "-2", "-3", "-4", "-2-4", "-4-2"])
    names = st.lists(st.builds("{}{}".format, parts, more), unique=True, max_size=4)
    numbers = iter(range(1, 100))
    servers = [
        {"id": server, "users": [{"client_name": n, "id": next(numbers)} for n in data.draw(names)]}
        for server in (1, 2, 3)
    ]
    simulator.reset(seed(*servers))
    found = named(inventories)
    assert sorted(found.values()) == list(range(1, next(numbers)))


def test_a_template(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "web": []}, {"phone": []})
    template = "{{ premiervpn_client_name | upper }}.{{ premiervpn_server_name }}.vpn"
    found = inventories.read(hostname=template)
    assert found.values("premiervpn_id") == {
        "PHONE.fra1.vpn": 101,
        "WEB.fra1.vpn": 102,
        "PHONE.ams1.vpn": 103,
    }
    assert found.output == ""
    assert set(named(inventories, hostname="{{ premiervpn_id }}")) == {"101", "102", "103"}


def test_a_template_that_gives_one_name_to_all(
    inventories: Inventories, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [], "web": []}, {"tablet": []})
    found = inventories.read(hostname="device")
    assert found.values("premiervpn_id") == {
        "device-5-101": 101,
        "device-5-102": 102,
        "device-6": 103,
    }
    assert "'device'" in found.output


@pytest.mark.parametrize(
    "template", ["{{ nowhere }}", "{{ premiervpn_client_name", "{{ '' }}", "  "]
)
def test_a_template_that_gives_no_name(
    inventories: Inventories, simulator: Simulator, template: str
) -> None:
    fill(simulator, {"phone": []})
    found = inventories.read(hostname=template)
    assert found.hosts == {}
    assert "hostname" in found.output
    assert "Unable to parse" in found.output


def test_a_server_without_a_name_in_the_template(
    inventories: Inventories, simulator: Simulator
) -> None:
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}, {"id": 6}, AMS | {"id": 7}))
    assert inventories.read(hostname="{{ premiervpn_client_name }}-{{ premiervpn_server_name }}")
    assert named(inventories, hostname="{{ premiervpn_server_name | default('none') }}") == {
        "fra1": 101
    }
