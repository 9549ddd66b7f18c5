"""`streetwarden codes …`: imports and exports codes, conditions and dispatch rules as spreadsheets."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from cases import CasePolicy, PolicyError
from cases.codes import CLASS_DIGITS, CODES
from cases.conditions import CONDITIONS, ConditionTable
from cases.dispatch import RULES
from cases.policy_files import POLICY_FILES, PolicyFile, policy_file
from cases.table import Table
from deploy.errors import DeployError
from deploy.spreadsheets import ENDINGS, read_sheets, write_sheets

_TABLES: Final[tuple[Table[Any], ...]] = (CODES, CONDITIONS, RULES)

_folder = click.option(
    "--folder",
    envvar="STREETWARDEN_INGEST_CASES_FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the case policy, as in cases.folder of the settings; default: the shipped one.",
)


@click.group()
def codes() -> None:
    """Codes with their conditions, and the dispatch rules that propose departments."""


@codes.command(name="check")
@_folder
def check_command(*, folder: Path | None) -> None:
    """Read the case policy with all its tables, and print a summary and warnings."""
    policy = _policy(_files(folder), folder)
    for line in _summary(policy, datetime.now(UTC)):
        click.echo(line)


@codes.command(name="export")
@click.argument("target", type=click.Path(path_type=Path))
@_folder
@click.option("--chinese", is_flag=True, help="Name the columns in Chinese.")
def export_command(*, target: Path, folder: Path | None, chinese: bool) -> None:
    """Write the tables to TARGET: a workbook if it ends in .xlsx, else a folder of CSV files."""
    cells = {
        table.name: table.cells(rows, chinese=chinese)
        for table, rows in _rows(_policy(_files(folder), folder)).items()
    }
    if target.suffix == ".xlsx":
        write_sheets(target, cells)
        click.echo(f"{target}: {_counted(cells)}")
        return
    if target.suffix:
        raise DeployError(f"{target} is neither a .xlsx file nor a folder; give one of them")
    target.mkdir(parents=True, exist_ok=True)
    for name, rows in cells.items():
        (target / f"{name}.csv").write_text(_csv(rows), encoding="utf-8-sig")
    click.echo(f"{target}: {_counted(cells)}")


@codes.command(name="import")
@click.argument(
    "sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@_folder
@click.option("--dry-run", is_flag=True, help="Check and print the changes; write nothing.")
@click.option(
    "--correct",
    is_flag=True,
    help="Correct a mistake: also change or remove conditions that are or were valid; cases keep their "
    "limits.",
)
def import_command(*, sources: tuple[Path, ...], folder: Path | None, dry_run: bool, correct: bool) -> None:
    """Import tables from SOURCES into the folder of the case policy.

    SOURCES are workbooks (.xlsx, .xls, .ods; a sheet for each table) or CSV files, in UTF-8 or GB 18030. Each
    imported table replaces that of the folder. All tables are checked together before any is written.
    """
    if folder is None:
        raise DeployError(
            "import needs --folder: the folder of the case policy, as in cases.folder of the settings"
        )
    before = _files(folder)
    given = dict(_given(sources))
    policy = _policy(before | given, folder)
    for code in policy.codes.without_class():
        raise DeployError(
            f"{given.get('codes.csv', before['codes.csv']).shown}, column code: {code.code} belongs to class "
            f"{code.code[:2]}, which set {code.code_set} does not have; add the class, or the zeros in front"
        )
    if not correct and not before["conditions.csv"].shipped:
        _refuse_changed_past(_policy(before, folder).conditions, policy)
    rows = {f"{table.name}.csv": table.csv(rows) for table, rows in _rows(policy).items()}
    written = {name: text for name, text in rows.items() if name in given}
    for name, text in written.items():
        click.echo(_difference(name, "" if before[name].shipped else before[name].text, text))
    if dry_run:
        click.echo("nothing was written")
        return
    _write(folder, written)
    click.echo("ingest, center and worker read the changed tables within a minute")


def _files(folder: Path | None) -> dict[str, PolicyFile]:
    own = folder if folder is not None and folder.is_dir() else None
    with _as_ours():
        return {name: policy_file(own, name) for name in POLICY_FILES}


def _policy(files: Mapping[str, PolicyFile], folder: Path | None) -> CasePolicy:
    with _as_ours():
        return CasePolicy.parse(files, folder=folder)


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        raise DeployError(str(error)) from None


def _given(sources: tuple[Path, ...]) -> Iterator[tuple[str, PolicyFile]]:
    """Each table of the sources, as the text of its file; rows keep their numbers."""
    seen: dict[str, str] = {}
    for source in sources:
        sheets = (
            read_sheets(source, _TABLES)
            if source.suffix.lower() in ENDINGS
            else {_table_of(source).name: (str(source), _text(source))}
        )
        for name, (shown, cells) in sheets.items():
            if name in seen:
                raise DeployError(f"{shown} is table {name}, which {seen[name]} is too; give each table once")
            seen[name] = shown
            text = cells if isinstance(cells, str) else _csv(cells)
            yield f"{name}.csv", PolicyFile(text=text, shown=shown, shipped=False)


def _table_of(source: Path) -> Table[Any]:
    """Which table a CSV file is: by its name, else by its first row."""
    for table in _TABLES:
        if source.stem == table.name:
            return table
    head = _text(source).split("\n", 1)[0].replace(";", ",").replace("\t", ",").split(",")
    for table in _TABLES:
        if table.names(head):
            return table
    known = ", ".join(f"{table.name}.csv" for table in _TABLES)
    raise DeployError(f"{source} is no table of codes by its name or its first row; name it {known}")


def _text(source: Path) -> str:
    """A CSV file as text: UTF-8, or GB 18030 as spreadsheets in Chinese save it."""
    try:
        data = source.read_bytes()
    except OSError as error:
        raise DeployError(f"{source} cannot be read ({error})") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DeployError(f"{source} is text in neither UTF-8 nor GB 18030; save it as CSV in UTF-8")


def _rows(policy: CasePolicy) -> dict[Table[Any], tuple[Any, ...]]:
    return {CODES: policy.codes.rows, CONDITIONS: policy.conditions.rows, RULES: policy.dispatch.rows}


def _refuse_changed_past(held: ConditionTable, policy: CasePolicy) -> None:
    today = datetime.now(policy.calendar.zone).date()
    wrong = list(held.changed_past(policy.conditions, today))
    for row, words in wrong[:1]:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise DeployError(
            f"condition {' '.join(row.key)} from {row.valid_from} {words}{more}; or import with --correct "
            "to mend a mistake"
        )


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into a folder: all are on the disk before the first replaces an old one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / f".{name}.new").open("w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
        for name in texts:
            (folder / f".{name}.new").replace(folder / name)
    except OSError as error:
        for name in texts:
            with suppress(OSError):
                (folder / f".{name}.new").unlink(missing_ok=True)
        raise DeployError(f"{folder} cannot be written ({error})") from None


def _difference(name: str, before: str, after: str) -> str:
    old, new = set(before.splitlines()[1:]), after.splitlines()[1:]
    added = sum(line not in old for line in new)
    return f"{name}: {len(new)} rows, {added} new or changed, {len(old - set(new))} gone or changed"


def _summary(policy: CasePolicy, now: datetime) -> Iterator[str]:
    today = now.astimezone(policy.calendar.zone).date()
    usable = [
        row
        for row in policy.codes.rows
        if len(row.code) > CLASS_DIGITS and row.days[0] <= today <= row.days[1]
    ]
    own = [
        row
        for row in usable
        if any(
            each.code == row.code for each in policy.conditions_of(row.code_set, row.category, row.code, now)
        )
    ]
    sets = sorted({row.code_set for row in policy.codes.rows})
    yield f"codes: {len(policy.codes)} in sets {', '.join(sets)}"
    yield (
        f"conditions: {len(policy.conditions.rows)}; of {len(usable)} codes in force {len(own)} have "
        "their own, the others those of their class or the default"
    )
    yield f"rules of dispatch: {len(policy.dispatch.rows)}"
    yield f"incident types: {len(policy.rules)}, departments: {len(policy.departments)}"
    for numbered in policy.dispatch.of_the_tree:
        yield (
            f"look: row {numbered.number} of dispatch.csv names department {numbered.row.department}, which "
            "policy.toml does not have; streetwarden doctor says whether the tree has it"
        )
    for code in policy.codes.without_class():
        yield f"look: {code.category} {code.code} of set {code.code_set} belongs to no class of the lists"
    for name, rule in {**policy.rules, "otherwise": policy.otherwise}.items():
        if not policy.codes.holds(rule.code_set, rule.category, rule.code, today):
            yield f"look: {name} opens cases with {rule.category} {rule.code}, which is not in force today"


def _csv(cells: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(cells)
    return written.getvalue()


def _counted(cells: Mapping[str, list[list[str]]]) -> str:
    return ", ".join(f"{len(rows) - 1} {name}" for name, rows in cells.items())
