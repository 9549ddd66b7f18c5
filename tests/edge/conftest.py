"""The edge program beside the real broker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.running import RunningEdge
from tests.servers import Broker

StartEdge = Callable[..., RunningEdge]


@pytest.fixture
def start_edge(guarded_broker: Broker, tmp_path: Path) -> Iterator[StartEdge]:
    """Starts or prepares edge boxes with settings of the test; stops them at the end."""
    started = []

    def start(cameras: str, *, at_once: bool = True, **settings: object) -> RunningEdge:
        running = RunningEdge(broker_url=guarded_broker.url, folder=tmp_path, cameras=cameras, **settings)
        if at_once:
            running.start()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()
        if running.log.exists():  # shown beside a failure
            sys.stdout.write(running.log.read_text(encoding="utf-8"))
