# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""HTML in which foreign text can't be anything but text.

Only this file makes ``Html``. Every other value that becomes a part of a page is escaped, and a page
allows its own style and script alone: what an escape forgot could still not run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._text import visible

_NAME = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_VOID = frozenset({"br", "input", "link", "meta"})

# Their content is no text but code, which an escape does not make harmless.
_CODE = frozenset({"script", "style", "iframe", "object", "embed", "base"})


@dataclass(frozen=True)
class Html:
    """A piece of a page. Made by ``tag`` and ``joined``, never out of text."""

    source: str


def tag(element: str, /, *children: Any, **attributes: Any) -> Html:
    """An element. ``children`` are elements, text, numbers, None, or lists of them.

    Attributes are written with ``_`` for ``-`` and, where Python has the word, one at the end
    (``class_``). True is an attribute without a value, None and False are none. Raises ``ValueError``
    for an element or an attribute that holds code, or that leads out of the page.
    """
    if element in _CODE or not _NAME.fullmatch(element):
        raise ValueError(f"a page has no element {element!r}")
    start = f"<{element}{''.join(map(_attribute, attributes, attributes.values()))}>"
    if element in _VOID:
        return Html(start)
    return Html(f"{start}{joined(children).source}</{element}>")


def joined(children: Iterable[Any]) -> Html:
    """Elements and texts one after the other."""
    return Html("".join(map(_source, children)))


def text(value: Any) -> str:
    """``value`` as text that can be read: what nobody would see is shown as its number."""
    return visible(str(value))


def page(title: str, style: str, script: str, *body: Any) -> str:
    """A whole page. ``style`` and ``script`` are the collection's own: nothing foreign is in them."""
    allowed = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    head = (
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=allowed),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex, nofollow"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        Html(f"<style>{style}</style>"),
    )
    code = Html(f"<script>{script}</script>") if script else None
    parts = (tag("head", head), tag("body", body, code))
    return f"<!DOCTYPE html>\n{tag('html', parts, lang='en').source}\n"


def drawing(source: str, label: str) -> Html:
    """A picture out of ``source``, an SVG of the collection's own making."""
    encoded = base64.b64encode(source.encode()).decode()
    return Html(f'<img src="data:image/svg+xml;base64,{encoded}" alt="{_escaped(label)}">')


def _source(child: Any) -> str:
    if isinstance(child, Html):
        return child.source
    if child is None:
        return ""
    if isinstance(child, (list, tuple)):
        return joined(child).source
    return _escaped(child)


def _escaped(value: Any) -> str:
    return html.escape(text(value), quote=True)


def _attribute(name: str, value: Any) -> str:
    name = name.rstrip("_").replace("_", "-")
    if not _NAME.fullmatch(name) or name == "style" or name.startswith("on"):
        raise ValueError(f"an element of a page has no attribute {name!r}")
    if name in ("href", "src") and not str(value).startswith(("#", "data:")):
        raise ValueError("a page leads nowhere but into itself")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{_escaped(value)}"'


def _hash(code: str) -> str:
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return f"'sha256-{digest}'"
