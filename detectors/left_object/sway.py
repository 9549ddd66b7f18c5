"""Sway, that is lateral motion: a person who stands moves by a hand's breadth, an object does not.

The shift of an edge between two pictures is measured along its own slope (B. Lucas and T. Kanade, 1981). The
method resolves far less than a pixel, and does not depend on light. The rest of the camera's shake that
registration has left is measured at the ground's edges and subtracted.

Colour is sampled at half the resolution of brightness. If the picture is not shrunk, edges of colour jump on
that grid when the camera shakes; they are then left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.background_model import BackgroundModel
from detectors.left_object.blobs import HalfBox
from detectors.left_object.log_gradient import ZERO
from detectors.left_object.settings import LeftObjectSettings

_MAX_POINTS: Final = 4000
"""The motion of the ground is measured at this many of its edges at most."""
_NORMAL: Final = 1.48
"""Standard deviation of a normal distribution divided by its median absolute deviation."""
_TOP_PERCENTILE: Final = 95
"""Percentile of the edges' heights that counts as the top, so that a single stray edge does not."""


@dataclass(frozen=True, slots=True, eq=False)
class Shake:
    """The shift of the ground to the right in each of the last looks, and its spread; working pixels."""

    right: NDArray[np.float32]
    spread: float


def shake(model: BackgroundModel) -> Shake:
    """The lateral motion of the ground's edges from look to look."""
    now = model.layout.brightness(model.current)
    strong = np.abs(now[0].astype(np.int16) - ZERO) > model.settings.sway_edge
    foreground = np.repeat(np.repeat(model.foreground, 2, axis=0), 2, axis=1)
    strong[foreground] = False
    strong[:, [0, 1, -2, -1]] = False
    where = np.flatnonzero(strong)
    where = where[:: max(1, where.size // _MAX_POINTS)]
    right = _shifts(model, where)
    if right is None:
        return Shake(np.zeros(len(model.recent.looks), np.float32), 0.0)
    return Shake(right, _spread(right))


def sway(box: HalfBox, model: BackgroundModel, shaken: Shake) -> float:
    """The lateral motion of a blob's top relative to the ground: its standard deviation, working pixels.

    It is measured at edges in the blob, and above it up to the blob's own height. In each look these edges
    may have moved by a shift, equal for all, and by a lean that grows from the foot to the top. A
    least-squares fit over brightness and colour separates the two. A person leans; a stall with a vendor in
    it hardly does.
    """
    settings = model.settings
    where, slope, above = _new_edges(box, model)
    square = slope * slope
    if float(square.sum()) < settings.sway_min_slope:
        return 0.0
    height = above / max(1.0, float(np.percentile(above, _TOP_PERCENTILE)))
    both, lean, leans = (
        float(square.sum()) + settings.sway_prior,
        float(square @ height),
        float(square @ height**2),
    )
    own = leans - lean**2 / both  # the part of the lean that a shift does not explain
    if own < settings.sway_min_lean:
        return 0.0
    middle = model.current[where].astype(np.float32)
    tops = []
    for (_, gradient), moved in zip(model.recent.looks, shaken.right, strict=True):
        rest = middle - gradient[where].astype(np.float32) - slope * moved
        shift, top = float(rest @ slope), float(rest @ (slope * height))
        tops.append((top - shift * lean / both) / own)
    return max(0.0, _spread(np.array(tops, np.float32)) - settings.sway_noise / float(np.sqrt(own)))


def stir(box: HalfBox, model: BackgroundModel) -> float:
    """The change from look to look in and above a blob, divided by the change of the whole cut; no unit.

    The gestures of a person are too large to be measured along the slope of an edge, but they show here. The
    shade of leaves and rain change the whole cut, so they cancel.
    """
    left, top, right, bottom = box
    here = (slice(2 * max(0, top - (bottom - top)), 2 * bottom), slice(2 * left, 2 * right))
    brightness = model.layout.brightness
    now, maximum = brightness(model.current), np.uint8(model.settings.stir_max_rest)
    everywhere, own = [], []
    for _, gradient in model.recent.looks:
        planes = zip(brightness(gradient), now, strict=True)
        rest = [np.minimum(cv2.absdiff(one, other), maximum) for one, other in planes]
        everywhere.append(_mean_square(rest))
        own.append(_mean_square([plane[here] for plane in rest]))
    return float(np.median(own) / (np.median(everywhere) + 1.0))


def _mean_square(planes: Sequence[NDArray[np.uint8]]) -> float:
    """Of integers; OpenCV adds the squares up without a copy of the planes as floats."""
    squares = [float(cv2.norm(plane, cv2.NORM_L2SQR)) for plane in planes]
    return sum(squares) / max(1, sum(plane.size for plane in planes))


def _new_edges(
    box: HalfBox, model: BackgroundModel
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """The edges in and above a blob that the ground has not.

    Returns:
        Where each lies in the gradient vector; its slope, log units a working pixel; and its height above
        the blob's foot, working pixels. All three are (edges,).
    """
    left, top, right, bottom = box
    settings = model.settings
    beside = round(settings.sway_beside * (right - left))
    first, low, high = max(0, top - (bottom - top)), max(1, left - beside), right + beside
    found = []
    for plane, grain, min_edge in _planes(settings)[: 3 if model.colour_reliable else 1]:
        begin, rows, columns = model.layout.rightward(plane)
        end = begin + rows * columns
        now = model.current[begin:end].astype(np.int16).reshape(rows, columns) - ZERO
        before = model.background[begin:end].astype(np.int16).reshape(rows, columns) - ZERO
        here = np.zeros((rows, columns), np.bool_)
        here[grain * first : grain * bottom, grain * low : min(columns - 1, grain * high)] = True
        here &= (np.abs(now) > min_edge) & (np.abs(now - before) > settings.sway_changed)
        where = np.flatnonzero(here)
        above = (grain * bottom - where // columns) * (2 / grain)
        found.append((where + begin, _slope(now, where) * (grain / 2), above.astype(np.float32)))
    places, slopes, heights = zip(*found, strict=True)
    return np.concatenate(places), np.concatenate(slopes), np.concatenate(heights)


def _planes(settings: LeftObjectSettings) -> tuple[tuple[int, int, float], ...]:
    """Brightness and the two of colour: number, pixels for one of half size, least gradient of an edge."""
    return ((0, 2, settings.sway_edge), (1, 1, settings.sway_colour_edge), (2, 1, settings.sway_colour_edge))


def _slope(now: NDArray[np.int16], where: NDArray[np.intp]) -> NDArray[np.float32]:
    flat = now.reshape(-1)
    return ((flat[where + 1] - flat[where - 1]) / 2).astype(np.float32)


def _shifts(model: BackgroundModel, where: NDArray[np.intp]) -> NDArray[np.float32] | None:
    """How far right the edges at some pixels lie in each look, working pixels; None without an edge."""
    now = model.current  # its rightward differences of brightness come first
    middle = now[where].astype(np.float32)
    slope = (now[where + 1].astype(np.float32) - now[where - 1].astype(np.float32)) / 2
    energy = float(slope @ slope)
    if energy < model.settings.sway_min_slope:
        return None
    return np.array(
        [
            -float((gradient[where].astype(np.float32) - middle) @ slope) / energy
            for _, gradient in model.recent.looks
        ],
        np.float32,
    )


def _spread(values: NDArray[np.float32]) -> float:
    """Standard deviation, estimated from the median deviation: a passer-by in a few looks does not count."""
    return float(_NORMAL * np.median(np.abs(values - np.median(values))))
