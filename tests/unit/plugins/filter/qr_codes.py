# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What wg_qr draws, as pixels, and read again by a decoder that has nothing to do with its maker."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

zxingcpp: Any = pytest.importorskip("zxingcpp")
Image: Any = pytest.importorskip("PIL.Image")
ImageOps: Any = pytest.importorskip("PIL.ImageOps")

BORDER = 4
"""Modules of white around a code: what the standard asks for, so that cameras find it."""


def decode(image: Any) -> bytes:
    """The bytes of the one QR code in a picture."""
    # Of this kind alone: rows of a QR code can look like the bars of some other one.
    (code,) = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    return bytes(code.bytes)


def from_png(picture: str) -> Any:
    return Image.open(io.BytesIO(base64.b64decode(picture, validate=True)))


def from_svg(document: str) -> Any:
    """The SVG that is a white square, and on it a path of horizontal strokes, one unit thick, scaled."""
    root = ET.fromstring(document)
    name = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{name}svg"
    (group,) = root.findall(f"{name}g")
    scale = int(re.fullmatch(r"scale\((\d+)\)", group.attrib["transform"])[1])
    size = int(root.attrib["width"]) // scale
    ground, path = group.findall(f"{name}path")
    assert (ground.attrib["fill"], ground.attrib["d"]) == ("#fff", f"M0 0h{size}v{size}h-{size}z")
    assert path.attrib["stroke"] == "#000"
    image = Image.new("1", (size, size), 1)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path.attrib["d"]):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            for step in range(int(values[0])):
                image.putpixel((int(x) + step, int(y)), 0)
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return image.resize((size * scale, size * scale))


def from_text(text: str) -> Any:
    """Half blocks on a dark terminal: what is drawn is light, two rows to a line."""
    lines = text.splitlines()
    image = Image.new("1", (len(lines[0]), 2 * len(lines)), 0)
    for row, line in enumerate(lines):
        for column, char in enumerate(line):
            upper, lower = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}[char]
            image.putpixel((column, 2 * row), upper)
            image.putpixel((column, 2 * row + 1), lower)
    # A code has an odd number of rows: the lower half of the last line is none of it.
    image = image.crop((0, 0, image.width, image.width))
    return image.resize((image.width * 4, image.height * 4))


PICTURES = {"svg": from_svg, "png": from_png, "text": from_text}


def border(image: Any, scale: int) -> int:
    """How many modules of white are around the code."""
    left, top, right, bottom = ImageOps.invert(image.convert("L")).getbbox()
    margins = (left, top, image.width - right, image.height - bottom)
    return min(margins) // scale
