# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done on a host, and in which order; and what is not, in check mode or where it would lock out."""

from __future__ import annotations

import os
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._client import (
    boot,
    change,
    commands,
    confirm,
    converge,
    host,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._client.options import (
    ClientError,
)
from tests.support.client_hosts import CONF, OTHER, PRIVATE, SHARED, fitting, options, wish
from tests.support.told_hosts import ToldHost, present, told

__all__ = ["told"]


def text() -> str:
    return wish(dns="none").text


def stand(told: ToldHost, **changes: Any) -> None:
    """A host that has the tunnel, as it should be but for ``changes``."""
    change.make_home()
    change.write_private(told.place.file, text())
    told.has(fitting(wish(dns="none"), **changes))


def test_a_first_start_is_armed_before_it_begins(told: ToldHost) -> None:
    outcome = present(told)
    assert (outcome.changed, outcome.started, outcome.action) == (True, True, "restart")
    place = told.place
    begun = [command for command in told.ran if command[0] == "sh"]
    assert [command[6] for command in begun] == ["rollback", "start"]
    assert os.path.exists(place.kept("armed"))
    assert not os.path.exists(place.file)
    staged = place.kept("new/pvpn0.conf")
    assert commands.contents(staged) == text()
    assert os.stat(staged).st_mode & 0o777 == 0o600
    assert os.stat(place.state).st_mode & 0o777 == 0o700
    assert "WAS_UP='0'" in commands.contents(place.kept("plan"))
    assert not [one for one in told.ran if PRIVATE in " ".join(one) or SHARED in " ".join(one)]


def test_without_a_roll_back_only_the_start_begins(told: ToldHost) -> None:
    present(told, rollback=0)
    assert [command[6] for command in told.ran if command[0] == "sh"] == ["start"]


def test_by_systemd_with_a_timer_that_is_on_time(told: ToldHost) -> None:
    present(told, service="systemd")
    rollback, start = (one for one in told.ran if one[0] == "systemd-run")
    assert {"--on-active=60", "--timer-property=AccuracySec=200ms"} <= set(rollback)
    assert "--unit=wg-client-start-pvpn0" in start


def test_where_systemd_does_not_take_it(told: ToldHost) -> None:
    told.answers[("systemd-run",)] = (1, "", "no")
    present(told, service="systemd")
    detached = [one for one in told.ran if one[0] == "sh"]
    assert len(detached) == 2
    assert detached[0][6:8] == ('sleep "$0"; exec "$@"', "60")


@pytest.mark.parametrize("guard", [True, False])
def test_check_mode_touches_nothing(told: ToldHost, guard: bool) -> None:
    outcome = present(told, check=True, guard=guard)
    assert (outcome.changed, outcome.started, outcome.action) == (True, False, "restart")
    assert sorted(os.listdir(told.folder)) == ["wg-quick@.service"]
    assert not [one for one in told.ran if one[0] in ("sh", "systemd-run")]
    assert PRIVATE not in str(outcome.diff)


def test_check_mode_where_nothing_is_installed(
    told: ToldHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (converge, converge.stripped.__globals__):
        target = module if isinstance(module, dict) else vars(module)
        monkeypatch.setitem(target, "found", lambda name: None)
    assert present(told, check=True).changed
    with pytest.raises(ClientError, match="wg and wg-quick are not installed"):
        present(told)


def test_nothing_where_all_is_right(told: ToldHost) -> None:
    stand(told)
    outcome = present(told)
    assert (outcome.changed, outcome.action, outcome.reasons) == (False, "nothing", [])
    assert not os.path.exists(change.STATES)


def test_a_file_for_everybody_is_closed(told: ToldHost) -> None:
    stand(told)
    os.chmod(told.place.file, 0o644)
    assert present(told).changed
    assert not present(told).changed


def test_only_the_file_is_written(told: ToldHost) -> None:
    stand(told)
    change.write_private(told.place.file, f"# mine\n{text()}")
    outcome = present(told)
    assert (outcome.action, outcome.started) == ("write", False)
    assert commands.contents(told.place.file) == text()


def test_what_was_is_kept_for_a_roll_back(told: ToldHost) -> None:
    stand(told)
    outcome = present(told, keepalive=30, guard_pref=100)
    assert outcome.action == "restart"
    assert commands.contents(told.place.kept("old.conf")) == text()
    plan = commands.contents(told.place.kept("plan"))
    assert "WAS_UP='1'" in plan
    assert "PREFS='100 101 102 31000 31001 31002'" in plan


def test_keys_are_not_changed_over_the_tunnel(told: ToldHost) -> None:
    stand(told, private_key=OTHER)
    with pytest.raises(ClientError, match="reached through the tunnel"):
        present(told, reached_at="10.66.66.2")
    assert present(told, reached_at="198.51.100.7").action == "sync"


def test_an_interface_of_another_kind_is_left_alone(told: ToldHost) -> None:
    stand(told)
    told.answers[("wg", "show")] = (1, "", "not supported")
    with pytest.raises(ClientError, match="not WireGuard's"):
        present(told)
    with pytest.raises(ClientError, match="not WireGuard's"):
        converge.absent(options(service="none"), converge.Task(False, None))


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
    told: ToldHost, command: tuple[str, ...], answer: tuple[int, str, str]
) -> None:
    stand(told)
    told.answers[command] = answer
    with pytest.raises(ClientError) as error:
        present(told, mtu=1400)
    assert PRIVATE not in str(error.value)
    assert commands.contents(told.place.file) == text()
    assert not os.path.exists(change.STATES)


def test_what_was_cut_off_is_put_back_first(
    told: ToldHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(told)
    present(told, mtu=1400)
    undone: list[str] = []

    def undo(place: change.Place) -> None:
        undone.append(place.interface)
        os.unlink(place.kept("armed"))

    monkeypatch.setattr(change, "undo", undo)
    assert present(told, check=True).changed
    assert undone == []
    outcome = present(told)
    assert undone == ["pvpn0"]
    assert outcome.changed
    assert "cut off" in outcome.reasons[0]


def test_it_starts_with_the_host_once_it_is_confirmed(told: ToldHost) -> None:
    stand(told)
    assert "starting with the host" in present(told, service="systemd").reasons
    assert told.began("systemctl", "enable")
    told.ran.clear()
    outcome = present(told, service="systemd", mtu=1400)
    assert outcome.started
    assert not told.began("systemctl", "enable")
    assert told.began("systemctl", "disable")


def test_a_user_who_is_yet_to_be_made(told: ToldHost) -> None:
    outcome = converge.unknown(options(service="none"))
    assert outcome.changed
    assert "would make" in outcome.diff["after"]


def absent(told: ToldHost, *, check: bool = False, **more: Any) -> converge.Outcome:
    task = converge.Task(check, more.pop("reached_at", None))
    return converge.absent(options(service="none"), task)


def test_the_end(told: ToldHost, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not absent(told).changed
    stand(told)
    with pytest.raises(ClientError, match="reached through the tunnel"):
        absent(told, reached_at="10.66.66.2")
    assert absent(told, check=True).changed
    assert os.path.exists(told.place.file)
    with pytest.raises(ClientError, match="could not be stopped"):
        absent(told)
    monkeypatch.setattr(
        change, "stop", lambda place: told.answers.update(ToldHost(told.folder).answers)
    )
    assert absent(told).changed
    assert sorted(os.listdir(told.folder)) == ["wg-quick@.service"]


def started(told: ToldHost, how: str, **values: Any) -> None:
    stand(told)
    present(told, mtu=1400, **values)
    change.write_private(told.place.kept(how), "ok\n" if how == "status" else "timeout\n")
    if how == "rolled_back":
        os.unlink(told.place.kept("armed"))


def settled(**values: Any) -> Any:
    return options(**{"service": "none", **values})


def test_a_start_that_went_well_is_kept(told: ToldHost) -> None:
    started(told, "status")
    confirm.watch(settled())
    found = confirm.keep(settled())
    assert found["address"] == "10.66.66.2"
    assert found["latest_handshake"]
    assert not os.path.exists(change.STATES)


def test_a_change_that_the_host_took_back_is_told_twice(told: ToldHost) -> None:
    started(told, "rolled_back")
    for step in (confirm.watch, confirm.keep):
        with pytest.raises(ClientError, match="put the old state back by itself"):
            step(settled())


def test_a_roll_back_at_the_last_moment(told: ToldHost) -> None:
    started(told, "status")
    os.unlink(told.place.kept("armed"))
    with pytest.raises(ClientError, match="put the old state back by itself"):
        confirm.keep(settled())


def test_a_start_that_failed_says_why(told: ToldHost) -> None:
    started(told, "status")
    change.write_private(told.place.kept("status"), "failed\n")
    change.write_private(told.place.kept("failed"), "[#] false\n")
    with pytest.raises(ClientError, match="did not start: this command failed: false"):
        confirm.watch(settled())


def test_silence_is_put_back(told: ToldHost, monkeypatch: pytest.MonkeyPatch) -> None:
    started(told, "status")
    monkeypatch.setattr(confirm, "_latest", lambda place: 0)
    undone: list[change.Place] = []
    monkeypatch.setattr(change, "undo", undone.append)
    with pytest.raises(ClientError, match=r"192\.0\.2\.5:51820 did not answer within 1 s"):
        confirm.watch(settled(verify=1))
    assert len(undone) == 1
    confirm._handshake(told.place, settled(verify=0))


def test_other_keys_have_to_show_that_they_are_good(told: ToldHost) -> None:
    stand(told)
    change.write_private(told.place.file, text())
    present(told, conf=CONF.replace(PRIVATE, OTHER))
    assert confirm._since(told.place) > int(commands.contents(told.place.kept("since")))
    change.forget(told.place)
    present(told, keepalive=30)
    assert confirm._since(told.place) == 0


def test_openrc(told: ToldHost, monkeypatch: pytest.MonkeyPatch) -> None:
    script = told.folder / "wg-quick"
    monkeypatch.setattr(boot, "INIT_SCRIPT", str(script))
    monkeypatch.setattr(host, "INIT_SCRIPT", str(script))
    assert "OpenRC" in str(host.service_problem("openrc"))
    script.touch()
    assert host.service_problem("openrc") is None
    told.answers[("rc-update", "show")] = (0, " sshd | default\n", "")
    assert not boot.is_enabled("pvpn0", "openrc")
    assert boot.enable("pvpn0", "openrc")
    assert os.readlink(f"{script}.pvpn0") == "wg-quick"
    told.answers[("rc-update", "show")] = (0, " wg-quick.pvpn0 | default\n", "")
    assert boot.is_enabled("pvpn0", "openrc")
    boot.disable("pvpn0", "openrc")
    boot.unlink_script("pvpn0")
    assert not os.path.lexists(f"{script}.pvpn0")
    assert ("rc-update", "delete", "wg-quick.pvpn0", "default") in told.ran


def test_no_manager_enables_nothing(told: ToldHost) -> None:
    assert not boot.enable("pvpn0", "none")
    assert not boot.is_enabled("pvpn0", "none")
    assert told.ran == []


def test_what_is_missing(told: ToldHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "found", lambda name: None)
    monkeypatch.setattr(host, "has_kernel_module", lambda: False)
    assert host.missing(options()) == ["wg", "wg-quick", "ip", "wireguard-go"]
    assert host.missing(options(userspace=False, dns="install"))[-1] == "resolvconf"
    with pytest.raises(ClientError, match="root"):
        host.need_root(False)
