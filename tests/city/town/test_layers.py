from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

from city.film.scenes import scenes
from city.folder import plan


def features(city: Path, layer: str) -> list[dict[str, Any]]:
    return list(json.loads((city / f"{layer}.geojson").read_text(encoding="utf-8"))["features"])


@pytest.mark.parametrize("layer", ["areas", "streets", "grid", "components", "cameras"])
def test_all_shapes_are_valid_and_lie_in_the_town(city_folder: Path, layer: str) -> None:
    for feature in features(city_folder, layer):
        drawn = shape(feature["geometry"])
        assert drawn.is_valid, feature["properties"]
        west, south, east, north = drawn.bounds
        assert 118.55 < west <= east < 118.59
        assert 24.78 < south <= north < 24.82


def test_grid_cells_tile_the_town_without_overlap(city_folder: Path) -> None:
    cells = [shape(feature["geometry"]) for feature in features(city_folder, "grid")]
    union = shapely.unary_union(cells)
    hull = shapely.box(*union.bounds)
    assert sum(cell.area for cell in cells) == pytest.approx(union.area, rel=1e-4)
    assert union.area == pytest.approx(hull.area, rel=1e-3)


def test_grid_codes_are_15_digits_and_given_once(city_folder: Path) -> None:
    codes = [feature["properties"]["code"] for feature in features(city_folder, "grid")]
    assert len(set(codes)) == len(codes) > 200
    assert all(len(code) == 15 and code.isdecimal() and code.startswith("350582") for code in codes)


def test_component_codes_are_16_digits_of_their_class_and_given_once(city_folder: Path) -> None:
    properties = [feature["properties"] for feature in features(city_folder, "components")]
    codes = [part["code"] for part in properties]
    assert len(set(codes)) == len(codes) > 1000
    for part in properties:
        assert part["code_set"] == "A"
        assert len(part["code"]) == 16
        assert part["code"][:10] == "350582" + part["class"]


def test_components_stand_along_streets(city_folder: Path) -> None:
    streets = shapely.STRtree([shape(feature["geometry"]) for feature in features(city_folder, "streets")])
    places = [shape(feature["geometry"]) for feature in features(city_folder, "components")]
    _, distances = streets.query_nearest(places, return_distance=True, all_matches=False)
    assert max(distances) * 111_320 < 25


def test_streets_have_names_in_both_languages_and_cross_the_river_on_bridges(city_folder: Path) -> None:
    streets = [feature["properties"] for feature in features(city_folder, "streets")]
    assert all(street["name"] and street["name_en"] and street["width_m"] > 0 for street in streets)
    assert {street["class"] for street in streets} == {"primary", "secondary", "residential"}
    bridges = [street["name"] for street in streets if street.get("bridge")]
    assert len(set(bridges)) == len(bridges) >= 3


def test_the_town_has_what_a_town_has(city_folder: Path) -> None:
    classes = [feature["properties"]["class"] for feature in features(city_folder, "areas")]
    assert set(classes) == {"block", "building", "park", "water", "plaza"}
    assert classes.count("building") > 1500


def test_buildings_keep_off_streets_and_water(city_folder: Path) -> None:
    areas = features(city_folder, "areas")
    houses = [shape(area["geometry"]) for area in areas if area["properties"]["class"] == "building"]
    water = [shape(area["geometry"]) for area in areas if area["properties"]["class"] == "water"]
    streets = [shape(feature["geometry"]) for feature in features(city_folder, "streets")]
    for wrong in (water, streets):
        assert len(shapely.STRtree(houses).query(wrong, predicate="intersects")[0]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_any_seed_makes_a_town_with_a_place_for_each_camera(seed: int) -> None:
    town = plan(seed, scenes(seed))
    assert len(town.sites) == 4
    assert len({site.street.name.chinese for site in town.sites}) == 4
