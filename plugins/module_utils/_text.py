# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Foreign text, made fit for a message.

What a portal sends may hold control characters or terminal escapes, and its errors may repeat a
request or a configuration. A message shows such text escaped, without keys and cut, so that no answer
can paint on a terminal, flood a log or give a secret away. Results keep values as they came.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

HIDDEN = "***"

# What follows such a name, up to the next white space, quote, comma or semicolon, is a secret.
_NAMED = re.compile(
    r"""((?:private|pre[-_ ]?shared)[-_ ]?key|\bpsk)   # in a .conf, in JSON, in words
        (["']?\s*[:=]\s*["']?)                         # however it is separated
        [^\s"',;]+""",
    re.IGNORECASE | re.VERBOSE,
)
# A WireGuard key is the base64 of 32 bytes: 43 characters and a padding. Whether one is private or
# public can't be seen. Looked for where a word begins, or a long text would take for ever.
_KEY = r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43,}={1,2}"
_KEY_AFTER_NAME = re.compile(
    rf"((?:private|pre[-_ ]?shared)[-_ ]?key|\bpsk)(\W.{{0,40}}?){_KEY}", re.IGNORECASE
)
_ANY_KEY = re.compile(_KEY)
_BEARER = re.compile(r"(\bbearer)(\s+)\S+", re.IGNORECASE)

# The signs of Jinja, and what makes Ansible take any others for those of a template.
_TEMPLATE = re.compile(r"\{(?=[{%#])")
_OTHER_SIGNS = "#jinja2:"

# Nothing shorter is a secret; to take it out would only make the rest unreadable.
_SHORTEST = 4


# No message is longer. What is, is cut before anything is looked for in it.
_LONGEST = 4096


# Letters and marks without ink: fillers, joiners, variation selectors (but those of emoji), the blank braille.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)


def visible(text: str, blanks: bool = True) -> str:
    """``text`` with a number in place of each character that a reader would not see, or be misled by.

    ``blanks``: those of another width than the usual one stay too.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_seen(char, blanks) else _numbered(char) for char in text)


def _is_seen(char: str, blanks: bool) -> bool:
    if not char.isprintable():
        return blanks and unicodedata.category(char) == "Zs"
    return not _BLANK.match(char)


def _numbered(char: str) -> str:
    code = ord(char)
    if char in "\t\r\n":
        return ascii(char)[1:-1]
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def _shortened(text: str) -> str:
    """The beginning of a long text. A word that the cut would halve is left out: it may be a secret."""
    if len(text) <= _LONGEST:
        return text
    end = max(text.rfind(blank, 0, _LONGEST - 8) for blank in " \t\r\n")
    return f"{text[: max(end, 0)]}..."


def show(value: Any, limit: int = 300) -> str:
    """``value`` as one printable line of at most about ``limit`` characters, without named keys."""
    text = _without_named_keys(_shortened(value if isinstance(value, str) else str(value)))
    cut = text[:limit]
    safe = visible(cut, blanks=False)
    return f"{safe}..." if len(text) > limit else safe


def listing(values: list[str], limit: int = 12) -> str:
    """Names in a message: sorted, cut after ``limit`` of them, ``none`` where there are none."""
    shown = [show(value, 60) for value in sorted(values)[:limit]]
    more = f" and {len(values) - limit} more" if len(values) > limit else ""
    return (", ".join(shown) + more) or "none"


def case_hint(wanted: Iterable[str], there: Iterable[str]) -> str:
    """How a message goes on where a name that is there differs from a wanted one in case only."""
    lower = {name.lower() for name in wanted}
    alike = sorted(name for name in there if name.lower() in lower)
    return f"; {show(alike[0], 80)!r} differs from it in case only" if alike else ""


def may_be_rendered(text: str) -> bool:
    """Whether Ansible would take a text that it trusts for a template."""
    return bool(_TEMPLATE.search(text)) or text.startswith(_OTHER_SIGNS)


def without_templates(text: str, brace: str) -> str:
    """``text`` with ``brace`` in place of each brace with which a template could begin."""
    return _TEMPLATE.sub(lambda _found: brace, text)


def hide_keys(text: str) -> str:
    """``text`` without anything that looks like a key of WireGuard's."""
    return _ANY_KEY.sub(HIDDEN, text)


class Scrubber:
    """Takes secrets out of text from outside: those that are known, and what looks like one.

    ``secrets`` are texts that must not be seen, in whatever case and however they are quoted.
    """

    def __init__(self, *secrets: str) -> None:
        spelt = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        # The longest first: one that holds another is to go whole.
        longest_first = sorted(spelt, key=lambda form: (-len(form), form))
        pattern = "|".join(map(re.escape, longest_first))
        self._known = re.compile(pattern, re.IGNORECASE) if pattern else None

    def __call__(self, text: str) -> str:
        """``text`` with ``***`` in place of every secret. Done twice, it is the same."""
        text = _shortened(text)
        if self._known:
            text = self._known.sub(HIDDEN, text)
        text = _BEARER.sub(rf"\1\2{HIDDEN}", text)
        return hide_keys(_without_named_keys(text))


def _without_named_keys(text: str) -> str:
    text = _NAMED.sub(rf"\1\2{HIDDEN}", text)
    return _KEY_AFTER_NAME.sub(rf"\1\2{HIDDEN}", text)


def _forms(secret: str) -> set[str]:
    """How an answer may repeat a text: as it is, or quoted for a URL, for JSON, for HTML."""
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret)}
