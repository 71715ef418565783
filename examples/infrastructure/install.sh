#!/bin/sh
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs Ansible into .venv and the collection into collections, at the versions that this repository names.
set -eu
cd "$(dirname "$0")"

[ -x .venv/bin/pip ] || python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
.venv/bin/ansible-galaxy collection install --requirements-file requirements.yml --collections-path collections
# GitHub's later steps find the commands by themselves.
if [ -n "${GITHUB_PATH:-}" ]; then
    echo "$PWD/.venv/bin" >>"$GITHUB_PATH"
fi
