"""The city's departments, by the codes and names that cases and people use.

The departments are in the tree of departments. A case has the code of its department; an older case has the
name that the department had in the case policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from store.connection import Connection
from store.people import WHOLE_CITY, Department
from store.queries import load

_SQL = load("people")


@dataclass(frozen=True, slots=True)
class Departments:
    """All departments, including closed ones.

    Args:
        by_code: the departments by code.
    """

    by_code: Mapping[str, Department]
    _by_name: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, list[str]] = {}
        for each in self.by_code.values():
            for name in {each.name, each.name_en}:
                found.setdefault(name, []).append(each.code)
        object.__setattr__(self, "_by_name", {name: tuple(sorted(codes)) for name, codes in found.items()})

    @classmethod
    def of(cls, known: Iterable[Department]) -> Self:
        """Those that are given."""
        return cls({each.code: each for each in known})

    def codes_of(self, word: str) -> tuple[str, ...]:
        """The codes that a text can mean: the code itself, else those of departments with that name."""
        return (word,) if word in self.by_code else self._by_name.get(word, ())

    def find(self, word: str | None) -> Department | None:
        """The department that a case means by a code or name; None if there is none, or several."""
        codes = self.codes_of(word) if word is not None else ()
        return self.by_code[codes[0]] if len(codes) == 1 else None

    def words_for(self, word: str) -> frozenset[str]:
        """All codes and names that cases may have for the departments of a code or name."""
        codes = self.codes_of(word)
        names = {
            self.by_code[code].name for code in codes if len(self._by_name[self.by_code[code].name]) == 1
        }
        return frozenset({word, *codes, *names})

    def that_handle(self) -> list[Department]:
        """Departments that cases can be dispatched to, by code: all but the root and closed ones."""
        return [each for code, each in sorted(self.by_code.items()) if not each.closed and code != WHOLE_CITY]


async def read_departments(connection: Connection) -> Departments:
    """The present departments, from the database."""
    return Departments.of(
        Department(
            code=row["code"],
            parent=row["parent"],
            name=row["name"],
            name_en=row["name_en"],
            closed=row["closed_at"] is not None,
        )
        for row in await connection.fetch(_SQL["departments"])
    )
