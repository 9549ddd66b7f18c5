"""Memory over time: ten minutes at full load, and a burst: `python -m bench soak`. The last line is JSON."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Final

import click

from bench.contenders import Ours, Servers, empty
from bench.figures import rounded
from bench.ingest import servers_of
from bench.run import send
from bench.stand import say_if_busy, stand

_VEHICLES: Final = 2000
_PORTION: Final = 200_000
_CALM_RATE: Final = 2000
_CALM_S: Final = 10


@click.command(name="soak")
@click.option("--minutes", default=10.0, help="At full load.")
def command(*, minutes: float) -> None:
    """Watch the memory of ingest at full load for minutes, then in a burst of ten times a calm rate."""
    say_if_busy()
    with stand() as own:
        found = asyncio.run(_soak(servers_of(own), minutes))
    print(json.dumps(found))


async def _soak(servers: Servers, minutes: float) -> dict[str, Any]:
    await empty(servers)
    async with Ours(servers).running() as ours:
        memory: list[float] = []
        messages, end = 0, time.monotonic() + 60 * minutes
        began = time.monotonic()
        while time.monotonic() < end:
            await send(servers, ours, _PORTION, vehicles=_VEHICLES)
            messages += _PORTION
            memory.append(rounded(ours.rss_now_mib()))
            print(f"{messages:,} messages, {memory[-1]} MiB", flush=True)
        rate = messages / (time.monotonic() - began)
        await send(servers, ours, _CALM_RATE * _CALM_S, vehicles=_VEHICLES, rate=_CALM_RATE)
        calm = rounded(ours.rss_now_mib())
        burst = await send(servers, ours, 10 * _CALM_RATE * _CALM_S, vehicles=_VEHICLES, rate=10 * _CALM_RATE)
        return {
            "minutes": minutes,
            "messages": messages,
            "msgs_per_s_with_pauses": rounded(rate),
            "rss_mib": {"after_first": memory[0], "half_way": memory[len(memory) // 2], "at_end": memory[-1]},
            "rss_mib_calm": calm,
            "rss_mib_after_burst": rounded(ours.rss_now_mib()),
            "rss_mib_peak": rounded(ours.rss_mib()),
            "burst_took_s": rounded(burst.took_s),
        }
