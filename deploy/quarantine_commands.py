"""`streetwarden quarantine …`: lists, shows and requeues refused messages."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import click
import msgspec

from deploy.database_option import database_option
from program.errors import ProgramError
from store.connection import Connection, open_connection
from store.migrate import require_current
from store.quarantine import Outcome, Refused, find, outcome, refused, requeue

_LOOK_S: Final = 0.2
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MOST: Final = 1_000_000

ResultT = TypeVar("ResultT")


class _Since(click.ParamType):  # type: ignore[type-arg]
    """A moment, or how long ago."""

    name = "since"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        ago = re.fullmatch(r"(\d{1,6})([smhd])", str(value))
        if ago is not None:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write 90m, 2h, 3d, or 2026-07-28T14:00+08:00", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


_reason = click.option("--reason", help="Only this class, such as payload, time or defect.")
_topic = click.option(
    "--topic", help="Only topics that match this MQTT filter, such as sw/1/+/vehicle/v001/#."
)
_since = click.option(
    "--since", type=_Since(), help="Only messages received since then: 90m, 2h, 3d, or a time (UTC)."
)


@click.group()
def command() -> None:
    """Messages that ingest refused, with the reason."""


@command.command(name="list")
@_reason
@_topic
@_since
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Rows at most.")
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
@database_option
def list_command(
    *,
    reason: str | None,
    topic: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
    database_url: str,
) -> None:
    """The newest refused messages, a line each."""
    rows = _ask(database_url, lambda it: refused(it, reason=reason, topic=topic, since=since, maximum=limit))
    for row in rows:
        click.echo(msgspec.json.encode(_fields(row)) if as_json else _line(row))
    if not rows and not as_json:
        click.echo("nothing that matches is in the quarantine")


@command.command(name="show")
@click.argument("number", type=int)
@click.option("--hex", "as_hex", is_flag=True, help="The payload in hexadecimal, even if it is text.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; a binary payload is hexadecimal.")
@database_option
def show_command(*, number: int, as_hex: bool, as_json: bool, database_url: str) -> None:
    """One refused message with its payload."""
    row = _ask(database_url, lambda it: find(it, number))
    if row is None:
        raise ProgramError(f"{number} is not in the quarantine; streetwarden quarantine list has the numbers")
    text = None if as_hex else _text(row.payload)
    if as_json:
        payload = {"payload_hex": row.payload.hex()} if text is None else {"payload": text}
        click.echo(msgspec.json.encode({**_fields(row), **payload}))
        return
    kept = "whole" if row.is_whole else f"its first {len(row.payload)} bytes; it cannot be requeued"
    click.echo(
        f"number     {row.number}\n"
        f"topic      {_printable(row.topic)}\n"
        f"reason     {_printable(row.reason)}\n"
        f"first seen {row.first_seen:%Y-%m-%dT%H:%M:%S.%fZ}\n"
        f"last seen  {row.last_seen:%Y-%m-%dT%H:%M:%S.%fZ}, {row.count} times\n"
        f"requeued   {'no' if row.requeued_at is None else f'{row.requeued_at:%FT%TZ}, waiting'}\n"
        f"payload    {row.size} bytes, kept {kept}\n"
    )
    click.echo(row.payload.hex(" ", -2) if text is None else text)


@command.command(name="requeue")
@click.argument("numbers", type=int, nargs=-1)
@_reason
@_topic
@_since
@click.option("--all", "everything", is_flag=True, help="All messages, if no other option selects some.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    default=30.0,
    show_default=True,
    help="Seconds to wait for ingest to take them.",
)
@database_option
def requeue_command(
    *,
    numbers: tuple[int, ...],
    reason: str | None,
    topic: str | None,
    since: datetime | None,
    everything: bool,
    wait: float,
    database_url: str,
) -> None:
    """Send refused messages through ingest again: those with NUMBERS, or all that match.

    They go through the same checks as before. An accepted message leaves the quarantine; a message that is
    refused again stays, with its new reason. Requeueing twice does no harm. A message of which only the
    beginning was kept cannot be requeued.
    """
    if not (numbers or reason or topic or since or everything):
        raise click.UsageError("say which: numbers, --reason, --topic, --since, or --all")

    async def run(connection: Connection) -> tuple[int, int, Outcome]:
        rows = await refused(connection, reason=reason, topic=topic, since=since, maximum=_MOST)
        chosen = [row for row in rows if not numbers or row.number in numbers]
        absent = sorted(set(numbers) - {row.number for row in chosen})
        if absent:
            raise ProgramError(
                f"{', '.join(map(str, absent))} not in the quarantine, or not what the options choose; "
                "streetwarden quarantine list has the numbers"
            )
        whole = [row.number for row in chosen if row.is_whole]
        await requeue(connection, whole)
        end = time.monotonic() + wait
        while True:
            found = await outcome(connection, whole)
            if not found.waiting or time.monotonic() >= end:
                return len(whole), len(chosen) - len(whole), found
            await asyncio.sleep(_LOOK_S)

    asked, cut, found = _ask(database_url, run)
    click.echo(
        f"{asked} requeued: {found.taken} taken, {len(found.refused)} refused again, {found.waiting} waiting"
    )
    for number, why in sorted(found.refused.items())[:20]:
        click.echo(f"  {number} {_printable(why)}")
    if cut:
        click.echo(f"{cut} cannot be requeued: only the beginning of the payload or topic was kept")
    if found.waiting:
        click.echo("what waits is taken when an ingest for its district runs; ask again to see")


def _ask(database_url: str, question: Callable[[Connection], Awaitable[ResultT]]) -> ResultT:
    async def run() -> ResultT:
        connection = await open_connection(database_url, application="streetwarden quarantine")
        try:
            await require_current(connection)
            return await question(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def _fields(row: Refused) -> dict[str, object]:
    return {
        "number": row.number,
        "topic": row.topic,
        "reason": row.reason,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "count": row.count,
        "payload_bytes": row.size,
        "whole": row.is_whole,
        "requeued_at": row.requeued_at,
    }


def _line(row: Refused) -> str:
    marks = "" if row.is_whole else " [cut]"
    marks += "" if row.requeued_at is None else " [requeued]"
    said = _printable(f"{row.topic}  {row.reason}")
    return f"{row.number:>8}  {row.last_seen:%FT%TZ}  {row.count:>6} times  {said}{marks}"


def _printable(text: str) -> str:
    """A text without control characters, for the terminal: devices choose topics, and reasons quote them."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _text(payload: bytes) -> str | None:
    """The payload as text; None if it is not text, or contains control characters."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    return text if all(each.isprintable() or each in "\n\t" for each in text) else None
