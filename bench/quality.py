"""Counts the quality flags of recorded vehicles: `python -m bench quality`. The last line is JSON.

Each file is played in order of time, in batches, through ingest's flagging code. As a check, other figures
are computed fix by fix with another formula; they explain the counts (docs/fix-quality.md). The recordings
are not part of the project; if they are missing, the command says so and prints no figures.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import click

from ingest.fix_quality import LastFixes, flag_fixes
from ingest.fixes import columns
from ingest.settings import Limits
from store.quality import HIDDEN, Quality
from wire.messages import Position

Recorded = dict[str, list[Position]]
"""Fixes by vehicle, in order of time."""

_BATCH: Final = 500
_BATCH_S: Final = 600.0
_GPX: Final = "{http://www.topografix.com/GPX/1/1}"
_KMH: Final = 3.6
_GAP_S: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The counts of one file.

    Attributes:
        vehicles, fixes: their numbers.
        repeats: fixes with the same time as another fix of the vehicle.
        flags: fixes by flag; a fix may have several.
        hidden: fixes that are not shown on the map because of their flags.
        faster_than_150_kmh: steps between two fixes faster than that, whatever the distance.
        beyond_limits: steps faster than the settings allow, slack included.
        gaps: steps longer than ten minutes.
        same_place: steps with no change of place.
    """

    vehicles: int
    fixes: int
    repeats: int
    flags: dict[str, int]
    hidden: int
    faster_than_150_kmh: int
    beyond_limits: int
    gaps: int
    same_place: int


@click.command(name="quality")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("../shared/data/gps"), help="The recordings."
)
@click.option("--json", "as_json", is_flag=True, help="Print only the last line, the JSON object.")
def command(folder: Path, as_json: bool) -> None:  # noqa: FBT001 click's way
    """Count the quality flags on recorded taxis and buses."""
    found: dict[str, Any] = {}
    for file in recordings(folder):
        counted = count(_READERS[file.suffix](file))
        found[file.name] = asdict(counted)
        if not as_json:
            print(f"{file.name}: {counted.fixes} fixes of {counted.vehicles} vehicles, {counted.flags}")
    print(json.dumps(found or {"absent": folder.name, "claims": None}))


def recordings(folder: Path) -> list[Path]:
    """The files in a folder that can be read."""
    return sorted(file for file in folder.glob("*") if file.suffix in _READERS)


def recorded(file: Path) -> Recorded:
    """The fixes in a file."""
    return _READERS[file.suffix](file)


def count(fleet: Recorded, limits: Limits = Limits()) -> Count:  # noqa: B008 frozen
    """Play a recording, and count."""
    flags: Counter[str] = Counter()
    hidden = 0
    last_fixes = LastFixes()
    last_fixes.make_room(len(fleet))
    stream = sorted(
        ((_epoch(fix), number, fix) for number, fixes in enumerate(fleet.values()) for fix in fixes),
        key=lambda each: each[0],
    )
    for batch in _batches(stream):
        made = columns([fix for _, _, fix in batch], range(len(batch)), [number for _, number, _ in batch])
        flag_fixes(made, last_fixes, now=batch[-1][0], limits=limits)
        hidden += int(((made.flags & int(HIDDEN)) != 0).sum())
        for flag in Quality:
            flags[str(flag.name).lower()] += int(((made.flags & int(flag)) != 0).sum())
    steps = [(a, b) for fixes in fleet.values() for a, b in pairwise(fixes) if _epoch(b) > _epoch(a)]
    speeds = [(_metres(a, b), _epoch(b) - _epoch(a)) for a, b in steps]
    return Count(
        vehicles=len(fleet),
        fixes=len(stream),
        repeats=sum(_epoch(a) == _epoch(b) for fixes in fleet.values() for a, b in pairwise(fixes)),
        flags={name: number for name, number in flags.items() if number},
        hidden=hidden,
        faster_than_150_kmh=sum(way / took * _KMH > 150 for way, took in speeds),
        beyond_limits=sum(way > took * limits.fastest_mps + limits.slack_m for way, took in speeds),
        gaps=sum(took > _GAP_S for _, took in speeds),
        same_place=sum((a.lat, a.lon) == (b.lat, b.lon) for a, b in steps),
    )


def _batches(stream: list[tuple[float, int, Position]]) -> Iterator[list[tuple[float, int, Position]]]:
    """Batches of fixes, played as if each fix arrived at its own time."""
    batch: list[tuple[float, int, Position]] = []
    for each in stream:
        if batch and (len(batch) == _BATCH or each[0] - batch[0][0] > _BATCH_S):
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _epoch(fix: Position) -> float:
    assert isinstance(fix.time, float)
    return fix.time


def _metres(a: Position, b: Position) -> float:
    """Haversine, which ingest does not use."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def _in_order(fleet: dict[str, list[Position]]) -> Recorded:
    return {name: sorted(fixes, key=_epoch) for name, fixes in fleet.items()}


def _buses(file: Path) -> Recorded:
    """GTFS-realtime columns; speed in m/s, empty cells where the vehicle did not say."""
    fleet: dict[str, list[Position]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            names = ("latitude", "longitude", "bearing", "speed")
            told = {name: row[f"vehicle.position.{name}"] for name in names}
            fleet[row["vehicle.vehicle.id"]].append(
                Position(
                    time=float(row["vehicle.timestamp"]),
                    lat=float(told["latitude"]),
                    lon=float(told["longitude"]),
                    heading_deg=float(told["bearing"]) % 360 if told["bearing"] else None,
                    speed_mps=float(told["speed"]) if told["speed"] else None,
                )
            )
    return _in_order(fleet)


def _taxi(file: Path) -> Recorded:
    """`lat lon occupied unix_time` in lines."""
    parts = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    fixes = [Position(time=float(at), lat=float(lat), lon=float(lon)) for lat, lon, _, at in parts]
    return _in_order({file.stem: fixes})


def _gpx(file: Path) -> Recorded:
    points = ET.parse(file).iter(f"{_GPX}trkpt")  # noqa: S314 a recording of our own choice
    return _in_order(
        {
            file.stem: [
                Position(
                    time=datetime.fromisoformat(point.findtext(f"{_GPX}time") or "").timestamp(),
                    lat=float(point.attrib["lat"]),
                    lon=float(point.attrib["lon"]),
                )
                for point in points
            ]
        }
    )


def _telematics(file: Path) -> Recorded:
    """A JavaScript list of messages with comments and trailing commas."""
    fleet: dict[str, list[Position]] = defaultdict(list)
    for message in telematics_messages(file):
        place = message["ev"].get("pos")
        if message["type"] == "vehicle-position" and place is not None:
            fleet[message["ev"]["vehicleId"]].append(
                Position(
                    time=datetime.fromisoformat(message["ev"]["ts"]).timestamp(),
                    lat=place["latlon"]["lat"],
                    lon=place["latlon"]["lng"],
                    speed_mps=place["speed"] / _KMH,
                )
            )
    return _in_order(fleet)


def telematics_messages(file: Path) -> Iterator[dict[str, Any]]:
    """All messages of a recorded trip."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^\s*//.*$", "", text[text.index("[") :])
    messages, _ = json.JSONDecoder().raw_decode(re.sub(r",(\s*[\]}])", r"\1", text))
    yield from messages


_READERS: Final[dict[str, Callable[[Path], Recorded]]] = {
    ".csv": _buses,
    ".txt": _taxi,
    ".gpx": _gpx,
    ".js": _telematics,
}
