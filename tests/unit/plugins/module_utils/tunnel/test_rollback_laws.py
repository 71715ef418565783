# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The law of a change: whatever interrupts it, the host is reached again, by the old tunnel whole or by the new one.

Processes are killed before any command and any line, the disk fills, the power goes, and two plays are at it. The
script and the functions are the real ones.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    boot_hook,
    confirm,
    connection,
    one_at_a_time,
    rollback,
    system,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.rules import Layout
from tests.support.model_host import (
    NEIGHBOUR,
    NEW,
    OLD,
    OTHER,
    PREF,
    PREF_OF_NEIGHBOUR,
    ModelHost,
    Mutation,
    begin,
    confirmed,
    fresh,
    model,
)
from tests.support.model_routes import Change, Surroundings, by_addresses, changes

ID, OTHER_ID = "a" * 16, "b" * 16
# As many files does the begin write.
WRITES = 10
ALL_WITHOUT_GUARD, GUARDED = Change(guard=False), Change()


@dataclass(frozen=True)
class Story:
    """A host, and what goes wrong. The numbers say before which command or line; 0: never."""

    had: bool = True
    up: bool = True
    enabled: bool = True
    starts: bool = True
    # The new tunnel and where the host is; at which of its addresses Ansible reaches it.
    change: Change = ALL_WITHOUT_GUARD
    reached_at: int = 0
    full: str = ""  # begin, start, rollback
    # How many files the begin writes before the disk is full.
    written: int = 0
    power: str = ""  # begun, started, rolling
    kill_begin: int = 0
    kill_start: int = 0
    kill_rollback: int = 0
    kill_boot: int = 0
    # By whom and over what it is confirmed after the start.
    confirm: str = ""  # right, old connection, other run, both at once
    kill_confirm: int = 0
    # Which tunnel another play changes meanwhile.
    second_play: str = ""

    @property
    def cuts(self) -> bool:
        """Whether the new tunnel turns the answers to Ansible away."""
        ways = [
            address
            for family in self.change.where.families
            for address in self.change.where.addresses(family)
        ]
        reached_at = ways[self.reached_at % len(ways)]
        return reached_at in {one.source for one in self.change.turned_away}


stories = st.builds(
    Story,
    up=st.booleans(),
    enabled=st.booleans(),
    starts=st.integers(0, 4).map(bool),
    change=changes,
    reached_at=st.integers(0, 5),
    full=st.sampled_from(("", "", "", "begin", "start", "rollback")),
    written=st.integers(0, WRITES),
    power=st.sampled_from(("", "", "begun", "started", "rolling")),
    kill_begin=st.one_of(st.just(0), st.just(0), st.integers(1, 400)),
    kill_start=st.one_of(st.just(0), st.integers(30, 90)),
    kill_rollback=st.one_of(st.just(0), st.integers(35, 110)),
    kill_boot=st.one_of(st.just(0), st.integers(30, 80)),
    confirm=st.sampled_from(("", "right", "right", "old connection", "other run")),
    kill_confirm=st.one_of(st.just(0), st.just(0), st.integers(1, 200)),
    second_play=st.sampled_from(("", "pvpn0", NEIGHBOUR)),
    had=st.booleans(),
).map(lambda story: story if story.had else replace(story, up=False, enabled=False))


class Told:
    """What happens in a story, and what is true of it in the end."""

    def __init__(self, host: ModelHost, story: Story) -> None:
        self.host, self.story = host, story
        self.restarted = False
        self.kept = "refused"
        self.was_enabled = story.enabled
        self.cuts = story.cuts

    def tell(self) -> None:
        host, story = self.host, self.story
        full = story.full == "begin"
        begun = begin(host, ID, kill=story.kill_begin, full=full, written=story.written)
        if full and not story.kill_begin and story.written < WRITES:
            assert begun == "refused"
            assert not host.waiting
        self._second_play(begun)
        self._power("begun")
        host.run_waiting("start", kill=story.kill_start, full=story.full == "start")
        self._power("started")
        assert not (self.story.change.guard and self.is_cut_off), "locked out by a guarded tunnel"
        self._confirm()
        self._time_passes()
        self._judge()

    def _second_play(self, begun: str) -> None:
        """One that comes while the first may still be confirmed, whichever tunnel of this host it is for."""
        other = self.story.second_play
        if other and self.host.files.is_armed:
            said = begin(self.host, OTHER_ID, interface=other)
            assert said == "refused", "two changes at a time"
            assert self.host.files.change_id == ID

    def _power(self, when: str) -> None:
        if self.story.power == when:
            self.restarted = True
            self.host.power_cut(self.story.kill_boot)

    @property
    def is_cut_off(self) -> bool:
        return self.cuts and self.host.device == "new"

    def _confirm(self) -> None:
        story = self.story
        if not story.confirm:
            return
        if story.confirm == "other run":
            assert confirmed(self.host, OTHER_ID, old_connection=False) == "refused", "another run"
        elif story.confirm == "old connection" or self.is_cut_off:
            # No new connection comes about: only one that was there before can try.
            said = confirmed(self.host, ID, old_connection=True)
            assert said == "refused", "an old connection"
        else:
            self.kept = confirmed(self.host, ID, old_connection=False, kill=story.kill_confirm)

    def _time_passes(self) -> None:
        """All that waits has its turn; the first roll-back may be killed, and the power go then."""
        host, story = self.host, self.story
        host.run_waiting("rollback", kill=story.kill_rollback, full=story.full == "rollback")
        self._power("rolling")
        while host.run_waiting("rollback", full=story.full == "rollback"):
            pass

    def _judge(self) -> None:
        host = self.host
        assert not self.is_cut_off, "locked out"
        kept = self.kept == "ok" or (self.kept == "killed" and host.file == NEW)
        old_file = OLD if self.story.had else None
        assert host.file == (NEW if kept else old_file), "neither the old nor the new file"
        if self.kept != "killed":
            assert host.enabled == (True if kept else self.was_enabled), "what starts with the host"
        self._judge_device(kept)
        assert host.neighbour == (OTHER, True), "another tunnel lost something"
        self._judge_the_next_run(kept)
        assert host.neighbour == (OTHER, True), "another tunnel lost something to the next run"

    def _judge_device(self, kept: bool) -> None:
        host = self.host
        assert (PREF in host.rules) == (host.device is not None), "rules without a tunnel"
        if kept:
            assert host.device == ("new" if not self.restarted or host.enabled else None)
            return
        runs = self.was_enabled if self.restarted else self.story.up
        assert host.device == ("old" if runs else None), "the old tunnel does not run"

    def _judge_the_next_run(self, kept: bool) -> None:
        """It takes up what is left, and leaves nothing of it."""
        host, later = self.host, one_at_a_time.now() + 1000
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(one_at_a_time, "now", lambda: later)
            assert begin(host, OTHER_ID) == "ok", "the next run hangs"
        assert host.file == (NEW if kept else OLD if self.story.had else None)
        host.waiting = [words for words in host.waiting if OTHER_ID in words]
        host.run_waiting("start")
        if host.starts:
            assert (host.file, host.device) == (NEW, "new")
            assert confirmed(host, OTHER_ID, old_connection=False) == "ok"
            left = ["note", "pvpn0.conf", f"{NEIGHBOUR}.conf"]
            assert sorted(os.listdir(rollback.FOLDER)) == left
            assert not os.path.exists(rollback.STATES)
            assert not [*Path(boot_hook.SYSTEMD).rglob("*.service")]


def tell(story: Story, folder: Path, mutation: Mutation | None = None) -> None:
    values: dict[str, Any] = {
        name: getattr(story, name) for name in ("had", "up", "enabled", "starts")
    }
    with model(fresh(folder / "host"), mutation or Mutation(), **values) as host:
        Told(host, story).tell()


@given(stories)
def test_whatever_interrupts_a_change(story: Story) -> None:
    event(f"power {story.power or 'stays'}, disk {story.full or 'free'}")
    event(f"the new tunnel cuts Ansible off: {story.cuts}")
    with tempfile.TemporaryDirectory() as folder:
        tell(story, Path(folder))


def _patched(target: Any, name: str, value: Any) -> Any:
    return lambda patch: patch.setattr(target, name, value)


def _nothing(*given: Any, **named: Any) -> None:
    pass


def _write_at_once(path: str, text: str) -> None:
    """As it is done by who thinks of no power cut."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _disabling(patch: pytest.MonkeyPatch) -> None:
    prepare = rollback.prepare

    def disabled(files: rollback.TunnelFiles, *rest: Any, **more: Any) -> None:
        system.run("systemctl", "disable", files.interface)
        prepare(files, *rest, **more)

    patch.setattr(rollback, "prepare", disabled)


def _for_any_run(patch: pytest.MonkeyPatch) -> None:
    keep = rollback.confirm
    patch.setattr(
        confirm, "_files", lambda options, change_id: rollback.TunnelFiles("pvpn0", "systemd")
    )
    patch.setattr(rollback, "confirm", lambda files, change_id: keep(files, files.change_id))


def _kill(name: str, last: int, **story: Any) -> Iterator[Story]:
    """The same story, with something killed at each of its moments."""
    # Before that, the script defines its functions.
    for moment in range(35, last):
        yield Story(**{**story, name: moment})


BROKEN: list[tuple[Mutation, Iterable[Story]]] = [
    (
        Mutation(
            "the old file is moved away before it is put back",
            ('mv -f "$OLD" "$FILE"', 'rm -f "$FILE"; cp "$OLD" "$FILE"'),
        ),
        [Story(full="rollback")],
    ),
    (
        Mutation(
            "it counts as put back before it is",
            (
                '    [ "$1" = failed ] || stop_starter\n',
                '    mv -f "$STATE/rolling" "$STATE/rolled_back"\n',
            ),
        ),
        _kill("kill_rollback", 60),
    ),
    (
        Mutation(
            "what a killed roll-back left is not taken up",
            ("    if is armed; then\n", "    is armed || return 0\n    if is armed; then\n"),
        ),
        _kill("kill_rollback", 60),
    ),
    (
        Mutation("nothing is done at boot", patch=_patched(boot_hook, "install", _nothing)),
        [Story(power="started")],
    ),
    (
        Mutation(
            "at boot, a roll-back that had begun is left alone",
            ("    put_back boot\n", '    [ ! -e "$STATE/armed" ] || put_back boot\n'),
        ),
        _kill("kill_rollback", 60, power="rolling"),
    ),
    (
        Mutation(
            "the copy of the old file is not on the disk",
            patch=_patched(rollback, "_keep_old", lambda files: _write_at_once(files.old, OLD)),
        ),
        [Story(power="started")],
    ),
    (Mutation("disabled before all is written", patch=_disabling), [Story(full="begin")]),
    (
        Mutation(
            "the start removes the copy of the old file",
            ("    is armed || exit 0\n", '    is armed || exit 0\n    rm -f "$OLD"\n'),
        ),
        [Story()],
    ),
    (
        Mutation("any run confirms", patch=_for_any_run),
        [Story(confirm="other run", change=GUARDED)],
    ),
    (
        Mutation(
            "an old connection confirms",
            patch=_patched(connection, "is_older", lambda *given: False),
        ),
        [Story(confirm="old connection")],
    ),
    (
        Mutation("two changes at a time", patch=_patched(one_at_a_time, "under_way", list)),
        [Story(second_play="pvpn0")],
    ),
    (
        Mutation("a change for each tunnel", patch=_patched(one_at_a_time, "under_way", list)),
        [Story(second_play=NEIGHBOUR)],
    ),
    (
        Mutation(
            "the guard leads answers into the tunnel",
            patch=_patched(Layout, "_steering", Layout._everything),
        ),
        [Story(change=GUARDED)],
    ),
    (
        Mutation(
            "the guard goes by the addresses of the start",
            patch=_patched(Layout, "_steering", by_addresses),
        ),
        [Story(change=Change(Surroundings(families=(4,), second=True)), reached_at=1)],
    ),
    (
        Mutation(
            "the rules of another tunnel are taken too",
            ("    for pref in $PREFS; do\n", f"    for pref in $PREFS {PREF_OF_NEIGHBOUR}; do\n"),
        ),
        [Story()],
    ),
]


@pytest.mark.parametrize(
    ("mutation", "tales"), [pytest.param(*each, id=each[0].name) for each in BROKEN]
)
def test_what_is_broken_on_purpose_is_noticed(
    mutation: Mutation, tales: Iterable[Story], tmp_path: Path
) -> None:
    with pytest.raises(AssertionError):
        _tell_all(tales, tmp_path, mutation)


def _tell_all(tales: Iterable[Story], folder: Path, mutation: Mutation) -> None:
    for story in tales:
        tell(story, folder, mutation)
