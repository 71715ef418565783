# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads a WireGuard .conf as `wg-quick up` does.

wg-quick takes its own keys out of [Interface], and `wg` reads what is left. The facts are
wireguard-tools' (src/config.c, src/wg-quick/linux.bash), and the tests compare with the real ones. An
error says the line and the key's name, never a value: it may be a private key.
"""

from __future__ import annotations

import re
from typing import Any

from ._wg_fields import COMMANDS, INTERFACE, PEER, QUICK, Reader

# What is white space to both tools, in every locale. Python's own idea of it is wider.
_WHITE = " \t\n\v\f\r"
_NO_WHITE = str.maketrans("", "", _WHITE)

_BOMS = ("\ufeff", "\xef\xbb\xbf")
# How UTF-16 begins, read as UTF-16 the wrong way round, as Latin-1, and as bytes that are no UTF-8.
_UTF16 = ("\ufffe", "\xff\xfe", "\xfe\xff", "\udcff\udcfe", "\udcfe\udcff")

_AMNEZIA = re.compile(r"(jc|jmin|jmax|itime|s[1-9]|h[1-9]|i[1-9]|j[1-9]|advancedsecurity)\Z")


# Some forty times what the portal's files have: no text may keep the parser, or a page, busy.
_LONGEST = 64 * 1024


class WgConfError(ValueError):
    """The text is not a WireGuard configuration, or not one to pass on. ``remedy``: what helps, if anything."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


def check_foreign(text: str, *, allow_hooks: bool) -> None:
    """Raise ``WgConfError`` for a configuration from outside that must not be passed on.

    ``allow_hooks``: commands in it, which wg-quick runs as root, are wanted.
    """
    if len(text) > _LONGEST:
        raise WgConfError(f"it has more than {_LONGEST // 1024} KiB")
    interface = parse(text)["Interface"]
    hooks = [name for name in COMMANDS if name in interface]
    if hooks and not allow_hooks:
        raise WgConfError(
            f"it holds commands ({', '.join(hooks)}), which wg-quick would run as root",
            "if they are yours, allow_hooks keeps them",
        )


def parse(text: str) -> dict[str, Any]:
    """``{"Interface": {...}, "Peer": [{...}, ...]}`` with the keys as WireGuard spells them.

    ``Address``, ``DNS``, ``AllowedIPs`` and the commands of wg-quick are lists, ports, the MTU and times
    (in seconds) are integers, everything else is text. A key that stands twice is added to where it is
    a list, else the last one counts. Raises ``WgConfError``.
    """
    _refuse_encoding(text)
    conf = _Conf()
    # Not splitlines(): to WireGuard, only this ends a line.
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            conf.read(line, number)
        except ValueError as exc:
            raise WgConfError(f"line {number}{exc}") from None
    return conf.finished()


def _refuse_encoding(text: str) -> None:
    if text.startswith(_UTF16) or "\0" in text:
        raise WgConfError("line 1: the text is UTF-16 or binary; WireGuard reads UTF-8 or ASCII")
    if text.startswith(_BOMS):
        raise WgConfError(
            "line 1 begins with a byte order mark, at which WireGuard stops; save the file as UTF-8"
            " without one"
        )


class _Conf:
    """What was read so far, and in which section."""

    def __init__(self) -> None:
        self.interface: dict[str, Any] | None = None
        self.peers: list[dict[str, Any]] = []
        self.opened: list[int] = []
        """The line on which each peer begins."""
        self._section: dict[str, Any] | None = None
        self._wg: dict[str, Reader] = {}
        self._quick: dict[str, Reader] = {}

    def read(self, line: str, number: int) -> None:
        """Read one line. Raises a ``ValueError`` that goes on after "line N"."""
        bare = line.partition("#")[0].strip(_WHITE)
        if not bare:
            return
        name, equals, value = (part.strip(_WHITE) for part in bare.partition("="))
        command = _COMMANDS.get(_folded(name)) if self._quick and equals else None
        if command:
            # A shell reads it: white space is the shell's matter, and so is a `#`.
            self._add(command, [whole] if (whole := line.partition("=")[2].strip(_WHITE)) else [])
            return
        _refuse_invisible(bare)
        if bare.startswith("["):
            self._open(bare, number)
        elif self._section is None:
            raise ValueError(" stands before the first section")
        elif not equals:
            raise ValueError(" is not of the form `Key = value`")
        else:
            self._read_key(name, value)

    def finished(self) -> dict[str, Any]:
        """The result. Raises ``WgConfError`` where something is missing."""
        for peer, number in zip(self.peers, self.opened):  # noqa: B905 - Python 3.9 has no strict
            if "PublicKey" not in peer:
                raise WgConfError(f"line {number} opens a [Peer] that has no PublicKey")
        if self.interface is None:
            alone = "there are peers, but " if self.peers else ""
            raise WgConfError(f"{alone}there is no [Interface] section")
        return {"Interface": self.interface, "Peer": self.peers}

    def _open(self, bare: str, number: int) -> None:
        # `wg` takes white space out of the whole line; wg-quick, which looks for its own keys, does not.
        heading = _folded(bare.translate(_NO_WHITE))
        if heading == "[peer]":
            self._section, self._wg, self._quick = {}, PEER, {}
            self.peers.append(self._section)
            self.opened.append(number)
        elif heading == "[interface]":
            # A second one goes on with the first.
            self.interface = self._section = self.interface or {}
            self._wg = INTERFACE
            self._quick = QUICK if bare.lower() == "[interface]" else {}
        else:
            raise ValueError(" opens a section that is neither Interface nor Peer")

    def _read_key(self, name: str, value: str) -> None:
        quick = _QUICK_NAMES.get(_folded(name), "")
        known = _WG_NAMES.get(_folded(name.translate(_NO_WHITE)), "")
        if quick in self._quick:
            self._put(quick, self._quick[quick], value)
        elif known in self._wg:
            if not value:
                raise ValueError(f": {known} has no value")
            self._put(known, self._wg[known], value.translate(_NO_WHITE))
        else:
            raise ValueError(self._why_unknown(name, quick))

    def _why_unknown(self, name: str, quick: str) -> str:
        if quick and self._wg is INTERFACE:
            return (
                f" has {quick}, which wg-quick reads only where the section is written [Interface],"
                " without white space inside the brackets"
            )
        if _AMNEZIA.match(_folded(name)):
            return f" has {name}, a key of AmneziaWG, which WireGuard does not know"
        shown = name if re.fullmatch(r"[A-Za-z0-9]{1,30}", name) else "(not shown)"
        return f" has a key that WireGuard does not know here: {shown}"

    def _put(self, key: str, reader: Reader, value: str) -> None:
        try:
            read = reader(value)
        except ValueError as exc:
            raise ValueError(f": {key} {exc}") from None
        self._add(key, read)

    def _add(self, key: str, read: Any) -> None:
        if self._section is None:
            raise AssertionError("a key is read in a section")
        if isinstance(read, list):
            self._section.setdefault(key, []).extend(read)
        elif read is None:
            self._section.pop(key, None)  # empty, and to wg-quick as if it were not there
        else:
            self._section[key] = read


def _folded(name: str) -> str:
    """``name`` in lower case, as far as that is a matter of ASCII."""
    return name.lower() if name.isascii() else name


def _refuse_invisible(bare: str) -> None:
    """Refuse what looks like white space, or like nothing, and is part of a value to WireGuard."""
    for char in bare:
        if not char.isprintable() and char not in _WHITE:
            raise ValueError(
                f" holds the invisible character U+{ord(char):04X}, which is no white space to"
                " WireGuard"
            )


_COMMANDS = {name.lower(): name for name in COMMANDS}
_QUICK_NAMES = {name.lower(): name for name in (*QUICK, *COMMANDS)}
_WG_NAMES = {name.lower(): name for name in (*INTERFACE, *PEER)}
