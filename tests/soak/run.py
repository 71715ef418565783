# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Days of a server's life in minutes: edits, clicks, jobs, faults and kills, and after each job nothing is lost untold.

``make soak ARGS='--minutes 20 --seed 7'``. The first job that breaks a promise ends it, with what happened before.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import conftest
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import LostForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.taken import (
    Entry,
    read_entry,
)
from simulator.process import Simulator
from tests.support import modules, processes
from tests.support.environment import KEY, environment
from tests.support.world import fill, ids, rule

# It lets the collection be imported by its full name; here it says where that is.
TREE = conftest.TREE
NAMES = ("ann", "ben", "cay", "dan")
PORTS = (80, 81, 443, 500)
FAULTS = ("reset", "timeout", "status", "rate_limited", "garbage", "html")

Slot = tuple[int, str]
Slots = dict[Slot, tuple[str, int, str]]


class Job(NamedTuple):
    """A module's task; which slots it may change, whom it may remove, and whom it names."""

    module: str
    options: dict[str, Any]
    slots: frozenset[Slot] = frozenset()
    removes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


class BrokenError(Exception):
    """A promise that was not kept."""


class Soak:
    """One server, and what is owed to it: what a killed job took away, and nobody has shown or given back."""

    def __init__(self, seed: int, simulator: Simulator, folder: Path) -> None:
        self.random = random.Random(seed)
        self.simulator = simulator
        self.folder = folder
        self.owed: Slots = {}
        # The entries of the journal that were looked at already.
        self.known: set[str] = set()
        self.counts = dict.fromkeys(("jobs", "killed", "failed", "clicks", "given back"), 0)
        self.history: list[str] = []
        temporary = folder / "t"
        temporary.mkdir()
        self.environment = {
            **environment(simulator.url, folder, temporary),
            "PREMIERVPN_MAX_WAIT": "3",
            "PREMIERVPN_TIMEOUT": "2",
        }
        fill(
            simulator, {name: [rule(f"{9000 + n}/both -> 1", "c")] for n, name in enumerate(NAMES)}
        )

    def slots(self) -> Slots:
        return {
            (x["external_port"], protocol): (x["user"], x["internal_port"], x["comment"] or "")
            for x in self.simulator.state()["port_forwards"]
            if x["server"] == 5
            for protocol in (("tcp", "udp") if x["protocol"] == "both" else (x["protocol"],))
        }

    def users(self) -> set[str]:
        names = [x["client_name"] for x in self.simulator.state()["users"] if x["server"] == 5]
        if len(names) != len(set(names)):
            raise BrokenError(f"two users of one name: {names}")
        return set(names)

    def click(self) -> None:
        """Somebody does something in the portal."""
        there = ids(self.simulator)
        name, port = self.random.choice(NAMES), self.random.choice(PORTS)
        what = self.random.choice(("add", "add", "add", "user", "remove"))
        before = self.slots()
        if what == "user" or name not in there:
            self._send("POST", "/servers/5/users", {"client_name": name})
        elif what == "add":
            made = {"external_port": port, "internal_port": 7, "comment": self.random.choice("xy")}
            made["protocol"] = self.random.choice(("tcp", "udp", "both"))
            self._send("POST", f"/users/{there[name]}/port-forwards", made)
        else:
            held = [x for x in self.simulator.state()["port_forwards"] if x["server"] == 5]
            if held:
                self._send("DELETE", f"/port-forwards/{self.random.choice(held)['id']}", None)
        self.counts["clicks"] += 1
        self.history.append(f"click: {what} {name} {port}")
        for slot in before.keys() - self.slots().keys():
            self.owed.pop(slot, None)

    def job(self) -> Job:
        """What somebody wants next."""
        chance, there = self.random, ids(self.simulator)
        name, other = chance.sample(NAMES, 2)
        held = [slot for slot, holder in self.slots().items() if holder[0] == name]
        port = chance.choice([slot[0] for slot in held] or list(PORTS))
        both = frozenset({(port, "tcp"), (port, "udp")})
        base = {"server": 5}
        forward = {
            **base,
            "user": name,
            "external_port": port,
            "internal_port": chance.choice((1, 2)),
        }
        kinds = [
            Job("wg_rotate_keys", {**base, "users": [name]}, names=frozenset({name})),
            Job("wg_port_forward", {**forward, "protocol": "both"}, both, names=frozenset({name})),
            Job("wg_port_forward", {**forward, "state": "absent"}, both - {(port, "udp")}),
            Job(
                "wg_port_forward",
                {**forward, "user": other, "takeover": True},
                both - {(port, "udp")},
                names=frozenset({other}),
            ),
            Job("wg_user", {**base, "name": name}, names=frozenset({name})),
            Job("wg_user", {**base, "name": name}, names=frozenset({name})),
            Job("wg_offboard", {"users": name, "missing": "ok"}, removes=frozenset({name})),
        ]
        if name in there:
            found = self._send("GET", f"/users/{there[name]}", None) or {"keys": {}}
            keys = [key for key in [found["keys"].get("client_public_key")] if key]
            revoked = {**base, "name": name, "revoked_public_keys": keys}
            kinds += [Job("wg_user", revoked, names=frozenset({name}))] * 3
        return chance.choice(kinds)

    def run(self, job: Job) -> None:
        """Run a job, perhaps disturbed, perhaps killed; then see whether a promise was broken."""
        before, users = self.slots(), self.users()
        held = self.held()
        fault = self.random.choice(FAULTS) if self.random.random() < 0.25 else None
        if fault:
            skip, when = self.random.randint(0, 8), self.random.choice(("before", "after"))
            self.simulator.faults({"kind": fault, "skip": skip, "when": when})
        kill = self.random.random() < 0.3
        self.simulator.clear_requests()
        with processes.started(job.module, job.options, self.environment, self.folder) as process:
            if kill:
                number = self.random.randint(1, 12)
                end = time.monotonic() + 4
                while not process.has_ended() and time.monotonic() < end:
                    if len(self.simulator.requests()) >= number:
                        break
                    time.sleep(0.002)
                process.send_signal(signal.SIGKILL)
            process.wait(60)
            output = process.output + process.errors
        self.simulator.clear_faults()
        time.sleep(0.2 if kill else 0)  # what was under way is carried out
        killed = kill and not output.strip().startswith("{")
        failed = '"failed": true' in output
        self.counts["jobs"] += 1
        self.counts["killed"] += killed
        self.counts["failed"] += failed
        result = json.JSONDecoder().raw_decode(output.lstrip())[0] if failed else {}
        message = result.get("msg", "")[:200]
        self.history.append(
            f"{job.module} {json.dumps(job.options)} fault={fault} killed={killed} {message}".rstrip()
        )
        self._judge_entries(job, before)
        self._judge(job, before, users, held, output, killed, failed)

    def entries(self) -> dict[str, Entry]:
        """The journal's open entries, by the names of their files."""
        found = {}
        for path in sorted((self.folder / "state" / "journal").glob("*.json")):
            text = path.read_text(encoding="utf-8")
            found[path.name] = read_entry(text, json.loads(text.partition("\n")[0])["portal"])
        return found

    def held(self) -> set[tuple[Slot, tuple[str, int, str]]]:
        """What the next job may give back: what open entries hold now, and have not seen standing."""
        return {
            one
            for entry in self.entries().values()
            for number, kept in enumerate(entry.rules)
            if number not in entry.standing
            for one in _slots_of(kept)
        }

    def _judge_entries(self, job: Job, before: Slots) -> None:
        """A new entry holds what stood before its job, or what the job declares; nothing else."""
        entries = self.entries()
        for name in entries.keys() - self.known:
            for kept in entries[name].rules:
                for slot, holder in _slots_of(kept):
                    declared = slot in job.slots and holder[:2] == (
                        job.options.get("user"),
                        job.options.get("internal_port"),
                    )
                    if before.get(slot) != holder and not declared:
                        raise BrokenError(f"{name} holds {slot} {holder}, which did not stand")
        self.known |= entries.keys()

    def _judge(
        self,
        job: Job,
        before: Slots,
        users: set[str],
        held: set[tuple[Slot, tuple[str, int, str]]],
        output: str,
        killed: bool,
        failed: bool,
    ) -> None:
        after, now = self.slots(), self.users()
        for slot in [
            s for s, holder in self.owed.items() if holder[0] in job.removes or s in job.slots
        ]:
            del self.owed[slot]
        for slot, holder in before.items():
            if slot in job.slots or holder[0] in job.removes or after.get(slot) == holder:
                continue
            if killed:
                self.owed[slot] = holder
            elif not self._told(slot, holder, output):
                raise BrokenError(f"{slot} {holder} is lost untold: {output}")
        for slot in after.keys() - before.keys() - job.slots:
            if (slot, after[slot]) not in held:
                raise BrokenError(f"{slot} {after[slot]} came from nowhere; held: {sorted(held)}")
        if now - users - job.names:
            raise BrokenError(f"came back: {now - users - job.names}")
        for slot, holder in list(self.owed.items()):
            if after.get(slot) == holder:
                del self.owed[slot]
                self.counts["given back"] += 1
            elif killed or failed or job.module == "wg_offboard":
                continue
            # It converged: what it can't give back it has shown, or says where it is written down.
            elif not self._told(slot, holder, output) and "still to be given back" not in output:
                raise BrokenError(f"{slot} {holder} is neither given back nor told: {output}")

    def _told(self, slot: Slot, holder: tuple[str, int, str], output: str) -> bool:
        name, internal, comment = holder
        shown = f" ({comment})" if comment else ""
        told = any(
            f"{slot[0]}/{protocol} -> {internal}{shown} of user '{name}'" in output
            or f"{slot[0]}/{protocol} -> {internal}{shown} OF USER '{name}'" in output
            for protocol in (slot[1], "both")
        )
        if told:
            self.owed.pop(slot, None)
        return told

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            self.simulator.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()  # as a person who clicks is told no
            return None


def _slots_of(kept: LostForward) -> list[tuple[Slot, tuple[str, int, str]]]:
    rule = kept.rule
    holder = (kept.client_name, rule.internal_port, rule.comment or "")
    return [((rule.external_port, protocol), holder) for protocol in sorted(rule.protocols)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--verbose", action="store_true", help="show what happened")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}, {given.minutes:g} minutes", flush=True)
    modules.look_sooner()
    end = time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, Simulator() as simulator:
        soak = Soak(seed, simulator, Path(folder))
        simulator.settings(rate_limit=0)
        try:
            while time.monotonic() < end:
                for _click in range(soak.random.randint(0, 2)):
                    soak.click()
                soak.run(soak.job())
        except BrokenError as exc:
            print("\n".join(soak.history[-12:]), f"BROKEN: {exc}", f"seed {seed}", sep="\n")
            return 1
        finally:
            if given.verbose:
                print("\n".join(soak.history))
            print(soak.counts, f"owed now: {len(soak.owed)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
