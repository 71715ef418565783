# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's main job on a portal of its own, explained as it goes. Fails if it is not so."""

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
    """Runs the demo's playbooks against one simulator, and compares what they did with what it says."""

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

    def play(self, title: str, expected_changes: int, name: str, *arguments: str) -> None:
        """Run a playbook and hold its number of changed tasks against what was announced."""
        say(title)
        self.simulator.clear_requests()
        command = ["ansible-playbook", name, "-e", f"config_dir={self.configs}", *arguments]
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
        print(f"-> {len(methods)} requests were sent, {writes} of them changed something.")
        recap = re.search(r"changed=(\d+)", done.stdout)
        if done.returncode or not recap or int(recap[1]) != expected_changes:
            sys.exit(
                f"The demo expected changed={expected_changes}. That is a defect, please report it."
            )

    def show_state(self) -> None:
        """What the portal holds, as the portal tells it."""
        state = self.simulator.state()
        for user in state["users"]:
            rules = [
                f"{rule['external_port']}/{rule['protocol']} -> {rule['internal_port']}"
                for rule in state["port_forwards"]
                if rule["user_id"] == user["id"]
            ]
            print(f"   server {user['server']}  {user['client_name']:12}{', '.join(rules)}")

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
        demo.play(
            "1. What would happen? --check --diff sends reads only and predicts the rest.",
            *(1, "site.yml", *declared, "--check", "--diff"),
        )
        demo.play("2. The run: users and port forwards are created.", 1, "site.yml", *declared)
        print("\nThe portal now has:")
        demo.show_state()
        print("\nand the users' configuration files are here:")
        demo.show_files()
        demo.play(
            "3. The same again: nothing differs, so nothing changes.", 0, "site.yml", *declared
        )
        demo.play(
            "4. Something else is declared: a port of one protocol, a port that moves to another user,"
            "\n   and a user more. First what would happen ...",
            *(1, "site.yml", *changed, "--check", "--diff"),
        )
        demo.play("   ... then the change itself.", 1, "site.yml", *changed)
        demo.show_state()
        demo.play("5. A device is not used any more.", 1, "offboard.yml", "--diff")
        demo.show_state()
        demo.show_files()
        say(
            f"That was the main job, in {time.monotonic() - started:.0f} s. The simulator is stopped."
        )


if __name__ == "__main__":
    main()
