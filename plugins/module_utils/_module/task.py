# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One run of any module, so that a module is its documentation and about thirty lines.

It validates the connection options, knows check and diff mode, and turns typed errors into failures
and outcomes into results.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._api.finding import secrets_of_each, server_and_users, user_among
from .._api.portal import Portal
from .._api.settings import validated_settings
from .._api.transport import REQUESTS_IMPORT_ERROR
from .._applying.observing import current_of
from .._applying.reconcile import Outcome, converge
from .._errors import Cancelled, DeclarationError, UnknownUserError, WireguardError, together
from .._model import Secrets, Server, User
from .._pacing.progress import reporter
from .._planning.current import Current
from .._planning.desired import Desired, DesiredForward, DesiredUser
from .._text import show
from .ansible_module import Module
from .argspec import CONNECTION
from .conf_file import FileChange
from .conf_files import ConfFiles
from .differences import difference
from .signals import Cancellation


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
        path, folder = (module.params.get(name) for name in ("config_path", "config_dir"))
        self.files = ConfFiles(module, self.count_file, path=path, folder=folder)
        self._outcome: Outcome | None = None
        self._failed: list[WireguardError] = []
        self._written = 0
        self._result: dict[str, Any] = {"changed": False}
        self._diffs: list[dict[str, Any]] = []

    def check_files(self, desired: Desired) -> None:
        """Raise what would keep the files of these users from being as they shall be."""
        self.files.check(
            [user.client_name for user in desired.users if user.present],
            [user.client_name for user in desired.users if not user.present],
        )

    def converge(self, server: Server, desired: Desired, seen: Current) -> Outcome:
        """Bring the server to what is declared, or fail with all that was done until then."""
        check_mode = self.module.check_mode
        wanted = {user.client_name for user in desired.users if user.present}
        self.files.check_new(name for name in wanted if name not in seen.users)
        outcome = self._outcome = converge(
            self.portal, server, desired, seen, check_mode=check_mode
        )
        for warning in outcome.warnings:
            self.module.warn(warning)
        self._count(outcome.journal.changed, difference(outcome))
        # A user's file goes with the user, though a later step may have failed.
        gone = {user.client_name for user in desired.users} - wanted | outcome.deleted()
        self._failed += self.files.remove(sorted(gone - set(outcome.state.users)))
        if outcome.error:
            raise outcome.error
        return outcome

    def find_user(
        self, server: Any, wanted: Any, *, needed: bool = True
    ) -> tuple[Server, str | None, Current]:
        """The server, the user's name on it, and the users seen there.

        Check mode takes a user who is missing for one that an earlier task would have created. One that
        is not ``needed`` has no name; a warning tells that it is not there.
        """
        found, users = server_and_users(self.portal, server)
        try:
            user = user_among(users, wanted, found)
            named = Desired((DesiredUser(user.client_name),))
            return found, user.client_name, current_of(users, named)
        except UnknownUserError as exc:
            seen = current_of(users, Desired(()))
            if not needed:
                self.module.warn(f"{exc}; there is nothing to remove")
                return found, None, seen
            if not self.module.check_mode:
                raise
            self.module.warn(f"{exc}; taken for one that an earlier task would create")
            name = self.user_label(wanted)
            return found, name, seen.with_user(User(None, name))

    def user_label(self, wanted: Any) -> str:
        """A user as it was named, for checks and messages."""
        if isinstance(wanted, (str, int)) and not isinstance(wanted, bool) and wanted != "":
            return str(wanted)
        if wanted in (None, "") and self.module.check_mode:
            # The id of a user that an earlier task would create.
            return "not-created-yet"
        raise DeclarationError([f"user must be a client name or an id, not {show(wanted, 60)!r}"])

    def secrets(self, outcome: Outcome, names: list[str], *, returned: bool) -> dict[str, Secrets]:
        """Configuration and keys of users, where they are ``returned`` or kept in files.

        As just created, or read again (E5); empty in check mode for a user yet to be created. Writes
        the files. What fails for one user does not keep the others' files from being written.
        """
        found: dict[str, Secrets] = {}
        if self.files or returned:
            found = {name: secrets for name, secrets in outcome.secrets.items() if secrets.config}
            users = [outcome.state.users[name] for name in names if name not in found]
            read, failed = secrets_of_each(self.portal, users)
            found.update(read)
            self._failed += failed
        configs = {name: found[name].config for name in names if name in found}
        self._failed += self.files.keep(configs)
        if self._failed:
            raise together(self._failed)
        return found

    def count_file(self, change: FileChange) -> bool:
        """Count in what was done to a file or folder; whether anything was."""
        self._count(change.changed, change.diff)
        self._written += change.changed and change.is_file
        if change.backup_file:
            self._result["backup_file"] = change.backup_file
        return change.changed

    def result(self, **values: Any) -> dict[str, Any]:
        """The task's result: ``values``, and what every module returns."""
        if self.portal.pacing_warning:
            self.module.warn(self.portal.pacing_warning)
        told: dict[str, Any] = {}
        if self._outcome:
            summary = {**self._outcome.journal.summary(), "configs_written": self._written}
            told = {"plan": self._outcome.journal.result(), "summary": summary}
        result = {**self._result, **told, **values, "requests": self.portal.requests_sent}
        if self.module._diff and self._diffs:
            result["diff"] = self._diffs if len(self._diffs) > 1 else self._diffs[0]
        return result

    def _count(self, changed: bool, diff: dict[str, Any]) -> None:
        self._result["changed"] = self._result["changed"] or changed
        self._diffs.append(diff)


def run(
    argument_spec: dict[str, Any], work: Callable[[Task], dict[str, Any]], **kwargs: Any
) -> None:
    """Run a module: ``work`` returns its result, or raises a ``WireguardError``."""
    module = Module({**CONNECTION, **argument_spec}, supports_check_mode=True, **kwargs)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    task = None
    cancellation = Cancellation()
    try:
        task = Task(module, cancellation)
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


def desired_forward(params: dict[str, Any]) -> DesiredForward:
    """A port forward as declared by the options of ``_options.FORWARD``."""
    return DesiredForward(
        external_port=params["external_port"],
        internal_port=params["internal_port"],
        protocol=params["protocol"],
        # As a portal that trims would hold it.
        comment=None if params["comment"] is None else params["comment"].strip(),
        present=params["state"] == "present",
    )
