#!/bin/sh
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Keeps one open issue for as long as the servers differ from the declaration.
# Usage: drift-issue.sh success|failure FILE
set -eu
outcome=$1
file=$2
title="The WireGuard servers differ from the declaration"

number=$(gh issue list --state open --label drift --json number --jq '.[0].number // empty')

if [ "$outcome" = success ]; then
    if [ -n "$number" ]; then
        gh issue close "$number" --comment "The servers are as declared again."
    fi
    exit 0
fi

if [ ! -s "$file" ]; then
    echo "The servers could not be compared; the step before says why." >"$file"
fi
if [ -n "$number" ]; then
    gh issue edit "$number" --body-file "$file"
else
    gh label create drift --force --description "Servers that differ from the declaration"
    gh issue create --title "$title" --label drift --body-file "$file"
fi
exit 1
