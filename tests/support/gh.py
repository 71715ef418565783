# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands for GitHub's command ``gh``: keeps comments and issues in the file GH_STATE, as far as the example asks."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

MARK = "<!-- wireguard plan -->"


def api(state: dict[str, Any], arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--field")
    parser.add_argument("--jq")
    for flag in ("--paginate", "--silent"):
        parser.add_argument(flag, action="store_true")
    given = parser.parse_args(arguments)
    comments = state["comments"]
    if given.method == "GET":
        for number, text in comments.items():
            if text.startswith(MARK):
                print(number)
        return
    text = Path(given.field.removeprefix("body=@")).read_text(encoding="utf-8")
    last = given.path.rpartition("/")[2]
    comments[str(len(comments) + 1) if given.method == "POST" else last] = text


def issue(state: dict[str, Any], arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb")
    parser.add_argument("number", nargs="?")
    for name in ("state", "label", "json", "jq", "comment", "title", "body-file"):
        parser.add_argument(f"--{name}")
    given = parser.parse_args(arguments)
    issues = state["issues"]
    if given.verb == "list":
        for number, one in issues.items():
            if one["open"]:
                print(number)
    elif given.verb == "close":
        issues[given.number]["open"] = False
    else:
        text = Path(given.body_file).read_text(encoding="utf-8")
        number = given.number or str(len(issues) + 1)
        issues[number] = {"open": True, **issues.get(number, {"title": given.title}), "body": text}


def main() -> None:
    assert os.environ["GH_TOKEN"]
    assert os.environ["GH_REPO"]
    path = Path(os.environ["GH_STATE"])
    state = json.loads(path.read_text(encoding="utf-8"))
    command, arguments = sys.argv[1], sys.argv[2:]
    if command != "label":
        {"api": api, "issue": issue}[command](state, arguments)
    path.write_text(json.dumps(state), encoding="utf-8")


if __name__ == "__main__":
    main()
