# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What runs on the host without us: the start of a tunnel, and its roll-back.

A shell script, so that it needs nothing but what wg-quick needs, and outlives the connection that it
was started by. Its words are in a file ``plan`` beside it. Whoever moves the file ``armed`` away has
decided what becomes of the change: the run that confirms it, or the roll-back.
"""

from __future__ import annotations

NAME = "client.sh"

SCRIPT = r"""#!/bin/sh
# Of the Ansible role premiervpn.wireguard.wg_client, while a change is under way.
# client.sh start|rollback|undo|stop STATE [TOKEN]
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
STATE=$2
TOKEN=${3:-}
# IF, SERVICE, FILE, ACTION, DELAY, ROLLBACK, WAS_UP, WAS_ENABLED, OTHER_KEYS, PREFS, NFT
. "$STATE/plan"

exists() { wg show "$IF" >/dev/null 2>&1; }

tell() { printf '%s\n' "$2" >"$STATE/$1.new" && mv -f "$STATE/$1.new" "$STATE/$1"; }

put_new() { cp "$1" "$FILE.new.$$" && chmod 600 "$FILE.new.$$" && mv -f "$FILE.new.$$" "$FILE"; }

# As it was: its bytes, mode and owner, or the link.
put_old() { rm -f "$FILE.new.$$"; cp -Pp "$STATE/old.conf" "$FILE.new.$$" && mv -f "$FILE.new.$$" "$FILE"; }

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

enable() {
    case $SERVICE in
    systemd) systemctl enable --quiet "wg-quick@$IF.service" ;;
    openrc) rc-update add "wg-quick.$IF" default ;;
    esac
}

stop_starter() {
    if [ "$SERVICE" = systemd ]; then systemctl stop "wg-client-start-$IF.service" 2>/dev/null; fi
    pid=$(cat "$STATE/starter" 2>/dev/null) || return 0
    [ "$pid" != $$ ] || return 0
    # Not another process that has the number by now.
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$STATE"; then
        kill -- "-$pid" 2>/dev/null
        sleep 1
    fi
}

put_back() {
    [ -z "$TOKEN" ] || [ "$(cat "$STATE/armed" 2>/dev/null)" = "$TOKEN" ] || return 0
    mv "$STATE/armed" "$STATE/rolling" 2>/dev/null || return 0
    [ "$1" = failed ] || stop_starter
    end
    if [ -e "$STATE/old.conf" ] || [ -L "$STATE/old.conf" ]; then put_old; else rm -f "$FILE"; fi
    if [ "$WAS_UP" = 1 ]; then begin; fi
    if [ "$WAS_ENABLED" = 1 ]; then enable; fi
    rm -rf "$STATE/old.conf" "$STATE/new" "$STATE/sync.conf"
    tell rolled_back "$1"
    rm -f "$STATE/rolling"
}

start() {
    echo $$ >"$STATE/starter"
    sleep "$DELAY"
    [ -e "$STATE/armed" ] || exit 0
    if [ "$ACTION" = sync ]; then
        put_new "$STATE/new/$IF.conf" && wg syncconf "$IF" "$STATE/sync.conf"
    else
        end
        : >"$STATE/log"
        put_new "$STATE/new/$IF.conf" && begin
    fi
    status=$?
    if [ $status = 0 ]; then tell status ok; else
        cp "$STATE/log" "$STATE/failed"
        put_back failed
        tell status failed
    fi
    rm -f "$STATE/starter"
}

case $1 in
start) start >>"$STATE/log" 2>&1 ;;
rollback)
    if [ "$SERVICE" != systemd ]; then
        echo $$ >"$STATE/timer"
        sleep "$ROLLBACK"
    fi
    put_back timeout >>"$STATE/log" 2>&1
    ;;
undo) put_back undone >>"$STATE/log" 2>&1 ;;
stop) end >>"$STATE/log" 2>&1 ;;
esac
"""
