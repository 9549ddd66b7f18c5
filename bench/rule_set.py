"""The rules of ingest during measurements: a hundred fences, and one of every other kind."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any, Final

from bench.load import CITY_LAT, CITY_LON, CITY_SIDE

_FENCES: Final = 100
_CORNERS: Final = 24
_RULES: Final = """\
[[rules]]
watches = "fence"
name = "fences"
areas = "{areas}"

[[rules]]
watches = "speed"
name = "too_fast"
limit_kmh = 60

[[rules]]
watches = "stop"
name = "stops"

[[rules]]
watches = "idling"
name = "idling"

[[rules]]
watches = "telemetry"
name = "tilted"
reading = "tilt_deg"
above = 45
clear = 40
"""


def write_rules(folder: Path) -> Path:
    """A settings file with the rules, and their areas beside it."""
    areas = folder / "fences.geojson"
    areas.write_text(json.dumps(_areas()), encoding="utf-8")
    settings = folder / "ingest.toml"
    settings.write_text(_RULES.format(areas=areas), encoding="utf-8")
    return settings


def _areas() -> dict[str, Any]:
    chance = random.Random(1)
    return {"type": "FeatureCollection", "features": [_area(number, chance) for number in range(_FENCES)]}


def _area(number: int, chance: random.Random) -> dict[str, Any]:
    """A star of 300 to 600 metres somewhere in the city."""
    lat, lon = CITY_LAT + chance.random() * CITY_SIDE, CITY_LON + chance.random() * CITY_SIDE
    angles = sorted(chance.uniform(0, 2 * math.pi) for _ in range(_CORNERS))
    radii = [chance.uniform(0.003, 0.006) for _ in angles]
    ring = [
        [lon + radius * math.cos(angle), lat + radius * math.sin(angle)]
        for angle, radius in zip(angles, radii, strict=True)
    ]
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "properties": {"name": f"fence {number}"}, "geometry": geometry}
