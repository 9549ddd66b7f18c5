"""Places of possible problems: the city's components, cameras and sensors."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from city.build import seed_of
from city.fleet.unit import Fixed, units
from city.roster import roster
from deploy.made_history.problems import Place, Places
from store.connection import Connection

_COVERS: Final = ("0101", "0102", "0103", "0104", "0105")
"""Component classes of manhole covers."""
_ZONES: Final = 3
"""The number of places that each camera watched, one after the other."""


async def find_places(connection: Connection, city: Path) -> Places:
    """The places of a simulated city, from the database.

    Args:
        connection: of a database with the city's layers.
        city: a finished city folder.
    """
    rows = await connection.fetch(
        "SELECT component.code, class, left(grid_cell.code, 6) AS district, ST_X(place) AS lon, "
        "ST_Y(place) AS lat FROM component JOIN grid_cell ON ST_Covers(area, place) ORDER BY component.code"
    )
    cameras = await connection.fetch(
        "SELECT camera, district, ST_X(place) AS lon, ST_Y(place) AS lat FROM camera ORDER BY camera"
    )
    known = {
        row["code"]: Place(district=row["district"], lon=row["lon"], lat=row["lat"], component=row["code"])
        for row in rows
    }
    return Places(
        cameras=[
            Place(
                district=row["district"],
                lon=row["lon"],
                lat=row["lat"],
                camera=row["camera"],
                zone=f"walk-{number}",
            )
            for row in cameras
            for number in range(1, _ZONES + 1)
        ],
        covers=[known[row["code"]] for row in rows if row["class"] in _COVERS],
        sensors=_sensors(city, known),
        streets=[Place(district=each.district, lon=each.lon, lat=each.lat) for each in known.values()],
    )


def _sensors(city: Path, known: dict[str, Place]) -> list[Place]:
    devices = [unit for unit in units(city, roster(), seed_of(city)) if isinstance(unit, Fixed)]
    found = []
    for unit in devices:
        place = known.get(unit.mounting.component)
        if place is not None and unit.device.type == "tilt":
            found.append(
                Place(
                    district=place.district,
                    lon=place.lon,
                    lat=place.lat,
                    component=place.component,
                    sensor=unit.device.id,
                )
            )
    return found
