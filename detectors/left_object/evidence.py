"""What speaks for and against a part of the picture being a thing that was left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.layers import Layers, Mask
from detectors.left_object.parts import Part
from detectors.look import Image

Strength = NDArray[np.float32]

_MARGIN: Final = 4
_LIGHT_CORRELATION: Final = 0.55
_LIGHT_RESIDUAL: Final = 5.0
_SHADOW_DEEPEST: Final = 0.38
_STIR_REACH: Final = 1 / 16
_KERNEL: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Figures without unit.

    Attributes:
        light: 0 to 1, from 1 only the light has changed: the ground's own pattern shows through.
        removed: below 0 its outline is an edge now, above 0 it was one in the background: it went away.
        restless: 0 to 1, share of looks in which its pixels did not show what stands there.
        stir: 0 to 1, the same share for a band around it: who stands still still sways, a bag does not.
        fill: share of its box that it fills.
    """

    light: float
    removed: float
    restless: float
    stir: float
    fill: float

    @property
    def is_light(self) -> bool:
        """Only the light has changed."""
        return self.light >= 1.0


def weigh(part: Part, layers: Layers) -> Evidence:
    """Gather the evidence for one part."""
    rows, columns = part.mask.shape
    left, top = max(0, part.box[0] - _MARGIN), max(0, part.box[1] - _MARGIN)
    right, bottom = min(columns, part.box[2] + _MARGIN), min(rows, part.box[3] + _MARGIN)
    here = (slice(top, bottom), slice(left, right))
    mask = part.mask[here]
    now, before = layers.standing[here], layers.background[here]
    solid = mask.astype(np.uint8)
    wide = np.asarray(cv2.dilate(solid, _KERNEL, iterations=2) > 0)
    core = np.asarray(cv2.erode(solid, _KERNEL, iterations=2) > 0)
    outline = wide & ~core
    strength_now, strength_before = _strength(now), _strength(before)
    edge_now, edge_before = float(strength_now[outline].mean()), float(strength_before[outline].mean())
    return Evidence(
        light=_light(now, before, core if core.sum() > 20 else mask),
        removed=float(np.log((edge_before + 4.0) / (edge_now + 4.0))),
        restless=float(layers.activity[here][mask].mean()),
        stir=stir(part, layers),
        fill=part.area / max(1, (part.box[2] - part.box[0]) * (part.box[3] - part.box[1])),
    )


def stir(part: Part, layers: Layers) -> float:
    """How restless the band around a part is, 0 to 1; its width is a sixteenth of the part's longer side."""
    reach = max(2, round(_STIR_REACH * max(part.box[2] - part.box[0], part.box[3] - part.box[1])))
    rows, columns = part.mask.shape
    here = (
        slice(max(0, part.box[1] - reach), min(rows, part.box[3] + reach)),
        slice(max(0, part.box[0] - reach), min(columns, part.box[2] + reach)),
    )
    mask = part.mask[here]
    band = np.asarray(cv2.dilate(mask.astype(np.uint8), _KERNEL, iterations=reach) > 0) & ~mask
    return float(layers.activity[here][band].mean()) if band.any() else 0.0


def _light(now: Image, before: Image, where: Mask) -> float:
    a, b = now[where].astype(np.float32), before[where].astype(np.float32)
    ratio = (np.median(a, axis=0) + 1.0) / (np.median(b, axis=0) + 1.0)
    overall = float(ratio.mean())
    spread = float(np.abs(ratio / overall - 1.0).max())
    correlation = _correlation(now, before, where)
    residual = float(np.abs(a - b * ratio).mean())
    if overall < _SHADOW_DEEPEST or spread > 0.22:
        return max(0.0, min(0.9, correlation))  # deeper than a shadow, or of another colour
    by_pattern = correlation / _LIGHT_CORRELATION
    by_tone = _LIGHT_RESIDUAL / max(residual, 1e-3) if correlation > 0.2 else 0.0
    return float(max(by_pattern, by_tone))


def _correlation(now: Image, before: Image, where: Mask) -> float:
    total, energy_a, energy_b = 0.0, 0.0, 0.0
    a, b = (np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), np.float32) for part in (now, before))
    for right, down in ((1, 0), (0, 1)):
        one, other = (np.asarray(cv2.Sobel(part, cv2.CV_32F, right, down))[where] for part in (a, b))
        total += float(one @ other)
        energy_a += float(one @ one)
        energy_b += float(other @ other)
    return total / max(1e-3, float(np.sqrt(energy_a * energy_b)))


def _strength(image: Image) -> Strength:
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.float32)
    return np.asarray(
        cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)), np.float32
    )
