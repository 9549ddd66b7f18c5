"""Tables of a city as spreadsheets (XLSX, also XLS and ODS when read): one sheet for each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import python_calamine
import xlsxwriter  # type: ignore[import-untyped]

from cases.table import Table
from deploy.errors import DeployError

ENDINGS: Final = (".xlsx", ".xls", ".ods")
_LARGEST: Final = 32 * 1024 * 1024
_WIDEST: Final = 50


def read_sheets(file: Path, tables: Sequence[Table[Any]]) -> dict[str, tuple[str, list[list[str]]]]:
    """The cells of a workbook's sheets that are our tables, recognised by the sheet's name or its first row.

    Args:
        file: a workbook.
        tables: the known tables.

    Returns:
        By the name of the table: the sheet's name for errors, and its cells as text.

    Raises:
        DeployError: the file is not a workbook, no sheet is a known table, or a code is a number in it.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise DeployError(f"{file} is larger than {_LARGEST // 2**20} MiB; this is not a table of codes")
        with python_calamine.load_workbook(file) as workbook:
            sheets = {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    except (OSError, python_calamine.CalamineError) as error:
        raise DeployError(f"{file} cannot be read as a spreadsheet ({error}); save it as XLSX") from None
    found: dict[str, tuple[str, list[list[str]]]] = {}
    for name, rows in sheets.items():
        head = [_text(cell) for cell in rows[0]] if rows else []
        for table in tables:
            if table.name not in found and (table.name == name or table.names(head)):
                shown = f"{file}, sheet {name}"
                _refuse_numbers(table, head, rows, shown)
                found[table.name] = (shown, [[_text(cell) for cell in row] for row in rows])
    if not found:
        known = ", ".join(table.name for table in tables)
        raise DeployError(f"{file}: none of its sheets is a table of codes; name a sheet {known}")
    return found


def write_sheets(file: Path, tables: Mapping[str, list[list[str]]]) -> None:
    """Write a workbook with a sheet for each table; all cells are text, so that leading zeros stay.

    Args:
        file: an existing file is replaced.
        tables: the rows of each; the first row has the column names.

    Raises:
        DeployError: the file cannot be written.
    """
    workbook = xlsxwriter.Workbook(str(file))
    head = workbook.add_format({"bold": True, "num_format": "@", "bottom": 1})
    body = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for name, rows in tables.items():
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, head if number == 0 else body)
        for column, cells in enumerate(zip(*rows, strict=True)):
            sheet.set_column(column, column, min(_WIDEST, 3 + max(map(_width, cells))), body)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
    try:
        workbook.close()
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise DeployError(f"{file} cannot be written ({error})") from None


def _refuse_numbers(
    table: Table[Any], head: Sequence[str], rows: Sequence[Sequence[Any]], shown: str
) -> None:
    for place, name in enumerate(head):
        column = table.column(name)
        if column is None or not column.digits:
            continue
        for number, row in enumerate(rows[1:], start=2):
            if place < len(row) and isinstance(row[place], int | float):
                raise DeployError(
                    f"{shown}: row {number}, column {column.name}: {_text(row[place])} is a number there and "
                    "may have lost zeros in front; format the column as text, and write the code again"
                )


def _text(cell: Any) -> str:
    match cell:
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case float():
            return f"{cell:g}"
        case _:
            return str(cell)


def _width(text: str) -> int:
    """The approximate width of a text in columns; a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)  # noqa: PLR2004 the first of CJK
