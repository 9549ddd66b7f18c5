"""The ingest program as users run it, and helpers for its metrics and tables."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from store.roles import INGEST
from tests import plain_http
from tests.database_roles import as_role
from tests.ports import free_port

PATIENCE_S = 60.0
DISTRICT = "350582"
JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1R"
    "V19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AP//Z"
)
"""A grey picture of 8 x 8 pixels."""

SOURCES = """
[[sources]]
account = "box/box-*"
cameras = ["cam-01", "cam-02"]
[[sources]]
account = "person/patrol"
types = ["litter", "cover_missing"]
"""
"""Who may report what; part of the settings of every ingest that a test starts."""


class FatesWatch:
    """Scrapes `/metrics` repeatedly in a thread, and records the fates each time.

    Args:
        port: of ingest, which may be away for a while.
    """

    def __init__(self, port: int) -> None:
        self.looks: list[Counter[str]] = []
        self._url = f"http://127.0.0.1:{port}/metrics"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._scrape, name="scrape")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def unbalanced(self) -> list[Counter[str]]:
        """The scrapes at which the fates did not add up."""
        return [
            look
            for look in self.looks
            if look["received"]
            != look["stored"] + look["duplicate"] + look["quarantined"] + look["ignored"] + look["in_flight"]
            or look["in_flight"] < 0
        ]

    def _scrape(self) -> None:
        with plain_http.client() as client:
            while not self._stop.wait(0.05):
                with contextlib.suppress(httpx.TransportError):
                    self.looks.append(_fates(_values(client.get(self._url).text, "ingest")))


class RunningProgram:
    """One process of a program; tests may kill and restart it with the same settings.

    Args:
        name: of the program, as in its metrics.
        command: what Python runs.
        environment: over that of this process.
        port: where it serves `/metrics`.
        log: what it writes is appended here.
    """

    def __init__(
        self, *, name: str, command: Sequence[str], environment: Mapping[str, str], port: int, log: Path
    ) -> None:
        self.port = port
        self.log = log
        self._name = name
        self._command = [sys.executable, *command]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """Send SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """Send SIGTERM; returns the exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)

    def exit_status(self) -> int:
        """Wait for it to end by itself."""
        assert self._process is not None
        return self._process.wait(20)

    async def health(self) -> str:
        async with plain_http.async_client() as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self.port}/health")).text.strip()
            except httpx.TransportError as error:
                return f"no answer: {type(error).__name__}"

    async def ready(self) -> None:
        async def healthy() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"{self._name} has ended: {self.log.read_text()[-1000:]}"
            return await self.health() == "ok"

        await until(healthy)

    async def metrics(self) -> dict[tuple[str, ...], float]:
        """Values by name and labels' values."""
        async with plain_http.async_client() as client:
            return _values((await client.get(f"http://127.0.0.1:{self.port}/metrics")).text, self._name)


class RunningIngest(RunningProgram):
    """One ingest process."""

    def __init__(
        self,
        *,
        broker_url: str,
        database_url: str,
        folder: Path,
        config: Path | None = None,
        sources: str = SOURCES,
        program: str = "ingest",
        **settings: object,
    ) -> None:
        port = free_port()
        self.watch = FatesWatch(port)
        written = folder / f"ingest-{port}.toml"
        written.write_text((config.read_text() if config is not None else "") + sources)
        super().__init__(
            name="ingest",
            command=["-m", program, "--config", str(written if config is None else _beside(config, written))],
            environment={
                "STREETWARDEN_MQTT_URL": broker_url,
                "STREETWARDEN_DATABASE_URL": as_role(database_url, INGEST),
                "STREETWARDEN_EVIDENCE_URL": (folder / "evidence").as_uri(),
                "STREETWARDEN_INGEST_METRICS_PORT": str(port),
                **{f"STREETWARDEN_INGEST_{name.upper()}": str(value) for name, value in settings.items()},
            },
            port=port,
            log=folder / "ingest.log",
        )

    async def fates(self) -> Counter[str]:
        """Messages by fate, with those in flight and all received."""
        return _fates(await self.metrics())

    async def settled(self, messages: int) -> Counter[str]:
        """Wait until so many messages have their fate and none is in flight."""
        found: Counter[str] = Counter()

        async def done() -> bool:
            nonlocal found
            found = await self.fates()
            return found["received"] >= messages and found["in_flight"] == 0

        await until(done)
        return found


def _beside(config: Path, written: Path) -> Path:
    """What was written, where files that it names lie."""
    return written.rename(config.parent / written.name)


def _values(text: str, program: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix(f"streetwarden_{program}_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _fates(metrics: dict[tuple[str, ...], float]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (name, *labels), value in metrics.items():
        if name == "messages_total":
            counts[labels[0]] += int(value)
        elif name in {"messages_in_flight", "messages_received_total"}:
            counts[name.removeprefix("messages_").removesuffix("_total")] += int(value)
    return counts


async def until(condition: Callable[[], Awaitable[bool]], *, patience_s: float = PATIENCE_S) -> None:
    """Wait for an outcome, and fail if it does not come."""
    end = time.monotonic() + patience_s
    while not await condition():
        assert time.monotonic() < end, f"waited {patience_s:.0f} s for {condition.__qualname__} in vain"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection for one test."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def one(url: str, query: str) -> Any:
    """The single value of a query."""
    async with connected(url) as connection:
        return await connection.fetchval(query)


async def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    async with connected(url) as connection:
        return [tuple(row) for row in await connection.fetch(query)]


def topic(identity: str, stream: str = "position", kind: str = "vehicle") -> str:
    return f"sw/1/{DISTRICT}/{kind}/{identity}/{stream}"


def fix(vehicle: int, moment: float, **more: object) -> tuple[str, bytes]:
    """A position message of one vehicle."""
    body = {"time": moment, "lat": 24.9 + vehicle * 1e-4, "lon": 118.6, "speed_mps": 5.0, **more}
    return topic(f"v{vehicle:04d}"), json.dumps(body).encode()


def drive(messages: int, *, vehicles: int = 200, start: float | None = None) -> list[tuple[str, bytes]]:
    """Fixes of many vehicles in turn, each (vehicle, time) once, up to now."""
    start = time.time() - messages * 0.001 if start is None else start
    return [fix(number % vehicles, round(start + number * 0.001, 3)) for number in range(messages)]


def incident(**changes: object) -> dict[str, object]:
    """A new incident with a picture, each in a zone of its own."""
    now = time.time()
    return {
        "incident_id": str(uuid4()),
        "revision": 1,
        "phase": "begun",
        "type": "stall",
        "observed_at": now,
        "began_at": now - 30,
        "lat": 24.9,
        "lon": 118.6,
        "camera": "cam-01",
        "zone": f"zone-{uuid4().hex[:8]}",
        "pictures": [{"role": "finding", "taken_at": now, "jpeg": JPEG}],
        **changes,
    }
