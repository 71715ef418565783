# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For each endpoint the task that is run while the endpoint is under fault."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.support.world import rule, seed

from .cells import COLUMNS, MAX_WAIT, MODULE_MAX_WAIT


class Scene(NamedTuple):
    """A module with its options, and the page's words for them.

    ``before`` is the request that goes before the one under fault (method and path), if one does, and
    ``skip`` how many like it come before that. ``{folder}`` in an option is a folder of this run's own.
    """

    text: str
    module: str
    options: dict[str, Any]
    before: tuple[str, str] | None = None
    skip: int = 0
    max_wait: int = MAX_WAIT


_USERS = ("GET", "/servers/{id}/users")
_REPLACED = {"user": "web", "external_port": 443, "internal_port": 8443}
_LIMITED, _FIELDS = {"server": 5, "user": "web"}, {"any": 5, "field": ["of", "any", "kind"]}

SCENES = {
    "E1": Scene("`wg_user`: create, no `server` given", "wg_user", {"name": "phone"}),
    "E2": Scene("`wg_user_info`", "wg_user_info", {"server": 5}),
    "E3": Scene("`wg_user`: create", "wg_user", {"server": 5, "name": "phone"}, _USERS),
    "E4": Scene("`wg_status_info`", "wg_status_info", {"server": 5}),
    "E5": Scene(
        "`wg_user`: `return_config`",
        "wg_user",
        {"server": 5, "name": "web", "return_config": True},
        _USERS,
    ),
    "E6": Scene(
        "`wg_user`: `absent`", "wg_user", {"server": 5, "name": "mail", "state": "absent"}, _USERS
    ),
    "E7": Scene(
        "`wg_port_forward`: replace", "wg_port_forward", {"server": 5, **_REPLACED}, _USERS
    ),
    "E8": Scene(
        "`wg_server`: replace one, add one",
        "wg_server",
        {
            "server": 5,
            "users": [
                {"name": "web", "port_forwards": [rule("443/tcp -> 8443", "HTTPS")]},
                {"name": "mail", "port_forwards": [rule("587/tcp -> 587")]},
            ],
        },
        ("DELETE", "/port-forwards/{id}"),
    ),
    "E9": Scene(
        "`wg_port_forward`: replace",
        "wg_port_forward",
        {"server": 5, **_REPLACED},
        ("GET", "/users/{id}/port-forwards"),
    ),
    "E10": Scene(
        "`wg_user_bandwidth`", "wg_user_bandwidth", {**_LIMITED, "limits": _FIELDS}, _USERS
    ),
    "E11": Scene(
        "`wg_user_bandwidth`",
        "wg_user_bandwidth",
        {**_LIMITED, "limits": _FIELDS},
        ("GET", "/users/{id}/bandwidth"),
    ),
    "E12": Scene(
        "`wg_user_bandwidth`: `absent`",
        "wg_user_bandwidth",
        {**_LIMITED, "state": "absent"},
        ("GET", "/users/{id}/bandwidth"),
    ),
    "E13": Scene("`wg_server_dns`", "wg_server_dns", {"server": 5, "settings": _FIELDS}),
    "E14": Scene(
        "`wg_server_dns`",
        "wg_server_dns",
        {"server": 5, "settings": _FIELDS},
        ("GET", "/servers/{id}/dns"),
    ),
    "E15": Scene(
        "`wg_server_dns`: `absent`",
        "wg_server_dns",
        {"server": 5, "state": "absent"},
        ("GET", "/servers/{id}/dns"),
    ),
}


_SERVER = {
    "server": 5,
    "users": [
        {"name": "web", "port_forwards": [rule("443/tcp -> 8443", "HTTPS")]},
        {"name": "phone"},
    ],
}

# Of each module: the page's words, and the options.
MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "wg_servers": ("creates a user, and replaces a port forward", {"servers": [_SERVER]}),
    "wg_rotate_keys": (
        "new keys for a user with two port forwards and a bandwidth limit",
        {"server": 5, "users": ["web"]},
    ),
    "wg_offboard": (
        "removes a user with two port forwards",
        {"users": ["web"], "missing": "ok"},
    ),
    "wg_adopt": ("writes the declaration", {"path": "{folder}/servers.yml", "force": True}),
    "wg_report": ("writes the page", {"path": "{folder}/report.html"}),
    "wg_handout": ("writes the hand-outs of two users", {"path": "{folder}/handouts"}),
}

# The request before a write; where there are several like it, how many come first.
_BEFORE = {
    "wg_servers E3": (("GET", "/users/{id}/port-forwards"), 0),
    "wg_servers E9": (("POST", "/servers/{id}/users"), 0),
    "wg_rotate_keys E6": (("GET", "/users/{id}/port-forwards"), 1),
    "wg_rotate_keys E3": (("DELETE", "/users/{id}"), 0),
    "wg_rotate_keys E8": (("POST", "/servers/{id}/users"), 0),
    "wg_rotate_keys E11": (("GET", "/users/{id}/bandwidth"), 1),
    "wg_offboard E6": (("GET", "/users/{id}/port-forwards"), 0),
}

SCENES |= {
    column.scene: Scene(
        MODULES[column.module][0],
        column.module,
        MODULES[column.module][1],
        *_BEFORE.get(column.scene, (None, 0)),
        MODULE_MAX_WAIT,
    )
    for column in COLUMNS
}


def world(key: str, later: str) -> dict[str, Any]:
    """The portal's state before: one server, two users. ``later`` is another key of the account."""
    made = seed(
        {
            "id": 5,
            "name": "fra1",
            "dns": {"any": 1},
            "users": [
                {
                    "client_name": "web",
                    "bandwidth": {"any": 1},
                    "port_forwards": [rule("443/tcp -> 1", "HTTPS"), rule("80/tcp -> 80")],
                },
                {"client_name": "mail", "port_forwards": [rule("25/tcp -> 25")]},
            ],
        }
    )
    account = made["accounts"][0]
    del account["key"]
    account["keys"] = [key, later]
    return made
