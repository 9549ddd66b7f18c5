"""The load generator, a process of its own: `python -m bench.load`, which waits for a line on stdin.

It builds all packets first and prints `ready`; a line on its standard input lets them go. With `--rate` it
sends live fixes at that many a second instead, each with the moment of its sending. At the end it prints
`acknowledged` and the processor seconds that sending took.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import click
import uvloop

from bench.fleet import Fleet, Message

DISTRICT = "350582"
_PORTIONS_PER_S = 100


def fix(vehicle: int, number: int, moment: float) -> bytes:
    """One fix as a good device sends it."""
    lat, lon = 24.9 + vehicle * 1e-5 + number * 1e-9, 118.6 + number * 1e-9
    return (
        b'{"time":%.6f,"lat":%.7f,"lon":%.7f,"speed_mps":8.3,"heading_deg":123.4,"accuracy_m":5.0,"ignition":true}'
        % (moment, lat, lon)
    )


def messages(count: int, *, vehicles: int, fixes: int, start: float) -> list[Message]:
    """Messages of many vehicles in turn; each (vehicle, time) stands once."""
    built = []
    for number in range(count):
        vehicle = number % vehicles
        base = number * fixes
        body = b",".join(fix(vehicle, base + part, start + (base + part) * 1e-4) for part in range(fixes))
        payload = b"[%b]" % body if fixes > 1 else body
        built.append((f"sw/1/{DISTRICT}/vehicle/v{vehicle:05d}/position", payload))
    return built


async def paced(url: str, *, count: int, vehicles: int, rate: int) -> None:
    """Send live fixes at a steady rate, fifty times a second."""
    share = max(1, rate // _PORTIONS_PER_S)

    async def portions() -> AsyncIterator[list[Message]]:
        began = time.perf_counter()
        for first in range(0, count, share):
            early = began + first / rate - time.perf_counter()
            if early > 0:
                await asyncio.sleep(early)
            now = time.time()
            yield [
                (f"sw/1/{DISTRICT}/vehicle/v{each % vehicles:05d}/position", fix(each % vehicles, each, now))
                for each in range(first, min(first + share, count))
            ]

    await Fleet(url, connections=4).stream(portions())


@click.command()
@click.option("--url", required=True)
@click.option("--messages", "count", type=int, required=True)
@click.option("--vehicles", type=int, default=2000)
@click.option("--fixes", type=int, default=1, help="Fixes in each message.")
@click.option("--start", type=float, help="Time of the first fix, epoch seconds.")
@click.option("--rate", type=int, help="Live fixes at so many a second.")
@click.option("--connections", type=int, default=4)
def command(
    *,
    url: str,
    count: int,
    vehicles: int,
    fixes: int,
    start: float | None,
    rate: int | None,
    connections: int,
) -> None:
    """Publish fixes, QoS 1, as fast as the broker takes them or at a rate."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if rate is not None:
            before = _wait_for_a_line()
            runner.run(paced(url, count=count, vehicles=vehicles, rate=rate))
        else:
            fleet = Fleet(url, connections=connections)
            fleet.load(messages(count, vehicles=vehicles, fixes=fixes, start=start or time.time() - 600))
            before = _wait_for_a_line()
            runner.run(fleet.release())
    _say(f"acknowledged {time.process_time() - before}")


def _wait_for_a_line() -> float:
    _say("ready")
    sys.stdin.readline()
    return time.process_time()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    command()
