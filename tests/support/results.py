# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run gave: of each task its result, of the whole its output and the requests it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Result:
    """What one task returned."""

    task: str
    status: str
    values: dict[str, Any]
    host: str = "localhost"

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    @property
    def changed(self) -> bool:
        return bool(self.values.get("changed"))

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    @property
    def msg(self) -> str:
        return str(self.values.get("msg", ""))


@dataclass
class Run:
    """One run: the results of its tasks in their order, its output, and the requests it made."""

    code: int
    output: str
    results: list[Result]
    requests: list[dict[str, Any]]

    @property
    def last(self) -> Result:
        return self.results[-1]

    @property
    def sent(self) -> list[str]:
        """The requests in short: ``GET /servers``."""
        return [f"{request['method']} {request['path']}" for request in self.requests]

    @property
    def writes(self) -> list[str]:
        """The requests that were to change something."""
        return [line for line in self.sent if not line.startswith("GET ")]
