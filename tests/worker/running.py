"""The worker program as users run it."""

from __future__ import annotations

from pathlib import Path

from store.roles import MAINTENANCE, WORKER
from tests.database_roles import as_role
from tests.ingest.running import RunningProgram
from tests.ports import free_port


class RunningWorker(RunningProgram):
    """One worker process.

    Args:
        name: of its log.
        settings: as variables without their prefix.
    """

    def __init__(self, *, database_url: str, folder: Path, name: str = "worker", **settings: object) -> None:
        port = free_port()
        super().__init__(
            name="worker",
            command=["-m", "worker"],
            environment={
                "STREETWARDEN_DATABASE_URL": as_role(database_url, WORKER),
                "STREETWARDEN_WORKER_STORAGE_DATABASE_URL": as_role(database_url, MAINTENANCE),
                "STREETWARDEN_EVIDENCE_URL": (folder / "evidence").as_uri(),
                "STREETWARDEN_WORKER_METRICS_PORT": str(port),
                **{f"STREETWARDEN_WORKER_{key.upper()}": str(value) for key, value in settings.items()},
            },
            port=port,
            log=folder / f"{name}.log",
        )
