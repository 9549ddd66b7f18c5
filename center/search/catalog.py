"""The search's entries that need no database: codes, conditions, laws and the units of conditions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from cases import CasePolicy, Category
from cases.clocks import Clock
from cases.codes import CLASS_DIGITS, Code
from cases.conditions import EVERY, Condition
from center.search.models import SearchHit, SearchKind
from store.approximate import likeness

_MAX_CODES_NAMED: Final = 6
_CLOCKS: Final = {
    Clock.URGENT_HOUR: ("紧急工作时", "urgent hours"),
    Clock.WORKING_HOUR: ("工作时", "working hours"),
    Clock.WORKING_DAY: ("工作日", "working days"),
    Clock.CALENDAR_DAY: ("日", "calendar days"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: what is shown, and the texts that are searched, in lower case.

    Attributes:
        number: a code that may be written in part from its beginning; empty if it has none.
    """

    hit: SearchHit
    text: str
    number: str = ""

    def likeness(self, words: Sequence[str]) -> float:
        """How well it has all words: 1 if each is in it as written, 0 if one is not even like it."""
        return min(
            (
                1.0
                if self.number and word.isdigit() and self.number.startswith(word)
                else likeness(word, self.text)
                for word in words
            ),
            default=0.0,
        )


@dataclass(frozen=True, slots=True)
class Names:
    """A word's incident types and codes, by their names: as in `store.case_filter.Word`."""

    types: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All entries of one policy on one day."""

    policy: CasePolicy
    today: date
    entries: tuple[Entry, ...] = field(repr=False)

    @classmethod
    def of(cls, policy: CasePolicy, today: date) -> Catalog:
        """The entries of a policy; conditions that are not valid on that day are left out."""
        conditions = [row for row in policy.conditions.rows if row.days[0] <= today <= row.days[1]]
        codes = [row for row in policy.codes.rows if row.days[0] <= today <= row.days[1]]
        entries = (
            *(_code(row, policy) for row in codes),
            *(_condition(row, policy) for row in conditions),
            *_laws(conditions, policy),
            *_units(conditions, policy),
        )
        return cls(policy=policy, today=today, entries=entries)

    def names(self, word: str, *, approximate: bool) -> Names:
        """The incident types and codes whose names have a word, or one that is like it."""
        types = tuple(
            name
            for name, rule in self.policy.rules.items()
            if _fits(word, f"{rule.title} {rule.title_en}".lower(), approximate=approximate)
        )
        codes = self.policy.codes.where_name(lambda name: _fits(word, name, approximate=approximate))
        return Names(types=types, codes=codes)


def _fits(word: str, name: str, *, approximate: bool) -> bool:
    return likeness(word, name) > 0 if approximate else word in name


def _code(row: Code, policy: CasePolicy) -> Entry:
    of_class = policy.codes.name(row.code_set, row.category, row.code[:CLASS_DIGITS])
    is_class = len(row.code) == CLASS_DIGITS
    return Entry(
        hit=SearchHit(
            kind=SearchKind.CODE,
            key=f"{row.code_set}/{row.category}/{row.code}",
            name=row.name,
            name_en=row.name_en,
            about=None if is_class else of_class.name,
            about_en=None if is_class else of_class.name_en,
        ),
        text=f"{row.name} {row.name_en} {row.code}".lower(),
        number=row.code,
    )


def _condition(row: Condition, policy: CasePolicy) -> Entry:
    code, code_en = _code_name(row, policy)
    clock, clock_en = _CLOCKS[row.clock]
    return Entry(
        hit=SearchHit(
            kind=SearchKind.CODE,
            key=f"{row.code_set}/{row.category}/{row.code}/{row.condition}",
            name=row.name,
            name_en=row.name_en,
            about=f"{code}:{row.limit:g} {clock},{row.closing}",
            about_en=f"{code_en}: {row.limit:g} {clock_en}, {row.closing_en}",
        ),
        text=f"{row.name} {row.name_en} {code} {code_en} {row.supervising} {row.responsible}".lower(),
        number=row.code if row.code != EVERY else "",
    )


def _laws(conditions: Iterable[Condition], policy: CasePolicy) -> Iterator[Entry]:
    for law, rows in _by((row.legal_basis, row) for row in conditions if row.legal_basis):
        about, about_en = _codes_named(rows, policy)
        yield Entry(
            hit=SearchHit(
                kind=SearchKind.LAW, key=law, name=law, name_en=None, about=about, about_en=about_en
            ),
            text=f"{law} {about} {about_en}".lower(),
        )


def _units(conditions: Iterable[Condition], policy: CasePolicy) -> Iterator[Entry]:
    """The bodies that conditions name as responsible or supervising, which may be no departments of ours."""
    named = ((unit, row) for row in conditions for unit in {row.responsible, row.supervising} if unit)
    for unit, rows in _by(named):
        about, about_en = _codes_named(rows, policy)
        yield Entry(
            hit=SearchHit(
                kind=SearchKind.UNIT, key=unit, name=unit, name_en=None, about=about, about_en=about_en
            ),
            text=f"{unit} {about} {about_en}".lower(),
        )


def _by(pairs: Iterable[tuple[str, Condition]]) -> Iterable[tuple[str, list[Condition]]]:
    found: dict[str, list[Condition]] = {}
    for name, row in pairs:
        found.setdefault(name, []).append(row)
    return found.items()


def _codes_named(rows: Iterable[Condition], policy: CasePolicy) -> tuple[str, str]:
    names = list(dict.fromkeys(_code_name(row, policy) for row in rows))
    shown, rest = names[:_MAX_CODES_NAMED], len(names) - _MAX_CODES_NAMED
    return (
        "、".join(name for name, _ in shown) + (f"等 {len(names)} 项" if rest > 0 else ""),
        ", ".join(name for _, name in shown) + (f" and {rest} more" if rest > 0 else ""),
    )


def _code_name(row: Condition, policy: CasePolicy) -> tuple[str, str]:
    if row.code == EVERY:
        return {
            Category.COMPONENT: ("部件", "Components"),
            Category.EVENT: ("事件", "Events"),
            Category.SERVICE: ("服务", "Services"),
        }[row.category]
    named = policy.codes.name(row.code_set, row.category, row.code)
    return named.name, named.name_en
