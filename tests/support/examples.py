# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of pages and of plugins' documentation, and running those of a page from top to bottom.

In a page, a block of YAML is a play, a list of tasks, or, with a caption, a file; a block of the language
``console`` is commands. What can't be run says why in a comment above it: ``.. not run: REASON`` in
reStructuredText, ``<!-- not run: REASON -->`` in Markdown, where ``<!-- file: NAME -->`` is a caption.
"""

from __future__ import annotations

import ast
import re
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .environment import KEY
from .running import Runner

RST = re.compile(
    r"(?:^\.\. not run: (?P<reason>[^\n]+)\n\n)?"
    r"^(?P<indent> *)\.\. code-block:: (?P<language>\S+)\n"
    r"(?P<options>(?:(?P=indent) +:[a-z-]+:[^\n]*\n)*)\n"
    r"(?P<text>(?:(?:(?P=indent) +[^\n]*)?\n)+)",
    re.MULTILINE,
)
MARKDOWN = re.compile(
    r"(?:^<!-- (?P<word>not run|file): (?P<said>[^\n]+) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# What is shown is not run; all else is, or says why not.
SHOWN = ("text", "json", "", "ini", "rst")
DEVICE = {"client_name": "phone", "online": True, "rx_bytes": 10, "tx_bytes": 20}
# What examples take from elsewhere.
VARIABLES = {
    "ansible_eda": {
        "event": {
            "type": "online",
            "server": 5,
            "server_name": "fra1",
            "user": "phone",
            "at": "2026-06-01T12:00:00Z",
            "before": {**DEVICE, "online": False},
            "after": DEVICE,
            "text": "phone on fra1 (5) is online, 2026-06-01T12:00:00Z",
        }
    },
    "premiervpn_api_key": KEY,
    "vault_premiervpn_api_key": KEY,
    "wg_servers_declared": [{"server": 5, "users": [{"name": "web-server"}, {"name": "tablet"}]}],
    "all_users_of_the_server": [{"name": name} for name in ("web-server", "phone", "laptop")],
}


@dataclass
class Example:
    """A block: what it is, and either the file that it is or why it is not run."""

    language: str
    text: str
    file: str | None = None
    reason: str | None = None

    @property
    def runs(self) -> bool:
        return self.reason is None and self.language not in SHOWN


def of_page(path: Path) -> list[Example]:
    """The blocks of a page, in their order."""
    text = path.read_text(encoding="utf-8")
    return list(_of_rst(text) if path.suffix == ".rst" else _of_markdown(text))


def _of_rst(text: str) -> Iterator[Example]:
    for found in RST.finditer(text):
        caption = re.search(r":caption: (\S+)", found["options"])
        code = textwrap.dedent(found["text"]).strip("\n") + "\n"
        yield Example(found["language"], code, caption and caption[1], found["reason"])


def _of_markdown(text: str) -> Iterator[Example]:
    for found in MARKDOWN.finditer(text):
        said = {found["word"]: found["said"]}
        yield Example(found["language"], found["text"], said.get("file"), said.get("not run"))


def of_plugin(path: Path) -> list[Example]:
    """The examples in a plugin's documentation: one block, or none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            text = ast.literal_eval(node.value)
            inventory = isinstance(yaml.safe_load(text), dict)
            return [Example("yaml", text, "users.premiervpn.yml" if inventory else None)]
    return []


class Page:
    """Runs the examples of one page, in a folder that is also the home."""

    def __init__(self, run: Runner) -> None:
        self.run = run
        self.folder = run.folder / "page"
        variables = self.folder / "group_vars" / "all"
        variables.mkdir(parents=True)
        (variables / "all.yml").write_text(yaml.safe_dump(VARIABLES), "utf-8")
        (self.folder / ".premiervpn-key").write_text(KEY, encoding="utf-8")
        self.plays: list[dict[str, Any]] = []

    def all(self, examples: list[Example]) -> int:
        """Run them; how many there were to run. What fails is an AssertionError with its output."""
        count = 0
        for example in examples:
            if not example.runs:
                continue
            count += 1
            if example.language == "yaml":
                self._yaml(example)
            elif example.language in ("console", "bash"):
                self._finish_plays()
                lines = example.text.splitlines()
                self.command("\n".join(line[2:] for line in lines if line.startswith("$ ")))
            else:
                raise AssertionError(f"nobody knows how to run {example.language}:\n{example.text}")
        self._finish_plays()
        return count

    def _yaml(self, example: Example) -> None:
        if example.file:
            path = self.folder / example.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(example.text, encoding="utf-8")
            if example.file.endswith("premiervpn.yml"):
                self._finish_plays()
                self.command(f"ansible-inventory -i {example.file} --list")
            return
        document = yaml.safe_load(example.text)
        if not isinstance(document, list):
            raise AssertionError(
                f"neither a play nor tasks nor a file with a name:\n{example.text}"
            )
        if all("hosts" in entry for entry in document):
            self.plays += document
        else:
            play = {"hosts": "localhost", "gather_facts": False, "tasks": document}
            self.plays.append({"name": "Tasks of the page", **play})

    def _finish_plays(self) -> None:
        """Run what has gathered, in one run: starting one costs more than most of the tasks."""
        if self.plays:
            text = yaml.safe_dump(self.plays, sort_keys=False, width=1000)
            (self.folder / "examples.yml").write_text(text, encoding="utf-8")
            self.plays = []
            self.command("ansible-playbook examples.yml")

    def command(self, script: str) -> str:
        env = self.run.environment(HOME=str(self.folder), ANSIBLE_CALLBACKS_ENABLED=None)
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            check=False,
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"$ {script}\n{done.stdout}"
        return done.stdout
