"""Times ahead of our clock are stored with a mark and never become the latest, on every stream."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path

import pytest

from bench.fleet import Fleet, Message
from ingest.authority import Authority, Source
from ingest.batch import Batch
from ingest.errors import BadMessageError, Reason
from ingest.fix_quality import LastFixes, flag_fixes
from ingest.routes import Routes
from ingest.rules.engine import RuleEngine
from ingest.rules.settings import Stop, Threshold
from ingest.settings import Limits
from ingest.times import is_ahead
from store.quality import Quality
from tests.ingest.conftest import StartIngest
from tests.ingest.running import JPEG, RunningIngest, fix, incident, one, rows, topic
from tests.ingest.test_interpret import NOW, read
from tests.servers import Broker
from wire.topics import Kind

LIMITS = Limits()
HOUR = 3600.0
TILTED = Threshold(name="tilted", reading="tilt_deg", above=15, clear=5)


def test_a_time_is_right_then_ahead_then_refused() -> None:
    assert [is_ahead([NOW + each], now=NOW, limits=LIMITS) for each in (0, 60, 61, 86_400)] == [
        False, False, True, True,
    ]  # fmt: skip
    with pytest.raises(BadMessageError) as refused:
        is_ahead([NOW, NOW + 86_401], now=NOW, limits=LIMITS)
    assert refused.value.reason is Reason.TIME


def test_a_message_is_ahead_if_one_of_its_times_is() -> None:
    now = {**incident(), "observed_at": NOW, "began_at": NOW}
    ahead = {**now, "pictures": [{"role": "finding", "taken_at": NOW + HOUR, "jpeg": JPEG}]}
    routes = Routes(authority=Authority([Source(account="box/b1", cameras=("cam-01",))]))
    where = topic("b1", "incident", "box")
    batch = read(*((where, each) for each in (now | {"pictures": []}, ahead)), routes=routes)
    assert [item.ahead for item in batch.incidents] == [False, True]


def tilt(at_s: float, degrees: float) -> tuple[str, object]:
    return topic("d1", "telemetry", "device"), {"time": at_s, "values": {"tilt_deg": degrees}}


def transitions_of(
    engine: RuleEngine, routes: Routes, *messages: tuple[str, object], now: float = NOW
) -> list[str]:
    batch: Batch = read(*messages, routes=routes)
    last_fixes = LastFixes()
    last_fixes.make_room(len(routes.senders))
    flag_fixes(batch.fixes, last_fixes, now=now, limits=LIMITS)
    transitions = engine.follow(batch.fixes, batch.telemetry, routes.senders, after_s=now + LIMITS.future_s)
    return [
        "begun" if transition.begun else "ended" if transition.ended else "moved"
        for transition in transitions
    ]


def test_a_reading_of_tomorrow_moves_no_rule_and_the_next_one_does() -> None:
    engine, routes = RuleEngine([TILTED]), Routes()
    assert transitions_of(engine, routes, tilt(NOW + 20 * HOUR, 60)) == []
    assert transitions_of(engine, routes, tilt(NOW, 60)) == ["begun"]


def test_what_was_looked_at_while_our_clock_was_ahead_is_no_obstacle_afterwards() -> None:
    engine, routes = RuleEngine([TILTED]), Routes()
    read(tilt(NOW, 1), routes=routes)  # the sender is known
    engine.make_room(routes.senders)
    engine.recall_telemetry(0, time_s=NOW + 3 * HOUR)
    assert transitions_of(engine, routes, tilt(NOW, 60)) == ["begun"]
    assert transitions_of(engine, routes, tilt(NOW - 1, 1)) == [], "late data fires nothing, as ever"


def test_what_has_to_last_begins_to_last_anew_when_our_clock_has_gone_back() -> None:
    engine, routes = RuleEngine([Stop(name="stops", for_s=60)]), Routes()

    def standing(at_s: float) -> tuple[str, object]:
        return topic("v1"), {"time": at_s, "lat": 24.9, "lon": 118.6, "speed_mps": 0}

    later = NOW + HOUR
    read(standing(NOW), routes=routes)
    batch = read(standing(NOW), routes=routes)
    batch.fixes.time_us[:] = round(later * 1e6)  # as it was while our clock was an hour ahead
    assert [transition.begun for transition in engine.follow(batch.fixes, [], routes.senders)] == [False]
    assert transitions_of(engine, routes, standing(NOW - 70)) == ["moved"]
    assert transitions_of(engine, routes, standing(NOW - 9)) == ["begun"]


def test_a_good_fix_noted_while_our_clock_was_ahead_is_forgotten() -> None:
    last_fixes, routes = LastFixes(), Routes()
    batch = read((topic("v1"), {"time": NOW, "lat": 24.9, "lon": 118.6}), routes=routes)
    last_fixes.make_room(1)
    last_fixes.recall(0, time_s=NOW + HOUR, lat=24.9, lon=118.6)
    flag_fixes(batch.fixes, last_fixes, now=NOW, limits=LIMITS)
    assert last_fixes.good[0, 0] == NOW


def evidence(incident_id: object, taken_at: float) -> dict[str, object]:
    data = base64.b64decode(JPEG) + b"another"
    return {
        "incident_id": incident_id,
        "digest": hashlib.sha256(data).hexdigest(),
        "role": "finding",
        "taken_at": taken_at,
        "media_type": "image/jpeg",
        "data": base64.b64encode(data).decode(),
    }


def message(stream: str, body: object, kind: Kind = Kind.DEVICE, who: str = "d1") -> Message:
    return topic(who, stream, kind), json.dumps(body).encode()


@pytest.mark.servers
async def test_each_stream_of_tomorrow_is_kept_with_its_mark_and_today_counts(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        '[[rules]]\nwatches = "telemetry"\nname = "tilted"\nreading = "tilt_deg"\nabove = 15\nclear = 5\n'
    )
    ingest = start_ingest(config=file)
    await ingest.ready()
    now = time.time()
    tomorrow = now + 20 * HOUR
    still = {"camera": "cam-01", "jpeg": JPEG}
    found = incident()
    box = ("box-1", Kind.BOX)
    await Fleet(broker.url, connections=1).publish(
        [
            fix(1, tomorrow),
            message("telemetry", {"time": tomorrow, "values": {"tilt_deg": 1}}),
            message("status", {"time": tomorrow, "online": True}),
            message("frame", {**still, "time": tomorrow}, box[1], box[0]),
            message("incident", found, box[1], box[0]),
            message(
                "incident",
                {**found, "revision": 2, "phase": "ended", "observed_at": tomorrow, "pictures": []},
                box[1], box[0],
            ),
            message("evidence", evidence(found["incident_id"], tomorrow), box[1], box[0]),
        ]
    )  # fmt: skip
    fates = await ingest.settled(7)
    assert (fates["stored"], fates["quarantined"]) == (6, 1)
    assert await rows(database_url, "SELECT split_part(reason, ':', 1) FROM quarantine") == [("time",)]
    for table in ("position", "telemetry", "device_status", "evidence"):
        marked = await one(database_url, f"SELECT bool_or(flags & {int(Quality.FUTURE)} > 0) FROM {table}")
        assert marked, table
    assert await rows(database_url, "SELECT revision, flags FROM incident ORDER BY 1") == [(1, 0), (2, 4)]
    assert await one(database_url, "SELECT restored_at <= now() FROM case_file")
    assert await one(database_url, "SELECT deadline_at < now() + interval '1 day' FROM case_file")
    for table in ("latest_position", "latest_telemetry", "camera_still", "rule_event"):
        assert await one(database_url, f"SELECT count(*) FROM {table}") == 0, table
    await Fleet(broker.url, connections=1).publish(
        [
            fix(1, now),
            message("telemetry", {"time": now, "values": {"tilt_deg": 60}}),
            message("status", {"time": now, "online": False}),
            message("frame", {**still, "time": now}, box[1], box[0]),
            message("incident", {**found, "revision": 3, "phase": "changed", "observed_at": time.time(),
                                 "pictures": []}, box[1], box[0]),
        ]
    )  # fmt: skip
    await ingest.settled(12)
    assert await one(database_url, "SELECT time <= now() FROM latest_position")
    assert await one(database_url, "SELECT (values->>'tilt_deg')::float8 FROM latest_telemetry") == 60
    assert await one(database_url, "SELECT online FROM device_status") is False
    assert await one(database_url, "SELECT count(*) FROM camera_still") == 1
    assert await rows(database_url, "SELECT rule, phase FROM rule_event") == [("tilted", "begun")]
    assert await one(database_url, "SELECT restored_at FROM case_file") is None


@pytest.mark.servers
async def test_a_latest_value_from_while_our_clock_was_ahead_is_replaced(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    now = time.time()
    today = [
        fix(1, now),
        message("telemetry", {"time": now, "values": {"a": 1}}),
        message("status", {"time": now, "online": True}),
        message("frame", {"time": now, "camera": "cam-01", "jpeg": JPEG}, Kind.BOX, "box-1"),
    ]
    await Fleet(broker.url, connections=1).publish(today)
    await ingest.settled(4)
    ahead = "now() + interval '5 hours'"
    for table in ("latest_position", "latest_telemetry", "device_status", "camera_still"):
        await one(database_url, f"UPDATE {table} SET time = {ahead}, received_at = {ahead}")
    ingest.kill()  # what it remembers it has from there
    ingest.start()
    await ingest.ready()
    later = time.time()
    await Fleet(broker.url, connections=1).publish(
        [
            fix(1, later),
            message("telemetry", {"time": later, "values": {"a": 2}}),
            message("status", {"time": later, "online": False}),
            message("frame", {"time": later, "camera": "cam-01", "jpeg": JPEG}, Kind.BOX, "box-1"),
        ]
    )
    await ingest.settled(4)
    for table in ("latest_position", "latest_telemetry", "device_status", "camera_still"):
        assert await one(database_url, f"SELECT time <= now() FROM {table}"), table
    assert await one(database_url, "SELECT online FROM device_status") is False
