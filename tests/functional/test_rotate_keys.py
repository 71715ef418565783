# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_rotate_keys: new keys, all else kept; nobody is replaced who was removed, and nothing is lost untold."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secret_texts, secrets

HELD = {
    "phone": [rule("443/both -> 8443", "HTTPS: {{ 7 * 7 }}"), rule("80/tcp -> 80")],
    "laptop": [rule("22022/tcp -> 22", "007")],
    "other": [rule("7000/udp -> 7000")],
}
EXPECTED = {
    "phone": ["443/both -> 8443 (HTTPS: {{ 7 * 7 }})", "80/tcp -> 80"],
    "laptop": ["22022/tcp -> 22 (007)"],
    "other": ["7000/udp -> 7000"],
}
# A look, the rules and the keys of two; both once more, with the bandwidth; two removed and made, three
# rules made again.
REQUESTS = 1 + 2 * 2 + 2 * 3 + 2 * 2 + 3


@pytest.fixture
def server(simulator: Simulator) -> Simulator:
    fill(simulator, HELD)
    return simulator


def keys(simulator: Simulator) -> dict[str, str]:
    """Every user's public key."""
    return {name: secrets(simulator, name)["keys"]["client_public_key"] for name in ids(simulator)}


def options(*users: str, **more: Any) -> dict[str, Any]:
    return {"server": 5, "users": list(users), **more}


def rotate(run: Runner, *users: str, check: bool = False, **more: Any) -> Run:
    return run.module("wg_rotate_keys", check=check, **options(*users, **more))


def bandwidth(run: Runner, user: str, **limits: Any) -> Run:
    return run.module("wg_user_bandwidth", server=5, user=user, limits=limits)


def test_new_keys_and_the_same_port_forwards(run: Runner, server: Simulator) -> None:
    before = keys(server)
    folder = run.folder / "conf"
    done = rotate(run, "phone", "laptop", config_dir=str(folder))
    assert not done.last.failed, done.output
    assert done.last.changed
    after = keys(server)
    assert {name for name in before if before[name] != after[name]} == {"phone", "laptop"}
    assert rules(server) == EXPECTED
    for name in ("phone", "laptop"):
        assert (folder / f"{name}.conf").read_text() == secrets(server, name)["config"]
    assert done.last["replaced"] == ["phone", "laptop"]
    assert done.last["lines"][1] == "laptop has new keys and kept 22022/tcp -> 22 (007)"
    # Nothing is left behind, and nothing in the current folder.
    assert list((run.folder / "state" / "journal").iterdir()) == []
    assert len(done.sent) == REQUESTS
    for secret in (KEY, *secret_texts(server, "phone"), *secret_texts(server, "laptop")):
        assert secret not in done.output


def test_check_mode_predicts_it_and_leaves_no_file(run: Runner, server: Simulator) -> None:
    before = keys(server)
    check = rotate(run, "phone", check=True)
    assert check.last.changed
    assert check.writes == []
    assert keys(server) == before
    assert check.last["replaced"] == ["phone"]
    # A look, and the rules, key and limit of this one: the others can't hold what it holds.
    assert len(check.sent) == 4
    assert not (run.folder / "state").exists()
    done = rotate(run, "phone")
    assert [step["what"] for step in check.last["plan"]] == [
        step["what"] for step in done.last["plan"]
    ]


@pytest.mark.parametrize(
    ("users", "why"),
    [
        (["phone", "Laptop", "nobody"], "Laptop, nobody; 'laptop' differs from it in case only"),
        (["a b"], "'a b' is not a client name"),
        ([], "users is an empty list"),
    ],
)
def test_who_is_not_there_is_refused(
    run: Runner, server: Simulator, users: list[str], why: str
) -> None:
    done = rotate(run, *users)
    assert why in done.last.msg
    assert done.writes == []
    # And is not carried out by the next, corrected run.
    before = keys(server)
    assert not rotate(run, "laptop").last.failed
    assert before["phone"] == keys(server)["phone"]


def test_a_rule_that_was_made_since_the_look_is_kept(run: Runner, server: Simulator) -> None:
    """A colleague's, made just before the phone is deleted, while the plan is older."""
    made = {"external_port": 9000, "internal_port": 90, "protocol": "tcp"}
    made |= {"action": "create_port_forward", "server": 5, "client_name": "phone"}
    server.faults(
        {
            "kind": "meanwhile",
            "path": "/users/101",
            "skip": 1,
            "do": [made],
        }
    )
    done = rotate(run, "phone")
    assert not done.last.failed, done.output
    assert "9000/tcp -> 90" in rules(server)["phone"]
    assert set(EXPECTED["phone"]) < set(rules(server)["phone"])


def test_who_was_offboarded_meanwhile_does_not_come_back(run: Runner, server: Simulator) -> None:
    # The phone's keys are replaced first; the laptop goes then.
    server.faults(
        {
            "kind": "meanwhile",
            "method": "DELETE",
            "path": "/users/101",
            "do": [{"action": "delete_user", "id": 102}],
        }
    )
    done = rotate(run, "phone", "laptop", config_dir=str(run.folder / "conf"))
    assert done.last.failed
    assert "removed from server" in done.last.msg
    assert "laptop" not in ids(server)
    assert rules(server)["phone"] == EXPECTED["phone"]
    # What was made is written all the same.
    assert (run.folder / "conf" / "phone.conf").read_text() == secrets(server, "phone")["config"]


def test_of_two_the_second_fails_and_the_first_has_its_file(run: Runner, server: Simulator) -> None:
    server.faults({"kind": "status", "status": 422, "method": "DELETE", "path": "/users/102"})
    done = rotate(run, "phone", "laptop", config_dir=str(run.folder / "conf"))
    assert done.last.failed
    assert rules(server) == EXPECTED
    assert (run.folder / "conf" / "phone.conf").read_text() == secrets(server, "phone")["config"]


def test_the_server_task_writes_what_was_made_too(run: Runner, server: Simulator) -> None:
    before = keys(server)
    server.faults({"kind": "status", "status": 422, "method": "DELETE", "path": "/users/102"})
    users = [{"name": n, "revoked_public_keys": [before[n]]} for n in ("phone", "laptop")]
    done = run.module("wg_server", server=5, users=users, config_dir=str(run.folder / "conf"))
    assert done.last.failed
    assert (run.folder / "conf" / "phone.conf").read_text() == secrets(server, "phone")["config"]


def test_the_bandwidth_limit_is_put_back(run: Runner, server: Simulator) -> None:
    bandwidth(run, "phone", up=5, down=7)
    done = rotate(run, "phone")
    assert not done.last.failed, done.output
    assert bandwidth(run, "phone", up=5).last["after"] == {"up": 5, "down": 7}
    assert "WARNING" not in done.output
    assert "bandwidth" not in done.output


def test_a_limit_that_can_not_be_put_back_is_told(run: Runner, server: Simulator) -> None:
    bandwidth(run, "phone", up=5, down=7)
    server.faults({"kind": "status", "status": 422, "method": "PUT", "times": 9})
    done = rotate(run, "phone")
    assert not done.last.failed, done.output
    assert (
        "the bandwidth limit of user 'phone', {'up': 5, 'down': 7}, could not be put back"
        in done.output
    )


def test_a_portal_that_gives_the_same_key_again_is_a_failure(
    run: Runner, server: Simulator
) -> None:
    key = keys(server)["laptop"]
    answer = {"config": "x", "keys": {"client_public_key": key, "client_private_key": "x"}}
    server.faults(
        {
            "kind": "json",
            "method": "POST",
            "path": "/servers/{id}/users",
            "when": "after",
            "status": 201,
            "body": answer,
        }
    )
    done = rotate(run, "laptop")
    assert done.last.failed
    assert "the portal gave it the same public key" in done.last.msg


LISTED = {
    "phone": [rule("22/tcp -> 22"), rule("80/tcp -> 80")],
    "laptop": [rule("81/tcp -> 1", "c" * 101)],
}


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("phone", "22/tcp -> 22 of user 'phone': external_port 22 is reserved by the portal"),
        ("laptop", "its comment has 101 characters, 100 are allowed"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_could_not_be_created_again_is_refused_before(
    run: Runner, simulator: Simulator, user: str, why: str, check: bool
) -> None:
    """The portal holds it from before, which the simulator does not: it lists it."""
    fill(simulator, {"phone": [], "laptop": []})
    number = ids(simulator)[user]
    listed = [{"id": 900 + n, **one} for n, one in enumerate(LISTED[user])]
    body = {"user": user, "port_forwards": listed}
    path = f"/users/{number}/port-forwards"
    simulator.faults({"kind": "json", "method": "GET", "path": path, "body": body, "times": 9})
    done = rotate(run, user, check=check)
    assert why in done.last.msg
    assert "allow_loss" in done.last.msg
    assert done.writes == []
    allowed = rotate(run, user, allow_loss=True, check=check)
    assert not allowed.last.failed, allowed.output
    assert "LOST, as allow_loss is set" in allowed.output
    if not check:
        assert rules(simulator)[user] == (["80/tcp -> 80"] if user == "phone" else [])


def test_who_goes_away_while_the_rules_are_read_is_not_found(
    run: Runner, server: Simulator
) -> None:
    gone = {"action": "delete_user", "server": 5, "client_name": "phone"}
    listing = {"method": "GET", "path": "/servers/{id}/users"}
    server.faults({"kind": "meanwhile", "do": [gone], "when": "after", **listing})
    done = rotate(run, "phone", "laptop")
    assert done.last.failed
    assert "not found on server 5: phone; nothing was changed" in done.last.msg
    assert done.writes == []
