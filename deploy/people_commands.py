"""`streetwarden people import | export`: departments, persons, accounts and duty as CSV files."""

from __future__ import annotations

import asyncio
import csv
import getpass
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import click

from deploy.database_option import database_option
from deploy.errors import DeployError
from deploy.people_tables import TABLES, Cells, PeopleTable, text_of
from store import audit
from store.connection import Connection, open_connection
from store.errors import PeopleError
from store.migrate import require_current

_LARGEST: Final = 32 * 1024 * 1024
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_FORMULA: Final = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for a formula; export puts an apostrophe in front, and import removes it."""


_REFUSED: Final = (PeopleError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


@click.group()
def people() -> None:
    """Departments, persons, accounts and duty, many at once."""


@people.command(name="export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@database_option
def export_command(*, folder: Path, database_url: str) -> None:
    """Write departments.csv, persons.csv, accounts.csv and duty.csv to FOLDER, without passwords."""
    folder.mkdir(parents=True, exist_ok=True)

    async def run() -> None:
        connection = await open_connection(database_url, application="streetwarden people")
        try:
            await require_current(connection)
            for table in TABLES:
                lines = [[_shown(cell) for cell in row.values()] for row in await _there(connection, table)]
                (folder / f"{table.name}.csv").write_text(_csv([table.columns, *lines]), "utf-8-sig")
                click.echo(f"{folder / table.name}.csv: {len(lines)} rows")
        finally:
            await connection.close()

    asyncio.run(run())


@people.command(name="import")
@click.argument(
    "sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--dry-run", is_flag=True, help="Check and say what would be refused; write nothing.")
@database_option
def import_command(*, sources: tuple[Path, ...], dry_run: bool, database_url: str) -> None:
    """Take in rows from SOURCES: departments.csv, persons.csv, accounts.csv, duty.csv, in UTF-8 or GB 18030.

    Each row adds something or changes what has its key; nothing is removed, and a column that a file lacks
    stays as it is. A row that is wrong is reported with its file, its number and the reason, and the others
    are taken in. Ends with 1 if any was refused.
    """
    given = [(table, file, _read(table, file)) for table, file in _named(sources)]
    refused = asyncio.run(_take_in(database_url, given, dry_run=dry_run))
    if dry_run:
        click.echo("nothing was written")
    if refused:
        raise SystemExit(1)


async def _take_in(
    url: str, given: Sequence[tuple[PeopleTable, Path, list[tuple[int, Cells]]]], *, dry_run: bool
) -> int:
    """Take in all rows in one transaction; how many were refused."""
    connection = await open_connection(url, application="streetwarden people")
    refused = 0
    try:
        await require_current(connection)
        whole = connection.transaction()
        await whole.start()
        for table, file, rows in given:
            taken = same = 0
            key, empty = table.columns[0], dict.fromkeys(table.columns, "")
            known = {row[key]: row for row in await _there(connection, table)} if table.keyed else {}
            for number, given_cells in rows:
                cells = {**empty, **known.get(given_cells[key], {}), **given_cells}
                try:
                    async with connection.transaction():
                        written = await table.write(connection, cells)
                except _REFUSED as error:
                    click.echo(f"{file}: row {number}: refused: {error}", err=True)
                    refused += 1
                else:
                    taken, same = taken + written, same + (not written)
            click.echo(
                f"{file}: {taken} rows taken in, {same} were there already, "
                f"{len(rows) - taken - same} refused"
            )
            if taken:
                await _note(connection, table, file, taken)
        await (whole.rollback() if dry_run else whole.commit())
    finally:
        await connection.close()
    return refused


async def _there(connection: Connection, table: PeopleTable) -> list[dict[str, str]]:
    """What is there, as cells by column."""
    return [
        {column: text_of(row[column]) for column in table.columns}
        for row in await connection.fetch(table.rows)
    ]


async def _note(connection: Connection, table: PeopleTable, file: Path, rows: int) -> None:
    await audit.note(
        connection,
        login=f"system/{getpass.getuser()}",
        action="duty.administer" if table.name == "duty" else "people.administer",
        subject=f"import/{table.name}",
        detail={"file": file.name, "rows": rows},
    )


def _named(sources: Sequence[Path]) -> list[tuple[PeopleTable, Path]]:
    """The files by their tables, in the order in which tables build on each other."""
    by_name = {table.name: table for table in TABLES}
    for file in sources:
        if file.stem not in by_name:
            raise DeployError(f"{file} is none of {', '.join(f'{name}.csv' for name in by_name)}; name it so")
    return sorted(((by_name[file.stem], file) for file in sources), key=lambda each: TABLES.index(each[0]))


def _read(table: PeopleTable, file: Path) -> list[tuple[int, Cells]]:
    """The rows of a file with their numbers: the cells of the columns that it has.

    Raises:
        DeployError: the file cannot be read, or has a column that the table does not have.
    """
    rows = csv.reader(io.StringIO(_text(file)))
    head = [cell.strip() for cell in next(rows, [])]
    strange = [name for name in head if name not in table.columns]
    if strange or table.columns[0] not in head or len(set(head)) != len(head):
        raise DeployError(
            f"{file}: the first row must name the columns {', '.join(table.columns)}"
            + (f"; {strange[0]!r} is none of them" if strange else "")
        )
    found: list[tuple[int, Cells]] = []
    for number, row in enumerate(rows, start=2):
        cells = [_plain(cell.strip()) for cell in row]
        if any(cells):
            found.append((number, dict.fromkeys(head, "") | dict(zip(head, cells, strict=False))))
    return found


def _text(file: Path) -> str:
    if file.stat().st_size > _LARGEST:
        raise DeployError(f"{file} is larger than {_LARGEST // 2**20} MiB; this is not a table of people")
    data = file.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DeployError(f"{file} is neither UTF-8 nor GB 18030; save it as CSV UTF-8")


def _csv(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _shown(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text
