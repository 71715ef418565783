# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which worker runs which tests: a plugin of pytest, with pytest-xdist.

A file is one worker's, as its tests may share what was made for them. Where its ``pytestmark`` has
``pytest.mark.spread``, each of its tests is any worker's. Where it has ``pytest.mark.waits``, it goes to
workers of their own: they wait beside those that compute, and take no core from them.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# One more than there are cores: most tests wait a little, for a process or an answer. The noxfile starts
# more where tests wait.
COMPUTING = (os.cpu_count() or 1) + 1


@functools.cache
def marks(file: str) -> frozenset[str]:
    """The marks in a file's ``pytestmark``."""
    text = Path(file).read_text(encoding="utf-8")
    own = re.search(r"^pytestmark = .*\n(?: .*\n)*", text, re.MULTILINE)
    return frozenset(re.findall(r"pytest\.mark\.(\w+)", own[0] if own else ""))


class Scheduling(LoadFileScheduling):
    """Files to workers, some of them test by test."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if "spread" in marks(file) else file

    def _waits(self, node: Any) -> bool:
        return int(node.gateway.id.removeprefix("gw")) >= COMPUTING

    def _next(self, node: Any) -> str | None:
        """What suits a worker best; one that waits takes nothing else."""
        for scope in self.workqueue:
            if ("waits" in marks(scope.partition("::")[0])) == self._waits(node):
                return scope
        return None if self._waits(node) else next(iter(self.workqueue), None)

    def _assign_work_unit(self, node: Any) -> None:
        scope = self._next(node)
        if scope is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Where whole files are to be distributed, distribute them so."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None
