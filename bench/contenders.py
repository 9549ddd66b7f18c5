"""The contenders of the ingest benchmark: programs that store messages in the database.

Every contender runs before the load starts, and is asked for the number of messages in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import aiomqtt
import asyncpg
import mqtt5
import msgspec
import numpy as np
import psutil

from bench.load import CITY_LAT, CITY_LON, CITY_SIDE, MPS, step_s
from bench.ports import free_port
from bench.reporting import SOURCES
from bench.rule_set import write_rules
from bench.stand import cpu_s
from geo.distance import METRES_PER_DEGREE
from store.copy_rows import EPOCH_2000_US, RowFormat
from wire.messages import Position

CLIENT_IDS: Final = ("streetwarden-ingest", "streetwarden-ingest-incidents")
"""The client ids of ingest's two sessions on a broker without users."""

_PATIENCE_S: Final = 180.0
_FILTER: Final = "sw/1/+/+/+/position"
_COPIED_AT_ONCE: Final = 5000
_FILLED: Final = (
    "position",
    "latest_position",
    "entity",
    "quarantine",
    "rule_event",
    "rule_state",
    "presence",
)
_SETTINGS: Final = ("STREETWARDEN_INGEST", "STREETWARDEN_MQTT", "STREETWARDEN_DATABASE")
"""Environment variables of the user's own stack, which the benchmark must not use."""

_LAG: Final = 'streetwarden_ingest_lag_seconds_bucket{le="'


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The servers of a contender.

    Attributes:
        broker_url: `mqtt://user:password@host:port`; the user may read and write everything.
        database_url: a migrated database.
        tools: the command prefix of `mosquitto_sub` and `psql`, such as a chroot.
    """

    broker_url: str
    database_url: str
    tools: tuple[str, ...] = ()


class Contender(Protocol):
    """Whoever is measured."""

    def settled(self) -> int:
        """The number of messages in the database."""


class Ours:
    """The ingest program as users run it, with rules of every kind on.

    Args:
        servers: broker and database.
        program: the module to run.
        rules: whether rules are on.
        settings: environment variables without their prefix, in lower case; they override the defaults.
    """

    def __init__(
        self, servers: Servers, *, program: str = "ingest", rules: bool = True, **settings: object
    ) -> None:
        self._program = program
        self._servers = servers
        self._port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="streetwarden-bench-evidence-")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)},
            "STREETWARDEN_MQTT_URL": servers.broker_url,
            "STREETWARDEN_DATABASE_URL": servers.database_url,
            "STREETWARDEN_EVIDENCE_URL": Path(self._folder.name).as_uri(),
            "STREETWARDEN_INGEST_METRICS_PORT": str(self._port),
            "STREETWARDEN_INGEST_LOG_LEVEL": "WARNING",
            **{f"STREETWARDEN_INGEST_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._config = write_rules(Path(self._folder.name))
        if not rules:
            self._config.write_text("")
        with self._config.open("a", encoding="utf-8") as config:
            config.write(SOURCES)
        self._process: subprocess.Popen[bytes] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ours]:
        """Start it; at the end, stop it, and remove its session from the broker."""
        self.start()
        try:
            await self.ready()
            yield self
        finally:
            self.stop()
            await asyncio.to_thread(forget_sessions, self._servers.broker_url)
            self._folder.cleanup()

    def start(self) -> None:
        """Start or restart it."""
        command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", self._program]  # ends with us
        command += ["--config", str(self._config)]
        self._process = subprocess.Popen(command, env=self._environment)

    async def ready(self) -> None:
        """Wait until it is connected to both sides."""
        assert self._process is not None
        end = time.monotonic() + _PATIENCE_S
        while not await asyncio.to_thread(self._healthy):
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError("ingest did not start; its last lines above say why")
            await asyncio.sleep(0.05)

    def stop(self) -> None:
        """Send SIGTERM, and wait until it has ended."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)

    def kill(self) -> None:
        """Send SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)

    @property
    def port(self) -> int:
        """The port of its metrics and probes."""
        return self._port

    @property
    def evidence(self) -> Path:
        """The folder of its evidence files."""
        return Path(self._folder.name) / "evidence"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def metrics(self) -> dict[str, float]:
        """All samples of `/metrics`, by name with labels.

        Raises:
            OSError: it does not answer.
        """
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def settled(self) -> int:
        """The number of messages with a fate."""
        return int(settled(self.metrics()))

    def cpu_s(self) -> float:
        """Processor seconds used until now."""
        return cpu_s(self.pid)

    def rss_mib(self) -> float:
        """Peak resident memory until now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def rss_now_mib(self) -> float:
        """Resident memory now."""
        return float(psutil.Process(self.pid).memory_info().rss / 2**20)

    def _healthy(self) -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/health", timeout=10) as answer,
        ):
            return bool(answer.status == 200)
        return False


class ObviousStack:
    """aiomqtt, one INSERT a message in a transaction of its own, and PUBACK after it.

    It is spared what ours does beside: no flags, no latest position, no quarantine. Entities are numbered
    once and remembered.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._stored = 0
        self._numbers: dict[str, int] = {}

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
        client._client.manual_ack_set(on=True)  # noqa: SLF001 aiomqtt has no switch of its own for it
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
            topic = str(message.topic)
            fix = decode(bytes(message.payload))
            number = self._numbers.get(topic) or await self._number(topic, database)
            await database.execute(
                "INSERT INTO position (entity_id, time, received_at, lat, lon, speed_mps, heading_deg, "
                "altitude_m, accuracy_m, ignition) "
                "VALUES ($1, to_timestamp($2), now(), $3, $4, $5, $6, $7, $8, $9) "
                "ON CONFLICT (entity_id, time) DO NOTHING",
                number, fix.time, fix.lat, fix.lon, fix.speed_mps, fix.heading_deg, fix.altitude_m,
                fix.accuracy_m, fix.ignition,
            )  # fmt: skip
            client._client.ack(message.mid, message.qos)  # noqa: SLF001
            self._stored += 1

    async def _number(self, topic: str, database: asyncpg.Connection[asyncpg.Record]) -> int:
        _, _, district, kind, identity, _ = topic.split("/")
        self._numbers[topic] = await database.fetchval(
            "INSERT INTO entity (kind, id, district) VALUES ($1, $2, $3) "
            "ON CONFLICT (kind, id) DO UPDATE SET district = EXCLUDED.district RETURNING entity_id",
            kind, identity, district,
        )  # fmt: skip
        return self._numbers[topic]


class Pipe:
    """mosquitto_sub piped into psql COPY: raw text into a table with no index, nothing decoded.

    Args:
        servers: broker and database.
        messages: the number after which it ends and commits.
    """

    def __init__(self, servers: Servers, *, messages: int) -> None:
        self._servers = servers
        self._messages = messages
        self._store: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pipe]:
        """Start both, and stop them at the end."""
        broker = urlsplit(self._servers.broker_url)
        credentials = ["-u", broker.username, "-P", broker.password] if broker.username else []
        receive = [
            *self._servers.tools, "mosquitto_sub", "-V", "5", "-q", "1", "-h", broker.hostname or "127.0.0.1",
            "-p", str(broker.port), *map(str, credentials), "-t", _FILTER, "-C", str(self._messages),
        ]  # fmt: skip
        copy = "COPY bench_raw FROM STDIN WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
        store = [*self._servers.tools, "psql", "-q", self._servers.database_url, "-c", copy]
        await _execute(
            self._servers, "DROP TABLE IF EXISTS bench_raw", "CREATE TABLE bench_raw (payload text)"
        )
        from_receiver, to_store = os.pipe()
        receiver = await asyncio.create_subprocess_exec(*receive, stdout=to_store)
        self._store = await asyncio.create_subprocess_exec(*store, stdin=from_receiver)
        os.close(from_receiver)
        os.close(to_store)
        await asyncio.sleep(1.0)  # mosquitto_sub does not say when it has subscribed
        try:
            yield self
        finally:
            if receiver.returncode is None:
                receiver.terminate()
            await receiver.wait()
            await self._store.wait()
        await _execute(self._servers, "DROP TABLE bench_raw")

    def settled(self) -> int:
        """All messages when psql has committed, before that none."""
        assert self._store is not None
        return self._messages if self._store.returncode == 0 else 0


async def bare_copy(servers: Servers, *, rows: int, fixes: int, vehicles: int, start: float) -> float:
    """Rows a second of COPY alone: the prepared rows of the array load into the same table."""
    encoder = RowFormat(
        columns=(
            ("entity_id", ">i4"), ("flags", ">i4"), ("time", ">i8"), ("received_at", ">i8"),
            ("lat", ">f8"), ("lon", ">f8"), ("speed_mps", ">f4"), ("heading_deg", ">f4"),
            ("altitude_m", ">f4"), ("accuracy_m", ">f4"), ("ignition", "u1"),
        )
    )  # fmt: skip
    step = step_s(rows, vehicles)
    batches = []
    for first in range(0, rows, _COPIED_AT_ONCE):
        number = np.arange(first, min(first + _COPIED_AT_ONCE, rows))
        vehicle = number // fixes % vehicles
        seconds = (number // (fixes * vehicles) * fixes + number % fixes) * step
        time_us = np.rint((start + seconds) * 1e6).astype(np.int64) - EPOCH_2000_US
        values = {
            "entity_id": vehicle + 1, "flags": 0, "time": time_us, "received_at": time_us[0],
            "lat": CITY_LAT + vehicle * 0.618034 % 1 * CITY_SIDE + seconds * MPS / METRES_PER_DEGREE,
            "lon": CITY_LON + vehicle * 0.754878 % 1 * CITY_SIDE,
            "speed_mps": MPS, "heading_deg": 0.5, "accuracy_m": 5.0, "ignition": 1,
        }  # fmt: skip
        missing = {"altitude_m": np.ones(len(number), dtype=np.bool_)}
        batches.append(encoder.encode(values, missing, len(number)))
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


async def wait_until_settled(contender: Contender, messages: int, began: float) -> float:
    """Seconds from `began` until all messages are in the database.

    Raises:
        RuntimeError: they do not arrive in time.
    """
    while contender.settled() < messages:
        if time.perf_counter() - began > _PATIENCE_S:
            raise RuntimeError(
                f"{type(contender).__name__} stored {contender.settled()} of {messages} messages in "
                f"{_PATIENCE_S:.0f} s"
            )
        await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def empty(servers: Servers) -> None:
    """Delete the rows of earlier contenders."""
    await _execute(servers, f"TRUNCATE {', '.join(_FILLED)} RESTART IDENTITY", "CHECKPOINT")


async def count(servers: Servers) -> tuple[int, int]:
    """The number of rows in the table of positions, and of distinct (entity, time) in it."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        row = await connection.fetchrow("SELECT count(*), count(DISTINCT (entity_id, time)) FROM position")
        assert row is not None
        return row[0], row[1]
    finally:
        await connection.close()


def settled(metrics: dict[str, float]) -> float:
    """The number of messages with a fate, from ingest's metrics."""
    prefix = "streetwarden_ingest_messages_total"
    return sum(value for name, value in metrics.items() if name.startswith(prefix))


def lag_quantile(metrics: dict[str, float], share: float) -> float:
    """A quantile of the lag from ingest's metrics: the upper bound of its bucket."""
    buckets = sorted(
        (float(name.removeprefix(_LAG).removesuffix('"}')), value)
        for name, value in metrics.items()
        if name.startswith(_LAG)
    )
    total = buckets[-1][1]
    return next(bound for bound, value in buckets if value >= share * total)


def forget_sessions(broker_url: str) -> None:
    """Remove ingest's sessions from the broker, which would otherwise queue everything from now on."""
    broker = urlsplit(broker_url)
    for client_id in CLIENT_IDS:
        packet = mqtt5.ConnectPacket(client_id, clean_start=True)
        with socket.create_connection(
            (broker.hostname or "127.0.0.1", broker.port or 1883), 10
        ) as connection:
            connection.sendall(packet.write())
            connection.recv(64)
            connection.sendall(b"\xe0\x00")


async def _execute(servers: Servers, *statements: str) -> None:
    connection = await asyncpg.connect(servers.database_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    yield data
