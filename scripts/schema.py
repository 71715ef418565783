# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make extensions/schema: JSON Schemas of a declaration, for editors and hooks.

They are made of the argument spec of ``wg_server`` and its documentation, and refuse what that refuses
wherever a schema can say it. Run it in a tree of collections: ``python -m scripts.schema``.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.declared import DECLARED
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.validation import (
    MAX_COMMENT,
    RESERVED_PORTS,
)
from ansible_collections.premiervpn.wireguard.plugins.modules import wg_server

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "extensions" / "schema"
URL = "https://raw.githubusercontent.com/premiervpn/ansible-collection-wireguard/main/extensions/schema"
DRAFT = "http://json-schema.org/draft-07/schema#"
OPTIONS = yaml.safe_load(wg_server.DOCUMENTATION)["options"]

# Ansible renders a template before anybody looks at the value, so a text that holds one may stand anywhere.
TEMPLATE = r"\{[{%]"
WORDS = ("y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f")
NUMBER = r"^\s*[+-]?\d+\s*$"

NAME = r"^[A-Za-z0-9_-]{1,50}$"
COMMENT = rf"^\s*(\S([\s\S]{{0,{MAX_COMMENT - 2}}}\S)?)?\s*$"
# 32 bytes in base64: the last of 43 characters has two bits that are zero.
PUBLIC_KEY = r"^\s*[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\s*$"
DATE = r"\d{4}-\d\d-\d\d"
OFFSET = r"([Zz]|[+-]\d\d(:?\d\d)?)"
EXPIRES = rf"^\s*({DATE}|{DATE}([Tt]|[ \t]+)\d\d:\d\d(:\d\d(\.\d{{1,6}})?)?[ \t]*{OFFSET})\s*$"

ABSENT = {"properties": {"state": {"const": "absent"}}, "required": ["state"]}


def text(pattern: str, *types: str, **more: Any) -> dict[str, Any]:
    """A text of this form or with a template, or one of other types."""
    return {"type": ["string", *types], "pattern": f"{TEMPLATE}|{pattern}", **more}


def any_case(word: str) -> str:
    return "".join(f"[{char}{char.upper()}]" if char.isalpha() else char for char in word)


TYPES: dict[str, dict[str, Any]] = {
    # Ansible makes a text of each of these.
    "str": {"type": ["string", "number", "boolean"]},
    "path": {"type": ["string", "number", "boolean"]},
    "int": text(NUMBER, "integer"),
    "bool": text(
        rf"^\s*({'|'.join(map(any_case, WORDS))})\s*$", "boolean", "integer", minimum=0, maximum=1
    ),
}

# What a validated value is, beyond its type. By the option's name, which means the same wherever it stands.
FORMS: dict[str, dict[str, Any]] = {
    "name": text(NAME),
    "client_name": text(NAME),
    "external_port": text(NUMBER, "integer", minimum=1, maximum=65535),
    "internal_port": text(NUMBER, "integer", minimum=1, maximum=65535),
    "comment": text(COMMENT, "number", "boolean"),
    "expires": text(EXPIRES),
    "max_deletions": text(r"^\s*\+?\d+\s*$", "integer", minimum=0),
    "refresh_max_age": text(r"^\s*\+?\d+\s*$", "integer", minimum=0),
    "revoked_public_keys": {"type": ["array", "string"], "items": text(PUBLIC_KEY)},
}

# What options say of each other.
RULES: dict[str, list[dict[str, Any]]] = {
    "users": [
        {"if": ABSENT, "then": {"properties": {"port_forwards": {"items": ABSENT}}}},
    ],
    "port_forwards": [
        {
            "if": {"not": ABSENT},
            "then": {
                "required": ["internal_port"],
                "properties": {
                    "external_port": {
                        "not": {"enum": [*RESERVED_PORTS, *map(str, RESERVED_PORTS)]}
                    },
                    "internal_port": {"not": {"type": "null"}},
                },
            },
        }
    ],
}


def plain(text: str) -> str:
    """A sentence of a documentation without its markup."""
    text = re.sub(r"[A-Z]\(([^()]*)\)", lambda found: found[1].split("#")[-1], text)
    return " ".join(text.split())


def option(name: str, spec: Mapping[str, Any], documented: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": plain(" ".join(documented["description"]))}
    if spec.get("default") not in (None, []):
        found["default"] = spec["default"]
    if "options" in spec:
        found |= listed(dictionary(name, spec["options"], documented["suboptions"]))
    elif name in FORMS:
        found |= FORMS[name]
    elif "choices" in spec:
        return {**found, "anyOf": [{"enum": spec["choices"]}, text("^$a")]}
    elif spec["type"] == "list":
        # A text is split at its commas.
        found |= {"type": ["array", "string"], "items": TYPES[spec["elements"]]}
    else:
        found |= TYPES[spec["type"]]
    if not spec.get("required") and "default" not in spec:
        # Without a value it counts as left out. One that has a default is refused then.
        found["type"] = [*found["type"], "null"]
    return found


def listed(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": ["array", "string"], "pattern": TEMPLATE, "items": items, **more}


def dictionary(name: str, spec: Mapping[str, Any], documented: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[dict[str, Any]] = []
    for key, one in spec.items():
        made = option(key, one, documented[key])
        names = [key, *one.get("aliases", ())]
        properties |= dict.fromkeys(names, made)
        if one.get("required"):
            required.append({"anyOf": [{"required": [each]} for each in names]})
    rules = [*required, *RULES.get(name, ())]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "allOf": rules,
    }


def servers() -> dict[str, Any]:
    documented = {**OPTIONS, "allow_hooks": HOOKS, "server": SERVER}
    return listed(dictionary("servers", DECLARED, documented), minItems=1)


# These two are documented in fragments, for all modules alike.
HOOKS = {
    "description": [
        "Accept configurations of the portal that hold PreUp, PostUp, PreDown or PostDown, which wg-quick runs as root."
    ]
}
SERVER = {
    "description": [
        "The assignment id, or the exact name, hostname or IP address of the server. Left out, the account's only one."
    ]
}


def schemas() -> dict[str, dict[str, Any]]:
    """The files of the folder, by their names."""
    made = servers()
    declared = {
        "$schema": DRAFT,
        "$id": f"{URL}/wg_servers_declared.json",
        "title": "The list wg_servers_declared of premiervpn.wireguard",
        **made,
    }
    group_vars = {
        "$schema": DRAFT,
        "$id": f"{URL}/group_vars.json",
        "title": "A file of variables with wg_servers_declared of premiervpn.wireguard",
        "type": "object",
        "properties": {
            "wg_servers_declared": {"description": "The WireGuard servers and their users.", **made}
        },
    }
    return {"wg_servers_declared.json": declared, "group_vars.json": group_vars}


def texts() -> dict[str, str]:
    return {
        name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


if __name__ == "__main__":
    for file, content in texts().items():
        (FOLDER / file).write_text(content, encoding="utf-8")
