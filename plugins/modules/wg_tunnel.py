#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_tunnel
short_description: A WireGuard tunnel on a Linux host
version_added: 1.0.0
description:
  - Brings a WireGuard tunnel on a host to what you declare. That is its file under C(/etc/wireguard), the running
    device, and the routes and rules that belong to it. Runs on the host that has the tunnel, as root.
  - The role P(premiervpn.wireguard.wg_client#role) does all of this for you, with the user on the portal. Use the
    module alone where the role does not fit.
  - The file is compared with the file on the host and with the running device. What differs in keys or the endpoint
    alone is changed while the tunnel runs; all else restarts it.
  - A change of a running tunnel is only started, detached from the connection of the task. The host rolls it back
    unless two more tasks, with O(step=watch) and then O(step=confirm), confirm it.
  - One change at a time is under way on a host. A second one waits for it, two minutes at most, and is then refused.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._tunnel
attributes:
  check_mode:
    description:
      - Predicts, also on a host where nothing is installed yet. With O(step=watch) and O(step=confirm) it does nothing.
    support: full
  diff_mode:
    description: Shows the file, with V((hidden\)) in files of its keys.
    support: full
options:
  step:
    description:
      - V(change) brings the tunnel to what is declared, or starts the change of it.
      - V(watch) waits for the start to end, and for a handshake with the server. A start that failed, or a server that
        does not answer, is rolled back, and the task fails with the reason.
      - V(confirm) confirms the change. It is refused over an ssh connection that is older than the end of the start,
        since only a new one shows that the host can still be reached. Where Ansible does not come by ssh, or runs on
        the host itself, there is no such connection.
    type: str
    choices: [change, watch, confirm]
    default: change
  change_id:
    description:
      - The change that is waited for, or confirmed, as RV(change_id) of the task that started it. Required for
        O(step=watch) and O(step=confirm). Nobody confirms the change of another run.
    type: str
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
  allow_hooks:
    description:
      - Whether commands (C(PostUp) and the like) in O(config) are kept. They run as root, so the portal's are refused.
    type: bool
    default: false
  reached_at:
    description:
      - The address by which Ansible reaches the host. Where it is the tunnel's own, nothing is done that would cut it
        off for good. The address of the ssh connection counts as well.
    type: str
  takeover:
    description:
      - Whether a running WireGuard interface that has no file under C(/etc/wireguard) is replaced, or removed. Somebody
        made it by hand, or another program did, and it can't be put back if the change fails. Such an interface is
        refused otherwise.
    type: bool
    default: false
  backup:
    description:
      - Keep a copy of the file before it is replaced or removed.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_tunnel_info
"""

EXAMPLES = r"""
- name: Start the change of a tunnel
  premiervpn.wireguard.wg_tunnel:
    tunnel:
      interface: pvpn0
      routes: forwards
    config: "{{ lookup('premiervpn.wireguard.wg_user', 'web-server', server=5).config }}"
  register: change

- name: Wait for the start
  premiervpn.wireguard.wg_tunnel:
    step: watch
    change_id: "{{ change.change_id }}"
    tunnel: {interface: pvpn0}
  when: change.started

- name: Use a new connection from here on
  ansible.builtin.meta: reset_connection

- name: Confirm the change
  premiervpn.wireguard.wg_tunnel:
    step: confirm
    change_id: "{{ change.change_id }}"
    tunnel: {interface: pvpn0}
  when: change.started

- name: Remove the tunnel
  premiervpn.wireguard.wg_tunnel:
    state: absent
    tunnel: {interface: pvpn0}
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
watched:
  description: That the start went well, and the server answers.
  returned: success, with O(step=watch)
  type: bool
started:
  description: Whether a change was started that has to be confirmed.
  returned: success
  type: bool
change_id:
  description: What the change is known by, for the tasks that wait for it and confirm it.
  returned: when RV(started) is true
  type: str
  sample: 5c8b0d7f2a61e394
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

from ..module_utils._module.tunnel import run
from ..module_utils._tunnel import apply, confirm, given_conf
from ..module_utils._tunnel.tunnel_options import TunnelError

SPEC = {
    "step": {"type": "str", "choices": ["change", "watch", "confirm"], "default": "change"},
    "change_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "config": {"type": "str", "no_log": True},
    "allow_hooks": {"type": "bool", "default": False},
    "reached_at": {"type": "str"},
    "takeover": {"type": "bool", "default": False},
    "backup": {"type": "bool", "default": False},
}


def work(module, options):
    step = module.params["step"]
    if step == "change":
        return result(module, change(module, options))
    if module.check_mode:
        return {"changed": False}  # nothing was started
    change_id = module.params["change_id"]
    if step == "watch":
        confirm.watch(options, change_id)
        return {"changed": False, "watched": True}
    return {"changed": False, "ansible_facts": {"wg_client": confirm.confirm(options, change_id)}}


def change(module, options):
    params = module.params
    backup = module.backup_local if params["backup"] else None
    task = apply.Task(module.check_mode, params["reached_at"], params["takeover"], backup)
    if params["state"] == "absent":
        return apply.absent(options, task)
    if not params["config"]:
        if not module.check_mode:
            raise TunnelError(
                "config is missing: there is no configuration to make the tunnel from"
            )
        return apply.unknown(options)
    conf = given_conf.read(params["config"], allow_hooks=params["allow_hooks"])
    # Whatever goes wrong from here on, no output holds them.
    module.no_log_values |= given_conf.secrets_of(conf)
    return apply.present(conf, options, task)


def result(module, outcome):
    for warning in outcome.warnings:
        module.warn(warning)
    found = {
        "changed": outcome.changed,
        "action": outcome.action,
        "reasons": outcome.reasons,
        "started": outcome.started,
    }
    if outcome.started:
        found["change_id"] = outcome.change_id
    if outcome.backup_file:
        found["backup_file"] = outcome.backup_file
    if outcome.facts:
        found["ansible_facts"] = {"wg_client": outcome.facts}
    if module._diff:
        found["diff"] = outcome.diff
    return found


def main():
    needs = [("step", step, ["change_id"]) for step in ("watch", "confirm")]
    run(SPEC, work, required_if=needs)


if __name__ == "__main__":
    main()
