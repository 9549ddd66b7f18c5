"""Alert rules and the dashboard use only metrics that our programs serve, and every alert is tested."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from deploy import alert_rules, debian_root
from deploy.docs_metrics import EVERY_PROGRAM, PROGRAMS, metrics_of
from tests.servers import ROOT

TOP = Path(__file__).parents[2]
PROMETHEUS = TOP / "deploy/prometheus"
DASHBOARD = TOP / "deploy/grafana/dashboards/streetwarden.json"
_NAME = re.compile(r"(?<![\w:])streetwarden_[a-z_]+")
_RECORDED = re.compile(r"\b[a-z_]+:streetwarden_[a-z_]+:[a-z0-9_]+")
_ALWAYS_FIRES = {"StreetwardenWatchdog"}


def rules() -> list[dict[str, Any]]:
    """All rules of all files, recording and alerting."""
    trees = (yaml.safe_load(text) for text in alert_rules.shipped().values())
    return [rule for tree in trees for group in tree["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def cases() -> Iterator[tuple[str, list[bool]]]:
    """Of each promtool test, for each alert that it asks for: whether it fires, in the order of time."""
    for file in sorted((PROMETHEUS / "tests").glob("*.yml")):
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            asked = defaultdict(list)
            for question in test["alert_rule_test"]:
                asked[question["alertname"]].append(bool(question["exp_alerts"]))
            yield from asked.items()


def served() -> set[str]:
    """Names of series that the programs export, including those of histograms."""
    entries = [entry for name in (*PROGRAMS, EVERY_PROGRAM) for entry in metrics_of(name)]
    names = {entry.name for entry in entries}
    histograms = (entry.name for entry in entries if entry.kind == "histogram")
    return names | {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}


def spoken_of(expressions: list[str]) -> set[str]:
    """Metrics in expressions, but for those that a recording rule makes."""
    return {name for text in expressions for name in _NAME.findall(_RECORDED.sub("", text))}


def recorded_in(expressions: list[str]) -> set[str]:
    return {name for text in expressions for name in _RECORDED.findall(text)}


def test_rules_speak_of_metrics_that_are_served() -> None:
    assert spoken_of([rule["expr"] for rule in rules()]) - served() == set()


def test_rules_and_dashboard_speak_of_recorded_series_that_a_rule_records() -> None:
    expressions = [rule["expr"] for rule in rules()] + dashboard()
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert recorded_in(expressions) - recorded == set()


def test_a_counter_whose_increase_is_an_alert_is_there_before_its_first_event() -> None:
    """A series that begins with 1 has no increase, so that the first event would wake nobody.

    The broker's own counts go on over our restarts; they may begin only with what it says.
    """
    samples = {
        (sample.name, frozenset(sample.labels.items()))
        for register in PROGRAMS.values()
        for sample in _samples(register)
    }
    asked = [
        (name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels)))
        for rule in alerts()
        for name, labels in re.findall(r"increase\((streetwarden_\w+)(\{[^}]*\})?\[", rule["expr"])
    ]
    assert len(asked) > 5
    assert [
        (name, set(labels))
        for name, labels in asked
        if "_broker_" not in name and not any(name == known and labels <= its for known, its in samples)
    ] == []


def _samples(register: Callable[[CollectorRegistry], None]) -> Iterator[Any]:
    registry = CollectorRegistry()
    register(registry)
    for family in registry.collect():
        yield from family.samples


def dashboard() -> list[str]:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def test_the_dashboard_speaks_of_metrics_that_are_served() -> None:
    expressions = dashboard()
    assert len(expressions) > 20
    assert spoken_of(expressions) - served() == set()
    shown = {name.split("_")[1] for name in spoken_of(expressions)}
    assert shown >= {"ingest", "worker", "edge", "center"}, "each program has panels"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_has_what_the_conventions_ask_for(alert: dict[str, Any]) -> None:
    name, notes = alert["alert"], alert["annotations"]
    assert name.startswith("Streetwarden")
    assert alert["labels"]["severity"] in {"critical", "warning", "none"}
    assert set(notes) == {"summary", "description", "runbook_url"}
    assert "{{" not in notes["summary"], "alerts are grouped by it; what differs belongs into the description"
    if name not in _ALWAYS_FIRES:
        assert "{{" in notes["description"], "it does not say where"
    headings = re.findall(r"^## (.+)$", (TOP / "docs/runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert name in headings
    assert notes["runbook_url"].endswith(f"/docs/runbook.md#{name.lower()}")


def test_the_runbook_speaks_of_alerts_that_there_are() -> None:
    text = (TOP / "docs/runbook.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bStreetwarden[A-Z]\w+", text)) == {alert["alert"] for alert in alerts()}


def test_every_alert_fires_clears_and_stays_quiet_in_a_unit_test() -> None:
    fires, clears, quiet = set(), set(), set()
    for alert, firing in cases():
        if not any(firing):
            quiet.add(alert)
            continue
        fires.add(alert)
        if not firing[-1]:
            clears.add(alert)
    names = {alert["alert"] for alert in alerts()}
    assert fires == names
    assert clears == names - _ALWAYS_FIRES
    assert quiet == names - _ALWAYS_FIRES


def in_servers_root(*command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program of the servers' system on our files, which go into its root by standard input."""
    system = debian_root.find(ROOT)
    inside = ["chroot", str(system.root)] if not system.is_this_machine else []
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("rules", "tests", "alertmanager.yml"):
            tar.add(PROMETHEUS / name, arcname=name)
    script = (
        "d=$(mktemp -d) && tar --extract --directory $d && cd $d && "
        f"{' '.join(command)}; s=$?; cd /; rm -rf $d; exit $s"
    )
    return subprocess.run(
        [*inside, "sh", "-c", script], input=archive.getvalue(), capture_output=True, check=False, timeout=300
    )


@pytest.mark.servers
@pytest.mark.usefixtures("servers_can_run")
def test_prometheus_takes_the_rules() -> None:
    done = in_servers_root("promtool", "check", "rules", "rules/*.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(b"SUCCESS") == len(alert_rules.shipped())


@pytest.mark.servers
@pytest.mark.usefixtures("servers_can_run")
def test_the_unit_tests_of_the_rules_pass() -> None:
    done = in_servers_root("promtool", "test", "rules", "tests/*.yml")
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


@pytest.mark.servers
@pytest.mark.usefixtures("servers_can_run")
def test_alertmanager_takes_the_routes() -> None:
    done = in_servers_root("amtool", "check-config", "alertmanager.yml")
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_routes_and_inhibitions_speak_of_alerts_that_there_are() -> None:
    text = (PROMETHEUS / "alertmanager.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"\bStreetwarden[A-Z]\w+", text))
    assert named
    assert named - {alert["alert"] for alert in alerts()} == set()


def test_faster_rules_shorten_every_for_and_every_range() -> None:
    given = "expr: rate(a_total[2m]) unless x\nfor: 1m\nkeep_firing_for: 30s\nrecord: a:b:rate2m\n"
    assert alert_rules.faster(given, 20) == (
        "expr: rate(a_total[6000ms]) unless x\nfor: 3000ms\nkeep_firing_for: 1500ms\nrecord: a:b:rate2m\n"
    )


def test_the_runbook_of_an_installation_stands_in_every_rule() -> None:
    texts = alert_rules.shipped(runbook="https://wiki.city.example/runbook.md").values()
    assert all(alert_rules.PUBLISHED not in text for text in texts)
    assert sum(text.count("https://wiki.city.example/runbook.md#") for text in texts) == len(alerts())
