"""Attacks of hostile and careless accounts on the broker in a chaos run, each for a while."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from typing import Final

from bench.mqtt_client import CLOSED, connect
from bench.stand import PASSWORD, Stand
from bench.traffic import DISTRICT
from deploy import broker_sessions
from deploy.broker_probe import BrokerError
from deploy.servers.mosquitto import CENTER_USERS
from program.tls import TlsFiles

HOSTILE: Final = "vehicle/hostile"
FLOOD: Final = "vehicle/flood"
FORGETFUL: Final = "center-forgotten"
"""May read everything, like an abandoned ingest; nobody uses its session."""
RULES: Final = f"""
user {FORGETFUL}
topic read sw/1/#
"""

_TAKEN: Final = (0x00, 0x10)
_FORGED: Final = (
    f"sw/1/{DISTRICT}/vehicle/v0000/position",
    "sw/1/350599/vehicle/hostile/position",
    f"sw/1/{DISTRICT}/vehicle/hostile/evidence",
    f"sw/1/{DISTRICT}/vehicle/hostile/incident",
    f"sw/1/{DISTRICT}/box/box-1/incident",
    f"sw/1/{DISTRICT}/box/box-1/receipt",
)
_PAUSE_S: Final = 0.05
_PATIENCE_S: Final = 60.0


class Hostile:
    """A device that takes over sessions and forges topics, and an abandoned session.

    Args:
        own: the broker.
        token: allows the removal of a session.
    """

    def __init__(self, own: Stand, *, token: str) -> None:
        self._own = own
        self._token = token
        self.refused = 0
        """Forged messages that the broker refused."""

    async def attack(self, lasts_s: float) -> None:
        """Connect with the client ids of the centre, one after the other, and write to others' topics.

        Raises:
            RuntimeError: the broker accepted something.
        """
        end, victims = time.monotonic() + lasts_s, itertools.cycle(CENTER_USERS)
        while time.monotonic() < end:
            with contextlib.suppress(OSError, TimeoutError):  # the broker may be killed meanwhile
                await self._attack_as(next(victims))
            await asyncio.sleep(_PAUSE_S)

    async def _attack_as(self, victim: str) -> None:
        client = await connect(self._own.broker.port, HOSTILE, password=PASSWORD, client_id=victim)
        try:
            for topic, payload in _forged():
                code = await client.publish(topic, payload)
                if code in _TAKEN:
                    raise RuntimeError(f"the broker took a forged message on {topic}")
                if code == CLOSED:
                    return
                self.refused += 1
        finally:
            await client.close()

    async def forget(self, lasts_s: float) -> None:
        """Leave a session that queues everything, and remove it after a while."""
        with contextlib.suppress(OSError, TimeoutError):
            client = await connect(
                self._own.broker.port, FORGETFUL, password=PASSWORD, clean=False, expiry_s=86_400
            )
            await client.subscribe("sw/1/#")
            await client.leave()
        await asyncio.sleep(lasts_s)
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                await asyncio.to_thread(
                    broker_sessions.remove,
                    self._own.broker_url,
                    FORGETFUL,
                    token=self._token,
                    tls=TlsFiles(),
                )
            except BrokerError:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(_PAUSE_S)
            else:
                return


def _forged() -> Iterator[tuple[str, bytes]]:
    """A forged message; if the broker accepted it, a row without a sender would exist."""
    payload = json.dumps({"time": time.time(), "lat": 24.5, "lon": 118.1}).encode()
    return ((topic, payload) for topic in _FORGED)
