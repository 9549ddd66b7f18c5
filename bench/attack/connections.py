"""Silent and slow connections: all other clients must still be served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx

from bench.attack.outcome import Outcome
from bench.attack.target import Target, TurnedAwayError

_SILENT: Final = 600
_SOON_S: Final = 5.0
_OPEN_WITHIN_S: Final = 3.0
_CLOSED_WITHIN_S: Final = 45.0
_HALF_A_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "


async def attack(target: Target) -> list[Outcome]:
    """Silent and slow connections at every port that the stack listens on."""
    running = target.running
    web = urlsplit(running.console_url)
    assert web.port is not None
    served = {"center's web": (web.port, f"{running.console_url}/api/v1/session")}
    for name, port in running.metrics_ports.items():
        served[f"{name}'s metrics"] = (port, f"http://127.0.0.1:{port}/metrics")
    found = []
    for name, (port, url) in served.items():
        found.append(await _beside(name, port, b"", lambda url=url: _asked(url)))  # type: ignore[misc]
        found.append(await _beside(name, port, _HALF_A_REQUEST, lambda url=url: _asked(url)))  # type: ignore[misc]
    found.append(await _beside("broker", target.broker_port, b"", lambda: _let_in(target)))
    found.append(await _closed("center's web", web.port, _HALF_A_REQUEST))
    return found


async def _beside(name: str, port: int, said: bytes, honest: Callable[[], Awaitable[bool]]) -> Outcome:
    """Whether an honest client is served beside many stalled connections."""
    what = "half a request" if said else "nothing"
    async with _many(port, said) as held:
        began = time.monotonic()
        served = await honest()
        took = time.monotonic() - began
    return Outcome(
        area="connections",
        promise=f"{name} answers beside {_SILENT} connections that send {what}",
        held=served and took < _SOON_S,
        found=f"{held} were let in; {'answered' if served else 'no answer'} after {took:.2f} s",
    )


async def _closed(name: str, port: int, said: bytes) -> Outcome:
    """Whether a connection that never finishes its request is closed."""
    began = time.monotonic()
    ended = False
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        async with asyncio.timeout(_CLOSED_WITHIN_S):
            while await reader.read(4096):
                pass
            ended = True
    except (ConnectionError, TimeoutError) as error:
        ended = isinstance(error, ConnectionError)
    took = time.monotonic() - began
    return Outcome(
        area="connections",
        promise=f"{name} closes a connection that never finishes its request within {_CLOSED_WITHIN_S:.0f} s",
        held=ended,
        found=f"{'closed' if ended else 'open'} after {took:.1f} s",
    )


@asynccontextmanager
async def _many(port: int, said: bytes) -> AsyncIterator[int]:
    writers: list[asyncio.StreamWriter] = []

    async def open_one() -> None:
        with contextlib.suppress(OSError, TimeoutError):  # to be refused is an answer too
            async with asyncio.timeout(_OPEN_WITHIN_S):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            writer.write(said)

    try:
        await asyncio.gather(*(open_one() for _ in range(_SILENT)))
        yield len(writers)
    finally:
        for writer in writers:
            writer.transport.abort()


async def _asked(url: str) -> bool:
    async with httpx.AsyncClient(timeout=_SOON_S) as client:
        try:
            return (await client.get(url)).status_code < 500
        except httpx.TransportError:
            return False


async def _let_in(target: Target) -> bool:
    try:
        async with target.connected("vehicle/v2"):  # not the account that the floods were sent by
            return True
    except TurnedAwayError:
        return False
