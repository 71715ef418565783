# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source against a portal: what it tells, what it asks, and what trouble does to it.

Without ansible-rulebook, whose part of it is in ``tests/eda``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import runpy
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY, adopt
from tests.support.running import Runner
from tests.support.watching import Source, device, devices

FILE = (
    Path(__file__).parents[2] / "extensions" / "eda" / "plugins" / "event_source" / "wg_status.py"
)
CALM = [device("anna", id=101), device("ben", id=102)]


@pytest.fixture(autouse=True)
def portal(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator as the environment says, with two users on server 5 and none on server 6."""
    adopt(run.environment(), run.folder, monkeypatch)
    run.simulator.reset(devices(CALM, []))
    run.simulator.clear_requests()


def sent(simulator: Simulator) -> list[str]:
    return [request["path"] for request in simulator.requests()]


def test_each_change_between_two_looks_is_an_event(simulator: Simulator) -> None:
    seen = [
        device("anna", id=101, online=True, rx_bytes=700, tx_bytes=700),
        device("carla", id=103, online=True),
    ]
    source = Source(traffic_over=1000, settle=1)
    source.run(lambda: simulator.reset(devices(seen, [])))
    assert source.told == [
        ("removed", "ben"),
        ("added", "carla"),
        ("online", "anna"),
        ("online", "carla"),
        ("traffic", "anna"),
    ]
    online = source.events[2]
    assert online["server"] == online["after"]["server"] == 5
    assert online["server_name"] == "server5"
    assert (online["before"]["online"], online["after"]["online"]) == (False, True)
    assert source.events[0]["after"] is None
    assert source.events[1]["before"] is None
    assert source.lines == []
    assert KEY not in json.dumps(source.events)


def test_the_first_look_sends_nothing_and_neither_does_one_without_a_change() -> None:
    assert Source(traffic_over=0).run(*[lambda: None] * 3).events == []


def test_a_change_is_sent_once(simulator: Simulator) -> None:
    there = [device("anna", id=101, online=True), device("ben", id=102)]
    source = Source().run(
        lambda: simulator.reset(devices(there, [])),
        lambda: None,
        lambda: simulator.reset(devices(CALM, [])),
        lambda: None,
        lambda: None,
    )
    assert source.told == [("online", "anna"), ("offline", "anna")]


def test_only_wanted_events_of_wanted_servers(simulator: Simulator) -> None:
    online = [device(user["client_name"], id=user["id"], online=True) for user in CALM]
    more = [device("carla", id=103)]
    source = Source(servers=["server5"], events=["online"])
    source.run(lambda: simulator.reset(devices(online, more)))
    assert source.told == [("online", "anna"), ("online", "ben")]
    assert sent(simulator)[-1] == "/servers/5/users"
    assert "/servers/6/users" not in sent(simulator)


@pytest.mark.parametrize("servers", [1, 5])
def test_one_request_for_each_server_and_look_and_one_at_the_beginning(
    simulator: Simulator, servers: int
) -> None:
    simulator.reset(devices(*[[device(f"user{number}")] for number in range(servers)]))
    source = Source().run(lambda: None, lambda: None)
    paths = [f"/servers/{number}/users" for number in range(5, 5 + servers)]
    assert sorted(sent(simulator)) == sorted(["/servers", *paths * 3])
    # With the default interval that is two requests a minute for each server.
    assert source.naps == [30.0] * 3


def test_a_silent_server_delays_the_events_of_no_other(simulator: Simulator) -> None:
    new = [device("zoe")], [device("anna")]

    def step() -> None:
        simulator.reset(devices(*new))
        simulator.faults({"kind": "timeout", "path": "/servers/5/users", "times": None})

    source = Source(silent=[5], timeout=60).run(step, lambda: None, lambda: None)
    assert ("added", "anna") in source.told
    # The look that is under way is not sent again, and the others go on.
    assert sent(simulator).count("/servers/5/users") == 1
    assert sent(simulator).count("/servers/6/users") == 3


def test_what_goes_away_is_believed_in_the_second_look(simulator: Simulator) -> None:
    there = [device("anna", id=101, online=True), device("ben", id=102, online=True)]
    simulator.reset(devices(there, []))
    gone = devices([device("anna", id=101)], [])
    source = Source().run(
        lambda: simulator.reset(gone),
        lambda: simulator.reset(devices(there, [])),
        lambda: simulator.reset(gone),
        lambda: None,
        lambda: simulator.reset(devices(there, [])),
    )
    assert source.told == [
        ("removed", "ben"),
        ("offline", "anna"),
        ("added", "ben"),
        ("online", "anna"),
        ("online", "ben"),
    ]


@pytest.mark.parametrize("left", [0, 3])
def test_a_listing_that_lost_many_at_once_is_trouble_until_it_stood_for_long(
    simulator: Simulator, left: int
) -> None:
    many = [device(f"user{number}", id=101 + number, online=True) for number in range(6)]
    few = devices(many[:left], [])
    simulator.reset(devices(many, []))
    back = Source().run(
        lambda: simulator.reset(few), lambda: None, lambda: simulator.reset(devices(many, []))
    )
    assert back.told == [("trouble", None)]
    assert back.events[0]["text"].startswith(
        f"server5 (5) lists {left} of the 6 users that it had; the others count as removed"
    )
    source = Source().run(lambda: simulator.reset(few), *[lambda: None] * 4)
    removed = [("removed", f"user{number}") for number in range(left, 6)]
    assert source.told == [("trouble", None), *removed]


def test_catch_up_sends_how_everything_stands(simulator: Simulator) -> None:
    there = [device("anna", id=101, online=True), device("ben", id=102)]
    simulator.reset(devices(there, []))
    source = Source(catch_up=True).run(lambda: None, lambda: None)
    assert source.told == [
        ("added", "anna"),
        ("added", "ben"),
        ("online", "anna"),
        ("offline", "ben"),
    ]
    assert all(event["initial"] is True for event in source.events)


def test_devices_is_sent_only_where_it_is_asked_for_and_only_with_what_is_sure(
    simulator: Simulator,
) -> None:
    there = [device("anna", id=101, online=True), device("ben", id=102)]
    simulator.reset(devices(there, []))
    both = [{**user, "online": True} for user in there]
    source = Source(catch_up=True, events=["devices"]).run(
        lambda: None, lambda: None, lambda: simulator.reset(devices(both, []))
    )
    seen = [
        (event["server"], event.get("initial"), event["online"], event["offline"])
        for event in source.events
    ]
    assert sorted(seen[:2]) == [(5, True, ["anna"], []), (6, True, [], [])]
    assert seen[2:] == [(5, None, ["anna"], ["ben"]), (5, None, ["anna", "ben"], [])]


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "503": ({"kind": "status", "status": 503}, "the portal answered 503"),
    "500": ({"kind": "status", "status": 500}, "the portal answered 500"),
    "silence": ({"kind": "timeout"}, "no answer within 0.3 s"),
    "reset": ({"kind": "reset"}, "connection reset by peer"),
    "HTML": ({"kind": "html", "status": 200}, "HTML instead of JSON"),
    "something else": ({"kind": "json", "body": {"x": 1}}, "the answer holds no list of users"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_look_that_fails_is_told_and_what_was_seen_last_is_kept(
    simulator: Simulator, fault: str
) -> None:
    what, message = FAULTS[fault]
    there = [device("anna", id=101, online=True), device("ben", id=102)]
    fails = {**what, "path": "/servers/5/users", "times": 1}

    def change() -> None:
        simulator.reset(devices(there, []))
        simulator.faults(fails)

    simulator.clear_requests()
    source = Source(timeout=0.3).run(change, lambda: None)
    assert source.told == [("online", "anna")]
    failed, over = source.lines
    assert failed.startswith("server server5 (5): GET /servers/5/users: ")
    assert message in failed
    assert failed.endswith("; what was seen last is kept, looking again every 30 s")
    assert over == "server server5 (5): the portal answers again, after 1 look that failed"
    # One request a look: it is not tried again before the next.
    assert sent(simulator).count("/servers/5/users") == 2


def test_a_portal_that_is_not_there_yet_is_waited_for(simulator: Simulator) -> None:
    simulator.faults({"kind": "status", "status": 503, "path": "/servers", "times": 2})
    there = [device("anna", id=101, online=True), device("ben", id=102)]
    steps = [lambda: None, lambda: None, lambda: simulator.reset(devices(there, []))]
    source = Source().run(*steps)
    assert source.told == [("online", "anna")]
    assert source.lines[0].startswith("the servers: GET /servers: the portal answered 503")
    assert source.lines[1:] == ["the servers: the portal answers again, after 2 looks that failed"]


def test_429_is_waited_out_and_told(simulator: Simulator) -> None:
    limited = {"kind": "rate_limited", "retry_after": 2, "path": "/servers/5/users", "times": 1}
    source = Source(servers=[5]).run(lambda: simulator.faults(limited))
    assert source.end is None
    assert source.lines == ["the event source waits 2 s for the rate limit, 1 request is left"]
    assert sent(simulator).count("/servers/5/users") == 3


def test_a_wait_that_does_not_fit_is_told_and_the_next_look_tries_again(
    simulator: Simulator,
) -> None:
    limited = {"kind": "rate_limited", "retry_after": 60, "path": "/servers/5/users", "times": 1}
    settings = {"servers": [5], "max_wait": 0, "show_waits": False}
    source = Source(**settings).run(lambda: simulator.faults(limited), lambda: None)
    assert source.end is None
    (line,) = source.lines
    assert "GET /servers/5/users was not sent: the portal's rate limit is used up" in line
    assert line.endswith("; this look is left out, the next look is in 30 s")


@pytest.mark.parametrize("path", ["/servers", "/servers/6/users"])
def test_a_refused_key_ends_it(simulator: Simulator, path: str) -> None:
    simulator.faults({"kind": "status", "status": 401, "path": path, "times": None})
    source = Source().run(lambda: None)
    assert f"GET {path}: the portal answered 401" in str(source.end)
    assert source.lines == []


REFUSALS = {
    "403": {"kind": "status", "status": 403},
    "403 of a firewall": {"kind": "html", "status": 403},
    "404": {"kind": "status", "status": 404},
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_that_refuses_is_given_up_with_a_word_and_tried_again_from_time_to_time(
    simulator: Simulator, refusal: str
) -> None:
    path = "/servers/6/users"

    def step() -> None:
        simulator.reset(devices([*CALM, device("carla")], [device("dora")]))
        simulator.faults({**REFUSALS[refusal], "path": path, "times": None})

    nothing = [lambda: None] * 12
    source = Source().run(step, *nothing, simulator.clear_faults, *nothing)
    assert source.end is None
    # The looks at two servers end in any order.
    assert sorted(source.told[:2]) == [("added", "carla"), ("trouble", None)]
    assert source.told[2:] == [("added", "dora")]
    given_up, again = source.lines
    assert given_up.startswith(f"server server6 (6): GET {path}: the portal answered")
    assert given_up.endswith("the server is given up, and tried again from time to time")
    assert "the portal answers again" in again
    # Refused in looks 1, 2, 4 and 8; well again, the next is look 16 of 26.
    assert sent(simulator).count("/servers/5/users") == 26
    assert sent(simulator).count(path) == 4 + 11


def test_the_users_of_a_server_that_is_really_gone_are_removed(simulator: Simulator) -> None:
    simulator.reset(devices(CALM, [device("dora"), device("emil")]))
    source = Source().run(
        lambda: simulator.reset(devices(CALM)), lambda: None, lambda: None, lambda: None
    )
    assert source.told == [("trouble", None), ("removed", "dora"), ("removed", "emil")]
    assert source.end is None


def test_what_the_other_servers_showed_is_sent_before_it_ends(simulator: Simulator) -> None:
    def step() -> None:
        simulator.reset(devices([*CALM, device("carla")], []))
        simulator.faults({"kind": "status", "status": 401, "path": "/servers/6/users"})

    source = Source().run(step)
    assert source.told == [("added", "carla")]
    assert "401" in str(source.end)


def test_a_server_that_fails_for_long_is_trouble_and_caught_up_with(simulator: Simulator) -> None:
    def down() -> None:
        simulator.faults({"kind": "status", "status": 503, "path": "/servers/5/users", "times": 6})

    nothing = [lambda: None] * 6
    source = Source(servers=[5], catch_up=True).run(down, *nothing)
    state = [("offline", "anna"), ("offline", "ben")]
    assert source.told[2:] == [*state, ("trouble", None), *state]
    assert "the portal answered 503" in source.events[4]["text"]
    assert Source(servers=[5]).run(down, *nothing).told == [("trouble", None)]


def test_an_interval_that_the_rate_limit_does_not_carry_is_stretched_and_said_once(
    simulator: Simulator,
) -> None:
    simulator.reset(devices(*[[device(f"user{number}")] for number in range(10)]))
    source = Source(interval=5, rate_limit=120).run(lambda: None, lambda: None)
    assert source.naps == [10.0] * 3
    (line,) = source.lines
    assert line == (
        "10 servers every 5 s would take 120 requests a minute; the event source takes at most half of"
        " rate_limit (120), so it looks every 10 s"
    )
    assert Source(interval=5, rate_limit=0).run(lambda: None).naps == [5.0] * 2


def test_a_server_that_is_not_there_ends_it_before_any_look(simulator: Simulator) -> None:
    source = Source(servers=["fra9"]).run(lambda: None)
    assert str(source.end) == (
        "server 'fra9' was not found; the account's servers are: server5 (5), server6 (6)"
    )
    assert sent(simulator) == ["/servers"]


def test_traffic_counts_for_an_interval_also_after_looks_that_failed(simulator: Simulator) -> None:
    def moved(number: int) -> None:
        simulator.reset(devices([device("anna", id=101, rx_bytes=number)], []))

    def fail() -> None:
        simulator.faults({"kind": "status", "status": 503, "path": "/servers/5/users"})

    moved(0)
    quiet = Source(servers=[5], traffic_over=1000).run(fail, fail, lambda: moved(2900))
    assert quiet.told == []
    moved(0)
    loud = Source(servers=[5], traffic_over=1000).run(fail, fail, lambda: moved(3100))
    assert loud.told == [("traffic", "anna")]


def test_many_looks_take_no_more_memory_than_a_few() -> None:
    sizes: list[int] = []
    threads: list[int] = []

    def measure() -> None:
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
        threads.append(threading.active_count())

    def nothing() -> None:
        pass

    tracemalloc.start()
    try:
        Source(servers=[5]).run(*[nothing] * 20, measure, *[nothing] * 100, measure)
    finally:
        tracemalloc.stop()
    first, last = sizes
    # 100 listings of two users, were they kept, would be more.
    assert last - first < 50_000
    # That of the last look may still be ending.
    assert threads[1] <= threads[0] + 1


def test_a_cancellation_does_not_wait_for_a_silent_portal(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as ansible-rulebook runs it: by its path, in an event loop of its own."""
    simulator.faults({"kind": "timeout", "times": None})
    monkeypatch.setenv("PREMIERVPN_TIMEOUT", "3600")
    main = runpy.run_path(str(FILE))["main"]

    async def cancelled() -> None:
        task = asyncio.create_task(main(asyncio.Queue(), {}))
        while not sent(simulator):
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    asyncio.run(cancelled())
    # Not a measure of speed: it would be an hour.
    assert time.monotonic() - began < 600
    # Nobody waits for the request that is still under way, the interpreter's end neither.
    assert all(x.daemon for x in threading.enumerate() if x.name == "premiervpn.wireguard")


def test_as_a_file_by_its_path_it_ends_with_the_reason(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PREMIERVPN_API_KEY", "wg_not_this_one")
    main = runpy.run_path(str(FILE))["main"]
    with pytest.raises(RuntimeError) as caught:
        asyncio.run(main(asyncio.Queue(), {}))
    assert str(caught.value).startswith("GET /servers: the portal answered 401")
    assert str(caught.value).endswith("; it came from PREMIERVPN_API_KEY in the environment")
    assert "wg_not_this_one" not in str(caught.value) + caplog.text


def test_wrong_arguments_are_refused_before_any_request(simulator: Simulator) -> None:
    main = runpy.run_path(str(FILE))["main"]
    with pytest.raises(Exception, match="interval must be at least 5 seconds"):
        asyncio.run(main(asyncio.Queue(), {"interval": 2}))
    assert sent(simulator) == []
