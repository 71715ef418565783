# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Apply a plan to a host: read the current tunnel, plan, and do what needs no start.

A start is only prepared and left to the host (``rollback``). Another task sees whether it was good,
over a connection of its own (``confirm``).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from . import handshake, host, one_at_a_time, own_values, rollback, system
from .current import (
    Device,
    read_device,
    read_interface,
    refuse_address_of_another,
    refuse_foreign,
)
from .desired import Desired, compose, written
from .messages import diff, facts
from .plan import NOTHING, RESTART, SYNC, WRITE, Plan, make_plan
from .rollback import TunnelFiles
from .system import find_program, read_text
from .tunnel_options import NO_RESOLVER, RESOLVCONF, Options, TunnelError


@dataclass
class Task:
    """How the task runs: what it may do, and how the host is reached."""

    check_mode: bool
    reached_at: str | None
    # Whether a running tunnel that has no file, and so could not be put back, may be replaced.
    takeover: bool = False
    # Keeps a copy of a file, and says where; None where none is wanted.
    backup: Callable[[str], str] | None = None


@dataclass
class Outcome:
    """What was, or would be, done."""

    changed: bool = False
    action: str = NOTHING
    reasons: list[str] = field(default_factory=list)
    # A change goes on without us, and waits to be confirmed.
    started: bool = False
    # What the run that started it knows it by, and nobody else.
    change_id: str = ""
    warnings: list[str] = field(default_factory=list)
    diff: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    backup_file: str | None = None


def present(conf: dict[str, Any], options: Options, task: Task) -> Outcome:
    """Bring the tunnel to what the configuration and the options say."""
    with one_at_a_time.turn(task.check_mode):
        return _present(conf, options, task)


def _present(conf: dict[str, Any], options: Options, task: Task) -> Outcome:
    files = TunnelFiles(options.interface, host.service(options))
    host.refuse_lockout(options)
    refuse_foreign(options, read_interface(options.interface), _may_replace(files, task))
    outcome = Outcome()
    _finish_what_was_cut_off(files, task, outcome)
    options = own_values.choose(options, read_text(files.file), rollback.FOLDER)
    desired = compose(conf, options, ipv6=host.has_ipv6(), resolver=_resolver(options))
    outcome.warnings += desired.warnings
    refuse_address_of_another(desired.addresses, options.interface)
    checked = host.stripped(desired.text, options.interface)
    old, device = _file(files), read_device(options)
    plan = make_plan(desired, old, device)
    _refuse(plan, device, task)
    outcome.action = plan.action
    outcome.reasons += plan.reasons
    outcome.diff = diff(files.file, old, desired.text)
    outcome.facts = facts(desired.conf, options, device)
    outcome.changed |= plan.action != NOTHING
    _compare_the_rest(files, old, desired, outcome)
    if not task.check_mode:
        _ready(files, checked)
        if old not in (None, desired.text) and task.backup:
            outcome.backup_file = task.backup(files.file)
        outcome.started = plan.action in (SYNC, RESTART)
        if outcome.started:
            before = rollback.Previous(device.exists, plan.identity_changes)
            outcome.change_id = _start(files, desired, checked, old, plan.action, before)
        else:
            _keep(files, desired, plan, outcome)
    return outcome


def _keep(files: TunnelFiles, desired: Desired, plan: Plan, outcome: Outcome) -> None:
    """See to a tunnel that needs no start."""
    options = desired.options
    if options.verify:
        mended = handshake.verify(desired.conf, options.interface, options.verify)
        outcome.facts = facts(desired.conf, options, read_interface(options.interface))
        if mended:
            outcome.changed, outcome.action = True, SYNC
            outcome.reasons.append(mended)
    _write(files, desired, plan)
    set_boot(files, options)
    end_moved(desired.conf, options)


def _compare_the_rest(
    files: TunnelFiles, old: str | None, desired: Desired, outcome: Outcome
) -> None:
    """What the plan does not look at."""
    options = desired.options
    enabled = host.is_enabled(files.interface, files.manager)
    moved = own_values.other_tunnels_of(desired.conf, options.interface, rollback.FOLDER)
    reasons = []
    if moved:
        reasons.append(f"the tunnel moves here from {', '.join(moved)}")
    if old is not None and not system.is_private(files.file):
        reasons.append("the file was not its owner's alone")
    if files.manager != "none" and enabled != options.enabled:
        reasons.append("starting with the host")
    outcome.changed |= bool(reasons)
    outcome.reasons += reasons


def unknown(options: Options) -> Outcome:
    """For check mode: the user, and so the configuration, is yet to be made on the portal."""
    files = TunnelFiles(options.interface, host.service(options))
    shown = diff(files.file, _file(files), None)
    shown["after"] = "(the configuration that the portal would make)\n"
    return Outcome(changed=True, action=RESTART, reasons=["the user is not there yet"], diff=shown)


def _resolver(options: Options) -> str:
    # In check mode, openresolv is not there yet; otherwise a task before this one installed it.
    kind = host.resolver()[0]
    return RESOLVCONF if options.dns == "install" and kind == NO_RESOLVER else kind


def _file(files: TunnelFiles) -> str | None:
    if not os.path.exists(files.file):
        return None
    return read_text(files.file)


def _finish_what_was_cut_off(files: TunnelFiles, task: Task, outcome: Outcome) -> None:
    """A run before this one was cut off: put back what it began, and begin anew."""
    if files.was_put_back:
        outcome.warnings.append(
            "an earlier change of this tunnel was put back by the host; it is made again now"
        )
    # Those of runs that may still confirm them were waited for.
    for left in one_at_a_time.under_way():
        outcome.changed = True
        outcome.reasons.append("a change that was cut off is put back first")
        if not task.check_mode:
            rollback.undo(left.files)
            if left.files.is_armed:
                raise TunnelError(
                    f"an earlier change of {left.files.interface} hangs and could not be put back"
                )


def _may_replace(files: TunnelFiles, task: Task) -> bool:
    return task.takeover or os.path.exists(files.file) or os.path.exists(files.state)


def _refuse(plan: Plan, device: Device, task: Task) -> None:
    if not plan.identity_changes or not device.exists:
        return
    if host.is_reached_over(task.reached_at, sorted(device.addresses)):
        raise TunnelError(
            "this host is reached through the tunnel itself, whose keys would change: that would cut"
            " it off for good. Reach it by another address (ansible_host) for this. Nothing was done"
        )


def _ready(files: TunnelFiles, checked: str) -> None:
    if not checked:
        lacking = [name for name in ("wg", "wg-quick") if not find_program(name)]
        raise TunnelError(f"{' and '.join(lacking)} are not installed on the host; see install")
    problem = host.service_problem(files.manager)
    if problem:
        raise TunnelError(problem)


def _start(
    files: TunnelFiles,
    desired: Desired,
    checked: str,
    old: str | None,
    action: str,
    before: rollback.Previous,
) -> str:
    prefs = sorted({*desired.options.prefs, *own_values.prefs_of(old)})
    rollback.prepare(files, desired.options, prefs, action=action, before=before)
    seconds, change_id = desired.options.rollback, secrets.token_hex(8)
    about = one_at_a_time.about(files, change_id=change_id, action=action, seconds=seconds)
    rollback.stage(files, desired.text, checked, about)
    # Whether it starts with the host stays as it is until the change is confirmed: the old file holds till then.
    rollback.launch(files, change_id, seconds)
    return change_id


def _write(files: TunnelFiles, desired: Desired, plan: Plan) -> None:
    rollback.clean_up(files)
    if plan.action == WRITE:
        system.write_private(files.file, desired.text)
    system.make_private(files.file)


def set_boot(files: TunnelFiles, options: Options) -> None:
    """Let the tunnel start with the host, or not; a ``TunnelError`` where the host's manager did not take it."""
    if files.manager == "none":
        return
    if host.is_enabled(files.interface, files.manager) == options.enabled:
        return
    if not options.enabled:
        host.disable(files.interface, files.manager)
    elif not host.enable(files.interface, files.manager):
        raise TunnelError(f"{files.manager} did not take the tunnel among what it starts")


def absent(options: Options, task: Task) -> Outcome:
    """Stop the tunnel, and leave nothing of it."""
    with one_at_a_time.turn(task.check_mode):
        return _absent(options, task)


def _absent(options: Options, task: Task) -> Outcome:
    files = TunnelFiles(options.interface, host.service(options))
    options = own_values.remember(options, read_text(files.file))
    old, device = _file(files), read_device(options)
    outcome = Outcome(diff=diff(files.file, old, None))
    if old is None and not device.exists and not device.rules and not os.path.exists(files.state):
        return outcome
    refuse_foreign(options, device, _may_replace(files, task))
    if device.exists and host.is_reached_over(task.reached_at, sorted(device.addresses)):
        raise TunnelError(
            "this host is reached through the tunnel that would end. Reach it by another address"
            " (ansible_host) to remove it. Nothing was done"
        )
    outcome.changed, outcome.action = True, "remove"
    if task.check_mode:
        return outcome
    _finish_what_was_cut_off(files, task, Outcome())
    if task.backup and os.path.exists(files.file):
        outcome.backup_file = task.backup(files.file)
    _remove(files, options, old)
    return outcome


def end_moved(conf: dict[str, Any], options: Options) -> None:
    """End what the tunnel was before it moved to another interface. The new one works, and is confirmed."""
    for name in own_values.other_tunnels_of(conf, options.interface, rollback.FOLDER):
        old = replace(options, interface=name)
        files = TunnelFiles(name, host.service(old))
        text = read_text(files.file)
        _remove(files, own_values.remember(old, text), text)
        # The server may have the old one's session now, and the new one would notice late.
        peer = conf["Peer"][0]["PublicKey"]
        stripped = host.stripped(written(conf), options.interface)
        with system.private_file(stripped) as path:
            system.run("wg", "set", options.interface, "peer", peer, "remove")
            system.run("wg", "syncconf", options.interface, path)
        if options.verify:
            handshake.verify(conf, options.interface, options.verify)


def _remove(files: TunnelFiles, options: Options, old: str | None) -> None:
    prefs = sorted({*options.prefs, *own_values.prefs_of(old)})
    before = rollback.Previous(was_up=False)
    rollback.prepare(files, options, prefs, action="remove", before=before)
    rollback.stop(files)
    if read_interface(options.interface).exists:
        raise TunnelError(
            f"the tunnel could not be stopped; see {files.in_state('log')} on the host"
        )
    host.disable(files.interface, files.manager)
    host.unlink_script(files.interface)
    if os.path.exists(files.file):
        os.unlink(files.file)
    rollback.clean_up(files)
    rollback.remove_folder()
