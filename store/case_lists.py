"""Lists of cases, filtered and sorted, as SQL with only the wanted conditions.

The conditions are composed here, not in `queries/`. One query with all conditions, each "or null", would get
one plan for all uses, and read a million cases although an index finds the fifty that are wanted. All SQL
text is constant; values from users are always parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from typing import Any, Final

from cases.scopes import EVERYTHING, Portion, Scope
from store.connection import Connection

MOST_COUNTED: Final = 10_000
"""Lists are counted up to here; nobody reads further, and counting a million takes longer than showing a
page."""

_MOST_COUNTED_OF_WORDS: Final = 1000
_NEWEST_SEARCHED: Final = 5000
"""Frequent words are searched for among this many cases, the first in the order; rare words by an index."""


class CaseSort(StrEnum):
    """The order of a list; equal cases are ordered by number."""

    DEADLINE = "deadline"
    """The earliest deadline first, so overdue cases come first; cases without a deadline come last."""
    OPENED = "-opened"
    CHANGED = "-changed"


_PLAN_EACH: Final = "SET LOCAL plan_cache_mode = force_custom_plan"
"""A generic plan would know neither how many cases an assignee has nor that a pattern begins with letters."""

_MAY_BE_NUMBER: Final = re.compile(r"[a-z0-9]{3,40}")

_SORTED_BY: Final = "case_id, number, deadline_at, reported_at, changed_at"
_DUE: Final = "COALESCE(deadline_at, 'infinity')"
"""The expression of the indexes."""

_KEYS: Final[Mapping[CaseSort, tuple[str, str]]] = {
    CaseSort.DEADLINE: (_DUE, "ASC"),
    CaseSort.OPENED: ("reported_at", "DESC"),
    CaseSort.CHANGED: ("changed_at", "DESC"),
}
"""Expression and direction of each order; each has its index (`case_by_…`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that is searched for.

    Attributes:
        text: lower case, at least two characters; matched against the words of a report.
        types: incident types whose names contain it.
        codes: codes whose names contain it, each as (code set, code).
    """

    text: str
    types: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A circle on the ground, in degrees of WGS-84 and metres."""

    lat: float
    lon: float
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """The conditions that cases must meet, all of them; None or an empty set means any.

    Attributes:
        scope: what the person may see.
        open: True: open cases; False: closed ones.
        stages: one of these; likewise `holders`, `departments`, `districts`, `grid_cells`, `codes`, `sources`
            and `types`. A code also matches codes that begin with it.
        assignee: the login of the handler.
        opener: who reported the case.
        number: the beginning or the end of the number.
        words: all of them are found.
        overdue: open, and past the deadline.
        due_within: open, and due within this time, but not overdue.
        opened_from: reported at this time or later.
        opened_to: reported before this time.
        key_case: watched by leaders.
        suspended: suspended now.
        urged: urged, and not answered.
        near: in this circle.
        asked: a deferral or a suspension is requested.
        also: a second filter that cases must meet.
    """

    scope: Scope = EVERYTHING
    open: bool | None = None
    stages: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    grid_cells: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    assignee: str | None = None
    opener: str | None = None
    number: str | None = None
    words: tuple[Word, ...] = ()
    overdue: bool = False
    due_within: timedelta | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None
    key_case: bool = False
    suspended: bool = False
    urged: bool = False
    near: Circle | None = None
    asked: bool = False
    also: CaseFilter | None = None

    @property
    def is_search(self) -> bool:
        """Whether words or a number are searched for."""
        return bool(self.words) or self.number is not None

    def is_far_from_the_first(self, sort: CaseSort) -> bool:
        """Whether a period is searched in another order, which may begin with a million newer cases.

        The planner assumes that the two are independent, and would read in that order.
        """
        has_period = self.opened_from is not None or self.opened_to is not None
        return has_period and sort is not CaseSort.OPENED and not self.is_search

    def within(self, other: CaseFilter) -> CaseFilter:
        """The cases that meet both filters."""
        return replace(self, also=other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A number of cases.

    Attributes:
        total: at most `MOST_COUNTED`, or 1,000 in a search for words or a number.
        is_all: whether `total` is exact.
    """

    total: int
    is_all: bool


class _Parameters(list[Any]):
    """The parameters of a query, in order."""

    def add(self, value: Any) -> str:
        """Add a value; returns its placeholder."""
        self.append(value)
        return f"${len(self)}"


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
    await connection.execute(_PLAN_EACH)
    ways = (_Way.FIRST_ONES, _Way.ALL_FOUND) if chosen.is_search else (_Way.IN_ORDER,)
    if chosen.is_far_from_the_first(sort) and (await _count(connection, chosen, MOST_COUNTED, now)).is_all:
        ways = (_Way.ALL_FOUND,)
    found: list[Any] = []
    for way in ways:
        sql, given = _page(chosen, way, sort=sort, after=after, limit=limit, now=now)
        found = await connection.fetch(sql, *given)
        if len(found) == limit:
            break
    return found


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
) -> tuple[str, _Parameters]:
    given = _Parameters()
    key, direction = _KEYS[sort]
    where = _where(chosen, now, given, searched=way is not _Way.FIRST_ONES)
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
                f"first AS (SELECT * FROM case_file WHERE {where} {in_order} LIMIT {_NEWEST_SEARCHED}),"  # noqa: S608
                f" page AS MATERIALIZED (SELECT case_id FROM first WHERE {_searched(chosen, given)} {some})"
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
    await connection.execute(_PLAN_EACH)
    return await _count(connection, chosen, _MOST_COUNTED_OF_WORDS if chosen.is_search else MOST_COUNTED, now)


async def _count(connection: Connection, chosen: CaseFilter, most: int, now: datetime) -> Counted:
    given = _Parameters()
    where = _where(chosen, now, given)
    found = await connection.fetchval(
        f"SELECT count(*) FROM (SELECT FROM case_file WHERE {where} LIMIT {most + 1}) AS found",  # noqa: S608
        *given,
    )
    return Counted(total=min(found, most), is_all=found <= most)


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
    given = _Parameters()
    at, soon = given.add(now), given.add(now + due_within)
    waits = [f"({_where(queue, now, given)}) AS q{number}" for number, queue in enumerate(queues)]
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


def _where(chosen: CaseFilter, now: datetime, given: _Parameters, *, searched: bool = True) -> str:
    """The conditions of a filter, optionally without those of the search."""
    found = [
        *_what_it_is(chosen, given),
        *_whose_it_is(chosen, given),
        *_how_it_stands(chosen, now, given),
    ]
    if searched and chosen.is_search:
        found.append(_searched(chosen, given))
    if not chosen.scope.is_everything:
        found.append(_scope(chosen.scope, given))
    if chosen.also is not None:
        found.append(_where(chosen.also, now, given))
    return " AND ".join(found) or "true"


def _what_it_is(chosen: CaseFilter, given: _Parameters) -> Iterator[str]:
    for column, wanted in (
        ("district", chosen.districts),
        ("grid_cell", chosen.grid_cells),
        ("source", chosen.sources),
        ("type", chosen.types),
    ):
        if wanted:
            yield f"{column} = ANY ({given.add(list(wanted))}::text[])"
    if chosen.codes:
        yield _any(f"code LIKE {given.add(_like(code) + '%')}" for code in chosen.codes)
    if chosen.near is not None:
        lon, lat = given.add(chosen.near.lon), given.add(chosen.near.lat)
        yield (
            f"ST_DWithin(place::geography, ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326)::geography,"
            f" {given.add(chosen.near.radius_m)}, false)"
        )
    if chosen.opened_from is not None:
        yield f"reported_at >= {given.add(chosen.opened_from)}"
    if chosen.opened_to is not None:
        yield f"reported_at < {given.add(chosen.opened_to)}"


def _whose_it_is(chosen: CaseFilter, given: _Parameters) -> Iterator[str]:
    for column, wanted in (
        ("stage", chosen.stages),
        ("holder", chosen.holders),
        ("department", chosen.departments),
    ):
        if wanted:
            yield f"{column} = ANY ({given.add(list(wanted))}::text[])"
    if chosen.assignee is not None:
        yield f"assignee = {given.add(chosen.assignee)}"
    if chosen.opener is not None:
        yield f"opener = {given.add(chosen.opener)}"


def _how_it_stands(chosen: CaseFilter, now: datetime, given: _Parameters) -> Iterator[str]:
    # Cases with a holder, a deadline or a suspension are open; the extra condition lets the planner use the
    # indexes of open cases.
    is_open = (
        chosen.overdue or chosen.due_within is not None or chosen.suspended or chosen.urged or chosen.asked
    )
    if chosen.open or is_open or (chosen.holders and "none" not in chosen.holders):
        yield "closed_at IS NULL"
    if chosen.open is False:
        yield "closed_at IS NOT NULL"
    if chosen.overdue:
        yield f"{_DUE} < {given.add(now)}"
    if chosen.due_within is not None:
        yield f"{_DUE} >= {given.add(now)} AND {_DUE} < {given.add(now + chosen.due_within)}"
    if chosen.key_case:
        yield "key_case"
    if chosen.suspended:
        yield "suspended_until IS NOT NULL"
    if chosen.asked:
        yield "(deferral_asked IS NOT NULL OR suspension_asked IS NOT NULL)"
    if chosen.urged:
        yield "urged_at IS NOT NULL AND (urge_answered_at IS NULL OR urge_answered_at < urged_at)"


def _searched(chosen: CaseFilter, given: _Parameters) -> str:
    """The conditions of the search: words, and a number."""
    found = [_found(word, given) for word in chosen.words]
    if chosen.number is not None:
        found.append(_any(_number(chosen.number, given)))
    return " AND ".join(found)


def _number(text: str, given: _Parameters) -> list[str]:
    """Whether a number begins or ends with a text."""
    return [
        f"number LIKE {given.add(_like(text) + '%')}",
        f"reverse(number) LIKE {given.add(_like(text[::-1]) + '%')}",
    ]


def _found(word: Word, given: _Parameters) -> str:
    """Whether a case contains a word: an index finds it by its pairs of characters."""
    ways = []
    if word.types:
        ways.append(f"type = ANY ({given.add(list(word.types))}::text[])")
    if word.codes:
        ways.append(f"code = ANY ({given.add(list(word.codes))}::text[])")
    if _MAY_BE_NUMBER.fullmatch(word.text):
        ways += _number(word.text.upper(), given)
    text, said = given.add(word.text), "COALESCE(title, '') || ' ' || COALESCE(description, '')"
    ways.append(f"strpos(lower({said}), {text}) > 0 AND case_pairs({said}) @> case_pairs({text})")
    return _any(ways)


def _scope(scope: Scope, given: _Parameters) -> str:
    if not scope:
        return "false"
    return _any(_portion(portion, given) for portion in sorted(scope.portions, key=repr))


def _portion(portion: Portion, given: _Parameters) -> str:
    found = [
        f"{column} = ANY ({given.add(sorted(wanted))}::text[])"
        for column, wanted in (("district", portion.districts), ("department", portion.departments))
        if wanted is not None
    ]
    if portion.assignee is not None:
        found.append(f"assignee = {given.add(portion.assignee)}")
    if portion.opener is not None:
        found.append(f"opener = {given.add(portion.opener)}")
    return " AND ".join(found) or "true"


def _any(ways: Iterable[str]) -> str:
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def _like(text: str) -> str:
    """A text escaped for LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
