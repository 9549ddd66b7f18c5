"""`status --json` always prints its line, and names the parts that are away."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg
from click.testing import CliRunner

from deploy.status.command import command
from tests.deploy.status.served import serving
from tests.ports import free_port

METRICS = "streetwarden_ingest_messages_received_total 10.0\nstreetwarden_ingest_messages_in_flight 10.0\n"


def status(
    folder: Path, *, database_url: str, ingest_port: int, worker_port: int | None = None
) -> tuple[int, dict[str, Any]]:
    """The exit status and the line; without a port of its own the worker is where ingest is."""
    done = CliRunner().invoke(
        command,
        ["--json", "--seconds", "0.1", "--folder", str(folder / "no-stack")],
        env={
            "STREETWARDEN_DATABASE_URL": database_url,
            "STREETWARDEN_INGEST_METRICS_PORT": str(ingest_port),
            "STREETWARDEN_WORKER_METRICS_PORT": str(worker_port or ingest_port),
        },
    )
    (line,) = done.stdout.splitlines()
    assert done.stderr == ""
    return done.exit_code, json.loads(line)


def test_all_values_are_there_while_everything_answers(database_url: str, tmp_path: Path) -> None:
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=database_url, ingest_port=port)
    assert (code, said["reason"]) == (0, None)
    assert (said["vehicles_live"], said["cases_open"], said["lost"]) == (0, 0, 0)
    assert said["fates"]["in_flight"] == 10
    assert (said["jobs_waiting"], said["jobs_oldest_s"], said["jobs_failed"]) == (0, None, 0)


async def put_jobs(url: str) -> None:
    """One that is due, and one that has failed and is tried again later."""
    connection = await asyncpg.connect(url)
    await connection.execute("""
        INSERT INTO pgqueuer (priority, entrypoint, status, execute_after, attempts) VALUES
            (0, 'case', 'queued', now() - interval '90 seconds', 0),
            (0, 'case', 'queued', now() + interval '1 hour', 3)
    """)
    await connection.close()


def test_the_workers_jobs_are_counted_where_they_wait(database_url: str, tmp_path: Path) -> None:
    asyncio.run(put_jobs(database_url))
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=database_url, ingest_port=port)
    assert (code, said["jobs_waiting"], said["jobs_failed"]) == (0, 1, 1)
    assert 90 <= said["jobs_oldest_s"] < 120


def test_a_worker_that_is_away_is_named(database_url: str, tmp_path: Path) -> None:
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=database_url, ingest_port=port, worker_port=free_port())
    assert (code, said["jobs_waiting"]) == (1, 0)
    assert said["reason"].startswith("the worker does not answer at http://127.0.0.1:")


def test_a_worker_that_waits_is_named_with_what_it_waits_for(database_url: str, tmp_path: Path) -> None:
    with (
        serving(METRICS) as port,
        serving("connecting to the database", HTTPStatus.SERVICE_UNAVAILABLE) as worker,
    ):
        code, said = status(tmp_path, database_url=database_url, ingest_port=port, worker_port=worker)
    assert (code, said["reason"]) == (1, "the worker does no jobs: connecting to the database")


def test_a_program_that_refuses_the_changed_case_policy_is_named(database_url: str, tmp_path: Path) -> None:
    refused = "streetwarden_case_policy_refused 1.0\n"
    with serving(METRICS) as port, serving(refused) as worker:
        code, said = status(tmp_path, database_url=database_url, ingest_port=port, worker_port=worker)
        assert (code, said["case_policy_refused_by"]) == (1, ["worker"])
        assert said["reason"].startswith("worker refused the changed case policy and uses the earlier one")


def test_without_ingest_the_database_is_still_read(database_url: str, tmp_path: Path) -> None:
    code, said = status(tmp_path, database_url=database_url, ingest_port=free_port())
    assert code == 1
    assert said["reason"].startswith("ingest does not answer at http://127.0.0.1:")
    assert (said["messages_per_s"], said["fates"], said["lost"], said["cases_open"]) == (None, None, None, 0)


def test_without_the_database_ingest_is_still_read(tmp_path: Path) -> None:
    nowhere = f"postgresql://u@127.0.0.1:{free_port()}/d"
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=nowhere, ingest_port=port)
    assert code == 1
    assert said["reason"].startswith("no connection to the database at")
    assert (said["vehicles_live"], said["incidents"], said["lost"]) == (None, None, 0)


def test_without_ingest_and_database_the_line_names_both(tmp_path: Path) -> None:
    nowhere = f"postgresql://u@127.0.0.1:{free_port()}/d"
    code, said = status(tmp_path, database_url=nowhere, ingest_port=free_port())
    assert code == 1
    assert "ingest does not answer" in said["reason"]
    assert "no connection to the database" in said["reason"]
    assert {said[key] for key in said if key not in {"reason", "case_policy_refused_by"}} == {None}


def test_a_database_that_was_never_migrated_is_named(empty_database_url: str, tmp_path: Path) -> None:
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=empty_database_url, ingest_port=port)
    assert code == 1
    assert "streetwarden db migrate" in said["reason"]
