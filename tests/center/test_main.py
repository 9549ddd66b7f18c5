"""The program as it is started: its settings, its ports, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from center.__main__ import run
from center.settings import Cases, Metrics, Settings, Web
from program.errors import ProgramError
from program.settings_parts import EvidenceStore
from tests import plain_http
from tests.center.running import PATIENCE_S, until
from tests.ports import free_port

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@asynccontextmanager
async def started(port: int, *arguments: str, **environment: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    given = {
        "STREETWARDEN_DATABASE_URL": NOWHERE,
        "STREETWARDEN_CENTER_WEB_PORT": str(port),
        "STREETWARDEN_CENTER_METRICS_PORT": "0",
        **environment,
    }
    process = subprocess.Popen(  # noqa: ASYNC220 (it starts at once)
        [sys.executable, "-m", "center", *arguments],
        env={**os.environ, **given},
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_without_its_database_and_ends_in_order(
    tmp_path: Path, number: signal.Signals
) -> None:
    port, probes = free_port(), free_port()
    evidence = (tmp_path / "evidence").as_uri()
    async with (
        started(
            port, STREETWARDEN_EVIDENCE_URL=evidence, STREETWARDEN_CENTER_METRICS_PORT=str(probes)
        ) as process,
        plain_http.async_client(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        async def serves() -> bool:
            try:
                return (await client.get("/")).status_code > 0
            except httpx.TransportError:
                assert process.poll() is None
                return False

        await until(serves)
        answer = await client.post("/api/v1/session", json={"login": "li", "password": "x"})
        assert answer.status_code == 503
        # It stays in its Service and is not restarted, so that browsers hear what is wrong.
        asked = {
            path: (await client.get(f"http://127.0.0.1:{probes}/{path}")).status_code
            for path in ("live", "ready", "health")
        }
        assert asked == {"live": 200, "ready": 200, "health": 503}
        process.send_signal(number)
        _, said = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "no connection to the database at postgresql://nobody@127.0.0.1:1/none" in said.decode()
        assert "Traceback" not in said.decode()


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started(port, STREETWARDEN_EVIDENCE_URL=tmp_path.as_uri()) as process:
            _, said = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
            assert process.returncode == 1
            assert f"cannot listen on 127.0.0.1:{port}" in said.decode()
            assert "choose another web.address or web.port" in said.decode()


async def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    config = tmp_path / "center.toml"
    config.write_text("[web]\nprot = 80\n", encoding="utf-8")
    async with started(0, "--config", str(config)) as process:
        _, said = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
        assert process.returncode == 1
        assert "unknown setting 'web.prot'; did you mean 'port'?" in said.decode()


async def test_evidence_that_can_be_kept_nowhere_is_named() -> None:
    with pytest.raises(ProgramError, match="STREETWARDEN_EVIDENCE_URL"):
        await run(
            Settings(web=Web(port=0), metrics=Metrics(port=0), evidence=EvidenceStore(url="ftp://nowhere"))
        )


async def test_a_case_policy_that_is_not_there_is_named() -> None:
    with pytest.raises(ProgramError, match="no case policy folder /nowhere"):
        await run(Settings(web=Web(port=0), metrics=Metrics(port=0), cases=Cases(folder="/nowhere")))
