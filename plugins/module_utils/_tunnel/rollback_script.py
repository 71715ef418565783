# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What runs on the host without us: the start of a tunnel, and its roll-back.

A shell script, so that it needs nothing but what wg-quick needs, and outlives the connection that it
was started by. Its words are in a file ``plan`` beside it.

One file says which of two whole files holds, by its name: ``armed`` and ``rolling`` (the old one), ``kept``
(the new one) or ``rolled_back``. Whoever renames ``armed`` has decided what becomes of the change. Nothing that
the roll-back needs is made at that time: it renames what was on the disk before the change, so neither a full
disk nor a power cut can spoil it. Killed in its middle, it is begun again by whoever comes next.
"""

from __future__ import annotations

NAME = "client.sh"

SCRIPT = r"""#!/bin/sh
# Of the Ansible role premiervpn.wireguard.wg_client, while a change is under way.
# client.sh start|rollback|undo|boot|stop STATE [TOKEN [SECONDS]]
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
STATE=$2
TOKEN=${3:-}
# IF, SERVICE, FILE, OLD, NEW, HAD_FILE, ACTION, DELAY, WAS_UP, PREFS, NFT, BOOT, BOOT_FILES
. "$STATE/plan"

exists() { wg show "$IF" >/dev/null 2>&1; }

# Whether the change is in this state, and still the one that this was started for.
is() { [ -e "$STATE/$1" ] && { [ -z "$TOKEN" ] || [ "$(cat "$STATE/$1" 2>/dev/null)" = "$TOKEN" ]; }; }

# Onto the disk. Older ones take no names, and write everything.
settle() { sync "$@" 2>/dev/null || sync; }

# When a process began, in the unit and by the clock of /proc.
began() {
    stat=$(cat "/proc/$1/stat")
    set -- ${stat##*) }
    echo "${20}"
}

this_boot() { echo "$(cat /proc/sys/kernel/random/boot_id) $(began 1)"; }

begin() {
    case $SERVICE in
    systemd)
        now=$(date +%s)
        systemctl reset-failed "wg-quick@$IF.service" 2>/dev/null
        systemctl start "wg-quick@$IF.service" && return 0
        journalctl --unit "wg-quick@$IF.service" --since "@$now" --output cat --no-pager 2>/dev/null
        return 1
        ;;
    openrc)
        [ -e "/etc/init.d/wg-quick.$IF" ] || ln -s wg-quick "/etc/init.d/wg-quick.$IF"
        rc-service "wg-quick.$IF" start
        ;;
    *) wg-quick up "$FILE" ;;
    esac
}

# With the file that the tunnel was started with. What did not end in order is ended by hand.
end() {
    there=0
    exists && there=1
    case $SERVICE in
    systemd) systemctl stop "wg-quick@$IF.service" ;;
    openrc) [ ! -e "/etc/init.d/wg-quick.$IF" ] || rc-service "wg-quick.$IF" stop ;;
    esac
    if exists; then wg-quick down "$FILE" || there=0; fi
    if exists; then
        there=0
        ip link delete dev "$IF"
    fi
    for pref in $PREFS; do
        for family in -4 -6; do
            while ip $family rule delete pref "$pref" 2>/dev/null; do :; done
        done
    done
    nft delete table inet "$NFT" 2>/dev/null
    if [ $there = 0 ] && grep -qi '^ *DNS' "$FILE" 2>/dev/null && command -v resolvconf >/dev/null; then
        resolvconf -f -d "$IF" || resolvconf -f -d "tun.$IF"
    fi
    if [ "$SERVICE" = systemd ]; then systemctl reset-failed "wg-quick@$IF.service" 2>/dev/null; fi
    ! exists
}

stop_starter() {
    if [ "$SERVICE" = systemd ]; then systemctl stop "wg-client-start-$IF.service" 2>/dev/null; fi
    pid=$(cat "$STATE/starter" 2>/dev/null) || return 0
    [ -n "$pid" ] && [ "$pid" != $$ ] || return 0
    # Not another process that has the number by now.
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$STATE"; then
        kill -- "-$pid" 2>/dev/null
        sleep 1
        kill -s KILL -- "-$pid" 2>/dev/null
    fi
}

put_back() {
    # One at a time, each until it ends or is killed. What it starts does not hold it.
    exec 9<"$STATE/plan"
    flock -w 90 9 2>/dev/null
    if is armed; then
        mv -f "$STATE/because" "$STATE/because-$1" 2>/dev/null
        mv -f "$STATE/armed" "$STATE/rolling" 2>/dev/null
    fi
    is rolling || return 0
    trap : HUP INT TERM
    settle "$STATE"
    { take_back "$1"; } 9<&-
}

take_back() {
    [ "$1" = failed ] || stop_starter
    # After a boot nothing runs, and what is to run is started by the boot.
    [ "$1" = boot ] || end
    if [ "$HAD_FILE" = 0 ]; then
        rm -f "$FILE"
        if [ "$SERVICE" = openrc ]; then rm -f "/etc/init.d/wg-quick.$IF"; fi
    elif [ -e "$OLD" ] || [ -L "$OLD" ]; then
        mv -f "$OLD" "$FILE"
    fi
    settle "${FILE%/*}"
    # With a full disk wg-quick may fail over what it says.
    if [ "$WAS_UP" = 1 ] && [ "$1" != boot ]; then begin || begin >/dev/null 2>&1; fi
    mv -f "$STATE/rolling" "$STATE/rolled_back"
    rm -f "$OLD" "$NEW" "$STATE/sync.conf" $BOOT_FILES
    settle "$STATE"
}

start() {
    echo $$ >"$STATE/starter" || exit 1
    sleep "$DELAY"
    is armed || exit 0
    if [ "$ACTION" = sync ]; then
        mv -f "$NEW" "$FILE" && wg syncconf "$IF" "$STATE/sync.conf"
    else
        end
        : >"$STATE/log"
        mv -f "$NEW" "$FILE" && begin
    fi && echo "ok $(began self)" >"$STATE/status.new" && mv -f "$STATE/status.new" "$STATE/status" || {
        cp "$STATE/log" "$STATE/failed"
        put_back failed
    }
    rm -f "$STATE/starter"
}

case $1 in
start) start >>"$STATE/log" 2>&1 ;;
rollback)
    if [ "${4:-0}" != 0 ]; then
        echo $$ >"$STATE/timer-$4"
        sleep "$4"
    fi
    put_back timeout >>"$STATE/log" 2>&1
    ;;
undo) put_back undone >>"$STATE/log" 2>&1 ;;
boot)
    [ "$(this_boot)" != "$BOOT" ] || exit 0
    put_back boot
    rm -f $BOOT_FILES
    ;;
stop) end >>"$STATE/log" 2>&1 ;;
esac
"""
