"""One account exceeds every limit: rate, packet size, retained messages. The others must keep their share."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Final

import asyncpg

from bench.attack.delivered import delivered
from bench.attack.outcome import Outcome
from bench.attack.records import Record, record, stored
from bench.attack.settled import settled
from bench.attack.target import DISTRICT, PLACE, Target, TurnedAwayError, said
from bench.mqtt_client import CLOSED, Client
from wire.topics import Stream

_AREA: Final = "quotas"
_ATTACKER: Final = "vehicle/v1"
_HONEST: Final = "vehicle/v2"
_HONEST_EVERY_S: Final = 0.1
_FIXES: Final = 1000
"""Fixes in each array of the flood: the maximum of a message."""

_AT_ONCE: Final = 20
_MIB: Final = 2**20
_ENOUGH: Final = 10
"""The minimum of fixes of the honest device for a valid trial."""


async def attack(target: Target, *, seconds: float) -> list[Outcome]:
    """All attacks on quotas."""
    return [*await _flood(target, seconds=seconds), *await _sizes(target), *await _retained(target)]


async def _flood(target: Target, *, seconds: float) -> list[Outcome]:
    """Send arrays of fixes as fast as the broker accepts them, beside one honest device."""
    end = time.monotonic() + seconds
    sent: list[Record] = []
    reconnected = 0

    async def flood() -> None:
        nonlocal reconnected
        while time.monotonic() < end:
            try:
                async with target.connected(_ATTACKER) as client:
                    await _pour(client, end)
            except TurnedAwayError:
                await asyncio.sleep(0.05)
            reconnected += 1

    async def be_honest() -> None:
        async with target.connected(_HONEST) as device:
            while time.monotonic() < end:
                fix = record(Stream.POSITION)
                if await device.publish(f"sw/1/{DISTRICT}/{_HONEST}/position", fix.payload) == 0:
                    sent.append(fix)
                await asyncio.sleep(_HONEST_EVERY_S)

    await asyncio.gather(flood(), be_honest())
    look = await settled(target)
    there = await stored(target.running.database_url, sent)
    rows = await _rows_of(target, _ATTACKER)
    return [
        Outcome(
            area=_AREA,
            promise="beside a flood, what another device was acknowledged for is stored",
            held=len(sent) >= _ENOUGH and len(there) == len(sent),
            found=f"{len(sent)} fixes acknowledged in {seconds:.0f} s, {len(there)} stored",
        ),
        Outcome(
            area=_AREA,
            promise="an account cannot fill the database",
            held=rows < 100_000,
            found=f"{rows} rows of the attacker after {seconds:.0f} s, {reconnected} connections",
        ),
        Outcome(
            area=_AREA, promise="every message has its fate", held=look.lost == 0, found=f"{look.lost} lost"
        ),
    ]


async def _pour(client: Client, end: float) -> None:
    """Send until the time is over or the broker hangs up."""
    topic = f"sw/1/{DISTRICT}/{_ATTACKER}/position"
    lat, lon = PLACE
    while time.monotonic() < end:
        now = time.time()
        fixes = [{"time": round(now - n * 0.001, 4), "lat": lat, "lon": lon} for n in range(_FIXES)]
        client.send([(topic, json.dumps(fixes).encode())] * _AT_ONCE)
        if CLOSED in await client.acknowledged(_AT_ONCE):
            return


async def _sizes(target: Target) -> list[Outcome]:
    """Send packets larger than such a device ever sends."""
    outcomes = []
    for user, stream, mib in (
        ("person/p1", "position", 1),
        ("person/p1", "position", 12),
        ("box/b1", "status", 4),
    ):
        try:
            async with target.connected(user) as client:
                answer = await client.publish(f"sw/1/{DISTRICT}/{user}/{stream}", b" " * (mib * _MIB))
        except TurnedAwayError:
            answer = CLOSED
        outcomes.append(
            Outcome(
                area=_AREA,
                promise=f"the broker takes no {stream} of {mib} MiB from {user}",
                held=answer != 0,
                found=said(answer),
            )
        )
    return outcomes


async def _retained(target: Target) -> list[Outcome]:
    """Send retained messages: a box must not receive those of a camera's frames."""
    topic = f"sw/1/{DISTRICT}/camera/cam-own/frame"
    kept, live = record(Stream.FRAME).payload, record(Stream.FRAME).payload
    async with target.connected("camera/cam-own") as camera, target.connected("box/b1") as box:
        await camera.publish(topic, kept, retain=True)
        await box.subscribe(topic)
        await camera.publish(topic, live)
        heard = [payload for _, payload, _ in await delivered(box, until=live)]
        taken = await camera.publish(
            f"sw/1/{DISTRICT}/camera/cam-own/status", record(Stream.STATUS).payload, retain=True
        )
    return [
        Outcome(
            area=_AREA,
            promise="the broker keeps no frame for later subscribers",
            held=live in heard and kept not in heard,
            found=f"heard {len(heard)}: the live one {live in heard}, the retained one {kept in heard}",
        ),
        Outcome(
            area=_AREA,
            promise="a status may be retained",
            held=taken == 0,
            found=said(taken),
        ),
    ]


async def _rows_of(target: Target, user: str) -> int:
    kind, _, identity = user.partition("/")
    connection = await asyncpg.connect(target.running.database_url)
    try:
        found = await connection.fetchval(
            "SELECT count(*) FROM position JOIN entity USING (entity_id) WHERE kind = $1 AND id = $2",
            kind,
            identity,
        )
    finally:
        await connection.close()
    return int(found)
