"""Profiles the processor time of a message: `python -m bench profile`.

Ingest is sampled, at full load by default. The processor time of ingest, load generator, broker and
database is attributed to stages. `--out` writes the picture; the last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Final

import click

from bench.contenders import Ours, empty
from bench.figures import rounded
from bench.ingest import servers_of
from bench.microseconds_picture import draw
from bench.run import send, total_cpu
from bench.stand import Stand, say_if_busy, stand

_VEHICLES: Final = 2000
_SAMPLES: Final = "STREETWARDEN_BENCH_SAMPLES"


@click.command(name="profile")
@click.option("--messages", default=400_000, help="At full load.")
@click.option("--fixes", default=1, help="In each message.")
@click.option("--rate", type=int, help="Messages a second, instead of full load.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The SVG file of the picture.")
def command(*, messages: int, fixes: int, rate: int | None, out: Path | None) -> None:
    """Measure the processor time of a message by process and stage."""
    say_if_busy()
    with stand() as own:
        whole, stages = asyncio.run(_measure(own, messages, fixes=fixes, rate=rate))
    if out is not None:
        out.write_text(draw(whole, stages), encoding="utf-8")
    print(json.dumps({"us_per_msg": whole, "ingest_us_per_msg": stages}))


async def _measure(
    own: Stand, messages: int, *, fixes: int, rate: int | None
) -> tuple[dict[str, float], dict[str, float]]:
    servers = servers_of(own)
    await empty(servers)
    samples = own.folder / "samples.json"
    os.environ[_SAMPLES] = str(samples)
    async with Ours(servers, program="bench.sampled").running() as ours:
        cpu_s, before = ours.cpu_s(), total_cpu(own)
        ran = await send(servers, ours, messages, vehicles=_VEHICLES, fixes=fixes, rate=rate)
        spent = {name: seconds - before[name] for name, seconds in total_cpu(own).items()}
        spent |= {"load generator": ran.load_cpu_s, "ingest": ours.cpu_s() - cpu_s}
    counts: dict[str, int] = json.loads(samples.read_text(encoding="utf-8"))
    whole = {name: rounded(seconds / messages * 1e6) for name, seconds in spent.items()}
    share = whole["ingest"] / sum(counts.values())
    stages = {stage: rounded(count * share) for stage, count in counts.items()}
    return whole, dict(sorted(stages.items(), key=lambda stage: -stage[1]))
