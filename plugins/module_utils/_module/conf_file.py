# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A .conf file, or another that is nobody else's to read, on the host where a module runs.

It may hold a private key: it is created 0600, replaced atomically, and no diff shows its content. Whatever
goes wrong is a ``ConfFileError``, foreseen before any request where it can be known.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from .._errors import ConfFileError
from .._text import show
from . import hindrances
from .ansible_module import HelperError, Module

MODE = "0600"

# What diffs show in place of a content.
CURRENT = "(the configuration that the portal holds)"
OTHER = "(another configuration)"
REMOVED = "(a configuration)"


@dataclass
class FileChange:
    """What was, or would be, done to one file or folder. The diff tells no content."""

    path: str
    changed: bool
    diff: dict[str, Any]
    backup_file: str | None = None
    is_file: bool = True


class ConfFile:
    """The file at ``path``. A link is followed to write (it stays), and is itself what is removed."""

    current, other = CURRENT, OTHER

    def __init__(self, module: Module, path: str, *, backup: bool = False) -> None:
        self._module = module
        self._backup = backup
        self.path = path
        self._link = hindrances.as_path(path)
        self._target = os.path.realpath(self._link)

    @property
    def there(self) -> bool:
        """Whether anything is at ``path``, be it a link to nowhere."""
        return os.path.lexists(self._link)

    def check(self, *, folder_to_come: bool = False) -> None:
        """Raise now what would keep the file from being written, and what no attribute can be."""
        with self._telling("written"):
            self._try_attributes()
            self._refuse(None if folder_to_come else hindrances.of_writing(self._target))

    def check_replaceable(self) -> None:
        """Raise now what would keep the file from getting another content."""
        in_place = bool(self._module.params.get("unsafe_writes"))
        with self._telling("written"):
            self._refuse(hindrances.of_replacing(self._target, in_place=in_place))

    def check_removable(self) -> None:
        """Raise now what would keep the file from being removed."""
        with self._telling("removed"):
            self._refuse(hindrances.of_removing(self._link))

    def write(self, config: str | bytes | None) -> FileChange:
        """Make the file hold ``config``; None (check mode) is a configuration yet to be made."""
        # The module's own files, its backup and its temporary one are nobody else's to read.
        os.umask(0o077)
        with self._telling("written"):
            existed = os.path.exists(self._target)
            content = config.encode() if isinstance(config, str) else config
            differs = content is None or not existed or self._content() != content
            if differs:
                self.check_replaceable()
            # The mode first: a file that others could read must not hold the new key for a moment.
            attributes = self._set_attributes() if existed else {}
            backup_file = None
            if differs and content is not None and not self._module.check_mode:
                backup_file = self._copy() if existed else None
                self._replace(content)
                self._set_attributes()
        before = (self.other if differs else self.current) if existed else ""
        diff = self._diff(before, self.current, attributes)
        return FileChange(self.path, differs or bool(attributes), diff, backup_file)

    def remove(self) -> FileChange:
        """Make sure that there is no such file."""
        backup_file = None
        there = self.there
        if there and not self._module.check_mode:
            os.umask(0o077)
            with self._telling("removed"):
                backup_file = self._copy() if os.path.isfile(self._link) else None
                os.unlink(self._link)
        diff = self._diff(REMOVED if there else "", "", {})
        return FileChange(self.path, there, diff, backup_file)

    def _content(self) -> bytes:
        with open(self._target, "rb") as file:
            return file.read()

    def _copy(self) -> str | None:
        """Keep a copy where one is wanted, named as Ansible's own modules do it."""
        if not self._backup:
            return None
        moment = time.strftime("%Y-%m-%d@%H:%M:%S~", time.localtime())
        path = f"{self._link}.{os.getpid()}.{moment}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._content())
        _give_to_owner_of(self._target, path)
        return os.fsencode(path).decode(errors="replace")

    def _replace(self, content: bytes) -> None:
        temporary = ""
        folder = os.path.dirname(self._target)
        try:
            handle, temporary = tempfile.mkstemp(prefix=".wireguard-", suffix=".tmp", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            if os.path.exists(self._target):
                _give_to_owner_of(self._target, temporary)
                self._keep_context(temporary)
            os.rename(temporary, self._target)
        except OSError as exc:
            if exc.errno != errno.EBUSY or not self._module.params.get("unsafe_writes"):
                raise
            with open(self._target, "wb") as file:
                file.write(content)
        finally:
            if temporary and os.path.exists(temporary):
                os.unlink(temporary)

    def _keep_context(self, temporary: str) -> None:
        if self._module.selinux_enabled():
            with self._module.raising():
                context = self._module.selinux_context(os.fsencode(self._target))
                self._module.set_context_if_different(os.fsencode(temporary), context, False)

    def _try_attributes(self) -> None:
        """Owner, group, mode and the like, on what is there: does the system know them, and may we?"""
        mode = self._module.params.get("mode")
        with suppress(TypeError, ValueError):  # none, or a symbolic one
            if not 0 <= (mode if isinstance(mode, int) else int(mode, 8)) <= 0o7777:
                raise HelperError(f"mode {mode} is none: 0000 to 7777, in quotes")
        probe = self._target
        while not os.path.exists(probe):
            probe = os.path.dirname(probe)
        with self._module.trying():
            self._set_attributes(probe)
        given = (self._module.params.get(name) for name in ("owner", "group"))
        self._refuse(hindrances.of_giving(*given))

    def _set_attributes(self, target: str = "") -> dict[str, Any]:
        """Mode, owner and the like; what of them was different, in the words of Ansible's diff."""
        wanted = {**_NO_ATTRIBUTES, **self._module.params}
        path = os.fsencode(target or self._target)
        arguments = {**self._module.load_file_common_arguments(wanted, path=path), "path": path}
        if arguments["mode"] is None:
            arguments["mode"] = MODE
        diff: dict[str, Any] = {}
        with self._module.raising():
            changed = self._module.set_fs_attributes_if_different(
                arguments, False, diff=diff, expand=False
            )
        return diff or {"after": {}} if changed else {}

    def _diff(self, before: str, after: str, attributes: dict[str, Any]) -> dict[str, Any]:
        def text(content: str, side: str) -> str:
            values = [f"{k}: {v}" for k, v in sorted(attributes.get(side, {}).items())]
            return "".join(f"{line}\n" for line in [content, *values] if line)

        return {
            "before": text(before, "before"),
            "after": text(after, "after"),
            "before_header": self.path,
            "after_header": self.path,
        }

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        """Whatever fails in here is told as one error, of this file."""
        try:
            yield
        except ConfFileError:
            raise
        except Exception as exc:  # Ansible's helpers raise what they like
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            message = f"{show(self.path)} can't be {what}: {show(why)}"
            raise ConfFileError(message, path=self.path) from exc

    def _refuse(self, why: str | None) -> None:
        if why:
            raise HelperError(why)


class PrivateFile(ConfFile):
    """A file that is made out of what the portal holds: a page, a picture."""

    current, other = "(what the portal holds)", "(something else)"


def _give_to_owner_of(model: str, path: str) -> None:
    """As far as we may; a file of another owner is no reason to fail."""
    info = os.stat(model)
    with suppress(OSError):
        os.chown(path, info.st_uid, info.st_gid)


# For modules without the file options of their own.
_NO_ATTRIBUTES: dict[str, Any] = dict.fromkeys(
    ("mode", "owner", "group", "seuser", "serole", "setype", "selevel", "attributes")
)
