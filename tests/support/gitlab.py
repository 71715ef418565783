# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands for GitLab's API: the notes of one merge request, as far as the example asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "glpat-in-the-tests"
PATH = re.compile(r"/api/v4/projects/42/merge_requests/7/notes(?:/(\d+))?")


class GitLab(ThreadingHTTPServer):
    """``notes`` are those of the merge request by id; ``asked`` is what it was asked, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notes: dict[int, str] = {}
        self.asked: list[str] = []

    @property
    def variables(self) -> dict[str, str]:
        """What GitLab gives to a job of this merge request."""
        return {
            "CI_API_V4_URL": f"http://127.0.0.1:{self.server_port}/api/v4",
            "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_NOTE_TOKEN": TOKEN,
        }


class _Handler(BaseHTTPRequestHandler):
    server: GitLab

    def _answer(self) -> None:
        url = urlsplit(self.path)
        found = PATH.fullmatch(url.path)
        notes, number = self.server.notes, found and found[1]
        self.server.asked.append(self.command)
        length = int(self.headers.get("Content-Length", 0))
        given = json.loads(self.rfile.read(length)) if length else {}
        if self.headers["PRIVATE-TOKEN"] != TOKEN:
            self._send(401, {"message": "401 Unauthorized"})
        elif not found or (number and int(number) not in notes):
            self._send(404, {"message": "404 Not found"})
        elif self.command == "GET":
            asked = {name: int(values[0]) for name, values in parse_qs(url.query).items()}
            size = min(asked.get("per_page", 20), 100)
            # The newest first, as GitLab has them.
            every = [{"id": key, "body": body} for key, body in reversed(notes.items())]
            begin = (asked.get("page", 1) - 1) * size
            self._send(200, every[begin : begin + size])
        else:
            key = int(number) if number else len(notes) + 1
            notes[key] = given["body"]
            self._send(200 if number else 201, {"id": key, "body": notes[key]})

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that http.server calls

    def _send(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is logged."""


@contextmanager
def serving() -> Iterator[GitLab]:
    with GitLab() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
