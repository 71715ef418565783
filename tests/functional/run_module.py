# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one module of the collection with arguments from standard input, as Ansible's wrapper does."""

from __future__ import annotations

import runpy
import sys

from ansible.module_utils import basic

name = sys.argv[1]
if hasattr(basic, "_ANSIBLE_PROFILE"):  # ansible-core 2.19 and newer want to be told how to read
    basic._ANSIBLE_PROFILE = "legacy"
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
runpy.run_module(
    f"ansible_collections.premiervpn.wireguard.plugins.modules.{name}", run_name="__main__"
)
