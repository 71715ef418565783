# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies of the environment: they are used, they learn nothing, and they can't do harm."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.certificates import Certificate, self_signed
from tests.support.environment import KEY
from tests.support.modules import Modules
from tests.support.proxies import SILENT, Proxy
from tests.support.results import Run

pytestmark = pytest.mark.once

PHONE = {"server": "5", "name": "phone"}
WRITES = ["GET /servers/5/users", "POST /servers/5/users"]
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def https_process(certificate: Certificate) -> Iterator[Simulator]:
    with Simulator(rate_limit=0, tls_cert=certificate.cert, tls_key=certificate.key) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def https(https_process: Simulator) -> Simulator:
    https_process.reset()
    return https_process


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        yield proxy


class Behind:
    """Runs wg_user behind a proxy."""

    def __init__(
        self,
        module: Modules,
        https: Simulator,
        certificate: Certificate,
        patch: pytest.MonkeyPatch,
    ) -> None:
        self.module = module
        self.https = https
        self.patch = patch
        self.trusted = str(certificate.cert)

    def __call__(self, proxy: Proxy | str, /, variable: str = "HTTPS_PROXY", **options: Any) -> Run:
        url = proxy if isinstance(proxy, str) else f"http://{proxy.address}"
        self.patch.setenv(variable, url)
        connection = {"api_url": self.https.url, "ca_path": self.trusted, "timeout": 5}
        return self.module("wg_user", **{**PHONE, **connection, **options})

    @property
    def reached(self) -> list[str]:
        """What reached the portal."""
        return [f"{one['method']} {one['path']}" for one in self.https.requests()]


@pytest.fixture
def behind(
    module: Modules, https: Simulator, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> Behind:
    return Behind(module, https, certificate, monkeypatch)


def never_reached(behind: Behind, done: Run, *parts: str) -> None:
    assert done.last.failed, done.output
    for part in ("proxy", *parts):
        assert part in done.last.msg
    assert done.last["error"]["status"] is None
    assert not done.last.changed
    for text in ("Traceback", KEY, "hunter2"):
        assert text not in done.output
    assert behind.reached == []
    assert behind.https.state()["users"] == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_used_and_learns_nothing(behind: Behind, proxy: Proxy, variable: str) -> None:
    done = behind(proxy, variable)
    assert done.last.changed, done.output
    assert behind.reached == WRITES
    # It saw where the tunnel leads, and nothing of what went through it.
    place = behind.https.origin.removeprefix("https://")
    assert set(proxy.asked) == {f"CONNECT {place} HTTP/1.0"} or set(proxy.asked) == {
        f"CONNECT {place} HTTP/1.1"
    }
    seen = "".join(proxy.heads).lower()
    assert KEY not in seen
    assert "authorization: bearer" not in seen


def test_a_proxy_with_a_password(behind: Behind, proxy: Proxy) -> None:
    """It gets its own user and password, and not the portal's key."""
    done = behind(f"http://me:hunter2@{proxy.address}")
    assert done.last.changed, done.output
    assert "proxy-authorization: basic" in proxy.heads[0].lower()
    assert KEY not in "".join(proxy.heads)


@pytest.mark.parametrize("spared", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_no_proxy(
    behind: Behind, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, spared: str
) -> None:
    monkeypatch.setenv("NO_PROXY", f"example.com,{spared}" if spared != "*" else spared)
    done = behind(proxy)
    assert done.last.changed, done.output
    assert behind.reached == WRITES
    assert proxy.heads == []


def test_no_proxy_for_others(behind: Behind, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.com,10.0.0.0/8,localhost")
    assert behind(proxy).last.changed
    assert proxy.heads != []


def test_a_loopback_address_is_this_machine(
    module: Modules, simulator: Simulator, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http is for a loopback address: a proxy would get the key in the clear, from elsewhere."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{proxy.address}")
    done = module("wg_user", **PHONE)
    assert proxy.heads == []
    assert done.last.changed, done.output
    assert done.sent == WRITES


@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses(behind: Behind, status: int) -> None:
    with Proxy(refuse=status) as proxy:
        never_reached(behind, behind(proxy, max_wait=0), "GET /servers/5/users")
        assert len(proxy.heads) == 1


def test_a_proxy_that_hangs_up(behind: Behind) -> None:
    """Whether before the tunnel stood or after that, nobody can tell: the message claims neither."""
    with Proxy(refuse=SILENT) as proxy:
        done = behind(proxy, max_wait=0)
    assert done.last.failed
    assert "connection" in done.last.msg
    assert behind.reached == []


def test_a_proxy_that_is_not_there(behind: Behind) -> None:
    with socket.socket() as bound:  # bound, and not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        done = behind(f"http://me:hunter2@{address}", max_wait=0)
    never_reached(behind, done)


@pytest.mark.parametrize("url", ["http://", "http://:1", "http://[", "ftp://127.0.0.1:1"])
def test_a_proxy_whose_url_is_none(behind: Behind, url: str) -> None:
    began = time.monotonic()
    never_reached(behind, behind(url, max_wait=1))
    assert time.monotonic() - began < 5


def test_the_proxy_vouches_for_nobody(behind: Behind, proxy: Proxy, tmp_path: Path) -> None:
    """The certificate is looked at through a tunnel too."""
    other = self_signed(tmp_path, "127.0.0.1")
    done = behind(proxy, ca_path=str(other.cert))
    assert done.last.failed
    assert "certificate" in done.last.msg
    assert "ca_path" in done.last.msg
    assert done.last["requests"] == 1
    assert behind.reached == []


def test_a_post_that_never_got_through_is_sent_again(behind: Behind, proxy: Proxy) -> None:
    """The tunnel is gone and the proxy refuses a new one for a while: no POST has been made."""
    behind.https.faults({"kind": "refused", "method": "GET", "seconds": 0.5})
    done = behind(proxy, max_wait=20)
    assert done.last.changed, done.output
    assert behind.reached == WRITES
    assert len(proxy.heads) > 2


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_post_that_may_have_got_through_is_not_sent_again(
    behind: Behind, proxy: Proxy, kind: str
) -> None:
    """A tunnel that breaks after the request is no proxy that could not be reached."""
    behind.https.faults({"kind": kind, "method": "POST", "when": "after"})
    done = behind(proxy, max_wait=20)
    assert done.last.changed, done.output
    # It looked, found the user made, and left it at that.
    assert behind.reached.count("POST /servers/5/users") == 1
    assert [user["client_name"] for user in behind.https.state()["users"]] == ["phone"]


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_broken_tunnel_is_not_called_a_refusal(behind: Behind, proxy: Proxy, kind: str) -> None:
    behind.https.faults({"kind": kind, "method": "GET", "times": None})
    done = behind(proxy, max_wait=0)
    assert done.last.failed
    assert "connection" in done.last.msg
    assert done.last["error"]["status"] is None
    assert "refused to connect" not in done.last.msg


def test_the_system_is_not_asked_for_proxies(
    module: Modules, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS, a forked process that does so dies."""

    def asked(*_arguments: Any) -> Any:
        raise AssertionError("the system was asked")

    for name in ("getproxies", "proxy_bypass"):
        monkeypatch.setattr(f"requests.utils.{name}", asked)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert not module("wg_server_info").last.failed
