# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source under the real ansible-rulebook, and the example rulebooks with their playbooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from simulator.process import Simulator
from tests.support import examples
from tests.support.environment import KEY
from tests.support.rulebooks import started, telling
from tests.support.running import Runner
from tests.support.watching import device, devices
from tests.support.world import rule, rules

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_events.rst"
USERS = "/servers/5/users"
BEFORE = [
    device("anna", id=101),
    device("ben", id=102, online=True),
    device("carla", id=103),
]
AFTER = [
    device("anna", id=101, online=True, rx_bytes=9000),
    device("ben", id=102),
    device("dora", id=104),
]


def test_from_the_first_look_to_the_end_with_a_portal_that_falls_silent(
    run: Runner, simulator: Simulator, record_property: Callable[[str, object], None]
) -> None:
    """Every event; 503, 429 and silence; a SIGTERM meanwhile. With -vv, which shows all there is."""
    simulator.reset(devices(BEFORE))
    rulebook = telling(interval=5, traffic_over=5000, timeout=3, show_waits=True)
    with started(run, rulebook, "-vv") as book:
        book.looked(1)
        simulator.reset(devices(AFTER))
        book.said("told traffic anna")
        assert list(dict.fromkeys(book.told())) == [
            ("removed", "carla"),
            ("added", "dora"),
            ("online", "anna"),
            ("offline", "ben"),
            ("traffic", "anna"),
        ]
        simulator.faults({"kind": "status", "status": 503, "path": USERS})
        book.said("GET /servers/5/users: the portal answered 503")
        book.said("server server5 (5): the portal answers again, after 1 look that failed")
        simulator.faults({"kind": "rate_limited", "retry_after": 3, "path": USERS})
        book.said("the event source waits 3 s for the rate limit")
        simulator.faults({"kind": "timeout", "path": USERS, "times": None})
        book.said("GET /servers/5/users: no answer within 3 s")
        simulator.clear_requests()
        book.looked(1)
        record_property("seconds from a SIGTERM to the end", round(book.stopped(), 1))
        assert KEY not in book.output


def test_a_refused_key_ends_it_with_one_clear_line(run: Runner, simulator: Simulator) -> None:
    with started(run, telling(interval=5), env={"PREMIERVPN_API_KEY": "wg_not_this_one"}) as book:
        assert book.ended() == 1
        lines = [line for line in book.output.splitlines() if "Source error" in line]
    assert len(lines) == 1
    assert "GET /servers: the portal answered 401" in lines[0]
    assert "wg_not_this_one" not in book.output


def test_wrong_arguments_end_it_before_any_request(run: Runner, simulator: Simulator) -> None:
    with started(run, telling(interval=2, events=["onlin"])) as book:
        assert book.ended() == 1
        assert "interval must be at least 5 seconds, not 2" in book.output
        assert "events has no event onlin" in book.output
    assert simulator.requests() == []


def test_a_key_out_of_a_variable_is_not_shown_either(run: Runner, simulator: Simulator) -> None:
    simulator.reset(devices(BEFORE))
    rulebook = telling(interval=5, api_key="{{ premiervpn_api_key }}")
    variables = {"premiervpn_api_key": KEY}
    with started(run, rulebook, "-vv", variables=variables, env={"PREMIERVPN_API_KEY": ""}) as book:
        book.looked(1).stopped()
        assert KEY not in book.output


def declared(**ports: Any) -> dict[str, Any]:
    users = [{"name": name, "port_forwards": rules} for name, rules in ports.items()]
    return {"wg_interval": 5, "wg_servers_declared": [{"server": "server5", "users": users}]}


def test_port_forwards_follow_their_device(run: Runner, simulator: Simulator) -> None:
    """Those that are declared; the others, and devices that nobody declared, are left alone."""
    web, own = rule("443/tcp -> 8443", "HTTPS"), rule("9999/udp -> 9999")

    def users(anna: bool, *held: dict[str, Any]) -> dict[str, Any]:
        ben = device("ben", id=102, online=anna, port_forwards=[rule("80/tcp -> 80")])
        return devices([device("anna", id=101, online=anna, port_forwards=[*held, own]), ben])

    simulator.reset(users(True, web))
    book_of = "premiervpn.wireguard.ports_follow_device"
    kept, ben = "9999/udp -> 9999", ["80/tcp -> 80"]
    with started(run, book_of, "-vv", variables=declared(anna=[web])) as book:
        book.looked(1)
        simulator.reset(users(False, web))
        book.until(lambda: rules(simulator) == {"anna": [kept], "ben": ben}, "closed ports")
        simulator.reset(users(True))
        open_again = {"anna": ["443/tcp -> 8443 (HTTPS)", kept], "ben": ben}
        book.until(lambda: rules(simulator) == open_again, "open ports")
        assert KEY not in book.output


def test_an_undeclared_user_is_reported(run: Runner, simulator: Simulator) -> None:
    simulator.reset(devices([]))
    book_of = "premiervpn.wireguard.undeclared_users"
    with started(run, book_of, variables=declared(anna=[])) as book:
        book.looked(1)
        simulator.reset(devices([device("anna", id=101), device("mallory", id=102)]))
        book.said("Nobody declared this user: mallory on server5 (5) is new")
        assert "Declared: anna on server5 (5) is new" in book.output
        assert "Nobody declared this user: anna" not in book.output


def test_the_rulebook_of_the_guide(run: Runner, simulator: Simulator) -> None:
    """As it is there; only it need not wait for half a minute."""
    texts = [x.text for x in examples.of_page(GUIDE) if x.file == "rulebook.yml"]
    (rulebook,) = yaml.safe_load(texts[0])
    rulebook["sources"][0]["premiervpn.wireguard.wg_status"]["interval"] = 5
    simulator.reset(devices([device("anna", id=101), device("ben", id=102)]))
    with started(run, rulebook) as book:
        book.looked(1)
        simulator.reset(devices([device("anna", id=101, online=True)]))
        book.said("anna on server5 is online").said("ben on server5 (5) is not there any more")


def test_too_much_traffic_is_told(run: Runner, simulator: Simulator) -> None:
    simulator.reset(devices([device("anna", id=101, rx_bytes=10), device("ben", id=102)]))
    variables = {"wg_interval": 5, "wg_traffic_over": 1000000}
    with started(run, "premiervpn.wireguard.too_much_traffic", variables=variables) as book:
        book.looked(1)
        moved = device("anna", id=101, rx_bytes=10, tx_bytes=2_500_000)
        simulator.reset(devices([moved, device("ben", id=102, rx_bytes=999)]))
        book.said("anna on server5 (5) moved 2.50")
        assert "ben on" not in book.output
