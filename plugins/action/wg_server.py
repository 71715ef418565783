# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of all modules of the collection (meta/runtime.yml): the usual one, but for four things.

A connection option that a task does not give comes from the variable ``premiervpn_OPTION``, as the inventory
and the lookup have it; the module itself then asks the environment.

Ansible shows nothing of a module before it has ended, and a run that waits for the rate limit looks
like one that hangs. This can look into the module's waits where the module runs on this machine.

What a module did stands in its lines, which are shown as text when it ends.

An API key in the environment of a task goes to the module with its options: Ansible writes such an
environment on a command line, which it shows at -vvv, and which the machine's other users may see.

It bears the name of one of the modules since Ansible's own checks want every action to have a module
of its name; meta/runtime.yml leads the others here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction

from ..module_utils._api.settings import OPTIONS
from ..module_utils._errors import OptionError
from ..module_utils._pacing.progress import VARIABLE as PROGRESS
from ..module_utils._planning.approval import is_plan
from ..plugin_utils._connection import (
    ENVIRONMENT,
    OPTION,
    given_options,
    is_blank,
    key_origin,
    refuse_foreign_url,
)
from ..plugin_utils._dates import with_dates_read
from ..plugin_utils._facts import refuse_facts
from ..plugin_utils._showing import show_lines, watched

_KEY = "PREMIERVPN_API_KEY"

RETURNING = ("return_config", "return_configs", "include_config")
"""Options by which a module returns keys."""


class ActionModule(NormalAction):
    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        variables = task_vars or {}
        self._task.args = {name: with_dates_read(x) for name, x in self._task.args.items()}
        try:
            refuse_facts(variables)
            self._take_options(variables)
            self._refuse_async()
        except OptionError as exc:
            return {"failed": True, "msg": str(exc), **exc.result()}
        self._take_folders()
        result = _with_origin(self._run_watched(tmp, variables), self._key_origin)
        if not self._task.no_log:
            show_lines(result)
        return result

    def _refuse_async(self) -> None:
        """What a task in the background returns, Ansible leaves in a file that everybody may read."""
        servers = self._task.args.get("servers")
        given = [self._task.args, *(servers if isinstance(servers, list) else [])]
        asked = {
            name
            for options in given
            if isinstance(options, Mapping)
            for name in RETURNING
            if boolean(options.get(name) or False, strict=False)
        }
        if self._task.async_val and asked:
            raise OptionError(
                f"{', '.join(sorted(asked))} and async don't go together: Ansible leaves what a task in the"
                " background returns, keys too, in a file that every user of the machine may read; write"
                " the configuration to a file instead (config_path, config_dir), or leave out async"
            )

    def _run_watched(self, tmp: str | None, variables: dict[str, Any]) -> dict[str, Any]:
        if not self._can_watch():
            return dict(super().run(tmp, variables))
        host = variables.get("inventory_hostname", "localhost")
        with watched(f"{host}: {self._task.action.rpartition('.')[2]}") as path:
            if path:
                self._task.environment = [*(self._task.environment or []), {PROGRESS: path}]
            return dict(super().run(tmp, variables))

    def _take_folders(self) -> None:
        """Paths count from where Ansible was started, not from where a playbook of this collection lies."""
        if not self._is_local():
            return
        args = self._task.args
        if isinstance(args.get("servers"), list):
            args["servers"] = [
                {**one, "config_dir": _absolute(one["config_dir"])}
                if isinstance(one, dict) and one.get("config_dir")
                else one
                for one in args["servers"]
            ]
        if args.get("plan_path"):
            paths = args["plan_path"]
            paths = paths.split(",") if isinstance(paths, str) else paths
            args["plan_path"] = [_absolute(str(path).strip()) for path in paths]
        expected = args.get("plan_expected")
        if isinstance(expected, str) and not is_plan(expected):
            args["plan_expected"] = _absolute(expected.strip())

    def _take_options(self, variables: Mapping[str, Any]) -> None:
        """Give the module what the task's options, variables and environment say, without blank ones.

        Nothing is taken where that is refused: Ansible may run the same task again (``until``).
        """
        # By now Ansible has rendered the options: what a template gave is no template.
        args = self._task.args
        own = {name: args[name] for name in OPTIONS if not is_blank(args.get(name))}
        wanted = {f"premiervpn_{name}" for name in OPTIONS if name not in own} | {"omit"}
        chosen = {name: variables[name] for name in wanted & variables.keys()}
        values, sources = given_options({}, chosen, self._templar.template)
        # By now Ansible has templated the environments of all levels into one dictionary in a list.
        environments = [dict(environment) for environment in self._task.environment or []]
        keys = [environment.pop(_KEY) for environment in environments if _KEY in environment]
        sources.update(dict.fromkeys(own, OPTION))
        values.update(own)
        if "api_key" not in values:
            if keys and not is_blank(keys[-1]):
                values["api_key"] = str(keys[-1])
            # What the environment of another machine holds, nobody knows here.
            if "api_key" in values or not self._is_local() or os.environ.get(_KEY, "").strip():
                sources["api_key"] = ENVIRONMENT
        refuse_foreign_url(sources)
        self._key_origin = key_origin(sources)
        # Also for what Ansible itself runs for this task, as to wait for one in the background.
        self._task.environment = environments
        others = {name: value for name, value in args.items() if name not in OPTIONS}
        self._task.args = {**others, **values}

    def _is_local(self) -> bool:
        return bool(self._connection.transport == "local")

    def _can_watch(self) -> bool:
        """Whether the module will run on this machine, while we wait for it, and it is wanted."""
        if self._task.async_val or not self._is_local():
            return False
        wanted = self._task.args.get("show_waits")
        if wanted is None:
            wanted = os.environ.get("PREMIERVPN_SHOW_WAITS") or True
        return bool(boolean(wanted, strict=False))


def _absolute(path: object) -> str:
    return os.path.abspath(os.path.expanduser(str(path)))


def _with_origin(result: dict[str, Any], origin: str) -> dict[str, Any]:
    """A result that says, where the portal refused the key, which place gave it."""
    error = result.get("error")
    if result.get("failed") and isinstance(error, Mapping) and error.get("status") == 401:
        # Without the module's own traceback, out of which Ansible makes the line that it shows.
        shown = {name: value for name, value in result.items() if name != "exception"}
        return {**shown, "msg": f"{result.get('msg')}; it came from {origin}"}
    return result
