"""The center as the program wires it, on a port of its own; browsers; and what ingest would do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from cases import PERSONS_ROLES, CasePolicy, Role
from casework import CaseChange, apply_incident
from center.__main__ import run
from center.people.access import COOKIE
from center.people.passwords import hash_password
from center.settings import Settings
from store.connection import Connection, Pool, open_pool
from store.evidence import EvidenceStore
from store.operators import set_operator
from store.people import WHOLE_CITY, find_department, put_in_department
from store.queries import load
from store.roles import CENTER
from tests import plain_http
from tests.center.contract import Contract
from tests.database_roles import as_role
from tests.ports import free_port
from wire.messages import Incident, Phase, PictureRole

PATIENCE_S = 60.0
PASSWORD = "correct horse"
DISTRICT = "350582"
POLICY = CasePolicy.load()
CONTRACT = Contract()
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


class Center:
    """A center that runs in this process."""

    def __init__(self, *, database_url: str, folder: Path, **sections: dict[str, Any]) -> None:
        self.port = free_port()
        self.metrics_port = free_port()
        self.database_url = database_url
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self.evidence = EvidenceStore((folder / "evidence").as_uri())
        given: dict[str, dict[str, Any]] = {
            "web": {"port": self.port},
            "metrics": {"port": self.metrics_port},
            "database": {"url": as_role(database_url, CENTER), "patience_s": 5},
            "evidence": {"url": (folder / "evidence").as_uri()},
            "console": {"folder": str(folder / "console")},
            "live": {"read_s": 0.1, "send_s": 0.05},
        }
        for name, section in sections.items():
            given[name] = {**given.get(name, {}), **section}
        self._settings = msgspec.convert(given, Settings)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(run(self._settings), name="center")
        try:
            async with plain_http.async_client() as client:

                async def up() -> bool:
                    if task.done():
                        task.result()
                    with contextlib.suppress(httpx.TransportError):
                        return (
                            await client.get(f"http://127.0.0.1:{self.metrics_port}/health")
                        ).status_code > 0
                    return False

                await until(up)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def health(self) -> str:
        async with plain_http.async_client() as client:
            return (await client.get(f"http://127.0.0.1:{self.metrics_port}/health")).text.strip()

    async def metric(self, line: str) -> float:
        """The value of one metric, by name and labels as on /metrics; 0 while there is none."""
        async with plain_http.async_client() as client:
            text = (await client.get(f"http://127.0.0.1:{self.metrics_port}/metrics")).text
        found = [row.rpartition(" ")[2] for row in text.splitlines() if row.startswith(f"{line} ")]
        return float(found[0]) if found else 0.0

    @asynccontextmanager
    async def browser(self, login: str | None = "li") -> AsyncIterator[Browser]:
        """A browser, signed on unless `login` is None."""
        hooks = {"response": [CONTRACT.check]}
        async with plain_http.async_client(
            base_url=self.url, event_hooks=hooks, timeout=PATIENCE_S
        ) as client:
            browser = Browser(client, self)
            if login is not None:
                answer = await browser.sign_on(login)
                assert answer.status_code == 200, answer.text
            yield browser


class Browser:
    """A browser: its cookies, its session's CSRF token, and the live feed."""

    def __init__(self, client: httpx.AsyncClient, center: Center) -> None:
        self.client = client
        self.csrf = ""
        self._center = center

    async def sign_on(self, login: str = "li", password: str = PASSWORD) -> httpx.Response:
        answer = await self.client.post("/api/v1/session", json={"login": login, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]
        return answer

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", **more)

    async def fetch(self, path: str, **parameters: Any) -> Any:
        answer = await self.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, number: str, action: str, sequence: int, **more: Any) -> httpx.Response:
        return await self.client.post(
            f"/api/v1/cases/{number}/actions",
            json={"action": action, "expected_sequence": sequence, **more},
            headers={"X-CSRF-Token": self.csrf},
        )

    @asynccontextmanager
    async def live(self, **more: Any) -> AsyncIterator[Live]:
        headers = {"Cookie": f"{COOKIE}={self.client.cookies.get(COOKIE, '')}", **more.pop("headers", {})}
        url = f"ws://127.0.0.1:{self._center.port}/api/v1/live"
        async with connect(url, additional_headers=headers, max_size=None, proxy=None, **more) as socket:
            yield Live(socket)


class Live:
    """A live feed, and the picture that its messages add up to."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.entities: dict[str, Any] = {}
        self.cases: dict[str, Any] = {}
        self.stills: dict[str, str] = {}
        self.status: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []
        self.characters = 0

    async def take(self, *, check: bool = True) -> dict[str, Any]:
        """Take one message into the picture; to check a large one takes long."""
        text = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
        assert isinstance(text, str)
        message: dict[str, Any] = json.loads(text)
        if check:
            CONTRACT.check_live(message)
        if message["type"] == "notices":
            return message
        assert (message["type"] == "snapshot") is (not self.messages)
        self.messages.append(message)
        self.characters += len(text)
        self.entities.update((entity["key"], entity) for entity in message["entities"])
        for key in message.get("gone", []):
            del self.entities[key]
        self.cases.update((case["number"], case) for case in message["cases"])
        self.stills.update((still["camera"], still["time"]) for still in message["stills"])
        self.status = message["status"] or self.status
        return message

    async def until(self, condition: Callable[[Live], bool], *, check: bool = True) -> None:
        """Take messages until the picture is as expected."""
        async with asyncio.timeout(PATIENCE_S):
            while not (self.messages and condition(self)):
                await self.take(check=check)


async def until(condition: Callable[[], Awaitable[bool]], *, patience_s: float = PATIENCE_S) -> None:
    """Wait for an outcome, and fail if it does not come."""
    end = time.monotonic() + patience_s
    while not await condition():
        assert time.monotonic() < end, f"waited {patience_s:.0f} s for {condition.__qualname__} in vain"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def pool_of(url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(url, application="test")
    try:
        yield pool
    finally:
        await pool.close()


async def add_operator(
    connection: Connection,
    login: str = "li",
    password: str = PASSWORD,
    *,
    roles: Iterable[Role] = PERSONS_ROLES,
    districts: Iterable[str] = (),
    department: str | None = None,
) -> None:
    await set_operator(
        connection,
        login=login,
        display_name=f"Operator {login}",
        password_hash=hash_password(password),
        roles=roles,
        districts=districts,
    )
    if department is None and set(roles) == PERSONS_ROLES:
        department = WHOLE_CITY
    if department is not None:
        await put_in_department(connection, login, await find_department(connection, department))


_SQL = load("ingest")


async def move(
    connection: Connection,
    *keys: str,
    at: datetime | None = None,
    received_at: datetime | None = None,
    lat: float = 24.9,
    flags: int = 0,
) -> None:
    """Latest positions, as ingest advances them."""
    at = at or datetime.now(UTC)
    named = [key.split("/") for key in keys]
    known = await connection.fetch(
        _SQL["know_entities"], [k for k, _ in named], [i for _, i in named], [DISTRICT] * len(named)
    )
    count = len(known)
    await connection.execute(
        _SQL["advance_latest_position"],
        sorted(row["entity_id"] for row in known),
        [flags] * count,
        [round(at.timestamp() * 1e6)] * count,
        [lat] * count,
        [118.6] * count,
        [5.5] * count,
        [float("nan")] * count,
        [float("nan")] * count,
        [8.0] * count,
        [1] * count,
        received_at or datetime.now(UTC),
        datetime.max.replace(tzinfo=UTC),
    )


async def say_status(
    connection: Connection, key: str, detail: dict[str, str], *, online: bool = True
) -> None:
    """What a device that has been heard says of itself, as ingest stores it."""
    now = datetime.now(UTC)
    await connection.execute(
        "INSERT INTO device_status (entity_id, time, received_at, online, detail) "
        "SELECT entity_id, $2, $2, $3, $4 FROM entity WHERE kind || '/' || id = $1 "
        "ON CONFLICT (entity_id) DO UPDATE SET detail = EXCLUDED.detail, online = EXCLUDED.online",
        key, now, online, detail,
    )  # fmt: skip


def stall(**changes: Any) -> Incident:
    """An incident without a component, in a zone of a camera."""
    now = datetime.now(UTC).timestamp()
    fields: dict[str, Any] = {
        "incident_id": uuid4(),
        "revision": 1,
        "phase": Phase.BEGUN,
        "type": "stall",
        "observed_at": now,
        "began_at": now - 40,
        "lat": 24.9,
        "lon": 118.6,
        "camera": "cam-01",
        "zone": "pavement-1",
        "confidence": 0.9,
    }
    return Incident(**(fields | changes))


async def report(
    pool: Pool, incident: Incident, *pictures: tuple[PictureRole, str], at: datetime | None = None
) -> CaseChange:
    """What ingest does with an incident, in one transaction; pictures by role and digest."""
    at = at or datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            _SQL["add_incident"],
            incident.incident_id,
            incident.revision,
            str(incident.phase),
            incident.type,
            "box/box-1",
            DISTRICT,
            datetime.fromtimestamp(float(incident.observed_at), UTC),  # type: ignore[arg-type]
            datetime.fromtimestamp(float(incident.began_at), UTC),  # type: ignore[arg-type]
            at,
            incident.lon,
            incident.lat,
            incident.camera,
            incident.zone,
            incident.component,
            incident.confidence,
            incident.box_px,
            incident.cues,
            0,
            incident.recognised,
        )
        for number, (role, digest) in enumerate(pictures):
            await add_evidence(
                connection, incident.incident_id, role, digest, at=at + timedelta(seconds=number)
            )
        return await apply_incident(
            connection,
            incident,
            source="box/box-1",
            district=DISTRICT,
            received_at=at,
            evidence_digests=[digest for _, digest in pictures],
            policy=POLICY,
        )


async def add_evidence(
    connection: Connection, incident_id: UUID, role: PictureRole, digest: str, *, at: datetime
) -> None:
    await connection.execute(
        _SQL["add_evidence"], digest, incident_id, 1, str(role), "image/jpeg", len(JPEG), at, at, 0
    )


async def add_still(connection: Connection, camera: str, *, at: datetime, jpeg: bytes = JPEG) -> None:
    """A camera's newest still, as ingest stores and announces it."""
    await connection.execute(
        _SQL["change_stills"], [camera], [DISTRICT], [at], [jpeg], [at], datetime.max.replace(tzinfo=UTC)
    )
