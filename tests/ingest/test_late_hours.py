"""Late fixes mark their hours, which may have been rolled up already."""

from __future__ import annotations

import json
import time

import pytest

from bench.fleet import Fleet
from tests.ingest.running import RunningIngest, rows, topic
from tests.servers import Broker

pytestmark = pytest.mark.servers


async def test_ingest_marks_the_hours_of_late_fixes_alone(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    moments = (now, now - 60, now - 3 * 3600, now - 3 * 3600 - 1, now - 40 * 86_400)
    messages = [
        (topic("v1"), json.dumps({"time": moment, "lat": 24.9, "lon": 118.6}).encode()) for moment in moments
    ]
    await Fleet(broker.url, connections=1).publish([*messages, *messages])
    await ingest.settled(10)
    due = [hour.timestamp() for (hour,) in await rows(database_url, "SELECT hour FROM position_hour_due")]
    assert sorted(due) == sorted({moment // 3600 * 3600 for moment in moments[2:]})
