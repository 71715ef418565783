#!/bin/sh
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes a file as a note into the merge request. Needs the variable GITLAB_NOTE_TOKEN, a project access token that may
# use the API; without it the plan is an artifact of the job only.
set -eu

if [ -z "${CI_MERGE_REQUEST_IID:-}" ] || [ -z "${GITLAB_NOTE_TOKEN:-}" ]; then
    exit 0
fi
python3 - "$1" <<'PYTHON'
import json
import os
import sys
import urllib.request

MARK = "<!-- wireguard plan -->"
notes = "{CI_API_V4_URL}/projects/{CI_PROJECT_ID}/merge_requests/{CI_MERGE_REQUEST_IID}/notes".format(**os.environ)
headers = {"PRIVATE-TOKEN": os.environ["GITLAB_NOTE_TOKEN"], "Content-Type": "application/json"}


def ask(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def notes_there():
    page = 1
    while found := ask("GET", f"{notes}?per_page=100&page={page}"):
        yield from found
        page += 1


with open(sys.argv[1], encoding="utf-8") as file:
    text = f"{MARK}\n{file.read()}"
old = next((note for note in notes_there() if note["body"].startswith(MARK)), None)
if old:
    ask("PUT", f"{notes}/{old['id']}", {"body": text})
else:
    ask("POST", notes, {"body": text})
PYTHON
