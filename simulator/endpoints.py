# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published endpoints, E1 to E15, and the base path that they live under."""

from __future__ import annotations

import re
from typing import NamedTuple

BASE = "/api/wg"


class Endpoint(NamedTuple):
    """One published row: its name, method and path below the base."""

    row: str
    method: str
    path: str


ENDPOINTS = (
    Endpoint("E1", "GET", "/servers"),
    Endpoint("E2", "GET", "/servers/{id}/users"),
    Endpoint("E3", "POST", "/servers/{id}/users"),
    Endpoint("E4", "GET", "/servers/{id}/status"),
    Endpoint("E5", "GET", "/users/{id}"),
    Endpoint("E6", "DELETE", "/users/{id}"),
    Endpoint("E7", "GET", "/users/{id}/port-forwards"),
    Endpoint("E8", "POST", "/users/{id}/port-forwards"),
    Endpoint("E9", "DELETE", "/port-forwards/{id}"),
    # A later edition: published without their bodies.
    Endpoint("E10", "GET", "/users/{id}/bandwidth"),
    Endpoint("E11", "PUT", "/users/{id}/bandwidth"),
    Endpoint("E12", "DELETE", "/users/{id}/bandwidth"),
    Endpoint("E13", "GET", "/servers/{id}/dns"),
    Endpoint("E14", "PUT", "/servers/{id}/dns"),
    Endpoint("E15", "DELETE", "/servers/{id}/dns"),
)

TEMPLATES = frozenset(endpoint.path for endpoint in ENDPOINTS)


def path_pattern(path: str) -> re.Pattern[str]:
    """The pattern of a path below the base: one of the templates above, or a regular expression."""
    if path in TEMPLATES:
        path = path.replace("{id}", "[^/]+")
    return re.compile(path)
