"""A backup under load is one snapshot of the database with its evidence, and restores exactly."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from cases import CasePolicy
from casework import apply_incident
from deploy.backup import clients, create, restore
from deploy.backup.backup_store import BackupStore
from deploy.backup.errors import BackupError
from store.connection import open_connection
from store.errors import SchemaError
from store.evidence import EvidenceStore
from store.migrate import migrate, require_current
from store.roles import BACKUP, INGEST
from store.schema_check import check_schema
from tests.database_roles import as_role, login
from tests.ingest.running import until
from tests.servers import ROOT
from wire.messages import Incident, Phase

pytestmark = pytest.mark.servers
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
POLICY = CasePolicy.load()
PROGRAM = "from deploy.command import main; main()"


def quiet(_line: str) -> None:
    """Ignore progress."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = await open_connection(url, application="test")
    try:
        yield connection
    finally:
        await connection.close()


async def report(connection: Connection, shelf: EvidenceStore, number: int) -> str:
    """An incident with a picture and a case, as ingest stores them: file first, then one transaction."""
    digest = await shelf.put(b"picture %d" % number)
    incident = Incident(
        incident_id=uuid4(),
        revision=1,
        phase=Phase.BEGUN,
        type="stall",
        observed_at=NOW.timestamp(),
        began_at=NOW.timestamp(),
        lat=24.9,
        lon=118.6,
        camera="cam-01",
        zone=f"zone-{number}",
        confidence=0.9,
    )
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO incident (incident_id, revision, phase, type, source, district, observed_at, "
            "began_at, received_at, place, confidence) "
            "VALUES ($1, 1, 'begun', 'stall', 'box/box-1', '350582', $2, $2, $2, "
            "ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326), 0.9)",
            incident.incident_id, NOW,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO evidence (digest, incident_id, revision, role, media_type, size_bytes, taken_at, "
            "received_at) VALUES ($1, $2, 1, 'finding', 'image/jpeg', $3, $4, $4)",
            digest, incident.incident_id, len(b"picture %d" % number), NOW,
        )  # fmt: skip
        await apply_incident(
            connection,
            incident,
            source="box/box-1",
            district="350582",
            received_at=NOW,
            evidence_digests=[digest],
            policy=POLICY,
        )
    return digest


async def write_on(url: str, shelf: EvidenceStore, stop: asyncio.Event) -> int:
    """Insert fixes of many days and incidents with cases until stopped; returns the number of rounds."""
    rounds = 0
    async with connected(as_role(url, INGEST)) as connection:
        while not stop.is_set():
            await connection.execute(
                "INSERT INTO position (entity_id, time, received_at, lat, lon) "
                "SELECT e, now() - d * interval '1 day' + $1 * interval '1 ms', now(), 24.9, 118.6 "
                "FROM generate_series(1, 20) AS e, generate_series(0, 4) AS d",
                rounds,
            )
            await report(connection, shelf, rounds)
            rounds += 1
            await asyncio.sleep(0.005)
    return rounds


async def contents(connection: Connection) -> dict[str, str]:
    """A digest of all rows of every table."""
    tables = await connection.fetch(create._SQL["tables"])
    found = {}
    for row in tables:
        lines = await connection.fetch(f'SELECT t::text AS line FROM "{row["name"]}" AS t ORDER BY 1')
        text = "\n".join(line["line"] for line in lines)
        found[row["name"]] = f"{len(lines)} {hashlib.sha256(text.encode()).hexdigest()}"
    return found


def source_of(url: str, evidence: Path) -> create.Source:
    return create.Source(database_url=as_role(url, BACKUP), evidence_url=evidence.as_uri(), system=ROOT)


@pytest.fixture
async def filled(database_url: str, tmp_path: Path) -> str:
    """A database with some of everything."""
    shelf = EvidenceStore((tmp_path / "evidence").as_uri())
    async with connected(database_url) as connection:
        await connection.execute(
            "INSERT INTO position (entity_id, time, received_at, lat, lon) "
            "SELECT 1, now() - d * interval '1 day', now(), 24.9, 118.6 FROM generate_series(0, 2) AS d"
        )
        await connection.execute("INSERT INTO telemetry VALUES (1, now(), now(), '{\"a\": 1}')")
        for number in range(3):
            await report(connection, shelf, number)
    return database_url


async def test_a_backup_under_load_comes_back_as_the_moment_that_it_was_taken(
    database_url: str, tmp_path: Path
) -> None:
    evidence, backups = tmp_path / "evidence", BackupStore(str(tmp_path / "backups"))
    shelf, stop = EvidenceStore(evidence.as_uri()), asyncio.Event()
    writing = asyncio.create_task(write_on(database_url, shelf, stop))
    moment: dict[str, str] = {}

    original = create._count

    async def count_and_look(connection: Connection) -> dict[str, int]:  # in the snapshot that pg_dump shares
        moment.update(await contents(connection))
        return await original(connection)

    create._count = count_and_look  # type: ignore[assignment]
    try:
        await asyncio.sleep(0.3)
        began = time.monotonic()
        manifest = await create.create(
            source_of(database_url, evidence), backups, keep=None, now=NOW, tell=quiet
        )
        took = time.monotonic() - began
    finally:
        create._count = original
        stop.set()
    rounds = await writing
    assert rounds * 100 > manifest.rows["position"] > 0, f"it was not under load for {took:.1f} s"
    assert manifest.damaged == []

    for file in evidence.rglob("*.jpg"):  # destroyed
        file.unlink()
    async with connected(database_url) as connection:
        await connection.execute(
            "TRUNCATE position; DELETE FROM case_incident; UPDATE evidence SET role = 'before'"
        )
    lost = await restore.restore_evidence(backups, manifest, evidence.as_uri(), quiet)
    await restore.restore_database(backups, manifest, database_url, replace=True, system=ROOT, tell=quiet)

    assert lost == []
    async with connected(database_url) as connection:
        found = await contents(connection)
        del found["backup"], moment["backup"]  # which knows of this backup what its snapshot could not
        assert found == moment
        assert await connection.fetchval("SELECT finished_at FROM backup") == manifest.finished_at
        await require_current(connection)
        await check_schema(connection)
        for row in await connection.fetch("SELECT digest FROM evidence"):
            await shelf.get(row["digest"])
    async with connected(as_role(database_url, INGEST)) as connection:  # and goes on, with new chunks
        await connection.execute(
            "INSERT INTO position (entity_id, time, received_at, lat, lon) "
            "VALUES (1, now() - interval '30 days', now(), 1, 1)"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM position")


async def test_evidence_lost_before_is_named_and_the_rest_is_backed_up(filled: str, tmp_path: Path) -> None:
    evidence, backups = tmp_path / "evidence", BackupStore(str(tmp_path / "backups"))
    gone, overwritten, well = sorted(evidence.rglob("*.jpg"))
    gone.unlink()
    overwritten.write_bytes(b"another picture")
    manifest = await create.create(source_of(filled, evidence), backups, keep=None, now=NOW, tell=quiet)
    assert manifest.damaged == sorted([gone.stem, overwritten.stem])
    assert sorted(await restore.verify(backups, manifest, system=ROOT)) == manifest.damaged
    well.write_bytes(b"!")
    assert await restore.restore_evidence(backups, manifest, evidence.as_uri(), quiet) == manifest.damaged
    assert hashlib.sha256(well.read_bytes()).hexdigest() == well.stem
    async with connected(filled) as connection:
        assert await connection.fetchval("SELECT evidence_damaged FROM backup WHERE failure IS NULL") == 2


async def test_only_so_many_are_kept_whatever_the_clock_says(filled: str, tmp_path: Path) -> None:
    evidence, backups = tmp_path / "evidence", BackupStore(str(tmp_path / "backups"))
    source, made = source_of(filled, evidence), []
    for days in (0, 0, -400, 1):  # the same second again, and a clock that was a year ahead
        now = NOW + timedelta(days=days)
        made.append(await create.create(source, backups, keep=2, now=now, tell=quiet))
        if days == 0:
            async with connected(filled) as connection:
                await connection.execute(
                    "DELETE FROM evidence WHERE digest = (SELECT min(digest) FROM evidence)"
                )
    assert [one.id for one in await backups.manifests()] == [one.id for one in made[2:]]
    assert len(await backups.sizes("evidence/")) == made[-1].evidence_files == 1  # of three at first
    assert (await backups.find(None)).id == made[-1].id


async def test_a_backup_that_was_killed_never_counts(filled: str, tmp_path: Path) -> None:
    evidence, folder = tmp_path / "evidence", tmp_path / "backups"
    async with connected(filled) as connection:
        await connection.execute(
            "INSERT INTO position (entity_id, time, received_at, lat, lon) "
            "SELECT e, now(), now(), random(), random() FROM generate_series(2, 200000) AS e"
        )
    environment = {**os.environ, "STREETWARDEN_SERVERS_FOLDER": str(ROOT)}
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, "backup", "create", str(folder)),
        *("--database-url", as_role(filled, BACKUP), "--evidence-url", evidence.as_uri()),
        env=environment,
    )

    async def dumping() -> bool:
        return any(path.stat().st_size > 0 for path in folder.rglob("database.dump*"))

    await until(dumping)
    killed.kill()
    await killed.wait()
    backups = BackupStore(str(folder))
    assert await backups.manifests() == []
    with pytest.raises(BackupError, match="holds no whole backup yet"):
        await backups.find(None)
    manifest = await create.create(source_of(filled, evidence), backups, keep=None, now=NOW, tell=quiet)
    assert [path.name for path in (folder / "backups").iterdir()] == [manifest.id]
    async with connected(filled) as connection:
        unfinished = await connection.fetch("SELECT FROM backup WHERE finished_at IS NULL")
        assert len(unfinished) == 1


async def test_a_full_disk_is_an_error_and_leaves_nothing_behind(filled: str, tmp_path: Path) -> None:
    (small := tmp_path / "small").mkdir()
    backup = f"backup create {small} --database-url '{as_role(filled, BACKUP)}' --evidence-url file://{tmp_path}/evidence"
    done = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "sh", "-c"),
        f"mount -t tmpfs -o size=64k none {small}; {sys.executable} -c '{PROGRAM}' {backup}; "
        f"status=$?; find {small} -type f; exit $status",
        env={**os.environ, "STREETWARDEN_SERVERS_FOLDER": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    left, said = await done.communicate()
    assert done.returncode == 1
    assert b"database.dump cannot be written" in said
    assert b"No space left" in said
    assert left == b""
    async with connected(filled) as connection:
        assert "No space left" in await connection.fetchval("SELECT failure FROM backup")


async def test_two_backups_at_once_are_one(filled: str, tmp_path: Path) -> None:
    source = source_of(filled, tmp_path / "evidence")
    async with connected(as_role(filled, BACKUP)) as other:
        assert await other.fetchval(create._SQL["take_turn"])
        with pytest.raises(BackupError, match="another backup of this database is under way"):
            await create.create(source, BackupStore(str(tmp_path / "b")), keep=None, now=NOW, tell=quiet)


async def test_a_database_that_is_not_empty_is_replaced_only_on_request(filled: str, tmp_path: Path) -> None:
    backups = BackupStore(str(tmp_path / "backups"))
    manifest = await create.create(
        source_of(filled, tmp_path / "evidence"), backups, keep=None, now=NOW, tell=quiet
    )
    with pytest.raises(BackupError, match="is not empty; give --replace"):
        await restore.restore_database(backups, manifest, filled, replace=False, system=ROOT, tell=quiet)
    with pytest.raises(BackupError, match="needs a superuser, which streetwarden_backup is not"):
        await restore.restore_database(
            backups, manifest, as_role(filled, BACKUP), replace=True, system=ROOT, tell=quiet
        )
    dump = tmp_path / "backups" / manifest.database.key
    dump.write_bytes(dump.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupError, match="is not what was written"):
        await restore.restore_database(backups, manifest, filled, replace=True, system=ROOT, tell=quiet)
    async with connected(filled) as connection:
        assert await connection.fetchval("SELECT count(*) FROM incident") == 3


async def test_a_restore_that_does_not_add_up_changes_nothing(filled: str, tmp_path: Path) -> None:
    backups = BackupStore(str(tmp_path / "backups"))
    manifest = await create.create(
        source_of(filled, tmp_path / "evidence"), backups, keep=None, now=NOW, tell=quiet
    )
    other = msgspec.structs.replace(manifest, rows={**manifest.rows, "position": 7})
    with pytest.raises(BackupError, match="position has 3 rows after the restore and 7"):
        await restore.restore_database(backups, other, filled, replace=True, system=ROOT, tell=quiet)
    newer = msgspec.structs.replace(manifest, schema_version=9999)
    with pytest.raises(BackupError, match="or newer"):
        await restore.restore_database(backups, newer, filled, replace=True, system=ROOT, tell=quiet)
    foreign = msgspec.structs.replace(manifest, timescaledb="2.1.0")
    with pytest.raises(BackupError, match="install that version there"):
        await restore.restore_database(backups, foreign, filled, replace=True, system=ROOT, tell=quiet)
    async with connected(filled) as connection:
        assert await connection.fetchval("SELECT count(*) FROM position") == 3
        names = {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
    assert not {name for name in names if name.endswith(("_restoring", "_replaced"))}


async def test_a_restore_that_dies_between_the_two_renames_leaves_the_old_database(
    filled: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, draft = filled.rpartition("/")[2], empty_database_url.rpartition("/")[2]
    rename = restore._rename

    async def dying(administrator: Connection, name: str, new: str) -> None:
        if name == draft:
            administrator.terminate()
        await rename(administrator, name, new)

    monkeypatch.setattr(restore, "_rename", dying)
    async with connected(f"{filled.rpartition('/')[0]}/postgres") as administrator:
        with pytest.raises((OSError, asyncpg.InterfaceError, asyncpg.PostgresError)):
            await restore._swap(administrator, draft, target)
    async with connected(filled) as connection:
        assert await connection.fetchval("SELECT count(*) FROM incident") == 3


async def test_a_restore_as_it_was_documented_is_noticed(filled: str, empty_database_url: str) -> None:
    """Plain pg_restore by the tables' owner: schema_version is right afterwards, the tables are not."""
    pg_dump = clients.find("pg_dump", server=17, system=ROOT)
    dump = [piece async for piece in clients.output(pg_dump, ["-Fc"], url=filled)]
    name = empty_database_url.rpartition("/")[2]
    owner = f"{name}_owner"
    async with connected(empty_database_url) as administrator:
        await administrator.execute(
            f"CREATE ROLE {owner} LOGIN PASSWORD 'w'; ALTER DATABASE {name} OWNER TO {owner}"
        )
        await administrator.execute("CREATE EXTENSION timescaledb")
        await administrator.execute("CREATE EXTENSION postgis")
        url = login(empty_database_url, owner, "w")
        try:
            await restore_plainly(dump, url)
            async with connected(url) as connection:
                await require_current(connection)  # which is what said that all was well
                assert await connection.fetchval("SELECT count(*) FROM position") == 0
                with pytest.raises(SchemaError, match="tables do not match its schema version"):
                    await check_schema(connection)
            with pytest.raises(SchemaError, match="streetwarden restore"):
                await migrate(url)
        finally:
            await administrator.execute(f"REASSIGN OWNED BY {owner} TO postgres; DROP OWNED BY {owner}")
            await administrator.execute(f"DROP ROLE {owner}")


async def restore_plainly(dump: list[bytes], url: str) -> None:
    """A restore without timescaledb_pre_restore: "errors ignored on restore: 85"."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in dump:
            yield piece

    with pytest.raises(BackupError, match="pg_restore failed"):
        await clients.feed(
            clients.find("pg_restore", server=17, system=ROOT), ["--no-owner"], pieces(), url=url
        )


def test_a_missing_or_too_old_client_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_DEBIAN", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="is not installed here; install postgresql-client-17"):
        clients.find("pg_dump", server=17)
    (program := tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.9'\n")
    program.chmod(0o755)
    with pytest.raises(BackupError, match="is version 15 and the server is PostgreSQL 17; install"):
        clients.find("pg_dump", server=17)
    assert clients.find("pg_dump", server=15).version == 15
