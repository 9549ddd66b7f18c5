"""One search over cases, components, places, codes, laws and units.

Of each kind, what has every word as it was written is shown; only if nothing has, what is like it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import asyncpg

from cases import Category
from casework.city_policy import CurrentPolicy
from center.cases import rows as case_rows
from center.database import Database
from center.people.caller import Caller
from center.search.catalog import Catalog, Entry
from center.search.models import SearchAnswer, SearchGroup, SearchHit, SearchKind
from center.search.question import Question
from center.web.answers import Refusal
from store import case_lists, search
from store.approximate import likeness, numbers_like
from store.case_filter import CaseFilter, Word
from store.case_lists import CaseSort
from store.connection import Connection
from store.departments import Departments, read_departments
from store.queries import load

_SQL = load("case_lists")
_STATEMENT_MS: Final = 1000
_AT_ONCE: Final = 4
"""Searches that run at once: they leave connections to everything else."""
_NUMBER_LIKENESS: Final = 0.95
_NAME_LIKENESS: Final = 0.8
"""Of a case whose type or code has a name that is like the word, and of a component with such a class."""

Find = Callable[..., Awaitable[list[Any]]]


class Search:
    """Searches.

    Args:
        database: holds cases and the city.
        policy: has the codes, conditions and laws.
        clock: returns now, aware.
        patience_s: seconds that a search waits for others.
    """

    def __init__(
        self,
        *,
        database: Database,
        policy: CurrentPolicy,
        clock: Callable[[], datetime],
        patience_s: float = 2.0,
    ) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock
        self._patience_s = patience_s
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._catalog: Catalog | None = None

    async def find(
        self, asked: Question, caller: Caller, *, kinds: Collection[SearchKind], limit: int
    ) -> SearchAnswer:
        """What is found of each kind that the caller may read.

        Args:
            asked: words, and a place.
            caller: its scope applies to cases.
            kinds: the kinds to search; empty for all.
            limit: maximum number of hits of each kind.

        Raises:
            Refusal: 422, the search takes too long; 429, too many searches run.
            DatabaseAwayError: the database is unreachable.
        """
        wanted = [kind for kind in SearchKind if (kind in kinds or not kinds) and caller.may(_right(kind))]
        async with self._turn(), self._database.reading() as connection:
            try:
                await search.limit_time(connection, _STATEMENT_MS)
                departments = await read_departments(connection)
                run = _Run(
                    connection=connection,
                    asked=asked,
                    catalog=self._current_catalog(),
                    departments=departments,
                    limit=limit,
                    now=self._clock(),
                )
                groups = [await run.group(kind, caller) for kind in wanted]
            except asyncpg.QueryCanceledError:
                raise Refusal(
                    422, "too_slow", "words: this search takes too long; use fewer or longer words"
                ) from None
        return SearchAnswer(words=list(asked.words), groups=[group for group in groups if group.hits])

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._free.acquire(), self._patience_s)
        except TimeoutError:
            raise Refusal(
                429, "too_many", "too many searches run at once; try again", {"Retry-After": "2"}
            ) from None
        try:
            yield
        finally:
            self._free.release()

    def _current_catalog(self) -> Catalog:
        policy = self._policy()
        today = self._clock().astimezone(policy.calendar.zone).date()
        if self._catalog is None or (self._catalog.policy, self._catalog.today) != (policy, today):
            self._catalog = Catalog.of(policy, today)
        return self._catalog


def _right(kind: SearchKind) -> str:
    return "case.read" if kind is SearchKind.CASE else "city.read"


class _Run:
    """One search, in one transaction."""

    def __init__(
        self,
        *,
        connection: Connection,
        asked: Question,
        catalog: Catalog,
        departments: Departments,
        limit: int,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._asked = asked
        self._catalog = catalog
        self._departments = departments
        self._limit = limit
        self._now = now
        self._named: dict[bool, tuple[Word, ...]] = {}

    async def group(self, kind: SearchKind, caller: Caller) -> SearchGroup:
        match kind:
            case SearchKind.CASE:
                return await self._cases(caller)
            case SearchKind.COMPONENT:
                return await self._rows(kind, search.components, self._component)
            case SearchKind.STREET:
                return await self._rows(kind, search.streets, _street)
            case SearchKind.GRID_CELL:
                return await self._rows(kind, search.grid_cells, _grid_cell)
            case SearchKind.CODE | SearchKind.LAW:
                return self._entries(kind, self._catalog.entries)
            case SearchKind.UNIT:
                return self._entries(kind, [*_departments(self._departments), *self._catalog.entries])

    async def _cases(self, caller: Caller) -> SearchGroup:
        chosen = CaseFilter(scope=caller.scope("case.read"), near=self._asked.near)
        found = await case_lists.page(
            self._connection,
            replace(chosen, words=self._words(approximate=False)),
            sort=CaseSort.OPENED,
            after=None,
            limit=self._limit + 1,
            now=self._now,
        )
        if found or not self._asked.words:
            return await self._case_group(found, exact=True)
        words = self._words(approximate=True)
        like = await search.cases_like(
            self._connection, self._words(approximate=False), words, chosen, now=self._now
        )
        ranked = sorted(
            ((_case_likeness(row, words), row["reported_at"], row["number"]) for row in like), reverse=True
        )
        numbers = [number for score, _, number in ranked if score > 0][: self._limit + 1]
        by_number = {
            row["number"]: row
            for row in await self._connection.fetch(_SQL["cases_by_number"], numbers)
        }  # fmt: skip
        return await self._case_group([by_number[number] for number in numbers], exact=False)

    async def _case_group(self, found: Sequence[Any], *, exact: bool) -> SearchGroup:
        names = await case_rows.assignee_names(self._connection, *found)
        cases = [case_rows.case(row, self._catalog.policy, self._departments, names) for row in found]
        return self._group(
            SearchKind.CASE,
            [
                SearchHit(
                    kind=SearchKind.CASE, key=case.number, name=case.title, name_en=case.title_en,
                    about=case.street, about_en=case.street_en, lat=case.lat, lon=case.lon, case=case,
                )
                for case in cases
            ],
            exact=exact,
        )  # fmt: skip

    async def _rows(self, kind: SearchKind, find: Find, hit: Callable[[Any], SearchHit]) -> SearchGroup:
        for approximate in (False, True):
            words = self._words(approximate=approximate)
            if approximate and not words:
                break
            found = await find(
                self._connection,
                words,
                near=self._asked.near,
                limit=search.MAX_CANDIDATES if approximate else self._limit + 1,
                approximate=approximate,
            )
            if approximate:
                found = _best(found, words)
            if found:
                return self._group(
                    kind, [hit(row) for row in found[: self._limit + 1]], exact=not approximate
                )
        return self._group(kind, [], exact=True)

    def _entries(self, kind: SearchKind, entries: Iterable[Entry]) -> SearchGroup:
        if not self._asked.words:
            return self._group(kind, [], exact=True)
        scored = [
            (entry.likeness(self._asked.words), place, entry.hit)
            for place, entry in enumerate(entries)
            if entry.hit.kind is kind
        ]
        exact = any(score >= 1 for score, _, _ in scored)
        least = 1.0 if exact else 1e-9
        best = sorted((-score, place, hit.key, hit) for score, place, hit in scored if score >= least)
        return self._group(kind, [hit for *_, hit in best], exact=exact)

    def _group(self, kind: SearchKind, hits: Sequence[SearchHit], *, exact: bool) -> SearchGroup:
        return SearchGroup(
            kind=kind, exact=exact, more=len(hits) > self._limit, hits=list(hits[: self._limit])
        )

    def _words(self, *, approximate: bool) -> tuple[Word, ...]:
        """The words, each with the types and codes whose names have it."""
        if approximate not in self._named:
            self._named[approximate] = tuple(
                Word(text=word, types=names.types, codes=names.codes)
                for word in self._asked.words
                for names in [self._catalog.names(word, approximate=approximate)]
            )
        return self._named[approximate]

    def _component(self, row: Any) -> SearchHit:
        named = self._catalog.policy.codes.name(row["code_set"], Category.COMPONENT, row["class"])
        return SearchHit(
            kind=SearchKind.COMPONENT,
            key=row["code"],
            name=row["name"] or named.name,
            name_en=row["name_en"] or named.name_en,
            about=named.name,
            about_en=named.name_en,
            owner=row["owner"],
            lat=row["lat"],
            lon=row["lon"],
        )


def _case_likeness(row: Any, words: Sequence[Word]) -> float:
    """How well a case has all words, in its own words or in the names of its type and code."""
    code = f"{row['code_set']}/{row['category']}/{row['code']}"
    return min(
        _likeness(
            word, row["words"], number=row["number"], named=row["type"] in word.types or code in word.codes
        )
        for word in words
    )


def _row_likeness(row: Any, words: Sequence[Word]) -> float:
    """How well a component, a street or a grid cell has all words."""
    of_class = f"{row['code_set']}/{Category.COMPONENT}/{row['class']}" if "class" in row else None
    return min(
        _likeness(word, row["words"], number=row.get("code"), named=of_class in word.codes) for word in words
    )


def _likeness(word: Word, words: str, *, number: str | None, named: bool) -> float:
    return max(
        likeness(word.text, words),
        _NUMBER_LIKENESS if number is not None and number in numbers_like(word.text) else 0.0,
        _NAME_LIKENESS if named else 0.0,
    )


def _best(found: Iterable[Any], words: Sequence[Word]) -> list[Any]:
    """Rows by how well they have all words; the order of equal ones stays."""
    scored = [(_row_likeness(row, words), row) for row in found]
    return [row for score, row in sorted(scored, key=lambda each: -each[0]) if score > 0]


def _street(row: Any) -> SearchHit:
    return SearchHit(
        kind=SearchKind.STREET, key=row["name"], name=row["name"], name_en=row["name_en"],
        lat=row["lat"], lon=row["lon"],
    )  # fmt: skip


def _grid_cell(row: Any) -> SearchHit:
    return SearchHit(
        kind=SearchKind.GRID_CELL, key=row["code"], name=row["name"] or row["code"], name_en=None,
        about=row["district"], about_en=row["district"], lat=row["lat"], lon=row["lon"],
    )  # fmt: skip


def _departments(departments: Departments) -> list[Entry]:
    found = []
    for code, each in sorted(departments.by_code.items()):
        if each.closed:
            continue
        above = departments.by_code.get(each.parent or "")
        found.append(
            Entry(
                hit=SearchHit(
                    kind=SearchKind.UNIT, key=code, name=each.name, name_en=each.name_en,
                    about=above.name if above is not None else None,
                    about_en=above.name_en if above is not None else None,
                ),
                text=f"{each.name} {each.name_en} {code}".lower(),
            )
        )  # fmt: skip
    return found
