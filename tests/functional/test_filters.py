# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters in plays: with what the portal gives, as the documentation uses them."""

from __future__ import annotations

import stat
import sys

import yaml
from PIL import Image

from ansible_collections.premiervpn.wireguard.plugins.filter import wg_qr
from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, secret_texts, secrets
from tests.unit.plugins.filter.qr_codes import PICTURES, decode

from .test_inventory_options import vaulted

CONF = "lookup('premiervpn.wireguard.wg_user', 'phone', server=5).config"
QR, READ = "premiervpn.wireguard.wg_qr", "premiervpn.wireguard.from_wg_conf"


def test_a_code_to_hand_out(run: Runner, simulator: Simulator) -> None:
    """From the portal to the pixels that a phone sees."""
    fill(simulator, {"phone": []})
    kinds = {kind: "{{ " + f"{CONF} | {QR}(kind='{kind}')" + " }}" for kind in PICTURES}
    done = run.play({"ansible.builtin.debug": {"msg": kinds}})
    assert done.code == 0, done.output
    config = secrets(simulator, "phone")["config"].encode()
    shown = done.results[0]["msg"]
    for kind, draw in PICTURES.items():
        assert decode(draw(shown[kind])) == config


def test_the_documented_examples(run: Runner, simulator: Simulator) -> None:
    """The tasks of the filter's documentation, word by word: an SVG file and a PNG file."""
    fill(simulator, {"phone": []})
    done = run.play(*yaml.safe_load(wg_qr.EXAMPLES))
    assert done.code == 0, done.output
    config = secrets(simulator, "phone")["config"].encode()
    svg = run.folder / "phone.svg"
    assert decode(PICTURES["svg"](svg.read_text(encoding="utf-8"))) == config
    with Image.open(run.folder / "phone.png") as picture:
        assert decode(picture) == config
    for name in ("phone.svg", "phone.png"):
        assert stat.S_IMODE((run.folder / name).stat().st_mode) == 0o600
    assert not [text for text in secret_texts(simulator, "phone") if text in done.output]


def test_reading_a_configuration(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    truth = secrets(simulator, "phone")
    (run.folder / "phone.conf").write_text(truth["config"].replace("\n", "\r\n"), encoding="utf-8")
    file = f"lookup('ansible.builtin.file', '{run.folder / 'phone.conf'}')"
    done = run.play(
        {"ansible.builtin.debug": {"msg": "{{ " + f"{CONF} | {READ}" + " }}"}},
        {
            "ansible.builtin.debug": {
                "msg": "{{ " + f"({CONF} | {READ}).Interface.Address | first" + " }}"
            }
        },
        {"ansible.builtin.debug": {"msg": "{{ " + f"({file} | {READ}).Peer[0].Endpoint" + " }}"}},
    )
    assert done.code == 0, done.output
    whole, address, endpoint = (result["msg"] for result in done.results)
    keys = truth["keys"]
    assert whole["Interface"]["PrivateKey"] == keys["client_private_key"]
    assert whole["Peer"][0]["PresharedKey"] == keys["preshared_key"]
    assert whole["Peer"][0]["PersistentKeepalive"] == 25
    assert address == "10.66.66.2/32"
    assert endpoint == "192.0.2.5:51820"


def test_what_is_read_is_never_rendered(run: Runner, simulator: Simulator) -> None:
    """Text of a file that Ansible would not render is not rendered when it was read."""
    text = "[Interface]\nPostUp = echo {{ 7*7 }} # {{ 1 }}\nDNS = {{7*7}} 1.1.1.1\n"
    (run.folder / "odd.conf").write_text(text, encoding="utf-8")
    file = f"lookup('ansible.builtin.file', '{run.folder / 'odd.conf'}')"
    done = run.play(
        {"ansible.builtin.set_fact": {"conf": "{{ " + f"{file} | {READ}" + " }}"}},
        {"ansible.builtin.debug": {"msg": "{{ conf.Interface }}"}},
        {"ansible.builtin.debug": {"msg": "{{ conf.Interface.PostUp[0] }}"}},
    )
    assert done.code == 0, done.output
    assert done.results[1]["msg"] == {
        "PostUp": ["echo {{ 7*7 }} # {{ 1 }}"],
        "DNS": ["{{7*7}}", "1.1.1.1"],
    }
    assert done.results[2]["msg"] == "echo {{ 7*7 }} # {{ 1 }}"


def test_a_vaulted_configuration(run: Runner, simulator: Simulator) -> None:
    """A .conf is what people keep in a vault."""
    fill(simulator, {"phone": []})
    config = secrets(simulator, "phone")["config"]
    (run.folder / "secrets.yml").write_text(f"conf: {vaulted(run, config)}\n", encoding="utf-8")
    done = run.play(
        {"ansible.builtin.debug": {"msg": "{{ conf | " + QR + " }}"}},
        {"ansible.builtin.debug": {"msg": "{{ conf | " + READ + " }}"}},
        vars_files=[str(run.folder / "secrets.yml")],
        arguments=("--vault-password-file", str(run.folder / "vault")),
    )
    assert done.code == 0, done.output
    code, read = done.results
    assert decode(PICTURES["svg"](code["msg"])) == config.encode()
    assert read["msg"]["Interface"]["Address"] == ["10.66.66.2/32"]


def test_errors_in_a_play(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    hidden = secret_texts(simulator, "phone")
    broken = "{{ " + f"({CONF} ~ 'Colour = ' ~ {CONF}) | {READ}" + " }}"
    done = run.play(
        {"ansible.builtin.debug": {"msg": broken}, "ignore_errors": True},
        {
            "ansible.builtin.debug": {"msg": "{{ " + f"{CONF} | {QR}('pdf')" + " }}"},
            "ignore_errors": True,
        },
        {
            "ansible.builtin.debug": {"msg": "{{ " + f"({CONF} * 20) | {QR}" + " }}"},
            "ignore_errors": True,
        },
        arguments=("-vvv",),
    )
    assert [result.failed for result in done.results] == [True, True, True]
    said = (
        "line 12 has a key that WireGuard does not know here: Colour",
        "svg, png, text",
        "too long",
    )
    for result, part in zip(done.results, said, strict=True):
        assert part in result.msg
    assert not [text for text in hidden if text in done.output]


def test_without_segno(run: Runner, simulator: Simulator) -> None:
    """The message names the Python that lacks it: there are several on most machines."""
    fill(simulator, {"phone": []})
    folder = run.folder / "path"
    folder.mkdir()
    (folder / "segno.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    done = run.play(
        {"ansible.builtin.debug": {"msg": "{{ " + f"{CONF} | {QR}" + " }}"}, "ignore_errors": True},
        {"ansible.builtin.debug": {"msg": "{{ " + f"({CONF} | {READ}).Peer | length" + " }}"}},
        env={"PYTHONPATH": str(folder)},
    )
    assert done.code == 0, done.output
    assert done.results[0].failed
    assert "segno" in done.results[0].msg
    assert sys.executable in done.results[0].msg
    # The other filter needs nothing.
    assert int(done.results[1]["msg"]) == 1
