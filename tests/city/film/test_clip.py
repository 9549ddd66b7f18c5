from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from city.film.clip import Camera, film
from city.film.scene import CLIP_S, Event
from city.film.scenes import scenes
from tests.city.conftest import SEED

CAMERAS = range(4)
EVENTS = [(index, event) for index, scene in enumerate(scenes(SEED)) for event in scene.events]


@cache
def camera(index: int) -> Camera:
    return Camera(scenes(SEED)[index])


def usual(index: int, begins_s: float, ends_s: float) -> NDArray[np.float64]:
    """The median picture of a time span, without passers-by."""
    looks = [camera(index).picture(float(at_s)) for at_s in np.linspace(begins_s, ends_s, 15)]
    return np.median(np.asarray(looks), axis=0)


def change(index: int, event: Event, begins_s: float, ends_s: float) -> float:
    """Mean difference from the first 45 seconds inside the event's box, grey levels."""
    left, top, right, bottom = (round(edge) for edge in camera(index).scene.box_px(event))
    before, now = usual(index, 2, 45), usual(index, begins_s, ends_s)
    return float(np.abs(before - now)[top:bottom, left:right].mean())


def test_a_clip_decodes_with_a_keyframe_every_two_seconds(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    for _ in film(camera(0), file, seconds=6.5):
        pass
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = [(float(frame.time or 0), frame.key_frame) for frame in container.decode(stream)]
    assert [time for time, is_key in frames if is_key] == [0.0, 2.0, 4.0, 6.0]
    assert len(frames) == 52
    assert frames[-1][0] == pytest.approx(6.375)


def test_the_file_shows_what_the_scene_is(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    for _ in film(camera(3), file, seconds=1.0):
        pass
    with av.open(str(file)) as container:
        decoded = next(container.decode(container.streams.video[0])).to_ndarray(format="bgr24")
    assert np.abs(decoded.astype(float) - camera(3).picture(0.0)).mean() < 8


@pytest.mark.parametrize(("index", "event"), EVENTS)
def test_an_event_is_seen_when_and_where_the_truth_says(index: int, event: Event) -> None:
    assert change(index, event, event.begins_s + 6, event.ends_s - 6) > 14
    assert change(index, event, 46, event.begins_s - 14) < 4
    assert change(index, event, event.ends_s + 14, CLIP_S - 2) < 4


@pytest.mark.parametrize("index", CAMERAS)
def test_covers_are_wide_enough_to_judge(index: int) -> None:
    scene = camera(index).scene
    for number in range(len(scene.covers)):
        outline = scene.cover_outline(number)
        assert np.ptp(outline[:, 0]) >= 60
        assert (outline > 0).all()
        assert (outline < (scene.view.width_px, scene.view.height_px)).all()


@pytest.mark.parametrize("index", CAMERAS)
def test_the_loop_has_no_seam(index: int) -> None:
    last, first = camera(index).picture(CLIP_S - 0.125), camera(index).picture(0.0)
    before = camera(index).picture(CLIP_S - 0.25)
    usual_step = np.abs(last.astype(float) - before).mean()
    assert np.abs(last.astype(float) - first).mean() < 3 * usual_step + 0.5


def test_the_busy_camera_is_busy_and_nothing_stays() -> None:
    steps = [camera(3).picture(at_s) for at_s in np.arange(0.0, 300.0, 10.0)]
    moving = [np.abs(a.astype(float) - b).max(axis=2).ravel() > 30 for a, b in pairwise(steps)]
    assert np.mean([part.mean() for part in moving]) > 0.01
    assert np.abs(usual(3, 2, 100) - usual(3, 200, 298)).mean() < 1.0
    assert camera(3).scene.events == ()


def test_night_is_grey_and_darker_than_day() -> None:
    night = camera(2).picture(30.0)
    assert (night.max(axis=2).astype(int) - night.min(axis=2) <= 2).mean() > 0.999
    assert usual(2, 2, 45).mean() < 0.75 * usual(0, 2, 45).mean()


def test_the_same_seed_films_the_same() -> None:
    again = Camera(scenes(SEED)[0])
    assert np.array_equal(again.planes(100.0, 800), camera(0).planes(100.0, 800))
    other = Camera(scenes(SEED + 1)[0])
    assert not np.array_equal(other.planes(100.0, 800), camera(0).planes(100.0, 800))
