# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_event_text
short_description: An event of Event-Driven Ansible in a line that a person reads
version_added: 1.0.0
description:
  - Turns an event of the event source C(premiervpn.wireguard.wg_status) into a line, for a message or a log.
  - The playbook C(premiervpn.wireguard.event_tell) uses it.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The event. In a playbook that ansible-rulebook starts it is C(ansible_eda.event).
    type: dict
    required: true
seealso:
  - plugin: premiervpn.wireguard.wg_event_declaration
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Tell what happened
  ansible.builtin.debug:
    msg: "{{ ansible_eda.event | premiervpn.wireguard.wg_event_text }}"
"""

RETURN = r"""
_value:
  description: What happened, to which device, on which server, and when.
  type: str
  sample: phone on fra1 (5) is online, 2026-06-01T12:00:00Z
"""

from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._event import text
from ..plugin_utils._unsafe import never_template


def wg_event_text(event: dict[str, Any]) -> Any:
    try:
        return never_template(text(event))
    except (KeyError, TypeError) as exc:
        raise AnsibleFilterError("this is no event of premiervpn.wireguard.wg_status") from exc


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_event_text": wg_event_text}
