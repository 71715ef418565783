#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_report
short_description: Write a report on servers, users, traffic and port forwards
version_added: 1.0.0
description:
  - Writes one HTML page about all servers of the account. It shows who is online and who was last seen when, the
    traffic and the port forwards of each user, who needs attention (never connected, not seen for 90 days, most
    traffic), and on request what differs from a declaration and whose access ends in the next 14 days.
  - One search box finds users on all servers by name, address, port or comment. Search and sorting are a script inside
    the page. Everything can be read without it.
  - The page loads nothing from the network, follows the light or dark colours of its reader, fits a phone, and prints
    on few pages. It holds no secrets, and only its owner can read the file.
  - Takes one request for the servers, one for each server, and one for each user. A user of whom O(declared) lists
    C(revoked_public_keys) takes one more.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  path:
    description:
      - The file to write, on the host where the module runs. It gets the mode C(0600).
      - The page shows when it was made, so every run writes it anew.
    type: path
    required: true
    aliases: [dest]
  metrics_path:
    description:
      - A file for the same facts as metrics, in the OpenMetrics format. The textfile collector of Prometheus's
        node_exporter reads it if its name ends in C(.prom) and it lies in the collector's folder.
      - It has the time of the report, and for each server the users, who of them is online, port forwards and drift.
        For each user there are five series, whether it is online, when it was last seen, the bytes from and to the
        device, and the number of port forwards. Names are cut after 80 characters.
      - The file gets the mode C(0644), since another user has to read it. It holds no secrets, but the names of users.
    type: path
  declared:
    description:
      - What the servers should have. Each entry is a dictionary with the options of M(premiervpn.wireguard.wg_server).
        The page then shows what M(premiervpn.wireguard.wg_server) would change. Configuration files are not looked at.
      - It is checked whole before any request.
    type: list
    elements: raw
seealso:
  - module: premiervpn.wireguard.wg_handout
  - module: premiervpn.wireguard.wg_server
"""

EXAMPLES = r"""
- name: Write a report
  premiervpn.wireguard.wg_report:
    api_key: "{{ premiervpn_api_key }}"
    path: ./wg-report.html

- name: Write a report, and metrics for Prometheus
  premiervpn.wireguard.wg_report:
    api_key: "{{ premiervpn_api_key }}"
    path: ./wg-report.html
    metrics_path: ./premiervpn.prom

- name: Write a report that also shows what differs from a declaration
  premiervpn.wireguard.wg_report:
    api_key: "{{ premiervpn_api_key }}"
    path: ./wg-report.html
    declared:
      - server: fra1
        users:
          - name: web-server
            port_forwards:
              - {external_port: 443, internal_port: 8443}
        purge_users: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
metrics_path:
  description: The file with the metrics. Null where none was asked for.
  returned: success
  type: str
summary:
  description: How much is on the page.
  returned: success
  type: dict
  contains:
    servers:
      description: Servers.
      type: int
    users:
      description: Users.
      type: int
    online:
      description: Users who are online.
      type: int
    port_forwards:
      description: Port forwards.
      type: int
    differences:
      description:
        - How much differs from O(declared), as M(premiervpn.wireguard.wg_servers) counts it. Null where nothing is
          declared.
      type: int
    errors:
      description:
        - Declared servers that could not be compared, or that the account does not have. Null where nothing is
          declared.
      type: int
lines:
  description: What was written and what is in it, to be read by a person. Ansible shows it when the task ends.
  returned: success
  type: list
  elements: str
  sample: ["wrote ./wg-report.html", "  servers: 2, users: 14, online: 9, port forwards: 20"]
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

import os
from datetime import datetime, timezone

from ..module_utils._api.reading import list_forwards, list_users
from ..module_utils._errors import ConfFileError
from ..module_utils._files.private_file import PrivateFile
from ..module_utils._module.declarations import resolved, validated_entries
from ..module_utils._module.drift import drift_of
from ..module_utils._module.file_options import ModuleFileOptions
from ..module_utils._module.task import Task, run
from ..module_utils._pages.account import Report, ServerPart
from ..module_utils._pages.attention import ENDING_DAYS
from ..module_utils._pages.metrics import metrics_text
from ..module_utils._pages.report import report_page
from ..module_utils._planning.expiry import ending
from ..module_utils._text import show

SPEC = {
    "path": {"type": "path", "required": True, "aliases": ["dest"]},
    "metrics_path": {"type": "path"},
    "declared": {"type": "list", "elements": "raw"},
}


def work(task: Task) -> dict:
    path, metrics_path, declared = (
        task.params[name] for name in ("path", "metrics_path", "declared")
    )
    wanted = [] if declared is None else validated_entries(declared)
    writers = [(PrivateFile(task.file_options, path), report_page)]
    if metrics_path:
        if os.path.realpath(metrics_path) == os.path.realpath(path):
            raise ConfFileError("path and metrics_path name the same file: give each its own")
        # node_exporter runs as a user of its own, and has to read them.
        metrics = PrivateFile(ModuleFileOptions(task.module, "0644"), metrics_path)
        writers.append((metrics, metrics_text))
    for file, _text in writers:
        file.check()
    found = list_forwards(task.portal, list_users(task.portal))
    users = {server.id: held for server, held in found}
    servers = resolved([server for server, _held in found], wanted)
    drifts = {
        server.id: drift_of(task.portal, server, entry.desired, users[server.id], task.taken)
        for entry, server in servers.found
    }
    now = datetime.now(timezone.utc).replace(microsecond=0)
    ends = {server.id: ending(entry.desired, now, ENDING_DAYS) for entry, server in servers.found}
    report = Report(
        at=now,
        parts=[
            ServerPart(server, held, drifts.get(server.id), ends.get(server.id, ()))
            for server, held in found
        ],
        declared=declared is not None,
        missing=servers.missing,
    )
    for file, text in writers:
        task.count_file(file.write(text(report)))
    written = [one for one in (path, metrics_path) if one]
    return task.result(
        path=path,
        metrics_path=metrics_path,
        summary=report.summary(),
        lines=lines(written, report, task.module.check_mode),
    )


def lines(paths: list, report: Report, check_mode: bool) -> list:
    """What was written, and what is in it."""
    counts = {name: count for name, count in report.summary().items() if count is not None}
    held = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in counts.items())
    verb = "would write" if check_mode else "wrote"
    return [*(f"{verb} {show(path)}" for path in paths), f"  {held}"]


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
