"""The ingest program beside the real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.ingest.running import RunningIngest
from tests.servers import Broker

StartIngest = Callable[..., RunningIngest]


@pytest.fixture
def start_ingest(broker: Broker, database_url: str, tmp_path: Path) -> Iterator[StartIngest]:
    """Starts ingest with settings of the test's own; it is stopped at the end."""
    started = []

    def start(**settings: object) -> RunningIngest:
        running = RunningIngest(broker_url=broker.url, database_url=database_url, folder=tmp_path, **settings)
        running.start()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


@pytest_asyncio.fixture
async def ingest(start_ingest: StartIngest) -> RunningIngest:
    """An ingest that is ready."""
    running = start_ingest()
    await running.ready()
    return running
