# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer looks like, without a single value of it."""

from __future__ import annotations

from typing import Any


def shape(value: Any) -> Any:
    """Names of fields, and types in place of values. Of a list, its first entry stands for all."""
    if isinstance(value, dict):
        return {str(name): shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "null" if value is None else type(value).__name__.replace("_Ansible", "").lower()


def shapes(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """{row of docs/portal-api.md: status and shape} out of what `uri` returned in a loop."""
    return {
        answer["item"]["row"]: {
            "status": answer["status"],
            "shape": shape(answer["json"]) if "json" in answer else "not JSON",
        }
        for answer in answers
    }


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Any]:
        return {"shapes": shapes}
