# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done on a host, and in which order; and what is not, in check mode or where it would lock out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    apply,
    confirm,
    handshake,
    host,
    rollback,
    rollback_script,
    system,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    TunnelError,
)
from tests.support.simulated_hosts import SimulatedHost, present, simulated
from tests.support.tunnel_hosts import CONF, OTHER, PRIVATE, SHARED, fitting, options, wish

__all__ = ["simulated"]


def text() -> str:
    return wish(dns="none").text


def stand(simulated: SimulatedHost, **changes: Any) -> None:
    """A host that has the tunnel, as it should be but for ``changes``."""
    rollback.make_folder()
    system.write_private(simulated.files.file, text())
    simulated.has(fitting(wish(dns="none"), **changes))


def test_a_first_start_is_armed_before_it_begins(simulated: SimulatedHost) -> None:
    outcome = present(simulated)
    assert (outcome.changed, outcome.started, outcome.action) == (True, True, "restart")
    files = simulated.files
    begun = [command for command in simulated.ran if command[0] == "sh"]
    assert [command[6] for command in begun] == ["rollback", "start"]
    assert os.path.exists(files.in_state("armed"))
    assert not os.path.exists(files.file)
    staged = files.in_state("new/pvpn0.conf")
    assert system.read_text(staged) == text()
    assert os.stat(staged).st_mode & 0o777 == 0o600
    assert os.stat(files.state).st_mode & 0o777 == 0o700
    assert "WAS_UP='0'" in system.read_text(files.in_state("plan"))
    assert not [one for one in simulated.ran if PRIVATE in " ".join(one) or SHARED in " ".join(one)]


def test_without_a_roll_back_only_the_start_begins(simulated: SimulatedHost) -> None:
    present(simulated, rollback=0)
    assert [command[6] for command in simulated.ran if command[0] == "sh"] == ["start"]


def test_by_systemd_with_a_timer_that_is_on_time(simulated: SimulatedHost) -> None:
    present(simulated, service="systemd")
    rollback, start = (one for one in simulated.ran if one[0] == "systemd-run")
    assert {"--on-active=60", "--timer-property=AccuracySec=200ms"} <= set(rollback)
    assert "--unit=wg-client-start-pvpn0" in start


def test_where_systemd_does_not_take_it(simulated: SimulatedHost) -> None:
    simulated.answers[("systemd-run",)] = (1, "", "no")
    present(simulated, service="systemd")
    detached = [one for one in simulated.ran if one[0] == "sh"]
    assert len(detached) == 2
    assert detached[0][6:8] == ('sleep "$0"; exec "$@"', "60")


@pytest.mark.parametrize("guard", [True, False])
def test_check_mode_touches_nothing(simulated: SimulatedHost, guard: bool) -> None:
    outcome = present(simulated, check=True, guard=guard)
    assert (outcome.changed, outcome.started, outcome.action) == (True, False, "restart")
    assert sorted(os.listdir(simulated.folder)) == ["wg-quick@.service"]
    assert not [one for one in simulated.ran if one[0] in ("sh", "systemd-run")]
    assert PRIVATE not in str(outcome.diff)


def test_check_mode_where_nothing_is_installed(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (apply, host):
        monkeypatch.setattr(module, "find_program", lambda name: None)
    assert present(simulated, check=True).changed
    with pytest.raises(TunnelError, match="wg and wg-quick are not installed"):
        present(simulated)


def test_nothing_where_all_is_right(simulated: SimulatedHost) -> None:
    stand(simulated)
    outcome = present(simulated)
    assert (outcome.changed, outcome.action, outcome.reasons) == (False, "nothing", [])
    assert not os.path.exists(rollback.STATES)


def test_a_file_for_everybody_is_closed(simulated: SimulatedHost) -> None:
    stand(simulated)
    os.chmod(simulated.files.file, 0o644)
    assert present(simulated).changed
    assert not present(simulated).changed


def test_only_the_file_is_written(simulated: SimulatedHost) -> None:
    stand(simulated)
    system.write_private(simulated.files.file, f"# mine\n{text()}")
    outcome = present(simulated)
    assert (outcome.action, outcome.started) == ("write", False)
    assert system.read_text(simulated.files.file) == text()


def test_what_was_is_kept_for_a_roll_back(simulated: SimulatedHost) -> None:
    stand(simulated)
    outcome = present(simulated, keepalive=30, guard_pref=100)
    assert outcome.action == "restart"
    assert system.read_text(simulated.files.in_state("old.conf")) == text()
    plan = system.read_text(simulated.files.in_state("plan"))
    assert "WAS_UP='1'" in plan
    assert "PREFS='100 101 102 31000 31001 31002'" in plan


def test_keys_are_not_changed_over_the_tunnel(simulated: SimulatedHost) -> None:
    stand(simulated, private_key=OTHER)
    with pytest.raises(TunnelError, match="reached through the tunnel"):
        present(simulated, reached_at="10.66.66.2")
    assert present(simulated, reached_at="198.51.100.7").action == "sync"


def test_an_interface_of_another_kind_is_left_alone(simulated: SimulatedHost) -> None:
    stand(simulated)
    simulated.answers[("wg", "show")] = (1, "", "not supported")
    with pytest.raises(TunnelError, match="not WireGuard's"):
        present(simulated)
    with pytest.raises(TunnelError, match="not WireGuard's"):
        apply.absent(options(service="none"), apply.Task(False, None))


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (("wg-quick", "strip"), (1, "", "broken")),
        (("wg-quick", "strip"), (0, "\n", "")),
        (
            ("wg", "setconf"),
            (1, "", f"Line unrecognized: `{PRIVATE}'\nConfiguration parsing error"),
        ),
    ],
)
def test_what_wireguard_does_not_take_replaces_nothing(
    simulated: SimulatedHost, command: tuple[str, ...], answer: tuple[int, str, str]
) -> None:
    stand(simulated)
    simulated.answers[command] = answer
    with pytest.raises(TunnelError) as error:
        present(simulated, mtu=1400)
    assert PRIVATE not in str(error.value)
    assert system.read_text(simulated.files.file) == text()
    assert not os.path.exists(rollback.STATES)


def test_what_was_cut_off_is_put_back_first(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(simulated)
    present(simulated, mtu=1400)
    undone: list[str] = []

    def undo(files: rollback.TunnelFiles) -> None:
        undone.append(files.interface)
        os.unlink(files.in_state("armed"))

    monkeypatch.setattr(rollback, "undo", undo)
    assert present(simulated, check=True).changed
    assert undone == []
    outcome = present(simulated)
    assert undone == ["pvpn0"]
    assert outcome.changed
    assert "cut off" in outcome.reasons[0]


def test_it_starts_with_the_host_once_it_is_confirmed(simulated: SimulatedHost) -> None:
    stand(simulated)
    assert "starting with the host" in present(simulated, service="systemd").reasons
    assert simulated.began("systemctl", "enable")
    simulated.ran.clear()
    outcome = present(simulated, service="systemd", mtu=1400)
    assert outcome.started
    assert not simulated.began("systemctl", "enable")
    assert simulated.began("systemctl", "disable")


def test_a_user_who_is_yet_to_be_made(simulated: SimulatedHost) -> None:
    outcome = apply.unknown(options(service="none"))
    assert outcome.changed
    assert "would make" in outcome.diff["after"]


def absent(simulated: SimulatedHost, *, check: bool = False, **more: Any) -> apply.Outcome:
    task = apply.Task(check, more.pop("reached_at", None))
    return apply.absent(options(service="none"), task)


def test_the_end(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not absent(simulated).changed
    stand(simulated)
    with pytest.raises(TunnelError, match="reached through the tunnel"):
        absent(simulated, reached_at="10.66.66.2")
    assert absent(simulated, check=True).changed
    assert os.path.exists(simulated.files.file)
    with pytest.raises(TunnelError, match="could not be stopped"):
        absent(simulated)
    monkeypatch.setattr(
        rollback,
        "stop",
        lambda files: simulated.answers.update(SimulatedHost(simulated.folder).answers),
    )
    assert absent(simulated).changed
    assert sorted(os.listdir(simulated.folder)) == ["wg-quick@.service"]


def started(simulated: SimulatedHost, how: str, **values: Any) -> None:
    stand(simulated)
    present(simulated, mtu=1400, **values)
    system.write_private(simulated.files.in_state(how), "ok\n" if how == "status" else "timeout\n")
    if how == "rolled_back":
        os.unlink(simulated.files.in_state("armed"))


def settled(**values: Any) -> Any:
    return options(**{"service": "none", **values})


def test_a_start_that_went_well_is_kept(simulated: SimulatedHost) -> None:
    started(simulated, "status")
    confirm.watch(settled())
    found = confirm.confirm(settled())
    assert found["address"] == "10.66.66.2"
    assert found["latest_handshake"]
    assert not os.path.exists(rollback.STATES)


def test_a_change_that_the_host_took_back_is_told_twice(simulated: SimulatedHost) -> None:
    started(simulated, "rolled_back")
    for step in (confirm.watch, confirm.confirm):
        with pytest.raises(TunnelError, match="put the old state back by itself"):
            step(settled())


def test_a_roll_back_at_the_last_moment(simulated: SimulatedHost) -> None:
    started(simulated, "status")
    os.unlink(simulated.files.in_state("armed"))
    with pytest.raises(TunnelError, match="put the old state back by itself"):
        confirm.confirm(settled())


def test_a_start_that_failed_says_why(simulated: SimulatedHost) -> None:
    started(simulated, "status")
    system.write_private(simulated.files.in_state("status"), "failed\n")
    system.write_private(simulated.files.in_state("failed"), "[#] false\n")
    with pytest.raises(TunnelError, match="did not start: this command failed: false"):
        confirm.watch(settled())


def test_silence_is_put_back(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    started(simulated, "status")
    monkeypatch.setattr(handshake, "latest", lambda interface: 0)
    undone: list[rollback.TunnelFiles] = []
    monkeypatch.setattr(rollback, "undo", undone.append)
    with pytest.raises(TunnelError, match=r"192\.0\.2\.5:51820 did not answer within 1 s"):
        confirm.watch(settled(verify=1))
    assert len(undone) == 1
    confirm._handshake(simulated.files, settled(verify=0))


def test_other_keys_have_to_show_that_they_are_good(simulated: SimulatedHost) -> None:
    stand(simulated)
    system.write_private(simulated.files.file, text())
    present(simulated, conf=CONF.replace(PRIVATE, OTHER))
    assert confirm._since(simulated.files) > int(
        system.read_text(simulated.files.in_state("since"))
    )
    rollback.clean_up(simulated.files)
    present(simulated, keepalive=30)
    assert confirm._since(simulated.files) == 0


def test_openrc(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    script = simulated.folder / "wg-quick"
    monkeypatch.setattr(host, "INIT_SCRIPT", str(script))
    assert "OpenRC" in str(host.service_problem("openrc"))
    script.touch()
    assert host.service_problem("openrc") is None
    simulated.answers[("rc-update", "show")] = (0, " sshd | default\n", "")
    assert not host.is_enabled("pvpn0", "openrc")
    assert host.enable("pvpn0", "openrc")
    assert os.readlink(f"{script}.pvpn0") == "wg-quick"
    simulated.answers[("rc-update", "show")] = (0, " wg-quick.pvpn0 | default\n", "")
    assert host.is_enabled("pvpn0", "openrc")
    host.disable("pvpn0", "openrc")
    host.unlink_script("pvpn0")
    assert not os.path.lexists(f"{script}.pvpn0")
    assert ("rc-update", "delete", "wg-quick.pvpn0", "default") in simulated.ran


def test_no_manager_enables_nothing(simulated: SimulatedHost) -> None:
    assert not host.enable("pvpn0", "none")
    assert not host.is_enabled("pvpn0", "none")
    assert simulated.ran == []


def test_what_is_missing(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "find_program", lambda name: None)
    monkeypatch.setattr(host, "has_kernel_module", lambda: False)
    assert host.missing(options()) == ["wg", "wg-quick", "ip", "wireguard-go"]
    assert host.missing(options(userspace=False, dns="install"))[-1] == "resolvconf"
    with pytest.raises(TunnelError, match="root"):
        host.need_root(False)


OLD = "# caf\xe9 in Latin-1\r\n[Interface]\r\n".encode("latin-1")


@pytest.mark.parametrize("kind", ["file", "link"])
def test_an_old_file_comes_back_byte_for_byte(simulated: SimulatedHost, kind: str) -> None:
    """Whatever is in it, whoever has it, and where it is a link."""
    rollback.make_folder()
    file = Path(simulated.files.file)
    target = simulated.folder / "elsewhere.conf" if kind == "link" else file
    target.write_bytes(OLD)
    target.chmod(0o640)
    if kind == "link":
        file.symlink_to(target)
    present(simulated)
    file.unlink()
    file.write_text("the new one\n")
    script = simulated.files.in_state(rollback_script.NAME)
    path = f"{simulated.folder}:/usr/bin:/bin"
    for name in ("wg", "wg-quick", "ip", "nft"):
        (simulated.folder / name).write_text("#!/bin/sh\nexit 1\n")
        (simulated.folder / name).chmod(0o755)
    text = Path(script).read_text().replace("PATH=/usr/local", f"PATH={path}:/usr/local")
    subprocess.run(["sh", "-c", text, "sh", "undo", simulated.files.state], check=True)
    assert file.read_bytes() == target.read_bytes() == OLD
    assert file.is_symlink() == (kind == "link")
    assert target.stat().st_mode & 0o777 == 0o640
    assert simulated.files.was_put_back == "undone"
