"""The problems of the past: what, where, when, and who reported them. Pure; the seed determines them."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from typing import Final
from uuid import UUID

_BY_HOUR: Final = (1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 7, 8, 9, 9, 9, 9, 8, 7, 5, 4, 2, 1)
"""The relative number of reports in each hour of a day."""
_A_DAY: Final = 12.0
_WEEKEND: Final = 0.6
_BUSY: Final = timedelta(days=2)
_BUSIER: Final = 2.5
"""The last days before today have more reports, so that every stage has cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a possible problem: a component of the city's map, or the view of a camera.

    Attributes:
        lon: degrees, WGS 84; `lat` too.
        component: 16 digits.
        camera: the camera that sees it.
        zone: of the camera; its name differs from today's zones, so that today's incidents do not join a case
            of the simulated past.
        sensor: the id of a device on the component.
    """

    district: str
    lon: float
    lat: float
    component: str | None = None
    camera: str | None = None
    zone: str | None = None
    sensor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of the city.

    Attributes:
        told_at: the time of the first report.
        source: of the report: camera, sensor, patrol, hotline …
        type: the incident type.
        words: the text of a person's report.
        passes: the time after which it ends by itself; None if it stays.
    """

    incident_id: UUID
    told_at: datetime
    source: str
    type: str
    place: Place
    words: str | None = None
    passes: timedelta | None = None

    @property
    def is_watched(self) -> bool:
        """Whether a camera or a sensor sees its begin and its end."""
        return self.source in {"camera", "sensor"}


@dataclass(frozen=True, slots=True)
class _Kind:
    share: int
    source: str
    type: str
    passes: float = 0.0


_KINDS: Final = (
    _Kind(18, "camera", "stall", 0.3),
    _Kind(14, "camera", "goods", 0.1),
    _Kind(8, "sensor", "cover_displaced"),
    _Kind(9, "patrol", "cover_missing"),
    _Kind(16, "patrol", "goods", 0.05),
    _Kind(10, "patrol", "stall", 0.1),
    _Kind(5, "patrol", "cover_displaced"),
    _Kind(10, "hotline", "vehicle", 0.2),
    _Kind(7, "hotline", "stall", 0.1),
    _Kind(3, "hotline", "cover_missing"),
)
"""Incident types with their share in percent, and the part that ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of problems, by source.

    Attributes:
        cameras: places in view of a camera.
        covers: manhole covers.
        sensors: covers with a sensor.
        streets: all other components.
    """

    cameras: Sequence[Place]
    covers: Sequence[Place]
    sensors: Sequence[Place]
    streets: Sequence[Place]


def problems(seed: int, places: Places, *, start: datetime, end: datetime, zone: tzinfo) -> Iterator[Problem]:
    """The problems of a period, in order of their first report.

    Args:
        seed: determines everything.
        places: of possible problems.
        start: of the period; aware.
        end: of the period; aware.
        zone: the city's time zone.
    """
    chance = random.Random(f"{seed}/problems")
    maximum = _A_DAY * _BUSIER * max(_BY_HOUR) / sum(_BY_HOUR)  # an hour
    at = start
    while True:
        at += timedelta(hours=chance.expovariate(maximum))
        if at >= end:
            return
        local = at.astimezone(zone)
        keep = _BY_HOUR[local.hour] / max(_BY_HOUR) * (_WEEKEND if local.weekday() > 4 else 1)
        if end - at > _BUSY:
            keep /= _BUSIER
        if chance.random() < keep:
            yield _problem(at, places, chance)


def _problem(at: datetime, places: Places, chance: random.Random) -> Problem:
    kind = chance.choices(_KINDS, [each.share for each in _KINDS])[0]
    chosen = _place(kind, places, chance)
    words = _words().get(kind.source, {}).get(kind.type)
    is_sensed = chosen.camera is not None or chosen.sensor is not None
    return Problem(
        incident_id=UUID(int=chance.getrandbits(128), version=4),
        told_at=at,
        source=kind.source if is_sensed or words else "patrol",
        type=kind.type,
        place=chosen,
        words=chance.choice(words) if words else None,
        passes=timedelta(minutes=chance.uniform(30, 240)) if chance.random() < kind.passes else None,
    )


def _place(kind: _Kind, places: Places, chance: random.Random) -> Place:
    if kind.source == "camera" and places.cameras:
        return chance.choice(places.cameras)
    if kind.source == "sensor" and places.sensors:
        return chance.choice(places.sensors)
    return chance.choice((places.covers if kind.type.startswith("cover") else None) or places.streets)


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    text = files("deploy.made_history").joinpath("words.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return found
