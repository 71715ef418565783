# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab: the network, the server and the portal, and whatever hosts the tests want."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from simulator.process import Simulator
from tests.support.world import rule

from ..lab import services, ssh
from .booted import Machine
from .host import Host
from .network import Network
from .server import Follower, Server

SERVER = 5
KEY = "wg_demo_acme"
WHO_PORT = 7000
RESOLVERS = ("1.1.1.1", "8.8.8.8")  # those that the portal's .conf names
RESOLVED = "198.18.255.1"  # what they say of every name

AnyHost = TypeVar("AnyHost", bound=Host)


class Lab:
    """The controller and the portal on it; the VPN server; "far", somewhere else on the internet."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder = folder
        self.packages = packages
        self.keys = ssh.Keys(folder)
        self.network = Network()
        self.controller = self.network.node("controller")
        self.controller_link = self.network.attach(self.controller)
        self.far = self.network.node("far")
        self.far_link = self.network.attach(self.far)
        self.server = Server(self.network)
        self.simulator: Simulator
        self.follower: Follower
        self._count = count(1)
        self._hosts: list[Host] = []
        for address in RESOLVERS:
            self.far.ip(f"address add {address}/32 dev lo")
            self.network.router.ip(f"route add {address}/32 via {self.far_link.v4()}")

    @property
    def seed(self) -> dict[str, Any]:
        """One account with one server: ours."""
        server = {"id": SERVER, "name": "lab1", "ip": self.server.link.v4()}
        return {"accounts": [{"name": "acme", "key": KEY, "servers": [server]}]}

    def host(self) -> Host:
        """A new host, without systemd."""
        name = f"host{next(self._count)}"
        return self._ready(Host(self.network, name, self.folder, self.keys, self.packages))

    def machine(self, root: Path) -> Machine:
        """A new host that systemd boots, from this root file system."""
        name = f"host{next(self._count)}"
        return self._ready(Machine(self.network, name, self.folder, self.keys, root))

    def _ready(self, host: AnyHost) -> AnyHost:
        """A host whose sshd answers."""
        self._hosts.append(host)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            command = ("ssh-keyscan", "-T", "1", host.v4)
            if "ssh-ed25519" in self.controller.attempt(*command).stdout:
                return host
            time.sleep(0.05)
        raise AssertionError(f"{host.name} has no sshd")

    def remove(self, *hosts: Host) -> None:
        """Take hosts away, with everything that runs on them."""
        for host in hosts:
            host.stop()
            self._hosts.remove(host)

    def forget(self) -> None:
        """Have a portal as at the start, and a server that has been told so."""
        self.controller.call(self.simulator.reset)
        self.follower.now()

    def devices(self) -> Mapping[str, Any]:
        """What the portal would tell the server."""
        return next(each for each in self.simulator.devices() if each["id"] == SERVER)

    def ask_portal(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the portal's API, without any of the collection's code; empties the journal."""
        answer = self.controller.call(_request, self.simulator.url + path, method, body)
        self.controller.call(self.simulator.clear_requests)
        self.follower.now()
        return answer

    def user(self, name: str, *forwards: str) -> str:
        """Make a user on the portal, with forwards such as ``8080/tcp -> 80``; its .conf."""
        made = self.ask_portal("POST", f"/servers/{SERVER}/users", {"client_name": name})
        for forward in forwards:
            path = f"/users/{made['user']['id']}/port-forwards"
            self.ask_portal("POST", path, rule(forward))
        return str(made["config"])

    def users(self) -> list[dict[str, Any]]:
        """The users that the portal has. Empties the journal."""
        return list(self.ask_portal("GET", f"/servers/{SERVER}/users")["users"])

    def secrets(self, name: str) -> dict[str, str]:
        """A user's four keys, from the portal."""
        number = next(user["id"] for user in self.users() if user["client_name"] == name)
        return dict(self.ask_portal("GET", f"/users/{number}")["keys"])

    def session(self, address: str) -> contextlib.AbstractContextManager[ssh.Session]:
        """An ssh session from the controller."""
        return ssh.session(self.controller, self.keys, address)

    def reachable(self, address: str) -> bool:
        """Whether the controller gets a new ssh session."""
        return ssh.reachable(self.controller, self.keys, address)

    def seen_as(self, host: Host, *, wait: float = 3) -> str | None:
        """From which address a host's own traffic comes, as seen from far; None: it doesn't."""
        return services.ask(host, self.far_link.v4(), WHO_PORT, wait=wait)

    def stop(self) -> None:
        self.remove(*self._hosts)
        self.network.stop()


def _request(url: str, method: str, body: Any) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, method=method, data=data, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


@contextlib.contextmanager
def running(folder: Path, packages: Path) -> Iterator[Lab]:
    """A lab that runs. The simulator is on the controller's loopback address.

    ``packages``: what hosts install from; a folder that need not be there.
    """
    with contextlib.ExitStack() as stack:
        lab = Lab(folder, packages)
        stack.callback(lab.stop)
        lab.simulator = Simulator(rate_limit=0, seed=lab.seed)
        lab.controller.call(lab.simulator.start)
        stack.callback(lab.simulator.stop)
        stack.enter_context(services.serving(lab.far, WHO_PORT, services.who))
        for address in RESOLVERS:
            answer = services.resolver(RESOLVED)
            stack.enter_context(services.serving(lab.far, 53, answer, address))
        lab.follower = Follower(lab.server, lambda: lab.controller.call(lab.devices))
        stack.callback(lab.follower.stop)
        yield lab
