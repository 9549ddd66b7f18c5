"""An installer gets a picture of each camera for measuring, and one with the marked outlines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from edge.__main__ import command
from tests.edge.clips import HEIGHT, WIDTH, encode, noisy, pavement
from tests.edge.running import BOX, DISTRICT, crate_camera


def test_each_camera_gets_a_line_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREETWARDEN_EDGE_BOX_ID", BOX)
    monkeypatch.setenv("STREETWARDEN_EDGE_BOX_DISTRICT", DISTRICT)
    encode(tmp_path / "clip.mp4", (noisy(pavement(), number) for number in range(4)))
    config = tmp_path / "edge.toml"
    config.write_text(
        crate_camera("there", "file:clip.mp4")
        + crate_camera("gone", "file:gone.mp4")
        + crate_camera("own", "mqtt:")
        + crate_camera("wide", "file:clip.mp4").replace("260.0", "900.0"),
        encoding="utf-8",
    )
    folder = tmp_path / "pictures"
    result = CliRunner().invoke(command, ["--config", str(config), "--pictures", str(folder)])
    assert result.exit_code == 0, result.output
    said = result.output.splitlines()
    assert said[0] == f"there: {WIDTH} x {HEIGHT} pixels, {folder / 'there.png'}"
    assert said[1].startswith("gone: no picture: ")
    assert said[2] == "own: sends its own frames over MQTT; save one of them"
    assert said[4].startswith("wide: zone 'kerb' reaches (900, 90), outside the picture of 320 x 240")
    plain, marked = (cv2.imread(str(folder / f"there{kind}.png")) for kind in ("", "-marked"))
    assert plain is not None
    assert marked is not None
    assert plain.shape == (HEIGHT, WIDTH, 3)
    changed = np.abs(plain.astype(int) - marked).max(axis=2) > 60
    assert 200 < int(changed.sum()) < 5000


def pictures_with_ground(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, width_m: int, depth_m: int
) -> str:
    """What the command prints for a camera whose calibrated ground is so wide and so deep."""
    monkeypatch.setenv("STREETWARDEN_EDGE_BOX_ID", BOX)
    monkeypatch.setenv("STREETWARDEN_EDGE_BOX_DISTRICT", DISTRICT)
    encode(tmp_path / "clip.mp4", (noisy(pavement(), number) for number in range(4)))
    corners = [
        ((20, 220), (0, 0)),
        ((300, 220), (width_m, 0)),
        ((300, 80), (width_m, depth_m)),
        ((20, 80), (0, depth_m)),
    ]
    points = ", ".join(f"{{px = [{x}, {y}], m = [{a}, {b}]}}" for (x, y), (a, b) in corners)
    config = tmp_path / "edge.toml"
    config.write_text(
        crate_camera("c1", "file:clip.mp4").replace("lat =", f"ground = [{points}]\nlat =", 1),
        encoding="utf-8",
    )
    result = CliRunner().invoke(command, ["--config", str(config), "--pictures", str(tmp_path)])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_calibration_is_shown_as_a_grid_of_metres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures_with_ground(tmp_path, monkeypatch, width_m=5, depth_m=4)
    plain, marked = (cv2.imread(str(tmp_path / f"c1{kind}.png")) for kind in ("", "-marked"))
    assert plain is not None
    assert marked is not None
    line = marked[150, 20:301].astype(int) - plain[150, 20:301]
    blue = np.flatnonzero(line[:, 0] > 50)
    for metre in (1, 2, 3, 4):
        assert np.abs(blue - 56 * metre).min() <= 1


def test_a_zone_that_is_too_far_away_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = pictures_with_ground(tmp_path, monkeypatch, width_m=20, depth_m=16)
    assert "c1: zone 'kerb': at its far end a thing of 0.4 m is 6 px wide" in output
