"""The lag measures our own delay, not the age of fixes that a device had kept."""

from __future__ import annotations

import json
import time

import pytest

from bench.fleet import Fleet
from tests.ingest.running import RunningIngest, topic
from tests.servers import Broker

pytestmark = pytest.mark.servers


async def test_only_the_newest_fix_of_an_array_counts_in_the_lag(
    ingest: RunningIngest, broker: Broker
) -> None:
    now = time.time()
    kept = [{"time": now - age, "lat": 24.9 + age / 1e4, "lon": 118.6} for age in (900, 600, 300, 1)]
    other = {"time": now - 2, "lat": 24.8, "lon": 118.5}
    fleet = Fleet(broker.url, connections=1)
    await fleet.publish([(topic("v1"), json.dumps(kept).encode()), (topic("v2"), json.dumps(other).encode())])
    await ingest.settled(2)
    metrics = await ingest.metrics()
    assert metrics["lag_seconds_count",] == 2
    assert 3 <= metrics["lag_seconds_sum",] < 60
