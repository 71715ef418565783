# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``wg_validate``, whole: it runs where Ansible runs, which knows where a value was written."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._module.declarations import validated
from ..plugin_utils._dates import with_dates_read
from ..plugin_utils._origin import origin_in
from ..plugin_utils._showing import show_lines

SPEC = {
    "servers": {"type": "list", "elements": "raw", "required": True},
    "only": {"type": "list", "elements": "str"},
}


class ActionModule(ActionBase):
    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        self._task.args = {x: with_dates_read(y) for x, y in self._task.args.items()}
        _result, options = self.validate_argument_spec(argument_spec=SPEC)
        # The options as they were written: what is checked is a copy, of which nobody knows where it stood.
        written = self._task.args["servers"]

        def place(where: tuple[int, ...]) -> tuple[str, int] | None:
            found = origin_in(written, where) if isinstance(written, list) else None
            return (os.path.relpath(found[0]), found[1]) if found else None

        result = validated(options["servers"], options["only"], place)
        for warning in result.pop("warnings"):
            self._display.warning(warning)
        show_lines(result)
        return result
