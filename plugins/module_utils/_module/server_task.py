# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One run of a module that changes a server: planned, applied, and reported with all that was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Any

from .._api.finding import server_and_users, user_among
from .._api.reading import check_config
from .._applying.converge import converge
from .._applying.loading import current_of, load_current
from .._applying.outcome import Outcome
from .._applying.refreshing import Refresh, load_changed
from .._errors import RefusedConfigError, UnknownUserError, WireguardError
from .._files.conf_files import ConfFiles
from .._files.writing import diff_of
from .._model import Secrets, Server, User
from .._planning.approval import ServerPlan, approved_step
from .._planning.current import Current
from .._planning.desired import Desired, DesiredForward, DesiredUser
from .._planning.drift import Difference, differences
from .._planning.replacing import has_revoked_key
from .configs import Configs
from .task import Task, run


class ServerTask(Task):
    """A task with a declaration, and with files of configurations where its options name some."""

    _label = ""

    def begin(self) -> None:
        super().begin()
        path, folder = (self.params.get(name) for name in ("config_path", "config_dir"))
        self.files = ConfFiles(self.file_options, self.count_file, path=path, folder=folder)
        self._outcome: Outcome | None = None
        self._failed: list[WireguardError] = []
        self._configs = Configs(self.portal)
        self._refused: list[RefusedConfigError] = []
        self._refresh: Refresh | None = None

    def for_server(self, params: dict[str, Any], label: str = "") -> ServerTask:
        """A task of its own for one of several servers: by the same portal, with a result of its own.

        ``label`` names the server in its warnings.
        """
        one = copy(self)
        one.params = params
        one._label = label
        one.begin()
        return one

    def count_server(self, one: ServerTask) -> None:
        """Count in what a task for one of several servers did."""
        self._result["changed"] = self.changed or one.changed
        self._diffs += one._diffs

    def converge_users(
        self, server: Server, desired: Desired, users: Sequence[User]
    ) -> list[dict[str, Any]]:
        """Converge a server that has these users now; the declared ones as ``wg_server`` returns them."""
        return self.converge_seen(server, desired, self.look(server, desired, users))

    def look(self, server: Server, desired: Desired, users: Sequence[User]) -> Current:
        """What the planner has to see of a server that has these users."""
        self.portal.allow_hooks = bool(self.params.get("allow_hooks"))
        # What somebody is to approve, or has approved, is compared with what is there now.
        whole = self.module.check_mode or desired.approved is not None
        if whole or self.params.get("refresh") != "changed":
            return load_current(self.portal, server.id, desired, users)
        seen, self._refresh = load_changed(self.portal, server.id, desired, users, self.taken)
        return seen

    def foresee(self, server: Server, desired: Desired, seen: Current) -> Outcome:
        """What would be done, as a check run says it. Nothing is counted, nothing is changed."""
        return converge(self.portal, server, desired, seen, self.taken, check_mode=True)

    def converge_seen(
        self, server: Server, desired: Desired, seen: Current
    ) -> list[dict[str, Any]]:
        """Converge a server that was looked at; the declared users as ``wg_server`` returns them."""
        outcome = self.converge(server, desired, seen)
        present = [user.client_name for user in desired.users if user.present]
        returned = self.params["return_configs"]
        secrets = self.secrets(outcome, present, returned=returned)
        return [outcome.user_result(x, secrets[x] if returned else None) for x in present]

    def plan(self, server: Server) -> ServerPlan:
        """The plan, as a file of ``plan_path`` holds it."""
        if not self._outcome:
            return ServerPlan(server, ())
        steps, before = self._outcome.step_log.steps(), self._outcome.before
        statuses = [one["status"] for one in self._outcome.step_log.result()]
        return ServerPlan(server, [approved_step(one, before) for one in steps], statuses)

    def differences(self) -> list[Difference]:
        """What differed on the server, or does still."""
        if not self._outcome:
            return []
        return differences(self._outcome.step_log.result(), self._outcome.before.forwards)

    def check_files(self, desired: Desired) -> None:
        """Raise what would keep the files of these users from being as they should be."""
        self.files.check(
            [user.client_name for user in desired.users if user.present],
            [user.client_name for user in desired.users if not user.present],
        )

    def converge(self, server: Server, desired: Desired, seen: Current) -> Outcome:
        """Bring the server to what is declared, or fail with all that was done until then."""
        check_mode = self.module.check_mode
        wanted = {user.client_name for user in desired.users if user.present}
        self.files.check_new(
            user.client_name
            for user in desired.users
            if user.present and (user.client_name not in seen.users or has_revoked_key(user, seen))
        )
        outcome = self._outcome = converge(
            *(self.portal, server, desired, seen, self.taken),
            check_mode=check_mode,
            refresh=self._refresh,
            before=lambda after: self._read_configs(after, wanted),
        )
        for warning in outcome.warnings:
            self.module.warn(f"{self._label}: {warning}" if self._label else warning)
        self.count(outcome.step_log.changed, _diff(outcome))
        if self._refused:
            raise _together(self._refused)
        # A user's file goes with the user, though a later step may have failed.
        gone = {user.client_name for user in desired.users} - wanted | outcome.deleted()
        self._failed += self.files.remove(sorted(gone - set(outcome.after.users)))
        if outcome.error:
            self._failed += self._kept(outcome, wanted)
            raise _together([outcome.error, *self._failed]) if self._failed else outcome.error
        return outcome

    @property
    def _configs_wanted(self) -> bool:
        """Whether the task writes, returns or hands out configurations."""
        options = ("return_config", "return_configs", "export_dir")
        return bool(self.files) or any(self.params.get(name) for name in options)

    def _read_configs(self, after: Current, wanted: set[str]) -> None:
        """Read those of users who stay before anything is changed, and refuse then what is to be refused."""
        if not self._configs_wanted:
            return
        there = [after.users[name] for name in sorted(wanted & set(after.users))]
        self._refused = self._configs.read(user for user in there if user.id is not None)
        # A check run, which changes nothing, first says what it would do.
        if self._refused and not self.module.check_mode:
            raise _together(self._refused)

    def secrets_read(self) -> dict[int | None, Secrets]:
        """What was read before the first change of users who are still the same, by their ids."""
        return self._configs.known(self._outcome.created()) if self._outcome else {}

    def _kept(self, outcome: Outcome, names: set[str]) -> list[WireguardError]:
        """The files of users who have new keys are written, whatever failed after that."""
        configs = {
            name: secrets.config
            for name, secrets in outcome.secrets.items()
            if name in names
            and name in outcome.after.users
            and secrets.config
            and self._usable(outcome, name, secrets)
        }
        return [*self.files.write(configs)]

    def taken_warnings(self) -> list[str]:
        # Where it came to that, it gave back what was missing, and said so.
        return [] if self._outcome else super().taken_warnings()

    def find_user(
        self, server: Any, wanted: Any, *, needed: bool = True
    ) -> tuple[Server, str | None, Current]:
        """The server, the user's name on it, and the users seen there.

        Check mode takes a user who is missing for one that an earlier task would have created. One that
        is not ``needed`` has no name; a warning says that it is not there.
        """
        found, users = server_and_users(self.portal, server)
        try:
            user = user_among(users, wanted, found)
            named = Desired((DesiredUser(user.client_name),))
            return found, user.client_name, current_of(users, named)
        except UnknownUserError as exc:
            seen = current_of(users, Desired(()))
            if needed and self.promised(found, [str(wanted)]):
                return found, str(wanted), seen
            if not needed:
                self.module.warn(f"{exc}; there is nothing to remove")
                return found, None, seen
            if not self.module.check_mode:
                raise
            self.module.warn(f"{exc}; taken for one that an earlier task would create")
            name = self.user_label(wanted)
            return found, name, seen.with_user(User(None, name))

    def promised(self, server: Server, names: Iterable[str]) -> set[str]:
        """Of these users, those whom a task that was cut off deleted to make them again."""
        return self.taken.promised(server.id, set(names))

    def secrets(self, outcome: Outcome, names: list[str], *, returned: bool) -> dict[str, Secrets]:
        """Configuration and keys of users, where they are ``returned`` or kept in files.

        As just created, or as read (E5); empty in check mode for a user yet to be created. Writes
        the files. What fails for one user does not keep the others' files from being written.
        """
        found: dict[str, Secrets] = {}
        if self.files or returned:
            made = {name: secrets for name, secrets in outcome.secrets.items() if secrets.config}
            found = {name: made[name] for name in made if self._usable(outcome, name, made[name])}
            users = [outcome.after.users[name] for name in names if name not in made]
            for name, one in self._configs.of_each(users, outcome.created()).items():
                if isinstance(one, Secrets):
                    found[name] = one
                elif one:
                    self._failed.append(one)
        configs = {name: found[name].config for name in names if name in found}
        self._failed += self.files.write(configs)
        if self._failed:
            raise _together(self._failed)
        return found

    def _usable(self, outcome: Outcome, name: str, secrets: Secrets) -> bool:
        """Whether a configuration that came with a new user may be passed on; else that is reported at the end."""
        try:
            check_config(self.portal, outcome.after.users[name], secrets, "POST")
        except WireguardError as exc:
            self._failed.append(exc)
            return False
        return True

    @property
    def not_refreshed(self) -> int:
        """How many users were taken as they were seen before."""
        return len(self._refresh.remembered) if self._refresh else 0

    def extra_result(self) -> dict[str, Any]:
        more = {"not_refreshed": self.not_refreshed} if "refresh" in self.params else {}
        if not self._outcome:
            return more
        summary = {**self._outcome.step_log.summary(), "configs_written": self.files_written}
        return {"plan": self._outcome.step_log.result(), "summary": summary, **more}


def run_server_task(
    argument_spec: dict[str, Any], work: Callable[[ServerTask], dict[str, Any]], **kwargs: Any
) -> None:
    """Run a module that changes a server; see ``run``."""
    run(argument_spec, work, ServerTask, **kwargs)


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


def _together(errors: Sequence[WireguardError]) -> WireguardError:
    """One error about all of them, its details those of the first."""
    first, *more = errors
    if not more:
        return first
    messages = dict.fromkeys(str(error) for error in errors)
    return WireguardError("; ".join(messages), **first.result())


def _diff(outcome: Outcome) -> dict[str, Any]:
    """A line for each fact, before and after, and which server they are about."""
    sides = outcome.diff()
    return diff_of(f"server {outcome.server.label()}", sides["before"], sides["after"])
