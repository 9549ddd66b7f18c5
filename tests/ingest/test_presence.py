"""Each cell and two minutes of an entity has a presence mark, whatever is cached."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fleet import Fleet
from ingest.fixes import Fixes, columns
from ingest.presence import Presence
from store.presence import buckets, cells
from tests.ingest.running import RunningIngest, one, topic
from tests.servers import Broker
from wire.messages import Position

moves = st.tuples(st.integers(0, 3), st.floats(-700, 700), st.integers(-1500, 1500))


def triples(wanted: tuple[Any, Any, Any], fixes: Fixes) -> list[tuple[int, int, int]]:
    marked_cells, marked_buckets, rows = wanted
    assert marked_cells.tolist() == cells(fixes.lat[rows], fixes.lon[rows]).tolist()
    assert marked_buckets.tolist() == buckets(fixes.time_us[rows]).tolist()
    return list(zip(marked_cells.tolist(), marked_buckets.tolist(), fixes.sender[rows].tolist(), strict=True))


@given(st.lists(st.lists(moves, max_size=6), max_size=8), st.data())
def test_marks_cover_all_good_fixes_and_none_stands_twice_in_a_batch(
    batches: list[list[tuple[int, float, int]]], data: st.DataObject
) -> None:
    presence = Presence()
    marked: set[tuple[int, int, int]] = set()
    expected: set[tuple[int, int, int]] = set()
    for batch in batches:
        fixes = columns(
            [
                Position(time=1.795e9 + after, lat=24.9 + north / 111_320, lon=118.6)
                for _, north, after in batch
            ],
            range(len(batch)),
            [sender for sender, _, _ in batch],
        )
        fixes.flags[:] = np.array([data.draw(st.sampled_from([0, 64, 16, 8])) for _ in batch], dtype=np.int32)
        found = triples(presence.wanted(fixes), fixes)
        assert sorted(set(found)) == found
        if data.draw(st.booleans()):  # else the transaction failed
            marked |= set(found)
            presence.remember(fixes)
            expected |= set(triples(Presence().wanted(fixes), fixes))
    assert marked == expected


@pytest.mark.servers
async def test_marks_are_stored_with_the_fixes(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    path = [{"time": now - 10 * step, "lat": 24.9 + 0.001 * step, "lon": 118.6} for step in range(200)]
    messages = [(topic("v1"), json.dumps(fix).encode()) for fix in path]
    await Fleet(broker.url, connections=1).publish([*messages, *messages[:20]])
    await ingest.settled(220)
    lacking = await one(
        database_url,
        """
        SELECT count(*) FROM position WHERE flags & 63 = 0 AND NOT EXISTS (
            SELECT FROM presence WHERE presence.entity_id = position.entity_id
                AND bucket = time_bucket('2 minutes', time)
                AND cell = floor((lat + 90) * 200)::bigint * 72001 + floor((lon + 180) * 200)::bigint)
        """,
    )
    assert lacking == 0
    assert 40 <= int(await one(database_url, "SELECT count(*) FROM presence")) < 100
