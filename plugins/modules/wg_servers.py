#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_servers
short_description: Manage the users and port forwards of several WireGuard servers in one task
version_added: 1.0.0
description:
  - Makes each server match its declaration, one server after the other, as M(premiervpn.wireguard.wg_server) does for
    one.
  - All declarations are checked before any request, and all servers are looked up before anything changes. What is
    wrong is listed at once.
  - A server that fails does not keep the others from being converged. The task then fails, names the servers that
    failed, and returns all that was done.
  - In check mode it reports drift. RV(lines) then says what differs, and RV(differences) how much.
  - Takes one request for the servers, and for each server those of M(premiervpn.wireguard.wg_server). O(max_wait)
    counts for all of them together.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  servers:
    description:
      - The servers. Each is a dictionary with the options of M(premiervpn.wireguard.wg_server), without those of the
        connection. An empty list is an error.
      - Two entries that mean one server are refused, and so are two that would keep the same file in C(config_dir).
      - With C(return_configs) the result holds secrets, so set C(no_log) on the task as well.
      - A relative C(config_dir) counts from the folder in which C(ansible-playbook) was started.
    type: list
    elements: raw
    required: true
  only:
    description:
      - The client names of the users to converge now. If left out, all of them. An empty list is an error.
      - It counts for every server. One that declares none of these users is left alone, and a name that no server
        declares is refused.
    type: list
    elements: str
  refresh:
    description:
      - As O(premiervpn.wireguard.wg_server#module:refresh), for each server that does not say it itself.
    type: str
    choices: [full, changed]
  refresh_max_age:
    description:
      - As O(premiervpn.wireguard.wg_server#module:refresh_max_age), for each server that does not say it itself.
    type: int
  plan_path:
    description:
      - Files to write the plan to, in check mode too. After a run they say what became of it.
      - One whose name ends in C(.md) is Markdown, to be read, such as in a comment of a pull request. It holds at most
        60 kB, and no secret.
      - One whose name ends in C(.json) holds every step, for programs and for O(plan_expected).
      - A relative path counts from the folder in which C(ansible-playbook) was started.
    type: list
    elements: path
  plan_expected:
    description:
      - The plan that was approved, as a JSON file that O(plan_path) wrote in check mode, or as the RV(plan_json) that
        check mode returned. Exactly this plan is carried out, or nothing.
      - All servers are looked at first. If the plan is another one now, since a server or the declaration changed, the
        task fails before any change and says what differs.
      - What is planned again later, since somebody else was in the way, may only consist of steps of this plan.
    type: raw
  validate_only:
    description:
      - Only check the declaration. Needs no API key, sends no request and changes nothing. It returns RV(problems) and
        RV(lines).
      - Returns everything in the declaration that is wrong in RV(problems), at once. Each problem has the file and line
        of the user, port forward or server, where Ansible knows them. That is with ansible-core 2.19 or newer. With
        older ones the names have to do.
      - Warns of users that have expired and can be taken out of the declaration.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_server
  - module: premiervpn.wireguard.wg_adopt
"""

EXAMPLES = r"""
- name: Two servers
  premiervpn.wireguard.wg_servers:
    api_key: "{{ premiervpn_api_key }}"
    servers:
      - server: fra1
        users:
          - name: web-server
            port_forwards:
              - {external_port: 443, internal_port: 8443, comment: HTTPS}
          - name: phone
        purge_users: true
      - server: ams1
        users:
          - name: backup
  register: converged

- name: The plan as files, for somebody to approve
  premiervpn.wireguard.wg_servers:
    api_key: "{{ premiervpn_api_key }}"
    servers: "{{ wg_servers_declared }}"
    plan_path: [plan.md, plan.json]
  check_mode: true

- name: This plan, or nothing
  premiervpn.wireguard.wg_servers:
    api_key: "{{ premiervpn_api_key }}"
    servers: "{{ wg_servers_declared }}"
    plan_expected: plan.json

- name: After a change of the declaration, as cheaply as it goes
  premiervpn.wireguard.wg_servers:
    api_key: "{{ premiervpn_api_key }}"
    servers: "{{ wg_servers_declared }}"
    refresh: changed

- name: Check the declaration, without a key
  premiervpn.wireguard.wg_servers:
    servers: "{{ wg_servers_declared }}"
    validate_only: true

- name: How many users were created
  ansible.builtin.debug:
    msg: "{{ converged.servers | map(attribute='summary.users_created') | sum }}"
"""

RETURN = r"""
servers:
  description: The servers, in the declared order.
  returned: success, and when a server failed
  type: list
  elements: dict
  contains:
    server:
      description: The assignment id.
      type: int
    server_name:
      description: The name, hostname or IP address that the portal lists for it. Null where it lists none.
      type: str
    changed:
      description: Whether anything was changed, or would be.
      type: bool
    plan:
      description: The steps, as of RV(premiervpn.wireguard.wg_server#module:plan).
      type: list
      elements: dict
    summary:
      description: How much the plan does, as of RV(premiervpn.wireguard.wg_server#module:summary).
      type: dict
    not_refreshed:
      description: As RV(premiervpn.wireguard.wg_server#module:not_refreshed).
      type: int
    lines:
      description:
        - What differs or, once it is done, what was done. A line for each fact. A port forward that is replaced is one.
      type: list
      elements: str
    users:
      description: The declared users, as of RV(premiervpn.wireguard.wg_server#module:users).
      returned: where the server did not fail
      type: list
      elements: dict
    failed:
      description: True where the server failed.
      returned: where the server failed
      type: bool
    msg:
      description: Why the server failed.
      returned: where the server failed
      type: str
    error:
      description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
      returned: where the server failed
      type: dict
differences:
  description: How many facts differ or, once it is done, differed. The number of C(lines) of all servers.
  returned: success, and when a server failed
  type: int
lines:
  description: The same for all servers, to be read by a person. Ansible shows it when the task ends.
  returned: success, and when a server failed
  type: list
  elements: str
  sample:
    - "fra1 (5):"
    - "  user phone was created"
    - "  web-server: 443/tcp -> 80 (HTTPS) was replaced by 443/tcp -> 8443 (HTTPS)"
    - "fra1 (5): 1 user created, 1 port forward replaced; 6 requests, 2 s"
    - "ams1 (6): as declared, nothing was changed; 2 requests, 0 s"
not_refreshed:
  description: How many users were not looked at, on all servers.
  returned: success, and when a server failed
  type: int
plan_json:
  description:
    - Every step of the plan as a JSON text, for O(plan_expected) of a later task or job. It holds no secret.
    - More than 250 kB are not returned, but a text that O(plan_expected) refuses. Use O(plan_path) then.
  returned: success, in check mode
  type: str
plan_changes:
  description: How the plan differs from O(plan_expected), a line for each step.
  returned: when the plan is not the expected one
  type: list
  elements: str
  sample:
    - "fra1 (5): not approved: delete user guest (id 17)"
problems:
  description:
    - What is wrong with the declaration. Empty if nothing is. RV(lines) then says what each server declares.
  returned: with O(validate_only=true)
  type: list
  elements: dict
  contains:
    file:
      description: The file, relative to where Ansible was started. Null where Ansible does not know it.
      type: str
    line:
      description: The line in that file. Null where Ansible does not know it.
      type: int
    message:
      description: The server, the user, and what is wrong.
      type: str
  sample:
    - file: group_vars/all/wireguard.yml
      line: 9
      message: "server 1 (fra1): user 'web': external_port 22 is reserved by the portal (22, 51820, 56561 are)"
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._module.server_task import run_server_task
from ..module_utils._module.servers import OPTIONS, converge_servers


def main():
    run_server_task(OPTIONS, converge_servers)


if __name__ == "__main__":
    main()
