# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of all modules, and ``validate_only``: that runs no module.

A declaration is checked where Ansible runs, which knows the file and line that each value was written in.
"""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._api.settings import OPTIONS as CONNECTION
from ..plugin_utils._dates import with_dates_read
from ..plugin_utils._origin import origin_in
from ..plugin_utils._showing import show_lines
from .wg_server import ActionModule as PortalAction


class ActionModule(PortalAction):
    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        # What is neither true nor false, the module refuses.
        if boolean(self._task.args.get("validate_only") or False, strict=False):
            return self._validated()
        return super().run(tmp, task_vars)

    def _validated(self) -> dict[str, Any]:
        # To load these takes a fifth of a second, which no other task has to wait for.
        from ..module_utils._module.declarations import validated
        from ..module_utils._module.servers import OPTIONS, with_refresh

        # How the portal would be reached does not count where nobody asks it.
        spec = {**{name: {"type": "raw", "no_log": True} for name in CONNECTION}, **OPTIONS}
        self._task.args = {x: with_dates_read(y) for x, y in self._task.args.items()}
        _result, options = self.validate_argument_spec(argument_spec=spec)
        # The options as they were written: what is checked is a copy, of which nobody knows where it stood.
        written = self._task.args["servers"]

        def place(where: tuple[int, ...]) -> tuple[str, int] | None:
            found = origin_in(written, where) if isinstance(written, list) else None
            return (os.path.relpath(found[0]), found[1]) if found else None

        result = validated(with_refresh(options), options["only"], place)
        for warning in result.pop("warnings"):
            self._display.warning(warning)
        show_lines(result)
        return result
