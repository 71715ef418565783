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
from tests.support.rulebooks import Rulebook, started, telling
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
    rulebook = telling(interval=5, settle=1, traffic_over=5000, timeout=3, show_waits=True)
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


def plays(book: Rulebook) -> int:
    return book.output.count("PLAY RECAP")


def test_port_forwards_follow_their_devices_and_make_good_what_went_wrong(
    run: Runner, simulator: Simulator
) -> None:
    """From the first look on; a wrong look changes nothing, and a play that failed is repeated.

    What is not declared is left alone.
    """
    web, ssh, own = (
        rule("443/tcp -> 8443", "HTTPS"),
        rule("2200/udp -> 22"),
        rule("9999/udp -> 9999"),
    )
    kept = "9999/udp -> 9999"

    def users(
        anna: tuple[bool, list[dict[str, Any]]], ben: tuple[bool, list[dict[str, Any]]]
    ) -> dict[str, Any]:
        return devices(
            [
                device("anna", id=101, online=anna[0], port_forwards=[*anna[1], own]),
                device("ben", id=102, online=ben[0], port_forwards=ben[1]),
                device("carla", id=103, port_forwards=[rule("80/tcp -> 80")]),
            ]
        )

    def right(anna: str | None, ben: str | None) -> Callable[[], bool]:
        wanted = {
            "anna": [*([anna] if anna else []), kept],
            "ben": [ben] if ben else [],
            "carla": ["80/tcp -> 80"],
        }
        return lambda: rules(simulator) == wanted

    opened, other = "443/tcp -> 8443 (HTTPS)", "2200/udp -> 22"
    simulator.reset(users((False, [web]), (True, [])))
    book_of = "premiervpn.wireguard.ports_follow_device"
    with started(run, book_of, "-vv", variables=declared(anna=[web], ben=[ssh])) as book:
        book.until(right(None, other), "what happened before the start made good")
        # One look that lists nobody, and one that says that all are offline.
        book.until(lambda: plays(book) == 2, "the end of the plays for what is online and offline")
        wrong = [device("ben", id=102), device("anna", id=101), device("carla", id=103)]
        simulator.clear_requests()
        for body in ([], wrong):
            simulator.faults({"kind": "json", "body": body, "path": USERS})
        book.looked(4)
        assert right(None, other)()
        assert plays(book) == 2
        # A device comes, and the first play for it fails.
        fails = {"kind": "status", "status": 500, "path": "/users/101/port-forwards", "times": 6}
        simulator.reset(users((True, []), (True, [ssh])))
        simulator.faults(fails)
        book.until(right(opened, other), "open ports")
        simulator.reset(users((False, [web]), (False, [ssh])))
        book.until(right(None, None), "closed ports")
        assert KEY not in book.output


def test_an_undeclared_user_is_reported_at_the_start_and_later(
    run: Runner, simulator: Simulator
) -> None:
    simulator.reset(devices([device("eve", id=100)]))
    book_of = "premiervpn.wireguard.undeclared_users"
    with started(run, book_of, variables=declared(anna=[])) as book:
        book.said("Nobody declared these users of server5 (5): eve")
        simulator.reset(
            devices([device("eve", id=100), device("anna", id=101), device("mallory", id=102)])
        )
        book.said("Nobody declared this user: mallory on server5 (5) is new")
        assert "Nobody declared this user: anna" not in book.output
        assert "Nobody declared this user: eve" not in book.output


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
