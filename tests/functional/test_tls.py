# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS: whom the key is shown to. A portal is believed by its certificate, and by nothing else."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.process import Simulator
from tests.support.certificates import Certificate, self_signed
from tests.support.inventories import Inventories
from tests.support.modules import Modules
from tests.support.results import Run

pytestmark = pytest.mark.once

PHONE = {"server": "5", "name": "phone"}
# As requests looks for it. The first one that is set wins.
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("tls"), "127.0.0.1")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate of somebody else's."""
    return self_signed(tmp_path_factory.mktemp("other"), "127.0.0.1")


@pytest.fixture(scope="module")
def https_process(certificate: Certificate) -> Iterator[Simulator]:
    with Simulator(rate_limit=0, tls_cert=certificate.cert, tls_key=certificate.key) as simulator:
        yield simulator


@pytest.fixture
def https(https_process: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    https_process.reset()
    for name in (*BUNDLES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return https_process


def not_accepted(done: Run, portal: Simulator, began: float, *parts: str) -> None:
    """The task failed at once, without a request that reached the portal, and says why."""
    assert time.monotonic() - began < 3  # a retry would be preceded by a wait
    assert done.last.failed, done.output
    for part in ("certificate", *parts):
        assert part in done.last.msg
    assert done.last["requests"] == 1
    assert done.last["error"]["status"] is None
    assert not done.last.changed
    assert "Traceback" not in done.output
    assert portal.requests() == []
    assert portal.state()["users"] == []


@pytest.mark.parametrize("bundle", [None, *BUNDLES])
def test_refused_by_default(
    module: Modules,
    https: Simulator,
    other: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    bundle: str | None,
) -> None:
    """Where the environment names a bundle too, as long as the certificate isn't in it."""
    if bundle:
        monkeypatch.setenv(bundle, str(other.cert))
    began = time.monotonic()
    done = module("wg_user", **PHONE, api_url=https.url)
    not_accepted(done, https, began, "ca_path")


@pytest.mark.parametrize("bundle", [None, "other", "missing"])
@pytest.mark.parametrize("how", ["ca_path", "validate_certs"])
def test_accepted_by_option(
    module: Modules,
    https: Simulator,
    certificate: Certificate,
    other: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    bundle: str | None,
    how: str,
) -> None:
    """The option wins over a bundle in the environment: another one, and one that isn't there."""
    if bundle:
        path = str(other.cert) if bundle == "other" else "/nowhere/bundle.pem"
        for name in BUNDLES:
            monkeypatch.setenv(name, path)
    option = {"ca_path": str(certificate.cert)} if how == "ca_path" else {"validate_certs": False}
    done = module("wg_user", **PHONE, api_url=https.url, **option)
    assert done.last.changed, done.output
    assert [f"{x['method']} {x['path']}" for x in https.requests()] == [
        "GET /servers/5/users",
        "POST /servers/5/users",
    ]
    assert "warnings" not in done.last


def test_the_bundle_of_the_environment(
    module: Modules,
    https: Simulator,
    certificate: Certificate,
    other: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is what the machine trusts, as with every program that uses requests; ca_path wins."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.cert))
    assert module("wg_user", **PHONE, api_url=https.url).last.changed
    https.reset()
    began = time.monotonic()
    done = module("wg_user", **PHONE, api_url=https.url, ca_path=str(other.cert))
    not_accepted(done, https, began, "ca_path")


@pytest.mark.parametrize("content", [None, "", "this is no certificate"])
def test_a_bundle_of_the_environment_that_is_none(
    module: Modules,
    https: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: str | None,
) -> None:
    """Not there, empty, or no PEM: said at once, as nothing of it mends itself."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    began = time.monotonic()
    done = module("wg_user", **PHONE, api_url=https.url)
    not_accepted(done, https, began, "REQUESTS_CA_BUNDLE", "ca_path")


def test_another_host_name(module: Modules, https: Simulator, certificate: Certificate) -> None:
    """Trusted, but not for this host: ca_path wouldn't help, and isn't named as if it did."""
    url = https.url.replace("127.0.0.1", "localhost")
    began = time.monotonic()
    done = module("wg_user", **PHONE, api_url=url, ca_path=str(certificate.cert))
    not_accepted(done, https, began, "another host", "api_url")
    assert "ca_path" not in done.last.msg


def test_a_certificate_that_is_too_old(module: Modules, tmp_path: Path) -> None:
    old = self_signed(tmp_path, "127.0.0.1", age=datetime.timedelta(days=10))
    with Simulator(rate_limit=0, tls_cert=old.cert, tls_key=old.key) as portal:
        began = time.monotonic()
        done = module("wg_user", **PHONE, api_url=portal.url, ca_path=str(old.cert))
        not_accepted(done, portal, began, "expired")


def test_what_is_no_file_of_certificates(
    module: Modules, https: Simulator, certificate: Certificate, tmp_path: Path
) -> None:
    """Refused before a request, and for what it is, in a module and wherever it is given."""
    (tmp_path / "folder.pem").mkdir()
    (tmp_path / "text.pem").write_text("this is no certificate")
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "bytes.pem").write_bytes(b"\x30\x82\xff\x00" * 50)
    (tmp_path / "cut.pem").write_text(certificate.cert.read_text()[:200])
    (tmp_path / "astray.pem").symlink_to(tmp_path / "nowhere.pem")
    reasons = {
        "nowhere.pem": "is not a file",
        "folder.pem": "is not a file",
        "astray.pem": "is not a file",
        "text.pem": "no readable PEM certificate",
        "empty.pem": "no readable PEM certificate",
        "bytes.pem": "no readable PEM certificate",
        "cut.pem": "no readable PEM certificate",
    }
    files = {tmp_path / name: said for name, said in reasons.items()}
    for path, said in {**files, certificate.key: "no readable PEM certificate"}.items():
        done = module("wg_user", **PHONE, api_url=https.url, ca_path=str(path))
        assert done.last.failed, path
        assert f"ca_path {'holds ' if 'PEM' in said else ''}{said}: {path}" in done.last.msg
        assert done.last["error"]["status"] is None
        assert "Traceback" not in done.output
        assert "PRIVATE KEY" not in done.output
    assert https.requests() == []


def test_plain_http_where_tls_is_spoken(module: Modules, https: Simulator) -> None:
    """And the other way round: a clear end, and no request."""
    done = module("wg_user", **PHONE, api_url=https.url.replace("https:", "http:"), max_wait=0)
    assert done.last.failed
    assert https.requests() == []
    plain = module.simulator
    done = module("wg_user", **PHONE, api_url=plain.url.replace("http:", "https:"), max_wait=0)
    assert done.last.failed
    assert "TLS" in done.last.msg
    assert done.requests == []


def test_an_inventory(inventories: Inventories, https: Simulator, certificate: Certificate) -> None:
    """Plugins go the same way: refused, and accepted with the same options."""
    began = time.monotonic()
    found = inventories.read(api_url=https.url)
    assert time.monotonic() - began < 5
    assert found.hosts == {}
    for part in ("certificate", "ca_path", "no host was added"):
        assert part in found.output
    assert https.requests() == []
    for option in ({"ca_path": str(certificate.cert)}, {"validate_certs": False}):
        assert "premiervpn" in inventories.read(api_url=https.url, **option).groups
