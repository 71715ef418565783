# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""After a start that the host made alone: how it went, whether the server answers, and what then."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from typing import Any

from .._wg_conf import WgConfError, parse
from . import change, host
from .causes import cause
from .change import Place
from .commands import contents, run
from .converge import set_boot
from .device import dumped
from .options import ClientError, Options
from .telling import facts

_BACK = "The old state was put back."


def watch(options: Options) -> None:
    """Wait for the start and for a handshake. What is not good is put back, and told."""
    place = Place(options.interface, host.service(options))
    told = contents(place.kept("why"))
    if told:
        raise ClientError(told)
    try:
        _watch(place, options)
    except ClientError as exc:
        # For a task after this one, whose connection this one may not have.
        if os.path.isdir(place.state):
            change.write_private(place.kept("why"), str(exc))
        raise


def _watch(place: Place, options: Options) -> None:
    how = change.outcome(place)
    if how == "ok":
        _handshake(place, options)
        return
    if how == "hangs":
        change.undo(place)
    change.disarm(place)
    raise ClientError(_why(place, how, options))


def _why(place: Place, how: str, options: Options) -> str:
    if how == "failed":
        return f"The tunnel did not start: {cause(contents(place.kept('failed')))}. {_BACK}"
    if how == "timeout":
        return _cut_off(options)
    if how == "hangs":
        return f"The tunnel did not start within {change.PATIENCE} s. {_BACK}"
    return "The change was taken back by another run on this host."


def _cut_off(options: Options) -> str:
    return (
        f"The change was not confirmed within {options.rollback} s: most likely it cut this host off"
        f" from Ansible. The host put the old state back by itself."
    )


def _handshake(place: Place, options: Options) -> None:
    if not options.verify:
        return
    since = _since(place)
    end = time.monotonic() + options.verify
    while _latest(place) <= since:
        endpoint = _endpoint(place)
        if place.was_put_back:
            raise ClientError(
                f"The server at {endpoint} did not answer within {options.rollback} s (rollback):"
                " the host put the old state back by itself."
            )
        if time.monotonic() > end:
            change.undo(place)
            raise ClientError(
                f"The tunnel is up, but the server at {endpoint} did not answer within"
                f" {options.verify} s (verify). {_BACK}"
            )
        _knock(place)
        time.sleep(0.2)


def _since(place: Place) -> int:
    """What a handshake has to be later than, in seconds since 1970.

    A running tunnel that got other keys has to show that they are good; its older handshakes don't.
    """
    if "ACTION='sync'" not in contents(place.kept("plan")):
        return 0
    try:
        old, new = (_identity(place, name) for name in ("old.conf", f"new/{place.interface}.conf"))
    except (WgConfError, KeyError, IndexError):
        return 0
    return 0 if old == new else int(contents(place.kept("since")) or 0) + change.DELAY - 1


def _identity(place: Place, name: str) -> tuple[Any, ...]:
    conf = parse(contents(place.kept(name)))
    peer = conf["Peer"][0]
    return conf["Interface"]["PrivateKey"], peer["PublicKey"], peer["Endpoint"]


def _endpoint(place: Place) -> str:
    try:
        return str(parse(contents(place.file))["Peer"][0]["Endpoint"])
    except (WgConfError, KeyError, IndexError):
        return "the endpoint"


def _latest(place: Place) -> int:
    held = dumped(run("wg", "show", place.interface, "dump").out)
    return max([peer.latest_handshake for peer in held.get("peers", {}).values()], default=0)


def _knock(place: Place) -> None:
    """Send a packet into the tunnel: without one, and without a keepalive, there is no handshake."""
    try:
        conf = parse(contents(place.file))
        network = ipaddress.ip_network(conf["Peer"][0]["AllowedIPs"][0])
        own = ipaddress.ip_interface(conf["Interface"]["Address"][0])
    except (WgConfError, KeyError, IndexError, ValueError):
        return
    # The server is most likely the first of the VPN's own network; if not, the packet is lost there.
    first = ipaddress.ip_network(f"{own.ip}/{24 if own.version == 4 else 64}", strict=False)[1]
    target = first if first in network else network[0]
    family = socket.AF_INET if target.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        try:
            sender.setsockopt(
                socket.SOL_SOCKET, socket.SO_BINDTODEVICE, place.interface.encode() + b"\0"
            )
            sender.setblocking(False)
            sender.sendto(b"", (str(target), 9))
        except OSError:
            pass


def keep(options: Options) -> dict[str, Any]:
    """Confirm the change, and tell the facts.

    The connection that this came by was made after the start: the host is not cut off.
    """
    watch(options)
    place = Place(options.interface, host.service(options))
    if not change.take(place):
        raise ClientError(_cut_off(options))
    set_boot(place, options)
    change.forget(place)
    return facts(parse(contents(place.file)), options, host.device(options))
