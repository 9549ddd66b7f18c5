"""The stack under attack: `streetwarden up` as users run it, with a city of a few accounts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.attack.client import Login
from deploy.acceptance.running_stack import RunningStack
from deploy.stack.folder import Running

DISTRICT: Final = "350582"
NEIGHBOUR: Final = "350583"
SYSTEM: Final = Path(__file__).parents[2] / ".streetwarden" / "debian-13"

USERS: Final = (
    "vehicle/v1", "vehicle/v2", "person/p1", "device/d1", "camera/cam-own", "camera/cam-other",
    "box/b1", "box/b2",
)  # fmt: skip
"""Everybody; of each kind that attacks there is somebody else whose name it may want."""

CAMERAS: Final = {"box/b1": "cam-1", "box/b2": "cam-2"}
"""The camera that each box may speak for."""

PLACE: Final = (24.9000, 118.6000)
"""Latitude and longitude of the town's middle, where its cameras hang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stack that is up.

    Attributes:
        stack: it.
        running: where its parts are.
        passwords: of the broker's accounts, by user.
    """

    stack: RunningStack
    running: Running
    passwords: dict[str, str]

    def login(self, user: str) -> Login:
        """An account of the broker, with its right password."""
        return Login(url=self.running.broker_url, user=user, password=self.passwords[user])


@contextmanager
def target() -> Iterator[Target]:
    """Bring a stack up, and take it away afterwards with all that it wrote."""
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
    """A town of one grid cell, two cameras and nobody but attackers and their victims."""
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
