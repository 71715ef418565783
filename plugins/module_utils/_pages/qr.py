# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A .conf text as the QR code that the WireGuard phone apps scan. Needs the optional library segno."""

from __future__ import annotations

import io
from typing import Any

try:
    import segno
except ImportError as exc:
    segno = None  # type: ignore[assignment]
    SEGNO_IMPORT_ERROR: str | None = str(exc)
else:
    SEGNO_IMPORT_ERROR = None

# ISO/IEC 18004: the largest code, the least correction, its content as bytes.
_MOST_BYTES = 2953
_SCALE = 8


class QrCodeError(ValueError):
    """A text that no QR code can hold. The message says nothing of what is in it."""


class QrCode:
    """The QR code of a text, byte for byte as a UTF-8 file holds it. Raises ``QrCodeError``."""

    def __init__(self, text: str) -> None:
        # The twelve bits that say "UTF-8" take a byte from it.
        marked = not text.isascii()
        most = _MOST_BYTES - marked
        try:
            size = len(text.encode())
        except UnicodeEncodeError as exc:
            raise QrCodeError("the text holds half a character, which no file can hold") from exc
        if size > most:
            raise QrCodeError(
                f"a text of {size} bytes is too long for a QR code, which holds {_MOST_BYTES} bytes"
                f"{f' ({most} where not all of them are ASCII)' if marked else ''}"
            )
        # Left to itself, segno takes Latin-1 or Shift JIS where they will do.
        self._code = segno.make(text, micro=False, mode="byte", encoding="utf-8", eci=marked)

    @property
    def width(self) -> int:
        """How many columns of a terminal the code takes."""
        return int(self._code.symbol_size()[0])

    def svg(self) -> str:
        """An SVG document. White where it is light: what shows it may be dark."""
        return self._saved(kind="svg", light="#fff").decode()

    def png(self) -> bytes:
        """A PNG picture."""
        return self._saved(kind="png")

    def text(self) -> str:
        """Characters for a terminal."""
        written = io.StringIO()
        self._code.terminal(written, compact=True)
        return written.getvalue()

    def _saved(self, **options: Any) -> bytes:
        picture = io.BytesIO()
        self._code.save(picture, scale=_SCALE, **options)
        return picture.getvalue()
