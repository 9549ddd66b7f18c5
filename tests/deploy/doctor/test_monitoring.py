"""doctor's checks of monitoring, with a real Prometheus and a real Alertmanager."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy import debian_root
from deploy.alert_log import WATCHDOG
from deploy.doctor import monitoring
from deploy.doctor.finding import Finding, Verdict
from deploy.servers import Alertmanager, Prometheus
from tests.ports import free_port
from tests.servers import ROOT

PATIENCE_S = 60.0


@pytest.fixture
def servers(tmp_path: Path, servers_can_run: None) -> Iterator[tuple[str, str]]:
    """A Prometheus whose target ingest does not exist, and its Alertmanager."""
    system = debian_root.find(ROOT)
    alertmanager = Alertmanager(
        system=system,
        folder=tmp_path / "alertmanager",
        port=free_port(),
        alert_log_port=free_port(),
        waits_ms=100,
    )
    prometheus = Prometheus(
        system=system,
        folder=tmp_path / "prometheus",
        port=free_port(),
        targets=[("ingest", free_port())],
        alertmanager_port=alertmanager.port,
        faster=60,
    )
    with ExitStack() as down:
        for server in (alertmanager, prometheus):
            down.callback(server.kill)
            server.start()
        yield f"http://127.0.0.1:{prometheus.port}", f"http://127.0.0.1:{alertmanager.port}"


def findings(prometheus: str | None, alertmanager: str | None) -> dict[str, Finding]:
    return {finding.check: finding for finding in monitoring.alerts(prometheus, alertmanager)}


def test_firing_alerts_are_listed_with_their_section_and_delivery_is_checked(
    servers: tuple[str, str],
) -> None:
    prometheus, alertmanager = servers
    end = time.monotonic() + PATIENCE_S
    found = findings(prometheus, alertmanager)
    while "alert StreetwardenIngestAway" not in found or found["Alertmanager"].verdict is not Verdict.OK:
        assert time.monotonic() < end, found
        assert found["Alertmanager"].verdict in {Verdict.OK, Verdict.DOUBTFUL}, "it has only just started"
        time.sleep(0.1)
        found = findings(prometheus, alertmanager)
    away = found["alert StreetwardenIngestAway"]
    assert away.verdict is Verdict.WRONG
    assert away.remedy == "docs/runbook.md, section StreetwardenIngestAway"
    assert f"alert {WATCHDOG}" not in found
    assert "alerts" not in found, "it does not say that none fires"


def test_a_target_is_fine_only_after_a_scrape_that_worked(servers: tuple[str, str]) -> None:
    prometheus, _ = servers
    end = time.monotonic() + PATIENCE_S
    while (found := monitoring.prometheus(prometheus)).verdict is not Verdict.WRONG:
        assert found.verdict is Verdict.DOUBTFUL, "its only target is not there"
        assert time.monotonic() < end, found
        time.sleep(0.1)
    assert found.found == "cannot scrape ingest"


def test_alerts_that_reach_nobody_are_noticed(servers: tuple[str, str]) -> None:
    prometheus, _ = servers
    assert findings(prometheus, None)["Alertmanager"].verdict is Verdict.DOUBTFUL
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert findings(prometheus, nowhere)["Alertmanager"].verdict is Verdict.WRONG
    assert findings(nowhere, nowhere)["alerts"].verdict is Verdict.WRONG
    assert findings(None, None) == {}
