"""The memory of ingest over time, at full load and in a burst: `python -m bench soak`. Prints JSON last."""

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
"""Messages that are sent between two measurements."""
_NORMAL_RATE: Final = 2000
"""Messages a second that are far below full load."""
_BURST: Final = 10
"""Rate of the burst, in multiples of the normal rate."""
_PHASE_S: Final = 10
"""Seconds at the normal rate, and seconds of the burst."""


@click.command(name="soak")
@click.option("--minutes", default=10.0, help="Duration of the full load.")
def command(*, minutes: float) -> None:
    """Measure the memory of ingest at full load, then at a normal rate, then in a burst of ten times that."""
    say_if_busy()
    with stand() as own:
        measured = asyncio.run(_soak(servers_of(own), minutes))
    print(json.dumps(measured))


async def _soak(servers: Servers, minutes: float) -> dict[str, Any]:
    await empty(servers)
    async with Ours(servers).running() as ours:
        memory_mib: list[float] = []
        messages, start_s = 0, time.monotonic()
        while time.monotonic() < start_s + 60 * minutes:
            await send(servers, ours, _PORTION, vehicles=_VEHICLES)
            messages += _PORTION
            memory_mib.append(rounded(ours.rss_now_mib()))
            print(f"{messages:,} messages, {memory_mib[-1]} MiB", flush=True)
        rate = messages / (time.monotonic() - start_s)
        await send(servers, ours, _NORMAL_RATE * _PHASE_S, vehicles=_VEHICLES, rate=_NORMAL_RATE)
        normal_mib = rounded(ours.rss_now_mib())
        burst_rate = _BURST * _NORMAL_RATE
        burst = await send(servers, ours, burst_rate * _PHASE_S, vehicles=_VEHICLES, rate=burst_rate)
        return {
            "minutes": minutes,
            "messages": messages,
            "msgs_per_s_with_pauses": rounded(rate),
            "rss_mib": {
                "after_first": memory_mib[0],
                "half_way": memory_mib[len(memory_mib) // 2],
                "at_end": memory_mib[-1],
            },
            "rss_mib_calm": normal_mib,
            "rss_mib_after_burst": rounded(ours.rss_now_mib()),
            "rss_mib_peak": rounded(ours.rss_mib()),
            "burst_took_s": rounded(burst.took_s),
        }
