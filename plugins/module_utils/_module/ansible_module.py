# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Ansible's module, whose helpers for files can be made to raise where they would end the process.

A task that has changed the portal has something to report, whatever becomes of a file afterwards. And every
failure has an ``error``, also one that Ansible finds in the options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from .._api.settings import NO_KEY
from .._errors import no_request

_MISSING = "missing required arguments"
_UNNAMED = ("dictionary requested", "Value '")
_NO_DICTIONARY = re.compile(
    r"Elements value for option '(?P<option>\w+)'(?: found in '(?P<outer>[^']+)')?"
    r" is of type (?:<class ')?(?P<type>\w+)(?:'>)? and we were unable to convert to dict"
)


class HelperError(Exception):
    """One of Ansible's helpers failed. Says why, in its words."""


class Module(AnsibleModule):  # type: ignore[misc]  # Ansible is not typed
    """An ``AnsibleModule`` that can be used as a library."""

    check_mode: bool
    _raises = False

    @contextmanager
    def raising(self) -> Iterator[None]:
        """In here, a helper that fails raises ``HelperError``."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    @contextmanager
    def trying(self) -> Iterator[None]:
        """In here, helpers change nothing, as in check mode."""
        before, self.check_mode = self.check_mode, True
        try:
            yield
        finally:
            self.check_mode = before

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """End the module. Raises a ``HelperError`` instead inside of ``raising``."""
        if not self._raises:
            checked = getattr(self, "validation_result", None)
            msg = _no_list_of_dictionaries(msg, checked.error_messages if checked else ())
            super().fail_json(_about_the_key(msg), **{"error": no_request(), **kwargs})
        why = kwargs.get("details") or kwargs.get("exception")
        raise HelperError(f"{msg}: {why}" if why and "\n" not in str(why) else msg)


def _about_the_key(msg: str) -> str:
    """Ansible's words for options that are missing, and ours for the key: it has other places."""
    head, colon, names = msg.partition(": ")
    missing = names.split(", ")
    if head != _MISSING or not colon or "api_key" not in missing:
        return msg
    others = [name for name in missing if name != "api_key"]
    return f"{_MISSING}: {', '.join(others)}. {NO_KEY}" if others else NO_KEY


def _no_list_of_dictionaries(msg: str, found: Iterable[str]) -> str:
    """Ansible's first message, or one that names the option where it only says that something is no dictionary."""
    named = next(filter(None, map(_NO_DICTIONARY.match, found)), None)
    if named is None or not msg.startswith(_UNNAMED):
        return msg
    inside = f" of {named['outer']}" if named["outer"] else ""
    return f"{named['option']}{inside} must be a list of dictionaries, not of {named['type']}"
