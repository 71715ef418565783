#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_handout
short_description: Write what each user needs to set up a device
version_added: 1.0.0
description:
  - Writes four files for each user into a folder for each server. C(NAME.conf) is the configuration, C(NAME.png) and
    C(NAME.svg) are its QR code, and C(NAME.html) is a page to hand out. The page has the QR code, the configuration as
    a file to save, how to set up the app of each system, and the user's port forwards as addresses that one can type.
  - Each of these files is a key, and only its owner can read it. The page loads nothing from the network.
  - Takes one request for the servers (two with O(servers)), one for each server, and two for each user. Nothing is
    written before all that is needed was read.
  - A page shows the day when it was made. A later run writes it anew only if something else on it has changed.
  - A server's folder is named after the server. A name that can't be the name of a file or folder gets the id
    appended. Files of users who are gone are left alone.
author:
  - PremierVPN (@premiervpn)
requirements:
  - segno
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._configs
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  path:
    description:
      - The folder to make the servers' folders in, on the host where the module runs. Made if it is missing.
    type: path
    required: true
    aliases: [dest]
  servers:
    description:
      - Only these servers, each by assignment id, name, host name or IP address. Empty for all.
    type: list
    elements: str
    default: []
  users:
    description:
      - Only the users of these client names, on whichever of the servers they are. Empty for all.
      - A name that none of the servers has is an error.
    type: list
    elements: str
    default: []
  title:
    description:
      - What the pages are headed with, before the user's name. Left out, it is C(VPN access).
    type: str
  contact:
    description:
      - Whom the reader can ask, or report a lost device to. For example an e-mail address or a phone number.
    type: str
  declared:
    description:
      - The declaration that converge uses, as O(premiervpn.wireguard.wg_servers#module:servers). A page then shows when
        access ends, where the user's C(expires) says so.
      - A user that is declared as absent, or whose access has ended, gets no hand-out. A warning says so.
      - It is checked whole before any request.
    type: list
    elements: raw
seealso:
  - module: premiervpn.wireguard.wg_report
  - module: premiervpn.wireguard.wg_user
  - plugin: premiervpn.wireguard.wg_qr
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write a hand-out for every user
  premiervpn.wireguard.wg_handout:
    api_key: "{{ premiervpn_api_key }}"
    path: ./handouts

- name: Write hand-outs for two phones on one server
  premiervpn.wireguard.wg_handout:
    api_key: "{{ premiervpn_api_key }}"
    path: ./handouts
    servers: [fra1]
    users: [anna-phone, ben-phone]
    title: Example Ltd VPN
    contact: helpdesk@example.com, phone 4321
"""

RETURN = r"""
handouts:
  description: The users, by server, each with its files. No secrets.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: The user's client name.
      type: str
    server:
      description: The assignment id of the user's server.
      type: int
    files:
      description: The four files.
      type: list
      elements: str
    changed:
      description: Whether any of them was written, or changed in mode.
      type: bool
  sample:
    - changed: true
      files: [handouts/fra1/phone.conf, handouts/fra1/phone.png, handouts/fra1/phone.svg, handouts/fra1/phone.html]
      server: 5
      user: phone
lines:
  description: What was written, to be read by a person. Ansible shows it when the task ends.
  returned: success
  type: list
  elements: str
  sample:
    - "handouts/fra1/phone (.conf, .png, .svg, .html) for user phone: written"
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ansible.module_utils.basic import missing_required_lib

from ..module_utils._api.reading import list_secrets, list_users, only_users
from ..module_utils._files.folders import check_folder
from ..module_utils._module.argspec import HOOKS
from ..module_utils._module.declarations import declared_users, resolved, validated_entries
from ..module_utils._module.handout_files import entitled, handout_files, write, written_lines
from ..module_utils._module.task import Task, run
from ..module_utils._pages.qr import SEGNO_IMPORT_ERROR

SPEC = {
    "path": {"type": "path", "required": True, "aliases": ["dest"]},
    "servers": {"type": "list", "elements": "str", "default": []},
    "users": {"type": "list", "elements": "str", "default": []},
    "title": {"type": "str"},
    "contact": {"type": "str"},
    "declared": {"type": "list", "elements": "raw"},
    **HOOKS,
}


def work(task: Task) -> dict:
    path, portal, declared = task.params["path"], task.portal, task.params["declared"]
    if SEGNO_IMPORT_ERROR:
        task.module.fail_json(missing_required_lib("segno"), exception=SEGNO_IMPORT_ERROR)
    entries = [] if declared is None else validated_entries(declared)
    check_folder(path)
    wanted = task.params["servers"]
    everybody = list_users(portal, wanted)
    # A folder's name must not depend on which servers are selected.
    servers = portal.servers() if wanted else [server for server, _users in everybody]
    known = declared_users(resolved(servers, entries).found)
    selected = entitled(task, only_users(everybody, task.params["users"]), known)
    found = list_secrets(portal, selected)
    files = handout_files(task, path, found, servers, everybody, known)
    written = write(task, path, files)
    return task.result(handouts=written, lines=written_lines(written, task.module.check_mode))


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
