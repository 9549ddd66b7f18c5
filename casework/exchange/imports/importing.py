"""Takes the rows of a list into the database: all of them, or none; every refused row is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from casework.exchange.imports.sandbox import PLACE_COLUMNS, ImportFileError, ReadRow, Sheet
from casework.exchange.imports.tables import CellError, ImportTable, checked
from store.connection import Connection
from store.errors import PeopleError
from store.people import Department, set_department
from store.queries import load

_SQL = load("imports")
_SHOWN: Final = 60
_MAX_UNITS: Final = 5000


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A refused row.

    Attributes:
        row: as a spreadsheet counts (the names of the columns are row 1); of map files, the feature from 1.
        column: null if it concerns the whole row.
        value: the beginning of the cell.
        reason: what is wrong, and what is right there.
    """

    row: int
    column: str | None
    value: str
    reason: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an import.

    Attributes:
        rows: in the file.
        added: rows of it that are new; `changed` and `unchanged` likewise.
        written: whether anything was written: not in a dry run, nor if rows were refused and none may be.
        ignored_columns: columns of the file that the list does not have.
    """

    table: str
    rows: int
    added: int
    changed: int
    unchanged: int
    refused: list[Refused]
    written: bool
    ignored_columns: list[str]


class _RollBack(Exception):  # noqa: N818 (it is no error)
    """Ends a transaction that is not to be kept."""


def _keep(written: bool) -> None:  # noqa: FBT001 (says it)
    if not written:
        raise _RollBack


_Good = list[tuple[ReadRow, dict[str, str | None]]]


async def import_table(
    connection: Connection,
    table: ImportTable,
    sheet: Sheet,
    *,
    code_set: str = "A",
    dry_run: bool = False,
    skip_refused: bool = False,
) -> Imported:
    """Take a list in, in one transaction. Rows change what has their key; nothing is removed.

    Args:
        connection: in any state.
        table: the list.
        sheet: the rows.
        code_set: of components whose row names none.
        dry_run: decide everything as in earnest, and write nothing.
        skip_refused: write the other rows although some are refused.

    Raises:
        ImportFileError: a needed column is missing, or stands there twice.
    """
    names, ignored = _columns(table, sheet.head)
    refused: list[Refused] = []
    good = _checked(table, sheet, names, refused, code_set)
    counts, written = (0, 0, 0), False
    try:
        async with connection.transaction():
            match table.name:
                case "components":
                    counts = await _components(connection, good)
                case "units":
                    counts = await _units(connection, good, refused)
                case _:
                    counts = await _responsibility(connection, good, refused)
            written = any(counts[:2]) and not dry_run and (skip_refused or not refused)
            _keep(written)
    except _RollBack:
        pass
    return Imported(
        table=table.name,
        rows=len(sheet.rows),
        added=counts[0],
        changed=counts[1],
        unchanged=counts[2],
        refused=sorted(refused, key=lambda each: each.row),
        written=written,
        ignored_columns=ignored,
    )


def _columns(table: ImportTable, head: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """The columns of the list by their place in the file, and the names of the others."""
    found: dict[int, str] = {}
    ignored = []
    for place, said in enumerate(head):
        wanted = said.strip().lower()
        for column in table.columns:
            if wanted in {name.lower() for name in (column.name, *column.others)}:
                if column.name in found.values():
                    raise ImportFileError(f"column {column.name} stands there twice (again as {said!r})")
                found[place] = column.name
                break
        else:
            if wanted not in PLACE_COLUMNS:
                ignored.append(said)
    for column in table.columns:
        if column.needed and column.name not in found.values():
            names = ", ".join((column.name, *column.others))
            raise ImportFileError(f"there is no column {column.name}; name one of the columns {names}")
    return found, ignored


def _checked(
    table: ImportTable, sheet: Sheet, names: Mapping[int, str], refused: list[Refused], code_set: str
) -> _Good:
    good: _Good = []
    first: dict[str | None, int] = {}
    for row in sheet.rows:
        cells = {name: row.cells[place] for place, name in names.items()}
        try:
            values = _values(table, row, cells, first, code_set)
        except CellError as error:
            refused.append(_refusal(row, error.column, cells.get(error.column, ""), str(error)))
        else:
            good.append((row, values))
    return good


def _values(
    table: ImportTable,
    row: ReadRow,
    cells: Mapping[str, str],
    first: dict[str | None, int],
    code_set: str,
) -> dict[str, str | None]:
    values = checked(table, cells, code_set=code_set)
    if table.place and row.place is None:
        raise CellError("place", row.fault or "there is no place; give columns lon and lat, or a map file")
    again = first.setdefault(values[table.key], row.number)
    if again != row.number:
        raise CellError(table.key, f"row {again} has the same")
    return values


async def _components(connection: Connection, good: _Good) -> tuple[int, int, int]:
    fields = ("code", "code_set", "class", "name", "name_en", "owner")
    await connection.execute(load("city")["lock_city"])
    row = await connection.fetchrow(
        _SQL["put_components"],
        *([values[name] for _, values in good] for name in fields),
        [row.place[0] for row, _ in good if row.place is not None],
        [row.place[1] for row, _ in good if row.place is not None],
    )
    assert row is not None
    if row["added"] or row["changed"]:
        await connection.execute(load("city")["layer_is_imported"], "components")
    return row["added"], row["changed"], len(good) - row["added"] - row["changed"]


async def _responsibility(
    connection: Connection, good: _Good, refused: list[Refused]
) -> tuple[int, int, int]:
    codes = [values["code"] for _, values in good]
    known = {row["code"] for row in await connection.fetch(_SQL["known_components"], codes)}
    missing = [(row, values) for row, values in good if values["code"] not in known]
    refused += [
        _refusal(row, "code", values["code"] or "", "there is no such component; import the components first")
        for row, values in missing
    ]
    changed: int = await connection.fetchval(
        _SQL["put_owners"], codes, [values["owner"] for _, values in good]
    )
    return 0, changed, len(good) - len(missing) - changed


async def _units(connection: Connection, good: _Good, refused: list[Refused]) -> tuple[int, int, int]:
    """Departments of the tree; those above come first, whatever the order of the rows."""
    present = {
        row["code"]: (row["parent"], row["name"], row["name_en"])
        for row in await connection.fetch(load("people")["departments"])
    }
    if len(good) > _MAX_UNITS:
        raise ImportFileError(f"it has more than {_MAX_UNITS} units; import them in parts")
    above = {str(values["code"]): values["parent"] for _, values in good}
    added = changed = unchanged = 0
    for row, values in sorted(good, key=lambda each: _depth(str(each[1]["code"]), above)):
        code, before = str(values["code"]), present.get(str(values["code"]))
        parent = values["parent"] if values["parent"] is not None or before is None else before[0]
        wanted = Department(
            code=code, parent=parent, name=str(values["name"]), name_en=str(values["name_en"])
        )
        if before == (wanted.parent, wanted.name, wanted.name_en):
            unchanged += 1
            continue
        try:
            await set_department(connection, wanted)
        except PeopleError as error:
            column = "parent" if "parent" in str(error) else "code"
            refused.append(_refusal(row, column, values[column] or "", str(error)))
            continue
        added, changed = added + (before is None), changed + (before is not None)
    return added, changed, unchanged


def _depth(code: str, above: Mapping[str, str | None]) -> int:
    """How many units of the file are above one; those that form a circle end somewhere."""
    seen = {code}
    parent = above.get(code)
    while parent is not None and parent in above and parent not in seen:
        seen.add(parent)
        parent = above[parent]
    return len(seen)


def _refusal(row: ReadRow, column: str | None, value: Any, reason: str) -> Refused:
    return Refused(row=row.number, column=column, value=str(value)[:_SHOWN], reason=reason)
