#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_client_interface
short_description: A WireGuard tunnel on a Linux host
version_added: 1.0.0
description:
  - Brings a tunnel, its file under C(/etc/wireguard), and the routes and rules that belong to it to what is wanted.
    Runs on the host that has the tunnel, as root.
  - It is a part of the role P(premiervpn.wireguard.wg_client#role); use that. A change of a running tunnel is only
    started here, detached from the connection. The host puts it back unless
    M(premiervpn.wireguard.wg_client_change) confirms it.
  - The file is compared with the file that is there and with the running device. What differs in keys or the endpoint
    alone is changed while the tunnel runs; all else restarts it.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._client
attributes:
  check_mode:
    description: Predicts, also on a host where nothing is installed yet.
    support: full
  diff_mode:
    description: Shows the file, with V((hidden\)) in place of its keys.
    support: full
options:
  state:
    description:
      - V(absent) stops the tunnel and removes the file and all that belongs to it.
    type: str
    choices: [present, absent]
    default: present
  config:
    description:
      - The text of the C(.conf) file that the portal gives. Required for O(state=present), but for check mode, where
        nothing stands for a configuration that is yet to be made.
    type: str
  trusted:
    description:
      - Whether commands (C(PostUp) and the like) in O(config) are kept. They run as root, so the portal's are refused.
    type: bool
    default: false
  reached_at:
    description:
      - The address by which Ansible reaches the host. Where it is the tunnel's own, nothing is done that would cut it
        off for good. The address of the ssh connection counts as well.
    type: str
  backup:
    description:
      - Keep a copy of the file before it is replaced or removed.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_client_change
  - module: premiervpn.wireguard.wg_client_host_info
"""

EXAMPLES = r"""
- name: A tunnel
  premiervpn.wireguard.wg_client_interface:
    client:
      interface: pvpn0
      routes: forwards
    config: "{{ lookup('premiervpn.wireguard.wg_user', 'web-server', server=5).config }}"
    trusted: false

- name: No tunnel
  premiervpn.wireguard.wg_client_interface:
    state: absent
    client:
      interface: pvpn0
"""

RETURN = r"""
action:
  description:
    - What it took. V(nothing), V(write) (only the file), V(sync) (the running device got other keys), V(restart), or
      V(remove).
  returned: success
  type: str
  sample: restart
reasons:
  description: Why, in words.
  returned: success
  type: list
  elements: str
  sample: ["the ip rules are not as they should be"]
started:
  description: Whether a change was started that has to be confirmed.
  returned: success
  type: bool
backup_file:
  description: The copy of the file.
  returned: when there is one
  type: str
ansible_facts:
  description: Facts about the client.
  returned: when O(state=present) and the configuration is known
  type: dict
  contains:
    wg_client:
      description:
        - The tunnel, with C(interface), C(address) (without its prefix) and C(addresses) (with it), C(endpoint),
          C(public_key) (of this host) and C(server_public_key), C(latest_handshake) (in seconds since 1970), C(routes)
          and C(dns). What is not known, as in check mode before the first run, is null.
      type: dict
"""

from ..module_utils._client import converge, wanted
from ..module_utils._client.options import ClientError
from ..module_utils._module.client import run

SPEC = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "config": {"type": "str", "no_log": True},
    "trusted": {"type": "bool", "default": False},
    "reached_at": {"type": "str"},
    "backup": {"type": "bool", "default": False},
}


def work(module, options):
    params = module.params
    backup = module.backup_local if params["backup"] else None
    task = converge.Task(module.check_mode, params["reached_at"], backup)
    if params["state"] == "absent":
        return result(module, converge.absent(options, task))
    if not params["config"]:
        if not module.check_mode:
            raise ClientError(
                "config is missing: there is no configuration to make the tunnel from"
            )
        return result(module, converge.unknown(options))
    conf = wanted.read(params["config"], trusted=params["trusted"])
    # Whatever goes wrong from here on, no output holds them.
    module.no_log_values |= wanted.secrets_of(conf)
    return result(module, converge.present(conf, options, task))


def result(module, outcome):
    for warning in outcome.warnings:
        module.warn(warning)
    found = {
        "changed": outcome.changed,
        "action": outcome.action,
        "reasons": outcome.reasons,
        "started": outcome.started,
    }
    if outcome.backup_file:
        found["backup_file"] = outcome.backup_file
    if outcome.facts:
        found["ansible_facts"] = {"wg_client": outcome.facts}
    if module._diff:
        found["diff"] = outcome.diff
    return found


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
