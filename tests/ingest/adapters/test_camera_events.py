"""Cameras with analytics of their own: translation of their events, one incident from begin to end."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.fleet import Fleet
from ingest.adapters.conditions import ConditionReport
from ingest.dry_run import DryRun
from tests.ingest.adapters.test_adapters import adapter, translate
from tests.ingest.conftest import StartIngest
from tests.ingest.running import rows
from tests.servers import Broker
from wire.errors import PayloadError
from wire.messages import Incident, Phase

NOW = round(time.time(), 3)
INSIDE = "RuleEngine/FieldDetector/ObjectsInside"
CAMERAS = [
    {"name": "MyDevice", "id": "cam-9", "lat": 24.9, "lon": 118.6},
    {"name": "E4:30:22:00:00:01", "id": "cam-8", "lat": 24.8, "lon": 118.5},
    {"name": "site/two", "id": "cam-2a", "source": "1", "lat": 24.7, "lon": 118.4},
    {"name": "site/two", "id": "cam-2b", "source": "2", "lat": 24.6, "lon": 118.3},
]
ONVIF = adapter(
    reads="onvif",
    topics=["+/onvif-ej/#", "+/+/onvif-ej/#"],
    cameras=CAMERAS,
    events=[
        {"topic": INSIDE, "type": "illegal_parking", "source": {"Rule": "Kerb"}},
        {"topic": "RuleEngine/LineDetector/Crossed", "type": "intrusion"},
        {"topic": "Device/Trigger/Relay", "type": "relay", "zone": "door"},
        {"topic": "VideoSource/+", "type": "tamper"},
    ],
)
SCENARIO = "CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1"
AXIS = adapter(
    reads="axis",
    topics=["axis/#"],
    cameras=[{"name": "B8A44F000001", "id": "cam-7", "lat": 24.9, "lon": 118.6}],
    events=[
        {"topic": SCENARIO, "type": "illegal_parking", "data": {"classTypes": "vehicle"}},
        {"topic": SCENARIO, "type": "loitering", "data": {"classTypes": "human"}},
    ],
)


def utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def onvif(holds: object, at: float = NOW, *, rule: str = "Kerb", **more: Any) -> dict[str, Any]:
    source = {"VideoSource": "1", "AnalyticsConfiguration": "2", "Rule": rule}
    return {"UtcTime": utc(at), "Source": source, "Data": {"IsInside": holds}, **more}


def axis(active: object, at: float = NOW, **data: object) -> dict[str, Any]:
    message = {"source": {}, "key": {}, "data": {"active": active, **data}}
    topic = "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1"
    return {"topic": topic, "timestamp": round(at * 1000), "serial": "B8A44F000001", "message": message}


def the_one(reader: Any, topic: str, message: object) -> Incident:
    ((_, incident),) = translate(reader, topic, message)
    assert isinstance(incident, Incident)
    return incident


@pytest.mark.parametrize("word", ["true", "True", True, "1", 1, "active", "ON"])
def test_a_condition_that_holds_begins_an_incident_of_the_settings_type_and_place(word: object) -> None:
    said = the_one(ONVIF, f"MyDevice/onvif-ej/{INSIDE}/&1/2/Kerb", onvif(word))
    assert isinstance(said, ConditionReport)
    assert (said.type, said.camera, said.zone) == ("illegal_parking", "cam-9", "Kerb")
    assert (said.lat, said.lon, said.phase, said.observed_at) == (24.9, 118.6, Phase.BEGUN, NOW)


@pytest.mark.parametrize("word", ["false", False, "0", 0, "inactive", "Off"])
def test_its_end_speaks_of_the_same_condition(word: object) -> None:
    begun = the_one(ONVIF, f"MyDevice/onvif-ej/{INSIDE}/&1/2/Kerb", onvif("true"))
    ended = the_one(ONVIF, f"MyDevice/onvif-ej/{INSIDE}/&1/2/Kerb", onvif(word, NOW + 60))
    assert isinstance(begun, ConditionReport)
    assert isinstance(ended, ConditionReport)
    assert (ended.phase, ended.condition) == (Phase.ENDED, begun.condition)


def test_a_property_that_is_deleted_ends() -> None:
    gone = {"UtcTime": utc(NOW), "PropertyOperation": "Deleted", "Source": onvif(1)["Source"]}
    assert the_one(ONVIF, f"MyDevice/onvif-ej/{INSIDE}", gone).phase is Phase.ENDED


def test_each_object_that_a_key_names_is_a_condition_of_its_own() -> None:
    topic = f"MyDevice/onvif-ej/{INSIDE}/&1/2/Kerb"
    first, second = (the_one(ONVIF, topic, onvif("true", Key={"ObjectId": each})) for each in ("15", "16"))
    assert isinstance(first, ConditionReport)
    assert isinstance(second, ConditionReport)
    assert first.condition != second.condition


def test_an_event_without_a_state_is_an_incident_of_its_own_each_time() -> None:
    topic = "MyDevice/onvif-ej/RuleEngine/LineDetector/Crossed/&1/2/Fence"

    def crossed(at: float, number: str) -> Incident:
        said = {"UtcTime": utc(at), "Source": {"Rule": "Fence"}, "Data": {"ObjectId": number}}
        return the_one(ONVIF, topic, said)

    first, again, other = crossed(NOW, "15"), crossed(NOW, "15"), crossed(NOW, "19")
    assert (first.type, first.zone, type(first)) == ("intrusion", "Fence", Incident)
    assert first.incident_id == again.incident_id != other.incident_id


@pytest.mark.parametrize(
    "rest",
    [
        "tns1:RuleEngine/FieldDetector/ObjectsInside",
        "tns1:RuleEngine/tns1:FieldDetector/tns1:ObjectsInside/&1",
    ],
)
def test_namespaces_and_lists_of_simple_items_are_read_as_makers_publish_them(rest: str) -> None:
    listed = {
        "UtcTime": utc(NOW),
        "Source": {"SimpleItem": [{"Name": "Rule", "Value": "Kerb"}, {"Name": "VideoSource", "Value": "1"}]},
        "Data": {"SimpleItem": {"Name": "IsInside", "Value": "true"}},
    }
    assert the_one(ONVIF, f"E4:30:22:00:00:01/onvif-ej/{rest}", listed).camera == "cam-8"


def test_a_device_with_two_lenses_is_two_cameras() -> None:
    for source, camera in (("1", "cam-2a"), ("2", "cam-2b")):
        said = {"UtcTime": utc(NOW), "Source": {"Source": source}, "Data": {"State": "true"}}
        assert (
            the_one(ONVIF, f"site/two/onvif-ej/VideoSource/GlobalSceneChange/&{source}", said).camera
            == camera
        )


def test_a_prefix_of_several_levels_can_be_subscribed() -> None:
    payload = json.dumps(onvif("true")).encode()
    found = DryRun([ONVIF]).take(f"site/two/onvif-ej/{INSIDE}/&1/2/Kerb", payload, now=NOW)
    assert (found.fate, found.parts[0].id) == ("read", "cam-2a")


def test_a_retained_state_says_nothing_about_now() -> None:
    topic, payload = f"MyDevice/onvif-ej/{INSIDE}/&1/2/Kerb", json.dumps(onvif("true")).encode()
    fates = [DryRun([ONVIF]).take(topic, payload, now=NOW, retained=kept).fate for kept in (False, True)]
    assert fates == ["read", "ignored"]


def test_what_no_rule_asks_for_is_ignored() -> None:
    assert translate(ONVIF, f"MyDevice/onvif-ej/{INSIDE}/&1/2/Gate", onvif("true", rule="Gate")) == []
    assert translate(ONVIF, "MyDevice/onvif-ej/RuleEngine/CountAggregation/Counter/&1", onvif("true")) == []
    assert translate(ONVIF, "MyDevice/onvif-mj/VideoAnalytics", {"Frame": {}}) == []
    assert translate(AXIS, "axis/x", axis("1", classTypes="animal")) == []


@pytest.mark.parametrize("others", [[], [{"#text": "Other"}]], ids=["one", "several"])
def test_the_class_of_an_object_can_be_asked_for(others: list[object]) -> None:
    """As Bosch cameras publish it: the object of a rule is an element inside `Data`."""
    name = "Object.Object.Appearance.Class.Type.#text"
    rule = {"topic": "RuleEngine/LineDetector/Crossed", "type": "intrusion", "data": {name: "vehicle"}}
    reader = adapter(reads="onvif", cameras=CAMERAS, events=[rule])
    for kind, count in (("Vehicle", 1), ("Person", 0)):
        likely = {"@Likelihood": 0.91, "#text": kind}
        appearance = {"Class": {"Type": [likely, *others] if others else likely}}
        said = {
            "UtcTime": utc(NOW),
            "Source": {"VideoSource": "1", "Rule": "Fence"},
            "Data": {"Object": {"Object": {"@ObjectId": 1234, "Appearance": appearance}}},
        }
        topic = "MyDevice/onvif-ej/RuleEngine/LineDetector/Crossed/&1/Fence"
        assert len(translate(reader, topic, said)) == count


def test_axis_scenarios_begin_by_class_and_end_whatever_they_began() -> None:
    parked = the_one(AXIS, "axis/B8A44F000001/event", axis("1", classTypes="bike,vehicle", objectId="7"))
    assert isinstance(parked, ConditionReport)
    assert (parked.type, parked.zone, parked.observed_at) == ("illegal_parking", "Device1Scenario1", NOW)
    ends = [each for _, each in translate(AXIS, "axis/B8A44F000001/event", axis(0, NOW + 9, classTypes=""))]
    assert all(isinstance(each, ConditionReport) and each.phase is Phase.ENDED for each in ends)
    assert parked.condition in [each.condition for each in ends if isinstance(each, ConditionReport)]


def test_an_axis_topic_counts_where_the_payload_has_none() -> None:
    message = axis("1", classTypes="human")
    del message["topic"]
    topic = f"axis/B8A44F000001/event/tns:axis/{SCENARIO}"
    assert the_one(AXIS, topic, message).type == "loitering"


@pytest.mark.parametrize(
    ("reader", "topic", "message", "says"),
    [
        (ONVIF, f"Other/onvif-ej/{INSIDE}", onvif("true"), "'Other' has no place"),
        (ONVIF, f"MyDevice/onvif-ej/{INSIDE}", onvif("perhaps"), "neither true nor false"),
        (ONVIF, f"MyDevice/onvif-ej/{INSIDE}", {"Source": {}}, "UtcTime"),
        (AXIS, "axis/x", {"timestamp": 1, "message": {"data": {}}}, "no sender id"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(reader: Any, topic: str, message: object, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        translate(reader, topic, message)


SETTINGS = f"""
[[adapters]]
reads = "onvif"
district = "350582"
cameras = [{{ name = "MyDevice", id = "cam-9", lat = 24.9, lon = 118.6 }}]
events = [{{ topic = "{INSIDE}", type = "illegal_parking", lost_after_h = 1 }}]
"""
TOPIC = f"MyDevice/onvif-ej/{INSIDE}/&1/2/Kerb"
INCIDENTS = """
SELECT phase, round(extract(epoch FROM began_at) - $1), round(extract(epoch FROM observed_at) - $1)
FROM incident ORDER BY began_at, revision
"""


@pytest.mark.servers
async def test_a_condition_is_one_incident_whatever_the_camera_repeats(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    ingest = start_ingest(config=config)
    await ingest.ready()
    start = NOW - 20_000
    sent = 0

    async def publish(*said: tuple[object, float]) -> list[tuple[str, int, int]]:
        messages = [(TOPIC, json.dumps(onvif(holds, start + at)).encode()) for holds, at in said]
        nonlocal sent
        sent += len(messages)
        await Fleet(broker.url, connections=1).publish(messages)
        fates = await ingest.settled(sent)
        assert fates["quarantined"] == 0
        query = INCIDENTS.replace("$1", str(start))
        return [(phase, int(began), int(seen)) for phase, began, seen in await rows(database_url, query)]

    assert await publish(("false", 0)) == [], "what never was said to hold does not end"
    begun = ("begun", 10, 10)
    assert await publish(("true", 10), ("true", 10), ("true", 40)) == [begun], "repeats are the same incident"
    ended = ("ended", 10, 60)
    assert await publish(("false", 60), ("false", 60), ("false", 70)) == [begun, ended]
    assert await publish(("true", 10), ("false", 60)) == [begun, ended], "sent again after a crash"
    assert await publish(("true", 100)) == [begun, ended, ("begun", 100, 100)]
    again = ("begun", 100 + 3700, 100 + 3700)
    found = await publish(("true", 100 + 3700))
    assert found == [begun, ended, ("begun", 100, 100), again], "an end that was lost"
    assert (await publish(("false", 4000)))[-1] == ("ended", 3800, 4000)
    ahead = NOW + 3600 - start
    await publish(("true", ahead))
    found = await publish(("false", time.time() - start))
    assert [phase for phase, _, _ in found].count("ended") == 3, "the camera's clock was set right meanwhile"
    cases = await rows(database_url, "SELECT type, zone, restored_at IS NOT NULL FROM case_file")
    assert cases == [("illegal_parking", "Kerb", True)]
    assert await rows(database_url, "SELECT count(*) FROM open_condition") == [(0,)]
