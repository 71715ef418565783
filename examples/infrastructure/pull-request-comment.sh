#!/bin/sh
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Keeps one comment of a pull request at what a file holds.
# Usage: pull-request-comment.sh NUMBER FILE
set -eu
number=$1
mark="<!-- wireguard plan -->"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{ echo "$mark"; cat "$2"; } >"$body"

id=$(gh api --paginate "repos/$GH_REPO/issues/$number/comments" \
    --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | head -n 1)
if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GH_REPO/issues/comments/$id" --field "body=@$body"
else
    gh api --silent --method POST "repos/$GH_REPO/issues/$number/comments" --field "body=@$body"
fi
