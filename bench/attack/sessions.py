"""Attacks on other accounts' MQTT sessions: takeover, eavesdropping, forged last wills, full queues."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final

import mqtt5

from bench.attack.delivered import delivered
from bench.attack.outcome import Outcome
from bench.attack.records import Record, record, stored
from bench.attack.settled import settled
from bench.attack.target import DISTRICT, Target, TurnedAwayError
from wire.topics import Stream

_AREA: Final = "sessions"
_ATTACKER: Final = "vehicle/v1"
_VICTIM: Final = "vehicle/v2"
_HONEST_EVERY_S: Final = 0.02
_ENOUGH: Final = 10
"""The minimum of fixes of the honest device for a valid trial."""
_WANTED_IDS: Final = (
    "center-ingest", "center-incidents", "center-monitor", "center-doctor", "streetwarden-ingest",
    _VICTIM, "box/b1",
)  # fmt: skip
_PATTERNS: Final = (
    "#", "sw/#", "sw/1/#", f"sw/1/{DISTRICT}/vehicle/v2/position", f"sw/1/{DISTRICT}/box/b1/receipt",
    "+/+/+/+/+/+", "$SYS/#", "$share/thieves/sw/1/#", "$CONTROL/#",
)  # fmt: skip


async def attack(target: Target, *, seconds: float) -> list[Outcome]:
    """All attacks on sessions."""
    return [
        await _takeover(target, seconds=seconds),
        await _listening(target),
        await _last_wills(target),
        await _many_sessions(target),
    ]


async def _takeover(target: Target, *, seconds: float) -> Outcome:
    """Connect with others' client identifiers repeatedly, while an honest device sends."""
    end = time.monotonic() + seconds
    tries = 0
    sent: list[Record] = []

    async def take_over(wanted: str) -> None:
        nonlocal tries
        while time.monotonic() < end:
            tries += 1
            with contextlib.suppress(TurnedAwayError):
                async with target.connected(_ATTACKER, client_id=wanted):
                    await asyncio.sleep(0.02)

    async def be_honest() -> None:
        async with target.connected(_VICTIM) as device:
            while time.monotonic() < end:
                fix = record(Stream.POSITION)
                topic = f"sw/1/{DISTRICT}/{_VICTIM}/position"
                if await device.publish(topic, fix.payload) == 0:
                    sent.append(fix)
                await asyncio.sleep(_HONEST_EVERY_S)

    try:
        await asyncio.gather(be_honest(), *(take_over(wanted) for wanted in _WANTED_IDS))
    except TurnedAwayError as error:
        return Outcome(area=_AREA, promise="an honest device stays connected", held=False, found=str(error))
    await settled(target)
    there = await stored(target.running.database_url, sent)
    return Outcome(
        area=_AREA,
        promise="nobody takes over another's session: what an honest device was acknowledged for is stored",
        held=len(sent) >= _ENOUGH and len(there) == len(sent),
        found=f"{tries} takeovers tried, {len(sent)} fixes acknowledged meanwhile, {len(there)} stored",
    )


async def _listening(target: Target) -> Outcome:
    """Subscribe to everything while others publish."""
    async with target.connected(_ATTACKER) as spy, target.connected(_VICTIM) as device:
        for pattern in _PATTERNS:
            await spy.subscribe(pattern)
        for stream in (Stream.POSITION, Stream.TELEMETRY, Stream.STATUS):
            await device.publish(f"sw/1/{DISTRICT}/{_VICTIM}/{stream}", record(stream).payload)
        heard = sorted({topic for topic, _, _ in await delivered(spy)})
    return Outcome(
        area=_AREA,
        promise="a device hears nothing of others, whatever it subscribes to",
        held=not heard,
        found=f"{len(_PATTERNS)} filters, heard {', '.join(heard[:3]) or 'nothing'}",
    )


async def _last_wills(target: Target) -> Outcome:
    """Let the broker publish forbidden messages as our last will."""
    victims = [_VICTIM, "box/b1", "camera/cam-own"]
    wills = {victim: record(Stream.STATUS, online=False) for victim in victims}
    let_in = 0
    for victim, will in wills.items():
        last = mqtt5.Will(
            f"sw/1/{DISTRICT}/{victim}/status",
            payload=will.payload,
            qos=mqtt5.QoS.AT_LEAST_ONCE,
            retain=True,
        )
        with contextlib.suppress(TurnedAwayError):
            async with target.connected(_ATTACKER, will=last):
                let_in += 1
    await settled(target)
    there = await stored(target.running.database_url, list(wills.values()))
    return Outcome(
        area=_AREA,
        promise="a last will says nothing in another's name",
        held=not there,
        found=f"{let_in} of {len(wills)} connections with a forged will let in, {len(there)} stored",
    )


async def _many_sessions(target: Target) -> Outcome:
    """Leave abandoned sessions behind that queue messages."""
    tries = 20
    found = []
    for number in range(tries):
        with contextlib.suppress(TurnedAwayError):
            async with target.connected(
                _ATTACKER, client_id=f"left-behind-{number}", clean=False, expiry_s=2**32 - 1
            ) as client:
                found.append(client.session_present)
    new = found.count(False)
    return Outcome(
        area=_AREA,
        promise="an account has one session, whatever client identifiers it gives",
        held=new <= 1 < len(found),
        found=f"{len(found)} of {tries} client identifiers were let in and began {new} new sessions",
    )
