"""Measures how ingest scales with load and history: `python -m bench growth`.

At each size of the table, the same run at full load and at shares of the rate that full load reached. The
last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import click

from bench.contenders import Ours, Servers, empty, lag_quantile
from bench.figures import rounded
from bench.ingest import servers_of
from bench.run import send, total_cpu
from bench.stand import Stand, say_if_busy, stand

_VEHICLES: Final = 2000
_PACED_S: Final = 10
_SHARES: Final = (0.25, 0.5)
_AT_ONCE: Final = 1_000_000
_HISTORY: Final = """
INSERT INTO position (entity_id, time, received_at, lat, lon, speed_mps, heading_deg, accuracy_m, ignition)
SELECT number % $1 + 1, moment, moment, 24.8 + number % $1 * 1e-4, 118.5 + number * 1e-9, 8.3, 0.5, 5, true
FROM (
    SELECT number, $4::timestamptz - number / $1 * interval '10 seconds' AS moment
    FROM generate_series($2::bigint, $3::bigint - 1) AS number
) AS past
"""
"""Fixes of $1 vehicles, one in ten seconds each, from $4 backwards; those numbered $2 to $3 - 1."""


@click.command(name="growth")
@click.option("--rows", default="1_000_000,20_000_000", help="Stored rows to measure at, ascending.")
@click.option("--messages", default=200_000, help="Messages of each run at full load.")
@click.option("--rounds", default=3, help="How often each size is measured.")
def command(*, rows: str, messages: int, rounds: int) -> None:
    """Rate, processor time and lag at shares of the full rate, with more and more rows stored."""
    sizes = [int(each) for each in rows.split(",")]
    say_if_busy()
    with stand() as own:
        found = asyncio.run(_measure(own, sizes, messages=messages, rounds=rounds))
    print(json.dumps({"growth": found}))


async def _measure(own: Stand, sizes: list[int], *, messages: int, rounds: int) -> list[dict[str, Any]]:
    servers = servers_of(own)
    await empty(servers)
    found = []
    stored, newest = 0, datetime.now(UTC) - timedelta(hours=1)
    for size in sizes:
        await _fill(servers, stored, size, newest)
        stored = size
        for _ in range(rounds):
            full = await _run(own, servers, messages, rate=None)
            for share in _SHARES:
                rate = max(1, int(full["msgs_per_s"] * share))
                part = await _run(own, servers, rate * _PACED_S, rate=rate)
                found.append({"stored_rows": size, "share": share, **part})
            found.append({"stored_rows": size, "share": 1.0, **full})
            for each in found[-len(_SHARES) - 1 :]:
                print(json.dumps(each), flush=True)
    return found


async def _run(own: Stand, servers: Servers, messages: int, *, rate: int | None) -> dict[str, Any]:
    """One run; the stored rows stay."""
    before = await _stored(servers)
    async with Ours(servers).running() as ours:
        cpu, all_before = ours.cpu_s(), total_cpu(own)
        ran = await send(servers, ours, messages, vehicles=_VEHICLES, rate=rate)
        spent = {"ingest": ours.cpu_s() - cpu, "load": ran.load_cpu_s}
        spent |= {name: seconds - all_before[name] for name, seconds in total_cpu(own).items()}
        lag_s = lag_quantile(ours.metrics(), 0.99) if rate is not None else None
        rss = ours.rss_mib()
    after = await _stored(servers)
    return {
        "msgs_per_s": rounded(messages / ran.took_s),
        **{f"{name}_cpu_us_per_msg": rounded(seconds / messages * 1e6) for name, seconds in spent.items()},
        "lag_p99_s": lag_s,
        "peak_rss_mib": rounded(rss),
        "lost": messages - (after - before),
    }


async def _stored(servers: Servers) -> int:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM position"))
    finally:
        await connection.close()


async def _fill(servers: Servers, stored: int, size: int, newest: datetime) -> None:
    """Fill the history up to a number of rows."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        for first in range(stored, size, _AT_ONCE):
            await connection.execute(_HISTORY, _VEHICLES, first, min(first + _AT_ONCE, size), newest)
        await connection.execute("VACUUM ANALYZE position")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
