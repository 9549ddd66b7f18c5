"""Fuzzes the API from its own OpenAPI description: `python -m bench api-fuzz`.

schemathesis reads the description and sends requests to a real center with a real database: every operation
with values at and beyond every limit, of wrong types, missing, repeated. An answer must not be a 5xx, and
must match the description: status, media type, headers and body. The last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click

from bench.errors import BenchError
from bench.ports import free_port
from bench.stand import stand
from cases import CasePolicy
from cases.rights import PERSONS_ROLES, Role
from casework import apply_incident
from center.app import create_api
from center.openapi import LIVE_PATH, describe
from center.people.passwords import hash_password
from store.connection import Connection, open_connection
from store.operators import set_operator
from store.people import WHOLE_CITY
from wire.messages import Incident, Phase

_CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
_LEFT_OUT: Final = "signOff"
"""Ends the session that all requests need."""
_LOGIN: Final = "fuzz"
_PASSWORD: Final = "nobody guesses this one"  # noqa: S105 of an account that goes with the database
_DISTRICT: Final = "350582"
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-on client.

    Attributes:
        url: of the center.
        cookie: the session's, as a Cookie header has it.
        csrf_token: the session's.
    """

    url: str
    cookie: str
    csrf_token: str


def attack(
    session: Session,
    *,
    examples: Mapping[str, Any],
    seconds: float | None,
    seed: int,
    requests_each: int,
    folder: Path,
) -> dict[str, Any]:
    """Send valid and invalid requests to a center.

    Args:
        session: the client; it must not end meanwhile.
        examples: by parameter: existing values, so that not every answer is 404.
        seconds: approximate duration, in rounds; None for one round without the values at each limit.
        seed: of the values.
        requests_each: of an operation in one round.
        folder: for the description and the report.

    Returns:
        The figures; it is clean when `findings` is empty.
    """
    description = describe(create_api())
    del description["paths"][LIVE_PATH]  # a WebSocket
    _give_examples(description, examples)
    file, report = folder / "openapi.json", folder / "report.json"
    file.write_text(json.dumps(description), encoding="utf-8")
    arguments = [
        str(Path(sys.executable).with_name("schemathesis")), "run", str(file), "--url", session.url,
        "--phases", "examples,fuzzing" if seconds is None else "examples,coverage,fuzzing",
        "--checks", ",".join(_CHECKS), "--continue-on-failure",
        "--exclude-operation-id", _LEFT_OUT, "--header", f"Cookie: {session.cookie}",
        "--header", f"X-CSRF-Token: {session.csrf_token}",
        "--max-examples", str(requests_each), "--seed", str(seed), "--no-shrink",
        "--suppress-health-check", "all", "--warnings", "off", "--no-color",
        "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip
    if seconds is not None:
        arguments += ["--max-time", str(max(1, round(seconds)))]
    began = time.monotonic()
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, cwd=folder)
    if not report.exists():
        raise BenchError(f"schemathesis did not get to its end: {done.stdout[-500:]}{done.stderr[-500:]}")
    found = json.loads(report.read_text(encoding="utf-8"))
    kinds = {each["type"]: each["count"] for each in found["failures"]}
    return {
        "requests": found["test_cases"]["generated"],
        "operations": found["operations"]["tested"],
        "server_errors": kinds.get("ServerError", 0),
        "findings": kinds,
        "errors": found["operations"]["errored"] + found["test_cases"]["errored"],
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
        "said": done.stdout if kinds or done.returncode else "",
    }


async def fill(connection: Connection) -> dict[str, Any]:
    """Insert one row of each kind into a database, an account with all roles, and one with each.

    Returns:
        The examples for `attack`.
    """
    password_hash = hash_password(_PASSWORD)
    for login, roles in ((_LOGIN, PERSONS_ROLES), *((login_of(role), {role}) for role in PERSONS_ROLES)):
        await set_operator(
            connection,
            login=login,
            display_name="Fuzz",
            password_hash=password_hash,
            roles=frozenset(roles),
            department=WHOLE_CITY,
        )
    now = datetime.now(UTC).replace(microsecond=0)
    entity = await connection.fetchval(
        "INSERT INTO entity (kind, id, district) VALUES ('vehicle', 'v1', $1) RETURNING entity_id", _DISTRICT
    )
    await connection.executemany(
        "INSERT INTO position (entity_id, flags, time, received_at, lat, lon, speed_mps)"
        " VALUES ($1, 0, $2, $2, 24.9 + $3::integer * 0.0001, 118.6, 8)",
        [(entity, now - timedelta(seconds=10 * number), number) for number in range(60)],
    )
    digest = "0" * 64
    incident = Incident(
        incident_id=uuid4(), revision=1, phase=Phase.BEGUN, type="stall", observed_at=now.timestamp(),
        began_at=now.timestamp() - 40, lat=24.9, lon=118.6, camera="cam-01", zone="pavement-1",
        confidence=0.9,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO incident (incident_id, revision, phase, type, source, district, observed_at,"
        " began_at, received_at, place, camera, zone, confidence)"
        " VALUES ($1, 1, 'begun', 'stall', 'box/box-1', $2, $3, $3, $3,"
        " ST_SetSRID(ST_MakePoint(118.6, 24.9), 4326), 'cam-01', 'pavement-1', 0.9)",
        incident.incident_id,
        _DISTRICT,
        now,
    )
    async with connection.transaction():
        change = await apply_incident(
            connection,
            incident,
            source="box/box-1",
            district=_DISTRICT,
            received_at=now,
            evidence_digests=[digest],
            policy=CasePolicy.load(),
        )
    return {
        "kind": "vehicle",
        "identity": "v1",
        "entity": "vehicle/v1",
        "number": change.number,
        "camera": "cam-01",
        "digest": digest,
        "begin": (now - timedelta(hours=1)).isoformat(),
        "end": (now + timedelta(minutes=1)).isoformat(),
        "lat": 24.9,
        "lon": 118.6,
    }


def login_of(role: Role) -> str:
    """The login of the account of `fill` that has one role."""
    return f"{_LOGIN}-{role.value}"


def sign_on(url: str, login: str = _LOGIN) -> Session:
    """Sign on at a center with an account of `fill`; waits until the center is up.

    Raises:
        BenchError: no center answers, or it refuses.
    """
    body = json.dumps({"login": login, "password": _PASSWORD}).encode()
    request = urllib.request.Request(  # noqa: S310 an address of ours
        f"{url}/api/v1/session", data=body, headers={"Content-Type": "application/json"}
    )
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                cookies = answer.headers.get_all("Set-Cookie")
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise BenchError(f"the center at {url} refuses to sign on: {error.read().decode()}") from None
        except OSError as error:
            if time.monotonic() > end:
                raise BenchError(f"no center answers at {url} ({error}); see its log") from None
            time.sleep(0.1)
        else:
            session = next(each for each in cookies if each.startswith("streetwarden_session="))
            return Session(url=url, cookie=session.partition(";")[0], csrf_token=found["csrf_token"])


def _give_examples(description: dict[str, Any], examples: Mapping[str, Any]) -> None:
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in examples:
                    value = examples[parameter["name"]]
                    many = parameter["schema"].get("type") == "array"
                    parameter["example"] = [value] if many else value


@contextmanager
def _center(database_url: str, folder: Path) -> Iterator[str]:
    """A center as users run it; its address."""
    port = free_port()
    log = (folder / "center.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "center"],
        env={
            **os.environ,
            "STREETWARDEN_DATABASE_URL": database_url,
            "STREETWARDEN_EVIDENCE_URL": (folder / "evidence").as_uri(),
            "STREETWARDEN_CENTER_WEB_PORT": str(port),
            "STREETWARDEN_CENTER_METRICS_PORT": "0",
            "STREETWARDEN_CENTER_SESSION_IDLE_MINUTES": "43200",
            "STREETWARDEN_CENTER_SESSION_HOURS": "720",
        },
        stderr=log,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        log.close()


async def _filled(database_url: str) -> dict[str, Any]:
    connection = await open_connection(database_url, application="streetwarden bench")
    try:
        return await fill(connection)
    finally:
        await connection.close()


@click.command(name="api-fuzz")
@click.option("--seconds", default=600.0, help="Approximate duration.")
@click.option("--requests-each", default=1000, help="Requests of each operation in one round; rounds repeat.")
@click.option("--seed", default=1, help="Seed of the values.")
@click.option("--each-role", is_flag=True, help="Sign on in each role in turn, and share the duration.")
def command(*, seconds: float, requests_each: int, seed: int, each_role: bool) -> None:
    """Send valid and invalid requests to every operation of the center's API.

    The last line is one JSON object: the figures of each account. The exit status is 1 if there is a finding.
    """
    logins = [login_of(role) for role in sorted(PERSONS_ROLES)] if each_role else [_LOGIN]
    with stand() as servers:
        examples = asyncio.run(_filled(servers.database_url))
        figures = {}
        with _center(servers.database_url, servers.folder) as url:
            for login in logins:
                folder = servers.folder / login
                folder.mkdir()
                figures[login] = attack(
                    sign_on(url, login), examples=examples, seconds=seconds / len(logins), seed=seed,
                    requests_each=requests_each, folder=folder,
                )  # fmt: skip
        log = (servers.folder / "center.log").read_text(encoding="utf-8", errors="replace")
    for login, found in figures.items():
        if report := found.pop("said"):
            click.echo(f"{login}:\n{report}", err=True)
    click.echo(json.dumps({**figures, "traces_in_log": log.count("Traceback")}))
    if "Traceback" in log or any(found["findings"] or found["errors"] for found in figures.values()):
        sys.exit(1)
