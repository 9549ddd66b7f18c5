"""Storage over years: roll positions up by the hour, and delete rows whose retention is over.

TimescaleDB's full edition rolls up and compresses by itself (`editions/timescale.sql`). For the apache
edition, which Debian packages, it is done here. Both provide the same views.

An hour is rolled up once, three hours after its end. Ingest marks hours that get fixes more than an hour
late; those are rolled up again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from store.connection import Connection, open_connection
from store.errors import StoreError
from store.migrate import Edition, require_current
from store.queries import load

LATE: Final = timedelta(hours=1)
"""Fixes older than this on receipt are marked; it is less than the wait before an hour is rolled up."""

_SETTLE: Final = timedelta(hours=3)
_REFRESHED: Final = timedelta(days=33)
"""The full edition recomputes the hours of 32 days; without their fixes it would make them empty."""

_AGAIN: Final = timedelta(minutes=15)
_LOCK_PATIENCE_S: Final = 5
_HOUR: Final = timedelta(hours=1)
_MAX_STEPS: Final = 1000  # in one call; the next call continues
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
_BELIEVED: Final = timedelta(days=1)
"""Our clock may be ahead of the devices' newest time by this much; beyond it, ages count from that time."""

_SQL = load("maintenance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """The retention of each table in days; None keeps rows for ever.

    Attributes:
        unpacked: days after which a chunk of positions is sorted by entity and time; None: never.
        quarantine: days for refused messages.
        orphan_evidence_h: hours that evidence waits for its incident; None: for ever.
        grace_days: days before anything in these tables is deleted for the first time.
    """

    position: int | None = None
    telemetry: int | None = None
    rule_event: int | None = None
    presence: int | None = None
    hours: int | None = None
    unpacked: int | None = None
    quarantine: int | None = None
    orphan_evidence_h: int | None = None
    grace_days: int = 0


@dataclass(slots=True, kw_only=True)
class Done:
    """The result of a round.

    Attributes:
        hours: hours rolled up for the first time.
        again: hours rolled up again for late fixes.
        packed: chunks sorted.
        chunks: chunks dropped, by table.
        refused: messages deleted from the quarantine.
        orphans: deleted pieces of evidence whose incident never came.
    """

    hours: int = 0
    again: int = 0
    packed: int = 0
    chunks: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    orphans: int = 0


async def begin_round(url: str, *, every: timedelta) -> bool:
    """Whether a round of maintenance is due; if so, it counts as begun.

    A round that was begun and not ended is due again after a quarter of an hour.

    Args:
        url: the database, migrated.
        every: time between the beginnings of two rounds.

    Raises:
        DatabaseUnreachableError: the server does not answer.
    """
    connection = await open_connection(url, application="streetwarden maintenance")
    try:
        return bool(await connection.fetchval(_SQL["begin_round"], every, min(every, _AGAIN)))
    finally:
        await connection.close()


async def end_round(url: str) -> None:
    """Note that the round is done.

    Raises:
        DatabaseUnreachableError: the server does not answer.
    """
    connection = await open_connection(url, application="streetwarden maintenance")
    try:
        await connection.execute(_SQL["end_round"])
    finally:
        await connection.close()


async def maintain(url: str, *, keep: Keep, now: datetime) -> Done:
    """Do one round, in many small transactions on a connection of its own.

    Args:
        url: the database, migrated.
        keep: the retention of each table.
        now: the time.

    Raises:
        DatabaseUnreachableError: the server does not answer.
        SchemaError: the database is not what this program was written for.
        StoreError: the database user lacks the rights.
    """
    done = Done()
    connection = await open_connection(url, application="streetwarden maintenance")
    try:
        schema = await require_current(connection)
        for step in (_roll_up_next, _roll_up_again) if schema.edition is Edition.APACHE else ():
            for _ in range(_MAX_STEPS):
                async with connection.transaction():
                    if not await step(connection, done, now):
                        break
        async with connection.transaction():
            await _drop(connection, done, keep, now, schema.edition)
        while keep.unpacked is not None and schema.edition is Edition.APACHE:
            async with connection.transaction():
                if not await _pack_next(connection, done, now - timedelta(days=keep.unpacked)):
                    break
    except asyncpg.InsufficientPrivilegeError as error:
        raise StoreError(
            f"this database user may not maintain it ({error}); give storage.database_url (db maintain: "
            "--database-url) with the role streetwarden_maintenance, or the tables' owner"
        ) from None
    finally:
        await connection.close()
    return done


async def _roll_up_next(connection: Connection, done: Done, now: datetime) -> bool:
    """Roll up what is due in the next chunk, in one pass; False if nothing is due."""
    if not await connection.fetchval(_SQL["take_turn"]):
        return False
    state = await connection.fetchrow(_SQL["state"])
    assert state is not None
    since = state["rolled_until"] or _BEGINNING
    until = (now - _SETTLE).replace(minute=0, second=0, microsecond=0)
    if until < since - _SETTLE:
        return await _roll_back(connection, until=max(until, state["dropped_until"] or until), now=now)
    chunk = await connection.fetchrow(_SQL["next_chunk"], since)
    if until <= since:
        return False
    if chunk is None or chunk["begin"] >= until:
        await connection.execute(_SQL["set_rolled_until"], until)
        return False
    until = min(until, chunk["end"])
    await _roll_up(connection, chunk["begin"], until)
    await connection.execute(_SQL["set_rolled_until"], until)
    done.hours += (until - chunk["begin"]) // _HOUR
    return True


async def _roll_back(connection: Connection, *, until: datetime, now: datetime) -> bool:
    """Undo the roll-up of hours that were not over, because our clock was ahead; True if there were any.

    If our clock is wrong now, by comparison with the devices' times, nothing is undone.
    """
    newest = await connection.fetchval(_SQL["newest_word"])
    state = await connection.fetchrow(_SQL["state"])
    assert state is not None
    if state["rolled_until"] <= until or (newest is not None and newest > now + _HOUR):
        return False
    await connection.execute(_SQL["clear_hours"], until, _END)
    await connection.execute(_SQL["set_rolled_until"], until)
    return True


async def _roll_up_again(connection: Connection, done: Done, _now: datetime) -> bool:
    """Roll up one hour again that got late fixes; False if there is none."""
    if not await connection.fetchval(_SQL["take_turn"]):
        return False
    state = await connection.fetchrow(_SQL["state"])
    assert state is not None
    if state["rolled_until"] is None:
        return False
    hour = await connection.fetchval(_SQL["take_due_hour"], state["rolled_until"])
    if hour is None:
        return False
    if state["dropped_until"] is None or hour >= state["dropped_until"]:
        await _roll_up(connection, hour, hour + _HOUR)
        done.again += 1
    return True


async def _roll_up(connection: Connection, begin: datetime, end: datetime) -> None:
    await connection.execute(_SQL["clear_hours"], begin, end)
    await connection.execute(_SQL["roll_up_hours"], begin, end)


async def _pack_next(connection: Connection, done: Done, before: datetime) -> bool:
    """Sort a chunk: a vehicle's day is then on a hundred pages, not on ten thousand. False if none is left.

    The chunk is locked meanwhile, so only chunks of past days are sorted.
    """
    if not await connection.fetchval(_SQL["take_turn"]):
        return False
    found = await connection.fetchrow(_SQL["next_unpacked"], before)
    if found is None:
        return False
    await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE_S}s'")
    try:
        await connection.execute(f'CLUSTER {found["chunk"]} USING "{found["index"]}"')
    except asyncpg.LockNotAvailableError:
        return False  # a query is reading it; the next round tries again
    done.packed += 1
    return True


async def _drop_useless(connection: Connection, done: Done, keep: Keep, now: datetime) -> None:
    """Delete old refused messages, and evidence whose incident never came."""
    if keep.quarantine is not None:
        before = now - timedelta(days=max(keep.quarantine, 1))
        done.refused = await connection.fetchval(_SQL["drop_old_quarantine"], before)
    if keep.orphan_evidence_h is not None:
        before = now - timedelta(hours=max(keep.orphan_evidence_h, 1))
        done.orphans = await connection.fetchval(_SQL["drop_orphan_evidence"], before)


async def _drop(  # noqa: C901 one branch a table
    connection: Connection, done: Done, keep: Keep, now: datetime, edition: Edition
) -> None:
    """Drop chunks whose retention is over; of fixes only those that are rolled up.

    If our clock were a year ahead, this must not empty the database: ages count from the devices' newest time
    if that is behind our clock.
    """
    if not await connection.fetchval(_SQL["take_turn"]):
        return
    full = edition is Edition.TIMESCALE
    if full:  # the full edition finds late fixes by itself
        await connection.execute(_SQL["forget_due_hours"])
    state = await connection.fetchrow(_SQL["state"])
    assert state is not None
    now = min(now, (await connection.fetchval(_SQL["newest_word"]) or now) + _BELIEVED)
    await _drop_useless(connection, done, keep, now)
    since = await connection.fetchval(_SQL["begin_retention"], now)
    if now < since + timedelta(days=keep.grace_days):
        return
    for table in ("position", "telemetry", "rule_event", "presence"):
        days: int | None = getattr(keep, table)
        if days is None:
            continue
        before = now - timedelta(days=days)
        if table == "position" and full:
            before = min(before, now - _REFRESHED)
        elif table == "position":
            if state["rolled_until"] is None:
                continue
            before = min(before, state["rolled_until"])
            await connection.execute(_SQL["set_dropped_until"], before)
        done.chunks[table] = await connection.fetchval(_SQL["drop_chunks"], table, before)
    if keep.hours is not None and full:
        before = now - timedelta(days=keep.hours)
        done.chunks["hours"] = await connection.fetchval(_SQL["drop_chunks"], "position_by_hour", before)
    elif keep.hours is not None:
        await connection.execute(_SQL["drop_hours"], now - timedelta(days=keep.hours))
