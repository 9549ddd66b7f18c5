"""Searches over a city's cases, components, streets and grid cells, exact and with typing errors.

The exact search of cases is a list of cases (`store.case_lists`). What is here finds candidates: rows that
contain a part of each word (`store.approximate.parts`), which the caller compares and ranks. The number of
candidates is limited, so the cost of a search is limited too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from cases.codes import Category
from store.approximate import numbers_like, parts
from store.case_filter import (
    WORDS,
    CaseFilter,
    Circle,
    Parameters,
    Word,
    any_of,
    conditions,
    found_by_any,
    literal,
    point,
    within,
)
from store.case_lists import PLAN_EACH
from store.connection import Connection

MAX_CANDIDATES: Final = 1000
_NEWEST_SEARCHED: Final = 2000
"""Frequent parts of words are found among so many of the newest cases; rare ones by the index."""

_COLUMNS: Final = "number, reported_at, type, code_set, category, code, component, grid_cell"
_COMPONENT: Final = "component_words(name, name_en, owner)"
_NAMED: Final = "lower(COALESCE(name, '') || ' ' || COALESCE(name_en, ''))"
_CELL: Final = "lower(COALESCE(name, ''))"
_SHORTEST_NUMBER: Final = 3


async def limit_time(connection: Connection, milliseconds: int) -> None:
    """Limit the time of each further statement of the transaction.

    After it, `asyncpg.QueryCanceledError` is raised.
    """
    await connection.execute(PLAN_EACH)
    await connection.execute("SELECT set_config('statement_timeout', $1, true)", str(milliseconds))


async def cases_like(
    connection: Connection,
    words: Sequence[Word],
    like: Sequence[Word],
    chosen: CaseFilter,
    *,
    now: datetime,
) -> list[Any]:
    """Cases that have all words but one, and a part of that one; if there are none, a part of each word.

    Args:
        connection: in a transaction.
        words: with the types and codes whose names contain them.
        like: the same words, with the types and codes whose names are like them.
        chosen: further conditions, such as the scope.
        now: decides what is overdue.

    Returns:
        number, reported_at, type, code_set, category, code, component, grid_cell, words (lower case); at most
        `MAX_CANDIDATES` of the newest cases, and as many of all.
    """
    # Each as a query of its own, planned without the limit: within an OR, or for few rows, PostgreSQL would
    # compute the pairs of each row.
    given = Parameters()
    where = conditions(chosen, now, given)
    some = given.add(MAX_CANDIDATES)
    each_wrong = [
        " AND ".join(
            _like(like[other], given, None, most_errors=1)
            if other == wrong
            else _like(words[other], given, None, most_errors=0)
            for other in range(len(words))
        )
        for wrong in range(len(words))
    ]
    tables = ", ".join(
        f"wrong_{place} AS MATERIALIZED (SELECT {_COLUMNS}, {WORDS} AS words FROM case_file"  # noqa: S608
        f" WHERE {where} AND {condition})"
        for place, condition in enumerate(each_wrong)
    )
    any_wrong = " UNION ".join(
        f"(SELECT * FROM wrong_{place} LIMIT {some})"  # noqa: S608
        for place in range(len(words))
    )
    found = await connection.fetch(f"WITH {tables} {any_wrong}", *given)
    if found:
        return found
    given = Parameters()
    where = conditions(chosen, now, given)
    some = given.add(MAX_CANDIDATES)
    among_newest = " AND ".join(_like(word, given, "words", most_errors=2) for word in like)
    among_all = " AND ".join(_like(word, given, None, most_errors=2) for word in like)
    return await connection.fetch(
        f"WITH newest AS MATERIALIZED (SELECT {_COLUMNS}, {WORDS} AS words FROM case_file WHERE {where}"  # noqa: S608
        f" ORDER BY reported_at DESC, number DESC LIMIT {_NEWEST_SEARCHED}), found AS MATERIALIZED ("
        f"SELECT {_COLUMNS}, {WORDS} AS words FROM case_file WHERE {where} AND {among_all})"
        f" (SELECT * FROM newest WHERE {among_newest} LIMIT {some})"
        f" UNION (SELECT * FROM found LIMIT {some})",
        *given,
    )


def _like(word: Word, given: Parameters, column: str | None, *, most_errors: int) -> str:
    """Whether a case contains a part of a word, or the word itself without errors."""
    numbers = []
    if most_errors and numbers_like(word.text):
        near = given.add(sorted(numbers_like(word.text)))
        numbers = [f"{name} = ANY ({near}::text[])" for name in ("number", "component", "grid_cell")]
    texts = parts(word.text, most_errors) if most_errors else (word.text,)
    return found_by_any(texts, word, numbers, given, column)


async def components(
    connection: Connection, words: Sequence[Word], *, near: Circle | None, limit: int, approximate: bool
) -> list[Any]:
    """Components whose code, class, names or owner have all words, or a part of each; the nearest first.

    Args:
        connection: in a transaction.
        words: `codes` has the classes of components whose names contain the word.
        near: only those in this circle.
        limit: maximum number.
        approximate: whether a part of each word is enough.

    Returns:
        code, code_set, class, name, name_en, owner, lat, lon, words.
    """
    given = Parameters()
    found = [_component(word, given, approximate=approximate) for word in words]
    order = "code"
    if near is not None:
        found.append(within("place", near, given))
        order = f"ST_Distance(place::geography, {point(near, given)}, false), code"
    return await connection.fetch(
        f"SELECT code, code_set, class, name, name_en, owner, ST_Y(place) AS lat, ST_X(place) AS lon,"  # noqa: S608
        f" {_COMPONENT} AS words FROM component WHERE {' AND '.join(found) or 'true'}"
        f" ORDER BY {order} LIMIT {given.add(limit)}",
        *given,
    )


def _component(word: Word, given: Parameters, *, approximate: bool) -> str:
    texts = [given.add(text) for text in (parts(word.text) if approximate else (word.text,))]
    ways = [f"character_pairs({_COMPONENT}) @> character_pairs({text})" for text in texts]
    classes = [code for code in word.codes if f"/{Category.COMPONENT}/" in code]
    if classes:
        ways.append(
            f"class = ANY ({given.add([code.rpartition('/')[2] for code in classes])}::text[])"
            f" AND code_set || '/{Category.COMPONENT}/' || class = ANY ({given.add(classes)}::text[])"
        )
    if approximate:
        numbers = numbers_like(word.text)
        if numbers:
            ways.append(f"code = ANY ({given.add(sorted(numbers))}::text[])")
    elif word.text.isascii() and word.text.isdigit() and len(word.text) >= _SHORTEST_NUMBER:
        ways.append(f"code LIKE {given.add(literal(word.text) + '%')}")
        ways.append(f"reverse(code) LIKE {given.add(literal(word.text[::-1]) + '%')}")
    # The index finds too many: pairs that are not side by side. Then all ways but that are looked at again.
    exact = [f"strpos({_COMPONENT}, {text}) > 0" for text in texts] + ways[len(texts) :]
    return f"{any_of(ways)} AND {any_of(exact)}"


async def streets(
    connection: Connection, words: Sequence[Word], *, near: Circle | None, limit: int, approximate: bool
) -> list[Any]:
    """Streets by name, each once, with the point of it that is nearest to `near`, or its middle.

    Args:
        connection: in a transaction.
        words: all of them are in the name, or a part of each.
        near: only those that touch this circle.
        limit: maximum number.
        approximate: whether a part of each word is enough.

    Returns:
        name, name_en, lat, lon, words.
    """
    given = Parameters()
    found = ["name IS NOT NULL", *_each(_NAMED, words, given, approximate=approximate)]
    place, away = "ST_LineInterpolatePoint(line, 0.5)", "-ST_Length(line)"
    if near is not None:
        found.append(within("line", near, given))
        place = f"ST_ClosestPoint(line, {point(near, given)}::geometry)"
        away = f"ST_Distance(line::geography, {point(near, given)}, false)"
    return await connection.fetch(
        f"SELECT name, name_en, ST_Y(point) AS lat, ST_X(point) AS lon, words"  # noqa: S608
        f" FROM (SELECT DISTINCT ON (name, name_en) name, name_en, {place} AS point, {_NAMED} AS words,"
        f" {away} AS away FROM street WHERE {' AND '.join(found)} ORDER BY name, name_en, away) AS street"
        f" ORDER BY {'away' if near is not None else 'length(name)'}, name LIMIT {given.add(limit)}",
        *given,
    )


async def grid_cells(
    connection: Connection, words: Sequence[Word], *, near: Circle | None, limit: int, approximate: bool
) -> list[Any]:
    """Cells of the unit grid by code and name, or the one at a place.

    Args:
        connection: in a transaction.
        words: all of them are in the name or begin or end the code, or a part of each.
        near: only the cell with the middle of this circle.
        limit: maximum number.
        approximate: whether a part of each word is enough.

    Returns:
        code, district, name, lat, lon (of its middle), words.
    """
    given = Parameters()
    found = []
    for word in words:
        ways = [*_each(_CELL, [word], given, approximate=approximate)]
        if approximate:
            ways.append(f"code = ANY ({given.add(sorted(numbers_like(word.text)))}::text[])")
        elif len(word.text) >= _SHORTEST_NUMBER:
            number = literal(word.text)
            ways += [
                f"code LIKE {given.add(number + '%')}", f"code LIKE {given.add('%' + number)}"
            ]  # fmt: skip
        found.append(any_of(ways))
    if near is not None:
        found.append(f"ST_Covers(area, {point(near, given)}::geometry)")
    return await connection.fetch(
        f"SELECT code, district, name, ST_Y(ST_Centroid(area)) AS lat, ST_X(ST_Centroid(area)) AS lon,"  # noqa: S608
        f" {_CELL} AS words FROM grid_cell WHERE {' AND '.join(found) or 'true'}"
        f" ORDER BY code LIMIT {given.add(limit)}",
        *given,
    )


def _each(column: str, words: Iterable[Word], given: Parameters, *, approximate: bool) -> list[str]:
    """For each word, whether a short list has it, or a part of it."""
    return [
        any_of(
            f"strpos({column}, {given.add(text)}) > 0"
            for text in (parts(word.text) if approximate else (word.text,))
        )
        for word in words
    ]
