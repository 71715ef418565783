# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job of the collection, step by step, on a simulated portal. Fails if a step does not do what it says."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts import tree
from simulator.process import Simulator

HERE = Path(__file__).resolve().parent


class Demo:
    """Runs the playbook converge against one simulator, and compares what it did with what the demo says."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.configs = folder / "wireguard"
        tree.link(folder / "tree")
        self.environment = {
            **{
                k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "PREMIERVPN_"))
            },
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "tree"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "PREMIERVPN_API_URL": simulator.url,
            "PREMIERVPN_API_KEY": "wg_demo_acme",
        }

    def converge(self, title: str, expected_changes: int, *arguments: str) -> None:
        """Run the playbook, and compare the number of changed tasks with what it should be."""
        say(title)
        self.simulator.clear_requests()
        playbook = ("premiervpn.wireguard.converge", "-e", f"config_dir={self.configs}")
        command = ["ansible-playbook", *playbook, *arguments]
        print(f"$ {' '.join(part.replace(str(self.configs), 'wireguard') for part in command)}\n")
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", *command[1:]],
            check=False,
            cwd=HERE,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(done.stdout.replace(str(self.configs), "wireguard"))
        methods = [request["method"] for request in self.simulator.requests()]
        writes = len(methods) - methods.count("GET")
        print(f"-> {len(methods)} requests, {writes} of them changed something.")
        recap = re.search(r"changed=(\d+)", done.stdout)
        if done.returncode or not recap or int(recap[1]) != expected_changes:
            sys.exit(
                f"The demo expected changed={expected_changes}. That is a defect, please report it."
            )

    def show_state(self) -> None:
        """Show the users and port forwards of the portal."""
        state = self.simulator.state()
        servers = {server["assignment_id"]: server["name"] for server in state["servers"]}
        for user in state["users"]:
            rules = [
                f"{rule['external_port']}/{rule['protocol']} -> {rule['internal_port']}"
                for rule in state["port_forwards"]
                if rule["user_id"] == user["id"]
            ]
            print(f"   {servers[user['server']]}  {user['client_name']:12}{', '.join(rules)}")

    def show_files(self) -> None:
        for path in sorted(self.configs.iterdir()):
            print(f"   {stat.filemode(path.stat().st_mode)}  wireguard/{path.name}")


def say(text: str) -> None:
    print(f"\n{'=' * 100}\n{text}\n{'=' * 100}", flush=True)


def main() -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Simulator() as simulator:
        demo = Demo(simulator, Path(folder))
        print(
            f"A simulated portal is listening at {simulator.url}. It has two servers and no users yet."
        )
        declared, changed = ("-e", "@declared.yml"), ("-e", "@changed.yml")
        demo.converge(
            "1. What would change? --check --diff only reads.", 1, *declared, "--check", "--diff"
        )
        demo.converge("2. Run it.", 1, *declared)
        print("\nThe portal now has:")
        demo.show_state()
        print("\nand these are the users' configuration files:")
        demo.show_files()
        demo.converge("3. Run it again. Nothing differs, so nothing changes.", 0, *declared)
        demo.converge(
            "4. Change the declaration: another internal port, a port that moves to another user, a new user."
            "\n   First see what would change ...",
            *(1, *changed, "--check", "--diff"),
        )
        demo.converge("   ... then run it.", 1, *changed)
        demo.show_state()
        demo.converge(
            "5. Remove a user. --diff shows what ends.", 1, "-e", "@removed.yml", "--diff"
        )
        demo.show_state()
        demo.show_files()
        say(f"The end, after {time.monotonic() - started:.0f} s. The simulator is stopped.")


if __name__ == "__main__":
    main()
