# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Ansible's module, whose helpers for files can be made to raise where they would end the process.

A task that has changed the portal has something to tell, whatever becomes of a file afterwards. And every
failure has an ``error``, also one that Ansible finds in the options.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from .._api.settings import NO_KEY
from .._errors import no_request
from .._text import show

_MISSING = "missing required arguments"
_NO_DICTIONARY = "dictionary requested, could not parse JSON or key=value"


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
        if not self._raises:
            if msg == _NO_DICTIONARY:
                msg = next(_no_dictionaries(self.argument_spec, self.params), msg)
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


def _no_dictionaries(spec: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[str]:
    """Say of each option that has to be a list of dictionaries where it is none: Ansible does not name it."""
    for name, option in spec.items():
        value = params.get(name)
        if option.get("elements") != "dict" or value is None:
            continue
        for element in value if isinstance(value, list) else [value]:
            if isinstance(element, Mapping):
                yield from _no_dictionaries(option.get("options") or {}, element)
            else:
                yield f"{name} must be a list of dictionaries; {show(element, 60)!r} is none"
