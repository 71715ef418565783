# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of the site that antsibull-docs does not make: playbooks, and the event source.

They are made of what stands at the head of the playbooks, and of the event source's own documentation.
"""

from __future__ import annotations

import ast
import pathlib
import re
import textwrap
from typing import Any

import yaml

# What the semantic markup of Ansible's documentation becomes.
MARKUP = (
    (re.compile(r"[COVE]\(((?:\\.|[^)\\])*)\)"), r"``\1``"),
    (re.compile(r"[IBP]\(([^)]*)\)"), r"*\1*"),
    (re.compile(r"M\(([^)]*)\)"), r"``\1``"),
)


def title(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}\n\n"


def playbooks(folder: pathlib.Path) -> str:
    """A section for each playbook, out of the comment at its head."""
    page = title("Playbooks", "=")
    page += "Run each by its full name. Give it its variables with ``-e``, or in the inventory.\n\n"
    for path in sorted(folder.glob("*.yml")):
        page += title(path.stem, "-") + comment(path.read_text(encoding="utf-8"))
    return page


def playbook_table(folder: pathlib.Path) -> str:
    """What each playbook is for, in a line."""
    rows = []
    for path in sorted(folder.glob("*.yml")):
        first = head(path.read_text(encoding="utf-8"))[0]
        sentence = re.split(r"(?<=\.)\s", " ".join(first.split()))[0]
        rows.append((f"``{path.stem}``", _names(sentence)))
    return list_table(("Playbook", ""), rows, "25 75")


def head(text: str) -> list[str]:
    """The paragraphs of the comment below the licence."""
    block = text.split("\n\n", 2)[1]
    lines = [line[2:] if line.startswith("# ") else "" for line in block.splitlines()]
    return re.split(r"\n\n+", "\n".join(lines))


def comment(text: str) -> str:
    """The comment: paragraphs, a table of the variables, and commands where it is indented."""
    return "".join(_paragraph(part) for part in head(text))


def variables(text: str) -> list[tuple[str, str]]:
    """The variables of a playbook, each with what it is for, out of the paragraph of the comment that has them."""
    for part in head(text):
        title, _newline, rows = part.partition("\n")
        if title == "Variables:":
            entries = re.split(r"\n(?=  \w)", f"\n{rows}")[1:]
            return [(name, " ".join(more.split())) for name, more in map(_split, entries)]
    return []


def _split(entry: str) -> tuple[str, str]:
    name, _space, text = entry.strip().partition(" ")
    return name, text


def _paragraph(part: str) -> str:
    if part.startswith("Variables:\n"):
        found = variables(f"\n\n{_commented(part)}\n\n")
        rows = [(f"``{name}``", _names(text)) for name, text in found]
        return list_table(("Variable", ""), rows, "35 65")
    if part.startswith("  "):
        commands = "\n".join(f"    $ {line.strip()}" for line in part.splitlines())
        return f".. code-block:: console\n\n{commands}\n\n"
    return f"{_names(part)}\n\n"


def _commented(part: str) -> str:
    return "\n".join(f"# {line}" for line in part.splitlines())


def _names(text: str) -> str:
    """Names of variables, files and playbooks as code: a whole one with its dots, and never a part of one."""
    name = r"(?:[a-z]+\.)*[a-z]+(?:_[a-z]+)+(?:\.[a-z]+)?|PREMIERVPN_\w+|[A-Z]+_[A-Z_]+"
    return re.sub(rf"(?<![\w./`])({name})(?![\w`])", r"``\1``", text)


def list_table(heads: tuple[str, str], rows: list[tuple[str, str]], widths: str) -> str:
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for one, other in ((heads[0], heads[1] or "What it is for"), *rows):
        lines += [f"   * - {one}", f"     - {other}"]
    return "\n".join(lines) + "\n\n"


def event_source(path: pathlib.Path) -> str:
    """The documentation of an event source."""
    texts = {
        name: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and (name := getattr(node.targets[0], "id", "")) in ("DOCUMENTATION", "EXAMPLES")
    }
    documentation = yaml.safe_load(texts["DOCUMENTATION"])
    page = title(f"Event source {path.stem}", "=")
    page += f"Its full name is ``premiervpn.wireguard.{path.stem}``.\n\n"
    page += "".join(f"{rst(line)}\n\n" for line in documentation["description"])
    page += title("Arguments", "-")
    page += "".join(_option(name, spec) for name, spec in documentation["options"].items())
    page += title("Examples", "-") + ".. code-block:: yaml\n\n"
    return page + textwrap.indent(texts["EXAMPLES"].strip(), "    ") + "\n"


def _option(name: str, spec: dict[str, Any]) -> str:
    given = [spec.get("type", "str")]
    if spec.get("required"):
        given.append("required")
    if "default" in spec:
        given.append(f"default: {spec['default']}")
    lines = spec["description"]
    text = " ".join(lines if isinstance(lines, list) else [lines])
    return f"``{name}`` ({', '.join(given)})\n    {rst(text)}\n\n"


def rst(text: str) -> str:
    """reStructuredText in place of Ansible's markup."""
    for pattern, replacement in MARKUP:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())
