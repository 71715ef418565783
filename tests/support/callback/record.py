# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what each task returned to a file, one JSON object a line, for the tests to read."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Record task results for the tests
description: One JSON object a line, in the file that E(RECORD_FILE) names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"

    def _record(self, result, status):
        task = getattr(result, "task", None) or result._task
        data = result.result if hasattr(result, "result") else result._result
        host = getattr(result, "host", None) or result._host
        line = {"task": task.get_name(), "host": host.get_name(), "status": status, "result": data}
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record(result, "failed")

    def v2_runner_on_skipped(self, result):
        self._record(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._record(result, "unreachable")
