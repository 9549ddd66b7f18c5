"""Tables that a city edits, as rows of cells: read from CSV or a spreadsheet, checked, and written again.

An error names file, row and column, and what is right there. The first row has the names of the columns, in
English or in Chinese, in any order.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, TypeVar

import msgspec

from cases.errors import PolicyError

Row = TypeVar("Row", bound=msgspec.Struct)

_LONGEST: Final = 100_000
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        name: the field of the row's struct.
        chinese: its other name in the first row.
        expected: the allowed values, for errors.
        digits: whether leading zeros count; then a number cell in a spreadsheet is an error.
    """

    name: str
    chinese: str
    expected: str
    digits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """A kind of table.

    Attributes:
        name: of its file without the suffix, and of its sheet in a workbook.
        row: the struct of a row; a column whose field has a default may be empty or missing.
        columns: in the order in which they are written.
    """

    name: str
    row: type[Row]
    columns: tuple[Column, ...]

    def read(self, cells: Iterable[Sequence[str]], *, file: str) -> list[Numbered[Row]]:
        """Read rows from cells; empty rows are left out.

        Args:
            cells: the first row has the names of the columns.
            file: for errors.

        Raises:
            PolicyError: a column or a cell is wrong; the text names it.
        """
        rows = iter(cells)
        fields = self._fields(next(rows, ()), file)
        found: list[Numbered[Row]] = []
        for number, row in enumerate(rows, start=2):
            texts = [cell.strip() for cell in row]
            if not any(texts):
                continue
            if number > _LONGEST:
                raise PolicyError(f"{file}: more than {_LONGEST} rows; this is not a table of codes")
            where = f"{file}: row {number}"
            if len(texts) < len(fields) or any(texts[len(fields) :]):
                raise PolicyError(f"{where}: expected {len(fields)} columns, as in the first row")
            for field, text in zip(fields, texts, strict=False):
                if text.startswith(("=", "@")):
                    raise PolicyError(f"{where}, column {field}: a text may not begin with {text[0]}")
                if _CONTROL.search(text):
                    raise PolicyError(
                        f"{where}, column {field}: the text contains a control character; type it again"
                    )
            values = {field: text for field, text in zip(fields, texts, strict=False) if text}
            found.append(Numbered(number=number, row=self._row(values, where)))
        return found

    def read_csv(self, text: str, *, file: str) -> list[Numbered[Row]]:
        """Read rows from the text of a CSV file.

        Raises:
            PolicyError: as `read`.
        """
        first = text.lstrip("\ufeff").split("\n", 1)[0]
        delimiter = max(",;\t", key=first.count)
        try:
            return self.read(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter), file=file)
        except csv.Error as error:
            raise PolicyError(f"{file} cannot be read as CSV: {error}") from None

    def cells(self, rows: Iterable[Row], *, chinese: bool = False) -> list[list[str]]:
        """The rows as cells, preceded by the names of the columns."""
        head = [column.chinese if chinese else column.name for column in self.columns]
        return [head, *([_text(getattr(row, column.name)) for column in self.columns] for row in rows)]

    def csv(self, rows: Iterable[Row], *, chinese: bool = False) -> str:
        """The rows as the text of a CSV file."""
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(self.cells(rows, chinese=chinese))
        return written.getvalue()

    def column(self, name: str) -> Column | None:
        """The column of a cell in the first row."""
        return next((each for each in self.columns if name.strip() in {each.name, each.chinese}), None)

    def names(self, head: Sequence[str]) -> bool:
        """Whether these are the columns of this table."""
        try:
            self._fields(head, self.name)
        except PolicyError:
            return False
        return True

    def _fields(self, head: Sequence[str], file: str) -> list[str]:
        known = {name: column.name for column in self.columns for name in (column.name, column.chinese)}
        texts = [cell.strip() for cell in head]
        while texts and not texts[-1]:
            del texts[-1]
        fields = [known.get(text) for text in texts]
        right = ",".join(column.name for column in self.columns)
        for text, field in zip(texts, fields, strict=True):
            if field is None:
                raise PolicyError(f"{file}: row 1: {text!r} is not a column; the columns are {right}")
            if fields.count(field) > 1:
                raise PolicyError(f"{file}: row 1: column {field} is repeated")
        for needed in msgspec.structs.fields(self.row):
            if needed.required and needed.name not in fields:
                raise PolicyError(f"{file}: row 1: column {needed.name} is missing; the columns are {right}")
        return [field for field in fields if field is not None]

    def _row(self, values: Mapping[str, str], where: str) -> Row:
        try:
            return msgspec.convert(values, self.row, strict=False)
        except msgspec.ValidationError as error:
            name = _column(str(error))
        for column in self.columns:
            if column.name == name:
                said = repr(values[name]) if name in values else "an empty cell"
                raise PolicyError(f"{where}, column {name}: {said} is not right; expected {column.expected}")
        raise AssertionError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Generic[Row]):
    """A row and its number in the file, from 2, because the first row has the names of the columns."""

    number: int
    row: Row


def refuse_overlaps(
    rows: Iterable[Numbered[Row]],
    *,
    file: str,
    key: Callable[[Row], tuple[str, ...]],
    period: Callable[[Row], tuple[date, date]],
) -> None:
    """Refuse two rows with the same key that are valid on the same day.

    Args:
        rows: of the table.
        file: for errors.
        key: identifies a row at any one time.
        period: the first and the last day on which a row is valid.

    Raises:
        PolicyError: with the numbers of both rows.
    """
    known: dict[tuple[str, ...], list[Numbered[Row]]] = {}
    for numbered in rows:
        first, last = period(numbered.row)
        where = f"{file}: row {numbered.number}"
        if last < first:
            raise PolicyError(f"{where}, column valid_to: {last} is before valid_from; expected a later day")
        for other in known.setdefault(key(numbered.row), []):
            other_first, other_last = period(other.row)
            if first <= other_last and other_first <= last:
                raise PolicyError(
                    f"{where}: {' '.join(key(numbered.row))} is in row {other.number} already for the "
                    "same days; end that row with valid_to, or remove one"
                )
        known[key(numbered.row)].append(numbered)


def _column(error: str) -> str:
    """The field in msgspec's error: in the path at the end, or in quotes if it is missing."""
    _, _, path = error.rpartition("`$.")
    return path.rstrip("`") if "`$." in error else error.split("`")[1]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
