"""PostgreSQL 17 with TimescaleDB and PostGIS, for one machine of a few cores."""

from __future__ import annotations

import asyncio
import shlex
import signal
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from deploy.debian_root import System
from deploy.servers.confined import INSIDE, Server

_BIN: Final = "/usr/lib/postgresql/17/bin"
ADMINISTRATOR: Final = "postgres"

SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "timescaledb.max_background_workers": "4",
    "max_worker_processes": "16",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "lz4",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "jit": "off",
    "random_page_cost": "1.1",
    "log_min_duration_statement": "2s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""Settings that differ from the defaults. Commits reach the disk (fsync, synchronous_commit stay on)."""


ARCHIVE: Final = {
    "archive_mode": "on",
    "archive_timeout": "1min",
    # Whole or not at all, and never over another of its name; PostgreSQL tries again what fails.
    "archive_command": (
        f"f={INSIDE}/archive/%f.gz; if [ -e $f ]; then gzip -dc $f | cmp -s - %p; else "
        f"gzip -1 <%p >$f.part && sync $f.part && mv $f.part $f && sync {INSIDE}/archive; fi"
    ),
}
"""Archives every finished file of the write-ahead log in `archive/`, for point-in-time recovery."""


class PostgreSQL(Server):
    """One cluster.

    Args:
        system: the Debian root with its program.
        folder: its data.
        port: on 127.0.0.1.
        password: of its administrator; every login needs a password (scram-sha-256).
        log: takes its output.
        archive: whether the write-ahead log is archived, in `archive/` of its folder.
        settings: override ours, for tests.
    """

    name = "PostgreSQL"

    def __init__(
        self,
        *,
        system: System,
        folder: Path,
        port: int,
        password: str,
        log: Path | None = None,
        archive: bool = False,
        settings: dict[str, str] | None = None,
    ) -> None:
        super().__init__(system=system, folder=folder, port=port, log=log)
        self._password = password
        self._settings = {**SETTINGS, **(ARCHIVE if archive else {}), **(settings or {})}

    def url(self, database: str, *, user: str = ADMINISTRATOR, password: str | None = None) -> str:
        """The address of a database, with the password in it."""
        secret = quote(self._password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Write its configuration."""
        secret = self.folder / "administrator"
        secret.touch(mode=0o600)
        secret.write_text(self._password + "\n", encoding="utf-8")

    def command(self) -> str:
        """Give its folder to its own user, and run as that user."""
        run = "setpriv --reuid=postgres --regid=postgres --init-groups"
        options = " ".join(f"-c {shlex.quote(f'{key}={value}')}" for key, value in self._settings.items())
        return (
            f"set -e; cd {INSIDE}; mkdir -p archive; chown postgres:postgres . administrator archive; "
            "chmod 755 .; chmod 700 archive; "
            "[ ! -e cluster/recovery.signal ] || { chown -R postgres:postgres cluster archive; "
            "chmod 700 cluster; }; "
            f"[ -e cluster/PG_VERSION ] || {{ rm -rf cluster draft; {run} {_BIN}/initdb -D draft "
            f"-U {ADMINISTRATOR} --auth=scram-sha-256 --pwfile=administrator --encoding=UTF8 "
            "--locale=C.UTF-8 --no-sync >/dev/null; "
            "sync -f draft; mv draft cluster; }; rm administrator; "
            f"exec {run} {_BIN}/postgres -D cluster -p {self.port} {options}"
        )

    @property
    def goodbye(self) -> signal.Signals:
        """The signal that stops it cleanly."""
        return signal.SIGINT  # "fast": end sessions, save, and go

    def answers(self) -> bool:
        """Probe it as a client."""

        async def ask() -> None:
            connection = await asyncpg.connect(self.url("postgres"), timeout=5)
            try:
                await connection.fetchval("SELECT 1")
            finally:
                await connection.close()

        try:
            asyncio.run(ask())
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True
