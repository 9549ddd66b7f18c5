"""The search over a million cases: `python -m bench search`. The last line is one JSON object.

Cases are made in bulk, as summaries, in the words of `bench.cases.wording`. Questions are made from some of
them: by number, words, street and place, also with errors. Each is asked as the center asks it, and is right
if the case that was meant is among the first ten.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import click

from bench.cases.making import make_summaries
from bench.search.trial import trial
from bench.search.wanted import Wanted, questions
from bench.stand import say_if_busy, stand
from cases import PERSONS_ROLES, Actor, CasePolicy, Rights
from center.database import Database
from center.people.caller import Caller
from center.search.queries import Search
from center.search.question import question_of
from store.connection import Connection, open_connection
from store.operators import SignedOn

_FIRST: Final = 10
_NEAR_M: Final = 30


@click.command(name="search")
@click.option("--cases", default=1_000_000, help="How many there are.")
@click.option("--components", default=200_000, help="How many components the city has.")
@click.option("--questions", "asked", default=60, help="For how many cases each question is asked.")
@click.option("--trial", "with_trial", is_flag=True, help="Compare pg_trgm, full text and pairs (ADR 0234).")
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(*, cases: int, components: int, asked: int, with_trial: bool, as_json: bool) -> None:
    """Measure the search: milliseconds by kind of question, and how often the wanted case is found."""
    say: Callable[[str], None] = (lambda _: None) if as_json else print
    say_if_busy()
    with stand(settings={"max_connections": "20"}) as servers:
        found = asyncio.run(
            measure(
                servers.database_url,
                cases=cases,
                components=components,
                asked=asked,
                with_trial=with_trial,
                say=say,
            )
        )
    print(json.dumps(found, ensure_ascii=False))


async def measure(
    url: str, *, cases: int, components: int, asked: int, with_trial: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    """Fill a migrated, empty database, and ask.

    Args:
        url: of it, as its owner.
        cases: how many.
        components: how many.
        asked: for how many cases each kind of question is asked.
        with_trial: whether the alternatives are compared too.
        say: told how far it is.
    """
    policy, now = CasePolicy.load(), datetime.now(UTC)
    connection = await open_connection(url, application="streetwarden bench")
    try:
        began = time.perf_counter()
        await make_summaries(connection, cases=cases, still_open=cases // 50, now=now, policy=policy, say=say)
        making_s = time.perf_counter() - began
        await _make_components(connection, components)
        await connection.execute("VACUUM ANALYZE case_file, component, street")
        meant = await connection.fetch(
            "SELECT number, description, street_name, lat, lon FROM case_file WHERE description IS NOT NULL"
            " ORDER BY hashtext(number) LIMIT $1",
            asked,
        )
        compared = await trial(connection, questions(meant, seed=2), say=say) if with_trial else None
        index_mib = await connection.fetchval("SELECT pg_relation_size('case_words_pairs') / 1048576")
    finally:
        await connection.close()
    database = Database(url=url, connections=4, patience_s=60, waited=lambda _: None)
    try:
        search = Search(database=database, policy=lambda: policy, clock=lambda: datetime.now(UTC))
        kinds = await _ask_all(search, questions(meant, seed=1), say)
    finally:
        await database.close()
    return {
        "cases": cases,
        "components": components,
        "cases_made_per_s": round(cases / making_s),
        "index_mib": index_mib,
        "p95_ms": max(each["p95_ms"] for each in kinds.values()),
        "all_p50_ms": round(statistics.median(each["p50_ms"] for each in kinds.values()), 1),
        "found": round(statistics.fmean(each["found"] for each in kinds.values() if each["found"]), 3),
        "kinds": kinds,
        **({"trial": compared} if compared is not None else {}),
    }  # fmt: skip


async def _ask_all(
    search: Search, wanted: list[Wanted], say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    caller = Caller(
        session=SignedOn(
            token_hash=b"",
            login="bench",
            display_name="bench",
            csrf_token="",
            expires_at=datetime.max.replace(tzinfo=UTC),
            used_at=datetime.max.replace(tzinfo=UTC),
            actor=Actor(name="bench", roles=PERSONS_ROLES),
            rights_version=0,
        ),
        rights=Rights.shipped(),
        client="",
    )
    took: dict[str, list[float]] = defaultdict(list)
    found: dict[str, list[bool]] = defaultdict(list)
    for question in wanted[:20]:
        await _ask(search, question, caller)  # the catalog is made, and pages are read
    for question in wanted:
        began = time.perf_counter()
        numbers = await _ask(search, question, caller)
        took[question.kind].append((time.perf_counter() - began) * 1000)
        if question.number is not None:
            found[question.kind].append(question.number in numbers)
    kinds: dict[str, dict[str, Any]] = {
        kind: {
            "asked": len(each),
            "p50_ms": round(statistics.median(each), 1),
            "p95_ms": round(sorted(each)[int(len(each) * 0.95)], 1),
            "found": round(statistics.fmean(found[kind]), 3) if found[kind] else None,
        }
        for kind, each in took.items()
    }
    for kind, figures in sorted(kinds.items(), key=lambda item: item[1]["p95_ms"], reverse=True):
        say(f"{figures['p95_ms']:8.1f} ms p95 {figures['p50_ms']:8.1f} ms p50, {figures['found']}: {kind}")
    return kinds


async def _ask(search: Search, question: Wanted, caller: Caller) -> list[str]:
    asked = question_of(question.words, near=question.near, within_m=_NEAR_M)
    answer = await search.find(asked, caller, kinds=(), limit=_FIRST)
    return [hit.key for group in answer.groups if group.kind == "case" for hit in group.hits]


async def _make_components(connection: Connection, number: int) -> None:
    await connection.execute(
        "INSERT INTO component (code, code_set, class, name, name_en, owner, place)"
        " SELECT '350501' || class || lpad(n::text, 6, '0'), 'A', class, '部件 ' || n, 'Item ' || n,"
        " (ARRAY['城东供电所', '自来水公司', '通信公司', '燃气公司'])[1 + n % 4],"
        " ST_SetSRID(ST_MakePoint(118.55 + random() * 0.2, 24.8 + random() * 0.2), 4326)"
        " FROM generate_series(1, $1::integer) AS n,"
        " LATERAL (SELECT (ARRAY['0101', '0102', '0114', '0118', '0305'])[1 + n % 5] AS class) AS chosen",
        number,
    )
