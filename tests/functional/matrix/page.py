# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that shows the fault matrix. As a program it measures everything and writes the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from simulator.endpoints import ENDPOINTS, Endpoint

from .cells import COLUMNS, FAULTS, MAX_WAIT, MODULE_MAX_WAIT, TIMES, Cell, Column
from .outcomes import FAILED, LOST, RECOVERED, outcome
from .pool import measure_all
from .scenes import MODULES, SCENES

PATH = Path(__file__).resolve().parents[3] / "docs" / "fault-matrix.md"

MARKS = {RECOVERED: "✓", FAILED: "✗", LOST: "‼"}

TEXT = """\
<!-- Measured and written by `make docs`. A test compares it with what it measures itself. -->

# What happens when the portal fails

What a task does when a request to the portal fails, for each endpoint and each kind of failure. Every cell was run,
over real HTTP against the [simulator](../simulator/README.md).

A cell has three marks: the endpoint fails **once**, **twice**, and **for as long as the task lasts**.

| mark | meaning |
|---|---|
| ✓ | The task ended as if nothing had happened: the same result, and nothing created twice. |
| ✗ | The task failed. `msg` and `error` say what happened, and everything on the portal is as it was. |
| ‼ | The task failed in the middle of a replacement, and the old rule could not be put back either. \
It is in the failure, whole: `lost_port_forwards`. |

In every cell the next run, with the portal in order again, ends as declared, and the one after it changes
nothing.

{tables}
"{before}": the portal did not carry out the request. "{after}": it did, and only its answer went wrong.

## The tasks that were run

{tasks}

They ran with `max_wait: {max_wait}`, to see the end of it soon. With the default of 300 seconds a 429 without
`Retry-After` is waited out, so it is ✓ where it comes once or twice, and a portal that is out of order for a minute
or two costs no more than the time.

## The modules that do more at once

A column whose head names several endpoints has one mark: each of these reads fails once in the same task. A write has
two marks: it fails once, and twice. These tasks ran with `max_wait: {module_max_wait}`.

{modules}## What a cancelled job leaves

A task that gets SIGTERM, SIGINT (Ctrl-C) or SIGHUP first waits for the answer to a write that is under way (at
most `timeout` seconds), puts back what a half-done replacement has removed, and then fails. Further signals do not
disturb it. Ansible may end sooner than its task, which then goes on by itself.

Nothing can be put back by a task that is ended by SIGKILL, as by a machine that stops, by the out-of-memory killer, or
by AWX when a job is cancelled: ansible-runner kills the whole container. What such a task took away and did not declare
itself was written down before: the next task that changes the server gives it back, or shows in full what it can't.
What it did declare, the next run of it creates.
"""


# A table of all endpoints is wider than any page: each of these fits a phone.
GROUPS = {
    "Servers and status": ("E1", "E2", "E4"),
    "Users": ("E3", "E5", "E6"),
    "Port forwards": ("E7", "E8", "E9"),
    "Bandwidth of a user": ("E10", "E11", "E12"),
    "DNS of a server": ("E13", "E14", "E15"),
}


def page(outcomes: Mapping[str, str]) -> str:
    """The page, given what became of every cell."""
    endpoints = {endpoint.row: endpoint for endpoint in ENDPOINTS}
    if sorted(endpoints) != sorted(row for rows in GROUPS.values() for row in rows):
        raise ValueError("each endpoint belongs to one group")
    tables = "".join(
        _table(name, [endpoints[row] for row in rows], outcomes) for name, rows in GROUPS.items()
    )
    tasks = "| endpoint | task |\n|---|---|\n"
    tasks += "\n".join(f"| {row} | {SCENES[row].text} |" for row in endpoints)
    modules = "".join(
        _module_table(name, [column for column in COLUMNS if column.module == name], outcomes)
        for name in MODULES
    )
    waits = {"max_wait": MAX_WAIT, "module_max_wait": MODULE_MAX_WAIT}
    return TEXT.format(
        tables=tables, tasks=tasks, modules=modules, **waits, before="before it", after="after it"
    )


def _table(name: str, endpoints: Sequence[Endpoint], outcomes: Mapping[str, str]) -> str:
    """A section with the endpoints' paths, and a column for each of them."""
    lines = [f"## {name}", ""]
    lines += [f"- {x.row}: {x.method} `{x.path}`" for x in endpoints]
    lines += ["", "| failure | " + " | ".join(x.row for x in endpoints) + " |"]
    lines += ["|---|" + ":-:|" * len(endpoints)]
    for fault in FAULTS:
        marks = [
            _marks([Cell(endpoint, fault, times, endpoint.row) for times in TIMES], outcomes)
            for endpoint in endpoints
        ]
        lines.append(f"| {fault.name} | " + " | ".join(marks) + " |")
    return "\n".join([*lines, "", ""])


def _module_table(module: str, columns: Sequence[Column], outcomes: Mapping[str, str]) -> str:
    """A section of a module, and a column for what it reads and for each of its writes."""
    lines = [f"### {module}", "", f"`{module}`: {MODULES[module][0]}.", ""]
    lines += ["| failure | " + " | ".join(column.head for column in columns) + " |"]
    lines += ["|---|" + ":-:|" * len(columns)]
    for fault in FAULTS:
        marks = [_marks(column.cells(fault), outcomes) for column in columns]
        lines.append(f"| {fault.name} | " + " | ".join(marks) + " |")
    return "\n".join([*lines, "", ""])


def _marks(cells: Sequence[Cell], outcomes: Mapping[str, str]) -> str:
    return " ".join(MARKS[outcomes[cell.name]] for cell in cells)


def main() -> None:
    import conftest  # noqa: F401 - lets the collection be imported by its full name

    measured, _plain = measure_all()
    PATH.parent.mkdir(exist_ok=True)
    outcomes = {name: outcome(one) for name, one in measured.items()}
    PATH.write_text(page(outcomes), encoding="utf-8")
    print(f"{PATH}: {len(outcomes)} cells")


if __name__ == "__main__":
    main()
