"""Measures the cost of rules: `python -m bench rules`. The last line printed is one JSON object.

Batches of vehicles drive among fences, as in the pipeline. Decoding and flagging are measured too, so that
the cost of rules is a share of ingest's other work (without the database, so the real share is smaller).
With `--messages` the whole of ingest is measured from the broker into the database, with and without rules,
in turn.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from bench.contenders import Ours, Servers, empty
from bench.ingest import servers_of
from bench.run import send
from bench.stand import stand
from ingest.fix_quality import LastFixes, flag_fixes
from ingest.inbox import Arrival
from ingest.interpret import interpret
from ingest.routes import Routes
from ingest.rules.engine import RuleEngine
from ingest.rules.settings import AnyRule, Fence, Idling, Speed, Stop
from ingest.settings import Limits

_SIDE_DEGREES = 0.2  # a city of some 20 km
_STEP_S = 10.0
_START_S = 1_795_000_000.0


class _Nobody:
    """A link that nothing goes back over."""

    def acknowledge(self, deliveries: object) -> None:
        """Nothing."""

    def pause_reading(self) -> None:
        """Nothing."""

    def resume_reading(self) -> None:
        """Nothing."""


@click.command(name="rules")
@click.option("--vehicles", default=10_000, help="Vehicles that drive.")
@click.option("--fences", default=100, help="Fences among them.")
@click.option("--corners", default=24, help="Corners of each fence.")
@click.option("--batch", default=5_000, help="Fixes in one batch.")
@click.option("--batches", default=60, help="Batches.")
@click.option(
    "--messages",
    default=0,
    help="Also send this number of messages through the real servers, with and without rules.",
)
@click.option("--rounds", default=5, help="How often that is repeated.")
@click.option("--all-rules", is_flag=True, help="Also over-speed, stops and idling.")
def command(
    *,
    vehicles: int,
    fences: int,
    corners: int,
    batch: int,
    batches: int,
    messages: int,
    rounds: int,
    all_rules: bool,
) -> None:
    """Measure the rules and the rest of ingest's own work."""
    generator = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "areas.geojson"
        file.write_text(json.dumps(_areas(generator, fences, corners)))
        rules: list[AnyRule] = [Fence(name="fences", areas=str(file))]
        if all_rules:
            rules += [Speed(name="fast", limit_kmh=60), Stop(name="stops"), Idling(name="idling")]
        found = measure(RuleEngine(rules), generator, vehicles=vehicles, batch=batch, batches=batches)
    if messages:
        with stand() as own:
            found |= asyncio.run(
                _through_ingest(servers_of(own), messages=messages, vehicles=vehicles, rounds=rounds)
            )
    print(json.dumps({"vehicles": vehicles, "fences": fences, "corners": corners, "batch": batch, **found}))


async def _through_ingest(servers: Servers, *, messages: int, vehicles: int, rounds: int) -> dict[str, Any]:
    """Messages a second with a hundred fences and one rule of every other kind, and without any."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    cpu_us: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for rules in (True, False) if number % 2 else (False, True):
            await empty(servers)
            async with Ours(servers, rules=rules).running() as ours:
                before = ours.cpu_s()
                ran = await send(servers, ours, messages, vehicles=vehicles)
                rates[rules].append(messages / ran.took_s)
                cpu_us[rules].append((ours.cpu_s() - before) / messages * 1e6)
    median = statistics.median
    return {
        "with_rules_msgs_per_s": round(median(rates[True])),
        "without_rules_msgs_per_s": round(median(rates[False])),
        "cost_of_the_rate": round(1 - median(rates[True]) / median(rates[False]), 3),
        "with_rules_cpu_us_per_msg": round(median(cpu_us[True]), 2),
        "without_rules_cpu_us_per_msg": round(median(cpu_us[False]), 2),
        "rounds": rounds,
    }


def measure(
    engine: RuleEngine, generator: np.random.Generator, *, vehicles: int, batch: int, batches: int
) -> dict[str, Any]:
    """Microseconds for each message with and without rules, and the number of rule events."""
    routes, last_fixes, limits = Routes(), LastFixes(), Limits()
    place = generator.uniform(0, _SIDE_DEGREES, (vehicles, 2))
    heading = generator.uniform(0, 2 * np.pi, vehicles)
    without: list[float] = []
    rules: list[float] = []
    transitions = events = 0
    for number in range(batches):
        chosen = np.arange(number * batch, (number + 1) * batch) % vehicles
        speed = np.clip(generator.normal(9, 6, batch), 0, 25)
        heading[chosen] += generator.normal(0, 0.3, batch)
        way = speed * _STEP_S / 111_320.0
        place[chosen] += np.column_stack((np.sin(heading[chosen]), np.cos(heading[chosen]))) * way[:, None]
        place[chosen] %= _SIDE_DEGREES
        now = _START_S + number * batch / vehicles * _STEP_S
        arrival = Arrival(link=_Nobody(), deliveries=_deliveries(chosen, place, speed, now), received_at=now)
        began = time.perf_counter()
        made = interpret(arrival, routes, now=now, limits=limits)
        last_fixes.make_room(len(routes.senders))
        flag_fixes(made.fixes, last_fixes, now=now, limits=limits)
        decoded = time.perf_counter()
        found = engine.follow(made.fixes, made.telemetry, routes.senders)
        followed = time.perf_counter()
        if number * batch >= 2 * vehicles:  # everyone is known
            without.append((decoded - began) / batch * 1e6)
            rules.append((followed - decoded) / batch * 1e6)
            transitions += len(found)
            events += sum(transition.begun or transition.ended for transition in found)
    return {
        "decode_and_flag_us_per_msg": round(statistics.median(without), 3),
        "rules_us_per_msg": round(statistics.median(rules), 3),
        "turns_per_1000_msgs": round(1000 * transitions / (len(rules) * batch), 2),
        "events_per_1000_msgs": round(1000 * events / (len(rules) * batch), 2),
    }


def _deliveries(
    chosen: NDArray[np.int64], place: NDArray[np.float64], speed: NDArray[np.float64], now: float
) -> list[tuple[bytes, bytes, int]]:
    lats, lons = (24.8 + place[chosen, 0]).tolist(), (118.5 + place[chosen, 1]).tolist()
    return [
        (
            b"sw/1/350582/vehicle/v%d/position" % vehicle,
            b'{"time":%.3f,"lat":%.6f,"lon":%.6f,"speed_mps":%.2f}' % (now, lat, lon, fast),
            1,
        )
        for vehicle, lat, lon, fast in zip(chosen.tolist(), lats, lons, speed.tolist(), strict=True)
    ]


def _areas(generator: np.random.Generator, count: int, corners: int) -> dict[str, Any]:
    features = []
    for number in range(count):
        middle = generator.uniform(0, _SIDE_DEGREES, 2)
        angle = np.sort(generator.uniform(0, 2 * np.pi, corners))
        radius = generator.uniform(0.003, 0.006, corners)
        lon = 118.5 + middle[1] + radius * np.cos(angle)
        lat = 24.8 + middle[0] + radius * np.sin(angle)
        ring = np.column_stack((lon, lat)).tolist()
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "properties": {"name": f"a{number}"}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}
