# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No key and no configuration ever becomes a host variable, or gets into the cache."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.inventories import Inventories
from tests.support.running import Runner
from tests.support.world import FRA, ids, rule, secret_texts, secrets, seed

CONF = (
    "[Interface]\nPrivateKey = SECRET\nAddress = 10.66.66.2/32\n\n[Peer]\nPresharedKey = SECRET\n"
)

# What a portal may put into a listing, against its own documentation: as E5 names it, or somehow else.
LEAKS: dict[str, dict[str, Any]] = {
    "as E5 does": {"config": CONF, "keys": {"client_private_key": "SECRET"}},
    "beside the rest": {"client_private_key": "SECRET", "preshared_key": "SECRET"},
    "other names": {"private_key": "SECRET", "client_preshared_key": "SECRET"},
    "other spellings": {
        "PrivateKey": "SECRET",
        "presharedKey": "SECRET",
        "Client-Private-Key": "SECRET",
    },
    "inside a field": {"details": {"keys": {"private": "SECRET"}, "config": CONF}},
    "in a list": {"peers": [{"name": "kept", "preshared_key": "SECRET"}]},
    "deep": {"a": {"b": [{"c": {"wg_private_key": "SECRET"}}]}},
    "a file's text": {"file": CONF, "download": {"text": CONF}},
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_in_no_variable_and_in_no_cache(
    inventories: Inventories, simulator: Simulator, leak: dict[str, Any]
) -> None:
    extra = {"location": "rack 7", "client_public_key": "kept", **leak}
    server = {"location": "hall 3", **leak}
    simulator.reset(seed({**FRA, "extra": server, "users": [{"client_name": "a", "extra": extra}]}))
    listing = [{"id": 7, "external_port": 80, "internal_port": 80, "protocol": "tcp", **leak}]
    simulator.faults({"kind": "json", "path": "/users/101/port-forwards", "body": listing})
    found = inventories.read(include_port_forwards=True, **inventories.cached)
    assert "SECRET" not in json.dumps(found.hosts, default=str)
    (cached,) = inventories.cache_files()
    assert "SECRET" not in cached.read_text(encoding="utf-8")
    # All else is there.
    assert found.hosts["a"]["premiervpn_other"]["location"] == "rack 7"
    assert found.hosts["a"]["premiervpn_other"]["client_public_key"] == "kept"
    assert found.hosts["a"]["premiervpn_port_forwards"][0]["external_port"] == 80
    assert "hall 3" in cached.read_text(encoding="utf-8")
    if "peers" in leak:
        assert found.hosts["a"]["premiervpn_other"]["peers"] == [{"name": "kept"}]


def test_nothing_of_the_key_in_any_file(
    run: Runner, inventories: Inventories, simulator: Simulator
) -> None:
    """A play with inventory and lookup: what it leaves behind, file by file."""
    users = [{"client_name": "a", "port_forwards": [rule("80/tcp -> 80")]}, {"client_name": "b"}]
    simulator.reset(seed({**FRA, "users": users}))
    path = inventories.write(include_port_forwards=True, **inventories.cached)
    lookup = "lookup('premiervpn.wireguard.wg_user', inventory_hostname, server=5)"
    shown = {"ansible.builtin.debug": {"var": "hostvars"}}
    conf = {"ansible.builtin.debug": {"msg": "{{ " + lookup + ".config | length }}"}}
    done = run.play(
        shown,
        conf,
        hosts="premiervpn",
        connection="local",
        arguments=("-i", str(path), "-vvv"),
        env={"ANSIBLE_LOG_PATH": str(run.folder / "log")},
    )
    assert done.code == 0, done.output
    hidden = [KEY, secrets(simulator, "a")["keys"]["server_public_key"]]
    for name in ids(simulator):
        hidden += secret_texts(simulator, name)
    (run.folder / "play.yml").unlink()
    files = [*run.folder.rglob("*"), *run.temporary.rglob("*")]
    names = [str(file) for file in files]
    contents = [file.read_bytes() for file in files if file.is_file()]
    assert len(contents) > 3
    for text in hidden:
        assert text not in done.output
        assert not [name for name in names if text in name]
        assert not [content for content in contents if text.encode() in content]
    listed = inventories.listed(path)
    assert listed.names == ["a", "b"]
    assert not [text for text in hidden if text in listed.output]


@pytest.mark.parametrize("path", ["/servers", "/servers/5/users"])
def test_an_error_that_repeats_a_secret(
    inventories: Inventories, simulator: Simulator, path: str
) -> None:
    """What the portal says of a failure is told without the API key, keys and terminal escapes."""
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}))
    secret = secrets(simulator, "a")["keys"]["client_private_key"]
    message = f"\x1b[2JAuthorization: Bearer {KEY} failed; PrivateKey = {secret}; ask for help"
    simulator.faults({"kind": "status", "status": 422, "message": message, "path": path})
    found = inventories.listed()
    assert found.hosts == {}
    assert "ask for help" in found.output
    for hidden in (KEY, secret, "\x1b[2J"):
        assert hidden not in found.output
    # And where the names of an answer are all that there is to tell.
    body = {f"\x1b[2J{KEY}": 1}
    simulator.faults({"kind": "json", "body": body, "path": path})
    found = inventories.listed()
    assert found.hosts == {}
    assert KEY not in found.output
    assert "\x1b[2J" not in found.output
