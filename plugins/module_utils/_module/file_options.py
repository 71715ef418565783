# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""How a task wants its files: owner, mode and the like, by Ansible's own helpers and option names."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from typing import Any

from .._files.access import why_not_givable
from .ansible_module import HelperError, Module

MODE = "0600"

# For modules without the file options of their own.
_NONE_GIVEN: dict[str, Any] = dict.fromkeys(
    ("mode", "owner", "group", "seuser", "serole", "setype", "selevel", "attributes")
)


class ModuleFileOptions:
    """The ``FileOptions`` of ``_files`` that a module's parameters give. Raises ``HelperError``."""

    def __init__(self, module: Module, mode: str = MODE) -> None:
        """``mode`` is the one of a file for which the task gives none."""
        self._module = module
        self._mode = mode

    @property
    def check_mode(self) -> bool:
        return self._module.check_mode

    @property
    def backup(self) -> bool:
        return bool(self._module.params.get("backup"))

    @property
    def in_place(self) -> bool:
        return bool(self._module.params.get("unsafe_writes"))

    @property
    def owners(self) -> frozenset[int]:
        owner = self._module.params.get("owner")
        if owner is None:
            return frozenset()
        try:
            return frozenset({int(owner)})
        except ValueError:
            pass
        try:
            return frozenset({pwd.getpwnam(str(owner)).pw_uid})
        except KeyError:
            return frozenset()  # `check` reports it

    def check(self, path: str) -> None:
        """Raise a ``HelperError`` where the system does not know owner, group or mode, or we may not set them."""
        mode = self._module.params.get("mode")
        with suppress(TypeError, ValueError):  # none, or a symbolic one
            if not 0 <= (mode if isinstance(mode, int) else int(mode, 8)) <= 0o7777:
                raise HelperError(
                    f"mode {mode} is not the mode of a file: give 0000 to 7777, in quotes"
                )
        while not os.path.exists(path):
            path = os.path.dirname(path)
        with self._module.trying():
            self.apply(path)
        why = why_not_givable(*(self._module.params.get(name) for name in ("owner", "group")))
        if why:
            raise HelperError(why)

    def apply(self, path: str) -> dict[str, Any]:
        """What was different, in the words of Ansible's diff."""
        wanted = {**_NONE_GIVEN, **self._module.params}
        target = os.fsencode(path)
        arguments = {**self._module.load_file_common_arguments(wanted, path=target), "path": target}
        if arguments["mode"] is None:
            arguments["mode"] = self._mode
        diff: dict[str, Any] = {}
        with self._module.raising():
            changed = self._module.set_fs_attributes_if_different(
                arguments, False, diff=diff, expand=False
            )
        return diff or {"after": {}} if changed else {}

    def keep_context(self, model: str, path: str) -> None:
        if self._module.selinux_enabled():
            with self._module.raising():
                context = self._module.selinux_context(os.fsencode(model))
                self._module.set_context_if_different(os.fsencode(path), context, False)
