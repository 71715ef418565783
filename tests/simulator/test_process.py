# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line and the process: start, greeting, signals, loopback, TLS."""

from __future__ import annotations

import datetime
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulator.process import Simulator, SimulatorError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def command():
    """Runs the command as a user would."""
    started = []

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_the_greeting(command):
    process = command("--port", "0")
    first = process.stdout.readline()
    url = first.removeprefix("simulator ready: ").strip()
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/api/wg")
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    rest, errors = process.stdout.read(), process.stderr.read()
    assert "wg_demo_acme  (acme; servers: 5, 6)" in rest
    assert "wg_demo_globex  (globex; servers: 9)" in rest
    assert f"export PREMIERVPN_API_URL={url}\n" in rest
    assert "export PREMIERVPN_API_KEY=wg_demo_acme\n" in rest
    assert errors == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_quickly_with_connections_of_all_kinds(number):
    with Simulator() as simulator:
        simulator.faults(
            {"kind": "timeout", "path": "/silent", "times": None},
            {"kind": "slow", "path": "/slow", "times": None},
        )
        simulator.settings(create_delay=60_000)
        with requests.Session() as idle:
            idle.get(simulator.url, timeout=5)
            target = (simulator.url.split("/")[2].split(":")[0], int(simulator.origin[-5:]))
            waiting = []
            for line in (
                "GET /api/wg/silent",
                "GET /api/wg/slow",
                "GET /api/wg/half",
                "POST /api/wg/servers/5/users",
            ):
                connection = socket.create_connection(target, timeout=5)
                body = '{"client_name": "phone"}'
                end = "" if "half" in line else f"Content-Length: {len(body)}\r\n\r\n{body}"
                connection.sendall(
                    f"{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wg_demo_acme\r\n{end}".encode()
                )
                waiting.append(connection)
            waiting.append(socket.create_connection(target, timeout=5))
            time.sleep(0.2)
            start = time.monotonic()
            simulator.process.send_signal(number)
            assert simulator.process.wait(5) == 0
            # 0.2 on a machine that is not busy with other tests.
            assert time.monotonic() - start < 2
            for connection in waiting:
                connection.close()
        assert simulator.log() == ""


def test_it_stops_during_an_interruption(client_of):
    with Simulator() as simulator:
        simulator.faults({"kind": "refused", "seconds": 60})
        client_of(simulator).get("/servers")
        start = time.monotonic()
        assert simulator.stop() == 0
        assert time.monotonic() - start < 1


def test_it_does_not_outlive_the_one_that_started_it():
    with Simulator() as simulator:
        simulator.process.stdin.close()
        simulator.process.stdin = None
        assert simulator.process.wait(5) == 0


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "example.net", "", "127.0.0.1.example.net"]
)
def test_only_loopback(command, host):
    process = command("--host", host, "--port", "0")
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (2, "")
    assert "not a loopback address" in errors


@pytest.mark.parametrize(
    ("host", "shown"), [("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "[::1]")]
)
def test_other_loopback_addresses(host, shown, client_of):
    if host == "::1":
        try:
            socket.create_server((host, 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("no IPv6 here")
    with Simulator(host=host) as simulator:
        assert simulator.url.startswith(f"http://{shown}:")
        assert client_of(simulator).get("/servers").status_code == 200


def test_a_port_that_is_taken():
    with Simulator() as first:
        port = first.origin.rpartition(":")[2]
        second = Simulator(port=port)
        with pytest.raises(SimulatorError, match="in use"):
            second.start()
        assert second.process.returncode == 1


def test_a_port_can_be_taken_again_at_once(client_of):
    with Simulator() as first:
        port = first.origin.rpartition(":")[2]
        client_of(first).get("/servers")
    with Simulator(port=port) as second:
        assert second.url == first.url


@pytest.mark.parametrize(
    "arguments",
    [
        ["--shape", "lists=nonsense"],
        ["--shape", "nonsense"],
        ["--rate-limit", "-1"],
        ["--rate-limit", "many"],
        ["--window", "0"],
        ["--names-unique", "planet"],
        ["--tls-cert", "/no/such/file"],
        ["--nonsense"],
    ],
)
def test_bad_options(command, arguments):
    process = command("--port", "0", *arguments)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (2, "")
    assert errors
    assert "Traceback" not in errors


def test_options(client_of):
    with Simulator(
        rate_limit=2,
        window=30,
        create_delay=1,
        latency=2,
        names_unique="account",
        arguments=["--shape", "lists=data", "numbers=string"],
    ) as simulator:
        assert simulator.control("GET", "/settings") == {
            "rate_limit": 2,
            "window": 30,
            "latency": 2,
            "create_delay": 1,
            "names_unique": "account",
        }
        servers = client_of(simulator).get("/servers").json()["data"]
        assert [server["assignment_id"] for server in servers] == ["5", "6"]


def test_the_helper_works_from_anywhere(tmp_path, monkeypatch, client_of):
    (tmp_path / "simulator.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "seed.json").write_text('{"accounts": [{"name": "a", "key": "wg_demo_acme"}]}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    with Simulator(seed="seed.json") as simulator:
        assert client_of(simulator).get("/servers").json() == {"servers": []}
        assert len(simulator.requests()) == 1


def test_a_helper_that_was_not_started():
    with pytest.raises(SimulatorError, match="not started"):
        Simulator().stop()


def test_an_interpreter_without_the_libraries(tmp_path):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho no module >&2\nexit 1\n")
    os.chmod(fake, 0o755)
    with pytest.raises(SimulatorError, match="no module"):
        Simulator(python=str(fake)).start()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulator")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def test_tls(certificate, client_of):
    cert, key = certificate
    with Simulator(tls_cert=cert, tls_key=key, shapes={"page_size": 1}) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        client = client_of(simulator)
        with pytest.raises(requests.exceptions.SSLError):
            client.get("/servers")
        client.session.verify = str(cert)
        assert client.get("/servers").json()["next"] == f"{simulator.url}/servers?page=2"
        for kind in ("reset", "close"):
            simulator.faults({"kind": kind})
            with pytest.raises(requests.ConnectionError):
                client.get("/servers")
        simulator.faults({"kind": "refused", "seconds": 0.3})
        assert client.get("/servers").status_code == 200
        with pytest.raises(requests.ConnectionError, match="refused"):
            client.get("/servers")
        simulator.requests()
        assert client.get("/servers").status_code == 200
