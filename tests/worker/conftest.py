"""The worker program beside the real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.worker.running import RunningWorker

StartWorker = Callable[..., RunningWorker]


@pytest.fixture
def start_worker(database_url: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker with settings of the test's own; it is stopped at the end."""
    with ExitStack() as ending:

        def start(*, url: str = database_url, name: str = "worker", **settings: object) -> RunningWorker:
            running = RunningWorker(database_url=url, folder=tmp_path, name=name, **settings)
            running.start()
            ending.callback(running.stop)
            return running

        yield start
