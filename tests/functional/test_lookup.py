# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup: users with their configuration and keys, where a template needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible.utils.display import Display

from ansible_collections.premiervpn.wireguard.plugins.lookup import wg_user
from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.world import AMS, FRA, fill, rule, secret_texts, secrets, seed

NAME = "premiervpn.wireguard.wg_user"
LIST = "GET /servers/5/users"
Lookup = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lookup(inventories: Inventories, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lookup:
    """The lookup as a template runs it, in a run that has not looked anything up before."""
    monkeypatch.setattr(wg_user, "_LISTINGS", {})
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))

    def look_up(*terms: Any, variables: dict[str, Any] | None = None, **options: Any) -> Any:
        loader = DataLoader()
        templar = Templar(loader, variables=variables or {})
        plugin = lookup_loader.get(NAME, loader=loader, templar=templar)
        inventories.run.simulator.clear_requests()
        return plugin.run(list(terms), variables=variables or {}, **options)

    return look_up


def sent(simulator: Simulator) -> list[str]:
    return [f"{request['method']} {request['path']}" for request in simulator.requests()]


def test_a_user(lookup: Lookup, simulator: Simulator) -> None:
    extra = {"location": "the desk"}
    user = {"client_name": "phone", "online": True, "rx_bytes": 42, "extra": extra}
    simulator.reset(seed({**FRA, "users": [user]}, AMS))
    (found,) = lookup("phone", server=5)
    assert sent(simulator) == [LIST, "GET /users/101"]
    truth = secrets(simulator, "phone")
    assert found.items() >= {**truth, **extra, "id": 101, "client_name": "phone"}.items()
    assert found["client_ip"] == "10.66.66.2"
    assert found["online"] is True
    assert found["rx_bytes"] == 42
    assert found["server"] == 5
    assert "created_at" in found
    assert found["config"].startswith("[Interface]\n")
    assert len(found["keys"]) == 4


def test_several_users_take_one_listing(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": [], "c": [], "d": []})
    found = lookup("c", "a", "b", server=5)
    # In the order of the terms, whichever was answered first.
    assert [user["client_name"] for user in found] == ["c", "a", "b"]
    assert [user["config"] for user in found] == [
        secrets(simulator, name)["config"] for name in ("c", "a", "b")
    ]
    requests = sent(simulator)[:4]
    assert requests[0] == LIST
    assert sorted(requests[1:]) == [f"GET /users/{number}" for number in (101, 102, 103)]


def test_nobody_is_asked_for(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": []})
    assert lookup(server=5) == []


@pytest.mark.parametrize("preset", ["default", "enveloped", "bare"])
def test_each_shape_of_the_answers(lookup: Lookup, simulator: Simulator, preset: str) -> None:
    fill(simulator, {"phone": []})
    truth = secrets(simulator, "phone")
    simulator.shapes(preset=preset, numbers="string")
    (found,) = lookup("phone", server=5)
    assert found.items() >= {**truth, "id": 101, "server": 5}.items()


def test_the_listing_is_kept(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": []})
    lookup("a", server=5)
    lookup("b", server=5)
    assert sent(simulator) == ["GET /users/102"]
    # But the user's keys and status are of now.
    lookup("a", server=5)
    assert sent(simulator) == ["GET /users/101"]


def test_a_user_made_since(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": []})
    lookup("a", server=5)
    fill(simulator, {"a": [], "b": []})
    (found,) = lookup("b", server=5)
    assert found["id"] == 102
    assert sent(simulator) == [LIST, "GET /users/102"]


@pytest.mark.parametrize("unknown_id", ["404", "403"])
def test_a_user_made_anew_since(lookup: Lookup, simulator: Simulator, unknown_id: str) -> None:
    """Never an old key: the old id is gone, so the users are listed again."""
    fill(simulator, {"phone": []})
    (before,) = lookup("phone", server=5)
    simulator.reset(seed({**FRA, "users": [{"client_name": "phone", "id": 200}]}))
    simulator.shapes(unknown_id=unknown_id)
    (after,) = lookup("phone", server=5)
    assert sent(simulator) == ["GET /users/101", LIST, "GET /users/200"]
    assert after["id"] == 200
    assert after["keys"] == secrets(simulator, "phone")["keys"]
    assert after["keys"]["client_private_key"] != before["keys"]["client_private_key"]
    assert after["config"] != before["config"]


def test_a_user_removed_since(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": []})
    lookup("a", server=5)
    simulator.reset(seed({**FRA, "users": [{"client_name": "b", "id": 102}]}))
    with pytest.raises(AnsibleError, match="'a' was not found"):
        lookup("a", server=5)


def test_an_id_that_is_another_users_now(lookup: Lookup, simulator: Simulator) -> None:
    """The answer has to be the user that was asked for, and no one else's keys."""
    fill(simulator, {"a": [], "b": []})
    lookup("a", server=5)
    simulator.reset(
        seed({**FRA, "users": [{"client_name": "b", "id": 101}, {"client_name": "a", "id": 102}]})
    )
    (found,) = lookup("a", server=5)
    assert (found["client_name"], found["id"]) == ("a", 102)


@pytest.mark.parametrize("name", ["phon", "phone2", "nobody", "", " phone", "999", 999, "{{ 1 }}"])
def test_not_found(lookup: Lookup, simulator: Simulator, name: Any) -> None:
    fill(simulator, {"phone": [], "web": []})
    with pytest.raises(AnsibleError) as error:
        lookup("web", name, server=5)
    assert f"user '{name}' was not found on server 5" in str(error.value)
    assert "in case only" not in str(error.value)
    # Nobody's keys are asked for where one is missing.
    assert sent(simulator) == [LIST]


def test_a_name_in_another_case(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"Phone": []})
    with pytest.raises(AnsibleError, match=r"'phone' was not found on server 5.*'Phone' differs"):
        lookup("phone", server=5)


def test_ids_and_names_of_digits(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "101": []})
    # A string of digits is an id only if nobody is called that; a number is an id.
    assert lookup("101", server=5)[0]["id"] == 102
    assert lookup(101, server=5)[0]["client_name"] == "phone"
    assert lookup("102", server=5)[0]["client_name"] == "101"


def test_an_old_listing_never_proves_absence(lookup: Lookup, simulator: Simulator) -> None:
    """A user who is called like another one's id was made since."""
    fill(simulator, {"phone": [], "a": []})
    lookup("a", server=5)
    fill(simulator, {"phone": [], "a": [], "101": []})
    (found,) = lookup("101", server=5)
    assert (found["client_name"], found["id"]) == ("101", 103)
    assert sent(simulator) == [LIST, "GET /users/103"]
    # A number is an id, whoever is called what.
    assert lookup(101, server=5)[0]["client_name"] == "phone"
    assert sent(simulator) == ["GET /users/101"]


def test_a_user_that_goes_away_after_the_listing(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": []})
    gone = {"action": "delete_user", "id": 101}
    simulator.faults({"kind": "meanwhile", "do": [gone], "path": "/users/101"})
    with pytest.raises(AnsibleError, match="user 'a' was not found on server 5"):
        lookup("a", server=5)


def test_no_server_is_not_a_server_called_none(lookup: Lookup, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}))
    assert lookup("a")[0]["server"] == 5
    users = [{"client_name": "a", "id": 200}]
    simulator.reset(seed({**FRA, "users": []}, {**AMS, "name": "None", "users": users}))
    assert lookup("a", server="None")[0]["server"] == 6


def test_waits_say_whose_they_are(
    lookup: Lookup, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many forks, each looks things up for its own host."""
    fill(simulator, {"a": []})
    shown: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _self, msg, *_args, **_more: shown.append(msg))
    simulator.faults({"kind": "rate_limited", "retry_after": 2, "path": "/servers/5/users"})
    lookup("a", server=5, variables={"inventory_hostname": "web-\x1b[1m1"})
    lines = [line for line in shown if "waits" in line]
    assert lines
    assert all(
        line.startswith("[premiervpn.wireguard] web-\\x1b[1m1: the lookup") for line in lines
    )


def test_a_blank_key_in_the_environment(
    lookup: Lookup, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(simulator, {"a": []})
    for blank in ("", "  "):
        monkeypatch.setenv("PREMIERVPN_API_KEY", blank)
        with pytest.raises(AnsibleError, match="PREMIERVPN_API_KEY"):
            lookup("a", server=5)
        found = lookup("a", server=5, variables={"premiervpn_api_key": "wg_demo_acme"})
        assert found[0]["id"] == 101
    monkeypatch.delenv("PREMIERVPN_API_KEY")
    with pytest.raises(AnsibleError, match="PREMIERVPN_API_KEY"):
        lookup("a", server=5)


def test_a_key_of_the_environment_does_not_go_to_the_url_of_a_variable(
    lookup: Lookup, simulator: Simulator
) -> None:
    fill(simulator, {"a": []})
    elsewhere = {"premiervpn_api_url": simulator.url}
    with pytest.raises(AnsibleError, match="premiervpn_api_url"):
        lookup("a", server=5, variables=elsewhere)
    both = {**elsewhere, "premiervpn_api_key": "wg_demo_acme", "premiervpn_timeout": ""}
    assert lookup("a", server=5, variables=both)[0]["id"] == 101
    assert lookup("a", server=5, variables={"premiervpn_api_url": " "})[0]["id"] == 101


def test_naming_the_server(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"a": []}, {"a": [], "b": []})
    for server in (6, "6", "ams1", "ams1.example.net", "192.0.2.6"):
        assert lookup("a", server=server)[0]["server"] == 6
    with pytest.raises(AnsibleError, match=r"2 servers.*ams1 \(6\), fra1 \(5\)"):
        lookup("a")
    with pytest.raises(AnsibleError, match=r"'7' was not found.*ams1 \(6\), fra1 \(5\)"):
        lookup("a", server=7)
    with pytest.raises(AnsibleError, match="differs from it in case only"):
        lookup("a", server="AMS1")
    # A user of another server is not found by its id either.
    with pytest.raises(AnsibleError, match="'102' was not found on server 5"):
        lookup(102, server=5)


def test_the_only_server(lookup: Lookup, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}))
    assert lookup("a")[0]["server"] == 5
    assert sent(simulator) == ["GET /servers", LIST, "GET /users/101"]
    lookup("a")
    assert sent(simulator) == ["GET /users/101"]


def test_two_keys_never_mix(lookup: Lookup, simulator: Simulator) -> None:
    """Two accounts have a user of the same name on their only server."""
    simulator.reset(
        {
            "accounts": [
                {
                    "name": name,
                    "key": f"wg_demo_{name}",
                    "servers": [{"id": number, "users": [{"client_name": "phone"}]}],
                }
                for name, number in (("acme", 5), ("globex", 9))
            ]
        }
    )
    for again in range(2):
        for name, number, user in (("acme", 5, 101), ("globex", 9, 102)):
            (found,) = lookup("phone", api_key=f"wg_demo_{name}")
            assert (found["server"], found["id"]) == (number, user)
            listing = [] if again else ["GET /servers", f"GET /servers/{number}/users"]
            # Nor does one key ever ask for what another's listing showed.
            assert sent(simulator) == [*listing, f"GET /users/{user}"]
            assert {request["account"] for request in simulator.requests()} == {name}
        with pytest.raises(AnsibleError, match="401"):
            lookup("phone", api_key="wg_nobody")
    with pytest.raises(AnsibleError):
        lookup("phone", api_key="wg_demo_globex", server=5)


def test_two_servers_never_mix(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"phone": []}, {"phone": []})
    for _again in range(2):
        assert [lookup("phone", server=number)[0]["id"] for number in (5, 6)] == [101, 102]


def test_at_once_from_several_threads(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {f"u{number}": [] for number in range(8)})
    found: dict[int, str] = {}

    def look_up(number: int) -> None:
        found[number] = lookup(f"u{number}", server=5)[0]["client_name"]

    threads = [threading.Thread(target=look_up, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"u{number}" for number in range(8)}


ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "401": ({"kind": "status", "status": 401}, "api_key"),
    "403": ({"kind": "status", "status": 403}, "another account"),
    "429": ({"kind": "rate_limited", "retry_after": 100}, "max_wait"),
    "500": ({"kind": "status", "status": 500, "message": "Database down."}, "Database down ("),
    "502": ({"kind": "html", "status": 502}, "proxy or firewall"),
    "reset": ({"kind": "reset"}, "connection reset"),
    "time-out": ({"kind": "timeout"}, "no answer within 0.5 s"),
    "a strange shape": ({"kind": "json", "body": {"surprise": ["HIDDEN"]}}, "keys found: surprise"),
}


@pytest.mark.parametrize(("fault", "said"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("path", ["/servers/5/users", "/users/101"], ids=["listing", "details"])
def test_an_error_says_what_to_do_and_holds_no_secret(
    lookup: Lookup, simulator: Simulator, fault: dict[str, Any], said: str, path: str
) -> None:
    fill(simulator, {"phone": []})
    hidden = ["wg_demo_acme", "HIDDEN", *secret_texts(simulator, "phone")]
    simulator.faults({**fault, "path": path, "times": None})
    with pytest.raises(AnsibleError) as error:
        lookup("phone", server=5, timeout=0.5, max_wait=0)
    assert said in str(error.value)
    assert f"GET {path}" in str(error.value)
    assert not [text for text in hidden if text in str(error.value) + repr(error.value)]


@pytest.mark.parametrize("path", ["/servers/5/users", "/users/101"])
def test_an_error_that_repeats_a_secret(lookup: Lookup, simulator: Simulator, path: str) -> None:
    fill(simulator, {"phone": []})
    secret = secrets(simulator, "phone")["keys"]["client_private_key"]
    message = f"\x1b[2JBearer wg_demo_acme failed; PrivateKey = {secret}; ask for help"
    simulator.faults({"kind": "status", "status": 422, "message": message, "path": path})
    with pytest.raises(AnsibleError, match="ask for help") as error:
        lookup("phone", server=5)
    for hidden in ("wg_demo_acme", secret, "\x1b[2J"):
        assert hidden not in str(error.value)


def test_an_escape_in_a_name(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"\x1b[2Jphone": []})
    for name in ("\x1b[2JPhone", "nobody"):
        with pytest.raises(AnsibleError, match="was not found") as error:
            lookup(name, server=5)
        assert "\x1b" not in str(error.value)


def test_details_without_a_config(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    keys = {"client_private_key": "HIDDEN"}
    body = {"user": {"id": 101, "client_name": "phone"}, "keys": keys}
    simulator.faults({"kind": "json", "path": "/users/101", "body": body})
    with pytest.raises(AnsibleError, match="holds no config") as error:
        lookup("phone", server=5)
    assert "HIDDEN" not in str(error.value)


def test_a_failure_is_not_kept(lookup: Lookup, simulator: Simulator) -> None:
    fill(simulator, {"phone": [rule("80/tcp -> 80")]})
    simulator.faults({"kind": "status", "status": 422, "path": "/servers/5/users"})
    with pytest.raises(AnsibleError, match="422"):
        lookup("phone", server=5)
    assert lookup("phone", server=5)[0]["id"] == 101
