"""Measures the effect of batch size, linger and transactions in flight: `python -m bench tuning`.

Each choice is measured with the same servers, in turn in each round: rate and processor time at full
load, and the lag at a steady 5,000 messages a second. The last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import Any, Final

import click

from bench.contenders import Ours, Servers, empty, lag_quantile
from bench.figures import spread
from bench.ingest import servers_of
from bench.run import send
from bench.stand import say_if_busy, stand

_VEHICLES: Final = 2000
_PACED_RATE: Final = 5000
_PACED_S: Final = 6
CHOICES: Final[dict[str, dict[str, Any]]] = {
    "defaults": {},
    "500 messages": {"batches_messages": 500},
    "2,000 messages": {"batches_messages": 2000},
    "10,000 messages": {"batches_messages": 10_000},
    "no linger": {"batches_linger_ms": 0},
    "linger 10 ms": {"batches_linger_ms": 10},
    "linger 200 ms": {"batches_linger_ms": 200},
    "1 in flight": {"batches_in_flight": 1},
    "4 in flight": {"batches_in_flight": 4},
    "Receive Maximum 1,000": {"broker_receive_maximum": 1000},
    "Receive Maximum 5,000": {"broker_receive_maximum": 5000},
    "Receive Maximum 65,535": {"broker_receive_maximum": 65_535},
}
"""Ingest's settings, each choice with one of them changed."""


@click.command(name="tuning")
@click.option("--rounds", default=3, help="How often each choice is measured.")
@click.option("--messages", default=150_000, help="Messages of each run at full load.")
@click.option("--only", default="", help="Only choices with this text in their name, and the defaults.")
def command(*, rounds: int, messages: int, only: str) -> None:
    """Measure ingest with batches, pauses and windows other than the defaults."""
    say_if_busy()
    choices = {name: each for name, each in CHOICES.items() if only in name or name == "defaults"}
    figures: dict[str, defaultdict[str, list[float]]] = {name: defaultdict(list) for name in choices}
    with stand() as own:
        for number in range(rounds):
            for name, settings in choices.items():
                asyncio.run(_measure(servers_of(own), settings, messages, figures[name]))
                last = {figure: values[-1] for figure, values in figures[name].items()}
                print(f"round {number + 1}, {name}: {json.dumps(last)}", flush=True)
    print(json.dumps({name: _spreads(each) for name, each in figures.items()}))


async def _measure(
    servers: Servers, settings: dict[str, Any], messages: int, figures: defaultdict[str, list[float]]
) -> None:
    await empty(servers)
    async with Ours(servers, **settings).running() as ours:
        before = ours.cpu_s()
        ran = await send(servers, ours, messages, vehicles=_VEHICLES)
        figures["msgs_per_s"].append(round(messages / ran.took_s))
        figures["ingest_cpu_us_per_msg"].append(round((ours.cpu_s() - before) / messages * 1e6, 2))
        metrics = ours.metrics()
        batches = metrics["streetwarden_ingest_batch_messages_count"]
        commits = metrics["streetwarden_ingest_commit_seconds_sum"]
        figures["msgs_per_commit"].append(round(messages / batches))
        figures["commit_ms"].append(round(commits / batches * 1000, 1))
    async with Ours(servers, **settings).running() as ours:
        before = ours.cpu_s()
        await send(servers, ours, _PACED_RATE * _PACED_S, vehicles=_VEHICLES, rate=_PACED_RATE)
        figures["lag_p99_s_at_5k"].append(lag_quantile(ours.metrics(), 0.99))
        paced = ours.cpu_s() - before
        figures["ingest_cpu_us_per_msg_at_5k"].append(round(paced / _PACED_RATE / _PACED_S * 1e6, 2))


def _spreads(figures: defaultdict[str, list[float]]) -> dict[str, Any]:
    return {name: spread(values) for name, values in figures.items()}
