#!/bin/bash
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The first process of a node, in namespaces of its own (mount, pid, net, uts). It says which process it is
# and lives until its standard input ends: when the tests are gone, however they went, the kernel takes
# every process of the node along, and with the last one its mounts, links and addresses.
#
# node.sh NAME          the machine's files, but a /run of its own (WireGuard's sockets lie there)
# node.sh NAME FOLDER BASE PLACE
#                       a host: a root file system of its own over BASE, mounted at PLACE; FOLDER is its
#                       /run/lab
# What is to run inside then comes on standard input as lines; an empty one ends them.
set -eu
name=$1 folder=${2-} base=${3-}
# The old /proc still shows the processes as those outside see them.
read -r pid _ </proc/self/stat
hostname "$name"
if [ -n "$folder" ]; then
	# One empty folder serves all nodes at once: what each mounts there is seen by itself alone.
	place=$4
	mount -t tmpfs -o mode=0755 lab "$place"
	mkdir "$place"/{root,changed,work}
	mount -t overlay -o "lowerdir=$base,upperdir=$place/changed,workdir=$place/work" lab "$place/root"
	cd "$place/root"
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount --rbind /dev dev
	for each in run tmp root; do mount -t tmpfs -o mode=0755 lab "$each"; done
	chmod 1777 tmp
	mkdir run/lab run/old
	mount --bind "$folder" run/lab
	pivot_root . run/old
	cd /
	umount -l /run/old && rmdir /run/old
else
	mount -t proc proc /proc
	mount -t tmpfs -o mode=0755 lab /run
fi
ip link set lo up
echo "$pid"
while IFS= read -r line && [ -n "$line" ]; do eval "$line"; done
# Bash collects the processes that lost their parent.
while read -r _; do :; done
