"""Does it sway? Somebody who stands still goes to and fro by a hand's breadth; a thing does not by a hair's.

The shift of an edge between two pictures is measured along its own slope (B. Lucas and T. Kanade, 1981): far
finer than a pixel, and the same in any light. What registration leaves of the camera's shake is taken off by
what the ground's edges do. Colour is sampled half as finely as brightness: in a picture that is not shrunk
its edges jump on that grid when the camera shakes, and say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.layers import Layers
from detectors.left_object.pattern import ZERO

_EDGE: Final = 3.0
_EDGE_OF_COLOUR: Final = 8.0
_PLANES: Final = ((0, 2, _EDGE), (1, 1, _EDGE_OF_COLOUR), (2, 1, _EDGE_OF_COLOUR))
"""Brightness and the two of colour: number, pixels for one of half size, least step of an edge."""
_CHANGED: Final = 3.0
_LEAST_SLOPE: Final = 600.0
_MOST_POINTS: Final = 4000
_BESIDE: Final = 0.2
_LEAST_LEAN: Final = 100.0
_UNSURE: Final = 3.0
_STEADY: Final = 200.0
_MOST_REST: Final = 40
_NORMAL: Final = 1.48


@dataclass(frozen=True, slots=True, eq=False)
class Shake:
    """By how many working pixels the ground lies to the right in each of the last looks, and their spread."""

    right: NDArray[np.float32]
    spread: float


def shake(layers: Layers) -> Shake:
    """What the ground's edges do from look to look."""
    brightness = layers.layout.brightness
    now = brightness(layers.steady)
    strong = np.abs(now[0].astype(np.int16) - ZERO) > _EDGE
    thing = np.repeat(np.repeat(layers.different, 2, axis=0), 2, axis=1)
    strong[thing] = False
    strong[:, [0, 1, -2, -1]] = False
    where = np.flatnonzero(strong)
    where = where[:: max(1, where.size // _MOST_POINTS)]
    right = _shifts(layers, where)
    if right is None:
        return Shake(np.zeros(len(layers.recent.looks), np.float32), 0.0)
    return Shake(right, _spread(right))


def sway(box: tuple[int, int, int, int], layers: Layers, shaken: Shake) -> float:
    """By how much the top of a part, the space of its own height above it included, goes to and fro.

    In each look the part may have moved by a shift and a lean, the latter growing from its foot to its top; a
    least-squares fit over all its edges, of colour too, tells both. A person leans; a stall with a vendor in
    it hardly does.
    """
    where, slope, above = _upright(box, layers)
    square = slope * slope
    if float(square.sum()) < _LEAST_SLOPE:
        return 0.0
    height = above / max(1.0, float(np.percentile(above, 95)))
    both, lean, leans = float(square.sum()) + _STEADY, float(square @ height), float(square @ height**2)
    own = leans - lean**2 / both  # what the edges say of a lean that a shift does not explain
    if own < _LEAST_LEAN:
        return 0.0
    middle = layers.steady[where].astype(np.float32)
    tops = []
    for (_, steps), moved in zip(layers.recent.looks, shaken.right, strict=True):
        rest = middle - steps[where].astype(np.float32) - slope * moved
        shift, top = float(rest @ slope), float(rest @ (slope * height))
        tops.append((top - shift * lean / both) / own)
    return max(0.0, _spread(np.array(tops, np.float32)) - _UNSURE / float(np.sqrt(own)))


def _upright(
    box: tuple[int, int, int, int], layers: Layers
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """The new edges in and above a part: where in the vector, their slope, how far above its foot.

    Slope and height are by working pixels, also those of colour, which has half as many.
    """
    left, top, right, bottom = box
    first, low = max(0, top - (bottom - top)), max(1, left - round(_BESIDE * (right - left)))
    high = right + round(_BESIDE * (right - left))
    layout, found = layers.layout, []
    for plane, grain, least in _PLANES[:1] if layers.colour_jumps else _PLANES:
        begin, rows, columns = layout.rightward(plane)
        end = begin + rows * columns
        now = layers.steady[begin:end].astype(np.int16).reshape(rows, columns) - ZERO
        before = layers.background[begin:end].astype(np.int16).reshape(rows, columns) - ZERO
        here = np.zeros((rows, columns), np.bool_)
        here[grain * first : grain * bottom, grain * low : min(columns - 1, grain * high)] = True
        here &= (np.abs(now) > least) & (np.abs(now - before) > _CHANGED)
        where = np.flatnonzero(here)
        above = (grain * bottom - where // columns) * (2 / grain)
        found.append((where + begin, _slope(now, where) * (grain / 2), above.astype(np.float32)))
    places, slopes, heights = zip(*found, strict=True)
    return np.concatenate(places), np.concatenate(slopes), np.concatenate(heights)


def stir(box: tuple[int, int, int, int], layers: Layers) -> float:
    """How much more the looks differ from what stands in and above a part than they do everywhere.

    Who gestures moves too far for a slope to tell; the shade of leaves and rain stir everything.
    """
    left, top, right, bottom = box
    rows = slice(2 * max(0, top - (bottom - top)), 2 * bottom)
    here = (slice(None), rows, slice(2 * left, 2 * right))
    all_, own = [], []
    for _, steps in layers.recent.looks:
        rest = np.minimum(cv2.absdiff(steps[:, None], layers.steady[:, None]).reshape(-1), _MOST_REST)
        brightness = np.asarray(layers.layout.brightness(rest), np.float32)
        all_.append(float(np.square(brightness).mean()))
        own.append(float(np.square(brightness[here]).mean()))
    return float(np.median(own) / (np.median(all_) + 1.0))


def _slope(now: NDArray[np.int16], where: NDArray[np.intp]) -> NDArray[np.float32]:
    flat = now.reshape(-1)
    return ((flat[where + 1] - flat[where - 1]) / 2).astype(np.float32)


def _shifts(layers: Layers, where: NDArray[np.intp]) -> NDArray[np.float32] | None:
    """By how much the edges at some pixels lie to the right, in each look; None where there is no edge."""
    now = layers.steady  # the steps to the right come first in the vector
    middle = now[where].astype(np.float32)
    slope = (now[where + 1].astype(np.float32) - now[where - 1].astype(np.float32)) / 2
    energy = float(slope @ slope)
    if energy < _LEAST_SLOPE:
        return None
    return np.array(
        [
            -float((steps[where].astype(np.float32) - middle) @ slope) / energy
            for _, steps in layers.recent.looks
        ],
        np.float32,
    )


def _spread(values: NDArray[np.float32]) -> float:
    """Standard deviation by the median: a passer in some of the looks does not count."""
    return float(_NORMAL * np.median(np.abs(values - np.median(values))))
