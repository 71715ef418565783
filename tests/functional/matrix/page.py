# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that shows the fault matrix. As a program it measures everything and writes the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulator.endpoints import ENDPOINTS

from .cells import FAULTS, MAX_WAIT, TIMES, Cell
from .outcomes import FAILED, LOST, RECOVERED, outcome
from .pool import measure_all
from .scenes import SCENES

PATH = Path(__file__).resolve().parents[3] / "docs" / "fault-matrix.md"

MARKS = {RECOVERED: "✓", FAILED: "✗", LOST: "‼"}

TEXT = """\
<!-- Measured and written by `make docs`. A test compares it with what it measures itself. -->

# What happens when the portal fails

Each endpoint of the portal's API, each way it may fail, and what a task makes of it. Every cell was run, over
real HTTP against the [simulator](../simulator/README.md).

The three marks of a cell: the endpoint fails **once**, **twice**, and **for as long as the task lasts**.

| mark | |
|---|---|
| ✓ | The task ended as if nothing had happened: the same result, and nothing created twice. |
| ✗ | The task failed. `msg` and `error` say what happened, and everything on the portal is as it was. |
| ‼ | The task failed in the middle of a replacement, and the old rule could not be put back either. \
It is in the failure, whole: `lost_port_forwards`. |

In every cell the next run, with the portal in order again, ends as declared, and the one after it changes
nothing.

{table}

In "{before}" the request did not get to be carried out, in "{after}" it was, and only its answer went wrong.

The tasks:

{tasks}

They ran with `max_wait: {max_wait}`, to see the end of it soon. With the default of 300 seconds a 429 without
`Retry-After` is waited out, so it is ✓ where it comes once or twice, and a portal that is out of order for a minute
or two costs no more than the time.

## What a cancelled job leaves

A task that gets SIGTERM, SIGINT (Ctrl-C) or SIGHUP first waits for the answer to a write that is under way (at
most `timeout` seconds), puts back what a half-done replacement has removed, and then fails. Further signals do not
disturb it. Ansible may end sooner than its task, which then goes on by itself.

Nothing can be put back by a task that is ended by SIGKILL, as by a machine that stops, by the out-of-memory killer, or
by AWX when a job is cancelled: ansible-runner kills the whole container. What such a task took away and did not declare
itself was written down before: the next task that changes the server gives it back, or shows in full what it can't.
What it did declare, the next run of it creates.
"""


def page(outcomes: Mapping[str, str]) -> str:
    """The page, given what became of every cell."""
    rows = [endpoint.row for endpoint in ENDPOINTS]
    lines = [
        "| | " + " | ".join(f"{x.row}<br>{x.method}<br>`{x.path}`" for x in ENDPOINTS) + " |",
        "|---|" + ":-:|" * len(rows),
    ]
    for fault in FAULTS:
        marks = [
            " ".join(MARKS[outcomes[Cell(endpoint, fault, times).name]] for times in TIMES)
            for endpoint in ENDPOINTS
        ]
        lines.append(f"| {fault.name} | " + " | ".join(marks) + " |")
    tasks = "| endpoint | task |\n|---|---|\n"
    tasks += "\n".join(f"| {row} | {scene.text} |" for row, scene in SCENES.items())
    return TEXT.format(
        table="\n".join(lines), tasks=tasks, max_wait=MAX_WAIT, before="before it", after="after it"
    )


def main() -> None:
    import conftest  # noqa: F401 - lets the collection be imported by its full name

    measured, _plain = measure_all()
    PATH.parent.mkdir(exist_ok=True)
    outcomes = {name: outcome(one) for name, one in measured.items()}
    PATH.write_text(page(outcomes), encoding="utf-8")
    print(f"{PATH}: {len(outcomes)} cells")


if __name__ == "__main__":
    main()
