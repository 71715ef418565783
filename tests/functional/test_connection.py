# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options, as far as the modules have to do with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.certificates import Certificate, self_signed
from tests.support.environment import KEY
from tests.support.running import Runner
from tests.support.world import fill, ids, rules

PHONE = {"server": "5", "name": "phone"}
NOWHERE: dict[str, str | None] = {"PREMIERVPN_API_URL": None, "PREMIERVPN_API_KEY": None}
"""An environment that does not say where the portal is."""


def test_defaults_for_a_play(run: Runner, simulator: Simulator) -> None:
    """One entry of module_defaults serves all modules, and a task's own option wins."""
    simulator.settings(rate_limit=0)
    done = run.play(
        {"wg_user": {"server": 5, "name": "web"}},
        {
            "wg_port_forward": {
                "server": 5,
                "user": "web",
                "external_port": 443,
                "internal_port": 443,
            }
        },
        {"wg_server": {"server": 5, "users": [{"name": "web"}, {"name": "dns"}]}},
        {
            "wg_user": {"server": 5, "name": "other", "api_key": "wg_not_this_one"},
            "ignore_errors": True,
        },
        env={**NOWHERE, "PREMIERVPN_RATE_LIMIT": None},
        module_defaults={
            "group/premiervpn.wireguard.wg": {
                "api_key": "{{ the_key }}",
                "api_url": simulator.url,
                "rate_limit": 0,
            }
        },
        vars={"the_key": KEY},
    )
    assert done.code == 0, done.output
    assert [result.failed for result in done.results] == [False, False, False, True]
    assert done.results[3]["error"]["status"] == 401
    assert rules(simulator) == {"web": ["443/tcp -> 443"], "dns": []}


@pytest.mark.parametrize("module", ["wg_user", "wg_port_forward", "wg_server"])
def test_each_option_from_the_environment(run: Runner, simulator: Simulator, module: str) -> None:
    """Each variable is read: a bad value in it is refused in the option's name."""
    options: dict[str, dict[str, Any]] = {
        "wg_user": {"name": "phone"},
        "wg_port_forward": {"user": "phone", "external_port": 1, "internal_port": 1},
        "wg_server": {"users": []},
    }
    done = run.module(
        module,
        server="5",
        env={
            "PREMIERVPN_API_KEY": "a b",
            "PREMIERVPN_API_URL": "portal",
            "PREMIERVPN_CA_PATH": "/nowhere.pem",
            "PREMIERVPN_TIMEOUT": "-1",
            "PREMIERVPN_RATE_LIMIT": "-2",
            "PREMIERVPN_MAX_WAIT": "-3",
        },
        **options[module],
    )
    assert done.last.failed
    for part in ("api_key", "portal", "/nowhere.pem", "timeout", "-1", "-2", "max_wait", "-3"):
        assert part in done.last.msg


def test_options_go_before_the_environment(run: Runner, simulator: Simulator) -> None:
    done = run.module(
        "wg_user",
        **PHONE,
        api_key=KEY,
        api_url=simulator.url + "/",
        max_wait=5,
        env={
            "PREMIERVPN_API_KEY": "wg_wrong",
            "PREMIERVPN_API_URL": "https://192.0.2.1/api/wg",
            "PREMIERVPN_MAX_WAIT": "-1",
        },
    )
    assert done.last.changed, done.output


def test_a_blank_variable_counts_as_not_set(run: Runner, simulator: Simulator) -> None:
    done = run.module("wg_user", **PHONE, env={"PREMIERVPN_TIMEOUT": "", "PREMIERVPN_CA_PATH": " "})
    assert done.last.changed, done.output


# Where the key may go


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirects_are_not_followed(
    run: Runner, simulator: Simulator, method: str, status: int
) -> None:
    with Simulator(rate_limit=0) as elsewhere:
        simulator.faults(
            {
                "kind": "redirect",
                "location": f"{elsewhere.url}/servers/5/users",
                "status": status,
                "method": method,
                "times": None,
            }
        )
        done = run.module("wg_user", **PHONE, max_wait=0)
        assert elsewhere.requests() == []
    assert done.last.failed
    assert done.last["error"]["status"] == status
    assert "redirect" in done.last.msg
    assert done.sent[-1] == f"{method} /servers/5/users"
    assert ids(simulator) == {}


def test_a_redirect_to_itself_is_not_followed(run: Runner, simulator: Simulator) -> None:
    location = f"{simulator.url}/servers/6/users"
    simulator.faults({"kind": "redirect", "location": location, "method": "GET"})
    done = run.module("wg_user", **PHONE, max_wait=0)
    assert done.last.failed
    assert done.sent == ["GET /servers/5/users"]


def test_netrc_is_not_used(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    """A ~/.netrc entry for the portal's host does not take the key's place."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1\nlogin me\npassword hunter2\n")
    netrc.chmod(0o600)
    done = run.module("wg_user", **PHONE, env={"HOME": str(tmp_path), "NETRC": str(netrc)})
    assert done.last.changed, done.output
    assert {request["account"] for request in done.requests} == {"acme"}


# Pacing


def test_the_rate_limit_is_shared_and_a_long_wait_refused(
    run: Runner, simulator: Simulator
) -> None:
    """Two requests are spent by one process: the third, of another, would wait for a minute."""
    paced = {"rate_limit": 2, "max_wait": 1}
    first = run.module("wg_user", **PHONE, **paced)
    assert first.last.changed, first.output
    began = time.monotonic()
    second = run.module("wg_user", **PHONE, **paced)
    assert time.monotonic() - began < 10
    assert second.last.failed
    assert second.requests == []
    assert second.last["requests"] == 0
    assert second.last["error"] == {
        "status": None,
        "code": None,
        "message": None,
        "method": "GET",
        "path": "/servers/5/users",
    }
    assert "rate_limit" in second.last.msg
    assert "max_wait" in second.last.msg
    # 0 does not pace; another key has a budget of its own.
    assert not run.module("wg_user", **PHONE, rate_limit=0, max_wait=0).last.failed
    other = run.module("wg_user", server="9", name="phone", api_key="wg_demo_globex", **paced)
    assert other.last.changed


def test_never_wait(run: Runner, simulator: Simulator) -> None:
    simulator.faults({"kind": "status", "status": 503, "method": "GET"})
    done = run.module("wg_user", **PHONE, max_wait=0)
    assert done.last.failed
    assert done.sent == ["GET /servers/5/users"]


def test_a_slow_answer(run: Runner, simulator: Simulator) -> None:
    """The time-out is for each request: a portal that is slow, but in time, is no error."""
    fill(simulator, {"phone": []})
    simulator.settings(latency=700)
    assert not run.module("wg_user", **PHONE, timeout=10).last.failed
    done = run.module("wg_user", **PHONE, timeout=0.3, max_wait=0)
    assert done.last.failed
    assert done.last["error"]["status"] is None
    assert "0.3 s" in done.last.msg


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture(scope="module")
def https(certificate: Certificate) -> Iterator[Simulator]:
    with Simulator(rate_limit=0, tls_cert=certificate.cert, tls_key=certificate.key) as simulator:
        yield simulator


def test_a_certificate_that_is_not_trusted(run: Runner, https: Simulator) -> None:
    https.reset()
    began = time.monotonic()
    done = run.module("wg_user", **PHONE, api_url=https.url)
    # Pointless to try again: nothing of it mends itself.
    assert time.monotonic() - began < 10
    assert done.last.failed
    assert "certificate" in done.last.msg
    assert "ca_path" in done.last.msg
    assert done.last["error"]["status"] is None
    assert https.requests() == []


def test_a_certificate_that_is_trusted(
    run: Runner, https: Simulator, certificate: Certificate
) -> None:
    https.reset()
    done = run.module("wg_user", **PHONE, api_url=https.url, ca_path=str(certificate.cert))
    assert done.last.changed, done.output
    https.reset()
    variable = {"PREMIERVPN_CA_PATH": str(certificate.cert), "PREMIERVPN_API_URL": https.url}
    assert run.module("wg_user", **PHONE, env=variable).last.changed


@pytest.mark.parametrize("bundle", [False, True], ids=["", "with REQUESTS_CA_BUNDLE"])
def test_no_verification(run: Runner, https: Simulator, tmp_path: Path, bundle: bool) -> None:
    """Obeyed even where REQUESTS_CA_BUNDLE is set, which `requests` would let win."""
    https.reset()
    (tmp_path / "other.pem").write_text("")
    environment = {"REQUESTS_CA_BUNDLE": str(tmp_path / "other.pem")} if bundle else {}
    url = {"api_url": https.url}
    done = run.module("wg_user", **PHONE, **url, validate_certs=False, env=environment)
    assert done.last.changed, done.output
    assert "Unverified" not in done.output
    https.reset()
    environment["PREMIERVPN_VALIDATE_CERTS"] = "false"
    done = run.module("wg_user", **PHONE, **url, env=environment)
    assert done.last.changed, done.output
