"""`streetwarden cases …`: verify the record of cases, and rebuild the summaries from it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from cases import CaseError
from casework.record import Root, check_chains, check_roots, next_root
from casework.roots import append_root, read_roots
from casework.summaries import rebuild
from deploy.database_option import database_option
from program.errors import ProgramError
from store.connection import open_connection
from store.migrate import require_current

_APPLICATION: Final = "streetwarden cases"

T = TypeVar("T")


@click.group()
def command() -> None:
    """The record of cases."""


@command.command()
@click.option(
    "--roots",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file of root hashes, kept where the database's owner cannot write. Its lines are checked; if all "
    "match, a root over the newer events is appended.",
)
@click.option("--json", "as_json", is_flag=True, help="One object.")
@database_option
def verify(*, roots: Path | None, as_json: bool, database_url: str) -> None:
    """Check that no event of a case was changed, removed or inserted; name the first one that was.

    The exit status is 1 if the record does not match its hashes.
    """
    try:
        kept = read_roots(roots) if roots is not None else []
    except CaseError as error:
        raise ProgramError(str(error)) from None
    said = _run(_verify(database_url, kept, roots))
    if as_json:
        click.echo(msgspec.json.encode(said))
    else:
        click.echo(f"{said['cases']} cases, {said['events']} events: {said['fault'] or 'all chains hold'}")
        if roots is not None and said["fault"] is None:
            click.echo(f"{len(kept)} roots hold; {_new(said['root'])}")
    if said["fault"] is not None:
        raise SystemExit(1)


async def _verify(url: str, kept: list[Root], roots: Path | None) -> dict[str, Any]:
    connection = await open_connection(url, application=_APPLICATION)
    try:
        await require_current(connection)
        chains = await check_chains(connection)
        fault = None if chains.first_break is None else str(chains.first_break)
        root: Root | None = None
        if fault is None and roots is not None:
            wrong = await check_roots(connection, kept)
            if wrong is not None:
                fault = (
                    f"the root of {wrong.at:%FT%TZ} is not that of the events up to {wrong.last_event}: "
                    "events were removed, put in, or written anew with their hashes"
                )
            else:
                root = await next_root(connection, kept, at=datetime.now(UTC))
                if root is not None:
                    append_root(roots, root)
        return {"cases": chains.cases, "events": chains.events, "fault": fault, "root": root}
    finally:
        await connection.close()


@command.command(name="rebuild")
@click.option("--json", "as_json", is_flag=True, help="One object.")
@database_option
def rebuild_command(*, as_json: bool, database_url: str) -> None:
    """Rebuild the summaries of all cases from their events, while all programs run."""
    cases, took_s = _run(_rebuild(database_url))
    rate = cases / took_s if took_s else 0.0
    if as_json:
        click.echo(msgspec.json.encode({"cases": cases, "took_s": took_s, "cases_per_s": rate}))
    else:
        click.echo(f"{cases} summaries in {took_s:.1f} s, {rate:.0f} a second")


async def _rebuild(url: str) -> tuple[int, float]:
    connection = await open_connection(url, application=_APPLICATION)
    try:
        await require_current(connection)
        began, cases = time.monotonic(), 0
        async for cases in rebuild(connection):  # noqa: B007 the last one counts
            pass
        await connection.execute("ANALYZE case_file, case_incident")
        return cases, time.monotonic() - began
    finally:
        await connection.close()


def _new(root: Root | None) -> str:
    return "nothing was written since" if root is None else f"new root {root.root} over {root.events} events"


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(coroutine)
    except CaseError as error:
        raise ProgramError(str(error)) from None
