"""The conditions that cases must meet, and their SQL: only those that are wanted.

The conditions are composed here, not in `queries/`. One query with all conditions, each "or null", would get
one plan for all uses, and read a million cases although an index finds the fifty that are wanted. All SQL
text is constant; values from users are always parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from cases.scopes import EVERYTHING, Portion, Scope

_MAY_BE_NUMBER: Final = re.compile(r"[a-z0-9]{3,40}")
_LONG_NUMBER: Final = re.compile(r"[a-z]{0,8}[0-9]{6,}")
_MAY_BE_PLACE: Final = re.compile(r"[0-9]{14,16}")
"""A component, or a cell of the unit grid."""

DUE: Final = "COALESCE(deadline_at, 'infinity')"
"""The expression of the indexes."""

WORDS: Final = "case_words(title, description, street_name, street_name_en)"
"""The words of a case, lower case; the expression of the index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that is searched for.

    Attributes:
        text: lower case, at least two characters; matched against the words of a report.
        types: incident types whose names contain it.
        codes: codes whose names contain it, each as set/category/code.
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
        to_call_back: ended since then, and a caller waits to be called and was not reached yet.
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
    to_call_back: datetime | None = None
    also: CaseFilter | None = None

    @property
    def is_search(self) -> bool:
        """Whether words or a number are searched for."""
        return bool(self.words) or self.number is not None

    @property
    def is_for_few(self) -> bool:
        """Whether a number is among the words: then an index finds all before the newest are read."""
        return any(_LONG_NUMBER.fullmatch(word.text) for word in self.words)

    def within(self, other: CaseFilter) -> CaseFilter:
        """The cases that meet both filters."""
        return replace(self, also=other)


class Parameters(list[Any]):
    """The parameters of a query, in order; values of users come into it only as these."""

    def add(self, value: Any) -> str:
        """Add a value; returns its placeholder."""
        self.append(value)
        return f"${len(self)}"


def conditions(chosen: CaseFilter, now: datetime, given: Parameters, *, searched: bool = True) -> str:
    """The conditions of a filter, optionally without those of the search."""
    found = [
        *_what_it_is(chosen, given),
        *_whose_it_is(chosen, given),
        *_how_it_stands(chosen, now, given),
    ]
    if searched and chosen.is_search:
        found.append(searched_for(chosen, given))
    if not chosen.scope.is_everything:
        found.append(in_scope(chosen.scope, given))
    if chosen.also is not None:
        found.append(conditions(chosen.also, now, given))
    return " AND ".join(found) or "true"


def _what_it_is(chosen: CaseFilter, given: Parameters) -> Iterator[str]:
    for column, wanted in (
        ("district", chosen.districts),
        ("grid_cell", chosen.grid_cells),
        ("source", chosen.sources),
        ("type", chosen.types),
    ):
        if wanted:
            yield f"{column} = ANY ({given.add(list(wanted))}::text[])"
    if chosen.codes:
        yield any_of(f"code LIKE {given.add(literal(code) + '%')}" for code in chosen.codes)
    if chosen.near is not None:
        yield within("place", chosen.near, given)
    if chosen.opened_from is not None:
        yield f"reported_at >= {given.add(chosen.opened_from)}"
    if chosen.opened_to is not None:
        yield f"reported_at < {given.add(chosen.opened_to)}"


def _whose_it_is(chosen: CaseFilter, given: Parameters) -> Iterator[str]:
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


def _how_it_stands(chosen: CaseFilter, now: datetime, given: Parameters) -> Iterator[str]:
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
        yield f"{DUE} < {given.add(now)}"
    if chosen.due_within is not None:
        yield f"{DUE} >= {given.add(now)} AND {DUE} < {given.add(now + chosen.due_within)}"
    if chosen.key_case:
        yield "key_case"
    if chosen.suspended:
        yield "suspended_until IS NOT NULL"
    if chosen.asked:
        yield "(deferral_asked IS NOT NULL OR suspension_asked IS NOT NULL)"
    if chosen.to_call_back is not None:
        yield (
            f"closed_at >= {given.add(chosen.to_call_back)}"
            " AND COALESCE(satisfaction, 'not_reached') = 'not_reached'"
            " AND EXISTS (SELECT FROM case_incident JOIN report_caller USING (incident_id)"
            " WHERE case_incident.case_id = case_file.case_id AND call_back)"
        )
    if chosen.urged:
        yield "urged_at IS NOT NULL AND (urge_answered_at IS NULL OR urge_answered_at < urged_at)"


def searched_for(chosen: CaseFilter, given: Parameters, *, words: str | None = None) -> str:
    """The conditions of the search: words, and a number.

    Args:
        chosen: the filter.
        given: the query's parameters.
        words: a column with the words of few cases, lower case; None: an index finds them.
    """
    found = [_found(word, given, words) for word in chosen.words]
    if chosen.number is not None:
        found.append(any_of(_number(chosen.number, given)))
    return " AND ".join(found)


def _number(text: str, given: Parameters) -> list[str]:
    """Whether a number begins or ends with a text."""
    return [
        f"number LIKE {given.add(literal(text) + '%')}",
        f"reverse(number) LIKE {given.add(literal(text[::-1]) + '%')}",
    ]


def _found(word: Word, given: Parameters, words: str | None) -> str:
    """Whether a case contains a word: an index finds it by its pairs of characters."""
    return found_by_any([word.text], word, [*_numbers(word, given)], given, words)


def _numbers(word: Word, given: Parameters) -> Iterator[str]:
    if _MAY_BE_NUMBER.fullmatch(word.text):
        yield from _number(word.text.upper(), given)
    if _MAY_BE_PLACE.fullmatch(word.text):
        number = given.add(word.text)
        yield f"component = {number}"
        yield f"grid_cell = {number}"


def found_by_any(
    texts: Sequence[str], word: Word, numbers: Sequence[str], given: Parameters, words: str | None
) -> str:
    """Whether a case contains one of the texts, or has a type or code of a word, or one of its numbers.

    The conditions that an index knows are a conjunct of their own: then PostgreSQL does not compute the pairs
    of each case that the index has found, which takes longer than to find it.

    Args:
        texts: of two characters or more, lower case.
        word: has types and codes.
        numbers: conditions on numbers, which an index knows.
        given: the query's parameters.
        words: a column with the words of few cases, lower case; None: an index finds them.
    """
    names = [f"type = ANY ({given.add(list(word.types))}::text[])"] if word.types else []
    placeholders = [given.add(text) for text in texts]
    exact = [*numbers, *names, *(f"strpos({words or WORDS}, {text}) > 0" for text in placeholders)]
    if word.codes:
        exact.append(
            f"code_set || '/' || category || '/' || code = ANY ({given.add(list(word.codes))}::text[])"
        )
    if words is not None:
        return any_of(exact)
    indexed = [*numbers, *names]
    indexed += [f"character_pairs({WORDS}) @> character_pairs({text})" for text in placeholders]
    if word.codes:  # several lists have the same digits
        digits = sorted({code.rpartition("/")[2] for code in word.codes})
        indexed.append(f"code = ANY ({given.add(digits)}::text[])")
    return f"{any_of(indexed)} AND {any_of(exact)}"


def point(circle: Circle, given: Parameters) -> str:
    """The middle of a circle, as geography."""
    return f"ST_SetSRID(ST_MakePoint({given.add(circle.lon)}, {given.add(circle.lat)}), 4326)::geography"


def within(place: str, circle: Circle, given: Parameters) -> str:
    """Whether a column of places has one in a circle: first by a box in degrees, which the index knows."""
    lat, radius = given.add(circle.lat), given.add(circle.radius_m)
    north = f"{radius}::double precision / 110000"
    return (
        f"{place} && ST_Expand({point(circle, given)}::geometry,"
        f" {north} / GREATEST(0.01, cos(radians({lat}))), {north})"
        f" AND ST_DWithin({place}::geography, {point(circle, given)}, {radius}, false)"
    )


def in_scope(scope: Scope, given: Parameters) -> str:
    """Whether a case is in a scope."""
    if not scope:
        return "false"
    return any_of(_portion(portion, given) for portion in sorted(scope.portions, key=repr))


def _portion(portion: Portion, given: Parameters) -> str:
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


def any_of(ways: Iterable[str]) -> str:
    """Whether one of the conditions is met."""
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def literal(text: str) -> str:
    """A text escaped for LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
