"""Messages that the broker delivers to a connection."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from bench.mqtt_client import Client

_PATIENCE_S: Final = 10.0
_CALM_S: Final = 1.0


async def delivered(client: Client, *, until: bytes | None = None) -> list[tuple[str, bytes, bool]]:
    """Topic, payload and retain flag of delivered messages, until a given payload or a second of silence."""
    messages: list[tuple[str, bytes, bool]] = []
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while not messages or messages[-1][1] != until:
            async with asyncio.timeout(_CALM_S if until is None else _PATIENCE_S):
                messages.append(await client.next_message())
            client.acknowledge()
    return messages
