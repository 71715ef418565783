# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command, and writes down what it took: ``stopwatch.py REPORT LONGEST COMMAND...``.

A process of its own, and a small one: Linux counts the memory of whoever starts a command as the
command's, up to the moment when it really begins. Hence also the few imports.
"""

from __future__ import annotations

import os
import signal
import sys
import time


def main() -> None:
    report, longest, *command = sys.argv[1:]
    began = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGPIPE])
    signal.signal(signal.SIGALRM, lambda _number, _frame: os.kill(process, signal.SIGKILL))
    signal.alarm(int(longest))
    # It tells what the process used, and all its children that were waited for.
    _process, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    with open(report, "w", encoding="ascii") as file:
        file.write(f"{seconds} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss} {code}")


if __name__ == "__main__":
    main()
