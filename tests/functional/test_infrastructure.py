# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository to copy: a change is checked, planned, shown, merged and converged; a click is found at night."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import tree
from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.gitlab import TOKEN, GitLab, serving
from tests.support.running import Runner
from tests.support.workflows import Workflow, context_of, evaluate
from tests.support.world import api, fill, ids, rule

pytestmark = [pytest.mark.once, pytest.mark.spread]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "infrastructure"
WORKFLOW = ".github/workflows/wireguard.yml"
URL = "https://github.com/premiervpn/ansible-collection-wireguard.git"
LAPTOP = "      - name: laptop\n        port_forwards: []\n"
REPOSITORY = "example/infrastructure"


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


class Infrastructure:
    """A copy of the repository, with this checkout as the collection's, and Ansible from this environment."""

    def __init__(self, run: Runner) -> None:
        self.folder = run.folder / "infrastructure"
        shutil.copytree(EXAMPLE, self.folder)
        self.declaration = self.folder / "group_vars" / "all" / "wireguard.yml"
        self.state = run.folder / "gh.json"
        self.state.write_text('{"comments": {}, "issues": {}}', encoding="utf-8")
        origin = run.folder / "origin"
        for path in tree.files():
            (origin / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, origin / path)
        git(origin, "init", "--quiet", "--initial-branch=main")
        git(origin, "add", "--all")
        git(origin, "commit", "--quiet", "--message", "The collection")
        self._commands(run.folder / "bin")
        self.env = run.environment(
            ANSIBLE_COLLECTIONS_PATH=None,
            PREMIERVPN_API_KEY=None,
            GIT_CONFIG_COUNT="1",
            GIT_CONFIG_KEY_0=f"url.{origin}.insteadOf",
            GIT_CONFIG_VALUE_0=URL,
            GH_STATE=str(self.state),
            PATH=f"{run.folder / 'bin'}:/usr/bin:/bin",
        )

    def _commands(self, folder: Path) -> None:
        """What install.sh would fetch: the programs of this environment in its place. The collection is installed."""
        venv = self.folder / ".venv" / "bin"
        for place in (folder, venv):
            place.mkdir(parents=True)
        programs = {
            folder / "gh": f'exec {sys.executable} {ROOT}/tests/support/gh.py "$@"',
            venv / "pip": "exit 0",
            venv / "ansible-playbook": f'exec {sys.executable} -m ansible playbook "$@"',
            venv
            / "ansible-galaxy": "test -d collections/ansible_collections/premiervpn/wireguard/plugins ||"
            f' exec {sys.executable} -m ansible galaxy "$@"',
        }
        for path, text in programs.items():
            path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            path.chmod(0o755)

    def declare(self, more: str) -> None:
        text = (EXAMPLE / "group_vars" / "all" / "wireguard.yml").read_text(encoding="utf-8")
        self.declaration.write_text(text + more, encoding="utf-8")

    @property
    def github(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state.read_text(encoding="utf-8"))
        return found


@pytest.fixture
def infrastructure(run: Runner, simulator: Simulator) -> Infrastructure:
    fill(simulator, {"web-server": [rule("443/both -> 8443", "HTTPS and QUIC")], "phone": []}, {})
    return Infrastructure(run)


def event(name: str, head: str = REPOSITORY) -> dict[str, Any]:
    pull = {"number": 7, "head": {"repo": {"full_name": head}}}
    more = {"event": {"pull_request": pull}} if name == "pull_request" else {}
    return {"event_name": name, "repository": REPOSITORY, "actor": "anna", "token": "ghs_x", **more}


def outcomes(jobs: dict[str, Any]) -> dict[str, str]:
    return {name: job.outcome for name, job in jobs.items() if job.outcome != "skipped"}


def test_the_whole_loop_by_github_actions(
    infrastructure: Infrastructure, simulator: Simulator
) -> None:
    repository = infrastructure
    workflow = Workflow(repository.folder, WORKFLOW, repository.env, {"PREMIERVPN_API_KEY": KEY})

    repository.declare(LAPTOP)
    jobs = workflow.run(event("pull_request"))
    assert outcomes(jobs) == {"validate": "success", "comment": "success"}, jobs
    (comment,) = repository.github["comments"].values()
    assert comment.startswith("<!-- wireguard plan -->\n## WireGuard: 1 change\n")
    assert "+ user laptop is missing\n" in comment
    assert "laptop" not in ids(simulator)

    jobs = workflow.run(event("push"))
    assert outcomes(jobs) == {"validate": "success", "plan": "success", "converge": "success"}, jobs
    assert "+ user laptop is missing\n" in jobs["plan"].summary
    assert "laptop" in ids(simulator)

    api(simulator, "POST", "/servers/5/users", {"client_name": "clicked"})
    night = workflow.run(event("schedule"))
    assert outcomes(night) == {"drift": "failure"}, night
    (issue,) = repository.github["issues"].values()
    assert issue["open"]
    assert "- user clicked must not be there\n" in issue["body"]

    api(simulator, "DELETE", f"/users/{ids(simulator)['clicked']}")
    assert outcomes(workflow.run(event("schedule"))) == {"drift": "success"}
    (issue,) = repository.github["issues"].values()
    assert not issue["open"]


def test_a_wrong_declaration_is_refused_without_a_key(infrastructure: Infrastructure) -> None:
    infrastructure.declare("      - name: a name\n")
    workflow = Workflow(infrastructure.folder, WORKFLOW, infrastructure.env, {})
    jobs = workflow.run(event("pull_request", head="somebody/else"))
    assert outcomes(jobs) == {"validate": "failure"}
    said = jobs["validate"].outputs["Check the declaration"]
    assert "group_vars/all/wireguard.yml:" in said
    assert "'a name' is not a client name" in said


def test_only_pull_requests_of_this_repository_are_planned(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "copy")
    wanted = Workflow(tmp_path / "copy", WORKFLOW, {}, {}).jobs["comment"]["if"]
    assert evaluate(wanted, context_of(event("pull_request")))
    assert not evaluate(wanted, context_of(event("pull_request", head="somebody/else")))
    assert not evaluate(wanted, context_of({**event("pull_request"), "actor": "dependabot[bot]"}))
    assert not evaluate(wanted, context_of(event("push")))


GITLAB = ROOT / ".build" / "npm" / "node_modules" / ".bin" / "gitlab-ci-local"
PACKAGE = "gitlab-ci-local@4.62.0"


@pytest.fixture(scope="session")
def gitlab() -> Path:
    """The program that runs a pipeline of GitLab's here. It is installed where that can be done."""
    if not GITLAB.exists() and shutil.which("npm") and shutil.which("rsync"):
        command = (
            *("npm", "install", "--silent", "--no-save", "--no-audit", "--fetch-timeout=30000"),
            *("--prefix", str(ROOT / ".build" / "npm"), PACKAGE),
        )
        subprocess.run(command, check=False, capture_output=True)
    if not GITLAB.exists():
        pytest.skip(
            "gitlab-ci-local is not installed, and npm could not install it (rsync is needed too)"
        )
    return GITLAB


@pytest.fixture
def gitlab_api() -> Iterator[GitLab]:
    with serving() as server:
        yield server


def pipeline(
    program: Path, repository: Infrastructure, source: str, more: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run the pipeline that GitLab would run for this event. It runs what is committed."""
    variables = {
        **(more or {}),
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_BRANCH": "" if source == "merge_request_event" else "main",
        "CI_DEFAULT_BRANCH": "main",
        "PREMIERVPN_API_KEY": KEY,
    }
    given = [
        part for name, value in variables.items() for part in ("--variable", f"{name}={value}")
    ]
    git(repository.folder, "add", "--all")
    git(repository.folder, "commit", "--quiet", "--allow-empty", "--message", source)
    command = [str(program), "--force-shell-executor", "--no-json-schema-validation", *given]
    done = subprocess.run(
        command,
        cwd=repository.folder,
        env=repository.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_whole_loop_by_gitlab_ci(
    gitlab: Path, infrastructure: Infrastructure, simulator: Simulator, gitlab_api: GitLab
) -> None:
    repository = infrastructure
    git(repository.folder, "init", "--quiet", "--initial-branch=main")
    git(
        repository.folder,
        "remote",
        "add",
        "origin",
        "git@gitlab.example.com:example/infrastructure.git",
    )

    repository.declare(LAPTOP)
    code, said = pipeline(gitlab, repository, "merge_request_event", gitlab_api.variables)
    assert code == 0, said
    assert "laptop" not in ids(simulator)
    assert "user laptop is missing" in said
    assert TOKEN not in said
    (note,) = gitlab_api.notes.values()
    assert note.startswith("<!-- wireguard plan -->\n## WireGuard: 1 change\n")
    assert "+ user laptop is missing\n" in note

    code, said = pipeline(gitlab, repository, "push")
    assert code == 0, said
    assert "laptop" in ids(simulator)

    api(simulator, "POST", "/servers/5/users", {"client_name": "clicked"})
    code, said = pipeline(gitlab, repository, "schedule")
    assert code != 0, said
    assert "user clicked must not be there" in said


def test_one_note_of_a_merge_request_is_kept_at_the_plan(
    gitlab_api: GitLab, tmp_path: Path
) -> None:
    def note(text: str, **variables: str) -> int:
        (tmp_path / "plan.md").write_text(text)
        command = [str(EXAMPLE / "merge-request-note.sh"), "plan.md"]
        env = {"PATH": "/usr/bin:/bin", **gitlab_api.variables, **variables}
        return subprocess.run(command, cwd=tmp_path, env=env, check=False).returncode

    assert note("first") == 0
    # It is found again on whichever page of the list it is.
    gitlab_api.notes.update(dict.fromkeys(range(2, 251), "a question"))
    gitlab_api.asked.clear()
    assert note("second `\u00fc`") == 0
    assert gitlab_api.asked == ["GET", "GET", "GET", "PUT"]
    assert gitlab_api.notes[1] == "<!-- wireguard plan -->\nsecond `\u00fc`"
    assert len(gitlab_api.notes) == 250
    gitlab_api.asked.clear()
    # Without a token the plan is an artifact only, and with a wrong one the job fails.
    assert note("third", GITLAB_NOTE_TOKEN="") == 0
    assert gitlab_api.asked == []
    assert note("third", GITLAB_NOTE_TOKEN="wrong") != 0
    assert "third" not in gitlab_api.notes[1]


def test_an_issue_that_is_open_is_updated(infrastructure: Infrastructure) -> None:
    (infrastructure.folder / "drift.md").write_text("first")
    env = {**infrastructure.env, "GH_TOKEN": "ghs_x", "GH_REPO": REPOSITORY}
    for text in ("first", "second"):
        (infrastructure.folder / "drift.md").write_text(text)
        command = ["./drift-issue.sh", "failure", "drift.md"]
        done = subprocess.run(command, cwd=infrastructure.folder, env=env, check=False)
        assert done.returncode == 1
    (issue,) = infrastructure.github["issues"].values()
    assert (issue["body"], issue["open"]) == ("second", True)
