"""A mistake in the file is named with its remedy; the box does not start with invalid settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.camera_settings import Camera, Cover
from edge.checks import check, covers_and_zones
from edge.errors import LayoutError
from edge.settings import Settings
from program.errors import SettingsError
from program.settings import load

BOX = '[box]\nid = "box-1"\ndistrict = "350582"\n'
CAMERA = '[[camera]]\nid = "c1"\nsource = "file:clip.mp4"\nlat = 24.9\nlon = 118.6\n'
SQUARE = "[[10, 10], [60, 10], [60, 60], [10, 60]]"
COVER = f'[[camera.cover]]\nid = "m1"\npolygon_px = {SQUARE}\n'
ZONE = f'[[camera.zone]]\nid = "kerb"\ndetects = "stall"\npolygon_px = {SQUARE}\n'


def read(tmp_path: Path, text: str, **environment: str) -> Settings:
    file = tmp_path / "edge.toml"
    file.write_text(text, encoding="utf-8")
    settings = load(Settings, program="edge", file=file, environment=environment)
    check(settings)
    return settings


def test_a_whole_file_is_understood(tmp_path: Path) -> None:
    settings = read(tmp_path, BOX + CAMERA + "size_px = [1280, 720]\n" + COVER + ZONE)
    (camera,) = settings.camera
    covers, zones = covers_and_zones(camera, camera.size_px)
    assert [cover.id for cover in covers] == ["m1"]
    assert [(zone.id, str(zone.purpose), zone.dwell_s) for zone in zones] == [("kerb", "stall", 60.0)]


def test_the_box_may_be_named_by_the_environment(tmp_path: Path) -> None:
    settings = read(
        tmp_path, CAMERA, STREETWARDEN_EDGE_BOX_ID="box-9", STREETWARDEN_EDGE_BOX_DISTRICT="350582"
    )
    assert settings.box.id == "box-9"


GROUND = """ground = [
  {px = [0, 60], lat = 24.9, lon = 118.6}, {px = [60, 60], lat = 24.9, lon = 118.60005},
  {px = [50, 10], lat = 24.9001, lon = 118.60005}, {px = [10, 10], lat = 24.9001, lon = 118.6},
]
"""
NARROW = GROUND.replace("[50, 10]", "[33, 10]").replace("px = [10, 10]", "px = [27, 10]")
METRES = GROUND.replace("lat = 24.9001, lon", "m = [5, 9], lon")


def test_limits_of_size_and_dwell_are_those_of_the_zone_or_what_is_usual(tmp_path: Path) -> None:
    vehicle = ZONE.replace("stall", "vehicle").replace("kerb", "v")
    sized = ZONE.replace("kerb", "s") + "size_m = [0.5, 3]\ndwell_s = 30\n"
    settings = read(tmp_path, BOX + CAMERA + GROUND + vehicle + sized + ZONE)
    _, (v, s, kerb) = covers_and_zones(settings.camera[0], (640, 480))
    assert [zone.dwell_s for zone in (v, s, kerb)] == [180.0, 30.0, 60.0]
    assert v.size is not None
    assert (v.size.min_m, v.size.max_m, v.size.min_height_m) == (1.2, 15.0, 1.5)
    assert s.size is not None
    assert (s.size.min_m, s.size.max_m, s.size.min_height_m) == (0.5, 3.0, 0.0)
    assert kerb.size is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ZONE + "size_m = [1, 2]\n", r"camera 'c1': zone 'kerb' has size_m, but the camera has no `ground`"),
        (GROUND + ZONE + "size_m = [2, 1]\n", r"zone 'kerb': size_m: no width lies from 2 m to 1 m"),
        (METRES, r"camera 'c1': ground: give every point lat and lon, or give every point m"),
        (GROUND.replace(", lon = 118.6}", "}"), r"ground: give every point"),
        (GROUND.replace("118.60005", "118.6"), r"ground: points 1, 2, 3 lie on a line on the ground"),
        (GROUND.replace("[50, 10]", "[-50, 10]"), r"ground: the points lie in another order in the picture"),
        (NARROW + ZONE.replace("[60, 10]", "[60, 2]"), r"zone 'kerb' reaches the horizon"),
        (ZONE + 'allowed = ["06:00-09:00"]\n', r"zone 'kerb' has allowed hours.*time_zone under \[box\]"),
        (ZONE + "lat = 24.9\n", r"camera 'c1': 'kerb' has only one of lat and lon"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_calibration_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, BOX + CAMERA + text)


@pytest.mark.parametrize(
    ("time_zone", "allowed", "said"),
    [
        ("Mars/Olympus", "06:00-09:00", r"box\.time_zone 'Mars/Olympus' is unknown"),
        ("Asia/Shanghai", "6-9", r"zone 'kerb': allowed: '6-9' is not a span of hours"),
    ],
)
def test_a_mistake_in_the_hours_is_named(tmp_path: Path, time_zone: str, allowed: str, said: str) -> None:
    hours = f'allowed = ["{allowed}"]\n'
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, BOX + f'time_zone = "{time_zone}"\n' + CAMERA + ZONE + hours)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CAMERA, r"box\.id is missing.*STREETWARDEN_EDGE_BOX_ID"),
        ('[box]\nid = "b"\n', r"box\.district is missing"),
        ('[box]\nid = "b/1"\ndistrict = "350582"\n', r"\$\.box\.id"),
        (BOX + "[outbox]\nmegabytes = 1\n", r"unknown setting 'outbox\.megabytes'"),
        (BOX + CAMERA + "zoom = 2\n", r"unknown setting 'camera\[0\]\.zoom'"),
        (BOX + CAMERA + ZONE.replace("detects", "detect"), r"'camera\[0\]\.zone\[0\]\.detect'.*'detects'"),
        (BOX + CAMERA + CAMERA, r"two cameras have the id 'c1'"),
        (BOX + CAMERA + COVER + COVER, r"camera 'c1': two covers or zones have the id 'm1'"),
        (BOX + CAMERA + COVER + ZONE.replace("kerb", "m1"), r"two covers or zones have the id 'm1'"),
        (BOX + CAMERA.replace("file:clip.mp4", "clip.mp4"), r"camera 'c1': source 'clip\.mp4' has no known"),
        (BOX + CAMERA.replace("file:clip.mp4", "file:"), r"camera 'c1': source 'file:' has no known scheme"),
        (BOX + CAMERA + ZONE.replace("[10, 60]", "[-40, 60]"), r"zone 'kerb' reaches \(-40, 60\)"),
        (
            BOX + CAMERA + "size_px = [50, 30]\n" + COVER,
            r"cover 'm1' reaches \(60, 60\), outside the picture of 50 x 30",
        ),
        (BOX + CAMERA + ZONE.replace(", [60, 60], [10, 60]", ""), r"zone 'kerb': an outline needs at least"),
        (BOX + CAMERA + COVER.replace("60", "11"), r"cover 'm1': an outline of less than 36"),
        (BOX + CAMERA + '[[camera.cover]]\nid = "m1"\n', r"cover 'm1' needs an outline"),
        (BOX + CAMERA + ZONE.replace("stall", "dragon"), r"Invalid enum value 'dragon'"),
        (BOX + CAMERA + ZONE + "dwell_s = 1\n", r"dwell_s"),
        (BOX + CAMERA.replace("24.9", "124.9"), r"\$\.camera\[0\]\.lat"),
        (BOX + CAMERA + COVER + 'component = "12"\n', r"component"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, text)


def test_a_camera_password_is_in_no_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, BOX + CAMERA.replace("file:clip.mp4", "http://user:secret@cam/stream"))
    assert "secret" not in str(caught.value)


def test_an_outline_is_held_against_the_real_picture() -> None:
    camera = Camera(
        id="c1",
        source="mqtt:",
        lat=0.0,
        lon=0.0,
        cover=(Cover(id="m1", ellipse_px=(600.0, 300.0, 60.0, 40.0)),),
    )
    covers_and_zones(camera, None)
    covers_and_zones(camera, (640, 480))
    with pytest.raises(LayoutError, match="outside the picture of 320 x 240"):
        covers_and_zones(camera, (320, 240))


def test_an_outline_that_reaches_a_little_beyond_the_picture_is_cut_off(tmp_path: Path) -> None:
    settings = read(tmp_path, BOX + CAMERA + ZONE.replace("[10, 60]", "[-5, 65]"))
    _, (zone,) = covers_and_zones(settings.camera[0], (640, 64))
    assert zone.outline.tolist() == [[10, 10], [60, 10], [60, 60], [0, 64]]


def test_the_examples_of_the_documents_are_understood(tmp_path: Path) -> None:
    docs = Path(__file__).parents[2] / "docs"
    box, ground = re.findall(r"```toml\n(.*?)```", (docs / "edge.md").read_text(encoding="utf-8"), re.DOTALL)
    (veto,) = re.findall(r"```toml\n(.*?)```", (docs / "detection.md").read_text(encoding="utf-8"), re.DOTALL)
    whole = box.replace("lon = 118.568277\n", f"lon = 118.568277\n{ground}", 1)
    settings = read(tmp_path, f"{whole}allowed = []\n{veto}")
    assert len(settings.camera[0].ground) == 4
    assert settings.veto.goods == ("person", "vehicle")
    _, (zone,) = covers_and_zones(settings.camera[0], None)
    assert zone.counts((600, 380, 700, 440))
