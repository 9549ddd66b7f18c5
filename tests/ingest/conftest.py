"""The ingest program beside the real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.ingest.running import SOURCES, FatesWatch, RunningIngest
from tests.servers import Broker

StartIngest = Callable[..., RunningIngest]


@pytest.fixture
def start_ingest(broker: Broker, database_url: str, tmp_path: Path) -> Iterator[StartIngest]:
    """Starts ingest with settings of the test's own; it is stopped at the end.

    It is scraped during the whole test, and at every scrape the fates must add up.
    """
    with ExitStack() as ending:

        def start(
            *,
            broker_url: str = broker.url,
            config: Path | None = None,
            sources: str = SOURCES,
            program: str = "ingest",
            **settings: object,
        ) -> RunningIngest:
            running = RunningIngest(
                broker_url=broker_url,
                database_url=database_url,
                folder=tmp_path,
                config=config,
                sources=sources,
                program=program,
                **settings,
            )
            running.start()
            ending.callback(running.stop)
            ending.enter_context(running.watch)
            watched.append(running.watch)
            return running

        watched: list[FatesWatch] = []
        yield start
    assert [look for watch in watched for look in watch.unbalanced()] == []


@pytest_asyncio.fixture
async def ingest(start_ingest: StartIngest) -> RunningIngest:
    """An ingest that is ready."""
    running = start_ingest()
    await running.ready()
    return running
