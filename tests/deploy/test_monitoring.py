"""Alert rules and the dashboard speak of metrics that our programs really serve."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy import debian_root
from tests.servers import ROOT

TOP = Path(__file__).parents[2]
RULES = TOP / "deploy/prometheus/alerts.yml"
DASHBOARD = TOP / "deploy/grafana/dashboards/streetwarden.json"
_NAME = re.compile(r"\bstreetwarden_[a-z_]+")
_SUFFIX = re.compile(r"_(total|bucket|sum|count)$")


def served() -> set[str]:
    """Names of metrics, as they are defined; each program has them in one place."""
    sources = [TOP / program / "metrics.py" for program in ("ingest", "edge", "center")]
    return {name for source in sources for name in _NAME.findall(source.read_text(encoding="utf-8"))}


def spoken_of(expressions: list[str]) -> set[str]:
    return {_SUFFIX.sub("", name) for text in expressions for name in _NAME.findall(text)}


def test_alert_rules_speak_of_metrics_that_are_served() -> None:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    expressions = [rule["expr"] for group in groups for rule in group["rules"]]
    assert spoken_of(expressions) - served() == set()


def test_the_dashboard_speaks_of_metrics_that_are_served() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    expressions = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert len(expressions) > 20
    assert spoken_of(expressions) - served() == set()


def test_every_alert_has_its_place_in_the_runbook() -> None:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    headings = set(
        re.findall(r"^## (.+)$", (TOP / "docs/runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert alerts - {name for heading in headings for name in heading.split(", ")} == set()


@pytest.mark.servers
@pytest.mark.usefixtures("servers_can_run")
def test_prometheus_takes_the_rules() -> None:
    system = debian_root.find(ROOT)
    inside = ["chroot", str(system.root)] if not system.is_this_machine else []
    # the folder is not inside the root, so that the rules go in by standard input
    script = "f=$(mktemp) && cat >$f && promtool check rules $f; s=$?; rm -f $f; exit $s"
    done = subprocess.run(
        [*inside, "sh", "-c", script], input=RULES.read_bytes(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"SUCCESS" in done.stdout
