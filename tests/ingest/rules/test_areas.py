"""Which areas hold which places: the raster and the tree say what the polygons say."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rules.areas import Areas

_LON, _LAT = 118.5, 24.8


def star(middle: tuple[float, float], radii: list[float]) -> shapely.Geometry:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    lon = _LON + middle[0] + np.array(radii) * np.cos(angles)
    lat = _LAT + middle[1] + np.array(radii) * np.sin(angles)
    return shapely.Polygon(np.column_stack((lon, lat)))


middles = st.tuples(st.floats(0, 0.2), st.floats(0, 0.2))
stars = st.builds(star, middles, st.lists(st.floats(0.001, 0.05), min_size=3, max_size=12))


@settings(deadline=None, max_examples=60)
@given(polygons=st.lists(stars, min_size=1, max_size=6), seed=st.integers(0, 1000))
def test_places_are_held_by_areas_that_intersect_them(polygons: list[shapely.Geometry], seed: int) -> None:
    generator = np.random.default_rng(seed)
    lon = _LON + generator.uniform(-0.1, 0.3, 300)
    lat = _LAT + generator.uniform(-0.1, 0.3, 300)
    corners = np.concatenate([shapely.get_coordinates(polygon) for polygon in polygons])
    lon, lat = np.concatenate([lon, corners[:, 0]]), np.concatenate([lat, corners[:, 1]])
    areas = Areas(tuple(map(str, range(len(polygons)))), polygons)
    expected = np.column_stack([shapely.intersects_xy(polygon, lon, lat) for polygon in polygons])
    assert (held_by(areas, lat, lon) == expected).all()


def test_areas_that_lie_far_apart_or_are_as_thin_as_a_line_are_found() -> None:
    near = shapely.Polygon([(0, 0), (1, 0), (1, 1e-9), (0, 1e-9)])
    far = shapely.Polygon([(179, 89), (180, 89), (180, 90)])
    areas = Areas(("near", "far"), [near, far])
    held = held_by(areas, [0.0, 89.5, 45.0, -90.0], [0.5, 179.9, 90.0, -180.0])
    assert held.tolist() == [[True, False], [False, True], [False, False], [False, False]]


def held_by(areas: Areas, lat: Any, lon: Any) -> Any:
    """Which areas hold which places: one row a place, one column an area."""
    marks = np.zeros((len(areas.names), len(lat)), dtype=np.int8)
    areas.mark(np.asarray(lat), np.asarray(lon), marks)
    return marks.T == 1
