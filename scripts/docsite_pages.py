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
    page += "Each is run by its full name, with the variables that it names.\n\n"
    for path in sorted(folder.glob("*.yml")):
        page += title(path.stem, "-") + comment(path.read_text(encoding="utf-8"))
    return page


def comment(text: str) -> str:
    """The comment below the licence: paragraphs, and commands where it is indented."""
    head = text.split("\n\n", 2)[1]
    lines = [line[2:] if line.startswith("# ") else "" for line in head.splitlines()]
    parts = re.split(r"\n\n+", "\n".join(lines))
    return "".join(_paragraph(part) for part in parts)


def _paragraph(part: str) -> str:
    if not part.startswith("  "):
        return re.sub(r"\b([a-z]+_[a-z_]+|PREMIERVPN_\w+)\b", r"``\1``", part) + "\n\n"
    commands = "\n".join(f"    $ {line.strip()}" for line in part.splitlines())
    return f".. code-block:: console\n\n{commands}\n\n"


def event_source(path: pathlib.Path) -> str:
    """The documentation of an event source."""
    texts = {
        name: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and (name := getattr(node.targets[0], "id", "")) in ("DOCUMENTATION", "EXAMPLES")
    }
    documentation = yaml.safe_load(texts["DOCUMENTATION"])
    page = title(f"Event source premiervpn.wireguard.{path.stem}", "=")
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
