"""Codes of digital urban management: unit grid cells, components, and the lists of case codes.

The text of the national standard is not available, and two incompatible lists are in use. The lists are
therefore data that a city edits (`cases/data/codes.csv`), and every code has a `code_set`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

import msgspec

from cases.errors import CodeError
from cases.table import Column, Numbered, Table, refuse_overlaps

CLASS_DIGITS: Final = 2
LONGEST: Final = 6
"""Number of digits of a code; the first two are its class."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
CodeSet = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern="^[A-Za-z0-9_.-]+$")]


class Category(StrEnum):
    """The family of a code: component (部件, a piece of street furniture), event (事件) or service (服务)."""

    COMPONENT = "component"
    EVENT = "event"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCode:
    """A unit grid cell (单元网格): 6 digits district + 3 street + 3 community + 3 sequence.

    Older cities have 14 digits, with a sequence of 2; some have 16, with a sequence of 4.
    """

    district: str
    street: str
    community: str
    sequence: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a code.

        Raises:
            CodeError: it is not 14 to 16 digits.
        """
        if not re.fullmatch(r"[0-9]{14,16}", text):
            raise CodeError(f"{text!r} is not a grid code; expected 14 to 16 digits")
        return cls(district=text[:6], street=text[6:9], community=text[9:12], sequence=text[12:])

    def __str__(self) -> str:
        return self.district + self.street + self.community + self.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentCode:
    """A component (部件): 6 digits district + 2 class + 2 subclass + 6 sequence."""

    district: str
    class_code: str
    subclass_code: str
    sequence: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a code.

        Raises:
            CodeError: it is not 16 digits.
        """
        if not re.fullmatch(r"[0-9]{16}", text):
            raise CodeError(f"{text!r} is not a component code; expected 16 digits")
        return cls(district=text[:6], class_code=text[6:8], subclass_code=text[8:10], sequence=text[10:])

    @property
    def type(self) -> str:
        """Class and subclass, 4 digits: the type of the component."""
        return self.class_code + self.subclass_code

    def __str__(self) -> str:
        return self.district + self.class_code + self.subclass_code + self.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeName:
    """The name of a code, in Chinese and in English."""

    name: str
    name_en: str


class Code(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the lists: a code with its name, and the days on which it may be given to a case.

    Attributes:
        code: 2 digits (a class) to 6.
        valid_from: the first day; None if it has always been valid.
        valid_to: the last day; None if no end is known. Existing cases keep the code and its name.
    """

    code_set: CodeSet
    category: Category
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{2,6}$")]
    name: _Name
    name_en: _Name
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day on which it may be given to a case."""
        return self.valid_from or date.min, self.valid_to or date.max


CODES: Final = Table(
    name="codes",
    row=Code,
    columns=(
        Column(name="code_set", chinese="代码集", expected="the name of a list, such as A"),
        Column(name="category", chinese="类别", expected="component, event or service"),
        Column(
            name="code",
            chinese="代码",
            expected="2 to 6 digits; in a spreadsheet, format the column as text so that leading zeros stay",
            digits=True,
        ),
        Column(name="name", chinese="名称", expected="a text of at most 200 characters"),
        Column(name="name_en", chinese="英文名称", expected="a text of at most 200 characters"),
        Column(name="valid_from", chinese="启用日期", expected="a day such as 2027-01-01, or nothing"),
        Column(name="valid_to", chinese="停用日期", expected="a day such as 2027-12-31, or nothing"),
    ),
)


class CodeTable:
    """The lists, by code set, category and code.

    Args:
        codes: their rows, in order; if a code was renamed, the newest row counts.
    """

    def __init__(self, codes: Iterable[Code]) -> None:
        self.rows = tuple(codes)
        self._known: dict[tuple[str, Category, str], list[Code]] = {}
        for code in sorted(self.rows, key=lambda each: each.days):
            self._known.setdefault((code.code_set, code.category, code.code), []).append(code)

    @classmethod
    def of(cls, rows: Iterable[Numbered[Code]], *, file: str) -> Self:
        """Make the lists from the rows of a file.

        Raises:
            PolicyError: two rows have the same code on the same days.
        """
        found = list(rows)
        refuse_overlaps(
            found,
            file=file,
            key=lambda row: (row.code_set, row.category, row.code),
            period=lambda row: row.days,
        )
        return cls(numbered.row for numbered in found)

    def find(self, code_set: str, category: Category, code: str) -> TypeName | None:
        """The name of a code, or None if the list does not have it."""
        known = self._known.get((code_set, category, code))
        return TypeName(name=known[-1].name, name_en=known[-1].name_en) if known else None

    def holds(self, code_set: str, category: Category, code: str, on: date) -> bool:
        """Whether a case may be given a code on a day."""
        return any(
            first <= on <= last
            for first, last in (each.days for each in self._known.get((code_set, category, code), ()))
        )

    def name(self, code_set: str, category: Category, code: str) -> TypeName:
        """The name of a code; without one the name of its class, else the code itself."""
        for known in prefixes(code):
            found = self.find(code_set, category, known)
            if found is not None:
                return found
        return TypeName(name=code, name_en=code)

    def named(self, word: str) -> tuple[str, ...]:
        """The codes whose names contain a word, which is in lower case; each as set/category/code."""
        return self.where_name(lambda name: word in name)

    def where_name(self, fits: Callable[[str], bool]) -> tuple[str, ...]:
        """The codes with a name that fits, in lower case; each as set/category/code."""
        found = {
            f"{code.code_set}/{code.category}/{code.code}"
            for code in self.rows
            if fits(code.name.lower()) or fits(code.name_en.lower())
        }
        return tuple(sorted(found))

    def of_component(self, code_set: str, component: ComponentCode) -> str | None:
        """The list's code for a component, from its digits; None if the list has no more than the class."""
        for digits in prefixes(str(component)[6:][:LONGEST]):
            if len(digits) > CLASS_DIGITS and self.find(code_set, Category.COMPONENT, digits) is not None:
                return digits
        return None

    def without_class(self) -> list[Code]:
        """Codes whose class, the first two digits, is not in the lists; often leading zeros were lost."""
        return [
            row for row in self.rows if self.find(row.code_set, row.category, row.code[:CLASS_DIGITS]) is None
        ]

    def __len__(self) -> int:
        return len(self._known)


def prefixes(code: str) -> list[str]:
    """A code and all its prefixes, down to its class: 050101, 05010, 0501, 050, 05."""
    return [code[:length] for length in range(len(code), CLASS_DIGITS - 1, -1)]
