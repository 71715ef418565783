# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_qr
short_description: Make a QR code of a WireGuard configuration
version_added: 1.0.0
description:
  - Turns the text of a C(.conf) file into the QR code that the WireGuard apps for phones scan.
  - What is not such a file is refused, as the filter P(premiervpn.wireguard.from_wg_conf#filter) refuses it. A code
    holds 2953 bytes, which is about six times what the portal's files have; with text that is not ASCII, 2952.
  - A byte order mark at the beginning is left out. Text that is not ASCII is marked as UTF-8 in the code.
  - The picture holds the private key. Keep it like the file itself.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
  - segno
options:
  _input:
    description: The text of a C(.conf) file.
    type: str
    required: true
  kind:
    description:
      - V(svg) gives an SVG document, V(png) a PNG picture in base64, V(text) characters for a terminal.
      - With V(text), a code that is wider than 80 columns gives a warning, as a narrower terminal would break it.
    type: str
    choices: [svg, png, text]
    default: svg
"""

EXAMPLES = r"""
- name: A picture to hand out
  ansible.builtin.copy:
    content: "{{ lookup('premiervpn.wireguard.wg_user', 'phone', server=5).config | premiervpn.wireguard.wg_qr }}"
    dest: phone.svg
    mode: "0600"
  no_log: true

# Not with copy: its content is text, and a PNG picture is not.
- name: The same as PNG
  ansible.builtin.shell:
    cmd: umask 077 && base64 -d > phone.png
    stdin: "{{ conf | premiervpn.wireguard.wg_qr(kind='png') }}"
    creates: phone.png
  no_log: true
  vars:
    conf: "{{ lookup('premiervpn.wireguard.wg_user', 'phone', server=5).config }}"
"""

RETURN = r"""
_value:
  description: The QR code.
  type: str
"""

import base64
import sys
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ..module_utils._pages.qr import SEGNO_IMPORT_ERROR, QrCode, QrCodeError
from ..module_utils._wg_conf import WgConfError, parse

KINDS = ("svg", "png", "text")
COLUMNS = 80


def wg_qr(config: Any, kind: str = "svg") -> str:
    if getattr(config, "__ENCRYPTED__", False):
        config = str(config)  # out of a vault; before ansible-core 2.19 that is no text by itself
    if not isinstance(config, str) or not config.strip():
        raise AnsibleFilterError(
            "wg_qr needs the text of a .conf file, and was given something else"
        )
    if kind not in KINDS:
        raise AnsibleFilterError(f"wg_qr has no kind {kind!r}, only {', '.join(KINDS)}")
    if SEGNO_IMPORT_ERROR:
        raise AnsibleFilterError(
            f"wg_qr needs the Python library segno, which {sys.executable} does not have"
        )
    code = _code(config.removeprefix("\ufeff"))
    if kind == "text":
        return _text(code)
    return code.svg() if kind == "svg" else base64.b64encode(code.png()).decode()


def _code(config: str) -> QrCode:
    try:
        code = QrCode(config)
        parse(config)
    except QrCodeError as exc:
        raise AnsibleFilterError(str(exc)) from None
    except WgConfError as exc:
        raise AnsibleFilterError(f"not a WireGuard configuration: {exc}") from None
    return code


def _text(code: QrCode) -> str:
    if code.width > COLUMNS:
        Display().warning(
            f"the QR code is {code.width} columns wide: a terminal of {COLUMNS} columns breaks it,"
            " and no phone can read it there"
        )
    return code.text()


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_qr": wg_qr}
