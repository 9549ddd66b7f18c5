"""Messages that hit a defect are kept whole and logged with the trace; too many of them stop ingest."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

import ingest.interpret
from bench.fleet import Fleet
from ingest.commit_order import CommitProgress
from ingest.defects import Defects
from ingest.errors import Reason, defect
from ingest.fixes import Fixes
from ingest.ledger import Fate
from ingest.settings import Defects as Settings
from tests.ingest.conftest import StartIngest
from tests.ingest.running import drive, fix, one, rows, topic, until
from tests.ingest.test_interpret import NOW, read
from tests.ingest.test_writer import Shop, shop  # noqa: F401 a fixture
from tests.servers import Broker

_POISON = 4242.0
_USER = "split_part(topic, '/', 4) || '/' || split_part(topic, '/', 5)"


def broken(error: Exception) -> Exception:
    """The error with a trace, as if it had been raised in the program."""
    try:
        raise error  # noqa: TRY301
    except Exception as caught:  # noqa: BLE001 whatever it is
        return caught


def failing(*, share: float = 0.01, least: int = 3) -> tuple[Defects, list[str], list[float]]:
    stopped: list[str] = []
    clock = [0.0]
    made = Defects(
        session="positions",
        settings=Settings(share=share, least=least),
        stop_reading=lambda: stopped.append("stopped"),
        clock=lambda: clock[0],
    )
    return made, stopped, clock


async def holds(defects: Defects) -> bool:
    task = asyncio.ensure_future(defects.stop_if_too_many())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    done = task.done()
    task.cancel()
    return not done


async def test_few_defects_are_taken_and_past_a_share_reading_stops() -> None:
    defects, stopped, _ = failing(share=0.01, least=3)
    defects.take(1000)
    for _ in range(10):
        defects.note(defect(broken(KeyError("x"))), b"t")
        assert not await holds(defects)
    defects.note(defect(broken(KeyError("x"))), b"t")
    assert await holds(defects)
    assert stopped == ["stopped"]
    assert "11 of 1000" in str(defects.stopped)


async def test_old_messages_count_no_more() -> None:
    defects, stopped, clock = failing(share=0.01, least=0)
    defects.take(100)
    defects.note(defect(broken(KeyError("x"))), b"t")
    clock[0] = 3600
    defects.take(100)
    assert not await holds(defects)
    assert stopped == []


def test_a_flood_of_one_defect_is_one_trace_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    defects, _, clock = failing()
    defects.take(10_000)
    for second in range(120):
        clock[0] = float(second)
        for _ in range(10):
            defects.note(defect(broken(KeyError("the cause"))), b"sw/1/350582/vehicle/v1/position")
    assert [record.exc_info is not None for record in caplog.records] == [True, True]
    assert "the cause" in caplog.text
    assert "; 599 more since the last log line" in caplog.text


def test_what_interpret_cannot_do_is_a_defect_with_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("no such thing")

    monkeypatch.setattr(ingest.interpret, "decode", fail)
    (refusal,) = read((topic("v1"), {"time": NOW, "lat": 1, "lon": 1})).refusals
    assert refusal.error.reason is Reason.DEFECT
    assert isinstance(refusal.error.__cause__, ZeroDivisionError)


@pytest.mark.servers
async def test_the_search_for_one_defect_in_a_batch_is_short_and_keeps_the_message_whole(
    shop: Shop,  # noqa: F811
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fixes = [(f"v{number % 50}", float(number)) for number in range(2000)]
    batch = await shop.batch(*fixes)
    batch.fixes.lat[700] = _POISON
    positions = shop.writer._positions
    write, tries = positions.follow, []

    async def fail(connection: Any, copied: Any, *more: Any, **others: Any) -> None:
        found: Fixes = copied.fixes
        tries.append(len(found))
        if (found.lat == _POISON).any():
            raise ZeroDivisionError("an unforeseen latitude")
        await write(connection, copied, *more, **others)

    monkeypatch.setattr(positions, "follow", fail)
    shop.defects.take(2000)
    written = await shop.writer.store(batch, CommitProgress(), after=None)
    assert sorted(written.fates.tolist()) == [Fate.STORED] * 1999 + [Fate.QUARANTINED]
    assert len(tries) < 30
    ((reason, payload, size),) = await rows(
        database_url, "SELECT reason, payload, payload_bytes FROM quarantine"
    )
    assert reason.startswith("defect: ZeroDivisionError")
    assert len(payload) == size


@pytest.mark.servers
async def test_a_defect_in_everything_stops_the_search_and_acknowledges_nothing(
    shop: Shop,  # noqa: F811
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = await shop.batch(*((f"v{number % 50}", float(number)) for number in range(2000)))
    tries = 0

    async def fail(*_: Any, **__: Any) -> None:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError("all of it")

    monkeypatch.setattr(shop.writer._positions, "follow", fail)
    shop.defects.take(2000)
    storing = asyncio.ensure_future(shop.writer.store(batch, CommitProgress(), after=None))

    async def stopped() -> bool:
        return shop.defects.stopped is not None

    await until(stopped)
    assert not storing.done()
    assert tries < 200
    storing.cancel()
    assert await one(database_url, "SELECT count(*) FROM position") == 0


@pytest.mark.servers
async def test_ingest_stops_reading_reports_it_and_continues_after_the_correction(
    start_ingest: StartIngest, broker: Broker, database_url: str
) -> None:
    ingest = start_ingest(defects_least=5, defects_share=0.001, program="tests.ingest.defective")
    await ingest.ready()
    await Fleet(broker.url).publish(drive(100, vehicles=100))
    await ingest.settled(100)
    poison = [fix(200 + number, time.time(), accuracy_m=13.0) for number in range(50)]
    await Fleet(broker.url).publish(poison)

    async def said() -> bool:
        return "stopped reading positions" in await ingest.health()

    await until(said)
    metrics = await ingest.metrics()
    assert metrics["stopped_by_defects", "positions"] == 1
    assert metrics["stopped_by_defects", "incidents"] == 0
    assert (await ingest.fates())["in_flight"] > 0
    assert "an unlucky accuracy" in ingest.log.read_text()
    await asyncio.to_thread(ingest.stop)
    mended = start_ingest()
    await mended.ready()

    async def each_is_there() -> bool:
        """Stored by the mended one, or acknowledged by the other and kept whole."""
        stored = await rows(
            database_url, "SELECT kind || '/' || id FROM position JOIN entity USING (entity_id)"
        )
        kept = await rows(database_url, f"SELECT {_USER} FROM quarantine")
        return len({*stored, *kept}) == 150

    await until(each_is_there)
    whole = await rows(database_url, "SELECT payload FROM quarantine")
    assert {json.loads(payload)["accuracy_m"] for (payload,) in whole} == {13.0}
