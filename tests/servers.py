"""A real broker and a real database for tests, which can stop, kill, pause and restart them.

They are the stack's own servers (deploy/servers), from the same Debian 13 root; the settings below make
starts faster and writes visible sooner.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from deploy import debian_root
from deploy.servers import Account, Mosquitto, PostgreSQL
from deploy.servers.broker_limits import MEMORY_BYTES
from deploy.servers.broker_tls import BrokerTls
from tests.ports import free_port

ROOT: Final = Path(__file__).parents[1] / ".streetwarden" / "debian-13"
DISTRICT: Final = "350582"
TOKEN: Final = "removes-sessions"
_PASSWORD: Final = "a test's password"
_QUICK: Final = {
    "fsync": "off",  # SIGKILL of a process loses no page that the kernel has; only a power cut would
    "full_page_writes": "off",
    "timescaledb.max_background_workers": "0",  # a scheduler would hold the template database open
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
}


class Broker(Mosquitto):
    """Mosquitto, which lets in anybody, or only those with a password, each to its own topics.

    Args:
        folder: its data.
        passwords: by user; without them anybody may do anything.
        autosave_s: seconds between saves of what waits.
        tls: its certificate; without one it speaks no TLS.
        memory_bytes: of its heap, past which devices are refused.
    """

    def __init__(
        self,
        folder: Path,
        passwords: dict[str, str] | None = None,
        *,
        autosave_s: int = 1,
        tls: BrokerTls | None = None,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        accounts = None
        if passwords is not None:
            accounts = [
                Account(user=user, district=DISTRICT, password=word) for user, word in passwords.items()
            ]
        super().__init__(
            system=debian_root.find(ROOT),
            folder=folder,
            port=free_port(),
            accounts=accounts,
            autosave_s=autosave_s,
            tls=tls,
            token=TOKEN,
            memory_bytes=memory_bytes,
        )


class DatabaseServer(PostgreSQL):
    """PostgreSQL with TimescaleDB and PostGIS; tests make databases in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            system=debian_root.find(ROOT),
            folder=folder,
            port=free_port(),
            password=_PASSWORD,
            settings=_QUICK,
        )


def missing() -> str | None:
    """What this machine lacks to run the servers, or None."""
    if os.geteuid() != 0:
        return "real servers need root: run the tests as root, or give STREETWARDEN_TEST_DATABASE_URL"
    lacking = debian_root.find(ROOT).lacks()
    if lacking:
        return (
            f"the servers' system {ROOT} lacks {', '.join(lacking)}: run scripts/test, or "
            f"python -m deploy.debian_root make {ROOT} {ROOT}.log"
        )
    return None
