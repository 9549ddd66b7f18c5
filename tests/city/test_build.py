from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import shapely
from click.testing import CliRunner

from city.__main__ import command
from city.build import build, seed_of
from city.errors import CityError
from edge.calibration import ground_of
from edge.camera_settings import Camera
from edge.checks import covers_and_zones
from geo.distance import distance_m
from ingest.rules.engine import RuleEngine
from ingest.settings import Settings
from program.settings import load
from tests.city.conftest import SEED
from wire.topics import Kind

LAYERS = ("areas", "streets", "grid", "components", "cameras")


def quiet(_: str) -> None:
    """No progress."""


def test_a_finished_city_is_left_alone(city_folder: Path) -> None:
    before = (city_folder / "truth.json").stat()
    assert build(city_folder, seed=SEED, clip_s=4.0, tell=quiet) is False
    assert (city_folder / "truth.json").stat() == before


def test_another_seed_replaces_the_city_and_the_same_seed_repeats_it(
    tmp_path: Path, city_folder: Path
) -> None:
    folder = tmp_path / "city"
    assert build(folder, seed=SEED + 1, clip_s=0.5, tell=quiet) is True
    other = {name: (folder / f"{name}.geojson").read_bytes() for name in LAYERS}
    assert build(folder, seed=SEED, clip_s=0.5, tell=quiet) is True
    assert seed_of(folder) == SEED
    for name in LAYERS:
        assert (folder / f"{name}.geojson").read_bytes() == (city_folder / f"{name}.geojson").read_bytes()
        assert other[name] != (folder / f"{name}.geojson").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["city"], "drafts are cleared away"


def test_a_folder_that_is_not_a_city_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(CityError, match="not a city folder"):
        build(tmp_path, tell=quiet)
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_failed_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("city.build.folder.write_layers", fail)
    with pytest.raises(OSError, match="disk full"):
        build(tmp_path / "city", clip_s=0.5, tell=quiet)
    assert list(tmp_path.iterdir()) == []


def test_errors_are_one_sentence_for_the_user(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command,
        ["run", "--city", str(tmp_path), "--broker-url", "mqtt://127.0.0.1:1", "--credentials", "none.json"],
    )
    assert result.exit_code == 1
    assert result.output.startswith("streetwarden: ")
    assert "python -m city build" in result.output
    assert "Traceback" not in result.output


def test_layers_are_small_enough_for_a_browser(city_folder: Path) -> None:
    assert sum((city_folder / f"{name}.geojson").stat().st_size for name in LAYERS) < 3_000_000


def test_its_rules_are_settings_of_ingest_and_open_no_case(city_folder: Path) -> None:
    def as_json(name: str) -> Any:
        return json.loads((city_folder / name).read_bytes())

    file = city_folder / "ingest-rules.toml"
    settings = load(Settings, program="ingest", file=file, environment={})
    (source,) = settings.sources
    assert source.account in {device["user"] for device in as_json("devices.json")}
    assert set(source.cameras) == {
        feature["properties"]["camera"] for feature in as_json("cameras.geojson")["features"]
    }
    rules = settings.rules
    assert [rule.opens_case for rule in rules] == [None] * len(rules)
    assert {type(rule).__name__ for rule in rules} == {
        "Fence", "KeyArea", "Speed", "Stop", "Offline", "Threshold",
    }  # fmt: skip
    RuleEngine(rules, folder=city_folder)


def test_everything_that_the_compose_file_names_exists(city_folder: Path) -> None:
    compose = Path(__file__).parents[2] / "deploy/compose.yaml"
    named = set(re.findall(r"/srv/city/made/([\w.-]+)", compose.read_text(encoding="utf-8")))
    assert named == {"ingest-rules.toml", "edge-cameras.toml"}
    assert named <= {file.name for file in city_folder.iterdir()}


def test_streets_lead_through_every_fence(city_folder: Path) -> None:
    streets = list(shapes(city_folder / "streets.geojson").values())
    for name in ("fences", "key-areas"):
        areas = shapes(city_folder / f"{name}.geojson")
        assert areas
        for area in areas.values():
            assert any(shapely.intersects(area, street) for street in streets)


def shapes(file: Path) -> dict[str, shapely.Geometry]:
    """The geometries of a layer, by name and number."""
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return {
        f"{feature['properties'].get('name')} {number}": shapely.from_geojson(json.dumps(feature["geometry"]))
        for number, feature in enumerate(features)
    }


def test_devices_are_valid_broker_users(city_folder: Path) -> None:
    devices = json.loads((city_folder / "devices.json").read_text())
    kinds = [device["user"].split("/")[0] for device in devices]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "vehicle": 200,
        "person": 30,
        "device": 20,
        "box": 1,
    }
    assert len({device["user"] for device in devices}) == len(devices)
    assert all(Kind(kind) for kind in kinds)
    assert {device["district"] for device in devices} == {"350582"}


def test_the_edge_gets_cameras_covers_and_zones_but_no_truth(city_folder: Path) -> None:
    text = (city_folder / "edge-cameras.toml").read_text(encoding="utf-8")
    cameras = {camera["id"]: camera for camera in tomllib.loads(text)["camera"]}
    truth = json.loads((city_folder / "truth.json").read_text())
    assert list(cameras) == [camera["camera"] for camera in truth["cameras"]]
    components = {
        feature["properties"]["code"]: feature["geometry"]["coordinates"]
        for feature in json.loads((city_folder / "components.geojson").read_text())["features"]
    }
    for camera in cameras.values():
        assert (city_folder / camera["source"].removeprefix("file:")).exists()
        covers_and_zones(msgspec.convert(camera, Camera), (960, 540))
        for cover in camera["cover"]:
            assert components[cover["component"]] == [cover["lon"], cover["lat"]]
    for event in truth["events"]:
        camera = cameras[event["camera"]]
        if event["type"] == "cover_missing":
            assert event["component"] in [cover["component"] for cover in camera["cover"]]
        else:
            zones = {zone["id"]: zone for zone in camera["zone"]}
            assert zones[event["zone"]]["detects"] == event["type"]
            assert event["ends_s"] - event["begins_s"] > 2 * zones[event["zone"]]["dwell_s"]
    assert "begins" not in text
    assert "truth" not in text


def test_every_kind_of_event_happens_after_a_time_to_learn(city_folder: Path) -> None:
    events = json.loads((city_folder / "truth.json").read_text())["events"]
    assert {event["type"] for event in events} == {"cover_missing", "stall", "goods"}
    assert all(45 <= event["begins_s"] < event["ends_s"] <= 240 for event in events)
    assert len({event["camera"] for event in events}) == 3, "one camera sees nothing wrong"


def test_a_camera_is_calibrated_so_that_the_foot_of_what_happens_lies_where_it_happens(
    city_folder: Path,
) -> None:
    text = (city_folder / "edge-cameras.toml").read_text(encoding="utf-8")
    cameras = {camera["id"]: msgspec.convert(camera, Camera) for camera in tomllib.loads(text)["camera"]}
    for event in json.loads((city_folder / "truth.json").read_text())["events"]:
        ground = ground_of(cameras[event["camera"]])
        assert ground is not None
        left, top, right, bottom = event["box_px"]
        middle = (top + bottom) / 2 if event["type"] == "cover_missing" else bottom
        place = ground.place(((left + right) / 2, middle))
        assert place is not None
        assert distance_m(*place, event["lat"], event["lon"]) < 1.5
