"""The API's answers of the search."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from center.cases.models import Case


class SearchKind(StrEnum):
    """The kinds of what is found, in the order of the groups."""

    CASE = "case"
    COMPONENT = "component"
    STREET = "street"
    GRID_CELL = "grid_cell"
    CODE = "code"
    LAW = "law"
    UNIT = "unit"


class SearchHit(Struct, frozen=True, kw_only=True):
    """One thing that was found.

    Attributes:
        key: case: its number; component, grid cell, unit: its code, or the name of a unit without one; code:
            list/category/code, with /condition for a condition; street and law: its name.
        name: case: its title; law: the text of the legal basis.
        about: component: its class; code: its class; condition: its code, limit and closing condition; law:
            the codes that it concerns; unit: the department above it, or the codes that it is responsible
            for.
        owner: of a component.
        case: the case, for a case.
    """

    kind: SearchKind
    key: str
    name: str
    name_en: str | None
    about: str | None = None
    about_en: str | None = None
    owner: str | None = None
    lat: float | None = None
    lon: float | None = None
    case: Case | None = None


class SearchGroup(Struct, frozen=True, kw_only=True):
    """What was found of one kind, the best first.

    Attributes:
        exact: whether each hit has every word as it was written; false: nothing has, and these are like it.
        more: whether there are further hits.
    """

    kind: SearchKind
    exact: bool
    more: bool
    hits: list[SearchHit]


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        words: what was searched for, as it was understood.
        groups: a group for each kind of which something was found; only kinds that the caller may read.
    """

    words: list[str]
    groups: list[SearchGroup]


STRUCTS: Final = (SearchAnswer,)
"""What OpenAPI describes."""
