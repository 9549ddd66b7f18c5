"""`scripts/bench pictures`: draws the pictures of docs/detection.md from synthetic scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
import cv2
import numpy as np

from bench.benchmark.scenes import ZONE
from bench.scenes.ground import HEIGHT, WIDTH, CoverState
from bench.scenes.left_objects import left_object
from bench.scenes.scene import Scene
from bench.scenes.weather import WEATHERS, Weather
from bench.track_picture import tracks
from detectors.drawing import draw_text, with_box
from detectors.health.detector import HealthDetector
from detectors.look import Image, Look
from detectors.observations import Verdict
from detectors.places import CoverPlace, Purpose, Zone, ellipse, polygon
from detectors.watch import CameraWatch

_COVER_PX: Final = 90
_QUALITY: Final = 80
_STATES: Final[tuple[CoverState, ...]] = ("ok", "missing", "displaced", "obstructed")


@click.command(name="pictures")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/pictures"), show_default=True)
def command(out: Path) -> None:
    """Draw the pictures of docs/detection.md."""
    out.mkdir(parents=True, exist_ok=True)
    drawn = {
        "covers": _covers(),
        "weather": _weather(),
        "left-object": _left_object(),
        "health": _health(),
        "stall-by-track": tracks(),
    }
    for name, picture in drawn.items():
        cv2.imwrite(str(out / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def _covers() -> Image:
    """Each state of a cover by day and in infrared, with the detector's verdict."""
    lights: tuple[Weather, ...] = ("clear", "night")
    return np.vstack([np.hstack([_judged(state, weather) for state in _STATES]) for weather in lights])


def _judged(state: CoverState, weather: Weather) -> Image:
    scene = Scene(seed=12, cover_px=_COVER_PX, weather=weather, flaw="none", seconds=130.0)
    x, y = scene.ground.centre
    outline = ellipse(x, y, _COVER_PX, _COVER_PX * scene.ground.tall)
    watch = CameraWatch(covers=[CoverPlace(id="c", outline=outline)], zones=[], frame_px=(WIDTH, HEIGHT))
    said = ""
    picture = scene.picture(0.0)
    for index in range(60):
        at_s = index * 2.0
        picture = scene.picture(at_s, state if at_s >= 80.0 else "ok")
        report = watch.look(Look.of(picture, at_s))
        for row in report.covers.rows() if report.covers is not None else ():
            match, dark = row.cues["inside_match"], row.cues["darkness"]
            said = f"{row.verdict.name.lower()}  {match:.2f} {dark:.2f}"
    left, top = int(x) - 110, int(y) - 80
    crop = np.ascontiguousarray(picture[max(0, top) : top + 160, max(0, left) : left + 220])
    corners = [np.round(outline - (max(0, left), max(0, top))).astype(np.int32)]
    cv2.polylines(crop, corners, isClosed=True, color=(90, 200, 90), thickness=1)
    return _labelled(crop, said)


def _weather() -> Image:
    """All weathers of the synthetic scenes, two minutes after they set in."""
    tiles = []
    for seed, weather in enumerate(WEATHERS):
        scene = Scene(seed=seed, cover_px=60, weather=weather, flaw="none", seconds=200.0)
        picture = scene.picture(0.0)
        for at_s in (30.0, 180.0):
            picture = scene.picture(at_s)
        small = np.asarray(cv2.resize(picture, (240, 142), interpolation=cv2.INTER_AREA), np.uint8)
        tiles.append(_labelled(small, weather))
    return np.vstack([np.hstack(tiles[row : row + 4]) for row in range(0, 12, 4)])


def _left_object() -> Image:
    """A stall: the street before, the stall just set up, reported after the dwell, and gone."""
    scene = Scene(seed=31, cover_px=50, weather="clear", flaw="none", seconds=280.0)
    lay, _ = left_object(np.random.default_rng(5), "stall")
    zone = Zone(id="z", outline=polygon(ZONE), purpose=Purpose.STALL, dwell_s=30.0)
    watch = CameraWatch(covers=[], zones=[zone], frame_px=(WIDTH, HEIGHT))
    shown: dict[str, Image] = {}
    for index in range(140):
        at_s = index * 2.0
        picture = scene.picture(at_s, lay=lay if 100.0 <= at_s < 200.0 else None)
        report = watch.look(Look.of(picture, at_s))
        if at_s in {90.0, 104.0}:
            shown[f"{at_s:.0f} s"] = _outlined(picture)
        for incident in report.incidents:
            row = incident.change.observation
            if row.verdict is Verdict.OCCUPIED or row.verdict is Verdict.OK:
                boxed = with_box(picture, row.box_px, "") if row.verdict is Verdict.OCCUPIED else picture
                shown[f"{at_s:.0f} s: {incident.kind} {incident.change.phase}"] = _outlined(boxed)
    tiles = [_labelled(picture, label) for label, picture in shown.items()][:4]
    return np.hstack([cv2.resize(tile, (280, 165), interpolation=cv2.INTER_AREA) for tile in tiles])


def _health() -> Image:
    """Faults of a camera, each with what the detector reports after half a minute."""
    dim = np.linspace(0.5, 1.0, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 1))
    hand = (dim * (52, 60, 84)).astype(np.uint8)
    happens: tuple[Callable[[Image], Image], ...] = (
        lambda picture: picture,
        lambda picture: np.roll(picture, (2, 5), axis=(0, 1)),
        lambda picture: np.roll(picture, (30, 90), axis=(0, 1)),
        lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 6.0), np.uint8),
        lambda picture: hand + picture[0, 0] % 3,
        lambda picture: np.asarray(cv2.convertScaleAbs(picture, alpha=1.0, beta=235), np.uint8),
        lambda picture: picture // 40,
        lambda _: frozen,
    )
    scene = Scene(seed=8, cover_px=90, weather="clear", flaw="none", seconds=200.0)
    frozen = scene.picture(0.0)
    tiles = [_diagnosed(happened) for happened in happens]
    return np.vstack([np.hstack(tiles[row : row + 4]) for row in range(0, 8, 4)])


def _diagnosed(happened: Callable[[Image], Image]) -> Image:
    scene = Scene(seed=8, cover_px=90, weather="clear", flaw="none", seconds=200.0)
    detector = HealthDetector((WIDTH, HEIGHT))
    shown = scene.picture(0.0)
    health = detector.look(Look.of(shown, 0.0))
    for index in range(1, 45):
        at_s = index * 2.0
        picture = scene.picture(at_s)
        shown = happened(picture) if at_s >= 50.0 else picture
        health = detector.look(Look.of(shown, at_s))
    moved = max(map(abs, health.shift_px)) >= 1.0
    said = str(health.fault or ("ok, followed" if moved else "ok"))
    said += " by {:.0f}, {:.0f} px".format(*health.shift_px) if moved else ""
    small = np.asarray(cv2.resize(shown, (280, 165), interpolation=cv2.INTER_AREA), np.uint8)
    return _labelled(small, said)


def _outlined(picture: Image) -> Image:
    drawn = picture.copy()
    corners = [np.round(np.array(ZONE)).astype(np.int32)]
    cv2.polylines(drawn, corners, isClosed=True, color=(90, 200, 90), thickness=1)
    return drawn


def _labelled(picture: Image, label: str) -> Image:
    drawn = picture.copy()
    draw_text(drawn, label, (6, 16), 0.45)
    return drawn
