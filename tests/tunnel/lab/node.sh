#!/usr/bin/env bash
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The first process of a node, in namespaces of its own (mount, pid, net, uts). It says which process it is
# and lives until its standard input ends: when the tests are gone, however they went, the kernel takes
# every process of the node along, and with the last one its mounts, links and addresses.
#
# node.sh NAME              the machine's files, but a /run of its own (WireGuard's sockets lie there)
# node.sh NAME BASE PLACE   a root file system of its own over BASE, mounted at PLACE (an empty folder; one
#                           serves all nodes, as each sees its own mount alone); the old one is /run/old
#
# What is to run inside then comes on standard input, line by line; an empty line ends it.
set -eu
name=$1 base=${2-} place=${3-}
# The old /proc still shows the processes as those outside see them.
read -r pid _ </proc/self/stat
hostname "$name"
if [ -n "$base" ]; then
	mount -t tmpfs -o mode=0755 lab "$place"
	mkdir "$place"/{root,changed,work}
	mount -t overlay -o "lowerdir=$base,upperdir=$place/changed,workdir=$place/work" lab "$place/root"
	cd "$place/root"
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount --rbind /dev dev
	for each in run tmp root; do mount -t tmpfs -o mode=0755 lab "$each"; done
	chmod 1777 tmp
	mkdir run/old
	pivot_root . run/old
	cd /
else
	mount -t proc proc /proc
	mount -t tmpfs -o mode=0755 lab /run
fi
ip link set lo up
echo "$pid"
while IFS= read -r line && [ -n "$line" ]; do eval "$line"; done
# Bash collects the processes that lost their parent.
while read -r _; do :; done
