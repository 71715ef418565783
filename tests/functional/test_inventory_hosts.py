# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of an inventory: their variables, names and groups, and which are taken."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible import constants

from simulator.process import ROOT, Simulator
from tests.support.inventories import Inventories
from tests.support.world import FRA, rule, seed

USERS: list[dict[str, Any]] = [
    {
        "client_name": "web-1",
        "online": True,
        "last_seen": "2026-06-01T12:00:00Z",
        "rx_bytes": 4242,
        "tx_bytes": 1,
        "extra": {"location": "rack 7", "tags": ["a", "b"]},
        "port_forwards": [rule("443/tcp -> 8443")],
    },
    {"client_name": "web-2", "online": False},
    {"client_name": "phone", "online": True},
]


@pytest.fixture
def office(simulator: Simulator) -> Simulator:
    """Three users on server 5, and a user on server 6 that nothing is known of."""
    elsewhere = {"client_name": "tablet", "online": None, "rx_bytes": None}
    simulator.reset(
        seed({**FRA, "users": USERS}, {"id": 6, "ip": "192.0.2.6", "users": [elsewhere]})
    )
    return simulator


def test_all_that_is_known_of_a_host(inventories: Inventories, office: Simulator) -> None:
    found = inventories.read()
    variables = found.hosts["web-1"]
    assert {name: value for name, value in variables.items() if "inventory_" not in name} == {
        "ansible_host": "10.66.66.2",
        "premiervpn_id": 101,
        "premiervpn_client_name": "web-1",
        "premiervpn_client_ip": "10.66.66.2",
        "premiervpn_online": True,
        "premiervpn_last_seen": "2026-06-01T12:00:00Z",
        "premiervpn_rx_bytes": 4242,
        "premiervpn_tx_bytes": 1,
        "premiervpn_server": 5,
        "premiervpn_server_name": "fra1",
        "premiervpn_other": {
            "rx_formatted": "4.14 KB",
            "tx_formatted": "1 B",
            "location": "rack 7",
            "tags": ["a", "b"],
        },
    }
    tablet = found.hosts["tablet"]
    assert "premiervpn_server_name" not in tablet
    assert tablet["premiervpn_online"] is None
    assert tablet["premiervpn_rx_bytes"] is None


def test_the_groups(inventories: Inventories, office: Simulator) -> None:
    found = inventories.read()
    assert found.groups == {
        "all": ["phone", "tablet", "web-1", "web-2"],
        "ungrouped": [],
        "premiervpn": ["phone", "tablet", "web-1", "web-2"],
        "premiervpn_server_5": ["phone", "web-1", "web-2"],
        "premiervpn_server_6": ["tablet"],
        "premiervpn_online": ["phone", "web-1"],
        # Who is not known to be online is in neither.
        "premiervpn_offline": ["web-2"],
    }
    assert found.children["premiervpn"] == [
        *("premiervpn_offline", "premiervpn_online"),
        *("premiervpn_server_5", "premiervpn_server_6"),
    ]
    assert found.output == ""


CONSTRUCTED: dict[str, Any] = {
    "compose": {
        "ansible_user": "'admin'",
        "both": "premiervpn_rx_bytes + premiervpn_tx_bytes",
    },
    "groups": {"webs": "premiervpn_client_name is match('web-')"},
    "keyed_groups": [
        {"key": "premiervpn_client_name.split('-') | first", "prefix": "kind"},
        {"key": "premiervpn_other.tags", "prefix": "tag", "separator": ":"},
    ],
}


def test_constructed(inventories: Inventories, office: Simulator) -> None:
    found = inventories.read(**CONSTRUCTED)
    # Ansible before 2.19 makes text of whatever is computed.
    assert int(found.hosts["web-1"]["both"]) == 4243
    # Nothing can be added to what is not known.
    assert "both" not in found.hosts["tablet"]
    assert set(found.values("ansible_user").values()) == {"admin"}
    assert found.groups["webs"] == ["web-1", "web-2"]
    assert found.groups["kind_web"] == ["web-1", "web-2"]
    assert found.groups["kind_phone"] == ["phone"]
    assert found.groups["tag_a"] == found.groups["tag_b"] == ["web-1"]


def test_constructed_through_ansible_inventory(inventories: Inventories, office: Simulator) -> None:
    found = inventories.listed(
        filters=["premiervpn_online"],
        exclude_filters=["premiervpn_client_name == 'phone'"],
        hostname="vpn-{{ premiervpn_client_name }}",
        **CONSTRUCTED,
    )
    assert found.names == ["vpn-web-1"]
    assert int(found.hosts["vpn-web-1"]["both"]) == 4243
    assert found.groups["webs"] == found.groups["kind_web"] == ["vpn-web-1"]
    assert found.groups["premiervpn_online"] == ["vpn-web-1"]


KEYED: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    (
        {"key": "premiervpn_server", "prefix": "s"},
        {"s_5": ["phone", "web-1", "web-2"], "s_6": ["tablet"]},
    ),
    (
        {"key": "premiervpn_online", "prefix": "on"},
        {"on_True": ["phone", "web-1"], "on_False": ["web-2"]},
    ),
    (
        {"key": "premiervpn_online", "prefix": "on", "default_value": "unknown"},
        {"on_True": ["phone", "web-1"], "on_False": ["web-2"], "on_unknown": ["tablet"]},
    ),
    (
        {"key": "premiervpn_rx_bytes", "prefix": "rx"},
        {"rx_0": ["phone", "web-2"], "rx_4242": ["web-1"]},
    ),
    (
        {"key": "premiervpn_server", "separator": "", "prefix": "n", "parent_group": "numbers"},
        {"n5": ["phone", "web-1", "web-2"], "n6": ["tablet"]},
    ),
    (
        {"key": "premiervpn_server / 2", "prefix": "half"},
        {"half_2_5": ["phone", "web-1", "web-2"], "half_3_0": ["tablet"]},
    ),
    (
        {"key": "[premiervpn_server, premiervpn_online]", "prefix": "l"},
        {"l_6": ["tablet"], "l_True": ["phone", "web-1"]},
    ),
    (
        {"key": "{'s': premiervpn_server}", "prefix": "d"},
        {"d_s_5": ["phone", "web-1", "web-2"], "d_s_6": ["tablet"]},
    ),
    (
        {
            "key": "{'s': premiervpn_server_name | default('')}",
            "prefix": "t",
            "trailing_separator": False,
        },
        {"t_s_fra1": ["phone", "web-1", "web-2"], "t_s": ["tablet"]},
    ),
    (
        {"key": "premiervpn_client_name", "prefix": "u"},
        {"u_web_1": ["web-1"], "u_tablet": ["tablet"]},
    ),
]


@pytest.mark.parametrize(("entry", "expected"), KEYED, ids=[str(case[0]) for case in KEYED])
@pytest.mark.parametrize("strict", [False, True])
def test_keyed_groups_of_every_kind_of_value(
    inventories: Inventories,
    office: Simulator,
    entry: dict[str, Any],
    expected: dict[str, list[str]],
    strict: bool,
) -> None:
    if strict and entry["key"] in ("premiervpn_online", "premiervpn_rx_bytes"):
        # To Ansible, nothing is no key, and nothing is known of one of them.
        entry = {"default_value": "none", **entry}
    found = inventories.read(keyed_groups=[entry], strict=strict)
    assert {name: found.groups.get(name) for name in expected} == expected
    if "parent_group" in entry:
        assert found.children["numbers"] == ["n5", "n6"]
    assert found.names == ["phone", "tablet", "web-1", "web-2"]


STRICT: dict[str, dict[str, Any]] = {
    "compose": {"compose": {"x": "premiervpn_other.location | upper"}},
    "groups": {"groups": {"x": "premiervpn_other.location == 'rack 7'"}},
    "keyed_groups": {"keyed_groups": [{"key": "premiervpn_location"}]},
    "filters": {"filters": ["premiervpn_other.location == 'rack 7'"]},
    "exclude_filters": {"exclude_filters": ["premiervpn_other.location == 'rack 7'"]},
}


@pytest.mark.parametrize("options", STRICT.values(), ids=STRICT)
def test_strict(inventories: Inventories, office: Simulator, options: dict[str, Any]) -> None:
    """What is undefined for some: an error, and not even those before them are added."""
    found = inventories.read(strict=True, **options)
    assert found.hosts == {}
    assert "location" in found.output
    assert "Unable to parse" in found.output


@pytest.mark.parametrize("options", STRICT.values(), ids=STRICT)
def test_not_strict(inventories: Inventories, office: Simulator, options: dict[str, Any]) -> None:
    found = inventories.read(**options)
    expected = {"filters": ["web-1"], "exclude_filters": ["phone", "tablet", "web-2"]}
    (kind,) = options
    assert found.names == expected.get(kind, ["phone", "tablet", "web-1", "web-2"])
    # A filter that says nothing of a host could be mistaken for one that does.
    assert ("premiervpn_other.location" in found.output) == (kind in expected)
    if kind == "compose":
        assert found.hosts["web-1"]["x"] == "RACK 7"
        assert "x" not in found.hosts["phone"]


FILTERS: list[tuple[list[str], list[str]]] = [
    (["premiervpn_online"], ["phone", "web-1"]),
    (["not premiervpn_online"], ["tablet", "web-2"]),
    (["premiervpn_online", "premiervpn_rx_bytes > 100"], ["web-1"]),
    (["premiervpn_server == 6"], ["tablet"]),
    (["premiervpn_server_name is undefined"], ["tablet"]),
    (["premiervpn_client_name in ['phone', 'web-2']"], ["phone", "web-2"]),
    (["ansible_host == '10.66.66.3'"], ["web-2"]),
    # True as an `if` takes it, like the expressions of `groups`.
    (["premiervpn_port_forwards"], ["web-1"]),
    (["premiervpn_rx_bytes"], ["web-1"]),
    (["premiervpn_tx_bytes"], ["web-1"]),
    (["premiervpn_rx_bytes | default(0, true) + 0"], ["web-1"]),
    (["premiervpn_last_seen"], ["web-1"]),
    (["premiervpn_client_name"], ["phone", "tablet", "web-1", "web-2"]),
    (["false"], []),
    (["true"], ["phone", "tablet", "web-1", "web-2"]),
    (["1 / 0"], []),
    (["premiervpn_client_name + 5 > 3"], []),
    (["no such syntax"], []),
]


@pytest.mark.parametrize(("filters", "names"), FILTERS, ids=[str(case[0]) for case in FILTERS])
def test_filters(
    inventories: Inventories, office: Simulator, filters: list[str], names: list[str]
) -> None:
    found = inventories.read(filters=filters, include_port_forwards=True)
    assert found.names == names
    assert found.groups["premiervpn"] == names
    broken = filters[0] in ("1 / 0", "premiervpn_client_name + 5 > 3", "no such syntax")
    assert (repr(filters[0]) in found.output) == broken
    assert "Unable to parse" not in found.output


EXCLUDED: list[tuple[list[str], list[str]]] = [
    (["premiervpn_online"], ["tablet", "web-2"]),
    (["premiervpn_online", "premiervpn_server == 6"], ["web-2"]),
    (["premiervpn_port_forwards"], ["phone", "tablet", "web-2"]),
    (["1 / 0"], ["phone", "tablet", "web-1", "web-2"]),
]


@pytest.mark.parametrize(("filters", "names"), EXCLUDED, ids=[str(case[0]) for case in EXCLUDED])
def test_exclude_filters(
    inventories: Inventories, office: Simulator, filters: list[str], names: list[str]
) -> None:
    assert inventories.read(exclude_filters=filters, include_port_forwards=True).names == names


def test_both_kinds_of_filters(inventories: Inventories, office: Simulator) -> None:
    both = {"filters": ["premiervpn_online"], "exclude_filters": ["premiervpn_server == 5"]}
    assert inventories.read(**both).names == []
    # A server of which nobody is taken keeps its group: a play can name it in any case.
    assert inventories.read(**both).groups["premiervpn_server_5"] == []


def test_another_prefix(inventories: Inventories, office: Simulator) -> None:
    found = inventories.read(
        hostvars_prefix="wg_",
        filters=["wg_online"],
        hostname="{{ wg_client_name }}.vpn",
        compose={"named": "wg_server_name"},
        include_port_forwards=True,
    )
    assert found.names == ["phone.vpn", "web-1.vpn"]
    host = found.hosts["web-1.vpn"]
    assert host["named"] == "fra1"
    assert len(host["wg_port_forwards"]) == 1
    assert not [name for name in host if name.startswith("premiervpn_")]
    # The groups are the same.
    assert found.groups["premiervpn_online"] == ["phone.vpn", "web-1.vpn"]


def test_no_prefix(inventories: Inventories, office: Simulator) -> None:
    found = inventories.read(hostvars_prefix="")
    assert found.hosts["web-1"]["client_name"] == "web-1"
    assert found.hosts["web-1"]["ansible_host"] == "10.66.66.2"
    assert found.groups["premiervpn_online"] == ["phone", "web-1"]


@pytest.mark.parametrize("prefix", ["", "premiervpn_"])
def test_no_field_steers_ansible_or_the_plugins(
    inventories: Inventories, simulator: Simulator, prefix: str
) -> None:
    """Whatever the API may call its fields, none is taken for an option of a connection."""
    extra = {
        "ansible_connection": "local",
        "ansible_ssh_common_args": "-o ProxyCommand=false",
        "api_key": "wg_other",
        "api_url": "http://127.0.0.1:1/api/wg",
        "rate_limit": "10 Mbit/s",
        "timeout": "never",
        "max_wait": -1,
        "validate_certs": False,
        "ca_path": "/nowhere",
        "location": "here",
    }
    simulator.reset(seed({**FRA, "users": [{"client_name": "phone", "extra": extra}]}))
    variables = inventories.read(hostvars_prefix=prefix).hosts["phone"]
    assert variables[f"{prefix}other"]["location"] == "here"
    for name in extra:
        assert not {name, f"{prefix}{name}", f"premiervpn_{name}"} & variables.keys()


def test_a_field_never_takes_the_place_of_a_known_one(
    inventories: Inventories, simulator: Simulator
) -> None:
    extra = {
        "server": 99,
        "server_name": "evil",
        "client-name": "evil",
        "rx bytes": 1,
        "odd.name!": "kept",
    }
    simulator.reset(seed({**FRA, "users": [{"client_name": "phone", "extra": extra}]}))
    variables = inventories.read().hosts["phone"]
    assert variables["premiervpn_server"] == 5
    assert variables["premiervpn_server_name"] == "fra1"
    assert variables["premiervpn_client_name"] == "phone"
    assert variables["premiervpn_rx_bytes"] == 0
    assert variables["premiervpn_other"]["odd.name_"] == "kept"
    assert "premiervpn_odd_name_" not in variables


ADDRESSES = {
    "10.66.66.2": "10.66.66.2",
    "FD00:0::0001": "fd00::1",
    "-oProxyCommand=touch trap": None,
    "fe80::7%$(id)": None,
    "fd00::1%eth0": None,
    "phone.example.net": None,
    "10.66.66.2/32": None,
    "127.0.0.1": None,
    "::ffff:127.0.0.1": None,
    "0.0.0.0": None,
    "::1": None,
    "\u0661\u0660.66.66.2": None,
    "": None,
}


def test_the_address_is_one_that_a_device_can_have(
    inventories: Inventories, simulator: Simulator
) -> None:
    users = [{"id": n, "client_name": f"u{n}", "client_ip": ip} for n, ip in enumerate(ADDRESSES)]
    body = {"users": users}
    simulator.faults({"kind": "json", "path": "/servers/5/users", "body": body, "times": None})
    found = inventories.read(servers=[5])
    addresses = {f"u{n}": ip for n, ip in enumerate(ADDRESSES.values())}
    assert found.values("ansible_host") == addresses


@pytest.mark.parametrize(
    "prefix", ["ansible_", "ansible_ssh_", "wg_client_", "wg_servers_", "inventory_", "wg_rotate_"]
)
def test_a_prefix_that_makes_the_variables_of_others(
    inventories: Inventories, simulator: Simulator, prefix: str
) -> None:
    found = inventories.read(hostvars_prefix=prefix)
    assert found.hosts == {}
    assert found.requests == []
    assert f"hostvars_prefix {prefix!r}" in found.output


@pytest.mark.parametrize("prefix", ["", "wg_", "premiervpn_", "vpn_"])
def test_no_published_field_makes_a_variable_of_a_role(
    inventories: Inventories, office: Simulator, prefix: str
) -> None:
    roles = (ROOT / "roles").glob("*/meta/argument_specs.yml")
    specs = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in roles]
    options = {name for spec in specs for name in spec["argument_specs"]["main"]["options"]}
    assert {"wg_client_post_up", "wg_servers_declared"} <= options
    found = inventories.read(hostvars_prefix=prefix, include_port_forwards=True)
    assert found.names
    for variables in found.hosts.values():
        assert options.isdisjoint(variables)


def test_fields_named_like_a_roles_variables(
    inventories: Inventories, simulator: Simulator
) -> None:
    extra = dict.fromkeys(("client_post_up", "wg_client_post_up", "post_up"), "touch trap")
    simulator.reset(seed({**FRA, "users": [{"client_name": "phone", "extra": extra}]}))
    for prefix in ("wg_", "", "premiervpn_"):
        variables = inventories.read(hostvars_prefix=prefix).hosts["phone"]
        assert not [name for name in variables if name.endswith("post_up")]
        assert variables[f"{prefix}other"].items() >= extra.items()


@pytest.mark.parametrize("value", ["localhost", "all", "ungrouped"])
def test_no_group_that_means_something_else(
    inventories: Inventories, simulator: Simulator, value: str
) -> None:
    users = [{"client_name": "phone", "extra": {"kind": value}}]
    simulator.reset(seed({**FRA, "users": users}))
    keyed = [
        {"key": "premiervpn_other.kind", "prefix": "", "separator": ""},
        {"key": "premiervpn_other.kind", "separator": "", "parent_group": value},
    ]
    found = inventories.read(keyed_groups=keyed, groups={value: "true"})
    assert found.names == ["phone"]
    assert ("localhost" in found.groups) is False
    assert found.groups["all"] == ["phone"]
    assert found.groups["ungrouped"] == []
    assert "no group '" in found.output


def test_groups_by_what_a_portal_sends(inventories: Inventories, simulator: Simulator) -> None:
    """Also where Ansible is told to leave odd characters in the names of groups."""
    inventories.monkeypatch.setattr(constants, "TRANSFORM_INVALID_GROUP_CHARS", "ignore")
    users = [{"client_name": "phone", "extra": {"kind": "../../group_vars/prod"}}]
    simulator.reset(seed({**FRA, "users": users}))
    keyed = [{"key": "premiervpn_other.kind", "prefix": "", "separator": ""}]
    found = inventories.read(keyed_groups=keyed)
    (made,) = [name for name, hosts in found.groups.items() if "prod" in name]
    assert "/" not in made
    assert found.groups[made] == ["phone"]
