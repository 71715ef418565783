# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""After a start that the host made alone: how it went, whether the server answers, and what then."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

from .._wg_conf import WgConfError, parse
from . import connection, handshake, host, one_at_a_time, rollback
from .apply import end_moved, set_boot
from .current import read_interface
from .messages import facts, failure_cause
from .rollback import TunnelFiles
from .system import read_text, write_private
from .tunnel_options import Options, TunnelError

_BACK = "The old state was put back."
_NOT_CONFIRMED = (
    "The change is not confirmed, and the host puts the old state back when its time is over. Wait with step=watch,"
    " close the connection (meta: reset_connection), and confirm then."
)
_GONE = "The change was taken back by another run on this host, or is another run's."


def watch(options: Options, change_id: str) -> None:
    """Wait for the start and for a handshake. What is not good is rolled back, with the reason."""
    files = _files(options, change_id)
    _tell_again(files)
    how = rollback.wait_for_outcome(files)
    _judge(files, how, options)


def _files(options: Options, change_id: str) -> TunnelFiles:
    """The files of a change, and not of another one of the same tunnel."""
    files = TunnelFiles(options.interface, host.service(options))
    if files.change_id != change_id:
        raise TunnelError(_GONE)
    return files


def _tell_again(files: TunnelFiles) -> None:
    message = read_text(files.in_state("why"))
    if message:
        raise TunnelError(message)


def _judge(files: TunnelFiles, how: str, options: Options) -> None:
    try:
        if how == "ok":
            _handshake(files, options)
            return
        if how == "hangs":
            rollback.undo(files)
        rollback.disarm(files)
        raise TunnelError(_why(files, how, options))
    except TunnelError as exc:
        # For a task after this one, whose connection this one may not have.
        message = f"{exc}{_dead_keys(files)}"
        if os.path.isdir(files.state):
            with suppress(OSError):
                write_private(files.in_state("why"), message)
        raise TunnelError(message) from None


def _dead_keys(files: TunnelFiles) -> str:
    if "OTHER_KEYS='1'" not in read_text(files.in_state("plan")):
        return ""
    return " The old state has the old keys: if the portal gave new ones, the old tunnel can't connect any more."


def _why(files: TunnelFiles, how: str, options: Options) -> str:
    if how == "failed":
        return f"The tunnel did not start: {failure_cause(read_text(files.in_state('failed')))}. {_BACK}"
    if how == "timeout":
        return _cut_off(options)
    if how == "hangs":
        return f"The tunnel did not start within {rollback.PATIENCE} s. {_BACK}"
    if how == "boot":
        return "The host restarted before the change was confirmed, and put the old state back."
    return _GONE


def _cut_off(options: Options) -> str:
    return (
        f"The change was not confirmed within {options.rollback} s: most likely it cut this host off"
        f" from Ansible. The host put the old state back by itself."
    )


def _handshake(files: TunnelFiles, options: Options) -> None:
    if not options.verify:
        return
    since, conf = _since(files), _conf(files)
    end = time.monotonic() + options.verify
    while handshake.latest(files.interface) <= since:
        endpoint = conf["Peer"][0]["Endpoint"] if conf else "the endpoint"
        if files.was_put_back:
            raise TunnelError(
                f"The server at {endpoint} did not answer within {options.rollback} s (rollback):"
                " the host put the old state back by itself."
            )
        if time.monotonic() > end:
            rollback.undo(files)
            raise TunnelError(
                f"The tunnel is up, but the server at {endpoint} did not answer within"
                f" {options.verify} s (verify). {_BACK}{handshake.several_addresses(endpoint)}"
            )
        handshake.trigger(conf, files.interface)
        time.sleep(0.2)


def _since(files: TunnelFiles) -> int:
    """What a handshake has to be later than, in seconds since 1970.

    A running tunnel that got other keys has to show that they are good; its older handshakes don't.
    """
    if "ACTION='sync'" not in read_text(files.in_state("plan")):
        return 0
    try:
        old, new = _identity(files.old), _identity(files.file)
    except (WgConfError, KeyError, IndexError):
        return 0
    return 0 if old == new else int(read_text(files.in_state("since")) or 0) + rollback.DELAY - 1


def _identity(path: str) -> tuple[Any, ...]:
    conf = parse(read_text(path))
    peer = conf["Peer"][0]
    return conf["Interface"]["PrivateKey"], peer["PublicKey"], peer["Endpoint"]


def _conf(files: TunnelFiles) -> dict[str, Any]:
    try:
        return parse(read_text(files.file))
    except WgConfError:
        return {}


def confirm(options: Options, change_id: str) -> dict[str, Any]:
    """Confirm the change; the facts about the tunnel. Raises a ``TunnelError`` where it is not confirmed.

    By the run that made it, and by a connection that was made after the start: the host is not cut off. Nothing
    is waited for that would come about while an older connection lives on.
    """
    files = _files(options, change_id)
    _tell_again(files)
    how = rollback.outcome(files)
    if not how:
        raise TunnelError(f"The start has not ended yet. {_NOT_CONFIRMED}")
    if how == "ok":
        _refuse_old_connection(files)
    _judge(files, how, options)
    with one_at_a_time.alone():
        if not rollback.confirm(files, change_id):
            raise TunnelError(_cut_off(options))
        set_boot(files, options)
        rollback.clean_up(files)
        text = read_text(files.file)
        end_moved(parse(text), options)
    return facts(parse(text), options, read_interface(options.interface))


def _refuse_old_connection(files: TunnelFiles) -> None:
    session = str(one_at_a_time.read_about(files).get("session", ""))
    if connection.is_older(rollback.start_ended(files), session):
        raise TunnelError(
            f"This connection was there before the tunnel had started, so it does not show that a new one comes"
            f" about. {_NOT_CONFIRMED}"
        )
