# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done on a host, and in which order; and what is not, in check mode or where it would lock out."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    apply,
    boot_hook,
    confirm,
    connection,
    handshake,
    host,
    one_at_a_time,
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
    assert [command[6] for command in begun] == ["rollback", "rollback", "start"]
    # The second looks after the first.
    assert [command[9:] for command in begun] == [("60",), ("75",), ()]
    assert files.change_id == outcome.change_id == begun[0][8]
    assert not os.path.exists(files.file)
    assert system.read_text(files.new) == text()
    assert os.stat(files.new).st_mode & 0o777 == 0o600
    assert not os.path.exists(files.old)
    assert os.stat(files.state).st_mode & 0o777 == 0o700
    plan = system.read_text(files.in_state("plan"))
    assert "WAS_UP='0'" in plan
    assert "HAD_FILE='0'" in plan
    assert not [one for one in simulated.ran if PRIVATE in " ".join(one) or SHARED in " ".join(one)]


def test_without_a_roll_back_only_the_start_begins(simulated: SimulatedHost) -> None:
    present(simulated, rollback=0)
    assert [command[6] for command in simulated.ran if command[0] == "sh"] == ["start"]


def test_by_systemd_with_a_timer_that_is_on_time(simulated: SimulatedHost) -> None:
    present(simulated, service="systemd")
    rollback, again, start = (one for one in simulated.ran if one[0] == "systemd-run")
    on_time = {"--timer-property=AccuracySec=200ms", "--property=Restart=on-failure"}
    assert {"--on-active=60", *on_time} <= set(rollback)
    assert {"--on-active=75", *on_time} <= set(again)
    assert "--unit=wg-client-start-pvpn0" in start


def test_where_systemd_does_not_take_it(simulated: SimulatedHost) -> None:
    simulated.answers[("systemd-run",)] = (1, "", "no")
    present(simulated, service="systemd")
    detached = [one for one in simulated.ran if one[0] == "sh"]
    assert [one[9:] for one in detached] == [("60",), ("75",), ()]


@pytest.mark.parametrize(
    ("manager", "file"),
    [
        ("systemd", "systemd/wg-client-boot-pvpn0.service"),
        ("openrc", "openrc/init.d/wg-client-boot-pvpn0"),
    ],
)
def test_what_puts_back_at_boot_is_there_while_a_change_is_under_way(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch, manager: str, file: str
) -> None:
    script = simulated.folder / "wg-quick"
    script.touch()
    monkeypatch.setattr(host, "INIT_SCRIPT", str(script))
    present(simulated, service=manager)
    path, link = boot_hook.paths("pvpn0", manager)
    assert path == str(simulated.folder / file)
    assert os.readlink(link) == path
    files = rollback.TunnelFiles("pvpn0", manager)
    hook = system.read_text(path)
    assert f"/bin/sh {files.in_state('client.sh')} boot {files.state}\n" in hook
    assert re.search(r"(?i)before[ =]wg-quick[@.]pvpn0", hook)
    assert f"BOOT_FILES='{link} {path}'" in system.read_text(files.in_state("plan"))
    rollback.clean_up(files)
    assert not os.path.lexists(link)
    assert not os.path.exists(path)


def test_a_unit_takes_no_equals_sign(simulated: SimulatedHost) -> None:
    assert boot_hook.paths("a=b+c", "systemd")[0].endswith("/wg-client-boot-a_3d_b_2b_c.service")


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


def test_another_link_has_the_tunnels_address(simulated: SimulatedHost) -> None:
    """Its answers would have the address by which the rules know what goes into the tunnel."""
    links = [
        {"ifname": "eth0", "addr_info": [{"local": "10.66.66.2", "prefixlen": 24}]},
        {"ifname": "pvpn0", "addr_info": [{"local": "10.66.66.2", "prefixlen": 32}]},
    ]
    simulated.answers[("ip", "-j", "address", "show")] = (0, json.dumps(links), "")
    with pytest.raises(TunnelError, match=r"10\.66\.66\.2 .* eth0 .* Nothing was done"):
        present(simulated)
    # A tunnel of the same client moves.
    simulated.answers[("wg", "show", "interfaces")] = (0, "eth0 pvpn0\n", "")
    assert present(simulated).started


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
    assert system.read_text(simulated.files.old) == text()
    plan = system.read_text(simulated.files.in_state("plan"))
    assert "WAS_UP='1'" in plan
    assert "PREFS='100 101 102 31000 31001 31002'" in plan


def test_keys_are_not_changed_over_the_tunnel(simulated: SimulatedHost) -> None:
    stand(simulated, private_key=OTHER)
    with pytest.raises(TunnelError, match="reached through the tunnel"):
        present(simulated, reached_at="10.66.66.2")
    assert present(simulated, reached_at="198.51.100.7").action == "sync"


def test_no_networks_that_lock_out(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "connection_ends", lambda: ("203.0.113.9", "198.51.100.2"))
    networks = {"routes": ["203.0.113.0/24"], "guard": False, "rollback": 0}
    with pytest.raises(TunnelError, match=r"routes has 203\.0\.113\.9"):
        present(simulated, **networks)
    assert not os.path.exists(simulated.files.state)


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
    late = one_at_a_time.now() + 60 + one_at_a_time.LATE + 1
    monkeypatch.setattr(one_at_a_time, "now", lambda: late)
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
    # Nor is it taken away: until then, the old tunnel is what a boot starts.
    assert not simulated.began("systemctl", "disable")


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


def started(simulated: SimulatedHost, how: str, **values: Any) -> str:
    """A change that went this way; what its run knows it by."""
    stand(simulated)
    change_id = present(simulated, mtu=1400, **values).change_id
    files = simulated.files
    os.replace(files.new, files.file)
    if how == "status":
        system.write_private(files.in_state("status"), "ok 1\n")
    else:
        put_back(files, how)
    return change_id


def put_back(files: rollback.TunnelFiles, why: str) -> None:
    os.rename(files.in_state("armed"), files.in_state("rolled_back"))
    os.rename(files.in_state("because"), files.in_state(f"because-{why}"))


def settled(**values: Any) -> Any:
    return options(**{"service": "none", **values})


def test_a_start_that_went_well_is_kept(simulated: SimulatedHost) -> None:
    change_id = started(simulated, "status")
    confirm.watch(settled(), change_id)
    found = confirm.confirm(settled(), change_id)
    assert found["address"] == "10.66.66.2"
    assert found["latest_handshake"]
    assert not os.path.exists(rollback.STATES)
    assert os.listdir(rollback.FOLDER) == ["pvpn0.conf"] or sorted(os.listdir(rollback.FOLDER)) == [
        ".note",
        "pvpn0.conf",
    ]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("timeout", "put the old state back by itself"),
        ("boot", "host restarted before"),
        ("undone", "another run"),
    ],
)
def test_a_change_that_the_host_took_back_is_told_twice(
    simulated: SimulatedHost, why: str, said: str
) -> None:
    change_id = started(simulated, why)
    for step in (confirm.watch, confirm.confirm):
        with pytest.raises(TunnelError, match=said):
            step(settled(), change_id)


def test_a_roll_back_at_the_last_moment(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_id = started(simulated, "status")
    judge = confirm._judge

    def late(files: rollback.TunnelFiles, *rest: Any) -> None:
        judge(files, *rest)
        put_back(files, "timeout")

    monkeypatch.setattr(confirm, "_judge", late)
    with pytest.raises(TunnelError, match="put the old state back by itself"):
        confirm.confirm(settled(), change_id)


def test_the_change_of_another_run_is_not_confirmed(simulated: SimulatedHost) -> None:
    started(simulated, "status")
    for step in (confirm.watch, confirm.confirm):
        with pytest.raises(TunnelError, match="is another run's"):
            step(settled(), "0123456789abcdef")
    assert simulated.files.is_armed


def test_a_confirmation_does_not_wait_for_the_start(simulated: SimulatedHost) -> None:
    change_id = started(simulated, "status")
    os.unlink(simulated.files.in_state("status"))
    with pytest.raises(TunnelError, match="The start has not ended yet"):
        confirm.confirm(settled(), change_id)
    assert simulated.files.is_armed


def chain(*processes: tuple[str, int]) -> list[connection.Process]:
    """A process of the task, its parent, and so on, each with its name and its age."""
    return [
        connection.Process(pid, pid + 1, began, name)
        for pid, (name, began) in enumerate(processes, 10_000_000)
    ]


OVER_SSH = (("python3", 900), ("sudo", 890), ("sh", 880), ("sshd-session", 500), ("sshd", 10))


@pytest.mark.parametrize(
    ("processes", "started", "session", "older"),
    [
        (OVER_SSH, 499, "", False),
        (OVER_SSH, 500, "", True),
        (OVER_SSH, 600, "", True),
        # Ansible on the host itself, in somebody's session: the same one for all tasks.
        (OVER_SSH, 600, "10000002-880", False),
        # Another way than ssh: it has no past.
        ((("python3", 900), ("sh", 890), ("runc", 5)), 600, "", False),
        ((("python3", 900), ("sh", 890), ("dropbear", 300), ("dropbear", 10)), 400, "", True),
    ],
)
def test_only_a_connection_that_is_younger_than_the_start(
    monkeypatch: pytest.MonkeyPatch,
    processes: tuple[tuple[str, int], ...],
    started: int,
    session: str,
    older: bool,
) -> None:
    monkeypatch.setattr(connection, "parents", lambda: chain(*processes))
    assert connection.is_older(started, session) == older


def test_an_ssh_server_of_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told by the variable that every one leaves."""
    own = connection.process(os.getpid())
    parent = connection.process(os.getppid())
    assert own
    assert parent
    assert connection.parents()[:2] == [own, parent]
    monkeypatch.setattr(connection, "parents", lambda: [own])
    monkeypatch.setattr(
        connection,
        "read_text",
        lambda path: (
            "A=b\0SSH_CONNECTION=1 2 3 4\0" if "environ" in path else system.read_text(path)
        ),
    )
    assert connection.find() == connection.Connection(parent, own)
    assert connection.session_name() == str(own)


def test_an_old_connection_confirms_nothing(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_id = started(simulated, "status")
    system.write_private(simulated.files.in_state("status"), "ok 500\n")
    monkeypatch.setattr(connection, "parents", lambda: chain(*OVER_SSH))
    with pytest.raises(TunnelError, match=r"reset_connection"):
        confirm.confirm(settled(), change_id)
    assert simulated.files.is_armed
    system.write_private(simulated.files.in_state("status"), "ok 499\n")
    assert confirm.confirm(settled(), change_id)


def test_a_status_that_is_cut_off_is_later_than_all(simulated: SimulatedHost) -> None:
    started(simulated, "status")
    system.write_private(simulated.files.in_state("status"), "ok")
    assert rollback.start_ended(simulated.files) == sys.maxsize


def test_one_change_at_a_time(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is refused, naming the first; whatever interface it is for."""
    monkeypatch.setattr(one_at_a_time, "WAIT", 0)
    change_id = started(simulated, "status")
    for interface in ("pvpn0", "pvpn1"):
        with pytest.raises(TunnelError, match=f"restart of pvpn0.*{change_id}.* Nothing was done"):
            present(simulated, interface=interface, mtu=1300)
    with pytest.raises(TunnelError, match=change_id):
        apply.absent(settled(), apply.Task(False, None))
    # Looking is free.
    assert present(simulated, check=True).changed
    confirm.confirm(settled(), change_id)
    assert present(simulated, mtu=1300).started


def test_the_second_waits(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    change_id = started(simulated, "status")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            confirm.confirm(settled(), change_id)

    monkeypatch.setattr(one_at_a_time.time, "sleep", sleep)
    assert present(simulated, mtu=1300).started
    assert len(slept) == 3


@pytest.mark.parametrize("over", ["its time", "a boot", "rolling"])
def test_a_lock_lives_as_long_as_its_change(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    monkeypatch.setattr(one_at_a_time, "WAIT", 0)
    change_id = started(simulated, "status")
    undone: list[str] = []

    def undo(files: rollback.TunnelFiles) -> None:
        undone.append(files.change_id)
        rollback.clean_up(files)

    monkeypatch.setattr(rollback, "undo", undo)
    if over == "its time":
        late = one_at_a_time.now() + 60 + one_at_a_time.LATE + 1
        monkeypatch.setattr(one_at_a_time, "now", lambda: late)
    elif over == "a boot":
        monkeypatch.setattr(connection, "BOOT_ID", str(simulated.folder / "another"))
    else:
        os.rename(simulated.files.in_state("armed"), simulated.files.in_state("rolling"))
    assert present(simulated, mtu=1300).started
    assert undone == [change_id]


def test_tasks_side_by_side_are_alone_one_after_the_other(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        one_at_a_time.alone(),
        pytest.raises(TunnelError, match="another run is at work"),
        one_at_a_time.alone(0),
    ):
        pytest.fail("two at a time")
    with one_at_a_time.alone(0):
        pass


@pytest.mark.parametrize("place", ["plan", "new", "armed"])
def test_a_full_disk_changes_nothing(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    stand(simulated)
    write = system.write_private

    def full(path: str, content: str) -> None:
        if path.endswith(place):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(rollback, "write_private", full)
    with pytest.raises(TunnelError, match=r"No space left on device.*Nothing was changed"):
        present(simulated, service="systemd", mtu=1400)
    assert system.read_text(simulated.files.file) == text()
    assert not os.path.exists(rollback.STATES)
    assert sorted(os.listdir(rollback.FOLDER)) == [".note", "pvpn0.conf"]
    assert not simulated.began("systemctl", "disable")
    assert not simulated.began("systemd-run")
    assert not list((simulated.folder / "systemd").rglob("*.service"))


def test_a_start_that_failed_says_why(simulated: SimulatedHost) -> None:
    change_id = started(simulated, "failed")
    system.write_private(simulated.files.in_state("failed"), "[#] false\n")
    with pytest.raises(TunnelError, match="did not start: this command failed: false"):
        confirm.watch(settled(), change_id)


def test_silence_is_put_back(simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    change_id = started(simulated, "status")
    monkeypatch.setattr(handshake, "latest", lambda interface: 0)
    undone: list[rollback.TunnelFiles] = []
    monkeypatch.setattr(rollback, "undo", undone.append)
    with pytest.raises(TunnelError, match=r"192\.0\.2\.5:51820 did not answer within 1 s"):
        confirm.watch(settled(verify=1), change_id)
    assert len(undone) == 1
    confirm._handshake(simulated.files, settled(verify=0))


def test_other_keys_have_to_show_that_they_are_good(simulated: SimulatedHost) -> None:
    stand(simulated)
    present(simulated, conf=CONF.replace(PRIVATE, OTHER))
    files = simulated.files
    os.replace(files.new, files.file)
    assert confirm._since(files) > int(system.read_text(files.in_state("since")))
    rollback.clean_up(files)
    stand(simulated)
    present(simulated, keepalive=30)
    os.replace(files.new, files.file)
    assert confirm._since(files) == 0


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
