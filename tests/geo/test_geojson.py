"""Exports of map programs are read correctly, or refused with file, feature, field and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo.geojson import GeoJsonError, read_features

SQUARE = [[118.6, 24.9], [118.61, 24.9], [118.61, 24.91], [118.6, 24.91], [118.6, 24.9]]
KINDS = ("Polygon", "MultiPolygon")


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def read(folder: Path, document: Any, kinds: tuple[str, ...] = KINDS) -> list[Any]:
    file = folder / "layer.geojson"
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return [each.geometry for each in read_features(file, kinds=kinds)]


def crs(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


SOUND = feature("Polygon", [SQUARE])
TAKEN: dict[str, Any] = {
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(collection(SOUND)).encode(),
    "a single feature": SOUND,
    "heights": collection(feature("Polygon", [[[*place, 12.5] for place in SQUARE]])),
    "heights that differ where the ring closes": collection(
        feature("Polygon", [[[*place, float(row)] for row, place in enumerate(SQUARE)]])
    ),
    "a ring drawn clockwise": collection(feature("Polygon", [SQUARE[::-1]])),
    "no properties": collection(SOUND | {"properties": None}),
    "members of others": collection(SOUND | {"id": 7, "bbox": [1, 2, 3, 4]}, name="layer", xy_coordinates=1),
    "a reference system that is null": collection(SOUND, crs=None),
    "CRS84": collection(SOUND, crs=crs("urn:ogc:def:crs:OGC:1.3:CRS84")),
    "EPSG 4326": collection(SOUND, crs=crs("EPSG:4326")),
    "CGCS2000": collection(SOUND, crs=crs("urn:ogc:def:crs:EPSG::4490")),
}


@pytest.mark.parametrize("document", TAKEN.values(), ids=TAKEN.keys())
def test_what_is_meant_without_doubt_is_taken(tmp_path: Path, document: Any) -> None:
    (found,) = read(tmp_path, document)
    assert found.equals(shapely.Polygon(SQUARE))
    assert not found.has_z


BOWTIE = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
OUTSIDE = [[5, 5], [6, 5], [6, 6], [5, 5]]
TOPOLOGY = {"type": "Topology", "objects": {}}
REFUSED: dict[str, tuple[Any, str]] = {
    "not JSON": (b"{", r"layer\.geojson is not JSON in UTF-8 .*export it again"),
    "NaN": (
        json.dumps(collection(feature("Polygon", [[[float("nan"), 1], *SQUARE]]))).encode(),
        "is not JSON",
    ),
    "another encoding": (json.dumps(collection(SOUND)).encode("utf-16"), "is not JSON in UTF-8"),
    "brackets without end": (b"[" * 100_000, "is not JSON"),
    "an array": ([], "is not a GeoJSON FeatureCollection"),
    "TopoJSON": (TOPOLOGY, r"FeatureCollection \(its type is Topology\)"),
    "a bare geometry": (SOUND["geometry"], r"\(its type is Polygon\)"),
    "features that are no list": ({"type": "FeatureCollection", "features": {}}, "is not a GeoJSON"),
    "a feature that is none": (collection(SOUND, 5), "feature 2: it is not a GeoJSON Feature"),
    "no geometry": (collection(SOUND | {"geometry": None}), r"feature 1: geometry: it is null; draw"),
    "properties that are none": (
        collection(SOUND | {"properties": []}),
        "feature 1: properties: they are not",
    ),
    "another geometry": (
        collection(feature("Point", [1, 2], name="kiosk")),
        r"feature 1 \('kiosk'\): geometry\.type: Point stands where only Polygon or MultiPolygon can be used",
    ),
    "several geometries": (
        collection({**SOUND, "geometry": {"type": "GeometryCollection", "geometries": [SOUND["geometry"]]}}),
        r"feature 1: geometry\.type: GeometryCollection stands where only",
    ),
    "no coordinates": (
        collection(feature("Polygon", [])),
        r"geometry\.coordinates: Expected `array`",
    ),
    "too few places": (collection(feature("Polygon", [SQUARE[:3]])), r"geometry\.coordinates\[0\]: Expected"),
    "coordinates as texts": (
        collection(feature("Polygon", [[["118.6", "24.9"], *SQUARE]])),
        r"geometry\.coordinates\[0\]\[0\]\[0\]: Expected `float`, got `str`",
    ),
    "metres": (
        collection(feature("Polygon", [[[13201300, 2862000]] * 4])),
        r"\(1\.32013e\+07, 2\.862e\+06\) is not longitude, latitude in degrees; export the layer in WGS-84",
    ),
    "another reference system": (
        collection(SOUND, crs=crs("urn:ogc:def:crs:EPSG::3857")),
        r"layer\.geojson: its crs is urn:ogc:def:crs:EPSG::3857; export the layer in WGS-84",
    ),
    "one that ends like ours": (
        collection(SOUND, crs=crs("EPSG:14326")),
        "its crs is EPSG:14326",
    ),
    "a linked reference system": (collection(SOUND, crs={"type": "link"}), "its crs is .*link"),
    "swapped axes": (
        collection(feature("Polygon", [[[lat, lon] for lon, lat in SQUARE]])),
        r"\(24\.9, 118\.6\) is not longitude, latitude in degrees; swap the two: the longitude comes first",
    ),
    "longitudes beyond 180": (
        collection(feature("Polygon", [[[179, 0], [181, 0], [181, 1], [179, 0]]])),
        r"\(181, 0\) is not .*give longitudes from -180 to 180, on both sides of the 180th meridian",
    ),
    "an open ring": (collection(feature("Polygon", [SQUARE[:4]])), "a ring must end where it begins; close"),
    "a ring that crosses itself": (
        collection(feature("Polygon", [BOWTIE], name="bow")),
        r"feature 1 \('bow'\): geometry: it is not valid: Self-intersection\[0\.5 0\.5\]; mend the outline",
    ),
    "a ring of one place": (
        collection(feature("Polygon", [[[1, 1]] * 4])),
        "not valid: Too few points",
    ),
    "a hole outside": (
        collection(feature("Polygon", [SQUARE, OUTSIDE])),
        "not valid: Hole lies outside",
    ),
    "parts that overlap": (
        collection(feature("MultiPolygon", [[SQUARE], [SQUARE]])),
        "it is not valid: Self-intersection",
    ),
    "a bow over the 180th meridian": (
        collection(feature("Polygon", [[[179, 0], [-179, 1], [-179, 0], [179, 1], [179, 0]]])),
        r"feature 1: geometry: Self-intersection.*mend the outline",
    ),
    "a ring around a pole": (
        collection(feature("Polygon", [[[lon, 80] for lon in (-120, 0, 120, -120)]])),
        "a ring goes around a pole",
    ),
}


@pytest.mark.parametrize(("document", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_right_is_refused_with_the_remedy(tmp_path: Path, document: Any, says: str) -> None:
    with pytest.raises(GeoJsonError, match=says) as refused:
        read(tmp_path, document)
    assert str(refused.value).startswith(f"{tmp_path}/layer.geojson")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeoJsonError, match=r"cannot be read \(Is a directory\)"):
        read_features(tmp_path, kinds=KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_polygon_over_the_180th_meridian_is_cut_with_its_hole(tmp_path: Path, kind: str) -> None:
    shell = [[179, -1], [-179, -1], [-179, 1], [179, 1], [179, -1]]
    hole = [[-179.8, -0.2], [-179.8, 0.2], [179.8, 0.2], [179.8, -0.2], [-179.8, -0.2]]
    rings = [shell, hole]
    (found,) = read(tmp_path, collection(feature(kind, rings if kind == "Polygon" else [rings])))
    assert (found.geom_type, found.bounds) == ("MultiPolygon", (-180, -1, 180, 1))
    assert found.area == pytest.approx(4 - 0.4 * 0.4)
    assert not found.intersects(shapely.Point(179.9, 0))
    assert not found.intersects(shapely.Point(-179.9, 0))
    assert not found.intersects(shapely.Point(0, 0))


def test_a_polygon_of_the_whole_earth_is_not_cut(tmp_path: Path) -> None:
    world = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]
    (found,) = read(tmp_path, collection(feature("Polygon", [world])))
    assert found.area == 360 * 180


def test_lines_and_points_are_read_and_a_line_over_the_180th_meridian_is_not(tmp_path: Path) -> None:
    kinds = ("Point", "LineString")
    line = feature("LineString", [[179, 0, 5], [180, 1, 5]])
    found = read(tmp_path, collection(feature("Point", [118.6, 24.9, 3.5]), line), kinds)
    assert [each.wkt for each in found] == ["POINT (118.6 24.9)", "LINESTRING (179 0, 180 1)"]
    with pytest.raises(GeoJsonError, match="feature 1: geometry: it crosses the 180th meridian"):
        read(tmp_path, collection(feature("LineString", [[179, 0], [-179, 0]])), kinds)
