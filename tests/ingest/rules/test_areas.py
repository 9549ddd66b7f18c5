"""Which areas contain which places: raster and tree agree with the polygons."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import RuleError
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


def test_an_area_over_the_180th_meridian_holds_both_sides_and_the_meridian(tmp_path: Path) -> None:
    fiji = [[179.9, -17], [-179.9, -17], [-179.9, -16], [179.9, -16], [179.9, -17]]
    areas = Areas.read(file_of(tmp_path, area("fiji", fiji)))
    lon = [179.95, -179.95, 180.0, -180.0, 179.8, -179.8, -80.0, 0.0]
    assert held_by(areas, [-16.5] * 8, lon).ravel().tolist() == [True] * 4 + [False] * 4


def test_an_area_that_ends_at_the_180th_meridian_holds_it_by_either_name(tmp_path: Path) -> None:
    for west, east in ((179.9, 180.0), (-180.0, -179.9)):
        ring = [[west, 0], [east, 0], [east, 1], [west, 1], [west, 0]]
        areas = Areas.read(file_of(tmp_path, area("edge", ring)))
        held = held_by(areas, [0.5] * 4, [180.0, -180.0, 179.95, -179.95]).ravel().tolist()
        assert held == [True, True, east == 180, west == -180]


def test_an_area_at_a_pole_holds_it_at_every_longitude(tmp_path: Path) -> None:
    areas = Areas.read(file_of(tmp_path, area("pole", [[10, 89], [20, 89], [20, 90], [10, 90], [10, 89]])))
    held = held_by(areas, [90.0, 90.0, 89.5, 89.5, -90.0], [15.0, -120.0, 15.0, -120.0, 15.0])
    assert held.ravel().tolist() == [True, True, True, False, False]


def test_a_place_in_the_hole_of_an_area_is_not_in_it(tmp_path: Path) -> None:
    outer = [[0, 0], [3, 0], [3, 3], [0, 3], [0, 0]]
    hole = [[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]]
    areas = Areas.read(file_of(tmp_path, area("ring", outer, hole)))
    assert held_by(areas, [1.5, 0.5], [1.5, 0.5]).ravel().tolist() == [False, True]


@pytest.mark.parametrize("name", [None, True, 1.5, "", "  ", "x" * 65, "a\x00b", "a\nb", ["depot"]])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, name: object) -> None:
    with pytest.raises(
        RuleError, match=r"areas\.geojson: feature 2: properties\.name is .*; give it as a text"
    ):
        Areas.read(file_of(tmp_path, area("good", RING), area(name, RING)))


def test_names_may_be_numbers_and_stand_once(tmp_path: Path) -> None:
    assert Areas.read(file_of(tmp_path, area(7, RING), area("港口", RING))).names == ("7", "港口")
    with pytest.raises(RuleError, match=r"feature 2: the name '7' is used twice; give each"):
        Areas.read(file_of(tmp_path, area(7, RING), area("7", RING)))
    nameless = area("x", RING) | {"properties": None}
    with pytest.raises(RuleError, match=r"feature 1: properties\.name is 'None'"):
        Areas.read(file_of(tmp_path, nameless))
    with pytest.raises(RuleError, match=r"areas\.geojson holds no areas; draw"):
        Areas.read(file_of(tmp_path))


RING = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]


def area(name: object, *rings: Sequence[Sequence[float]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "Polygon", "coordinates": rings},
    }


def file_of(folder: Path, *features: dict[str, Any]) -> Path:
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def held_by(areas: Areas, lat: Any, lon: Any) -> Any:
    """Which areas hold which places: one row a place, one column an area."""
    marks = np.zeros((len(areas.names), len(lat)), dtype=np.int8)
    areas.mark(np.asarray(lat), np.asarray(lon), marks)
    return marks.T == 1
