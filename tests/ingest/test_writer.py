"""The order of commits: after a batch in which a condition changed, a later one may copy but not commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ingest.batch import Batch
from ingest.commit_order import CommitProgress
from ingest.database import Database
from ingest.defects import Defects
from ingest.entities import Entities
from ingest.fix_quality import LastFixes
from ingest.ledger import Fate
from ingest.quarantine import Quarantine
from ingest.routes import Routes
from ingest.rule_events import RuleEventWriter
from ingest.rules.engine import RuleEngine
from ingest.settings import Defects as DefectSettings
from ingest.settings import Quarantine as QuarantineSettings
from ingest.writer import Writer
from store.connection import Connection
from tests.ingest.running import connected, one, topic
from tests.ingest.test_interpret import NOW, read

pytestmark = pytest.mark.servers
_ROWS = "SELECT count(*) FROM position"


class Shop:
    """A writer and what it needs."""

    def __init__(self, url: str) -> None:
        async def nothing(_: Connection) -> None:
            pass

        async def no_case(*_: Any, **__: Any) -> Any:
            raise AssertionError("no rule, no case")

        self.routes = Routes()
        self.database = Database(url=url, connections=4, patience_s=20, on_return=nothing)
        rule_events = RuleEventWriter(engine=RuleEngine(), apply_incident=no_case)
        self.defects = Defects(
            session="positions", settings=DefectSettings(), stop_reading=lambda: None, clock=time.time
        )
        self.writer = Writer(
            database=self.database,
            routes=self.routes,
            quarantine=Quarantine(QuarantineSettings(), dropped=lambda *_: None),
            defects=self.defects,
            rule_events=rule_events,
        )
        self.entities = Entities(
            database=self.database, routes=self.routes, last_fixes=LastFixes(), rule_events=rule_events
        )

    async def batch(self, *fixes: tuple[str, float]) -> Batch:
        made = read(
            *((topic(who), {"time": NOW + after_s, "lat": 24.9, "lon": 118.6}) for who, after_s in fixes),
            routes=self.routes,
        )
        await self.entities.assign_numbers(made)
        return made


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    made = Shop(database_url)
    yield made
    await made.database.close()


async def test_a_later_batch_copies_while_the_earlier_is_not_committed_but_commits_after_it(
    shop: Shop, database_url: str
) -> None:
    earlier, later = await shop.batch(("v1", 0), ("v2", 0)), await shop.batch(("v3", 0), ("v1", 0))
    first, second = CommitProgress(), CommitProgress()
    async with connected(database_url) as other:
        await other.execute("BEGIN; LOCK TABLE latest_position IN EXCLUSIVE MODE")  # the earlier cannot end
        storing = asyncio.create_task(shop.writer.store(later, second, after=first))
        before = asyncio.create_task(shop.writer.store(earlier, first, after=None))
        async with asyncio.timeout(20):
            await first.copied()
        assert not storing.done()
        assert await one(database_url, _ROWS) == 0
        await other.execute("COMMIT")
        assert (await before).fates.tolist() == [Fate.STORED, Fate.STORED]
    assert (await storing).fates.tolist() == [
        Fate.STORED,
        Fate.DUPLICATE,
    ]
    assert await one(database_url, _ROWS) == 3


async def test_a_later_batch_waits_through_the_quarantining_of_an_earlier_one(
    shop: Shop, database_url: str
) -> None:
    earlier, later = await shop.batch(("v1", 0), ("v2", 0)), await shop.batch(("v3", 0))
    async with connected(database_url) as other:
        await other.execute("ALTER TABLE position ADD CHECK (lat < 80)")
    earlier.fixes.lat[0] = 81
    first, second = CommitProgress(), CommitProgress()
    began = time.monotonic()
    storing = asyncio.create_task(shop.writer.store(later, second, after=first))
    written = await shop.writer.store(earlier, first, after=None)
    assert len(written.refused) == 1
    assert (await storing).fates.tolist() == [Fate.STORED]
    assert await one(database_url, _ROWS) == 2
    assert time.monotonic() - began < 15  # nobody waited for a patience to run out
