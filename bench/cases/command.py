"""Cases by the million: `python -m bench cases`. The last line is one JSON object.

The database makes the events of a city's cases (`bench.cases.making`), chained by the table's own trigger;
their summaries are made by the program, which is the rate of rebuilding. Then every list of the desk is
asked for, cases are opened from incidents, and people act on a few cases at once.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import click

from bench.cases import actors as acting
from bench.cases import lists as listing
from bench.cases.making import make
from bench.stand import say_if_busy, stand
from cases import CasePolicy
from casework import apply_incident
from casework.summaries import rebuild
from store.connection import Connection, open_connection, open_pool
from store.queries import load
from wire.messages import Incident, Phase

_INGEST: Final = load("ingest")
_DISTRICT: Final = "350501"
_GOAL_MS: Final = 100.0


@click.command(name="cases")
@click.option("--cases", default=1_000_000, help="How many there are.")
@click.option("--open", "still_open", default=20_000, help="How many of them have not ended.")
@click.option("--questions", default=40, help="How often each list is asked for.")
@click.option("--openings", default=300, help="How many cases are opened from incidents.")
@click.option("--actors", default=200, help="How many people act at once, on 100 cases.")
@click.option("--seconds", default=300.0, help="How long they do.")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(
    *,
    cases: int,
    still_open: int,
    questions: int,
    openings: int,
    actors: int,
    seconds: float,
    as_json: bool,
) -> None:
    """Measure lists of cases, the opening of one, rebuilding, and people who act at once.

    The exit status is 1 if an event was lost, a state is impossible, or something was refused without a name.
    """
    say: Callable[[str], None] = (lambda _: None) if as_json else print
    say_if_busy()
    with stand(settings={"max_connections": "60"}) as servers:
        found = asyncio.run(
            measure(
                servers.database_url,
                cases=cases,
                still_open=min(still_open, cases // 4),
                questions=questions,
                openings=openings,
                actors=actors,
                seconds=seconds,
                say=say,
            )
        )
    print(json.dumps(found, ensure_ascii=False))
    if found["faults"]:
        sys.exit(1)


async def measure(
    url: str,
    *,
    cases: int,
    still_open: int,
    questions: int,
    openings: int,
    actors: int,
    seconds: float,
    min_actions: int = 0,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Fill a migrated, empty database, and take all figures.

    Args:
        url: of it, as its owner.
        cases: how many.
        still_open: of them.
        questions: how often each list is asked for.
        openings: how many cases are opened from incidents.
        actors: how many people act at once.
        seconds: for how long.
        min_actions: they go on until so many were written.
        say: told how far it is.
    """
    policy, now = CasePolicy.load(), datetime.now(UTC)
    connection = await open_connection(url, application="streetwarden bench")
    try:
        began = time.perf_counter()
        events = await make(connection, cases=cases, still_open=still_open, now=now, policy=policy, say=say)
        making_s = time.perf_counter() - began
        began = time.perf_counter()
        rebuilt = 0
        async for rebuilt in rebuild(connection):
            if rebuilt % 50_000 == 0:
                say(f"{rebuilt:,} summaries made from events")
        rebuild_s = time.perf_counter() - began
        await connection.execute("VACUUM ANALYZE case_file, case_event")
        department = policy.department_code(min(policy.departments))
        lists = await listing.measure(connection, now=now, department=department, questions=questions)
        for name, each in sorted(lists.items(), key=lambda item: -item[1]["p95"]):
            say(f"{each['p95']:8.1f} ms  {name}")
        opening = await _openings(connection, openings, policy)
        numbers = [
            row["number"]
            for row in await connection.fetch(
                "SELECT number FROM case_file WHERE closed_at IS NULL ORDER BY number LIMIT 100"
            )
        ]
    finally:
        await connection.close()
    pool = await open_pool(url, application="streetwarden bench", largest=16)
    try:
        acted = await acting.act_for(
            pool,
            numbers,
            actors=actors,
            seconds=seconds,
            policy=policy,
            seed=1,
            min_actions=min_actions,
        )
    finally:
        await pool.close()
    faults = acted["lost_events"] + acted["impossible_states"] + acted["differing_summaries"]
    faults += acted["unnamed"] + (acted["broken_chain"] is not None)
    slow = sorted(name for name, each in lists.items() if each["p95"] > _GOAL_MS)
    return {
        "cases": cases,
        "events": events,
        "events_made_per_s": round(events / making_s),
        "summaries_rebuilt_per_s": round(rebuilt / rebuild_s),
        "lists_p95_ms": max(each["p95"] for each in lists.values()),
        "lists_over_100_ms": slow,
        "lists": lists,
        **opening,
        "acting": acted,
        "faults": faults,
    }


async def _openings(connection: Connection, times: int, policy: CasePolicy) -> dict[str, Any]:
    """What a case adds to the transaction of its incident: transactions with it and without it, by turns."""
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(times * 2):
        with_case = number % 2 == 0
        at = datetime.now(UTC)
        incident = Incident(
            incident_id=uuid4(), revision=1, phase=Phase.BEGUN, type="stall", observed_at=at.timestamp(),
            began_at=at.timestamp() - 40, lat=24.8 + number * 0.001, lon=118.6, camera=f"bench-{number}",
            zone="z", confidence=0.9,
        )  # fmt: skip
        began = time.perf_counter()
        async with connection.transaction():
            await connection.execute(
                _INGEST["add_incident"], incident.incident_id, 1, "begun", incident.type, "box/bench",
                _DISTRICT, at, at, at, incident.lon, incident.lat, incident.camera, incident.zone, None,
                0.9, None, {}, 0, None,
            )  # fmt: skip
            if with_case:
                await apply_incident(
                    connection, incident, source=f"box/bench-{number}", district=_DISTRICT, received_at=at,
                    evidence_digests=[], policy=policy,
                )  # fmt: skip
        took[with_case].append((time.perf_counter() - began) * 1000)
    without, whole = statistics.median(took[False]), statistics.median(took[True])
    return {
        "incident_ms": round(without, 2),
        "incident_with_case_ms": round(whole, 2),
        "opening_adds_ms": round(whole - without, 2),
    }
