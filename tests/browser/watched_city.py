"""A whole watched city: fleet, edge box, broker, ingest, database and center, as users run them."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import aiomqtt
import asyncpg
import httpx
import msgspec

from cases.rights import PERSONS_ROLES, Role
from center.people.passwords import hash_password
from city import folder as city_folder
from city.build import build
from store.city import import_city
from store.operators import set_operator
from store.people import WHOLE_CITY, find_department
from tests import plain_http
from tests.edge.clips import ZONE, crate_clip
from tests.ports import free_port
from tests.servers import DISTRICT, Broker
from wire import Incident, Phase, Position, as_datetime, encode

Result = TypeVar("Result")

LOGIN: Final = "operator"
PASSWORD: Final = "a person's password"
CAMERA: Final = "cam-01"
"""The one camera that films: a crate is put down under it, and taken away."""

OUTSIDER: Final = "vehicle/outsider"
"""One that the fleet doesn't drive: a test says where it is."""

_OWN_RULE: Final = f"""
[[rules]]
watches = "key_area"
name = "no_outsiders"
areas = "key-areas.geojson"
hours = ["00:00-12:00", "12:00-00:00"]
time_zone = "UTC"
ids = ["{OUTSIDER.partition("/")[2]}"]
opens_case = "vehicle_in_key_area"
"""
"""Beside those of the made city, of which none opens a case."""

_PUT_S: Final = 14.0
_TAKEN_S: Final = 34.0
_FILM_S: Final = 200.0
_FRAMES_PER_S: Final = 4
_PATIENCE_S: Final = 60.0
_SHORTEST_CLIP_S: Final = 0.25
_CASE_OF: Final = (
    "SELECT case_file.number FROM case_file JOIN case_incident USING (case_id) WHERE incident_id = $1"
)
_FIXES_OF: Final = (
    "SELECT count(*) FROM position JOIN entity USING (entity_id)"
    " WHERE kind || '/' || id = $1 AND time BETWEEN $2 AND $3"
)
_OTHER_CAMERA: Final = "cam-02"
_PLACE_OF: Final = "SELECT ST_Y(place) AS lat, ST_X(place) AS lon FROM camera WHERE camera = $1"
_CENTRE_USER: Final = "center-ingest"
_INCIDENTS_USER: Final = "center-incidents"
_PHONES_USER: Final = "center-phones"


@dataclass(eq=False, slots=True, kw_only=True)
class WatchedCity:
    """Starts and stops the programs.

    Attributes:
        folder: where everything lies.
        broker: with the accounts of `accounts`.
        database_url: migrated, empty.
    """

    folder: Path
    broker: Broker
    database_url: str
    port: int = field(default_factory=free_port)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Fill the database and start everything but the edge box."""
        _run(self._fill())
        shared = {
            "STREETWARDEN_MQTT_URL": self.broker.url,
            "STREETWARDEN_DATABASE_URL": self.database_url,
            "STREETWARDEN_EVIDENCE_URL": (self.folder / "evidence").as_uri(),
        }
        ingest = {
            "STREETWARDEN_INGEST_BROKER_USER": _CENTRE_USER,
            "STREETWARDEN_INGEST_BROKER_PASSWORD": _CENTRE_USER,
            "STREETWARDEN_INGEST_INCIDENTS_USER": _INCIDENTS_USER,
            "STREETWARDEN_INGEST_INCIDENTS_PASSWORD": _INCIDENTS_USER,
            "STREETWARDEN_INGEST_METRICS_PORT": "0",
        }
        credentials = self.folder / "credentials.json"
        credentials.write_bytes(msgspec.json.encode({user: user for user in users(self.folder / "city")}))
        self._start("ingest", shared | ingest, "--config", str(self.folder / "city" / "ingest-rules.toml"))
        self.start_center()
        self._start(
            "city", {}, "run", "--city", str(self.folder / "city"),
            "--broker-url", self.broker.url, "--credentials", str(credentials),
        )  # fmt: skip
        self._until_up()

    def start_center(self) -> None:
        """Start the center, at the same address as before."""
        self._start(
            "center",
            {
                "STREETWARDEN_MQTT_URL": self.broker.url,
                "STREETWARDEN_CENTER_PHONES_USER": _PHONES_USER,
                "STREETWARDEN_CENTER_PHONES_PASSWORD": _PHONES_USER,
                "STREETWARDEN_CENTER_PHONES_EVERY_S": "2",
                "STREETWARDEN_DATABASE_URL": self.database_url,
                "STREETWARDEN_EVIDENCE_URL": (self.folder / "evidence").as_uri(),
                "STREETWARDEN_CENTER_WEB_PORT": str(self.port),
                "STREETWARDEN_CENTER_METRICS_PORT": "0",
                "STREETWARDEN_CENTER_PUBLIC_PAGE": "true",
            },
        )

    @contextmanager
    def second_center(self, *, cases: Path) -> Iterator[str]:
        """A second center on the same database, with a case policy of its own; its address."""
        port, own = free_port(), "center-2"
        self._start(
            "center",
            {
                "STREETWARDEN_DATABASE_URL": self.database_url,
                "STREETWARDEN_EVIDENCE_URL": (self.folder / "evidence").as_uri(),
                "STREETWARDEN_CENTER_WEB_PORT": str(port),
                "STREETWARDEN_CENTER_METRICS_PORT": "0",
                "STREETWARDEN_CENTER_CASES_FOLDER": str(cases),
            },
            name=own,
        )
        try:
            self._until_up(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            self.kill(own)

    def restart_center(self) -> None:
        """Kill the center, start it, and wait until it serves again."""
        self.kill("center")
        self.start_center()
        self._until_up()

    def start_worker(self) -> None:
        """Start the worker: from now on people get notices."""
        self._start(
            "worker",
            {
                "STREETWARDEN_DATABASE_URL": self.database_url,
                "STREETWARDEN_EVIDENCE_URL": (self.folder / "evidence").as_uri(),
                "STREETWARDEN_WORKER_METRICS_PORT": "0",
            },
        )

    def start_edge(self) -> None:
        """Start the edge box: its films begin now."""
        self._start(
            "edge",
            {
                "STREETWARDEN_MQTT_URL": self.broker.url,
                "STREETWARDEN_EDGE_BOX_ID": city_folder.BOX,
                "STREETWARDEN_EDGE_BOX_DISTRICT": DISTRICT,
                "STREETWARDEN_EDGE_BROKER_PASSWORD": f"box/{city_folder.BOX}",
                "STREETWARDEN_EDGE_OUTBOX_PATH": str(self.folder / "box.db"),
                "STREETWARDEN_EDGE_METRICS_PORT": "0",
                "STREETWARDEN_EDGE_STILLS_EVERY_S": "2",
            },
            "--config",
            str(self.folder / "city" / "edge-cameras.toml"),
        )

    def open_case(self) -> str:
        """Report an incident as a box does, over the broker; the number of the case that it opens."""
        return _run(self._open_case())

    def add_operator(
        self,
        login: str,
        password: str,
        *,
        name: str | None = None,
        roles: Iterable[Role] = PERSONS_ROLES,
        department: str | None = None,
    ) -> None:
        """Add an account; with every role unless some are named."""

        async def add() -> None:
            connection = await asyncpg.connect(self.database_url)
            try:
                code = None if department is None else await find_department(connection, department)
                await set_operator(
                    connection,
                    login=login,
                    display_name=name or login,
                    password_hash=hash_password(password),
                    roles=roles,
                    department=code,
                )
            finally:
                await connection.close()

        _run(add())

    def execute(self, statement: str, *arguments: object) -> None:
        """Run a statement in the database."""

        async def run() -> None:
            connection = await asyncpg.connect(self.database_url)
            try:
                await connection.execute(statement, *arguments)
            finally:
                await connection.close()

        _run(run())

    def place_of(self, camera: str) -> tuple[float, float]:
        """Latitude and longitude of a camera."""

        async def find() -> tuple[float, float]:
            connection = await asyncpg.connect(self.database_url)
            try:
                found = await connection.fetchrow(_PLACE_OF, camera)
            finally:
                await connection.close()
            assert found is not None
            return found["lat"], found["lon"]

        return _run(find())

    def tell(self, user: str, fixes: list[Position]) -> None:
        """Report where a vehicle was, all at once, as one does that comes out of a dead zone."""
        _run(self._tell(user, fixes))

    def kill(self, program: str) -> None:
        """SIGKILL one of them."""
        process = self._running.pop(program)
        process.kill()
        process.wait(10)

    def stop(self) -> None:
        """Stop all of them."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def log(self, program: str) -> str:
        """What a program has written."""
        return (self.folder / f"{program}.log").read_text(encoding="utf-8", errors="replace")

    async def _fill(self) -> None:
        connection = await asyncpg.connect(self.database_url)
        try:
            await import_city(connection, self.folder / "city")
            await set_operator(
                connection,
                login=LOGIN,
                display_name="值班员",
                password_hash=hash_password(PASSWORD),
                roles=PERSONS_ROLES,
                department=WHOLE_CITY,
            )
        finally:
            await connection.close()

    async def _open_case(self) -> str:
        incident_id = uuid4()
        now = datetime.now(UTC)
        connection = await asyncpg.connect(self.database_url)
        try:
            place = await connection.fetchrow(_PLACE_OF, _OTHER_CAMERA)
            assert place is not None
            incident = Incident(
                incident_id=incident_id, revision=1, phase=Phase.BEGUN, type="stall", camera=_OTHER_CAMERA,
                zone=f"zone-{incident_id}", observed_at=now, began_at=now, lat=place["lat"], lon=place["lon"],
            )  # fmt: skip
            await self._publish(f"box/{city_folder.BOX}", "incident", encode(incident))
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    number = await connection.fetchval(_CASE_OF, incident_id)
                    if number is not None:
                        return str(number)
                    await asyncio.sleep(0.1)
        finally:
            await connection.close()

    async def _tell(self, user: str, fixes: list[Position]) -> None:
        span = (fixes[0].time, fixes[-1].time)
        await self._publish(user, "position", encode(fixes))
        connection = await asyncpg.connect(self.database_url)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    stored = await connection.fetchval(_FIXES_OF, user, *(as_datetime(t) for t in span))
                    if stored >= len(fixes):
                        return
                    await asyncio.sleep(0.1)
        finally:
            await connection.close()

    async def _publish(self, user: str, stream: str, payload: bytes) -> None:
        async with aiomqtt.Client(
            "127.0.0.1", self.broker.port, username=user, password=user, protocol=aiomqtt.ProtocolVersion.V5
        ) as client:
            await client.publish(f"sw/1/{DISTRICT}/{user}/{stream}", payload, qos=1)

    def _start(
        self, program: str, variables: dict[str, str], *arguments: str, name: str | None = None
    ) -> None:
        with (self.folder / f"{name or program}.log").open("ab") as log:
            self._running[name or program] = subprocess.Popen(
                [sys.executable, "-m", program, *arguments],
                env=os.environ | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _until_up(self, url: str | None = None) -> None:
        """Wait until the center serves its console, or that at another address.

        Raises:
            AssertionError: a program ended, or it took too long.
        """
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            for program, process in self._running.items():
                assert process.poll() is None, f"{program} ended:\n{self.log(program)[-2000:]}"
            with suppress(httpx.TransportError):
                if plain_http.get(f"{url or self.url}/").status_code == httpx.codes.OK:
                    return
            time.sleep(0.2)
        raise AssertionError(f"the center isn't up after {_PATIENCE_S:.0f} s:\n{self.log('center')[-2000:]}")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run in a thread of its own: Playwright has an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def make_city(out: Path) -> Path:
    """A city one of whose cameras films: a crate is put down, and taken away."""
    build(out, clip_s=_SHORTEST_CLIP_S, tell=lambda _: None)
    with (out / "ingest-rules.toml").open("a", encoding="utf-8") as rules:
        rules.write(_OWN_RULE)
    crate_clip(
        out / "clips" / "crate.mp4",
        put_s=_PUT_S, taken_s=_TAKEN_S, end_s=_FILM_S, frames_per_s=_FRAMES_PER_S,
    )  # fmt: skip
    toml = out / "edge-cameras.toml"
    place = re.search(r"lat = [0-9.]+\nlon = [0-9.]+\n", toml.read_text(encoding="utf-8"))
    assert place is not None
    toml.write_text(
        f'[[camera]]\nid = "{CAMERA}"\nsource = "file:clips/crate.mp4"\n{place[0]}\n[[camera.zone]]\n'
        f'id = "kerb"\ndetects = "goods"\ndwell_s = 3.0\n'
        f"polygon_px = {[list(corner) for corner in ZONE]}\n",
        encoding="utf-8",
    )
    return out


def users(city: Path) -> list[str]:
    """Who speaks in the city."""
    devices = msgspec.json.decode((city / "devices.json").read_bytes(), type=list[dict[str, str]])
    return [device["user"] for device in devices]


def accounts(city: Path) -> dict[str, str]:
    """The broker's accounts: everybody's password is their name."""
    return {user: user for user in (_CENTRE_USER, _INCIDENTS_USER, _PHONES_USER, *users(city), OUTSIDER)}
