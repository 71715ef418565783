# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Bring a host to what is wanted: look, compare, decide, and do what is not a start.

A start is only prepared and left to the host (``change``): whether it was good is another task's to
see, over a connection of its own.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._wg_conf import WgConfError, parse
from . import boot, change, host
from .change import Place
from .commands import contents, found
from .decision import NOTHING, RESTART, SYNC, WRITE, Decision, decide
from .device import Device
from .options import ClientError, Options
from .telling import diff, facts
from .validation import stripped
from .wanted import NO_RESOLVER, RESOLVCONF, Wanted, compose


@dataclass
class Task:
    """How the task runs: what it may do, and how the host is reached."""

    check_mode: bool
    reached_at: str | None
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
    warnings: list[str] = field(default_factory=list)
    diff: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    backup_file: str | None = None


def present(conf: dict[str, Any], options: Options, task: Task) -> Outcome:
    """Bring the tunnel to what the configuration and the options say."""
    place = Place(options.interface, host.service(options))
    host.refuse_foreign(options, host.device(options))
    outcome = Outcome()
    _finish_what_was_cut_off(place, task, outcome)
    wanted = compose(conf, options, ipv6=host.has_ipv6(), resolver=_resolver(options))
    outcome.warnings += wanted.warnings
    checked = stripped(wanted)
    old, device = _file(place), host.device(options)
    decision = decide(wanted, old, device)
    _refuse(decision, device, task)
    outcome.action = decision.action
    outcome.reasons += decision.reasons
    outcome.diff = diff(place.file, old, wanted.text)
    outcome.facts = facts(wanted.conf, options, device)
    outcome.changed |= decision.action != NOTHING
    if old is not None and not change.is_private(place.file):
        outcome.changed = True
        outcome.reasons.append("the file was not its owner's alone")
    enabled = boot.is_enabled(place.interface, place.manager)
    if place.manager != "none" and enabled != options.enabled:
        outcome.changed = True
        outcome.reasons.append("starting with the host")
    if not task.check_mode:
        _ready(place, checked)
        if old not in (None, wanted.text) and task.backup:
            outcome.backup_file = task.backup(place.file)
        outcome.started = decision.action in (SYNC, RESTART)
        if outcome.started:
            before = change.Before(was_up=device.exists, was_enabled=enabled)
            _start(place, wanted, checked, old, decision.action, before)
        else:
            _write(place, wanted, decision)
            set_boot(place, options)
    return outcome


def unknown(options: Options) -> Outcome:
    """For check mode: the user, and so the configuration, is yet to be made on the portal."""
    place = Place(options.interface, host.service(options))
    shown = diff(place.file, _file(place), None)
    shown["after"] = "(the configuration that the portal would make)\n"
    return Outcome(changed=True, action=RESTART, reasons=["the user is not there yet"], diff=shown)


def _resolver(options: Options) -> str:
    # In check mode, openresolv is not there yet; otherwise a task before this one installed it.
    kind = host.resolver()[0]
    return RESOLVCONF if options.dns == "install" and kind == NO_RESOLVER else kind


def _file(place: Place) -> str | None:
    if not os.path.exists(place.file):
        return None
    return contents(place.file)


def _finish_what_was_cut_off(place: Place, task: Task, outcome: Outcome) -> None:
    """A run before this one was cut off: put back what it began, and begin anew."""
    if place.was_put_back:
        outcome.warnings.append(
            "an earlier change of this tunnel was put back by the host; it is made again now"
        )
    if not place.is_armed:
        return
    outcome.changed = True
    outcome.reasons.append("a change that was cut off is put back first")
    if not task.check_mode:
        change.undo(place)
        if place.is_armed:
            raise ClientError("an earlier change of this tunnel hangs and could not be put back")


def _refuse(decision: Decision, device: Device, task: Task) -> None:
    if not decision.keys or not device.exists:
        return
    if host.is_reached_over(task.reached_at, sorted(device.addresses)):
        raise ClientError(
            "this host is reached through the tunnel itself, whose keys would change: that would cut"
            " it off for good. Reach it by another address (ansible_host) for this. Nothing was done"
        )


def _ready(place: Place, checked: str) -> None:
    if not checked:
        lacking = [name for name in ("wg", "wg-quick") if not found(name)]
        raise ClientError(f"{' and '.join(lacking)} are not installed on the host; see install")
    problem = host.service_problem(place.manager)
    if problem:
        raise ClientError(problem)


def _start(
    place: Place,
    wanted: Wanted,
    checked: str,
    old: str | None,
    action: str,
    before: change.Before,
) -> None:
    prefs = sorted({*wanted.options.prefs, *prefs_of(old)})
    change.prepare(place, wanted.options, prefs, action=action, before=before)
    # Not before it is confirmed: a host that restarts in the middle has to be reachable.
    boot.disable(place.interface, place.manager)
    change.launch(place, wanted, checked, old, secrets.token_hex(8))


def _write(place: Place, wanted: Wanted, decision: Decision) -> None:
    change.forget(place)
    if decision.action == WRITE:
        change.write_private(place.file, wanted.text)
    change.make_private(place.file)


def prefs_of(old: str | None) -> set[int]:
    """The preferences of the rules that an older file of ours made."""
    try:
        commands = parse(old or "[Interface]\n")["Interface"].get("PostDown", [])
    except WgConfError:
        return set()
    found_lists = [re.search(r"for p in ([0-9 ]+);", one) for one in commands]
    return {int(one) for match in found_lists if match for one in match[1].split()}


def set_boot(place: Place, options: Options) -> None:
    """Let the tunnel start with the host, or not."""
    if place.manager == "none":
        return
    if boot.is_enabled(place.interface, place.manager) == options.enabled:
        return
    if not options.enabled:
        boot.disable(place.interface, place.manager)
    elif not boot.enable(place.interface, place.manager):
        raise ClientError(f"{place.manager} did not take the tunnel among what it starts")


def absent(options: Options, task: Task) -> Outcome:
    """Stop the tunnel, and leave nothing of it."""
    place = Place(options.interface, host.service(options))
    old, device = _file(place), host.device(options)
    outcome = Outcome(diff=diff(place.file, old, None))
    if old is None and not device.exists and not device.rules and not os.path.exists(place.state):
        return outcome
    host.refuse_foreign(options, device)
    if device.exists and host.is_reached_over(task.reached_at, sorted(device.addresses)):
        raise ClientError(
            "this host is reached through the tunnel that would end. Reach it by another address"
            " (ansible_host) to remove it. Nothing was done"
        )
    outcome.changed, outcome.action = True, "remove"
    if task.check_mode:
        return outcome
    if place.is_armed:
        change.undo(place)
    if task.backup and os.path.exists(place.file):
        outcome.backup_file = task.backup(place.file)
    _remove(place, options, old)
    return outcome


def _remove(place: Place, options: Options, old: str | None) -> None:
    boot.disable(place.interface, place.manager)
    prefs = sorted({*options.prefs, *prefs_of(old)})
    before = change.Before(was_up=False, was_enabled=False)
    change.prepare(place, options, prefs, action="remove", before=before)
    change.stop(place)
    if host.device(options).exists:
        raise ClientError(f"the tunnel could not be stopped; see {place.kept('log')} on the host")
    boot.unlink_script(place.interface)
    if os.path.exists(place.file):
        os.unlink(place.file)
    change.forget(place)
    change.leave_home()
