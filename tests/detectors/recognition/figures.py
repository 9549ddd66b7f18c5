"""Drawn people that the shipped model knows for what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from detectors.look import Image

Colour = tuple[int, int, int]

COAT: Final[Colour] = (40, 40, 160)
_SKIN: Final[Colour] = (150, 170, 205)
_DARK: Final[Colour] = (28, 26, 25)


def person(image: Image, x: float, foot: float, height: float, coat: Colour = COAT) -> None:
    """Draw somebody who stands at (x, foot), `height` pixels high."""
    unit = height / 8

    def ellipse(right: float, up: float, wide: float, high: float, colour: Colour) -> None:
        centre = (round(x + right * unit), round(foot - up * unit))
        axes = (max(1, round(wide * unit)), max(1, round(high * unit)))
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    def shape(corners: Sequence[tuple[float, float]], colour: Colour) -> None:
        points = [[x + right * unit, foot - up * unit] for right, up in corners]
        cv2.fillPoly(image, [np.array(points, np.int32)], colour, cv2.LINE_AA)

    for side in (-1, 1):
        shape([(0.05 * side, 4), (0.75 * side, 4), (0.6 * side, 0.3), (0.15 * side, 0.3)], (70, 55, 40))
        ellipse(0.43 * side, 0.2, 0.45, 0.2, _DARK)
        shape([(side, 6.5), (1.35 * side, 6.1), (1.3 * side, 3.9), (0.95 * side, 3.9)], coat)
        ellipse(1.12 * side, 3.7, 0.2, 0.25, _SKIN)
    shape([(-1, 6.5), (1, 6.5), (0.8, 3.8), (-0.8, 3.8)], coat)
    shape([(-0.25, 6.9), (0.25, 6.9), (0.3, 6.4), (-0.3, 6.4)], _SKIN)
    ellipse(0, 7.35, 0.48, 0.62, _SKIN)
    ellipse(0, 7.65, 0.52, 0.42, _DARK)
