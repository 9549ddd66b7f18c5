"""`streetwarden exchange …`: webhooks of other systems, and imports of lists."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from cases import CaseError, CasePolicy
from casework.exchange import webhooks
from casework.exchange.export import FORMATS as EXPORT_FORMATS
from casework.exchange.export import ExportStore, Manifest, export_period, folder_of
from casework.exchange.imports import FORMATS, TABLES, How, Imported, import_table, read_file
from casework.exchange.imports.sandbox import MAX_BYTES
from casework.exchange.message import body_of
from casework.exchange.platforms import add_platform
from casework.exchange.signing import SignatureError, read_secret
from casework.exchange.webhooks import Wanted
from deploy.database_option import database_option
from program.errors import ProgramError
from program.settings_parts import read_secret as read_secret_file
from store import audit
from store.connection import Connection, open_connection
from store.migrate import require_current

T = TypeVar("T")

_ENDINGS: Final = {
    ".csv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".zip": "shapefile",
}
_BY: Final = "system/exchange"


@click.group()
def exchange() -> None:
    """Exchange with other systems."""


@exchange.group(name="webhooks")
def webhooks_group() -> None:
    """Subscriptions of other systems to changes of cases (Standard Webhooks)."""


@webhooks_group.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_option
def list_(*, as_json: bool, database_url: str) -> None:
    """List the subscriptions with the state of their delivery."""
    for row in _run(database_url, webhooks.list_webhooks):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
            continue
        state = "enabled" if row["enabled"] else f"disabled {row['disabled_reason'] or ''}".rstrip()
        click.echo(
            f"{row['name']}  {row['url']}  {state}; waiting {row['waiting']}, "
            f"dead letters {row['dead_letters']}"
        )
        if row["last_error"]:
            click.echo(f"    attempt {row['attempts']} failed: {row['last_error']}")


@webhooks_group.command()
@click.argument("name")
@click.argument("url")
@click.option(
    "--action", "actions", multiple=True, help="Of events, such as close; repeatable. Default: all."
)
@click.option("--district", "districts", multiple=True, help="6 digits; repeatable. Default: all.")
@click.option(
    "--department", "departments", multiple=True,
    help="A department's code, with the departments below it; repeatable. Default: all.",
)  # fmt: skip
@click.option(
    "--after", type=click.IntRange(0), help="Deliver from after this position of the feed. Default: from now."
)
@database_option
def add(
    *,
    name: str,
    url: str,
    actions: tuple[str, ...],
    districts: tuple[str, ...],
    departments: tuple[str, ...],
    after: int | None,
    database_url: str,
) -> None:
    """Send changes of cases to URL, and print the secret for the receiver, which is not shown again."""

    async def run(connection: Connection) -> str:
        wanted = Wanted(url=url, actions=actions, districts=districts, departments=departments)
        secret = await webhooks.add_webhook(connection, name, wanted, by=_BY, after=after)
        await _note(connection, name, added=True, url=url)
        return secret

    click.echo(_run(database_url, run))


@webhooks_group.command()
@click.argument("name")
@database_option
def remove(*, name: str, database_url: str) -> None:
    """Remove the subscription NAME with its dead letters."""

    async def run(connection: Connection) -> None:
        await webhooks.remove_webhook(connection, name)
        await _note(connection, name, removed=True)

    _run(database_url, run)
    click.echo(f"{name} is removed")


@webhooks_group.command()
@click.argument("name")
@database_option
def rotate(*, name: str, database_url: str) -> None:
    """Print a new secret for NAME. For 24 hours, messages are signed with the old one too."""

    async def run(connection: Connection) -> str:
        secret = await webhooks.rotate_secret(connection, name)
        await _note(connection, name, secret="changed")  # noqa: S106 (no secret)
        return secret

    click.echo(_run(database_url, run))


@webhooks_group.command()
@click.argument("name")
@database_option
def enable(*, name: str, database_url: str) -> None:
    """Enable NAME again: it goes on where it stopped."""
    _switch(database_url, name, enabled=True)


@webhooks_group.command()
@click.argument("name")
@database_option
def disable(*, name: str, database_url: str) -> None:
    """Send nothing to NAME until it is enabled again; its changes wait."""
    _switch(database_url, name, enabled=False)


@webhooks_group.command(name="dead-letters")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@database_option
def dead_letters(*, name: str, as_json: bool, database_url: str) -> None:
    """List the changes whose delivery to NAME was given up, 1000 at most."""

    async def run(connection: Connection) -> list[dict[str, Any]]:
        return await webhooks.dead_letters(connection, name, limit=1000)

    for row in _run(database_url, run):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
        else:
            waits = "; will be sent again" if row["replay_at"] else ""
            click.echo(
                f"{row['position']}  {row['number']} {row['action']}  {row['died_at']:%F %T}  "
                f"{row['attempts']} attempts, the last: {row['error']}{waits}"
            )


@webhooks_group.command()
@click.argument("name")
@click.argument("position", type=click.IntRange(1))
@database_option
def show(*, name: str, position: int, database_url: str) -> None:
    """Print the body of a dead letter, as it would be sent now."""

    async def run(connection: Connection) -> bytes:
        item = await webhooks.dead_letter(connection, name, position)
        scope = await webhooks.scope_of(connection, await webhooks.wanted_of(connection, name))
        return body_of(item, item.seen(scope))

    click.echo(_run(database_url, run).decode())


@webhooks_group.command()
@click.argument("name")
@click.argument("positions", nargs=-1, type=click.IntRange(1))
@database_option
def replay(*, name: str, positions: tuple[int, ...], database_url: str) -> None:
    """Send the dead letters at POSITIONS again, once each; without POSITIONS, all of them."""

    async def run(connection: Connection) -> int:
        count = await webhooks.replay(connection, name, positions or None)
        await _note(connection, name, replayed=count)
        return count

    click.echo(f"{_run(database_url, run)} dead letters of {name} are sent again")


@webhooks_group.command()
@click.argument("name")
@click.argument("positions", nargs=-1, type=click.IntRange(1))
@click.confirmation_option(prompt="The receiver will never get these changes. Go on?")
@database_option
def discard(*, name: str, positions: tuple[int, ...], database_url: str) -> None:
    """Delete the dead letters at POSITIONS; without POSITIONS, all of them."""

    async def run(connection: Connection) -> int:
        count = await webhooks.discard(connection, name, positions or None)
        await _note(connection, name, discarded=count)
        return count

    click.echo(f"{_run(database_url, run)} dead letters of {name} are deleted")


@exchange.group()
def platforms() -> None:
    """Other platforms (city, district, street) that cases are handed to and come from."""


@platforms.command(name="add")
@click.argument("name")
@click.argument("inbox")
@click.option(
    "--department", "departments", multiple=True,
    help="What is dispatched to this department, or one below it, is handed over; repeatable. Default: "
    "cases only come from there.",
)  # fmt: skip
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file whose first line is the other platform's secret. Default: a new one is printed.",
)
@database_option
def add_platform_command(
    *, name: str, inbox: str, departments: tuple[str, ...], secret_file: Path | None, database_url: str
) -> None:
    """Exchange cases with the platform NAME, whose INBOX is https://HOST/exchange/inbox/OUR-NAME-THERE."""
    try:
        secret = (
            None
            if secret_file is None
            else read_secret(read_secret_file(str(secret_file), setting="--secret-file"))
        )
    except SignatureError as error:
        raise ProgramError(f"--secret-file: {error}") from None

    async def run(connection: Connection) -> str:
        wanted = Wanted(url=inbox, departments=departments)
        made = await add_platform(connection, name, wanted, by=_BY, secret=secret)
        await _note(connection, name, added=True, url=inbox, departments=list(departments))
        return made

    made = _run(database_url, run)
    click.echo(made if secret is None else f"{name} is added")


@exchange.command()
@click.argument("target")
@click.option(
    "--from",
    "begin",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="The first day, in the city's time.",
)
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="The last day. Default: the first.")
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(EXPORT_FORMATS), default=["csv"],
    show_default=True, help="May be repeated.",
)  # fmt: skip
@database_option
def export(
    *, target: str, begin: datetime, end: datetime | None, formats: tuple[str, ...], database_url: str
) -> None:
    """Export the events of a period, and the cases with events in it, to a folder below TARGET.

    TARGET is a folder, or object storage such as s3://bucket/prefix. The manifest, with the SHA-256 of each
    file, is written last.
    """
    zone = CasePolicy.load().calendar.zone
    first, last = begin.date(), (end or begin).date()
    if last < first:
        raise ProgramError("--to is before --from; exchange them")
    start, stop = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1))
    )
    folder = folder_of(start, stop, zone)

    async def run() -> Manifest:
        connection = await open_connection(database_url, application="streetwarden exchange")
        try:
            await require_current(connection)
            return await export_period(
                connection, ExportStore(target), folder,
                begin=start, end=stop, formats=formats, at=datetime.now(UTC),
            )  # fmt: skip
        finally:
            await connection.close()

    try:
        done = asyncio.run(run())
    except CaseError as error:
        raise ProgramError(str(error)) from None
    for file in done.files:
        click.echo(f"{folder}/{file.name}: {file.rows} rows, {file.bytes} bytes, sha256 {file.sha256}")


@exchange.command(name="import")
@click.argument("table", type=click.Choice(list(TABLES)))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: by the file's ending.")
@click.option("--crs", help="The projection of the coordinates, as EPSG:4547. Default: what the file says.")
@click.option(
    "--datum", type=click.Choice(["wgs84", "gcj02", "bd09"]), default="wgs84", show_default=True,
    help="How coordinates in degrees are shifted, as on Chinese maps.",
)  # fmt: skip
@click.option("--sheet", help="The sheet of a workbook. Default: the first.")
@click.option(
    "--code-set", default="A", show_default=True, help="The code set of components whose row names none."
)
@click.option("--dry-run", is_flag=True, help="Check everything; write nothing.")
@click.option("--skip-refused", is_flag=True, help="Write the other rows although some are refused.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database_option
def import_command(
    *,
    table: str,
    file: Path,
    format_: str | None,
    crs: str | None,
    datum: str,
    sheet: str | None,
    code_set: str,
    dry_run: bool,
    skip_refused: bool,
    as_json: bool,
    database_url: str,
) -> None:
    """Import a list: components, units (departments), or responsibility (the owners of components).

    FILE is CSV (UTF-8 or GB 18030), XLSX, GeoJSON, or a zip with a shapefile. A row changes what has
    its code; nothing is removed. If any row is refused, nothing is written, and the exit status is 1.
    """
    chosen = format_ or _ENDINGS.get(file.suffix.lower())
    if chosen is None:
        raise ProgramError(f"{file} has no known ending; give --format, one of {', '.join(FORMATS)}")
    how = How(format=chosen, crs=crs, datum=datum, sheet=sheet)

    if file.stat().st_size > MAX_BYTES:
        raise ProgramError(f"{file} is larger than {MAX_BYTES // 2**20} MiB; import it in parts")
    data = file.read_bytes()

    async def run(connection: Connection) -> Imported:
        done = await import_table(
            connection, TABLES[table], await read_file(data, how),
            code_set=code_set, dry_run=dry_run, skip_refused=skip_refused,
        )  # fmt: skip
        if done.written:
            detail = {"added": done.added, "changed": done.changed, "refused": len(done.refused)}
            await audit.note(
                connection, login=_BY, action="exchange.administer", subject=f"import/{table}", detail=detail
            )
        return done

    done = _run(database_url, run)
    click.echo(msgspec.json.encode(done).decode() if as_json else _in_words(done))
    if done.refused and not skip_refused:
        raise SystemExit(1)


def _in_words(done: Imported) -> str:
    lines = [
        f"row {each.row}, {f'column {each.column}' if each.column else 'the whole row'}"
        f"{f' ({each.value})' if each.value else ''}: {each.reason}"
        for each in done.refused
    ]
    if done.ignored_columns:
        lines.append(f"ignored columns: {', '.join(done.ignored_columns)}")
    end = "written" if done.written else "nothing was written"
    lines.append(
        f"{done.table}: {done.rows} rows, {done.added} new, {done.changed} changed, "
        f"{done.unchanged} unchanged, {len(done.refused)} refused; {end}"
    )
    return "\n".join(lines)


def _switch(url: str, name: str, *, enabled: bool) -> None:
    async def run(connection: Connection) -> None:
        await webhooks.switch(connection, name, enabled=enabled)
        await _note(connection, name, enabled=enabled)

    _run(url, run)
    click.echo(f"{name} is {'enabled' if enabled else 'disabled'}")


async def _note(connection: Connection, name: str, **detail: Any) -> None:
    await audit.note(
        connection, login=_BY, action="exchange.administer", subject=f"webhook/{name}", detail=detail
    )


def _run(url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        connection = await open_connection(url, application="streetwarden exchange")
        try:
            await require_current(connection)
            async with connection.transaction():
                return await work(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except CaseError as error:
        raise ProgramError(str(error)) from None
