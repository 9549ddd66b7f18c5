"""The worker program, running as users run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from store.roles import MAINTENANCE, WORKER
from tests.database_roles import as_role
from tests.ingest.running import until
from tests.ports import free_port


class RunningWorker:
    """One worker process; it may be killed and started again with the same settings.

    Args:
        name: of its log.
        settings: as variables without their prefix.
    """

    def __init__(self, *, database_url: str, folder: Path, name: str = "worker", **settings: object) -> None:
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self._environment = {
            **os.environ,
            "STREETWARDEN_DATABASE_URL": as_role(database_url, WORKER),
            "STREETWARDEN_WORKER_STORAGE_DATABASE_URL": as_role(database_url, MAINTENANCE),
            "STREETWARDEN_EVIDENCE_URL": (folder / "evidence").as_uri(),
            "STREETWARDEN_WORKER_METRICS_PORT": str(self.port),
            **{f"STREETWARDEN_WORKER_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "worker"], env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """SIGKILL: no goodbye to anyone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)

    async def health(self) -> str:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self.port}/health")).text.strip()
            except httpx.TransportError as error:
                return f"no answer: {type(error).__name__}"

    async def ready(self) -> None:
        async def healthy() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"the worker has ended: {self.log.read_text()[-1000:]}"
            return await self.health() == "ok"

        await until(healthy)

    async def metrics(self) -> dict[tuple[str, ...], float]:
        """Values by name and labels' values."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        return {
            (sample.name.removeprefix("streetwarden_worker_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
