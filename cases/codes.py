"""Codes of digital urban management: unit grid cells, components, and the lists of what a case can be about.

No text of the national standard could be had, and two incompatible lists are in use, so the lists are data
that a city edits (`cases/data/codes.csv`) and a `code_set` stands beside every code.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from cases.errors import CodeError, PolicyError

_COLUMNS: Final = ("code_set", "category", "code", "name", "name_en")


class Category(StrEnum):
    """A case is about a component (部件: a thing with a code of its own) or about an event (事件)."""

    COMPONENT = "component"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCode:
    """A unit grid cell (单元网格): 6 digits district + 3 street + 3 community + 3 sequence.

    Older cities have 14 digits, with a sequence of 2.
    """

    district: str
    street: str
    community: str
    sequence: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a code apart.

        Raises:
            CodeError: it isn't 15 or 14 digits.
        """
        if not re.fullmatch(r"[0-9]{14,15}", text):
            raise CodeError(f"{text!r} is not a grid code; expected 15 digits (14 in older cities)")
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
        """Take a code apart.

        Raises:
            CodeError: it isn't 16 digits.
        """
        if not re.fullmatch(r"[0-9]{16}", text):
            raise CodeError(f"{text!r} is not a component code; expected 16 digits")
        return cls(district=text[:6], class_code=text[6:8], subclass_code=text[8:10], sequence=text[10:])

    @property
    def type(self) -> str:
        """Class and subclass, 4 digits: what the component is."""
        return self.class_code + self.subclass_code

    def __str__(self) -> str:
        return self.district + self.class_code + self.subclass_code + self.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeName:
    """What a code stands for, in Chinese and in English."""

    name: str
    name_en: str


class CodeTable:
    """The lists, by code set, category and code.

    Args:
        names: 4 digits (class and subclass), or 2 (a class), to names.
    """

    def __init__(self, names: Mapping[tuple[str, Category, str], TypeName]) -> None:
        self._names = MappingProxyType(dict(names))

    @classmethod
    def read(cls, lines: Iterable[str], *, file: str) -> Self:
        """Read the lists from CSV.

        Args:
            lines: the file; its columns are code_set, category, code, name, name_en.
            file: its name, for errors.

        Raises:
            PolicyError: a column is missing, a code isn't 2 or 4 digits, or stands twice.
        """
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise PolicyError(f"{file}: the first line must be {','.join(_COLUMNS)}")
        names: dict[tuple[str, Category, str], TypeName] = {}
        for row in reader:
            where = f"{file}:{reader.line_num}"
            if None in row.values() or None in row:
                raise PolicyError(f"{where}: expected {len(_COLUMNS)} columns")
            if row["category"] not in set(Category):
                raise PolicyError(f"{where}: category {row['category']!r} must be component or event")
            if not re.fullmatch(r"[0-9]{2}|[0-9]{4}", row["code"]):
                raise PolicyError(f"{where}: code {row['code']!r} must have 2 digits (a class) or 4")
            if not (row["code_set"] and row["name"] and row["name_en"]):
                raise PolicyError(f"{where}: code_set, name and name_en must not be empty")
            key = (row["code_set"], Category(row["category"]), row["code"])
            if key in names:
                raise PolicyError(f"{where}: {' '.join(key)} stands there already")
            names[key] = TypeName(name=row["name"], name_en=row["name_en"])
        return cls(names)

    def find(self, code_set: str, category: Category, code: str) -> TypeName | None:
        """The name of a code, or None if the list doesn't have it."""
        return self._names.get((code_set, category, code))

    def name(self, code_set: str, category: Category, code: str) -> TypeName:
        """The name of a code; that of its class where the list has no more, else the code itself."""
        found = self.find(code_set, category, code) or self.find(code_set, category, code[:2])
        return found or TypeName(name=code, name_en=code)

    def __len__(self) -> int:
        return len(self._names)
