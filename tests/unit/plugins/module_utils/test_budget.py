# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One budget shared by tickets, threads, forks and real processes, on the real clock.

Windows are short. Of times only those are asserted that the law demands, with room for a busy
machine; that nothing goes out too early and that the counts are right is asserted exactly.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import random
import resource
import select
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    record,
    shared_file,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
    Ticket,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.queue import (
    HANDOVER,
    MAX_SENDS,
    State,
    Waiter,
    request,
)

URL = "https://portal.example.test/api/wg"
KEY = "pk-0123456789-abcdefghijklmnopqrstuvwxyz"
# Children of these tests only pace and exit, whatever threads the runner has.
pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]

PATIENCE = 30.0  # seconds after which a test gives up

WORKER = """
import json, sys, time
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import budget as budget_module

url, key, directory, limit, window, count = sys.argv[1:]
budget = budget_module.Budget(url, key, int(limit), window=float(window), directory=directory)
print("ready", flush=True)
for line in sys.stdin:
    sent, said = [], []
    for _request in range(int(count)):
        ticket = budget.ticket()
        while seconds := ticket.wait():
            said.append(seconds)
            if len(said) == 1:
                print(json.dumps(seconds), flush=True)
            time.sleep(min(seconds, 5))
        # What was recorded, not the time at which this process came to look at the clock.
        sent.append(budget_module._memory.seen[budget._record._key].sends[-1])
    print(json.dumps(sent), flush=True)
"""


def environment() -> dict[str, str]:
    """One in which another process finds the collection, too."""
    tree = pathlib.Path(budget_module.__file__).parents[5]
    return dict(os.environ, PYTHONPATH=os.pathsep.join([str(tree), *filter(None, sys.path)]))


class Worker:
    """Another process that sends `count` requests each time it is told to."""

    def __init__(self, folder: pathlib.Path, limit: int, window: float, count: int = 1) -> None:
        args = [URL, KEY, *map(str, (folder, limit, window, count))]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    def start(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def estimate(self) -> float:
        return float(self.line())

    def sent(self) -> list[float]:
        """When its requests went out, once all have."""
        while not (line := self.line()).startswith("["):
            assert line
        return list(json.loads(line))

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "budget"


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that remembers nothing yet."""
    monkeypatch.setattr(budget_module, "_memory", budget_module._Memory())


@pytest.fixture
def workers(folder: pathlib.Path) -> Iterator[Callable[..., list[Worker]]]:
    """Start processes and wait until all are there."""
    running: list[Worker] = []

    def start(number: int, *args: Any) -> list[Worker]:
        new = [Worker(folder, *args) for _worker in range(number)]
        running.extend(new)
        assert [worker.line() for worker in new] == ["ready"] * number
        return new

    yield start
    for worker in running:
        worker.end()


def budget(folder: pathlib.Path, limit: int = 3, window: float = 60.0) -> Budget:
    return Budget(URL, KEY, limit, window=window, directory=str(folder))


def send(some: Budget, count: int = 1) -> None:
    for _request in range(count):
        assert some.ticket().wait() == 0.0


def queue(some: Budget) -> Ticket:
    """A ticket that has to wait."""
    ticket = some.ticket()
    assert ticket.wait() > 0
    return ticket


def come_through(ticket: Ticket) -> None:
    deadline = time.monotonic() + PATIENCE
    while seconds := ticket.wait():
        assert time.monotonic() < deadline
        time.sleep(seconds)


def most_in_a_window(sent: list[float], window: float) -> int:
    """The largest count of sends in any window."""
    sent = sorted(sent)
    return max(sum(1 for time in sent if first <= time < first + window) for first in sent)


def in_a_child(act: Callable[[], object]) -> None:
    """Run `act` in a fork; it fails there as it would here."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


# --- tickets


def test_a_ticket_counts_once(folder: pathlib.Path) -> None:
    some = budget(folder, 3)
    ticket = some.ticket()
    assert some.remaining() == 3, "a ticket alone is no request"
    assert [ticket.wait() for _again in range(3)] == [0.0] * 3
    ticket.give_up()
    assert some.remaining() == 2


def test_the_first_answer_is_the_whole_wait(folder: pathlib.Path) -> None:
    some = budget(folder, 2)
    send(some, 2)
    waits = [some.ticket().wait() for _ticket in range(6)]
    assert [round(seconds / 60.5) for seconds in waits] == [1, 1, 2, 2, 3, 3]


def test_asking_again_keeps_the_place(folder: pathlib.Path) -> None:
    some = budget(folder, 1)
    send(some)
    first, second = queue(some), queue(some)
    for _again in range(3):
        assert 100 < second.wait() <= 121
        assert 40 < first.wait() <= 60.5
    assert some.remaining() == 0


def test_giving_up_moves_those_behind_up(folder: pathlib.Path) -> None:
    some = budget(folder, 1)
    send(some)
    first, second = queue(some), queue(some)
    assert second.wait() > 61
    for _again in range(2):
        first.give_up()
    assert second.wait() <= 60.5
    assert first.wait() > 61, "it comes back at the end of the queue"


def test_giving_up_unasked_is_harmless(folder: pathlib.Path) -> None:
    some = budget(folder, 1)
    some.ticket().give_up()
    assert some.remaining() == 1


def test_a_pause_holds_up_everybody(folder: pathlib.Path) -> None:
    some, unpaced = budget(folder, 5), budget(folder, 0)
    some.pause(30)
    some.pause(10)
    for ticket in (some.ticket(), budget(folder, 7).ticket(), unpaced.ticket()):
        assert 20 < ticket.wait() <= 30 + HANDOVER
    assert some.remaining() == 0


def test_a_pause_makes_the_answer_grow(folder: pathlib.Path) -> None:
    some = budget(folder, 1, window=1)
    send(some)
    ticket = queue(some)
    some.pause(100)
    assert ticket.wait() > 90


def test_a_pause_ends(folder: pathlib.Path) -> None:
    some = budget(folder, 1)
    start = time.monotonic()
    some.pause(0.3)
    come_through(some.ticket())
    assert time.monotonic() - start >= 0.3


def test_rate_limit_0_is_not_paced_but_counts_for_those_who_are(folder: pathlib.Path) -> None:
    unpaced, paced = budget(folder, 0), budget(folder, 10)
    assert unpaced.remaining() is None
    send(unpaced, 100)
    assert paced.remaining() == 0
    assert unpaced.remaining() is None
    queue(paced)
    send(unpaced)


def test_each_obeys_its_own_limit(folder: pathlib.Path) -> None:
    low, high = budget(folder, 2), budget(folder, 5)
    send(high, 2)
    assert (low.remaining(), high.remaining()) == (0, 3)
    assert low.ticket().wait() > 0
    another = Budget(URL, KEY + "2", 2, directory=str(folder))
    assert another.remaining() == 2


@pytest.mark.parametrize("limit", [-5, 10**9])
def test_an_odd_limit_is_no_error(folder: pathlib.Path, limit: int) -> None:
    some = budget(folder, limit)
    send(some)
    assert some.remaining() == (None if limit < 0 else MAX_SENDS - 1)


def test_a_request_costs_little(folder: pathlib.Path) -> None:
    some, costs = budget(folder, 300), []
    for _request in range(300):
        start = time.perf_counter()
        some.ticket().wait()
        costs.append(time.perf_counter() - start)
    assert statistics.median(costs) < 0.005, "some 0.1 ms on a machine that has nothing else to do"


# --- threads and forks


@pytest.mark.parametrize("shared", [True, False], ids=["file", "alone"])
def test_threads_share(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, shared: bool) -> None:
    if not shared:
        monkeypatch.setattr(shared_file, "fcntl", None)
    sent: list[float] = []

    def watched(state: State, me: Waiter, now: float, period: float) -> Any:
        new, (place, seconds) = request(state, me, now, period)
        if not seconds:
            sent.append(now)  # what is recorded, whenever the thread comes to know of it
        return new, (place, seconds)

    monkeypatch.setattr(budget_module, "request", watched)

    def work() -> None:
        some = budget(folder, 10, window=0.4)  # each its own: only the record is shared
        for _request in range(4):
            come_through(some.ticket())

    threads = [threading.Thread(target=work) for _thread in range(8)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 32
    assert most_in_a_window(sent, 0.4) <= 10
    assert max(sent) - start < PATIENCE


def test_a_budget_works_in_a_fork(folder: pathlib.Path) -> None:
    some = budget(folder, 5)
    send(some)
    in_a_child(lambda: send(some, 2))
    assert some.remaining() == 2
    send(some, 2)
    in_a_child(lambda: queue(some))


def test_a_ticket_in_a_fork_has_a_place_of_its_own(folder: pathlib.Path) -> None:
    some = budget(folder, 1)
    send(some)
    ticket = queue(some)

    def child() -> None:
        ticket.give_up()  # that place is the parent's
        assert 61 < ticket.wait() <= 121

    in_a_child(child)
    assert ticket.wait() <= 60.5


def test_a_fork_does_not_inherit_a_held_lock(folder: pathlib.Path) -> None:
    some = budget(folder, 5)
    with budget_module._memory.lock:
        pid = os.fork()
        if not pid:
            signal.alarm(10)
            # The hook renews the lock of the memory that was there at import.
            budget_module._memory.renew_lock()
            os._exit(0 if some.ticket().wait() == 0.0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert some.remaining() == 4


def test_the_hook_for_forks_is_in_place() -> None:
    code = (
        "import os\n"
        f"from {budget_module.__name__} import _memory\n"
        "_memory.lock.acquire()\n"
        "if not os.fork(): os._exit(_memory.lock.locked())\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    args = [sys.executable, "-c", code]
    assert subprocess.run(args, check=False, env=environment(), timeout=PATIENCE).returncode == 0


@pytest.mark.parametrize("what", ["RLIMIT_FSIZE", "RLIMIT_NOFILE"])
def test_no_space_or_no_descriptors_left(folder: pathlib.Path, what: str) -> None:
    """Really, not by a patched call."""
    some = budget(folder, 3)
    send(some)

    def child() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit = getattr(resource, what)
        free_now = 0 if what == "RLIMIT_FSIZE" else 3
        resource.setrlimit(limit, (free_now, resource.getrlimit(limit)[1]))
        send(some, 2)
        assert some.remaining() == 0
        assert some.ticket().wait() > 0

    in_a_child(child)
    assert some.remaining() == 2


# --- processes


def test_twelve_processes_share_one_limit(
    folder: pathlib.Path, workers: Callable[..., list[Worker]]
) -> None:
    limit, window, count = 12, 0.5, 5
    crowd = workers(12, limit, window, count)
    for worker in crowd:
        worker.start()
    sent = [moment for worker in crowd for moment in worker.sent()]
    assert len(set(sent)) == 12 * count
    assert most_in_a_window(sent, window) <= limit
    took, floor = max(sent) - min(sent), (12 * count / limit - 1) * window
    assert floor <= took < floor + 10, "and close to the floor, on a machine that keeps up"


def test_first_come_first_served_across_processes(
    folder: pathlib.Path, workers: Callable[..., list[Worker]]
) -> None:
    crowd = workers(4, 1, 0.6)
    send(budget(folder, 1, window=0.6))
    budget(folder, 1, window=0.6).pause(1.5)  # nobody goes before all are there
    estimates = []
    for worker in crowd:
        worker.start()
        estimates.append(time.monotonic() + worker.estimate())
    sent = [worker.sent()[0] for worker in crowd]
    assert sent == sorted(sent)
    assert most_in_a_window(sent, 0.6) == 1
    for earlier, later in itertools.pairwise(estimates):
        assert later > earlier, "each was told of the ones before"


def test_a_pause_reaches_other_processes(
    folder: pathlib.Path, workers: Callable[..., list[Worker]]
) -> None:
    paced, unpaced = workers(1, 5, 0.5) + workers(1, 0, 0.5)
    budget(folder, 5, window=0.5).pause(1.0)
    end = time.monotonic() + 0.95
    for worker in (paced, unpaced):
        worker.start()
        assert 0 < worker.estimate() <= 1.0
    assert min(paced.sent() + unpaced.sent()) >= end


def test_a_waiter_that_is_killed_holds_up_nobody(
    folder: pathlib.Path, workers: Callable[..., list[Worker]]
) -> None:
    (worker,) = workers(1, 1, 60)
    some = budget(folder, 1)
    send(some)
    worker.start()
    assert worker.estimate() <= 60.5
    ticket = queue(some)
    assert ticket.wait() > 61
    worker.process.kill()
    # Not reaped yet: a zombie waits for nothing either. It takes a moment to become one.
    deadline = time.monotonic() + PATIENCE
    while ticket.wait() > 60.5:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.process.wait()
    assert ticket.wait() <= 60.5


def test_a_process_number_used_again_is_another_process(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = budget(folder, 1)
    send(some)
    births = {os.getpid(): 1000, os.getppid(): 5}
    monkeypatch.setattr(budget_module, "_own_birth", births.__getitem__)
    monkeypatch.setattr(budget_module, "_birth", births.get)
    queue(some)
    ticket = queue(some)
    assert ticket.wait() > 61
    births[os.getpid()] = 2000  # as if the one who took both places were long gone
    newcomer = some.ticket()
    assert newcomer.wait() <= 60.5


@pytest.mark.parametrize(
    ("stat_line", "birth"),
    [
        (b"7 (a (b) c) S " + b"0 " * 18 + b"123 0", 123),
        (b"7 (dead) Z " + b"0 " * 18 + b"123 0", None),
        (b"7 (odd) S", 0),
    ],
)
def test_the_start_of_a_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, stat_line: bytes, birth: int | None
) -> None:
    file = tmp_path / "stat"
    file.write_bytes(stat_line)
    real_open = open
    monkeypatch.setattr("builtins.open", lambda _path, mode: real_open(file, mode))
    assert budget_module._birth(os.getpid()) == birth


def test_the_start_of_a_process_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_proc(*_args: Any) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", no_proc)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert budget_module._birth(process.pid) == 0, "there, but no more is known"
    process.communicate()
    assert budget_module._birth(process.pid) is None


@pytest.mark.parametrize(
    ("error", "birth"), [(ProcessLookupError, None), (PermissionError, 0), (OverflowError, 0)]
)
def test_what_a_signal_that_is_none_tells(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], birth: int | None
) -> None:
    def kill(_pid: int, number: int) -> None:
        assert number == 0
        raise error

    monkeypatch.setattr(os, "kill", kill)
    assert budget_module._birth(2**31 - 1) == birth


def test_kill_at_any_instruction(folder: pathlib.Path) -> None:
    """Writers of a long record are killed; whatever one said was sent stays known to all."""
    how = random.Random(1)
    some = budget(folder, 3000)
    send(some, 600)
    known = 600
    for _round in range(50):
        reads, writes = os.pipe()
        children = []
        for _child in range(2):
            pid = os.fork()
            if not pid:
                while some.ticket().wait() == 0.0:
                    os.write(writes, b".")
                os._exit(0)
            children.append(pid)
        os.close(writes)
        # However long it takes them to start: from the first request on it is left to chance.
        select.select([reads], [], [], 10)
        time.sleep(how.uniform(0.0, 0.02))
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        with os.fdopen(reads, "rb") as pipe:
            said = len(pipe.read())
        with next(folder.glob("*.budget")).open("rb") as file:
            number, state = record.read(file.fileno(), some._record._file._seal)
        assert number
        assert state is not None
        # A child may die after it recorded and before it told: one each at most.
        assert known + said <= len(state.sends) <= known + said + 2 or len(state.sends) == 3000
        known = len(state.sends)
    assert known > 600


def test_a_file_made_by_many_at_once_is_one(folder: pathlib.Path) -> None:
    for _round in range(10):
        some = budget(folder, 50)
        children = []
        for _child in range(8):
            pid = os.fork()
            if not pid:
                os._exit(0 if some.ticket().wait() == 0.0 else 1)
            children.append(pid)
        for pid in children:
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert some.remaining() == 42
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        budget_module._memory.seen.clear()
