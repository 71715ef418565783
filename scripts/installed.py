# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use the installed artifact as a user does who has no checkout: playbooks, inventory, documentation.

installed.py COLLECTIONS, the folder that ansible-galaxy installed into and that has nothing else.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from simulator.process import Simulator

DECLARED = """\
wg_servers_declared:
  - server: fra1
    users:
      - name: web-server
        port_forwards:
          - {external_port: 443, internal_port: 8443, protocol: tcp, comment: HTTPS}
      - name: phone
    purge_users: true
"""
KEY = "wg_demo_acme"
FULL = "premiervpn.wireguard"


class User:
    """Somebody with an empty folder, a key, and the collection."""

    def __init__(self, folder: pathlib.Path, collections: pathlib.Path, url: str) -> None:
        self.folder = folder
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "PREMIERVPN_", "PYTHONPATH"))
        }
        self.env = {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "PREMIERVPN_API_URL": url,
            "PREMIERVPN_API_KEY": KEY,
        }

    def run(self, program: str, *arguments: str) -> str:
        """Run one of Ansible's programs; it has to go well."""
        print(f"$ ansible-{program} {' '.join(arguments)}", flush=True)
        command = [sys.executable, "-P", "-m", "ansible", program, *arguments]
        if sys.version_info < (3, 11):
            command.remove("-P")  # the folder below has no Python in it anyway
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
            text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{done.stdout}\n{done.stderr}\nit ended with {done.returncode}")
        return done.stdout

    def play(self, name: str, changed: int, *arguments: str) -> None:
        """Run a playbook of the collection, and hold the number of changed tasks against this."""
        recap = re.search(r"changed=(\d+)", self.run("playbook", f"{FULL}.{name}", *arguments))
        if not recap or int(recap[1]) != changed:
            sys.exit(f"{name} was to say changed={changed}, and said {recap and recap[0]}")


def walk(user: User) -> None:
    """From nothing to a converged server, and a look at it."""
    (user.folder / "servers.yml").write_text(DECLARED, encoding="utf-8")
    source = "users.premiervpn.yml"
    (user.folder / source).write_text(f"plugin: {FULL}.wg_users\n", encoding="utf-8")
    declared = ("-e", "@servers.yml")
    user.play("converge", 1, *declared, "--check", "--diff")
    user.play("converge", 1, *declared)
    user.play("converge", 0, *declared)
    user.play("drift", 0, *declared)
    user.play("report", 1, *declared)
    user.play("adopt", 1)
    user.play("drift", 0, "-e", "@wg-servers.yml")
    hosts = json.loads(user.run("inventory", "-i", source, "--list"))["_meta"]["hostvars"]
    if sorted(hosts) != ["phone", "web-server"]:
        sys.exit(f"the inventory has {sorted(hosts)}")
    for name in ("wg-report.html", "wg-servers.yml"):
        if not (user.folder / name).stat().st_size:
            sys.exit(f"{name} is empty")
    for role in sorted((user_collection(user) / "roles").iterdir()):
        found = json.loads(user.run("doc", "--type", "role", "--json", f"{FULL}.{role.name}"))
        if not found.get(f"{FULL}.{role.name}", {}).get("entry_points"):
            sys.exit(f"the role {role.name} has no documentation")


def user_collection(user: User) -> pathlib.Path:
    return pathlib.Path(
        user.env["ANSIBLE_COLLECTIONS_PATH"], "ansible_collections", *FULL.split(".")
    )


def main() -> None:
    collections = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        walk(User(pathlib.Path(folder), collections, simulator.url))
    print("The installed artifact works without a checkout.")


if __name__ == "__main__":
    main()
