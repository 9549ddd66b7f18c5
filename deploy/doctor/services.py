"""Checks of database, broker, evidence storage and our programs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError

from deploy.doctor import broker, certificates, monitoring, people
from deploy.doctor.case_policy import case_policy
from deploy.doctor.finding import Finding, doubtful, ok, split, wrong
from deploy.doctor.programs import program
from deploy.installation import Installation
from program.redaction import public_address
from store.connection import Connection, open_connection
from store.errors import StoreError
from store.migrate import require_current
from store.roles import missing_roles
from store.schema_check import check_schema

_CLOCK_S: Final = 2.0
_LOCK_S: Final = 10.0
_LOCKS: Final = """
SELECT holder.pid, usename, application_name, count(DISTINCT wanted.pid) AS waiting,
       extract(epoch FROM max(clock_timestamp() - waitstart))::float8 AS longest_s
FROM pg_locks AS wanted CROSS JOIN LATERAL unnest(pg_blocking_pids(wanted.pid)) AS holder(pid)
     LEFT JOIN pg_stat_activity ON pg_stat_activity.pid = holder.pid
WHERE NOT granted AND waitstart < clock_timestamp() - make_interval(secs => $1)
      AND cardinality(pg_blocking_pids(holder.pid)) = 0
GROUP BY holder.pid, usename, application_name ORDER BY waiting DESC, holder.pid
"""
_OWNERS_AT_WORK: Final = """
SELECT DISTINCT application_name, usename FROM pg_stat_activity JOIN pg_roles ON rolname = usename
WHERE datname = current_database()
  AND application_name ~ '^streetwarden (ingest|center|worker|maintenance)'
  AND (rolsuper
       OR pg_has_role(usename, (SELECT relowner FROM pg_class WHERE oid = 'position'::regclass), 'MEMBER'))
ORDER BY 1, 2
"""


async def check(where: Installation) -> AsyncIterator[Finding]:
    """All of them."""
    async for finding in database(where):
        yield finding
    yield await case_policy(where)
    for finding in broker.check(where):
        yield finding
    for finding in certificates.check(where):
        yield finding
    yield evidence(where.evidence_url)
    for name, (address, port) in where.metrics.items():
        yield program(name, address, port)
    for finding in monitoring.check(where):
        yield finding


async def database(where: Installation) -> AsyncIterator[Finding]:
    """Checks that the database answers, has the extensions and schema, and that its clock agrees."""
    try:
        connection = await open_connection(where.database_url, application="streetwarden doctor")
    except StoreError as error:
        yield wrong("database", *split(str(error)))
        return
    try:
        asked = time.time()
        found = await connection.fetchrow(
            "SELECT clock_timestamp() AS now, current_setting('server_version') AS version, "
            "(SELECT string_agg(extname || ' ' || extversion, ', ' ORDER BY extname) FROM pg_extension "
            " WHERE extname IN ('timescaledb', 'postgis')) AS extensions"
        )
        assert found is not None
        extensions = found["extensions"] or "neither TimescaleDB nor PostGIS yet"
        yield ok(
            "database",
            f"PostgreSQL {found['version']} at {public_address(where.database_url)}, {extensions}",
        )
        yield clock(found["now"], asked=asked, answered=time.time())
        yield await locks(connection)
        try:
            schema = await require_current(connection)
            await check_schema(connection)
        except StoreError as error:
            yield wrong("schema", *split(str(error)))
        else:
            yield ok("schema", f"version {schema.version}, TimescaleDB's {schema.edition} edition")
            yield await database_roles(connection)
            if await connection.fetchval("SELECT has_table_privilege('account', 'SELECT')"):
                yield await people.accounts(connection)
    finally:
        await connection.close()


async def database_roles(connection: Connection) -> Finding:
    """Checks that connected programs do not own the tables."""
    missing = await missing_roles(connection)
    if missing:
        return doubtful(
            "database roles",
            f"{', '.join(missing)} are not there, and programs work as the tables' owner",
            "run as an administrator: streetwarden db roles --secrets DIR, and give each program its own "
            "(docs/installation.md)",
        )
    owners = await connection.fetch(_OWNERS_AT_WORK)
    if owners:
        return doubtful(
            "database roles",
            f"{', '.join(row['application_name'] for row in owners)} may do everything, as "
            f"{', '.join(sorted({row['usename'] for row in owners}))}",
            "give each program a role of its own: streetwarden db roles --secrets DIR (docs/installation.md)",
        )
    return ok("database roles", "no program that is connected owns anything")


async def locks(connection: Connection) -> Finding:
    """Checks that no session waits long for a lock, because a database may answer and still store nothing."""
    held = await connection.fetch(_LOCKS, _LOCK_S)
    if not held:
        return ok("locks", f"nobody has waited longer than {_LOCK_S:.0f} s for one")
    worst = held[0]
    others = f", and {len(held) - 1} more hold others up" if len(held) > 1 else ""
    return wrong(
        "locks",
        f"{worst['waiting']} sessions have waited up to {worst['longest_s']:.0f} s for what session "
        f"{worst['pid']} ({worst['usename'] or 'unknown user'}, {worst['application_name'] or 'unnamed'}) "
        f"has locked{others}",
        f"let it come to its end, or as an administrator: SELECT pg_terminate_backend({worst['pid']})",
    )


def clock(server: datetime, *, asked: float, answered: float) -> Finding:
    """Checks that the database's clock agrees with ours, because lag and deadlines use both."""
    seconds = max(asked - server.timestamp(), server.timestamp() - answered, 0.0)
    if seconds > _CLOCK_S:
        return wrong(
            "clock",
            f"this machine and the database differ by {seconds:.1f} s",
            "set both by NTP (chrony, systemd-timesyncd)",
        )
    return ok("clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, as at the database")


def evidence(url: str) -> Finding:
    """Checks that evidence files can be written, read and removed."""
    key, data = "evidence/doctor", b"streetwarden doctor"
    parts = urlsplit(url)
    try:
        if parts.scheme == "file" and not Path(unquote(parts.path)).is_dir():
            return wrong(
                "evidence",
                f"{url} is no folder",
                "make it and give it to ingest's user, or set STREETWARDEN_EVIDENCE_URL",
            )
        storage = obstore.store.from_url(url)
        obstore.put(storage, key, data)
        read = bytes(obstore.get(storage, key).bytes())
        obstore.delete(storage, key)
    except (BaseError, OSError, ValueError) as error:
        why = str(error).split("\n", 1)[0]
        return wrong(
            "evidence", f"{url} takes no files ({why})", "set STREETWARDEN_EVIDENCE_URL and its credentials"
        )
    if read != data:
        return wrong("evidence", f"{url} gives back something else than was written", "use another storage")
    return ok("evidence", f"{url} takes files")
