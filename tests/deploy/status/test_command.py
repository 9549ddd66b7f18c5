"""`status --json` prints its line whatever is away, and says what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.deploy.status.served import serving
from tests.ports import free_port

RUN = "import sys; from deploy.status.command import command; command()"
METRICS = "streetwarden_ingest_messages_received_total 10.0\nstreetwarden_ingest_messages_in_flight 10.0\n"


def status(folder: Path, *, database_url: str, ingest_port: int) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, "--json", "--seconds", "0.1", "--folder", str(folder / "no-stack")],
        env={
            "STREETWARDEN_DATABASE_URL": database_url,
            "STREETWARDEN_INGEST_METRICS_PORT": str(ingest_port),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    (line,) = done.stdout.splitlines()
    assert done.stderr == ""
    return done.returncode, json.loads(line)


def test_all_values_are_there_while_everything_answers(database_url: str, tmp_path: Path) -> None:
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=database_url, ingest_port=port)
    assert (code, said["reason"]) == (0, None)
    assert (said["vehicles_live"], said["cases_open"], said["lost"]) == (0, 0, 0)
    assert said["fates"]["in_flight"] == 10


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


def test_without_either_the_line_says_so_of_both(tmp_path: Path) -> None:
    nowhere = f"postgresql://u@127.0.0.1:{free_port()}/d"
    code, said = status(tmp_path, database_url=nowhere, ingest_port=free_port())
    assert code == 1
    assert "ingest does not answer" in said["reason"]
    assert "no connection to the database" in said["reason"]
    assert {said[key] for key in said if key != "reason"} == {None}


def test_a_database_that_was_never_migrated_is_named(empty_database_url: str, tmp_path: Path) -> None:
    with serving(METRICS) as port:
        code, said = status(tmp_path, database_url=empty_database_url, ingest_port=port)
    assert code == 1
    assert "streetwarden db migrate" in said["reason"]
