"""The city's departments, by the codes and names that cases and people use.

The departments are in the tree of departments. A case has the code of its department; an older case has the
name that the department had in the case policy, and keeps it when the department is renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from cases.dispatch import Department as PolicyDepartment
from store.connection import Connection
from store.people import WHOLE_CITY, Department
from store.queries import load

_SQL = load("people")


@dataclass(frozen=True, slots=True)
class Departments:
    """All departments, including closed ones.

    Args:
        by_code: the departments by code.
        former: codes by each name that departments had before.
    """

    by_code: Mapping[str, Department]
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
        """The codes that a text can mean: the code itself, else those of departments with that name.

        A name that no department has now means those that had it before.
        """
        return (word,) if word in self.by_code else self._by_name.get(word, self.former.get(word, ()))

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
        before = {
            name
            for name, had in self.former.items()
            if len(had) == 1 and had[0] in codes and name not in self._by_name
        }
        return frozenset({word, *codes, *names, *before})

    def that_handle(self) -> list[Department]:
        """Departments that cases can be dispatched to, by code: all but the root and closed ones."""
        return [each for code, each in sorted(self.by_code.items()) if not each.closed and code != WHOLE_CITY]

    def finder(self, of_policy: Iterable[PolicyDepartment]) -> Callable[[str], str | None]:
        """A function that finds the code of an open department by a code or name.

        Args:
            of_policy: the departments of the case policy. The tree may lack one until the center has started;
                it is then found by the code, or without a code by the name, that the policy has for it.
        """
        not_yet = {each.code or each.name for each in of_policy}

        def find(word: str) -> str | None:
            codes = self.codes_of(word)
            if not codes:
                return word if word in not_yet else None
            open_ones = [code for code in codes if not self.by_code[code].closed and code != WHOLE_CITY]
            return open_ones[0] if len(open_ones) == 1 else None

        return find


async def read_departments(connection: Connection) -> Departments:
    """The present departments, from the database."""
    known: dict[str, Department] = {}
    former: dict[str, tuple[str, ...]] = {}
    for row in await connection.fetch(_SQL["departments_with_former_names"]):
        known[row["code"]] = Department(
            code=row["code"],
            parent=row["parent"],
            name=row["name"],
            name_en=row["name_en"],
            closed=row["closed_at"] is not None,
        )
        for name in row["former"]:
            former[name] = (*former.get(name, ()), row["code"])
    return Departments(known, former)
