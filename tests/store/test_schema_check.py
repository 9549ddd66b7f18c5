"""The schema check names everything that a wrong restore or a manual change has removed."""

from __future__ import annotations

import os
from pathlib import Path

import asyncpg
import pytest

import store
from store.errors import SchemaError
from store.migrate import migrate
from store.schema_check import check_schema, describe, expected

pytestmark = pytest.mark.servers
_FORGET_CHUNKS = """
DELETE FROM _timescaledb_catalog.chunk_constraint; DELETE FROM _timescaledb_catalog.chunk_column_stats;
DELETE FROM _timescaledb_catalog.chunk
"""
FILE = Path(store.__file__).parent / "schema.txt"
if os.environ.get("STREETWARDEN_WRITE_SCHEMA"):  # `migrate` would miss what a new migration takes away
    FILE.write_text("", encoding="utf-8")


async def test_the_description_is_that_of_a_database_migrated_from_nothing(database_url: str) -> None:
    """With STREETWARDEN_WRITE_SCHEMA=1 it writes the file anew."""
    connection = await asyncpg.connect(database_url)
    try:
        found = await describe(connection)
    finally:
        await connection.close()
    if os.environ.get("STREETWARDEN_WRITE_SCHEMA"):
        FILE.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == expected(), (
        "run STREETWARDEN_WRITE_SCHEMA=1 .venv/bin/pytest tests/store/test_schema_check.py after a migration"
    )


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DROP INDEX rule_event_time", "no index CREATE INDEX rule_event_time"),
        ("DROP TABLE telemetry CASCADE", "hypertable telemetry"),
        ("DROP TABLE position CASCADE; CREATE TABLE position (entity_id integer)", "no .*position"),
        ("DROP VIEW hourly_positions", "no .*hourly_positions"),
        ("DROP FUNCTION drop_old_chunks(text, timestamptz)", "no function drop_old_chunks"),
        ("ALTER TABLE incident DROP CONSTRAINT incident_phase_check", "no constraint incident CHECK"),
        ("ALTER TABLE case_file ALTER COLUMN number DROP NOT NULL", "no column case_file.number text NOT"),
        (_FORGET_CHUNKS, "1 tables of chunks belong to no hypertable"),
    ],
)
async def test_what_is_missing_is_named(database_url: str, damage: str, sentence: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "INSERT INTO position (entity_id, time, received_at, lat, lon) VALUES (1, now(), now(), 1, 1)"
        )
        await check_schema(connection)
        await connection.execute(damage)
        with pytest.raises(SchemaError, match=sentence):
            await check_schema(connection)
    finally:
        await connection.close()
    if "hourly_positions" not in damage:  # which `migrate` makes anew
        with pytest.raises(SchemaError, match=sentence):
            await migrate(database_url)
