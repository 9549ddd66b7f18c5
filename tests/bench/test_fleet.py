"""The fleet of benchmarks and crash tests reconnects soon after a connection that had worked."""

from __future__ import annotations

import asyncio

import pytest

from bench import fleet
from bench.connection import Wire

LOST_CONNECTIONS = 6


async def test_a_connection_that_is_lost_does_not_prolong_the_pause_before_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wires: list[Wire] = []
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def connect(_: str) -> Wire:
        wire = Wire(b"")
        if len(wires) < LOST_CONNECTIONS:
            wire.welcome.set_result(None)
            wire.connection_lost(None)
        else:
            wire.data_received(b"\x20\x03\x00\x00\x00" + b"\x40\x02\x00\x01")  # CONNACK, PUBACK of packet 1
        wires.append(wire)
        return wire

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(fleet, "connect", connect)
    monkeypatch.setattr(asyncio, "sleep", pause)
    await fleet.Fleet("mqtt://nowhere", connections=1).publish([("topic", b"payload")])
    assert pauses == [pauses[0]] * (LOST_CONNECTIONS + 1)
