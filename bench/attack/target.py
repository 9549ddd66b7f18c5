"""The stack under attack: `streetwarden up` as users run it, with a city of a few accounts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from bench.mqtt_client import CLOSED, Client, connect
from deploy.acceptance.running_stack import RunningStack
from deploy.stack.folder import Running

DISTRICT: Final = "350582"
NEIGHBOUR: Final = "350583"
SYSTEM: Final = Path(__file__).parents[2] / ".streetwarden" / "debian-13"

USERS: Final = (
    "vehicle/v1", "vehicle/v2", "person/p1", "device/d1", "camera/cam-own", "camera/cam-other",
    "box/b1", "box/b2",
)  # fmt: skip
"""All accounts; for each kind of attacker there is a victim of the same kind."""

CAMERAS: Final = {"box/b1": "cam-1", "box/b2": "cam-2"}
"""The camera that each box may report for."""

NOBODY: Final = 0x10
"""The reason code of a PUBACK for *no matching subscribers*, which is not an acknowledgement (ADR 0092)."""

_REFUSED: Final = 0x80

PLACE: Final = (24.9000, 118.6000)
"""Latitude and longitude of the town's centre, the place of its cameras."""


class TurnedAwayError(Exception):
    """The broker refused the connection; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stack that is up.

    Attributes:
        stack: the running `up`.
        running: the addresses of its parts.
        passwords: of the broker's accounts, by user.
    """

    stack: RunningStack
    running: Running
    passwords: dict[str, str]

    @property
    def broker_port(self) -> int:
        """On loopback."""
        port = urlsplit(self.running.broker_url).port
        assert port is not None
        return port

    @asynccontextmanager
    async def connected(self, user: str, **options: Any) -> AsyncIterator[Client]:
        """A connection of an account with its correct password; it is closed at the end.

        Args:
            user: the account.
            options: as `bench.mqtt_client.connect` has them.

        Raises:
            TurnedAwayError: the broker refuses it, or hangs up.
        """
        try:
            client = await connect(self.broker_port, user, password=self.passwords[user], **options)
        except (OSError, TimeoutError) as error:
            raise TurnedAwayError(str(error) or "no answer in time") from None
        try:
            if client.answer != 0:
                raise TurnedAwayError(f"{user} was not let in ({said(client.answer)})")
            yield client
        finally:
            await client.close()


def said(code: int) -> str:
    """A reason code in words, for a report."""
    if code == CLOSED:
        return "disconnected"
    if code == NOBODY:
        return "nobody subscribes"
    return "refused" if code >= _REFUSED else "acknowledged"


@contextmanager
def target() -> Iterator[Target]:
    """Start a stack; at the end, stop it and delete all its files."""
    with tempfile.TemporaryDirectory(prefix="streetwarden-attack-") as folder:
        Path(folder).chmod(0o755)  # servers and programs have users of their own
        city = Path(folder) / "city"
        _write_city(city)
        stack = RunningStack(folder=Path(folder) / "stack", city=city, system=SYSTEM)
        stack.start()
        try:
            running = stack.await_up(within_s=300)
            secrets = msgspec.json.decode((stack.folder / "secrets.json").read_bytes())
            yield Target(stack=stack, running=running, passwords=secrets["broker"])
        finally:
            stack.end()


def _write_city(folder: Path) -> None:
    """A town with one grid cell, two cameras, attackers and victims."""
    folder.mkdir()
    lat, lon = PLACE
    square = [[lon - 0.05, lat - 0.05], [lon + 0.05, lat - 0.05], [lon + 0.05, lat + 0.05],
              [lon - 0.05, lat + 0.05], [lon - 0.05, lat - 0.05]]  # fmt: skip
    cell = _feature("Polygon", [square], code=f"{DISTRICT}001001001", district=DISTRICT, name="Cell")
    cameras = [
        _feature("Point", [lon, lat], camera=camera, district=DISTRICT, name=camera)
        for camera in (*CAMERAS.values(), "cam-own", "cam-other")
    ]
    for layer, features in {
        "streets": [], "areas": [], "grid": [cell], "components": [], "cameras": cameras,
    }.items():  # fmt: skip
        collection = {"type": "FeatureCollection", "features": features}
        (folder / f"{layer}.geojson").write_text(json.dumps(collection), encoding="utf-8")
    sources = (f'[[sources]]\naccount = "{box}"\ncameras = ["{camera}"]\n' for box, camera in CAMERAS.items())
    (folder / "ingest-rules.toml").write_text("\n".join(sources), encoding="utf-8")
    devices = [{"user": user, "district": DISTRICT} for user in USERS]
    (folder / "devices.json").write_text(json.dumps(devices), encoding="utf-8")


def _feature(kind: str, coordinates: Any, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }
