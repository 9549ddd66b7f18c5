"""Measures how fast messages reach the database, compared with contenders: `python -m bench ingest`.

Real Mosquitto and TimescaleDB are started with the stack's settings. All contenders take turns within each
round, in an order that rotates from round to round, so that other load on the machine affects all of them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import click

from bench.contenders import (
    ObviousStack,
    Ours,
    Pipe,
    Servers,
    bare_copy,
    count,
    empty,
    lag_quantile,
)
from bench.figures import rounded, spread
from bench.run import send, total_cpu
from bench.stand import Stand, say_if_busy, stand

_FIXES_IN_ARRAY = 20
_PACED_RATE = 5000
_GOALS = """\
goals: ours >= 35 x baseline, >= 1.2 x pipeline; array >= 0.6 x copy; <= 12 us of ingest CPU a message;
p99 from device to commit <= 0.5 s at 5,000 msg/s; nothing lost, nothing doubled"""


@click.command(name="ingest")
@click.option("--rounds", default=5, help="How often everything is measured.")
@click.option("--messages", default=200_000, help="Messages for our ingest in each round.")
@click.option("--vehicles", default=2000, help="Vehicles that send them.")
@click.option("--paced-seconds", default=10, help="Seconds of the measurement at 5,000 messages a second.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
@click.option("--broker-url", help="An open broker of yours instead of one started here.")
@click.option("--database-url", help="A migrated database of yours instead; its content is DELETED.")
@click.option("--tools", default="", help="With those: the command prefix of mosquitto_sub and psql.")
def command(
    *,
    rounds: int,
    messages: int,
    vehicles: int,
    paced_seconds: int,
    as_json: bool,
    broker_url: str | None,
    database_url: str | None,
    tools: str,
) -> None:
    """Measure ingest and its contenders at full load, and ingest at 5,000 messages a second.

    The last line is one JSON object: the median of each figure, and the spread over the rounds.
    """
    if (broker_url is None) != (database_url is None):
        raise click.UsageError("give both --broker-url and --database-url, or neither")
    say: Callable[[str], None] = (lambda _: None) if as_json else print
    say_if_busy()
    with stand() if broker_url is None else nullcontext() as own:
        servers = (
            servers_of(own)
            if own is not None
            else Servers(
                broker_url=str(broker_url), database_url=str(database_url), tools=tuple(tools.split())
            )
        )
        measured = Rounds(servers, messages=messages, vehicles=vehicles, paced_s=paced_seconds, own=own)
        for number in range(rounds):
            asyncio.run(measured.measure(number))
            say(f"round {number + 1}: {measured.last()}")
    say(_GOALS)
    print(json.dumps(measured.result()))


def servers_of(own: Stand) -> Servers:
    """The addresses of servers started here, for contenders."""
    return Servers(broker_url=own.broker_url, database_url=own.database_url, tools=own.tools)


class Rounds:
    """Measures round after round, and keeps every figure.

    Args:
        servers: of the contenders.
        messages: for ours; the others get fewer, because they are slower.
        vehicles: the senders.
        paced_s: seconds at 5,000 messages a second.
        own: the servers, if they were started here; their processor time is then counted.
    """

    def __init__(
        self, servers: Servers, *, messages: int, vehicles: int, paced_s: int, own: Stand | None = None
    ) -> None:
        self._servers = servers
        self._messages = messages
        self._vehicles = vehicles
        self._paced_s = paced_s
        self._own = own
        self._figures: defaultdict[str, list[float]] = defaultdict(list)
        self._lost = self._doubled = 0

    async def measure(self, number: int) -> None:
        """One round."""
        turns: list[Callable[[], Awaitable[None]]] = [
            self._ours, self._baseline, self._pipeline, self._arrays_and_copy, self._paced,
        ]  # fmt: skip
        for turn in turns[number % len(turns) :] + turns[: number % len(turns)]:
            await empty(self._servers)
            await turn()

    def last(self) -> str:
        """The last round in one line."""
        figures = {name: values[-1] for name, values in self._figures.items()}
        return ", ".join(f"{name} {rounded(value):,}" for name, value in sorted(figures.items()))

    def result(self) -> dict[str, Any]:
        """The combined figures of all rounds."""
        spreads = {name: spread(values) for name, values in sorted(self._figures.items())}
        names = (
            "ours_msgs_per_s", "baseline_msgs_per_s", "pipeline_msgs_per_s", "array_rows_per_s",
            "copy_rows_per_s", "ingest_cpu_us_per_msg", "lag_p99_s_at_5k",
        )  # fmt: skip
        return {
            **{name: spreads[name]["median"] for name in names},
            "peak_rss_mib": max(self._figures["peak_rss_mib"]),
            "lost": self._lost,
            "duplicated": self._doubled,
            "rounds": len(self._figures["ours_msgs_per_s"]),
            "spread": spreads,
        }

    async def _ours(self) -> None:
        async with Ours(self._servers).running() as ours:
            before, all_before = ours.cpu_s(), total_cpu(self._own)
            ran = await send(self._servers, ours, self._messages, vehicles=self._vehicles)
            self._figures["ours_msgs_per_s"].append(self._messages / ran.took_s)
            self._per_message("ingest_cpu_us_per_msg", ours.cpu_s() - before)
            self._per_message("load_cpu_us_per_msg", ran.load_cpu_s)
            for server, seconds in total_cpu(self._own).items():
                self._per_message(f"{server}_cpu_us_per_msg", seconds - all_before[server])
            self._figures["peak_rss_mib"].append(ours.rss_mib())
            await self._check(self._messages)

    async def _baseline(self) -> None:
        few = max(1, self._messages // 60)
        async with ObviousStack(self._servers).running() as obvious:
            ran = await send(self._servers, obvious, few, vehicles=self._vehicles)
        self._figures["baseline_msgs_per_s"].append(few / ran.took_s)
        self._ratio("ours_to_baseline", "ours_msgs_per_s", "baseline_msgs_per_s")

    async def _pipeline(self) -> None:
        half = self._messages // 2
        async with Pipe(self._servers, messages=half).running() as pipe:
            ran = await send(self._servers, pipe, half, vehicles=self._vehicles)
        self._figures["pipeline_msgs_per_s"].append(half / ran.took_s)
        self._ratio("ours_to_pipeline", "ours_msgs_per_s", "pipeline_msgs_per_s")

    async def _arrays_and_copy(self) -> None:
        arrays = max(1, self._messages // 4)
        rows = arrays * _FIXES_IN_ARRAY
        async with Ours(self._servers).running() as ours:
            before = ours.cpu_s()
            ran = await send(self._servers, ours, arrays, vehicles=self._vehicles, fixes=_FIXES_IN_ARRAY)
            self._figures["array_rows_per_s"].append(rows / ran.took_s)
            self._figures["array_cpu_us_per_row"].append((ours.cpu_s() - before) / rows * 1e6)
            self._figures["peak_rss_mib"].append(ours.rss_mib())
            await self._check(rows)
        await empty(self._servers)
        self._figures["copy_rows_per_s"].append(
            await bare_copy(
                self._servers,
                rows=rows,
                fixes=_FIXES_IN_ARRAY,
                vehicles=self._vehicles,
                start=time.time() - 600,
            )
        )
        self._ratio("array_to_copy", "array_rows_per_s", "copy_rows_per_s")

    async def _paced(self) -> None:
        messages = _PACED_RATE * self._paced_s
        async with Ours(self._servers).running() as ours:
            await send(self._servers, ours, messages, vehicles=self._vehicles, rate=_PACED_RATE)
            self._figures["lag_p99_s_at_5k"].append(lag_quantile(ours.metrics(), 0.99))
            await self._check(messages)

    async def _check(self, messages: int) -> None:
        rows, keys = await count(self._servers)
        self._lost += messages - keys
        self._doubled += rows - keys

    def _per_message(self, name: str, seconds: float) -> None:
        self._figures[name].append(seconds / self._messages * 1e6)

    def _ratio(self, name: str, ours: str, theirs: str) -> None:
        """The ratio of one round; recorded when both have had their turn."""
        mine, other = self._figures[ours], self._figures[theirs]
        for index in range(len(self._figures[name]), min(len(mine), len(other))):
            self._figures[name].append(mine[index] / other[index])
