# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: from_wg_conf
short_description: Read a WireGuard configuration
version_added: 1.0.0
description:
  - Turns the text of a C(.conf) file, as WireGuard and wg-quick read it, into a dictionary.
  - What C(wg) and C(wg-quick) refuse is refused, with the number of the line and the reason. No value is ever shown in
    an error. Refused as well are ports over 65535, which C(wg) takes for others, names of services as ports, and
    characters that look like white space and are none to WireGuard.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The text of a C(.conf) file.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: The address inside the VPN
  ansible.builtin.debug:
    msg: "{{ (conf | premiervpn.wireguard.from_wg_conf).Interface.Address | first }}"
  vars:
    conf: "{{ lookup('premiervpn.wireguard.wg_user', 'phone', server=5).config }}"

- name: The server's public address and port
  ansible.builtin.debug:
    msg: "{{ (lookup('ansible.builtin.file', 'phone.conf') | premiervpn.wireguard.from_wg_conf).Peer[0].Endpoint }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(Interface), a dictionary, and C(Peer), a list of one dictionary for each C([Peer]) section.
    - The keys are spelt as WireGuard's manual spells them. C(Address), C(DNS), C(AllowedIPs), C(PreUp), C(PostUp),
      C(PreDown) and C(PostDown) are lists. C(ListenPort), C(MTU) and C(PersistentKeepalive) are integers. All else is
      text, and C(SaveConfig) is C(true) or C(false).
    - Commands that are empty, and C(MTU) and C(Table) without a value, are left out, as wg-quick does nothing for them.
    - Of a key that stands twice and is no list, the last one counts. A second C([Interface]) section goes on with the
      first.
  type: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._wg_conf import WgConfError, parse
from ..plugin_utils._unsafe import never_template


def from_wg_conf(text: Any) -> dict[str, Any]:
    if getattr(text, "__ENCRYPTED__", False):
        text = str(text)  # out of a vault; before ansible-core 2.19 that is no text by itself
    if not isinstance(text, str):
        raise AnsibleFilterError(f"from_wg_conf needs a text, not a {type(text).__name__}")
    try:
        # New text is not marked as the old one may have been.
        found: dict[str, Any] = never_template(parse(text))
    except WgConfError as exc:
        raise AnsibleFilterError(f"not a WireGuard configuration: {exc}") from None
    return found


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"from_wg_conf": from_wg_conf}
