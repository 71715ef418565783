# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options, each of them good and bad. The key is in no message."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.settings import (
    DEFAULT_URL,
    ApiSettings,
    validated_settings,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    OptionError,
)

from .strategies import examples, hypothesis, st

GOOD: dict[str, Any] = {
    "api_key": "wg_0123456789abcdef",
    "api_url": DEFAULT_URL,
    "validate_certs": True,
    "ca_path": None,
    "timeout": 30.0,
    "rate_limit": 60,
    "max_wait": 300.0,
    "show_waits": True,
}


def made(**options: Any) -> ApiSettings:
    return validated_settings({**GOOD, **options})


def refused(**options: Any) -> str:
    with pytest.raises(OptionError) as caught:
        made(**options)
    message = str(caught.value)
    assert message.isprintable()
    assert GOOD["api_key"] not in message
    return message


def test_the_defaults() -> None:
    connection = made()
    assert connection == ApiSettings(GOOD["api_key"])
    assert connection.api_url == "https://portal.premiervpn.net/api/wg"
    assert GOOD["api_key"] not in repr(connection)


@pytest.mark.parametrize("key", ["wg_x", " wg_x ", "wg_x\n", "\twg_x\r\n"])
def test_a_key_is_stripped(key: str) -> None:
    assert made(api_key=key).api_key == "wg_x"


@pytest.mark.parametrize("key", ["", " ", "\n", None])
def test_a_blank_key(key: str | None) -> None:
    assert refused(api_key=key) == (
        "There is no API key. Set the option api_key, the variable premiervpn_api_key, or PREMIERVPN_API_KEY in"
        " the environment"
    )


@pytest.mark.parametrize(
    "odd",
    [
        "wg a",
        "wg\ta",
        "wg\na",
        "wg\r\nX: y",
        "wg\x00",
        "wgä",
        "wg\u200b",
        "\u201cwg\u201d",
        "wg\x7f",
    ],
)
def test_a_key_that_no_header_can_hold_is_not_shown(odd: str) -> None:
    message = refused(api_key=f"sesame-{odd}")
    assert message.startswith("api_key holds ")
    assert "sesame" not in message
    assert odd not in message


@hypothesis.given(st.text(min_size=8).filter(lambda text: len(text.strip()) >= 8))
@examples(300)
def test_a_key_is_good_or_refused_and_never_told(key: str) -> None:
    try:
        connection = made(api_key=key, api_url="ftp://nowhere")
    except OptionError as exc:
        said = str(exc)
    else:
        said = repr(connection)
    assert key not in said
    assert key.strip() not in said


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://portal.example/api/wg", "https://portal.example/api/wg"),
        (" https://portal.example/api/wg// ", "https://portal.example/api/wg"),
        ("HTTPS://portal.example", "HTTPS://portal.example"),
        ("https://portal.example:8443", "https://portal.example:8443"),
        ("http://127.0.0.1:8080/api/wg", "http://127.0.0.1:8080/api/wg"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
        ("http://LOCALHOST", "http://LOCALHOST"),
    ],
)
def test_addresses(url: str, kept: str) -> None:
    assert made(api_url=url).api_url == kept


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", None, 7, "portal.example", "ftp://portal.example", "file:///etc/passwd"),
        *("https://", "https:///x", "https://[::1", "https://a:port", "https://a:99999"),
        *("https://a b", "https://ä.example", "https://a/\x1b[2J", "https://a/\nb"),
        *("https://a/?x=1", "https://a/#x", "https://a?", "https://a/#"),
        # Plain http to what is not this machine, or only looks like it.
        *("http://portal.example", "http://192.0.2.1", "http://localhost.example"),
        *("http://0.0.0.0", "http://2130706433", "http://[::ffff:192.0.2.1]"),
    ],
)
def test_what_is_no_address(url: Any) -> None:
    assert refused(api_url=url).startswith("api_url ")


def test_a_password_in_an_address_is_not_shown() -> None:
    assert "sesame" not in refused(api_url="https://ann:sesame@portal.example")
    assert "sesame" not in refused(api_url="http://sesame@portal.example")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate, of whatever kind: one that this system trusts, or one made here."""
    path: Path = tmp_path_factory.mktemp("pem") / "ca.pem"
    trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
    if trusted:
        path.write_text(ssl.DER_cert_to_PEM_cert(trusted[0]))
        return path
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no certificate at hand")
    key = str(path.with_suffix(".key"))
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout {key} -out {path}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return path


def test_a_certificate(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(ca_path=str(pem)).verify == str(pem)
    monkeypatch.setenv("HOME", str(pem.parent))
    assert made(ca_path=f"~/{pem.name}").verify == str(pem)


def test_no_certificate(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.pem"):
        assert "is not a file" in refused(ca_path=str(path))
    empty = tmp_path / "empty.pem"
    for content in (b"", b"not a certificate", b"\x00\xff" * 100):
        empty.write_bytes(content)
        assert "no readable PEM certificate" in refused(ca_path=str(empty))


def test_what_to_verify_with(pem: Path) -> None:
    assert made(ca_path=None).verify is True
    assert made(ca_path="").verify is True
    assert made(validate_certs=False).verify is False
    assert made(validate_certs=False, ca_path=str(pem)).verify is False


@pytest.mark.parametrize("name", ["timeout", "rate_limit", "max_wait"])
@pytest.mark.parametrize(
    "value", [-1, -0.001, float("nan"), float("inf"), True, "x", None, [], "1 minute"]
)
def test_what_is_no_number(name: str, value: Any) -> None:
    assert refused(**{name: value}).startswith(f"{name} ")


@pytest.mark.parametrize(("name", "good"), [("timeout", 0.5), ("rate_limit", 600), ("max_wait", 7)])
def test_numbers(name: str, good: float) -> None:
    assert getattr(made(**{name: good}), name) == good


def test_zero() -> None:
    assert refused(timeout=0).startswith("timeout must be above 0")
    assert made(rate_limit=0).rate_limit == 0
    assert made(max_wait=0).max_wait == 0


def test_everything_wrong_is_listed_at_once() -> None:
    message = refused(api_key="", api_url="x", timeout=0, rate_limit=-1, max_wait=-1, ca_path="/no")
    for name in ("api_key", "api_url", "timeout", "rate_limit", "max_wait", "ca_path"):
        assert name in message
