"""Measurements that separate a left object from light, weather, people, and objects that were taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.background_model import BackgroundModel, Mask
from detectors.left_object.blobs import Blob
from detectors.left_object.log_gradient import ZERO, LogGradient
from detectors.left_object.sway import shake, stir, sway

Gradients = NDArray[np.float32]
"""(2, rows, columns): differences of brightness rightward and downward, 0 for none, log units."""

_CUT_MARGIN_PX: Final = 4
_OUTLINE_PX: Final = 3
"""Half the width of the band along a blob's outline that counts as its outline, working pixels."""
_KERNEL: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The cues of one blob; their names are part of the message `incident`. Without unit if none is named.

    Attributes:
        light: -1 to 1, correlation of the blob's gradient with the gradient of the ground there; high if only
            the light has changed.
        colour: change of colour, relief units; a change of light hardly changes colour.
        removed: -1 to 1; -1 if the outline is new, 1 if an outline of the empty zone has vanished, because an
            object was taken away.
        agreed: -1 to 1, correlation of the blob's edges in each of the last looks with the current gradient;
            the median over these looks.
        last: -1 to 1, the same correlation for the two newest looks, the higher one: whether the blob is
            there now.
        sway: lateral motion of the blob and the space above it, relative to the ground, working pixels.
        shake: lateral motion of the ground itself, working pixels.
        stir: change from look to look in and above the blob, divided by that of the whole cut.
        together: 0 to 1, largest share of the blob's pixels that arrived within ten seconds; snow comes piece
            by piece.
        fill: 0 to 1, share of its box that the blob fills.
        alone: 0 to 1, the blob's share of all pixels in the zone that arrived when it did; low in rain and
            snow, which arrive everywhere, and if several things come at once.
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


def shows_ground(blob: Blob, model: BackgroundModel) -> bool:
    """Whether only the light has changed in a blob: the ground's own gradients show inside.

    Such a blob is no part of an object that came beside it at the same time.
    """
    left, top, right, bottom = blob.box
    half = (slice(top, bottom), slice(left, right))
    full = (slice(None), slice(2 * top, 2 * bottom), slice(2 * left, 2 * right))
    solid = _doubled(blob.mask[half])
    core = np.asarray(cv2.erode(solid, _KERNEL, iterations=_OUTLINE_PX) > 0)
    now, before = (
        model.layout.brightness(one)[full].astype(np.float32) - ZERO
        for one in (model.current, model.background)
    )
    inside = core if core.sum() > model.settings.min_core_px else solid > 0
    return correlation(now, before, inside) > model.settings.light_max


def evidence_of(blob: Blob, model: BackgroundModel, explained: Mask) -> Evidence:
    """Measure one blob; `explained` is the foreground that belongs to known objects."""
    settings = model.settings
    rows, columns = blob.mask.shape
    left, top = max(0, blob.box[0] - _CUT_MARGIN_PX), max(0, blob.box[1] - _CUT_MARGIN_PX)
    right, bottom = min(columns, blob.box[2] + _CUT_MARGIN_PX), min(rows, blob.box[3] + _CUT_MARGIN_PX)
    half = (slice(top, bottom), slice(left, right))
    full = (slice(None), slice(2 * top, 2 * bottom), slice(2 * left, 2 * right))
    solid = _doubled(blob.mask[half])
    wide = np.asarray(cv2.dilate(solid, _KERNEL, iterations=_OUTLINE_PX) > 0)
    core = np.asarray(cv2.erode(solid, _KERNEL, iterations=_OUTLINE_PX) > 0)

    def cut(gradient: LogGradient) -> Gradients:
        return model.layout.brightness(gradient)[full].astype(np.float32) - ZERO

    now, before = cut(model.current), cut(model.background)
    edges = wide & (np.abs(now).max(axis=0) > settings.edge)
    agreement = [correlation(cut(gradient), now, edges) for _, gradient in model.recent.looks]
    relief = model.relief[half][blob.mask[half]].astype(np.float32) - ZERO
    shaken = shake(model)
    return Evidence(
        light=correlation(now, before, core if core.sum() > settings.min_core_px else solid > 0),
        colour=float(np.abs(relief[:, 1:]).max(axis=1).mean()),
        removed=_removed(now, before, wide & ~core, settings.negligible),
        agreed=float(np.median(agreement)),
        last=max(agreement[-2:]),
        sway=sway(blob.box, model, shaken),
        shake=float(shaken.spread),
        stir=stir(blob.box, model),
        together=_together(model.arrived[half][blob.mask[half]], settings.together_s),
        alone=_alone(blob, model, explained),
        fill=blob.area / max(1, (blob.box[2] - blob.box[0]) * (blob.box[3] - blob.box[1])),
    )


def correlation(one: Gradients, other: Gradients, where: Mask) -> float:
    """Normalised cross-correlation over some pixels, -1 to 1; 0 if one of the two is flat."""
    a, b = one[:, where].ravel(), other[:, where].ravel()
    size = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(a @ b) / size if size > 1e-3 else 0.0


def _doubled(mask: Mask) -> NDArray[np.uint8]:
    return np.repeat(np.repeat(mask.astype(np.uint8), 2, axis=0), 2, axis=1)


def _removed(now: Gradients, before: Gradients, outline: Mask, negligible: float) -> float:
    """From -1, if all edges of the outline are new, to 1, if all edges of the empty zone have vanished."""
    more = (np.abs(now).max(axis=0) - np.abs(before).max(axis=0))[outline]
    gained = float(np.maximum(more - negligible, 0).sum())
    lost = float(np.maximum(-more - negligible, 0).sum())
    return (lost - gained) / (lost + gained + 1.0)


def _alone(blob: Blob, model: BackgroundModel, explained: Mask) -> float:
    """The blob's share of all foreground that arrived when it did and belongs to no known object.

    A band around the blob, as wide as the blob is high, counts as part of it: its shadow and its pieces lie
    there.
    """
    left, top, right, bottom = blob.box
    reach = bottom - top
    arrived_with_it = (
        model.foreground
        & ~explained
        & (np.abs(model.arrived - blob.arrived) <= model.settings.together_s / 2)
    )
    near = arrived_with_it[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach]
    return float(near.sum() / max(1, arrived_with_it.sum()))


def _together(arrived: NDArray[np.float32], together_s: float) -> float:
    """The largest share of pixels that arrived within `together_s` of each other."""
    times = np.sort(arrived)
    end = np.searchsorted(times, times + np.float32(together_s), side="right")
    return float((end - np.arange(times.size)).max(initial=0) / max(1, times.size))
