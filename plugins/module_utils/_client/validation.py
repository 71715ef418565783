# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Whether WireGuard takes a file, before it replaces anything."""

from __future__ import annotations

import os
import tempfile

from .causes import hide
from .change import write_private
from .commands import Ran, found, run
from .options import ClientError
from .wanted import Wanted

# No interface of this name: `wg setconf` reads the whole file before it looks for the interface.
_NOBODY = "NOSUCH"


def stripped(wanted: Wanted) -> str:
    """The part of the file that is for wg(8), checked by it; empty where the host has no wg yet."""
    if not (found("wg") and found("wg-quick")):
        return ""
    with tempfile.TemporaryDirectory(prefix="wg_client-") as folder:
        path = os.path.join(folder, f"{wanted.options.interface}.conf")
        write_private(path, wanted.text)
        strip = run("wg-quick", "strip", path)
        # Nothing at all would make `wg syncconf` remove every peer and the key.
        if not strip or "PrivateKey" not in strip.out or "[Peer]" not in strip.out:
            raise _refused("wg-quick strip", strip)
        write_private(path, strip.out)
        tried = run("wg", "setconf", _NOBODY, path)
        if "Unable to modify interface" not in tried.err:
            raise _refused("wg setconf", tried)
        return strip.out


def _refused(command: str, ran: Ran) -> ClientError:
    said = hide(ran.err).strip() or f"it said nothing, and its status was {ran.code}"
    return ClientError(f"{command} does not take the new file, and nothing was changed: {said}")
