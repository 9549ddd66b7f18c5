"""Three ways to find words, on the same texts: pg_trgm, full text, and pairs of characters (ADR 0234)."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from bench.search.wanted import Wanted
from store.connection import Connection

_TEXTS: Final = """
CREATE UNLOGGED TABLE trial_text AS
SELECT number, reported_at, case_words(title, description, street_name, street_name_en) AS said FROM case_file
"""
_WAYS: Final = {
    "pg_trgm": (
        "CREATE INDEX trial ON trial_text USING gin (said gin_trgm_ops)",
        "said LIKE '%' || {0} || '%'",
    ),
    "full text": (
        "CREATE INDEX trial ON trial_text USING gin (to_tsvector('simple', said))",
        "to_tsvector('simple', said) @@ plainto_tsquery('simple', {0})",
    ),
    "pairs": (
        "CREATE INDEX trial ON trial_text USING gin (character_pairs(said))",
        "strpos(said, {0}) > 0 AND character_pairs(said) @> character_pairs({0})",
    ),
}
_KINDS: Final = ("Chinese words", "English words", "Chinese, a wrong character", "English, a wrong letter")
_TWO: Final = ("井盖", "信号", "箅子")
_WRONG_BY_TRGM: Final = "{0} <% said"
_STATEMENT_S: Final = 10


async def trial(
    connection: Connection, wanted: Sequence[Wanted], *, say: Callable[[str], None]
) -> dict[str, Any]:
    """For each way: the index's size and time, and milliseconds and hits by kind of question.

    Args:
        connection: of the tables' owner; a table of its own is made and dropped.
        wanted: the questions; only those of words are asked.
        say: told how far it is.
    """
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await connection.execute(_TEXTS)
    await connection.execute("VACUUM ANALYZE trial_text")
    found: dict[str, Any] = {}
    for name, (index, condition) in _WAYS.items():
        began = time.perf_counter()
        await connection.execute(index)
        built_s = time.perf_counter() - began
        size = await connection.fetchval("SELECT pg_relation_size('trial') / 1048576")
        kinds = await _ask(connection, name, condition, wanted)
        found[name] = {"built_s": round(built_s, 1), "index_mib": size, "kinds": kinds}
        say(f"{name}: {size} MiB in {built_s:.1f} s, {kinds}")
        await connection.execute("DROP INDEX trial")
    await connection.execute("DROP TABLE trial_text")
    return found


async def _ask(
    connection: Connection, name: str, condition: str, wanted: Sequence[Wanted]
) -> dict[str, dict[str, float | None]]:
    took: dict[str, list[float]] = defaultdict(list)
    right: dict[str, list[bool]] = defaultdict(list)
    chosen = [each for each in wanted if each.kind in _KINDS]
    two = [Wanted(kind="two Chinese characters", words=word, number=None) for word in _TWO]
    for question in [*chosen, *two]:
        test = _WRONG_BY_TRGM if name == "pg_trgm" and "wrong" in question.kind else condition
        words = question.words.lower().split()
        where = " AND ".join(test.format(f"${place}::text") for place in range(1, len(words) + 1))
        began = time.perf_counter()
        rows = await connection.fetch(
            f"SELECT number FROM trial_text WHERE {where} ORDER BY reported_at DESC LIMIT 10",  # noqa: S608
            *words,
            timeout=_STATEMENT_S,
        )
        took[question.kind].append((time.perf_counter() - began) * 1000)
        if question.number is None:
            right[question.kind].append(bool(rows))
        else:
            right[question.kind].append(question.number in {row["number"] for row in rows})
    return {
        kind: {
            "p50_ms": round(statistics.median(each), 1),
            "p95_ms": round(sorted(each)[int(len(each) * 0.95)], 1),
            "found": round(statistics.fmean(right[kind]), 3),
        }
        for kind, each in took.items()
    }
