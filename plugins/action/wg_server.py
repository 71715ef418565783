# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of all modules of the collection (meta/runtime.yml): the usual one, but for two things.

Ansible shows nothing of a module before it has ended, and a run that waits for the rate limit looks
like one that hangs. This can look into the module's waits where the module runs on this machine.

An API key in the environment of a task goes to the module with its options: Ansible writes such an
environment on a command line, which it shows at -vvv, and which the machine's other users may see.

It bears the name of one of the modules since Ansible's own checks want every action to have a module
of its name; meta/runtime.yml leads the others here.
"""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction

from ..module_utils._pacing.progress import VARIABLE
from ..plugin_utils._showing import watched

_KEY = "PREMIERVPN_API_KEY"


class ActionModule(NormalAction):
    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        self._take_key()
        if not self._can_watch():
            return super().run(tmp, task_vars)
        host = (task_vars or {}).get("inventory_hostname", "localhost")
        with watched(f"{host}: {self._task.action.rpartition('.')[2]}") as path:
            if path:
                self._task.environment = [*(self._task.environment or []), {VARIABLE: path}]
            return super().run(tmp, task_vars)

    def _take_key(self) -> None:
        # By now Ansible has templated the environments of all levels into one dictionary in a list.
        kept = [dict(environment) for environment in self._task.environment or []]
        keys = [environment.pop(_KEY) for environment in kept if _KEY in environment]
        # Also for what Ansible itself runs for this task, as to wait for one in the background.
        self._task.environment = kept
        # As everywhere, what the environment says counts where the option is not given, and a blank value
        # is none, as CI systems set them.
        if keys and str(keys[-1]).strip() and self._task.args.get("api_key") is None:
            self._task.args["api_key"] = keys[-1]

    def _can_watch(self) -> bool:
        """Whether the module will run on this machine, while we wait for it, and it is wanted."""
        if self._task.async_val or self._connection.transport != "local":
            return False
        wanted = self._task.args.get("show_waits")
        if wanted is None:
            wanted = os.environ.get("PREMIERVPN_SHOW_WAITS") or True
        return bool(boolean(wanted, strict=False))
