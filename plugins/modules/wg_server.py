#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_server
short_description: Manage all users and port forwards of a WireGuard server in one task
version_added: 1.0.0
description:
  - Makes a server's users and port forwards match what you declare. It plans the steps from one listing of the users,
    and one listing of port forwards for each user that declares some, and runs them in an order that works. A port that
    moves from one user to another, or two users that swap ports, take one run.
  - The declaration is checked whole before any request. Contradictions, reserved ports and bad names are listed at
    once.
  - If a step fails, the later ones are not run, what a half-done replacement removed is put back, and the result shows
    what was done. The next run finishes the work.
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
      - The users. What is not declared is left alone, unless it is purged.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The client name, exactly. Letters, digits, C(-) and C(_), at most 50 of them.
          - It has to be a text. What YAML takes for something else (V(no), V(123)) has to be written in quotes.
        type: raw
        required: true
        aliases: [client_name]
      state:
        description:
          - Whether the user should exist. Removing a user ends its access and its port forwards. Its file in
            O(config_dir) is removed too.
        type: str
        choices: [present, absent]
        default: present
      revoked_public_keys:
        description:
          - WireGuard public keys that this device must not have. Where the user's key is among them, the user is
            deleted and created again, once, with new keys, and the port forwards that it has are created again.
          - With O(purge_port_forwards=true) the declared ones alone. It does not count against O(max_deletions).
          - Takes one request more for each user that lists keys.
        type: list
        elements: str
        default: []
      expires:
        description:
          - The end of the user's access. From then on the user counts as O(users[].state=absent).
          - A date counts until its end in UTC. A time needs an offset from UTC, as in V(2027-01-31T12:00:00Z).
          - The clock of the machine where the module runs decides. A user that has expired is named in a warning.
        type: str
      while_online:
        description:
          - Whether the declared port forwards are there only while the user's device is online. Of a device that is
            offline they are removed.
          - Where the portal does not say whether the device is online, they stay as they are.
          - If left out, they are always there. The playbook C(premiervpn.wireguard.event_ports), which follows devices
            as they come and go, then takes it for V(true).
        type: bool
      port_forwards:
        description:
          - What the user's port forwards should be. An empty list is a declaration too.
          - If left out, they are left alone, even with O(purge_port_forwards=true).
          - A declared port that another user holds is moved here if that user's port forwards are declared as well.
            Otherwise it is an error.
        type: list
        elements: dict
        suboptions:
          external_port:
            description:
              - The port of the server's public address, from 1 to 65535. The portal reserves 22, 51820 and 56561.
            type: int
            required: true
          internal_port:
            description:
              - The user's port, from 1 to 65535. Needed where the state is V(present).
            type: int
          protocol:
            description:
              - The protocols that the declaration is about.
            type: str
            choices: [tcp, udp, both]
            default: tcp
          comment:
            description:
              - A comment of at most 100 characters. If left out, it is not compared, and kept when the rule is
                replaced.
            type: str
          state:
            description:
              - Whether the port leads to the user or not.
            type: str
            choices: [present, absent]
            default: present
          while_online:
            description:
              - As O(users[].while_online), for this port forward.
            type: bool
  only:
    description:
      - The client names of the declared users to converge now. If left out, all of them.
      - The other declared users are neither listed nor changed, and O(purge_users) does not take them for undeclared.
        A change of one user on a large server then costs what that user costs.
      - A name that is not declared is refused before any request.
    type: list
    elements: str
  purge_users:
    description:
      - Delete the users that are not declared.
    type: bool
    default: false
  purge_port_forwards:
    description:
      - Delete the undeclared port forwards of the users that have a C(port_forwards) list.
      - Protocols count one by one. Where a C(both) rule stands and V(tcp) alone is declared, C(udp) is ended.
    type: bool
    default: false
  max_deletions:
    description:
      - A plan that deletes more users than this is refused before anything is changed.
    type: int
    default: 10
  refresh:
    description:
      - Whose port forwards are listed, of the users that have a C(port_forwards) list. With V(full), everybody's.
      - With V(changed), only of users whose declaration or id has changed, of whom nothing is remembered, or whose
        last look is due by O(refresh_max_age). The others are taken as they were seen. No user is changed that was not
        looked at in this run.
      - What somebody else changed at the portal is then found when the user is due, not at once.
      - What was seen is kept on the machine where the module runs, in the folder that C(PREMIERVPN_STATE_DIR) names,
        else in the XDG state folder. It holds no secrets. Where it is lost or can't be read, everybody is looked at.
      - In check mode, and with a plan that was approved, everybody is looked at.
    type: str
    choices: [full, changed]
    default: full
  refresh_max_age:
    description:
      - With O(refresh=changed), after how many seconds at the latest a user is looked at again. It is due earlier, from
        half of that time on, at a time that depends on its name, so that not all users are due at once.
      - V(0) looks at everybody.
    type: int
    default: 86400
  config_dir:
    description:
      - A directory to keep the C(.conf) file of every declared user in, as C(NAME.conf) with mode C(0600), on the host
        where the module runs. If only itself is missing, it is created with mode C(0700) when the first file is
        written, which counts as a change.
      - The files are compared with what the API holds, which takes one request for each user. If one of them can't be
        read or written, the others are written all the same, and the task fails.
      - The file of a user that the run deletes, by its state or by O(purge_users), is removed with the user.
    type: path
  return_configs:
    description:
      - Return C(config) and C(keys) of every user in RV(users). They are secrets, so set C(no_log) on the task as well.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_user
  - module: premiervpn.wireguard.wg_port_forward
"""

EXAMPLES = r"""
- name: Everything on one server
  premiervpn.wireguard.wg_server:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    users:
      - name: web-server
        port_forwards:
          - {external_port: 80, internal_port: 8080, comment: HTTP}
          - {external_port: 443, internal_port: 8443, protocol: both, comment: HTTPS and QUIC}
      - name: phone
      - name: old-laptop
        state: absent
    config_dir: "{{ playbook_dir }}/wireguard"

- name: One user of the declaration, now
  premiervpn.wireguard.wg_server:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    users: "{{ all_users_of_the_server }}"
    only: [web-server]

- name: After a change of the declaration, at the cost of what changed
  premiervpn.wireguard.wg_server:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    users: "{{ all_users_of_the_server }}"
    refresh: changed

- name: These users, these port forwards, and nothing else
  premiervpn.wireguard.wg_server:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    users:
      - name: web-server
        port_forwards:
          - {external_port: 80, internal_port: 8080}
    purge_users: true
    purge_port_forwards: true
    max_deletions: 2
"""

RETURN = r"""
plan:
  description: The steps, in their order.
  returned: success, and when a step failed
  type: list
  elements: dict
  contains:
    action:
      description: V(create) or V(delete).
      type: str
    kind:
      description: V(user) or V(port_forward).
      type: str
    name:
      description: The client name of the user that the step is about.
      type: str
    what:
      description: The step in words.
      type: str
    port_forward:
      description: The rule that is created or deleted. Null for a user.
      type: dict
    status:
      description:
        - V(planned) in check mode, V(done), V(failed), or V(not_run) after a failure.
      type: str
    put_back:
      description: Whether what the step removed was created again, because the replacement failed.
      type: bool
  sample:
    - action: create
      kind: port_forward
      name: web-server
      port_forward: {comment: HTTP, external_port: 80, internal_port: 8080, protocol: tcp}
      put_back: false
      status: done
      what: 80/tcp -> 8080 (HTTP)
users:
  description:
    - The declared users that are present, in the declared order. As RV(premiervpn.wireguard.wg_user#module:user), with
      C(port_forwards) beside. These are null where they are not declared, and so were not looked at.
    - With O(return_configs=true), each has C(config) and C(keys) as well.
    - Write C(user['keys']), not C(user.keys), which in Jinja is a method that every dictionary has.
  returned: success
  type: list
  elements: dict
summary:
  description: How much the plan does, in check mode too.
  returned: success, and when a step failed
  type: dict
  contains:
    users_created:
      description: Users created.
      type: int
    users_deleted:
      description: Users deleted.
      type: int
    port_forwards_created:
      description: Port forwards created.
      type: int
    port_forwards_deleted:
      description: Port forwards deleted. Those that end with their user are not counted.
      type: int
    configs_written:
      description: Configuration files written, changed in mode or removed. The directory is not counted.
      type: int
  sample: {configs_written: 0, port_forwards_created: 1, port_forwards_deleted: 0, users_created: 0, users_deleted: 0}
not_refreshed:
  description:
    - How many users with declared port forwards were not looked at, but taken as they were seen before. See O(refresh).
  returned: always
  type: int
lost_port_forwards:
  description:
    - Rules that were removed for a replacement that then failed, and that could not be put back. Each holds C(user) and
      all that it takes to create the rule again.
  returned: when a rule was lost
  type: list
  elements: dict
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._api.finding import server_and_users
from ..module_utils._module.declared import DECLARED, declared_server
from ..module_utils._module.server_task import ServerTask, run_server_task


def work(task: ServerTask) -> dict:
    params = task.params
    declaration = declared_server(params)
    task.check_files(declaration)

    server, users = server_and_users(task.portal, params["server"])
    return task.result(users=task.converge_users(server, declaration, users))


def main():
    run_server_task(DECLARED, work)


if __name__ == "__main__":
    main()
