#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_client_change
short_description: Confirm, or give up, a change of a tunnel
version_added: 1.0.0
description:
  - The second half of M(premiervpn.wireguard.wg_client_interface), as the role P(premiervpn.wireguard.wg_client#role)
    uses it. Runs on the host that has the tunnel, as root.
  - A start that failed, or a server that does not answer, is put back, and the task fails saying why.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._client
attributes:
  check_mode:
    description: In check mode nothing was started, so there is nothing to confirm, and it does nothing.
    support: full
  diff_mode:
    description: The change was shown when it was started.
    support: N/A
options:
  step:
    description:
      - V(watch) waits for the start to end, and for a handshake with the server.
      - V(keep) does so too, and then confirms the change. It has to come by a connection that was made after V(watch)
        ended, since that shows that the host can still be reached.
    type: str
    choices: [watch, keep]
    required: true
seealso:
  - module: premiervpn.wireguard.wg_client_interface
"""

EXAMPLES = r"""
- name: Wait for the start
  premiervpn.wireguard.wg_client_change:
    step: watch

- name: From here on by a new connection
  ansible.builtin.meta: reset_connection

- name: Confirm it
  premiervpn.wireguard.wg_client_change:
    step: keep
"""

RETURN = r"""
ansible_facts:
  description: The fact C(wg_client), as of M(premiervpn.wireguard.wg_client_interface).
  returned: when O(step=keep)
  type: dict
"""

from ..module_utils._client import confirm
from ..module_utils._module.client import run

SPEC = {"step": {"type": "str", "choices": ["watch", "keep"], "required": True}}


def work(module, options):
    if module.check_mode:
        return {"changed": False}
    if module.params["step"] == "watch":
        confirm.watch(options)
        return {"changed": False}
    return {"changed": False, "ansible_facts": {"wg_client": confirm.keep(options)}}


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
