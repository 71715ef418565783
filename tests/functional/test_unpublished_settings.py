# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_user_bandwidth and wg_server_dns: settings whose fields nobody published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import AMS, FRA, fill, seed

GIVEN = {"up": 20, "nested": {"down": "50", "list": [1, "two"]}}
OTHER = {"up": 5, "kept": True}


class Kind(NamedTuple):
    """One of the two modules, for the user or the server that is there."""

    module: str
    option: str
    target: dict[str, Any]
    path: str
    listed: list[str]
    where: str
    owner: str

    def stored(self, simulator: Simulator) -> Any:
        """What the portal holds of it; of the only user, or of the first server."""
        return simulator.state()[self.where][0][self.path.rpartition("/")[2]]


BANDWIDTH = Kind(
    "wg_user_bandwidth",
    "limits",
    {"server": 5, "user": "phone"},
    "/users/101/bandwidth",
    ["GET /servers/5/users"],
    "users",
    "user phone on server 5",
)
DNS = Kind("wg_server_dns", "settings", {"server": 5}, "/servers/5/dns", [], "servers", "server 5")
KINDS = pytest.mark.parametrize("kind", [BANDWIDTH, DNS], ids=["bandwidth", "dns"])

Do = Callable[..., Run]


@pytest.fixture
def do(kind: Kind, module: Modules, simulator: Simulator) -> Do:
    """Run the module for what is there, with one user on server 5."""
    fill(simulator, {"phone": []})

    def run(given: Any = None, *, check: bool = False, **more: Any) -> Run:
        state = {"state": "absent"} if given is None else {kind.option: given}
        return module(kind.module, check=check, **{**kind.target, **state, **more})

    return run


def holding(simulator: Simulator, value: dict[str, Any] | None) -> None:
    user = {"client_name": "phone", **({"bandwidth": value} if value else {})}
    simulator.reset(seed({**FRA, "users": [user], **({"dns": value} if value else {})}, AMS))


@KINDS
def test_a_settings_life(kind: Kind, do: Do, simulator: Simulator) -> None:
    get, put, delete = (f"{method} {kind.path}" for method in ("GET", "PUT", "DELETE"))
    created = do(GIVEN)
    assert created.last.changed
    assert created.sent == [*kind.listed, get, put, get]
    assert created.last["requests"] == len(created.sent)
    assert (created.last["before"], created.last["after"]) == (None, GIVEN)
    assert kind.stored(simulator) == GIVEN

    again = do({"up": "20", "nested": {"down": 50}})
    assert not again.last.changed
    assert again.sent == [*kind.listed, get]
    assert again.last["before"] == again.last["after"] == GIVEN

    changed = do(OTHER)
    assert changed.last.changed
    assert (changed.last["before"], changed.last["after"]) == (GIVEN, OTHER)

    removed = do()
    assert removed.last.changed
    assert removed.sent == [*kind.listed, get, delete, get]
    assert (removed.last["before"], removed.last["after"]) == (OTHER, None)
    assert kind.stored(simulator) is None
    still = do()
    assert not still.last.changed
    assert still.sent == [*kind.listed, get]


SHAPES: list[dict[str, Any]] = [
    {"objects": objects, "unset": unset}
    for objects in ("flat", "named", "data", "data_named")
    for unset in ("null", "nulls", "empty", "404")
]
SHAPES += [{"numbers": "string"}, {"put": "204"}, {"put": "200_empty"}, {"put": "200_text"}]
SHAPES += [{"delete": delete} for delete in ("200_empty", "200_text", "204")]


@KINDS
@pytest.mark.parametrize("shapes", SHAPES, ids=lambda shapes: "-".join(shapes.values()))
def test_every_shape(kind: Kind, do: Do, simulator: Simulator, shapes: dict[str, Any]) -> None:
    simulator.shapes(**shapes)
    runs = [do(), do(GIVEN), do(GIVEN), do(OTHER), do(), do()]
    assert [done.last.msg for done in runs] == [""] * 6
    assert [done.last.changed for done in runs] == [False, True, False, True, True, False]
    assert kind.stored(simulator) is None


@KINDS
def test_check_and_diff_mode(kind: Kind, do: Do, simulator: Simulator) -> None:
    name = kind.path.rpartition("/")[2]
    holding(simulator, {"up": 5, "counter": 123})
    predicted = do({"up": 20}, check=True)
    assert predicted.last.changed
    assert not predicted.writes
    assert predicted.last["after"] == {"up": 20, "counter": 123}
    # What nobody asked for may be a counter, and is in no diff.
    header = f"{name} of {kind.owner}"
    headers = {"before_header": header, "after_header": header}
    assert predicted.last["diff"] == {"before": "up: 5\n", "after": "up: 20\n", **headers}
    done = do({"up": 20})
    assert done.last["diff"] == predicted.last["diff"]
    assert done.last.values.keys() == predicted.last.values.keys()
    assert not do({"up": 20}, check=True).last.changed

    predicted, done = do(check=True), do()
    assert not predicted.writes
    assert predicted.last["after"] is None
    assert predicted.last.values == {**done.last.values, "requests": predicted.last["requests"]}
    assert done.last["diff"] == {"before": "up: 20\n", "after": "", **headers}


@KINDS
def test_a_portal_that_does_not_know_it(kind: Kind, do: Do, simulator: Simulator) -> None:
    simulator.shapes(newer="absent")
    done = do(GIVEN)
    assert done.last.failed
    assert "the portal does not know this setting" in done.last.msg.lower()
    assert "not found" not in done.last.msg.lower().replace("404, not found (not_found)", "")
    assert done.last["error"]["status"] == 404
    assert not do().last.changed


@KINDS
def test_what_is_taken_and_not_kept(kind: Kind, do: Do, simulator: Simulator) -> None:
    """Both are shown, and neither a key nor an escape of a terminal."""
    secret = "aGlkZGVuIGtleSB0aGF0IG5vYm9keSBtYXkgc2VlISE="
    name = kind.path.rpartition("/")[2]
    there = {"up": 7, "token": "t-7788", "note": "\x1b[31m", "private_key": "x", "extra": secret}
    simulator.faults(
        {"kind": "json", "method": "GET", "path": kind.path, "skip": 1, "body": {name: there}}
    )
    done = do({"up": 20, "note": "n", "token": "t-99", "extra": f"{secret} b", "missing": [1]})
    assert done.last.failed
    assert done.last.changed
    assert f"PUT {kind.path}" in done.last.msg
    assert '"up": 20' in done.last.msg
    assert '"up": 7' in done.last.msg
    assert '"missing": [1]' in done.last.msg
    for hidden in (secret[:20], "t-99", "t-7788"):
        assert hidden not in f"{done.last.msg} {done.last['before']} {done.last['after']}"
    assert "\x1b" not in done.last.msg
    assert done.last["after"]["up"] == 7
    assert "private_key" not in done.last["after"]


@KINDS
@pytest.mark.parametrize("given", [{}, {"up": 20}])
def test_only_a_dictionary_with_fields(kind: Kind, do: Do, module: Modules, given: Any) -> None:
    if given:
        done = module(kind.module, **kind.target, **{kind.option: given}, state="maybe")
    else:
        done = do(given)
    assert done.last.failed
    assert not done.requests
    missing = module(kind.module, **kind.target)
    assert (
        f"state is present but all of the following are missing: {kind.option}" in missing.last.msg
    )


@KINDS
def test_an_answer_that_is_no_object(kind: Kind, do: Do, simulator: Simulator) -> None:
    simulator.faults({"kind": "json", "method": "GET", "path": kind.path, "body": ["a", "b"]})
    done = do(GIVEN)
    assert done.last.failed
    assert f"GET {kind.path}" in done.last.msg
    assert "is not an object (found: list)" in done.last.msg
    assert not done.writes


@KINDS
@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_refusal_is_told(kind: Kind, do: Do, simulator: Simulator, status: int) -> None:
    for method, given in (("GET", GIVEN), ("PUT", GIVEN), ("DELETE", None)):
        holding(simulator, OTHER)
        fault = {"kind": "status", "status": status, "message": "No.", "code": "no"}
        simulator.faults({**fault, "method": method, "path": kind.path})
        done = do(given)
        assert done.last.failed
        assert (
            done.last["error"].items() >= {"status": status, "code": "no", "method": method}.items()
        )
        assert not done.last.changed


@KINDS
@pytest.mark.parametrize("given", [GIVEN, None], ids=["put", "delete"])
def test_an_answer_that_got_lost_each_time(
    kind: Kind, do: Do, simulator: Simulator, given: Any
) -> None:
    """It was carried out, and a look shows it."""
    holding(simulator, OTHER)
    method = "DELETE" if given is None else "PUT"
    where = {"method": method, "path": kind.path, "when": "after", "times": None}
    simulator.faults({"kind": "reset", **where})
    done = do(given, max_wait=2)
    assert not done.last.failed, done.last.msg
    assert done.last.changed
    assert len(done.writes) > 1
    assert kind.stored(simulator) == given


@KINDS
def test_a_look_that_fails_after_a_change(kind: Kind, do: Do, simulator: Simulator) -> None:
    fault = {"kind": "status", "status": 403, "method": "GET", "path": kind.path, "skip": 1}
    simulator.faults(fault)
    done = do(GIVEN)
    assert done.last.failed
    assert "was changed, and could not be looked at then" in done.last.msg


def test_a_user_that_is_not_there(module: Modules, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    for user in ("Phone", 999):
        task = {"server": "fra1", "user": user}
        done = module("wg_user_bandwidth", **task, limits=GIVEN)
        assert done.last.failed
        assert "was not found" in done.last.msg
        assert "setting" not in done.last.msg
        absent = module("wg_user_bandwidth", **task, state="absent")
        assert not absent.last.failed, absent.last.msg
        assert not absent.last.changed
        assert absent.last["before"] is absent.last["after"] is None
        predicted = module("wg_user_bandwidth", check=True, **task, limits=GIVEN)
        assert predicted.last.changed
        assert predicted.last["after"] == GIVEN


def test_a_user_by_id_and_a_server_by_name(module: Modules, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "101": []})
    done = module("wg_user_bandwidth", server="fra1.example.net", user=101, limits=GIVEN)
    assert done.sent[:3] == ["GET /servers", "GET /servers/5/users", "GET /users/101/bandwidth"]
    # A text of digits is the user of that name first.
    named = module("wg_user_bandwidth", server=5, user="101", limits=GIVEN)
    assert "PUT /users/102/bandwidth" in named.sent
    assert module("wg_server_dns", server="192.0.2.6", settings=GIVEN).sent[:2] == [
        *("GET /servers", "GET /servers/6/dns"),
    ]


@pytest.mark.parametrize("unknown_id", ["404", "403"])
@pytest.mark.parametrize("state", [{"settings": GIVEN}, {"state": "absent"}])
def test_a_server_that_is_not_there(
    module: Modules, simulator: Simulator, unknown_id: str, state: dict[str, Any]
) -> None:
    simulator.shapes(unknown_id=unknown_id, unset="404")
    done = module("wg_server_dns", server=77, **state)
    assert done.last.failed
    assert (
        "server '77' was not found; the account's servers are: ams1 (6), fra1 (5)" in done.last.msg
    )
    assert not done.writes


def test_a_server_with_a_name_of_digits(module: Modules, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "name": "77"}, AMS))
    done = module("wg_server_dns", server=77, settings=GIVEN)
    assert not done.last.failed, done.last.msg
    assert "PUT /servers/5/dns" in done.sent


def test_in_a_play(run: Runner, simulator: Simulator) -> None:
    """One api_key for the group; templates and numbers out of them."""
    fill(simulator, {"phone": []})
    limits = {"limits": {"up": "{{ speed }}", "down": "{{ speed + 30 }}"}}
    done = run.play(
        {"wg_user_bandwidth": {"server": 5, "user": "phone", **limits}},
        {"wg_user_bandwidth": {"server": 5, "user": "phone", **limits}},
        {"wg_server_dns": {"server": 5, "settings": {"resolvers": ["192.0.2.53"]}}},
        {"wg_server_dns": {"server": 5, "state": "absent"}},
        env={"PREMIERVPN_API_KEY": None},
        vars={"speed": 20},
        module_defaults={"group/premiervpn.wireguard.wg": {"api_key": "wg_demo_acme"}},
    )
    assert done.code == 0, done.output
    assert [result.changed for result in done.results] == [True, False, True, True]
    stored = {key: int(value) for key, value in BANDWIDTH.stored(simulator).items()}
    assert stored == {"up": 20, "down": 50}


def test_what_a_put_drops_is_told(run: Runner, simulator: Simulator) -> None:
    """The simulator's PUT replaces the whole setting, as a portal may."""
    fill(simulator, {"phone": []})
    task = {"server": 5, "user": "phone"}
    run.module("wg_user_bandwidth", **task, limits={"up": 5, "down": {"most": 7, "burst": 8}})
    check = run.module("wg_user_bandwidth", check=True, **task, limits={"up": 6})
    assert "drops what is not given: down:" in check.output
    assert check.last["dropped"] == {}
    done = run.module("wg_user_bandwidth", **task, limits={"up": 6})
    assert done.last["after"] == {"up": 6}
    assert done.last["dropped"] == {"down": {"most": 7, "burst": 8}}
    assert "the portal dropped what was not given of bandwidth: down:" in done.output
    again = run.module("wg_user_bandwidth", **task, limits={"up": 6})
    assert again.last["dropped"] == {}
    assert "dropped what" not in again.output
