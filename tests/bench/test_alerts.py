"""The short form of `python -m bench alerts`: the rules that ship, sixty times as fast, on real servers."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

EXPECTED = {
    "StreetwardenBoxSilent",
    "StreetwardenBrokerAway",
    "StreetwardenCenterAway",
    "StreetwardenCenterAway, killed",
    "StreetwardenDatabaseAway",
    "StreetwardenDiskFull",
    "StreetwardenDiskNearlyFull",
    "StreetwardenIngestAway",
    "StreetwardenIngestNotConsuming",
    "StreetwardenNoMessages",
    "StreetwardenQuarantineFull",
    "StreetwardenQuotaExceeded",
    "StreetwardenReportFlood",
    "StreetwardenSourceUnauthorized",
    "StreetwardenWorkerAway",
    "StreetwardenWorkerAway, killed",
}


@pytest.mark.servers
@pytest.mark.timeout(240)
def test_each_alert_fires_when_its_cause_is_there_and_clears_when_it_is_gone(servers_can_run: None) -> None:
    command = [sys.executable, "-m", "bench", "alerts", "--faster", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=230, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["alerts"]) == EXPECTED
    assert [times for times in found["alerts"].values() if None in times.values()] == []
    assert "none has got its fate" in found["stall"]["health"]
    assert "has locked" in found["stall"]["doctor"]
    assert {"StreetwardenCenterWithoutDatabase", "StreetwardenWorkerWithoutDatabase"} <= set(
        found["suppressed"]
    )
