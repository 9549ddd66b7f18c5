"""A bad item does not affect the others, and a bad optional field does not affect its fix; both count."""

from __future__ import annotations

import json
import time

import pytest

from bench.fleet import Fleet
from ingest.errors import Reason
from store.quality import Quality
from tests.ingest.running import RunningIngest, one, rows, topic
from tests.ingest.test_interpret import FIX, NOW, POSITION, read
from tests.servers import Broker

INCOMPLETE = int(Quality.INCOMPLETE)


def test_a_bad_fix_of_an_array_is_quarantined_with_its_place_and_the_others_are_stored() -> None:
    batch = read((POSITION, [FIX, {**FIX, "lat": 91}, {**FIX, "time": NOW - 1}]), (POSITION, FIX))
    assert batch.fixes.message.tolist() == [0, 0, 1]
    (refusal,) = batch.refusals
    assert (refusal.ordinal, refusal.item, json.loads(refusal.payload)["lat"]) == (0, "[1]", 91)
    assert str(refusal.error).startswith("payload: item [1]: position: Expected `float` <= 90.0")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"id": "v2"}, Reason.IDENTITY),
        ({"time": NOW + 86_401}, Reason.TIME),
        ({"time": NOW - 4e7}, Reason.TIME),
    ],
)
def test_an_item_of_another_or_of_a_wrong_time_is_refused_alone(
    wrong: dict[str, object], reason: Reason
) -> None:
    readings = {"time": NOW, "values": {"a": 1}}
    batch = read(
        (POSITION, [FIX, {**FIX, **wrong}]),
        (topic("v1", "telemetry"), [{**readings, **wrong}, readings]),
    )
    assert [(each.ordinal, each.item, each.error.reason) for each in batch.refusals] in (
        [(0, "[1]", reason), (1, "[0]", reason)],
        [(1, "[0]", reason), (0, "[1]", reason)],  # times of fixes are looked at last, all together
    )
    assert all(json.loads(each.payload) for each in batch.refusals)
    assert (len(batch.fixes), len(batch.telemetry)) == (1, 1)


def test_many_bad_items_of_one_message_share_a_row_of_the_quarantine() -> None:
    batch = read((POSITION, [FIX, *([{**FIX, "lat": 91}] * 500)]))
    assert len(batch.refusals) == 21
    assert len(json.loads(batch.refusals[-1].payload)) == 480
    assert len(str(batch.refusals[-1].error)) < 500


def test_a_message_of_which_nothing_is_left_is_refused_whole_and_as_it_came() -> None:
    payload = [{**FIX, "lat": 91}, {**FIX, "lat": 92}]
    (refusal,) = read((POSITION, payload)).refusals
    assert (refusal.item, json.loads(refusal.payload)) == (None, payload)


def test_a_fix_without_a_field_that_was_out_of_range_carries_the_mark() -> None:
    batch = read((POSITION, {**FIX, "heading_deg": 400}), (POSITION, [FIX, {**FIX, "altitude_m": 1e5}]))
    assert batch.fixes.flags.tolist() == [INCOMPLETE, 0, INCOMPLETE]
    assert batch.left_out == {"heading_deg": 1, "altitude_m": 1}


@pytest.mark.servers
async def test_the_rest_of_a_message_is_stored_and_its_bad_items_are_in_the_quarantine(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    good = {**FIX, "time": now - 3}
    samples = [
        {"time": now, "values": {"tilt_deg": 1}},
        {"time": "yesterday", "values": {"tilt_deg": 2}},
        {"time": now - 1, "values": {"tilt_deg": 3, "hum": None}},
    ]
    messages = [
        (
            topic("v1"),
            json.dumps([good, {**good, "lon": 181}, {**good, "time": now - 2, "heading_deg": 400}]),
        ),
        (topic("d1", "telemetry", "device"), json.dumps(samples)),
        (topic("v2"), json.dumps([{**good, "lon": 181}])),
    ]
    await Fleet(broker.url, connections=1).publish([(each, text.encode()) for each, text in messages])
    fates = await ingest.settled(3)
    assert (fates["stored"], fates["quarantined"]) == (2, 1)
    assert await rows(database_url, "SELECT flags, heading_deg FROM position ORDER BY time") == [
        (0, None),
        (INCOMPLETE | int(Quality.SAME_PLACE), None),
    ]
    assert await rows(database_url, "SELECT values FROM telemetry ORDER BY time DESC") == [
        ('{"tilt_deg": 1.0}',),
        ('{"left_out": "hum", "tilt_deg": 3.0}',),
    ]
    kept = await rows(database_url, "SELECT topic, reason FROM quarantine ORDER BY reason")
    assert [(each, reason.partition(": Exp")[0]) for each, reason in kept] == [
        (topic("v1"), "payload: item [1]: position"),
        (topic("d1", "telemetry", "device"), kept[1][1].partition(": Exp")[0]),
        (topic("v2"), "payload: position"),
    ]
    metrics = await ingest.metrics()
    assert metrics["quarantined_items_total", "payload"] == 2
    assert metrics["left_out_fields_total", "heading_deg"] == 1
    await Fleet(broker.url, connections=1).publish([(each, text.encode()) for each, text in messages])
    again = await ingest.settled(6)
    assert (again["duplicate"], again["quarantined"]) == (2, 2), "the same again adds nothing"
    assert await one(database_url, "SELECT count(*) FROM quarantine WHERE count = 2") == 3
