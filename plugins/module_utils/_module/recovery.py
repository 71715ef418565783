# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a rotation of keys is about to take away, in a file: a run that was killed is finished from it.

Between the deletion of a user and its creation nothing but this file knows the user's port forwards.
It holds names, port forwards and public keys, and no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._errors import ConfFileError
from .._files.access import as_path, why_not_writable
from .._files.writing import replace_file
from .._model import PROTOCOLS, PortForward
from .._text import show

FORMAT = "premiervpn.wireguard.wg_rotate_keys 1"
ABOUT = (
    "Keys are being replaced. If this file is still there, run it again: it is finished from here."
)


@dataclass(frozen=True)
class Rotation:
    """One user: the public key that it must not have any more, and the rules that it has to keep."""

    client_name: str
    revoked: str
    rules: tuple[PortForward, ...]


class Recovery:
    """The file of one server of one portal, in a folder that is there already."""

    def __init__(self, folder: str, api_url: str, server_id: int) -> None:
        self.path = os.path.join(as_path(folder), f"wg-rotate-keys-{server_id}.json")
        self._about = {"format": FORMAT, "api_url": api_url, "server": server_id}

    @staticmethod
    def check(folder: str) -> None:
        """Raise now what would keep the file from being written later: called before any request."""
        why = why_not_writable(os.path.join(as_path(folder), "wg-rotate-keys.json"))
        if why:
            message = f"no recovery file can be written to {show(folder)}: {show(why)}"
            raise ConfFileError(message, path=folder)

    def read(self) -> list[Rotation]:
        """What an earlier run began and did not finish. Raises for a file that is none of ours."""
        try:
            with open(self.path, encoding="utf-8") as file:
                found = json.load(file)
            about = {key: found[key] for key in self._about}
            rotations = [_read(user) for user in found["users"]]
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise self._error("can't be read", str(exc.strerror)) from exc
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise self._error("is not what a rotation of keys leaves", type(exc).__name__) from exc
        if about != self._about:
            raise self._error("is of another portal or server", show(about["api_url"]))
        return rotations

    def write(self, rotations: Iterable[Rotation]) -> None:
        """Leave the file, for its owner alone; it is on the disk when this returns."""
        users = [_written(rotation) for rotation in rotations]
        content = {"about": ABOUT, **self._about, "users": users}
        text = json.dumps(content, indent=2) + "\n"
        try:
            replace_file(self.path, text.encode(), durable=True)
        except OSError as exc:
            raise self._error("can't be written", str(exc.strerror)) from exc

    def remove(self) -> None:
        """All is done."""
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            pass
        except OSError as exc:
            raise self._error("can't be removed, though all is done", str(exc.strerror)) from exc

    def _error(self, what: str, why: str) -> ConfFileError:
        message = f"the recovery file {show(self.path)} {what}: {why}"
        return ConfFileError(message, path=self.path)


def _written(rotation: Rotation) -> dict[str, Any]:
    return {
        "name": rotation.client_name,
        "revoked_public_keys": [rotation.revoked],
        "port_forwards": [rule.definition() for rule in rotation.rules],
    }


def _read(user: Any) -> Rotation:
    (revoked,) = user["revoked_public_keys"]
    rules = tuple(_rule(**rule) for rule in user["port_forwards"])
    if not isinstance(user["name"], str) or not isinstance(revoked, str):
        raise TypeError("a name and a key are texts")
    return Rotation(user["name"], revoked, rules)


def _rule(external_port: int, internal_port: int, protocol: str, comment: str) -> PortForward:
    if protocol not in PROTOCOLS or not isinstance(comment, str):
        raise ValueError("not a rule")
    return PortForward(None, int(external_port), int(internal_port), protocol, comment)
