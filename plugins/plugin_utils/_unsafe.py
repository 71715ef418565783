# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Keeps foreign text from being rendered as a template, and shows it plain where it can't be one.

From ansible-core 2.19 on, text is not a template unless it is marked as trusted; before, every text was,
unless marked as unsafe. What is not trusted, or marked, ``ansible-inventory`` prints as
``{"__ansible_unsafe": ...}``, and AWX stores it so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# Nothing of this can be rendered, or run where a condition is made of it: no brackets, quotes, braces, bars.
_PLAIN = re.compile(r"[\w .:@/+-]*")
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9._-]")
# What ansible-core's JSON takes for a type of its own: a text with a mark, or with trust.
_TYPED = re.compile(r"_+ansible_")

LONGEST_NAME = 255
"""Bytes of a name of a host or a group, which Ansible makes file names of."""


def could_be_template(text: str) -> bool:
    """Whether any ansible-core could find something to render or to run in ``text``.

    Decided by what is allowed: letters, digits, blanks and ``.:@/+-_``.
    """
    return not _PLAIN.fullmatch(text)


def harmless_name(text: str, suffix: str = "") -> str:
    """``text`` and ``suffix`` as a name of a host or a group, which Ansible makes paths and patterns of."""
    name = _NOT_OF_A_NAME.sub("_", text[: LONGEST_NAME - len(suffix)])
    return (f"_{name[1:]}" if name[:1] in (".", "-") else name) + suffix


def harmless_keys(value: Any) -> Any:
    """``value`` with nothing in the names of its mappings that Ansible could render, run or decode."""
    return _each_text(value, lambda text: text)


def _harmless_key(key: Any) -> Any:
    if not isinstance(key, str):
        return key
    kept = "".join(char if _PLAIN.fullmatch(char) else "_" for char in key)
    return kept.lstrip("_") if _TYPED.match(kept) else kept


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        # A name in a mapping can't be marked either: it would be rendered with the text of the whole.
        return {_harmless_key(key): _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each_text(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


try:
    from ansible.template import trust_as_template
except ImportError:
    from ansible.utils.unsafe_proxy import AnsibleUnsafeText, wrap_var

    def own_template(text: str) -> str:
        """``text``, which is not from outside, as a template."""
        return text

    def never_template(value: Any) -> Any:
        """``value`` from outside, with every text inside it that could be a template marked."""
        return _each_text(value, lambda text: wrap_var(text) if could_be_template(text) else text)

    def shown_plainly(value: Any) -> Any:
        """``value``, with no mark on a text inside it that can't be a template."""
        return _each_text(value, lambda text: text if could_be_template(text) else _plain(text))

    def _plain(text: str) -> str:
        # Its own methods give marked texts again.
        return str.__str__(text) if isinstance(text, AnsibleUnsafeText) else text

else:

    def own_template(text: str) -> str:
        """``text``, which is not from outside, as a template."""
        trusted: str = trust_as_template(text)
        return trusted

    def never_template(value: Any) -> Any:
        """``value`` from outside: what is not trusted is not rendered."""
        return _each_text(value, lambda text: text)

    def shown_plainly(value: Any) -> Any:
        """``value``, with trust in every text inside it that can't be a template."""
        return _each_text(
            value, lambda text: text if could_be_template(text) else own_template(text)
        )
