"""The faults of a chaos run: each is injected, lasts a while, and ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from bench.contenders import Ours
from bench.devices import Device
from bench.hostile import FLOOD, Hostile
from bench.stand import Stand
from bench.traffic import CLOCK_STEPS_S, Traffic
from deploy.servers.broker_limits import KINDS
from wire.topics import Kind

_PATIENCE_S: Final = 90.0


class Fault(StrEnum):
    """The kinds of faults."""

    KILL_INGEST = "kill ingest"
    STOP_INGEST = "stop ingest"
    KILL_DATABASE = "kill database"
    KILL_BROKER = "kill broker"
    RESTART_BROKER = "restart broker"
    CUT_DEVICES = "cut devices"
    CUT_INGEST = "cut ingest"
    CUT_DATABASE = "cut database"
    STALL_DATABASE = "stall database"
    FILL_DISK = "fill disk"
    STEP_CLOCKS = "step clocks"
    POWER_CUT = "power cut"
    HOSTILE_DEVICE = "hostile device"
    FLOOD = "flood"
    FORGOTTEN_SESSION = "forgotten session"
    LOCK_TABLE = "lock table"
    EVIDENCE_AWAY = "evidence away"


_BREAKS: Final = {
    Fault.KILL_INGEST: ("ingest",),
    Fault.STOP_INGEST: ("ingest",),
    Fault.FLOOD: ("ingest",),
    Fault.KILL_DATABASE: ("database",),
    Fault.STALL_DATABASE: ("database",),
    Fault.FILL_DISK: ("database",),
    Fault.KILL_BROKER: ("broker",),
    Fault.RESTART_BROKER: ("broker",),
    Fault.LOCK_TABLE: ("database",),
    Fault.EVIDENCE_AWAY: ("evidence",),
    Fault.POWER_CUT: ("broker", "database", "ingest"),
}
"""The target of each fault, in alphabetical order; faults of the same target occur one after the other."""


def breaks_broker(fault: Fault) -> bool:
    """Whether the broker may lose unsaved messages by it."""
    return "broker" in _BREAKS.get(fault, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One fault of a plan.

    Attributes:
        at_s: seconds after the beginning of the round.
        fault: its kind.
        lasts_s: its duration, if it has one.
    """

    at_s: float
    fault: Fault
    lasts_s: float


def plan(seed: int, number: int, *, seconds: float) -> list[Strike]:
    """The faults of one round, one to four of them; the same for the same seed and number.

    The first fault of each round cycles through all kinds, so that a run of a few rounds misses none.
    """
    chance = random.Random(f"{seed}/{number}")
    order = random.Random(seed).sample(list(Fault), len(Fault))
    faults = [order[number % len(order)], *chance.choices(list(Fault), k=chance.choice((0, 1, 1, 2, 3)))]
    return sorted(
        (
            Strike(at_s=chance.uniform(0.1, 0.8) * seconds, fault=fault, lasts_s=chance.uniform(0.2, 2.5))
            for fault in faults
        ),
        key=lambda strike: strike.at_s,
    )


class World:
    """The targets of faults.

    Args:
        own: the servers.
        ours: ingest.
        devices: the senders.
        traffic: the vehicles whose clocks may step.
        hostile: the attackers of the broker.
        flood: the device that floods.
    """

    def __init__(
        self,
        *,
        own: Stand,
        ours: Ours,
        devices: Sequence[Device],
        traffic: Traffic,
        hostile: Hostile,
        flood: Device,
    ) -> None:
        self._own = own
        self._ours = ours
        self._devices = devices
        self._traffic = traffic
        self._flood = flood
        self._locks = {name: asyncio.Lock() for names in _BREAKS.values() for name in names}
        self._does: dict[Fault, Callable[[float], Awaitable[None]]] = {
            Fault.KILL_INGEST: self._kill_ingest,
            Fault.STOP_INGEST: self._stop_ingest,
            Fault.KILL_DATABASE: self._kill_database,
            Fault.KILL_BROKER: self._kill_broker,
            Fault.RESTART_BROKER: self._restart_broker,
            Fault.CUT_DEVICES: self._cut_devices,
            Fault.CUT_INGEST: self._cut_ingest,
            Fault.CUT_DATABASE: self._cut_database,
            Fault.STALL_DATABASE: self._stall_database,
            Fault.FILL_DISK: self._fill_disk,
            Fault.STEP_CLOCKS: self._step_clocks,
            Fault.POWER_CUT: self._power_cut,
            Fault.HOSTILE_DEVICE: hostile.attack,
            Fault.FLOOD: self._flood_broker,
            Fault.FORGOTTEN_SESSION: hostile.forget,
            Fault.LOCK_TABLE: self._lock_table,
            Fault.EVIDENCE_AWAY: self._evidence_away,
        }

    async def strike(self, strike: Strike) -> None:
        """Inject a fault at its time; everything runs again on return."""
        await asyncio.sleep(strike.at_s)
        async with contextlib.AsyncExitStack() as alone:
            for name in _BREAKS.get(strike.fault, ()):
                await alone.enter_async_context(self._locks[name])
            await self._does[strike.fault](strike.lasts_s)

    async def _kill_ingest(self, lasts_s: float) -> None:
        await asyncio.to_thread(self._ours.kill)
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(self._ours.start)

    async def _stop_ingest(self, lasts_s: float) -> None:
        await asyncio.to_thread(self._ours.stop)
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(self._ours.start)

    async def _flood_broker(self, lasts_s: float) -> None:
        """While ingest is away, one device sends more than its limits."""
        await asyncio.to_thread(self._ours.stop)
        burst = KINDS[Kind.VEHICLE].burst
        self._flood.send(self._traffic.flood(FLOOD, burst + burst // 20, time.time()))
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(self._ours.start)

    async def _kill_database(self, lasts_s: float) -> None:
        await asyncio.to_thread(self._own.database.kill)
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(self._own.database.start)

    async def _kill_broker(self, lasts_s: float) -> None:
        await asyncio.to_thread(self._own.broker.kill)
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(self._own.broker.start)

    async def _restart_broker(self, lasts_s: float) -> None:
        await asyncio.to_thread(self._own.broker.stop)
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(self._own.broker.start)

    async def _cut_devices(self, lasts_s: float) -> None:
        del lasts_s
        for device in self._devices:
            device.cut()

    async def _cut_ingest(self, lasts_s: float) -> None:
        del lasts_s
        await _cut(self._ours.pid, self._own.broker.port)

    async def _cut_database(self, lasts_s: float) -> None:
        del lasts_s
        await _cut(self._ours.pid, self._own.database.port)

    async def _stall_database(self, lasts_s: float) -> None:
        self._own.database.pause()
        await asyncio.sleep(2 * lasts_s)  # sometimes longer than ingest's timeout
        self._own.database.resume()

    async def _fill_disk(self, lasts_s: float) -> None:
        filler = self._own.database.folder / "filler"
        await asyncio.to_thread(_fill, filler)
        await asyncio.sleep(lasts_s)
        filler.unlink()
        await asyncio.to_thread(self._revive_database)

    async def _step_clocks(self, lasts_s: float) -> None:
        for vehicle in range(0, self._traffic.vehicles, 7):
            self._traffic.step_clock(vehicle, CLOCK_STEPS_S[(vehicle // 7) % len(CLOCK_STEPS_S)])
        await asyncio.sleep(lasts_s)
        for vehicle in range(0, self._traffic.vehicles, 7):
            self._traffic.step_clock(vehicle, 0.0)

    async def _power_cut(self, lasts_s: float) -> None:
        """Kill one server after the other, the broker last, with its undelivered messages."""
        await asyncio.to_thread(self._own.database.kill)
        await asyncio.sleep(lasts_s / 4)
        await asyncio.to_thread(self._ours.kill)
        await asyncio.to_thread(self._own.broker.kill)
        await asyncio.sleep(lasts_s)
        for start in (self._own.broker.start, self._own.database.start, self._ours.start):
            await asyncio.to_thread(start)

    async def _lock_table(self, lasts_s: float) -> None:
        """Lock the table of positions, as a migration or a careless administrator may do."""
        connection = await asyncpg.connect(self._own.database_url)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE position IN ACCESS EXCLUSIVE MODE")
                await asyncio.sleep(2 * lasts_s)  # sometimes longer than ingest's timeout
        finally:
            connection.terminate()

    async def _evidence_away(self, lasts_s: float) -> None:
        """Make evidence storage unwritable: a file replaces the folder."""
        folder = self._ours.evidence
        aside = folder.with_name("aside")
        await asyncio.to_thread(_lay_aside, folder, aside)
        await asyncio.sleep(lasts_s)
        folder.unlink()
        aside.rename(folder)

    def _revive_database(self) -> None:
        """If PostgreSQL cannot recover, it ends and must be started again."""
        database = self._own.database
        end = time.monotonic() + _PATIENCE_S
        while not database.answers():
            if not database.is_running():
                database.kill()
                database.start()
            if time.monotonic() > end:
                raise RuntimeError(f"the database did not come back; its log {database.log} says why")
            time.sleep(0.1)


def _lay_aside(folder: Path, aside: Path) -> None:
    folder.mkdir(exist_ok=True)
    folder.rename(aside)
    folder.write_bytes(b"no folder")


async def _cut(process: int, port: int) -> None:
    """Reset the TCP connections of a process to a port; the kernel tells both ends."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for connection in psutil.Process(process).net_connections("tcp"):
            if connection.raddr and connection.raddr.port == port:
                await asyncio.to_thread(_reset, connection.laddr.port)


def _reset(port: int) -> None:
    subprocess.run(["ss", "--kill", "sport", "=", f":{port}"], check=True, capture_output=True)


def _fill(filler: Path) -> None:
    """Take all space of the file system."""
    with filler.open("wb") as file:
        end = 0
        step = 2**28
        while step >= 4096:
            try:
                os.posix_fallocate(file.fileno(), end, step)
                end += step
            except OSError:
                step //= 2
