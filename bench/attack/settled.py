"""Waits until ingest has processed all messages of the broker."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import httpx

from bench.attack.target import Target
from deploy.status import balance

_PATIENCE_S: Final = 60.0
_CALM_S: Final = 0.8
_POLL_S: Final = 0.1


async def settled(target: Target) -> balance.Scrape:
    """Wait until nothing is in flight and no new message has come for a while, but at most a minute.

    Returns:
        The last scrape of the fates.
    """
    port = target.running.metrics_ports["ingest"]
    end = time.monotonic() + _PATIENCE_S
    calm_since, last = time.monotonic(), -1
    async with httpx.AsyncClient(timeout=10) as client:
        while True:
            look = balance.read((await client.get(f"http://127.0.0.1:{port}/metrics")).text)
            now = time.monotonic()
            if look.in_flight or look.received != last:
                calm_since, last = now, look.received
            if now - calm_since > _CALM_S or now > end:
                return look
            await asyncio.sleep(_POLL_S)
