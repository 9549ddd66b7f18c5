"""Those who take messages into the database, each in its own way, in the same benchmark.

Every contender is a process or a task that is running when the load is let go, and is asked how many
messages are in the database by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiomqtt
import asyncpg
import msgspec
import numpy as np
import psutil

from bench.ports import free_port
from store.copy_rows import EPOCH_2000_US, RowFormat
from wire.messages import Position

_PATIENCE_S: Final = 120.0
_FILTER: Final = "sw/1/+/+/+/position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What the contenders work between.

    Attributes:
        broker_url: `mqtt://user:password@host:port`; the user may read everything.
        database_url: a migrated database.
        tools: what stands before `mosquitto_sub` and `psql` on the command line, such as a chroot.
    """

    broker_url: str
    database_url: str
    tools: tuple[str, ...] = ()


class Ours:
    """The ingest program as users run it.

    Args:
        servers: broker and database.
        settings: environment variables without their prefix, in lower case.
    """

    def __init__(self, servers: Servers, **settings: object) -> None:
        self._port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="bench-ingest-")
        self._environment = {
            **os.environ,
            "STREETWARDEN_MQTT_URL": servers.broker_url,
            "STREETWARDEN_DATABASE_URL": servers.database_url,
            "STREETWARDEN_EVIDENCE_URL": Path(self._folder.name).as_uri(),
            "STREETWARDEN_INGEST_METRICS_PORT": str(self._port),
            "STREETWARDEN_INGEST_BROKER_SESSION_EXPIRY_S": "0",
            **{f"STREETWARDEN_INGEST_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ours]:
        """Start it, and stop it at the end."""
        self._process = subprocess.Popen([sys.executable, "-m", "ingest"], env=self._environment)
        try:
            end = time.monotonic() + _PATIENCE_S
            while not await asyncio.to_thread(self._healthy):
                if time.monotonic() > end or self._process.poll() is not None:
                    raise RuntimeError("ingest did not start")
                await asyncio.sleep(0.05)
            yield self
        finally:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._folder.cleanup()

    def metrics(self) -> dict[str, float]:
        """All samples of `/metrics`, by name with labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def settled(self) -> int:
        """Messages that have their fate."""
        return int(
            sum(
                v
                for name, v in self.metrics().items()
                if name.startswith("streetwarden_ingest_messages_total")
            )
        )

    def cpu_s(self) -> float:
        """Processor seconds used so far."""
        assert self._process is not None
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def rss_mib(self) -> float:
        """Resident memory."""
        assert self._process is not None
        return float(psutil.Process(self._process.pid).memory_info().rss / 2**20)

    def _healthy(self) -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/health") as answer,
        ):
            return bool(answer.status == 200)
        return False


class ObviousStack:
    """aiomqtt, one INSERT a message in a transaction of its own, acknowledged after it."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._stored = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ObviousStack]:
        """Subscribe, and store until the end."""
        database = await asyncpg.connect(self._servers.database_url)
        broker = urlsplit(self._servers.broker_url)
        client = aiomqtt.Client(
            broker.hostname or "127.0.0.1",
            broker.port or 1883,
            username=broker.username,
            password=broker.password,
            protocol=aiomqtt.ProtocolVersion.V5,
        )
        async with client:
            await client.subscribe(_FILTER, qos=1)
            storing = asyncio.create_task(self._store(client, database))
            try:
                yield self
            finally:
                storing.cancel()
                await asyncio.gather(storing, return_exceptions=True)
                await database.close()

    def settled(self) -> int:
        """Messages stored."""
        return self._stored

    async def _store(self, client: aiomqtt.Client, database: asyncpg.Connection[asyncpg.Record]) -> None:
        decode = msgspec.json.Decoder(Position).decode
        async for message in client.messages:
            _, _, _, kind, identity, _ = str(message.topic).split("/")
            fix = decode(bytes(message.payload))
            await database.execute(
                "WITH known AS (INSERT INTO entity (kind, id, district) VALUES ($1, $2, '350582') "
                "ON CONFLICT (kind, id) DO UPDATE SET district = entity.district RETURNING entity_id) "
                "INSERT INTO position (entity_id, time, received_at, lat, lon, speed_mps) "
                "SELECT entity_id, to_timestamp($3), now(), $4, $5, $6 FROM known "
                "ON CONFLICT (entity_id, time) DO NOTHING",
                kind,
                identity,
                fix.time,
                fix.lat,
                fix.lon,
                fix.speed_mps,
            )
            self._stored += 1


class Pipe:
    """mosquitto_sub piped into psql COPY: raw text into a table with no index, nothing decoded."""

    def __init__(self, servers: Servers, *, messages: int) -> None:
        self._servers = servers
        self._messages = messages
        self._process: subprocess.Popen[bytes] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pipe]:
        """Start both, and stop them at the end."""
        broker = urlsplit(self._servers.broker_url)
        credentials = ["-u", broker.username, "-P", broker.password] if broker.username else []
        receive = [
            *self._servers.tools, "mosquitto_sub", "-V", "5", "-q", "1", "-h", broker.hostname or "127.0.0.1",
            "-p", str(broker.port), *map(str, credentials), "-t", _FILTER, "-C", str(self._messages),
        ]  # fmt: skip
        store = [*self._servers.tools, "psql", "-q", self._servers.database_url]
        connection = await asyncpg.connect(self._servers.database_url)
        await connection.execute("DROP TABLE IF EXISTS bench_raw; CREATE TABLE bench_raw (payload text)")
        await connection.close()
        with subprocess.Popen(receive, stdout=subprocess.PIPE) as receiver:
            self._process = subprocess.Popen(
                [
                    *store,
                    "-c",
                    "COPY bench_raw FROM STDIN WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')",
                ],
                stdin=receiver.stdout,
            )
            await asyncio.sleep(1.0)  # mosquitto_sub does not say when it has subscribed
            try:
                yield self
            finally:
                receiver.terminate()
                self._process.wait(30)

    def settled(self) -> int:
        """All of them, when psql has committed; none before."""
        assert self._process is not None
        return self._messages if self._process.poll() == 0 else 0


async def bare_copy(servers: Servers, *, rows: int, vehicles: int, start: float) -> float:
    """Rows a second of COPY alone, the same rows in the same table, 5,000 at a time."""
    encoder = RowFormat(
        columns=(
            ("entity_id", ">i4"), ("flags", ">i4"), ("time", ">i8"), ("received_at", ">i8"),
            ("lat", ">f8"), ("lon", ">f8"), ("speed_mps", ">f4"),
        )
    )  # fmt: skip
    number = np.arange(rows)
    batches = []
    for first in range(0, rows, 5000):
        part = number[first : first + 5000]
        time_us = np.rint((start + part * 1e-4) * 1e6).astype(np.int64) - EPOCH_2000_US
        values = {
            "entity_id": part % vehicles + 1, "flags": 0, "time": time_us, "received_at": time_us,
            "lat": 24.9 + part * 1e-7, "lon": 118.6 + part * 1e-7, "speed_mps": np.full(len(part), 8.0),
        }  # fmt: skip
        batches.append(encoder.encode(values, {}, len(part)))
    connection = await asyncpg.connect(servers.database_url)
    try:
        began = time.perf_counter()
        for batch in batches:
            await connection.copy_to_table(
                "position", source=_at_once(batch), columns=encoder.names, format="binary"
            )
        return rows / (time.perf_counter() - began)
    finally:
        await connection.close()


async def wait_until_settled(contender: Ours | ObviousStack | Pipe, messages: int, began: float) -> float:
    """Seconds from `began` until all messages are in the database."""
    while contender.settled() < messages:
        if time.perf_counter() - began > _PATIENCE_S:
            raise RuntimeError(
                f"{type(contender).__name__} stored {contender.settled()} of {messages} messages"
            )
        await asyncio.sleep(0.1)
    return time.perf_counter() - began


async def empty(servers: Servers) -> None:
    """Take away what earlier contenders left."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        await connection.execute("TRUNCATE position, latest_position, entity, quarantine")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def count(servers: Servers) -> tuple[int, int]:
    """Rows in the table of positions, and different (entity, time) among them."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        row = await connection.fetchrow("SELECT count(*), count(DISTINCT (entity_id, time)) FROM position")
        assert row is not None
        return row[0], row[1]
    finally:
        await connection.close()


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and greatest."""
    return {"median": float(np.median(values)), "least": min(values), "greatest": max(values)}
