"""The load generator, a process of its own: `python -m bench.load`, which waits for a line on stdin.

It builds all packets first and prints `ready`; a line on its standard input starts the sending. With `--rate`
it sends live fixes at that rate instead, each with its time of sending. At the end it prints `acknowledged`
and the processor seconds of the sending.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from typing import Final

import click
import uvloop

from bench.fleet import Fleet, Message
from geo.distance import METRES_PER_DEGREE

DISTRICT: Final = "350582"
CITY_LAT: Final = 24.8
CITY_LON: Final = 118.5
CITY_SIDE: Final = 0.2  # degrees
MPS: Final = 8.3
SPAN_S: Final = 500.0
"""The maximum span of a run's fixes in seconds, however many they are."""

_PORTIONS_PER_S: Final = 100


def fix(vehicle: int, seconds: float, moment: float) -> bytes:
    """One fix as a good device sends it: a vehicle that has driven north for some seconds."""
    lat = CITY_LAT + vehicle * 0.618034 % 1 * CITY_SIDE + seconds * MPS / METRES_PER_DEGREE
    lon = CITY_LON + vehicle * 0.754878 % 1 * CITY_SIDE
    return (
        b'{"time":%.6f,"lat":%.7f,"lon":%.7f,"speed_mps":8.3,"heading_deg":0.5,"accuracy_m":5.0,"ignition":true}'
        % (moment, lat, lon)
    )


def step_s(rows: int, vehicles: int) -> float:
    """Seconds between two fixes of a vehicle: one, or less if the fixes would exceed the span."""
    return min(1.0, SPAN_S * vehicles / rows)


def messages(count: int, *, vehicles: int, fixes: int, start: float) -> list[Message]:
    """Messages of many vehicles in turn, each with its next fixes; each (vehicle, time) stands once."""
    step = step_s(count * fixes, vehicles)
    built = []
    for number in range(count):
        vehicle, first = number % vehicles, number // vehicles * fixes
        times = [(first + part) * step for part in range(fixes)]
        body = b",".join(fix(vehicle, seconds, start + seconds) for seconds in times)
        payload = b"[%b]" % body if fixes > 1 else body
        built.append((f"sw/1/{DISTRICT}/vehicle/v{vehicle:05d}/position", payload))
    return built


async def paced(url: str, *, count: int, vehicles: int, rate: int) -> None:
    """Send live fixes at a steady rate, fifty times a second."""
    share = max(1, rate // _PORTIONS_PER_S)

    async def portions() -> AsyncIterator[list[Message]]:
        began, start = time.perf_counter(), time.time()
        topics = [f"sw/1/{DISTRICT}/vehicle/v{vehicle:05d}/position" for vehicle in range(vehicles)]
        for first in range(0, count, share):
            early = began + first / rate - time.perf_counter()
            if early > 0:
                await asyncio.sleep(early)
            now = time.time()
            yield [
                (topics[each % vehicles], fix(each % vehicles, now - start, now))
                for each in range(first, min(first + share, count))
            ]

    await Fleet(url, connections=4).stream(portions())


@click.command()
@click.option("--url", required=True)
@click.option("--messages", "count", type=int, required=True)
@click.option("--vehicles", type=int, default=2000)
@click.option("--fixes", type=int, default=1, help="Fixes in each message.")
@click.option("--start", type=float, help="Time of the first fix, epoch seconds.")
@click.option("--rate", type=int, help="Live fixes at this rate per second.")
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
    """Publish fixes, QoS 1, as fast as the broker accepts them or at a rate."""
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
