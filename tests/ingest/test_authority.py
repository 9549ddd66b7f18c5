"""Reports beyond an account's authority are refused with the reason before anything is stored."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import tomllib
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from ingest.authority import Authority, Source
from ingest.batch import Batch
from ingest.errors import IngestError
from ingest.routes import Routes
from tests.ingest.conftest import StartIngest
from tests.ingest.running import JPEG, RunningIngest, incident, one, rows, topic, until
from tests.ingest.test_interpret import NOW, read
from tests.servers import Broker
from wire.topics import Topic

BOX = Source(account="box/b1", cameras=("cam-01", "cam-02"), types=("stall", "goods"))
PATROL = Source(account="person/p*", types=("litter",), lat=24.9, lon=118.6, reach_m=300)


def told(who: str, stream: str, body: dict[str, Any]) -> Batch:
    kind, identity = who.split("/")
    routes = Routes(authority=Authority([BOX, PATROL]))
    return read((topic(identity, stream, kind), body), routes=routes)


def report(**changes: Any) -> dict[str, Any]:
    fixed = {"observed_at": NOW, "began_at": NOW, "pictures": []}
    return {**incident(), **fixed, **changes}


@pytest.mark.parametrize(
    ("who", "stream", "body"),
    [
        ("box/b1", "frame", {"time": NOW, "jpeg": JPEG, "camera": "cam-02"}),
        ("camera/c7", "frame", {"time": NOW, "jpeg": JPEG}),
        ("box/b1", "incident", report(type="goods")),
        ("camera/c7", "incident", report(camera="c7")),
        ("person/p1", "incident", report(camera=None, type="litter")),
    ],
)
def test_reports_within_an_accounts_authority_are_stored(who: str, stream: str, body: dict[str, Any]) -> None:
    batch = told(who, stream, body)
    assert batch.refusals == []
    assert len(batch.stills) + len(batch.incidents) == 1


@pytest.mark.parametrize(
    ("who", "stream", "body", "reason"),
    [
        ("box/b1", "frame", {"time": NOW, "jpeg": JPEG, "camera": "cam-03"}, "report for camera cam-03"),
        ("box/b2", "frame", {"time": NOW, "jpeg": JPEG, "camera": "cam-01"}, "report for camera cam-01"),
        ("vehicle/v1", "frame", {"time": NOW, "jpeg": JPEG, "camera": "cam-01"}, "report for camera cam-01"),
        ("box/b1", "incident", report(camera="cam-03"), "report for camera cam-03"),
        ("box/b1", "incident", report(camera=None), "must name its camera"),
        ("box/b1", "incident", report(type="cover_missing"), "may not report cover_missing"),
        ("vehicle/v1", "incident", report(), "may not report incidents"),
        ("vehicle/v1", "incident", report(camera=None), "may not report incidents"),
        ("device/d1", "evidence", None, "may not report incidents"),
        ("camera/c7", "incident", report(camera="cam-01"), "report for camera cam-01"),
        ("person/p1", "incident", report(type="litter"), "report for camera cam-01"),
        ("person/p1", "incident", report(camera=None, type="litter", lat=24.95), "farther than its reach"),
    ],
)
def test_reports_beyond_an_accounts_authority_are_refused_with_the_reason(
    who: str, stream: str, body: dict[str, Any] | None, reason: str
) -> None:
    data = base64.b64decode(JPEG)
    evidence = {
        "incident_id": incident()["incident_id"], "digest": hashlib.sha256(data).hexdigest(),
        "role": "finding", "taken_at": NOW, "media_type": "image/jpeg", "data": JPEG,
    }  # fmt: skip
    (refusal,) = told(who, stream, body or evidence).refusals
    assert str(refusal.error).startswith("authority: ")
    assert reason in str(refusal.error)
    assert "[[sources]]" in str(refusal.error), "and where to look"


def test_a_picture_that_is_none_is_refused_on_every_stream() -> None:
    html = base64.b64encode(b"<html>").decode()
    for stream, body in (
        ("frame", {"time": NOW, "jpeg": html, "camera": "cam-01"}),
        ("incident", report(pictures=[{"role": "finding", "taken_at": NOW, "jpeg": html}])),
        ("evidence", {
            "incident_id": incident()["incident_id"], "digest": hashlib.sha256(b"<html>").hexdigest(),
            "role": "finding", "taken_at": NOW, "media_type": "video/mp4", "data": html,
        }),
    ):  # fmt: skip
        (refusal,) = told("box/b1", stream, body).refusals
        assert str(refusal.error).startswith("payload: not a")


def test_a_status_says_nothing_of_anothers_cameras() -> None:
    own = {"outbox": "0", "camera.cam-01": "watching", "camera.cam-02.reason": "dark"}
    others = {"camera.cam-03": "watching", "camera.cam-03.reason": "x", "camera.cam-01.x": "y"}
    (item,) = told("box/b1", "status", {"online": True, "time": NOW, "detail": own | others}).statuses
    assert item.message.detail == own


def test_a_table_of_its_own_goes_before_a_pattern() -> None:
    authority = Authority([Source(account="box/*", cameras=("a",)), Source(account="box/b1", cameras=("b",))])
    found = {each: authority.of(Topic.parse(topic(each, "frame", "box"))).cameras for each in ("b1", "b2")}
    assert found == {"b1": {"b"}, "b2": {"a"}}
    with pytest.raises(IngestError, match="both lat and lon"):
        Authority([Source(account="box/b1", lat=1.0)])


async def tell(broker: Broker, who: str, *sent: dict[str, Any]) -> list[dict[str, Any]]:
    """Send incidents as an account, and return their receipts."""
    kind, identity = who.split("/")
    heard: list[dict[str, Any]] = []
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe(topic(identity, "receipt", kind), qos=1)
        for message in sent:
            await client.publish(topic(identity, "incident", kind), json.dumps(message).encode(), qos=1)
        async with asyncio.timeout(30):
            while len(heard) < len(sent):
                heard.append(json.loads(str((await anext(aiter(client.messages))).payload, "utf-8")))
    return heard


CITY = """
INSERT INTO camera (camera, district, place) VALUES
    ('cam-01', '350582', ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326)),
    ('cam-02', '350582', ST_SetSRID(ST_MakePoint(118.6, 24.903), 4326)),
    ('far', '350582', ST_SetSRID(ST_MakePoint(118.7, 24.9), 4326));
INSERT INTO component (code, code_set, class, place) VALUES
    ('3505820102000001', 'A', '0114', ST_SetSRID(ST_MakePoint(118.6, 24.9015), 4326)),
    ('3505820102000002', 'A', '0114', ST_SetSRID(ST_MakePoint(118.7, 24.9), 4326));
"""
COVER = {"type": "cover_missing", "component": "3505820102000001", "lat": 24.9015}
RESTORED = "SELECT restored_at IS NOT NULL FROM case_file ORDER BY number"


@pytest.mark.servers
async def test_an_incident_lies_where_its_camera_can_see_it(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    for statement in CITY.split(";")[:-1]:
        await one(database_url, statement)
    receipts = await tell(
        broker, "box/box-1",
        incident(lat=24.91), incident(component="3505820102000002", type="cover_missing"), incident(**COVER),
    )  # fmt: skip
    assert [receipt["outcome"] for receipt in receipts] == ["refused", "refused", "stored"]
    assert all("farther than its reach of 500 m" in str(receipt["reason"]) for receipt in receipts[:2])
    assert await one(database_url, "SELECT count(*) FROM incident") == 1
    metrics = await ingest.metrics()
    assert metrics["quarantined_total", "authority"] == 2


@pytest.mark.servers
async def test_a_restore_counts_only_from_who_may_see_the_place(
    ingest: RunningIngest, broker: Broker, database_url: str
) -> None:
    for statement in CITY.split(";")[:-1]:
        await one(database_url, statement)
    begun = incident(**COVER)
    (opened,) = await tell(broker, "box/box-1", begun)
    forged = incident(**COVER, camera=None, phase="ended", pictures=[])
    (refused,) = await tell(broker, "vehicle/v001", forged)
    assert (refused["outcome"], "authority" in refused["reason"]) == ("refused", True)
    (joined,) = await tell(broker, "person/patrol", {**forged, "incident_id": incident()["incident_id"]})
    assert joined["case_number"] == opened["case_number"]
    assert await rows(database_url, RESTORED) == [(False,)]
    notes = await rows(database_url, "SELECT action, note FROM case_event WHERE note IS NOT NULL")
    assert [(action, note.split(",")[0]) for action, note in notes] == [("update", "reported as put right")]
    neighbour = incident(**COVER, camera="cam-02", phase="ended", pictures=[])
    await tell(broker, "box/box-2", neighbour)
    assert await rows(database_url, RESTORED) == [(True,)], "its camera is within reach of the cover"
    again = {**begun, "revision": 2, "phase": "changed", "observed_at": time.time(), "pictures": []}
    await tell(broker, "box/box-1", again)
    assert await rows(database_url, RESTORED) == [(False,)]
    await tell(broker, "box/box-1", {**again, "revision": 3, "phase": "ended", "observed_at": time.time()})
    assert await rows(database_url, RESTORED) == [(True,)], "who opened the case"


@pytest.mark.servers
async def test_a_flood_of_one_source_is_one_case_and_nothing_of_it_is_lost(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(cases_flood_incidents=5)
    await ingest.ready()
    flood = [incident() for _ in range(30)]
    receipts = await tell(broker, "box/box-1", *flood)
    assert {receipt["outcome"] for receipt in receipts} == {"stored"}
    numbers = [receipt["case_number"] for receipt in receipts]
    assert (len(set(numbers)), len(set(numbers[5:]))) == (6, 1)
    assert await one(database_url, "SELECT count(*) FROM incident") == 30
    assert await one(database_url, "SELECT count(*) FROM evidence") == 30
    assert await rows(
        database_url,
        "SELECT type, flood_of, (SELECT count(*) FROM case_incident WHERE case_id = case_file.case_id) "
        "FROM case_file WHERE flood_of IS NOT NULL",
    ) == [("report_flood", "box/box-1", 25)]
    ended = {**flood[-1], "revision": 2, "phase": "ended", "observed_at": time.time(), "pictures": []}
    (receipt,) = await tell(broker, "box/box-1", ended)
    assert receipt["case_number"] == numbers[-1]
    assert not await one(database_url, "SELECT count(*) FROM case_file WHERE restored_at IS NOT NULL")
    (other,) = await tell(broker, "box/box-2", incident())
    assert other["case_number"] not in numbers, "another source is not concerned"
    metrics = await ingest.metrics()
    assert (metrics["cases_total", "opened"], metrics["cases_total", "gathered"]) == (6, 25)


@pytest.mark.servers
async def test_incidents_that_a_box_kept_offline_are_no_flood(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(cases_flood_incidents=5)
    await ingest.ready()
    hour, now = 3600, time.time()
    kept = [incident(observed_at=now - each * hour, began_at=now - each * hour) for each in range(20)]
    await tell(broker, "box/box-1", *kept)
    assert await one(database_url, "SELECT count(*) FROM case_file WHERE flood_of IS NULL") == 20


@pytest.mark.servers
async def test_an_installation_that_says_nothing_of_its_boxes_is_told_before_anything_is_refused(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    ingest = start_ingest()
    await ingest.ready()
    await tell(broker, "box/box-1", incident())
    ingest.stop()
    silent = tmp_path / "silent.toml"
    silent.write_text("")
    upgraded = RunningIngest(
        broker_url=broker.url, database_url=database_url, folder=tmp_path / "", config=silent, sources=""
    )
    upgraded.start()
    assert upgraded.exit_status() == 1
    tables = upgraded.log.read_text().strip().rpartition("(docs/authority.md): ")[2]
    assert tomllib.loads(tables) == {"sources": [{"account": "box/box-1", "cameras": ["cam-01"]}]}
    ingest.start()

    async def warned() -> bool:
        return await ingest.health() == "ok"

    await until(warned)
