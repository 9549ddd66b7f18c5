"""What speaks for and against a part of the picture being a thing that was left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.layers import Layers, Mask
from detectors.left_object.parts import Part
from detectors.left_object.pattern import ZERO, Steps
from detectors.left_object.sway import shake, stir, sway

Field = NDArray[np.float32]
"""(2, rows, columns): steps to the right and downwards, 0 for none."""

_MARGIN: Final = 4
_BROADEN: Final = 3
_EDGE: Final = 6.0
_NEGLIGIBLE: Final = 2.0
_LEAST_CORE: Final = 40
_TOGETHER_S: Final = 10.0
_KERNEL: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Figures without unit where none is named.

    Attributes:
        light: -1 to 1, how far the ground's own steps still show inside.
        colour: how far its colour has changed, in units of relief; light hardly changes any.
        removed: -1 its outline is new, 1 an outline that was there is no more: it went away.
        agreed: -1 to 1, how well the last looks, in their middle, show the same edges.
        last: the better of the two newest looks: whether it is there now.
        sway: working pixels by which some of it, or what stands above it, goes to and fro against the ground.
        shake: working pixels by which the ground itself does.
        stir: how much more changes in and above it from look to look than in the whole region; 1 is as much.
        together: share of it that arrived within ten seconds; snow comes piece by piece.
        fill: share of its box that it fills.
        alone: its share of all that came to the region at the same time; weather comes everywhere.
    """

    light: float
    colour: float
    removed: float
    agreed: float
    last: float
    sway: float
    shake: float
    stir: float
    together: float
    fill: float
    alone: float


def weigh(part: Part, layers: Layers) -> Evidence:
    """Gather the evidence for one part."""
    rows, columns = part.mask.shape
    left, top = max(0, part.box[0] - _MARGIN), max(0, part.box[1] - _MARGIN)
    right, bottom = min(columns, part.box[2] + _MARGIN), min(rows, part.box[3] + _MARGIN)
    small = (slice(top, bottom), slice(left, right))
    large = (slice(None), slice(2 * top, 2 * bottom), slice(2 * left, 2 * right))
    solid = _doubled(part.mask[small])
    wide = np.asarray(cv2.dilate(solid, _KERNEL, iterations=_BROADEN) > 0)
    core = np.asarray(cv2.erode(solid, _KERNEL, iterations=_BROADEN) > 0)

    def cut(steps: Steps) -> Field:
        return layers.layout.brightness(steps)[large].astype(np.float32) - ZERO

    now, before = cut(layers.steady), cut(layers.background)
    edges = wide & (np.abs(now).max(axis=0) > _EDGE)
    agreement = [match(cut(steps), now, edges) for _, steps in layers.recent.looks]
    relief = layers.standing[small][part.mask[small]].astype(np.float32) - ZERO
    shaken = shake(layers)
    return Evidence(
        light=match(now, before, core if core.sum() > _LEAST_CORE else solid > 0),
        colour=float(np.abs(relief[:, 1:]).max(axis=1).mean()),
        removed=_removed(now, before, wide & ~core),
        agreed=float(np.median(agreement)),
        last=max(agreement[-2:]),
        sway=sway(part.box, layers, shaken),
        shake=float(shaken.spread),
        stir=stir(part.box, layers),
        together=_together(layers.arrived[small][part.mask[small]]),
        alone=_alone(part, layers),
        fill=part.area / max(1, (part.box[2] - part.box[0]) * (part.box[3] - part.box[1])),
    )


def match(one: Field, other: Field, where: Mask) -> float:
    """Normalised cross-correlation of two fields of steps over some pixels, -1 to 1; 0 where one is flat."""
    a, b = one[:, where].ravel(), other[:, where].ravel()
    size = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(a @ b) / size if size > 1e-3 else 0.0


def _doubled(mask: Mask) -> NDArray[np.uint8]:
    return np.repeat(np.repeat(mask.astype(np.uint8), 2, axis=0), 2, axis=1)


def _removed(now: Field, before: Field, outline: Mask) -> float:
    more = (np.abs(now).max(axis=0) - np.abs(before).max(axis=0))[outline]
    gained = float(np.maximum(more - _NEGLIGIBLE, 0).sum())
    lost = float(np.maximum(-more - _NEGLIGIBLE, 0).sum())
    return (lost - gained) / (lost + gained + 1.0)


def _alone(part: Part, layers: Layers) -> float:
    """A band as wide as the part is high counts as the part's own: its shadow, its pieces."""
    left, top, right, bottom = part.box
    reach = bottom - top
    then = layers.different & (np.abs(layers.arrived - part.arrived) <= _TOGETHER_S / 2)
    near = then[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach]
    return float(near.sum() / max(1, then.sum()))


def _together(arrived: NDArray[np.float32]) -> float:
    times = np.sort(arrived)
    until = np.searchsorted(times, times + np.float32(_TOGETHER_S), side="right")
    return float((until - np.arange(times.size)).max(initial=0) / max(1, times.size))
