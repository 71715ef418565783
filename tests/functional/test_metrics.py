# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of wg_report, read by the real Prometheus; the rules and the dashboard of examples/monitoring."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support import monitoring
from tests.support.accounts import HOSTILE, hostile
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, rule, secret_texts

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "monitoring"
LACKING = monitoring.missing()
real = pytest.mark.skipif(LACKING is not None, reason=str(LACKING))
pytestmark = pytest.mark.once


def promtool(*arguments: str, text: str | None = None) -> None:
    command = ["promtool", *arguments]
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


def test_a_second_file(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    """For the same requests; others may read it, and it holds no secret."""
    fill(simulator, {"web": [rule("443 -> 8443")], "old": []}, {"phone": []})
    page, metrics = tmp_path / "report.html", tmp_path / "wireguard.prom"
    options = {"path": str(page), "metrics_path": str(metrics)}
    predicted = module("wg_report", check=True, **options)
    assert predicted.last["metrics_path"] == str(metrics)
    assert not metrics.exists()
    done = module("wg_report", **options)
    assert done.last["requests"] == 6
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(metrics.stat().st_mode) == 0o644
    text = metrics.read_text(encoding="utf-8")
    assert 'user_port_forwards{server="fra1",server_id="5",user="web"} 1\n' in text
    for secret in (*secret_texts(simulator, "web"), "wg_demo_acme"):
        assert secret not in text


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ("report.html", "path and metrics_path name the same file: give each its own"),
        ("./x/../report.html", "path and metrics_path name the same file"),
        ("missing/wireguard.prom", "does not exist"),
    ],
)
def test_a_file_that_will_not_do_is_refused_before_any_request(
    metrics: str, words: str, module: Modules, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    options = {"path": f"{tmp_path}/report.html", "metrics_path": f"{tmp_path}/{metrics}"}
    done = module("wg_report", **options)
    assert done.last.failed
    assert words in done.last.msg
    assert not done.requests
    assert not (tmp_path / "report.html").exists()


def test_a_failed_report_leaves_the_old_metrics(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    """Their age is what an alert looks at."""
    fill(simulator, {"web": []})
    metrics = tmp_path / "wireguard.prom"
    metrics.write_text("old")
    simulator.faults(
        {"kind": "status", "status": 403, "method": "GET", "path": "/servers/{id}/users"}
    )
    options = {"path": f"{tmp_path}/report.html", "metrics_path": str(metrics)}
    assert module("wg_report", **options).last.failed
    assert metrics.read_text() == "old"


def test_the_playbook(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    done = run.playbook(
        ROOT / "playbooks" / "report.yml", arguments=("-e", "wg_report_metrics=here.prom")
    )
    assert done.code == 0, done.output
    assert (run.folder / "here.prom").read_text(encoding="utf-8").endswith("\n# EOF\n")


@real
def test_the_alert_rules() -> None:
    promtool("check", "rules", str(EXAMPLES / "alerts.yml"))
    promtool("test", "rules", str(EXAMPLES / "alerts_test.yml"))


@pytest.fixture
def metrics(module: Modules, simulator: Simulator, tmp_path: Path) -> Path:
    """Of an account whose every text was written by somebody with bad intentions."""
    seed = hostile()
    for user in seed["accounts"][0]["servers"][0]["users"]:
        user["last_seen"] = "2020-11-25T02:41:00Z"
    simulator.reset(seed)
    folder = tmp_path / "textfile"
    folder.mkdir()
    options = {"path": f"{tmp_path}/report.html", "metrics_path": f"{folder}/wireguard.prom"}
    declared = [{"server": 5, "users": [{"name": "new"}]}]
    done = module("wg_report", **options, declared=declared)
    assert not done.last.failed, done.last.msg
    return folder / "wireguard.prom"


def expressions() -> Iterator[str]:
    """What the dashboard asks for."""
    dashboard = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$server", ".*")


@real
def test_a_real_prometheus_reads_them(metrics: Path, tmp_path: Path) -> None:
    """Through node_exporter, and by the rules of OpenMetrics; the dashboard finds what it asks for."""
    promtool("check", "metrics", text=metrics.read_text(encoding="utf-8"))
    with monitoring.prometheus(metrics, tmp_path) as started:
        found: dict[str, Any] = {}
        for job in ("node", "openmetrics"):
            users = started.wait_for(f'premiervpn_wireguard_user_online{{job="{job}"}}')
            found[job] = {(one["metric"]["user"], one["value"][1]) for one in users}
        assert found["node"] == found["openmetrics"]
        names = {name for name, _online in found["node"]}
        assert {HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[7]} <= names
        assert len(names) == len(HOSTILE)
        assert [x["value"][1] for x in started.query("node_textfile_scrape_error")] == ["0"]
        (difference,) = started.query('premiervpn_wireguard_drift_differences{job="node"}')
        assert difference["value"][1] == "1"
        asked = [*expressions()]
        assert len(asked) > 9
        for expression in asked:
            # A rate takes two reports, and there was one.
            assert started.query(expression) or "rate(" in expression, expression
