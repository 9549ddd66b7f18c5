"""Conditions of codes (立案条件): when a case is opened, how long handling may take, when it may be closed.

A code has several conditions, each with its own limit. They change over the years, so each row is valid from
one day to another. A case keeps the condition and the limit with which it was opened. A row for a class (2
digits), or for `*`, is the default for every code below it that has no row of its own on that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Final, Self

import msgspec

from cases.clocks import Clock, Limit
from cases.codes import Category, CodeSet, CodeTable, prefixes
from cases.errors import PolicyError
from cases.table import Column, Numbered, Table, refuse_overlaps

EVERY: Final = "*"
_Text = Annotated[str, msgspec.Meta(max_length=500)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition of a code, on the days on which it is valid.

    Attributes:
        code: 2 to 6 digits; `*` for every code of the category.
        condition: its key within the code; cases keep it.
        valid_from: the first day.
        valid_to: the last day; None if no end is known.
        name: in words; `name_en` in English.
        limit: the time for handling, on the clock `clock`.
        closing: when a case may be closed (结案条件); `closing_en` in English.
        supervising: the body that oversees (主管部门).
        responsible: the body that handles (责任单位); if it is a department, it is proposed for dispatch.
        legal_basis: the rule that makes it a case.
        report_needs: what a report must show.
    """

    code_set: CodeSet
    category: Category
    code: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{2,6}|\*)$")]
    condition: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,20}$")]
    valid_from: date
    valid_to: date | None = None
    name: _Name
    name_en: _Name
    limit: Annotated[float, msgspec.Meta(gt=0, le=10_000)]
    clock: Clock
    closing: _Name
    closing_en: _Name
    supervising: _Text = ""
    responsible: _Text = ""
    legal_basis: _Text = ""
    report_needs: _Text = ""
    report_needs_en: _Text = ""

    @property
    def time(self) -> Limit:
        """The time for handling."""
        return Limit(amount=self.limit, clock=self.clock)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day on which it is valid."""
        return self.valid_from, self.valid_to or date.max

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Identifies the condition; no two rows may have the same key on one day."""
        return self.code_set, self.category, self.code, self.condition


_TEXT: Final = "a text of at most 500 characters, or nothing"
_WORDS: Final = "a text of at most 200 characters"

CONDITIONS: Final = Table(
    name="conditions",
    row=Condition,
    columns=(
        Column(name="code_set", chinese="代码集", expected="the name of a list, such as A"),
        Column(name="category", chinese="类别", expected="component, event or service"),
        Column(
            name="code",
            chinese="代码",
            expected="2 to 6 digits (in a spreadsheet, format the column as text), or * for every code",
            digits=True,
        ),
        Column(
            name="condition", chinese="立案条件编号", expected="1 to 20 letters, digits, _ or -, such as 1"
        ),
        Column(name="valid_from", chinese="启用日期", expected="a day such as 2027-01-01"),
        Column(name="valid_to", chinese="停用日期", expected="a day such as 2027-12-31, or nothing"),
        Column(name="name", chinese="立案条件", expected=_WORDS),
        Column(name="name_en", chinese="立案条件(英文)", expected=_WORDS),
        Column(name="limit", chinese="处置时限", expected="a number above 0, at most 10000"),
        Column(
            name="clock",
            chinese="计时单位",
            expected="urgent_hour, working_hour, working_day or calendar_day",
        ),
        Column(name="closing", chinese="结案条件", expected=_WORDS),
        Column(name="closing_en", chinese="结案条件(英文)", expected=_WORDS),
        Column(name="supervising", chinese="主管部门", expected=_TEXT),
        Column(name="responsible", chinese="责任单位", expected=_TEXT),
        Column(name="legal_basis", chinese="法律依据", expected=_TEXT),
        Column(name="report_needs", chinese="采集要求", expected=_TEXT),
        Column(name="report_needs_en", chinese="采集要求(英文)", expected=_TEXT),
    ),
)


def default_condition(code_set: str, category: Category, time: Limit) -> Condition:
    """The condition for codes that the table does not have, with a limit of the policy."""
    return Condition(
        code_set=code_set,
        category=category,
        code=EVERY,
        condition="default",
        valid_from=date.min,
        name="该代码未规定立案条件(默认)",
        name_en="No condition is given for this code (default)",
        limit=time.amount,
        clock=time.clock,
        closing="已处置",
        closing_en="Dealt with",
    )


class ConditionTable:
    """The conditions of all codes.

    Args:
        conditions: their rows, in order.
    """

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self.rows = tuple(conditions)
        self._by_code: dict[tuple[str, Category, str], list[Condition]] = {}
        for row in self.rows:
            self._by_code.setdefault((row.code_set, row.category, row.code), []).append(row)

    @classmethod
    def of(
        cls, rows: Iterable[Numbered[Condition]], *, codes: CodeTable, file: str, shipped: bool = False
    ) -> Self:
        """Make the table from the rows of a file.

        Args:
            rows: of the file.
            codes: the lists.
            file: for errors.
            shipped: whether it is the file that comes with Streetwarden; rows of it whose codes the city's
                lists do not have are left out.

        Raises:
            PolicyError: a code is not in the lists, two rows are valid on the same days, or a category of a
                list has no default.
        """
        found = list(rows)
        sets = {(code.code_set, code.category) for code in codes.rows}
        for numbered in found:
            row = numbered.row
            known = (
                (row.code_set, row.category) in sets
                if row.code == EVERY
                else codes.find(row.code_set, row.category, row.code) is not None
            )
            if not known and not shipped:
                raise PolicyError(
                    f"{file}: row {numbered.number}, column code: set {row.code_set} has no {row.category} "
                    f"{row.code}; add it to codes.csv, or correct the row"
                )
        refuse_overlaps(found, file=file, key=lambda row: row.key, period=lambda row: row.days)
        table = cls(numbered.row for numbered in found)
        for code_set, category in sorted(sets) if not shipped else ():
            if not any(row.valid_to is None for row in table._by_code.get((code_set, category, EVERY), ())):
                raise PolicyError(
                    f"{file}: set {code_set} has no default for category {category}; add a row whose "
                    "code is * and whose valid_to is empty"
                )
        return table

    def of_code(self, code_set: str, category: Category, code: str, on: date) -> tuple[Condition, ...]:
        """The conditions of a code on a day, in the order of the table.

        They are its own, else those of the longest prefix that has any; none if the list has no default.
        """
        for known in (*prefixes(code), EVERY):
            rows = self._by_code.get((code_set, category, known), ())
            found = tuple(row for row in rows if row.days[0] <= on <= row.days[1])
            if found:
                return found
        return ()

    def ever(self, code_set: str, category: Category, code: str) -> tuple[str, ...]:
        """The keys of all conditions that a code has or had, on any day."""
        for known in (*prefixes(code), EVERY):
            rows = self._by_code.get((code_set, category, known), ())
            if rows:
                return tuple(dict.fromkeys(row.condition for row in rows))
        return ()

    def changed_past(self, newer: ConditionTable, today: date) -> Iterator[tuple[Condition, str]]:
        """Present and past rows that a newer table would change, each with the fault in words.

        Cases were opened with them. Only their end may change, to no day before today.
        """
        theirs = {(row.key, row.valid_from): row for row in newer.rows}
        for row in self.rows:
            if row.valid_from > today:
                continue
            new = theirs.get((row.key, row.valid_from))
            if new is None:
                yield row, "is gone; end it with valid_to instead"
            elif msgspec.structs.replace(new, valid_to=row.valid_to) != row:
                yield row, "is different; end it with valid_to, and add a row that is valid from then on"
            elif new.valid_to != row.valid_to and min(new.days[1], row.days[1]) < today:
                yield row, f"ended or would end before today, {today}; its end cannot be moved"
