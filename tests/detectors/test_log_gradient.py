from __future__ import annotations

import numpy as np
import pytest

from detectors.left_object.log_gradient import ZERO, GradientLayout, LogGradient, log_gradient
from detectors.left_object.relief import ReliefSolver
from detectors.left_object.settings import LeftObjectSettings
from detectors.left_object.temporal_median import TemporalMedian
from detectors.look import Image

_LAYOUT = GradientLayout(rows=60, columns=80)
_SOLVER = ReliefSolver(_LAYOUT, LeftObjectSettings().relief_reach_px)


def _ground(seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.repeat(np.random.default_rng(seed).uniform(60, 160, (60, 80, 1)), 3, axis=2)


def _picture(surface: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Image:
    return np.clip(surface, 0, 255).astype(np.uint8)


def _gradient(surface: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> LogGradient:
    return log_gradient(_picture(surface), _LAYOUT)


@pytest.mark.parametrize("light", [0.6, 1.5])
def test_light_hardly_changes_a_step(light: float) -> None:
    before, after = (steps.astype(int) for steps in (_gradient(_ground()), _gradient(_ground() * light)))
    strong = np.abs(before - ZERO) > 20
    assert np.abs(after - before)[strong].mean() < 0.2 * np.abs(before - ZERO)[strong].mean()


def test_what_three_looks_of_nine_show_is_forgotten_and_what_the_last_five_show_stands() -> None:
    recent, ground, thing = TemporalMedian(), _gradient(_ground()), _gradient(_ground(1))
    for at_s, shown in enumerate([ground] * 9 + [thing] * 3 + [ground] * 9):
        recent.add(float(at_s), shown)
        assert recent.value is None or np.array_equal(recent.value, ground)
    for at_s in range(21, 26):
        recent.add(float(at_s), thing)
    assert recent.value is not None
    assert np.array_equal(recent.value, thing)
    assert recent.middle_s == 21.0


def test_a_picture_that_stays_is_not_worked_on_again() -> None:
    recent, ground = TemporalMedian(), _gradient(_ground())
    changed = [recent.add(float(at_s), ground) for at_s in range(12)]
    assert changed == [False] * 8 + [True] + [False] * 3


def test_a_surface_comes_back_whole_with_its_contrast_and_its_colour() -> None:
    bare = np.full((60, 80, 3), 120.0)
    laid = bare.copy()
    laid[20:40, 30:60] = (60.0, 60.0, 90.0)
    relief = _SOLVER.solve(_gradient(laid), _gradient(bare), 3).astype(int) - ZERO
    inside, outside = relief[12:18, 18:27], np.delete(relief, np.s_[8:22], axis=0)
    assert (inside[:, :, 0] < -20).all()
    assert (inside[:, :, 1] > 15).all()
    assert np.abs(outside).max() <= 5


def test_soft_light_leaves_no_relief() -> None:
    lamp = 1 + 0.8 * np.exp(-(((np.arange(80) - 40) / 40) ** 2))[None, :, None]
    bare = np.full((60, 80, 3), 100.0)
    assert (_SOLVER.solve(_gradient(bare * lamp), _gradient(bare), 3) == ZERO).all()
