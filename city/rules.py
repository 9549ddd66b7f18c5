"""Settings of ingest for the simulated city: rights of senders, rules, and the areas that rules use.

No rule opens a case. The truth file lists all events of the city, and so all cases that should be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from shapely import Polygon

from city.town import layers
from city.town.ground import Area
from city.town.names import Name
from city.town.shapes import only

_AROUND_M: Final = 30.0
"""A fence around a park; vehicles stay on the streets around it, so the fence includes those."""
_CORNER_M: Final = 2.0
_FENCES: Final = 6

_SOURCES: Final = """\
# Settings of the made city's ingest.

[[sources]]                 # who may report what (docs/authority.md): the box, of its cameras; nobody else
account = "box/{box}"
cameras = [{cameras}]
types = ["cover_missing", "cover_displaced", "stall", "goods", "vehicle"]
reach_m = 200

"""

_SETTINGS: Final = """\
# What the centre watches for; docs/rules.md explains each. Areas lie beside this file. None of them opens
# a case: this city's truth says which cases there should be.

[[rules]]
watches = "fence"
name = "parks"
areas = "fences.geojson"

[[rules]]
watches = "key_area"        # who drives around the plaza at night
name = "plaza_by_night"
areas = "key-areas.geojson"
hours = ["22:00-06:00"]
time_zone = "Asia/Shanghai"
kinds = ["vehicle"]

[[rules]]
watches = "speed"           # traffic on the main streets flows at up to 50 km/h
name = "too_fast"
limit_kmh = 40
for_s = 10

[[rules]]
watches = "stop"
name = "stops"
for_s = 60

[[rules]]
watches = "offline"         # devices lose the network for up to 45 s
name = "silent"
after_s = 30

[[rules]]
watches = "telemetry"       # one cover is lifted every half hour
name = "lifted_cover"
reading = "tilt_deg"
above = 15
clear = 5
"""


def write(areas: Sequence[Area], folder: Path, *, box: str, cameras: Sequence[str]) -> None:
    """Write the settings and both files of areas.

    Args:
        areas: of the town.
        folder: of the city.
        box: the id of the box of the cameras.
        cameras: their ids.
    """
    layers.write(folder / "fences.geojson", (_around(area) for area in _parks(areas)))
    plazas = (area for area in areas if area.area_class == "plaza")
    layers.write(folder / "key-areas.geojson", (_around(area) for area in plazas))
    sources = _SOURCES.format(box=box, cameras=", ".join(f'"{camera}"' for camera in cameras))
    (folder / "ingest-rules.toml").write_text(sources + _SETTINGS, encoding="utf-8")


def _parks(areas: Sequence[Area]) -> Iterator[Area]:
    """The largest parks, one for each name."""
    parks = [area for area in areas if area.area_class == "park" and area.name.chinese]
    seen: set[Name] = set()
    for area in sorted(parks, key=lambda area: -area.polygon.area):
        if area.name not in seen and len(seen) < _FENCES:
            seen.add(area.name)
            yield area


def _around(area: Area) -> dict[str, object]:
    wide: Polygon = only(area.polygon.buffer(_AROUND_M).simplify(_CORNER_M))
    return layers.feature(wide, name=area.name.chinese, name_en=area.name.english)
