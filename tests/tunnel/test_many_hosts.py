# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts in one play: one listing for all of them. PREMIERVPN_TUNNEL_HOSTS=20 measures with that many."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable

from .conftest import Scene
from .lab import looks
from .lab.plays import changed

HOSTS = int(os.environ.get("PREMIERVPN_TUNNEL_HOSTS", "5"))
FORKS = ("--forks", "10")


def test_many_hosts(scene: Scene, record_property: Callable[[str, object], None]) -> None:
    lab, plays = scene.lab, scene.plays
    hosts = [scene.host, *(lab.host() for _number in range(HOSTS - 1))]
    try:
        start = time.monotonic()
        run = plays.good(*hosts, arguments=FORKS)
        first = time.monotonic() - start
        sent = Counter(entry["method"] for entry in run.requests)
        paths = Counter(entry["path"] for entry in run.requests)
        # The server, its users, a creation for each (whose answers hold the .conf).
        assert sent["POST"] == HOSTS
        assert sent["GET"] <= 2 + HOSTS, run.sent
        assert paths["/servers"] <= 1
        assert paths["/servers/5/users"] <= 1 + HOSTS  # one listing, and the creations
        keys = lab.server.handshakes()
        assert all(keys[looks.public_key(host)] > 0 for host in hosts)

        start = time.monotonic()
        again = plays.good(*hosts, arguments=FORKS)
        second = time.monotonic() - start
        assert set(changed(again).values()) == {0}, again.output
        # One listing for the play, and one detail for each host.
        assert len(again.requests) == 2 + HOSTS, again.sent
        assert set(Counter(entry["method"] for entry in again.requests)) == {"GET"}
        told = (
            f"{HOSTS} hosts: {len(run.requests)} requests and {first:.0f} s; "
            f"again: {len(again.requests)} requests and {second:.0f} s"
        )
        record_property("measured", told)
    finally:
        lab.remove(*hosts[1:])
