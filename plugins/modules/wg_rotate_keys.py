#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_rotate_keys
short_description: Give users of a WireGuard server new keys
version_added: 1.0.0
description:
  - Gives users new keys, and keeps their port forwards and their bandwidth limit. The API has no update, so each user
    is deleted, created, and gets its port forwards again. Its IP address inside the VPN may be another one then.
  - Each user is read again right before it is deleted. Before that, the task writes down what each user has, in the
    folder that E(PREMIERVPN_STATE_DIR) names. If a run is killed, the next task that changes this server restores what
    is missing.
  - Each run makes new keys. To declare that a certain key must not be used any more, use C(revoked_public_keys) of
    M(premiervpn.wireguard.wg_server).
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._configs
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  users:
    description:
      - The client names of the users that get new keys. Each has to be there.
    type: list
    elements: str
    required: true
  config_dir:
    description:
      - A directory to keep the C(.conf) files of these users in, as C(NAME.conf) with mode C(0600), on the host where
        the module runs. It is created with mode C(0700) if only itself is missing.
    type: path
  allow_loss:
    description:
      - Whether to go on where a user has a port forward that the portal would not create again today, for its port is
        a reserved one, or its comment is longer than 100 characters. The port forward is lost then, and a warning shows
        it in full. Otherwise nothing is changed, and the error names it.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_server
  - module: premiervpn.wireguard.wg_user
"""

EXAMPLES = r"""
- name: New keys for two phones
  premiervpn.wireguard.wg_rotate_keys:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    users: [anna-phone, ben-phone]
    config_dir: "{{ playbook_dir }}/wireguard"
"""

RETURN = r"""
users:
  description: The users that were named, as they are now. As of RV(premiervpn.wireguard.wg_server#module:users).
  returned: success
  type: list
  elements: dict
replaced:
  description: The names of the users whose keys were replaced in this run or, in check mode, would be.
  returned: success
  type: list
  elements: str
lines:
  description:
    - What each user keeps, for people to read, such as port forwards and the bandwidth limit. Ansible shows it when the
      task ends.
  returned: success
  type: list
  elements: str
  sample: ["anna-phone has new keys and kept 443/tcp -> 8443 (HTTPS), 51000/udp -> 51000"]
plan:
  description: The steps that were run or, in check mode, would be. As of M(premiervpn.wireguard.wg_server).
  returned: success, and when a step failed
  type: list
  elements: dict
summary:
  description: How much the plan does. As of M(premiervpn.wireguard.wg_server).
  returned: success, and when a step failed
  type: dict
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of M(premiervpn.wireguard.wg_user).
  returned: failure
  type: dict
"""

from ..module_utils._api.finding import server_and_users
from ..module_utils._module.argspec import HOOKS, SERVER
from ..module_utils._module.rotation import (
    begin,
    check_names,
    desired_of,
    limits_of,
    lines,
    refuse_gone,
    replaced,
)
from ..module_utils._module.server_task import ServerTask, run_server_task

SPEC = {
    "users": {"type": "list", "elements": "str", "required": True},
    "config_dir": {"type": "path"},
    "allow_loss": {"type": "bool", "default": False},
    **HOOKS,
    **SERVER,
}


def work(task: ServerTask) -> dict:
    names = check_names(task.params["users"])
    task.files.check(names, [])

    server, users = server_and_users(task.portal, task.params["server"])
    promised = task.promised(server, names)
    seen = begin(task.portal, server, users, names, promised, check_configs=bool(task.files))
    desired = desired_of(names, seen, allow_loss=task.params["allow_loss"])
    check_mode = task.module.check_mode
    # What is about to end, for the log; the run itself reads it again before each deletion.
    limits = limits_of(task.portal, seen, names) if check_mode else {}
    outcome = task.converge(server, desired, seen)
    there = [name for name in names if name in outcome.after.users]
    task.secrets(outcome, there, returned=False)
    refuse_gone(server, names, outcome)
    return task.result(
        users=[outcome.user_result(name) for name in names],
        replaced=replaced(outcome, names),
        lines=list(lines(names, outcome.after, limits, check_mode=check_mode)),
    )


def main():
    run_server_task(SPEC, work)


if __name__ == "__main__":
    main()
