"""The city's layers, from files into the real database: whole, or not at all and with a reason."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from store.city import CityFileError, import_city
from store.connection import open_connection

pytestmark = pytest.mark.servers

SQUARE = [[[118.6, 24.9], [118.61, 24.9], [118.61, 24.91], [118.6, 24.91], [118.6, 24.9]]]


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }


def layers() -> dict[str, list[dict[str, Any]]]:
    line = [[118.6, 24.9], [118.61, 24.9, 12.5]]
    return {
        "streets": [
            feature("LineString", line, **{"class": "arterial"}, name="东海路", name_en="Donghai Road"),
            feature("LineString", line, **{"class": "lane"}, width_m=4, surface="asphalt"),
        ],
        "areas": [feature("Polygon", SQUARE, **{"class": "park"}, name="中山公园")],
        "grid": [feature("Polygon", SQUARE, code="350582001001001", district="350582")],
        "components": [
            feature("Point", [118.6, 24.9], code="3505820102000001", code_set="A", **{"class": "0102"})
        ],
        "cameras": [feature("Point", [118.6, 24.9], camera="cam-01", district="350582", heading_deg=90)],
    }


def write(folder: Path, layers: dict[str, list[dict[str, Any]]]) -> Path:
    for name, features in layers.items():
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    return folder


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await open_connection(database_url, application="test")
    yield connection
    await connection.close()


async def test_every_layer_is_stored_and_counted(
    connection: asyncpg.Connection[asyncpg.Record], tmp_path: Path
) -> None:
    counts = await import_city(connection, write(tmp_path, layers()))
    assert counts == {"streets": 2, "areas": 1, "grid": 1, "components": 1, "cameras": 1}
    street = await connection.fetchrow(
        "SELECT name, name_en, class, ST_AsText(line) AS line FROM street WHERE name IS NOT NULL"
    )
    assert dict(street or {}) == {
        "name": "东海路",
        "name_en": "Donghai Road",
        "class": "arterial",
        "line": "LINESTRING(118.6 24.9,118.61 24.9)",
    }
    assert await connection.fetchval("SELECT heading_deg FROM camera WHERE camera = 'cam-01'") == 90
    assert await connection.fetchval("SELECT count(*) FROM city_layer") == 5


async def test_a_second_import_replaces_the_first_and_says_when(
    connection: asyncpg.Connection[asyncpg.Record], tmp_path: Path
) -> None:
    await import_city(connection, write(tmp_path, layers()))
    first = await connection.fetchval("SELECT imported_at FROM city_layer WHERE layer = 'streets'")
    changed = layers() | {"streets": layers()["streets"][:1]}
    assert (await import_city(connection, write(tmp_path, changed)))["streets"] == 1
    assert await connection.fetchval("SELECT count(*) FROM street") == 1
    assert await connection.fetchval("SELECT count(*) FROM component") == 1
    second = await connection.fetchval("SELECT imported_at FROM city_layer WHERE layer = 'streets'")
    assert second > first


BOWTIE = [[[118.6, 24.9], [118.61, 24.91], [118.61, 24.9], [118.6, 24.91], [118.6, 24.9]]]
WRONG = {
    "a field of another type": (
        "streets",
        feature("LineString", [[118.6, 24.9], [118.61, 24.9]], **{"class": 3}),
        r"streets\.geojson: feature 3: properties\.class: Expected `str`, got `int`",
    ),
    "a field that is missing": (
        "cameras",
        feature("Point", [118.6, 24.9], camera="cam-02"),
        r"cameras\.geojson: feature 2: properties: Object missing required field `district`",
    ),
    "a code of another form": (
        "components",
        feature("Point", [118.6, 24.9], code="350582", code_set="A", **{"class": "0102"}),
        r"components\.geojson: feature 2: properties\.code: ",
    ),
    "another geometry": (
        "grid",
        feature("MultiPolygon", [SQUARE], code="350582001001002", district="350582"),
        r"grid\.geojson: feature 2: geometry\.type: MultiPolygon stands where only Polygon can be used",
    ),
    "metres instead of degrees": (
        "components",
        feature("Point", [560312.0, 2754100.0], code="3505820102000002", code_set="A", **{"class": "0102"}),
        r"feature 2: geometry\.coordinates: \(560312, 2\.7541e\+06\) is not longitude, latitude .*WGS-84",
    ),
    "a ring that is open": (
        "areas",
        feature("Polygon", [SQUARE[0][:4]], **{"class": "park"}),
        r"areas\.geojson: feature 2: geometry\.coordinates: a ring must end where it begins",
    ),
    "a polygon that crosses itself": (
        "grid",
        feature("Polygon", BOWTIE, code="350582001001002", district="350582"),
        r"grid\.geojson: feature 2: geometry: it is not valid: Self-intersection.*mend the outline",
    ),
    "another projection": (
        "areas",
        feature("Polygon", [[[lon + 360, lat] for lon, lat in SQUARE[0]]], **{"class": "park"}),
        r"areas\.geojson: feature 2: geometry\.coordinates: \(478\.6, 24\.9\) is not longitude, latitude",
    ),
    "a place over the 180th meridian": (
        "areas",
        feature("Polygon", [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]], **{"class": "park"}),
        r"areas\.geojson: feature 2: geometry: it crosses the 180th meridian; give the part on each side",
    ),
    "a street over the 180th meridian": (
        "streets",
        feature("LineString", [[179, 0], [-179, 0]], **{"class": "lane"}),
        r"streets\.geojson: feature 3: geometry: it crosses the 180th meridian",
    ),
    "a code that stands twice": (
        "components",
        layers()["components"][0],
        r"components\.geojson: feature 2: properties\.code: 3505820102000001 is used twice",
    ),
}


async def test_a_wrong_feature_is_named_and_nothing_changes(
    connection: asyncpg.Connection[asyncpg.Record], tmp_path: Path
) -> None:
    await import_city(connection, write(tmp_path, layers()))
    for layer, wrong, sentence in WRONG.values():
        changed = layers()
        changed[layer].append(wrong)
        changed["areas"][0]["properties"]["name"] = "新公园"
        with pytest.raises(CityFileError, match=sentence):
            await import_city(connection, write(tmp_path, changed))
        assert await connection.fetchval("SELECT name FROM area") == "中山公园"
        assert await connection.fetchval("SELECT count(*) FROM street") == 2


async def test_a_missing_or_broken_file_is_named(
    connection: asyncpg.Connection[asyncpg.Record], tmp_path: Path
) -> None:
    with pytest.raises(CityFileError, match=r"streets\.geojson cannot be read.*grid\.geojson"):
        await import_city(connection, tmp_path)
    write(tmp_path, layers())
    (tmp_path / "areas.geojson").write_bytes(b'{"type": "FeatureCollection", ')
    with pytest.raises(CityFileError, match=r"areas\.geojson is not JSON"):
        await import_city(connection, tmp_path)
    (tmp_path / "areas.geojson").write_bytes(b'{"type": "Topology"}')
    with pytest.raises(CityFileError, match=r"areas\.geojson is not a GeoJSON FeatureCollection"):
        await import_city(connection, tmp_path)
