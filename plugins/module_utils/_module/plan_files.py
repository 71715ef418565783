# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The plan of a task on several servers in files, and the plan that was approved."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import ConfFileError, DeclarationError
from .._files.text_file import TextFile
from .._pages.plan import PlannedServer, plan_markdown
from .._planning.approval import ServerPlan, from_json, is_plan, to_json
from .._planning.desired import ApprovedStep
from .._text import show

Approved = dict[int, tuple[ApprovedStep, ...]]
"""The approved steps of each server, by its assignment id."""

SUFFIXES = (".md", ".json")


class PlanFiles:
    """The files of ``plan_path``, and the plan of ``plan_expected`` (None: any plan may be carried out)."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._files = [TextFile(path) for path in params["plan_path"] or ()]
        for file in self._files:
            if not file.path.endswith(SUFFIXES):
                raise DeclarationError(
                    [f"plan_path: {show(file.path)} must end in {' or '.join(SUFFIXES)}"]
                )
            file.check()
        self.approved = _approved(params["plan_expected"]) if params["plan_expected"] else None

    def write(
        self, plans: Sequence[ServerPlan], parts: Sequence[PlannedServer], *, done: bool
    ) -> None:
        """Write the files, in check mode too: a plan is what a check run is for."""
        for file in self._files:
            json = file.path.endswith(".json")
            text = to_json(plans) if json else plan_markdown(parts, done=done)
            file.write(text, backup=False, check_mode=False)


def _approved(given: object) -> Approved:
    """The plan, as it is given or out of the file that is."""
    if isinstance(given, Mapping):
        return from_json(given)
    if not isinstance(given, str):
        raise DeclarationError(["plan_expected must be a file, or the plan itself"])
    if is_plan(given):
        return from_json(given)
    path = os.path.expanduser(given.strip())
    text = TextFile(path).read()
    if text is None:
        raise ConfFileError(f"plan_expected: there is no file {show(path)}", path=path)
    return from_json(text)
