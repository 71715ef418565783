#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_offboard
short_description: Remove users from all WireGuard servers of the account
version_added: 1.0.0
description:
  - Looks for users by their exact names on all servers, and removes each by its id. Access ends as soon as the user is
    deleted, and so do its port forwards.
  - Removes everybody whom it can, also if a server is down, port forwards can't be read, or two users share a name. The
    task then fails at its end, and names what it could not look at or remove.
  - In check mode it shows what would end.
  - Takes one request for the servers, one for each server, and two for each user that is found.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  users:
    description:
      - The exact client names, as a list or as a text. Both are split at commas and white space.
      - Nobody, or a name that no client can have, is an error before any request.
    type: raw
    required: true
  servers:
    description:
      - Only these servers, each by assignment id, name, host name or IP address. If left out or empty, all of them.
    type: list
    elements: str
    default: []
  missing:
    description:
      - What to do about a name that is on none of the servers. With V(fail) the task fails at its end, after the others
        were removed. With V(ok) it is one of RV(lines).
    type: str
    choices: [fail, ok]
    default: fail
  declared:
    description:
      - The declaration that converge uses, as O(premiervpn.wireguard.wg_servers#module:servers). The task fails at its
        end for a user that is still declared in it, as the next converge would bring that user back.
    type: list
    elements: raw
seealso:
  - module: premiervpn.wireguard.wg_user
  - module: premiervpn.wireguard.wg_rotate_keys
"""

EXAMPLES = r"""
- name: Anna leaves
  premiervpn.wireguard.wg_offboard:
    api_key: "{{ premiervpn_api_key }}"
    users: phone, laptop
"""

RETURN = r"""
removed:
  description: The users that were removed or, in check mode, would be.
  returned: success, and when something could not be done
  type: list
  elements: dict
  contains:
    client_name:
      description: The user's name. Beside it stands what M(premiervpn.wireguard.wg_user_info) returns of a user.
      type: str
    server:
      description: The assignment id of the server.
      type: int
    server_name:
      description: The server's name, hostname or IP address. Null where the portal lists none.
      type: str
    port_forwards:
      description: The port forwards that ended. Null where they could not be read.
      type: list
      elements: dict
missing:
  description: The names that are on none of the servers.
  returned: success, and when something could not be done
  type: list
  elements: str
lines:
  description: What ended, and what could not be done, to be read by a person. Ansible shows it when the task ends.
  returned: success, and when something could not be done
  type: list
  elements: str
  sample:
    - "phone on fra1 (5), 10.66.66.3, online: removed with"
    - "  443/tcp -> 8443 (HTTPS)"
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._module.offboard import offboard
from ..module_utils._module.task import run

SPEC = {
    "users": {"type": "raw", "required": True},
    "servers": {"type": "list", "elements": "str", "default": []},
    "missing": {"type": "str", "choices": ["fail", "ok"], "default": "fail"},
    "declared": {"type": "list", "elements": "raw"},
}


def main():
    run(SPEC, offboard)


if __name__ == "__main__":
    main()
