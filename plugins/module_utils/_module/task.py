# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One run of any module, so that a module is its documentation and about thirty lines.

It validates the connection options, knows check and diff mode, and turns typed errors into failures.
What only reads loads nothing more; what changes a server has more to it: `server_task`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import missing_required_lib

from .._api.portal import Portal
from .._api.settings import validated_settings
from .._api.transport import REQUESTS_IMPORT_ERROR
from .._applying.journal import Journal
from .._errors import Cancelled, DeclarationError, WireguardError
from .._files.state_folder import StateFolder
from .._files.writing import FileChange, merged
from .._pacing.identity import lasting_name
from .._pacing.progress import reporter
from .._text import show
from .ansible_module import Module
from .argspec import CONNECTION
from .signals import Cancellation

if TYPE_CHECKING:
    from .file_options import ModuleFileOptions


class Task:
    """One run of a module: its parameters, the portal, and the result that is building up."""

    def __init__(self, module: Module, cancellation: Cancellation) -> None:
        self.module = module
        self.params: dict[str, Any] = module.params
        settings = validated_settings(module.params)
        # Ansible knows the key as it was given, perhaps with white space around it.
        module.no_log_values.add(settings.api_key)
        if not settings.validate_certs:
            # The user asked for it by option; a warning on each request would only bury the rest.
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")
        self.portal = Portal(settings, reporter(), cancellation)
        self.portal.allow_hooks = bool(module.params.get("allow_hooks"))
        self.cancellation = cancellation
        # Where it is written down what replacements take away; nothing is read or made by this line.
        self.taken = Journal(
            StateFolder(), lambda: lasting_name(settings.api_url, settings.api_key)
        )
        self.begin()

    def begin(self) -> None:
        """Nothing was done yet."""
        self.files_written = 0
        self._result: dict[str, Any] = {"changed": False}
        self._diffs: list[dict[str, Any]] = []

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or would be."""
        return bool(self._result["changed"])

    @property
    def file_options(self) -> ModuleFileOptions:
        """How the task wants its files. What writes none does not load it."""
        from .file_options import ModuleFileOptions

        return ModuleFileOptions(self.module)

    def user_label(self, wanted: Any) -> str:
        """A user as it was named, for checks and messages; a ``DeclarationError`` where it is neither name nor id."""
        if isinstance(wanted, (str, int)) and not isinstance(wanted, bool) and wanted != "":
            return str(wanted)
        if wanted in (None, "") and self.module.check_mode:
            # The id of a user that an earlier task would create.
            return "not-created-yet"
        raise DeclarationError([f"user must be a client name or an id, not {show(wanted, 60)!r}"])

    def count_file(self, change: FileChange) -> bool:
        """Count in what was done to a file or folder; whether anything was."""
        if change.changed:
            self.count(True, change.diff)
        self.files_written += change.changed and change.is_file
        if change.backup_file:
            self._result["backup_file"] = change.backup_file
        return change.changed

    def result(self, **values: Any) -> dict[str, Any]:
        """The task's result: ``values``, and what every module returns."""
        if self.portal.pacing_warning:
            self.module.warn(self.portal.pacing_warning)
        for warning in self.taken_warnings():
            self.module.warn(warning)
        result = {
            **self._result,
            **self.extra_result(),
            **values,
            "requests": self.portal.requests_sent,
        }
        if self.module._diff and self._diffs:
            diffs = merged(self._diffs)
            result["diff"] = diffs if len(diffs) > 1 else diffs[0]
        return result

    def taken_warnings(self) -> list[str]:
        """What is to be said of tasks that were cut off, by one that gives nothing back."""
        return self.taken.warnings()

    def extra_result(self) -> dict[str, Any]:
        """What this kind of task returns besides, in failures too."""
        return {}

    def count(self, changed: bool, diff: dict[str, Any]) -> None:
        """Count in whether something was changed, or would be, and how it looks."""
        self._result["changed"] = self._result["changed"] or changed
        self._diffs.append(diff)


def run(
    argument_spec: dict[str, Any],
    work: Callable[[Any], dict[str, Any]],
    task_type: type[Task] = Task,
    **kwargs: Any,
) -> None:
    """Run a module: ``work`` is given the task, and returns its result or raises a ``WireguardError``."""
    module = Module({**CONNECTION, **argument_spec}, supports_check_mode=True, **kwargs)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    task = None
    cancellation = Cancellation()
    try:
        task = task_type(module, cancellation)
        result = work(task)
        cancellation.ignore()
    except WireguardError as exc:
        cancellation.ignore()
        details = exc.result()
        module.fail_json(str(exc), **(task.result(**details) if task else details))
    except Cancelled as exc:
        message = f"cancelled by {exc}; nothing was under way that had to be put back"
        module.fail_json(message, **(task.result() if task else {}))
    module.exit_json(**result)
