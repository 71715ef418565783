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
  - Gives users new keys, and keeps their port forwards. The API has no update, so each user is deleted, created, and
    gets its port forwards again. Its IP address inside the VPN may be another one then.
  - Before anything is deleted, a recovery file is left in O(recovery_dir). A run that was killed is finished by the
    next one for this server, whatever users that one names, and no port forward is lost. The file is gone when all is
    done.
  - This is not a declaration. Each run makes new keys, but for the users that an earlier run left unfinished. To have
    it in a repository that a certain key must not be used any more, declare C(revoked_public_keys).
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
      - An empty list is refused, unless there is a recovery file. Then that is finished, and no more.
    type: list
    elements: str
    required: true
  config_dir:
    description:
      - A directory to keep the C(.conf) files of these users in, as C(NAME.conf) with mode C(0600), on the host where
        the module runs. It is created with mode C(0700) if only itself is missing.
    type: path
  recovery_dir:
    description:
      - Where the recovery file is left while keys are replaced, as C(wg-rotate-keys-SERVER.json) with mode C(0600).
        It holds names, port forwards and public keys, and no secret. The directory has to be there.
    type: path
    default: .
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
    recovery_dir: "{{ playbook_dir }}"
"""

RETURN = r"""
users:
  description:
    - The users whose keys were replaced, those that an earlier run began among them. As of
      RV(premiervpn.wireguard.wg_server#module:users).
  returned: success
  type: list
  elements: dict
resumed:
  description: The names of the users that an earlier run had begun with.
  returned: success
  type: list
  elements: str
recovery_file:
  description: Where the recovery file is. After a failure it is left for the next run, if anything was begun.
  returned: success
  type: str
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
from ..module_utils._module.recovery import Recovery
from ..module_utils._module.rotation import begin, check_names, desired_of
from ..module_utils._module.server_task import ServerTask, run_server_task

SPEC = {
    "users": {"type": "list", "elements": "str", "required": True},
    "config_dir": {"type": "path"},
    "recovery_dir": {"type": "path", "default": "."},
    **HOOKS,
    **SERVER,
}


def work(task: ServerTask) -> dict:
    params = task.params
    names = check_names(params["users"])
    Recovery.check(params["recovery_dir"])
    task.files.check(names, [])

    server, users = server_and_users(task.portal, params["server"])
    recovery = Recovery(params["recovery_dir"], params["api_url"].strip().rstrip("/"), server.id)
    begun = recovery.read()
    task.files.check([rotation.client_name for rotation in begun], [])
    rotations, seen = begin(task.portal, server, users, names, begun, bool(task.files))
    if not task.module.check_mode:
        recovery.write(rotations)
    outcome = task.converge(server, desired_of(rotations), seen)
    rotated = [rotation.client_name for rotation in rotations]
    task.secrets(outcome, rotated, returned=False)
    if not task.module.check_mode:
        recovery.remove()
    return task.result(
        users=[outcome.user_result(name) for name in rotated],
        resumed=[rotation.client_name for rotation in begun],
        recovery_file=recovery.path,
    )


def main():
    run_server_task(SPEC, work)


if __name__ == "__main__":
    main()
