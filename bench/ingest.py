"""How fast messages reach the database, beside those who do it otherwise: `python -m bench ingest`.

All contenders take turns within each round, on the same broker and database, so that what else the machine
does hits all of them. The last line printed is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
    spread,
    wait_until_settled,
)

_FIXES_IN_ARRAY = 20
_PACED_RATE = 5000


@click.command(name="ingest")
@click.option("--rounds", default=5, help="How often everything is measured.")
@click.option("--messages", default=200_000, help="Messages for our ingest in each round.")
@click.option("--vehicles", default=2000, help="Vehicles that send them.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
@click.option("--broker-url", envvar="STREETWARDEN_MQTT_URL", help="A broker; started here if none is given.")
@click.option("--database-url", envvar="STREETWARDEN_DATABASE_URL", help="An empty database; likewise.")
@click.option("--tools", default="", help="What to put before mosquitto_sub and psql on the command line.")
def command(
    rounds: int,
    messages: int,
    vehicles: int,
    as_json: bool,  # noqa: FBT001 click's way
    broker_url: str,
    database_url: str,
    tools: str,
) -> None:
    """Measure ingest at full load, at 5,000 messages a second, and its contenders."""
    say: Callable[[str], None] = (lambda _: None) if as_json else print
    servers = Servers(broker_url=broker_url, database_url=database_url, tools=tuple(tools.split()))
    found = asyncio.run(measure(servers, rounds=rounds, messages=messages, vehicles=vehicles, say=say))
    print(json.dumps(found))


async def measure(
    servers: Servers, *, rounds: int, messages: int, vehicles: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """All rounds, and what they come to."""
    rates: dict[str, list[float]] = {name: [] for name in ("ours", "baseline", "pipeline", "array", "copy")}
    cpu_us: list[float] = []
    lags: list[float] = []
    peak_mib = 0.0
    lost = doubled = 0
    for number in range(1, rounds + 1):
        few = max(1, messages // 60)

        await empty(servers)
        async with Ours(servers).running() as ours:
            before = ours.cpu_s()
            rates["ours"].append(messages / await _load(servers, ours, messages, vehicles=vehicles))
            cpu_us.append((ours.cpu_s() - before) / messages * 1e6)
            rows, keys = await count(servers)
            lost, doubled = lost + messages - keys, doubled + rows - keys
            peak_mib = max(peak_mib, ours.rss_mib())
        async with Ours(servers).running() as ours:
            paced = _PACED_RATE * 10
            await _load(servers, ours, paced, vehicles=vehicles, rate=_PACED_RATE)
            lags.append(quantile(ours.metrics(), 0.99))

        await empty(servers)
        async with ObviousStack(servers).running() as obvious:
            rates["baseline"].append(few / await _load(servers, obvious, few, vehicles=vehicles))

        half = messages // 2
        async with Pipe(servers, messages=half).running() as pipe:
            rates["pipeline"].append(half / await _load(servers, pipe, half, vehicles=vehicles))

        await empty(servers)
        arrays = messages // _FIXES_IN_ARRAY
        async with Ours(servers).running() as ours:
            took = await _load(servers, ours, arrays, vehicles=vehicles, fixes=_FIXES_IN_ARRAY)
            rates["array"].append(arrays * _FIXES_IN_ARRAY / took)
            rows, keys = await count(servers)
            lost, doubled = lost + arrays * _FIXES_IN_ARRAY - keys, doubled + rows - keys

        await empty(servers)
        rates["copy"].append(
            await bare_copy(servers, rows=messages, vehicles=vehicles, start=time.time() - 600)
        )
        say(
            f"round {number}: "
            + ", ".join(f"{name} {values[-1]:,.0f}/s" for name, values in rates.items())
            + f", {cpu_us[-1]:.1f} us/msg, p99 {lags[-1] * 1000:.0f} ms"
        )
    ours_rate = spread(rates["ours"])["median"]
    return {
        "ours_msgs_per_s": spread(rates["ours"]),
        "baseline_msgs_per_s": spread(rates["baseline"]),
        "pipeline_msgs_per_s": spread(rates["pipeline"]),
        "array_rows_per_s": spread(rates["array"]),
        "copy_rows_per_s": spread(rates["copy"]),
        "ours_to_baseline": ours_rate / spread(rates["baseline"])["median"],
        "ours_to_pipeline": ours_rate / spread(rates["pipeline"])["median"],
        "array_to_copy": spread(rates["array"])["median"] / spread(rates["copy"])["median"],
        "ingest_cpu_us_per_msg": spread(cpu_us),
        "lag_p99_s_at_5k": spread(lags),
        "peak_rss_mib": peak_mib,
        "lost": lost,
        "duplicated": doubled,
        "rounds": rounds,
    }


def quantile(metrics: dict[str, float], share: float) -> float:
    """A quantile of the lag histogram: the upper bound of the bucket it lies in."""
    prefix = 'streetwarden_ingest_lag_seconds_bucket{le="'
    buckets = sorted(
        (float(name.removeprefix(prefix).removesuffix('"}')), value)
        for name, value in metrics.items()
        if name.startswith(prefix)
    )
    total = buckets[-1][1]
    return next(bound for bound, value in buckets if value >= share * total)


async def _load(
    servers: Servers,
    contender: Ours | ObviousStack | Pipe,
    messages: int,
    *,
    vehicles: int,
    fixes: int = 1,
    rate: int | None = None,
) -> float:
    """Let the load go; seconds until everything is in the database."""
    settled = contender.settled()
    async with _generator(servers, messages, vehicles=vehicles, fixes=fixes, rate=rate) as release:
        began = await release()
        return await wait_until_settled(contender, settled + messages, began)


def _generator(
    servers: Servers, messages: int, *, vehicles: int, fixes: int, rate: int | None
) -> AbstractAsyncContextManager[Callable[[], Any]]:
    @asynccontextmanager
    async def running() -> AsyncIterator[Callable[[], Any]]:
        arguments = ["--url", servers.broker_url, "--messages", str(messages), "--vehicles", str(vehicles)]
        arguments += ["--fixes", str(fixes), "--start", str(time.time() - 600)]
        arguments += ["--rate", str(rate)] if rate is not None else []
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.load", *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        await process.stdout.readline()

        async def release() -> float:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            await process.stdin.drain()
            return time.perf_counter()

        yield release
        await process.wait()

    return running()
