"""The short form of scripts/chaos, and its plan."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.faults import Fault, plan

SEED = 25156
ROUNDS = 6
"""The seed is one whose first rounds, so many, have every fault in them."""


def test_a_plan_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert plan(1, 5, seconds=4.0) == plan(1, 5, seconds=4.0)
    assert [plan(1, number, seconds=4.0) for number in range(5)] != [
        plan(2, number, seconds=4.0) for number in range(5)
    ]


def test_every_fault_strikes_within_as_many_rounds_as_there_are_faults() -> None:
    struck = {strike.fault for number in range(len(Fault)) for strike in plan(3, number, seconds=4.0)}
    assert struck == set(Fault)


def test_faults_strike_while_devices_send() -> None:
    for number in range(50):
        for strike in plan(4, number, seconds=4.0):
            assert 0 < strike.at_s < 4.0


@pytest.mark.servers
@pytest.mark.timeout(300)
def test_no_fault_makes_acknowledged_messages_lost_doubled_or_unaccounted_for(
    servers_can_run: None,
) -> None:
    command = [sys.executable, "-m", "bench", "chaos", "--rounds", str(ROUNDS), "--seconds", "2"]
    command += ["--seed", str(SEED), "--rate", "400"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found["faults"]) == set(Fault)
    assert found["acked"] > 2000
    assert found["acked"] == found["stored"] + found["quarantined"]
    assert (found["lost"], found["doubled"], found["unaccounted"], found["latest_wrong"]) == (0, 0, 0, 0)
    assert found["quarantined"] > 0
    assert found["broker_dropped"] == 0
    assert found["forged_refused"] > 20
    assert found["incidents"] >= 20
    assert (found["incidents_lost"], found["incidents_refused"]) == (0, 0)
    assert found["scrapes"] > 20
    assert found["unbalanced_scrapes"] == 0
