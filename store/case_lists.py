"""Lists of cases, filtered and sorted; the conditions are those of `store.case_filter`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Any, Final

from store.case_filter import DUE, WORDS, CaseFilter, Parameters, conditions, searched_for
from store.connection import Connection

MAX_COUNTED: Final = 10_000
"""Lists are counted up to here; nobody reads further, and counting a million takes longer than showing a
page."""

_MAX_COUNTED_OF_WORDS: Final = 1000
_NEWEST_SEARCHED: Final = 5000
"""Frequent words are searched for among this many cases, the first in the order; rare words by an index."""


class CaseSort(StrEnum):
    """The order of a list; equal cases are ordered by number."""

    DEADLINE = "deadline"
    """The earliest deadline first, so overdue cases come first; cases without a deadline come last."""
    OPENED = "-opened"
    CHANGED = "-changed"


PLAN_EACH: Final = "SET LOCAL plan_cache_mode = force_custom_plan"
"""A generic plan would know neither how many cases an assignee has nor that a pattern begins with letters."""

_SORTED_BY: Final = "case_id, number, deadline_at, reported_at, changed_at"
_KEYS: Final[Mapping[CaseSort, tuple[str, str]]] = {
    CaseSort.DEADLINE: (DUE, "ASC"),
    CaseSort.OPENED: ("reported_at", "DESC"),
    CaseSort.CHANGED: ("changed_at", "DESC"),
}
"""Expression and direction of each order; each has its index (`case_by_…`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A number of cases.

    Attributes:
        total: at most `MAX_COUNTED`, or 1,000 in a search for words or a number.
        is_all: whether `total` is exact.
    """

    total: int
    is_all: bool


async def page(
    connection: Connection,
    chosen: CaseFilter,
    *,
    sort: CaseSort,
    after: tuple[datetime | None, str] | None,
    limit: int,
    now: datetime,
) -> list[Any]:
    """One page of cases, as rows of `case_summary`.

    Args:
        connection: in a transaction.
        chosen: the filter.
        sort: the order.
        after: sort key and number of the last case of the page before; None for the first page. A case
            without a deadline has the key None.
        limit: maximum number of cases.
        now: decides what is overdue.
    """
    await connection.execute(PLAN_EACH)
    ways = (_Way.FIRST_ONES, _Way.ALL_FOUND) if chosen.is_search else (_Way.IN_ORDER,)
    if chosen.is_for_few:
        ways = (_Way.ALL_FOUND,)
    if _is_far_from_the_first(chosen, sort) and (await _count(connection, chosen, MAX_COUNTED, now)).is_all:
        ways = (_Way.ALL_FOUND,)
    found: list[Any] = []
    for way in ways:
        sql, given = _page(chosen, way, sort=sort, after=after, limit=limit, now=now)
        found = await connection.fetch(sql, *given)
        if len(found) == limit:
            break
    return found


def _is_far_from_the_first(chosen: CaseFilter, sort: CaseSort) -> bool:
    """Whether a period is searched in another order, which may begin with a million newer cases.

    The planner assumes that the two are independent, and would read in that order.
    """
    has_period = chosen.opened_from is not None or chosen.opened_to is not None
    return has_period and sort is not CaseSort.OPENED and not chosen.is_search


class _Way(Enum):
    """How the cases of a page are found."""

    IN_ORDER = auto()
    """In sort order, or by any index that the planner prefers."""
    FIRST_ONES = auto()
    """Among the first cases in sort order only."""
    ALL_FOUND = auto()
    """All cases that meet the filter, sorted afterwards."""


def _page(
    chosen: CaseFilter,
    way: _Way,
    *,
    sort: CaseSort,
    after: tuple[datetime | None, str] | None,
    limit: int,
    now: datetime,
) -> tuple[str, Parameters]:
    given = Parameters()
    key, direction = _KEYS[sort]
    where = conditions(chosen, now, given, searched=way is not _Way.FIRST_ONES)
    if after is not None:
        where += (
            f" AND ({key}, number) {'>' if direction == 'ASC' else '<'}"
            f" (COALESCE({given.add(after[0])}::timestamptz, 'infinity'), {given.add(after[1])}::text)"
        )
    in_order = f"ORDER BY {key} {direction}, number {direction}"
    some = f"{in_order} LIMIT {given.add(limit)}"
    match way:
        case _Way.IN_ORDER:
            tables = f"page AS MATERIALIZED (SELECT case_id FROM case_file WHERE {where} {some})"  # noqa: S608
        case _Way.FIRST_ONES:
            tables = (
                f"first AS MATERIALIZED (SELECT *, {WORDS} AS words FROM case_file WHERE {where}"  # noqa: S608
                f" {in_order} LIMIT {_NEWEST_SEARCHED}),"
                f" page AS MATERIALIZED (SELECT case_id FROM first"
                f" WHERE {searched_for(chosen, given, words='words')} {some})"
            )
        case _Way.ALL_FOUND:
            tables = (
                f"found AS MATERIALIZED (SELECT {_SORTED_BY} FROM case_file WHERE {where}),"  # noqa: S608
                f" page AS MATERIALIZED (SELECT case_id FROM found {some})"
            )
    # The page is chosen before the joins, so streets are looked up only for the cases on it.
    return (
        f"WITH {tables} SELECT case_summary.* FROM page JOIN case_summary USING (case_id) {in_order}",  # noqa: S608
        given,
    )


async def count(connection: Connection, chosen: CaseFilter, *, now: datetime) -> Counted:
    """The number of cases, counted up to a limit."""
    await connection.execute(PLAN_EACH)
    return await _count(connection, chosen, _MAX_COUNTED_OF_WORDS if chosen.is_search else MAX_COUNTED, now)


async def _count(connection: Connection, chosen: CaseFilter, maximum: int, now: datetime) -> Counted:
    given = Parameters()
    where = conditions(chosen, now, given)
    found = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM case_file WHERE {where} LIMIT {maximum + 1}) AS found",  # noqa: S608
        *given,
    )
    return Counted(total=min(found, maximum), is_all=found <= maximum)


async def count_open(
    connection: Connection, queues: Sequence[CaseFilter], *, due_within: timedelta, now: datetime
) -> list[tuple[int, int, int]]:
    """Count queues of open cases, in one pass over the open cases.

    Returns:
        For each queue: how many cases there are, how many are overdue, how many are due soon.

    Args:
        connection: in a transaction.
        queues: filters of open cases, without words to search for.
        due_within: the meaning of "soon".
        now: decides what is overdue.
    """
    if not queues:
        return []
    given = Parameters()
    at, soon = given.add(now), given.add(now + due_within)
    waits = [f"({conditions(queue, now, given)}) AS q{number}" for number, queue in enumerate(queues)]
    rows = await connection.fetch(
        f"SELECT {', '.join(waits)}, deadline_at < {at} IS TRUE AS overdue,"  # noqa: S608
        f" (deadline_at >= {at} AND deadline_at < {soon}) IS TRUE AS soon, count(*) AS cases"
        " FROM case_file WHERE closed_at IS NULL"
        f" GROUP BY {', '.join(map(str, range(1, len(queues) + 3)))}",
        *given,
    )
    return [
        (
            sum(row["cases"] for row in rows if row[number]),
            sum(row["cases"] for row in rows if row[number] and row["overdue"]),
            sum(row["cases"] for row in rows if row[number] and row["soon"]),
        )
        for number in range(len(queues))
    ]
