"""The ledger of a chaos run counts missing, duplicate and unaccounted messages."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from bench.account import Account, Key, Ledger
from bench.fleet import Message

pytestmark = pytest.mark.servers
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_AT_US = 1_795_000_000_000_000


def sent(ledger: Ledger, number: int) -> Message:
    """One message of the ledger: a fix of vehicle v1."""
    key: Key = ("position", "vehicle/v1", _AT_US + number)
    message = ("sw/1/350582/vehicle/v1/position", b"%d" % number)
    ledger.keys[message] = key
    ledger.sent.add(key)
    return message


async def store(database_url: str, *numbers: int, latest: int | None) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        entity = await connection.fetchval(
            "INSERT INTO entity (kind, id, district) VALUES ('vehicle', 'v1', '350582') "
            "ON CONFLICT (kind, id) DO UPDATE SET id = EXCLUDED.id RETURNING entity_id"
        )
        at = "to_timestamp(0) + $2 * interval '1 microsecond'"
        for number in numbers:
            await connection.execute(
                "INSERT INTO position (entity_id, time, received_at, lat, lon) "
                f"VALUES ($1, {at}, now(), 24.9, 118.6)",
                entity,
                _AT_US + number,
            )
        if latest is not None:
            await connection.execute(
                "INSERT INTO latest_position (entity_id, time, received_at, lat, lon) "
                f"VALUES ($1, {at}, now(), 24.9, 118.6)",
                entity,
                _AT_US + latest,
            )
    finally:
        await connection.close()


async def account(ledger: Ledger, database_url: str, *, without_fate: int = 0) -> Account:
    return await ledger.compare(
        database_url,
        since=_BEGAN,
        acked=ledger.acked,
        forgetful=ledger.forgetful,
        hidden=0,
        without_fate=without_fate,
        broker_dropped=0,
    )


async def test_everything_stored_is_clean(database_url: str) -> None:
    ledger = Ledger()
    for number in range(3):
        ledger.acknowledge(sent(ledger, number))
    await store(database_url, 0, 1, 2, latest=2)
    found = await account(ledger, database_url)
    assert (found.acked, found.stored, found.lost) == (3, 3, 0)
    assert found.is_clean


async def test_missing_messages_are_lost_and_counted_by_kind_of_sender(database_url: str) -> None:
    ledger = Ledger()
    ledger.acknowledge(sent(ledger, 0))
    ledger.acknowledge(sent(ledger, 1))
    ledger.acknowledge_forgetful(sent(ledger, 2))
    sent(ledger, 3)  # never acknowledged: nobody promised anything
    await store(database_url, 0, latest=0)
    found = await account(ledger, database_url)
    assert (found.acked, found.stored, found.lost) == (2, 1, 1)
    assert (found.forgetful_acked, found.forgetful_lost) == (1, 1)
    assert not found.is_clean


async def test_a_row_that_nobody_sent_and_a_message_without_a_fate_are_unaccounted(database_url: str) -> None:
    ledger = Ledger()
    ledger.acknowledge(sent(ledger, 0))
    await store(database_url, 0, 7, latest=7)
    found = await account(ledger, database_url, without_fate=2)
    assert found.unaccounted == 3
    assert not found.is_clean


async def test_the_quarantine_counts_for_what_belongs_there_only(database_url: str) -> None:
    ledger = Ledger()
    message = sent(ledger, 0)
    ledger.refusable[message[1]] = ledger.keys[message]
    ledger.acknowledge(message)
    connection = await asyncpg.connect(database_url)
    try:
        for print_, payload in ((b"1", message[1]), (b"2", b"a good one")):
            await connection.execute(
                "INSERT INTO quarantine "
                "(fingerprint, topic, payload, payload_bytes, reason, first_seen, last_seen) "
                "VALUES ($1, 't', $2, 1, 'payload: x', now(), now())",
                print_,
                payload,
            )
    finally:
        await connection.close()
    found = await account(ledger, database_url)
    assert (found.acked, found.quarantined, found.lost, found.unaccounted) == (1, 1, 0, 1)


async def test_a_latest_position_that_is_behind_is_seen(database_url: str) -> None:
    ledger = Ledger()
    for number in range(2):
        ledger.acknowledge(sent(ledger, number))
    await store(database_url, 0, 1, latest=0)
    found = await account(ledger, database_url)
    assert (found.lost, found.latest_wrong) == (0, 1)
    assert not found.is_clean
