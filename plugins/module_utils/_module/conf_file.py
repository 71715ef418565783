# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A .conf file, or another that is nobody else's to read, on the host where a module runs.

It may hold a private key: it is created 0600, replaced atomically, and no diff shows its content.
"""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._errors import ConfFileError
from .._text import show

MODE = "0600"

# What diffs show in place of a content.
CURRENT = "(the configuration that the portal holds)"
OTHER = "(another configuration)"
REMOVED = "(a configuration)"


@dataclass
class FileChange:
    """What was, or would be, done to one file. The diff tells no content."""

    path: str
    changed: bool
    diff: dict[str, Any]
    backup_file: str | None = None


class ConfFile:
    """The file at ``path``. A symbolic link is followed: it stays, its target is written."""

    current, other = CURRENT, OTHER

    def __init__(self, module: AnsibleModule, path: str, *, backup: bool = False) -> None:
        self._module = module
        self._backup = backup
        self.path = path
        self._target = os.path.realpath(os.path.expanduser(path))

    def check(self) -> None:
        """Raise now what would fail later: called before anything is changed on the portal."""
        folder = os.path.dirname(self._target)
        if os.path.isdir(self._target):
            self._refuse("it is a directory")
        if os.path.lexists(self._target) and not os.path.isfile(self._target):
            self._refuse("it is not a regular file")
        if not os.path.isdir(folder):
            self._refuse(f"the directory {show(folder)} does not exist")
        if not os.access(folder, os.W_OK | os.X_OK):
            self._refuse(f"the directory {show(folder)} is not writable")
        if os.path.exists(self._target) and not os.access(self._target, os.R_OK):
            self._refuse("it exists and is not readable")

    def write(self, config: str | bytes | None) -> FileChange:
        """Make the file hold ``config``; None (check mode) is a configuration yet to be made."""
        # The module's own files, its backup and its temporary one are nobody else's to read.
        os.umask(0o077)
        existed = os.path.exists(self._target)
        content = config.encode() if isinstance(config, str) else config
        differs = content is None or not existed or self._content() != content
        # The mode first: a file that others could read must not hold the new key for a moment.
        attributes = self._set_attributes() if existed else {}
        backup_file = None
        if differs and content is not None and not self._module.check_mode:
            if existed and self._backup:
                backup_file = self._module.backup_local(self._target)
            self._replace(content)
            self._set_attributes()
        before = (self.other if differs else self.current) if existed else ""
        diff = self._diff(before, self.current, attributes)
        return FileChange(self.path, differs or bool(attributes), diff, backup_file)

    def remove(self) -> FileChange:
        """Make sure that there is no such file."""
        existed = os.path.lexists(self._target)
        backup_file = None
        if existed and not self._module.check_mode:
            if self._backup:
                os.umask(0o077)
                backup_file = self._module.backup_local(self._target)
            try:
                os.unlink(self._target)
            except OSError as exc:
                self._refuse(str(exc.strerror), "removed")
        diff = self._diff(REMOVED if existed else "", "", {})
        return FileChange(self.path, existed, diff, backup_file)

    def _content(self) -> bytes:
        with open(self._target, "rb") as file:
            return file.read()

    def _replace(self, content: bytes) -> None:
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(
                prefix=".wireguard-", suffix=".tmp", dir=os.path.dirname(self._target)
            )
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            self._module.atomic_move(
                temporary, self._target, unsafe_writes=self._module.params.get("unsafe_writes")
            )
        except OSError as exc:
            self._refuse(str(exc.strerror))
        finally:
            if temporary and os.path.exists(temporary):
                os.unlink(temporary)

    def _set_attributes(self) -> dict[str, Any]:
        """Mode, owner and the like; what of them was different, in the words of Ansible's diff."""
        arguments = self._module.load_file_common_arguments(
            {**_NO_ATTRIBUTES, **self._module.params}, path=self._target
        )
        if arguments["mode"] is None:
            arguments["mode"] = MODE
        diff: dict[str, Any] = {}
        changed = self._module.set_fs_attributes_if_different(arguments, False, diff=diff)
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

    def _refuse(self, why: str, what: str = "written") -> None:
        raise ConfFileError(f"{show(self.path)} can't be {what}: {why}", path=self.path)


class PrivateFile(ConfFile):
    """A file that is made out of what the portal holds: a page, a picture."""

    current, other = "(what the portal holds)", "(something else)"


def check_folder(path: str) -> None:
    """Raise now what ``private_folder`` would raise later."""
    there = os.path.abspath(os.path.expanduser(path))
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    why = None
    if not os.path.isdir(there):
        why = f"{show(there)} is not a directory"
    elif not os.access(there, os.W_OK | os.X_OK):
        why = f"{show(there)} is not writable"
    if why:
        raise ConfFileError(f"{show(path)} can't be used: {why}", path=path)


def private_folder(module: AnsibleModule, path: str) -> FileChange:
    """Make sure that there is this folder, for its owner alone; with those above it where missing."""
    path = os.path.expanduser(path)
    try:
        existed = os.path.isdir(path)
        mode = os.stat(path).st_mode & 0o7777 if existed else None
        if not module.check_mode:
            os.umask(0o077)
            os.makedirs(path, 0o700, exist_ok=True)
            if mode not in (None, 0o700):
                os.chmod(path, 0o700)
    except OSError as exc:
        why = str(exc.strerror)
        raise ConfFileError(f"{show(path)} can't be created: {why}", path=path) from exc
    header = {"before_header": path, "after_header": path}
    before = "" if mode is None else f"mode: {mode:04o}\n"
    return FileChange(path, mode != 0o700, {"before": before, "after": "mode: 0700\n", **header})


def make_folder(module: AnsibleModule, path: str) -> bool:
    """Make the folder for configuration files, for its owner alone. False: check mode, not there."""
    path = os.path.expanduser(path)
    if os.path.isdir(path):
        return True
    try:
        if os.path.lexists(path):
            raise NotADirectoryError(errno.ENOTDIR, "it is not a directory")
        if not os.access(os.path.dirname(os.path.abspath(path)), os.W_OK | os.X_OK):
            raise FileNotFoundError(errno.ENOENT, "its parent is missing or not writable")
        if module.check_mode:
            return False
        os.mkdir(path, 0o700)
    except OSError as exc:
        why = str(exc.strerror)
        raise ConfFileError(f"{show(path)} can't be created: {why}", path=path) from exc
    return True


# For modules without the file options of their own.
_NO_ATTRIBUTES: dict[str, Any] = dict.fromkeys(
    ("mode", "owner", "group", "seuser", "serole", "setype", "selevel", "attributes")
)
