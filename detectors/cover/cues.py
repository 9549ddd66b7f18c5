"""The differences that are measured between the reference of a place and the place now.

`inside_match` is the normalised cross-correlation of the gradient inside the cover, after the ring of
pavement around it has been registered. It shows whether the *pattern* is still there, whatever the light.
`gap` is the share of the inside that has turned into a dark hole, pixel by pixel. `rim` is the share of the
outline along which the dark part starts at the rim: it is high for a hole and low for somebody who stands on
the cover. No circle is searched for, because the frame stays when the cover goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.cover.displacement import fitted_displacement
from detectors.cover.patch_features import PatchFeatures, clarity, match, tonal_range
from detectors.cover.settings import CoverSettings
from detectors.cover.window import Mask, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """The figures of one look at one cover, all without unit; their names are part of the message `incident`.

    Attributes:
        inside_match: -1 to 1, gradient correlation inside the cover with the reference.
        ring_match: -1 to 1, the same for the pavement around the cover.
        gap: 0 to 1, share of the inside that has become at least half as bright, relative to the pavement,
            and is darker than the pavement.
        gap_match: -1 to 1, gradient correlation within the gap: a shadow keeps the pattern.
        spill: 0 to 1, share of the ring that has become as dark as a gap: a shadow does not stop at the rim.
        crescent: 0 to 1, how well the gap fits the crescent that a displaced cover leaves open.
        dragged_right: displacement of the cover that fits best, to the right, in widths of the cover; 0
            without a gap.
        dragged_down: likewise downwards, in heights of the cover.
        beside_match: -1 to 1, how well the changes of the ground are those of a cover that lies there.
        beside_change: 0 to about 2, how much more than the rest the ground has changed there.
        rim: 0 to 1, share of the outline along which the inside is darker than the outside.
        darkness: ln(inside / ring) of the 25th percentiles of grey; a hole is far below 0.
        darkness_change: the present darkness less the reference's.
        saturated: share of the ring that is black or blown out, or share of the inside that is blown out,
            whichever is more.
        contrast: 0 to about 1, spread of grey inside, divided by the reference's.
        clarity: 0 to about 1, contrast of the ring, divided by the reference's: fog lowers it.
        tonal_range: 0 to about 1, span of tones in the whole window, divided by the reference's: fog lowers
            it, also before a lens with stains.
    """

    inside_match: float
    ring_match: float
    gap: float
    gap_match: float
    spill: float
    crescent: float
    dragged_right: float
    dragged_down: float
    beside_match: float
    beside_change: float
    rim: float
    darkness: float
    darkness_change: float
    saturated: float
    contrast: float
    clarity: float
    tonal_range: float


def gaps(reference: PatchFeatures, now: PatchFeatures, window: Window, settings: CoverSettings) -> Mask:
    """Which pixels, (height, width), have become as dark as a hole."""
    change = now.log_grey - reference.log_grey
    around = change[window.ring]
    usual = float(np.partition(around, around.size // 2)[around.size // 2])
    return np.asarray((change - usual < settings.gap_fall) & (now.grey < settings.gap_tone * now.ring_median))


def rim(now: PatchFeatures, window: Window, rim_step: float) -> float:
    """Share of the outline along which the inside is darker than the frame and than the pavement."""
    x, y = window.rim
    along = cv2.remap(now.log_grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inner, frame, around = along.reshape(3, 2, -1).mean(axis=1)
    return float(np.mean(inner - np.maximum(frame, around) < rim_step))


def measure(reference: PatchFeatures, now: PatchFeatures, window: Window, settings: CoverSettings) -> Cues:
    """All cues of a registered picture against the reference."""
    gap = gaps(reference, now, window, settings)
    within = (gap & window.inside).astype(np.float32)
    dragged = fitted_displacement(gap, reference, now, window, settings.min_gap)
    return Cues(
        inside_match=match(reference, now, window.inside_weights),
        ring_match=match(reference, now, window.ring_weights),
        gap=float(gap[window.inside].mean()),
        gap_match=match(reference, now, within),
        spill=float(gap[window.ring].mean()),
        crescent=dragged.crescent,
        dragged_right=dragged.right,
        dragged_down=dragged.down,
        beside_match=dragged.beside_match,
        beside_change=dragged.beside_change,
        rim=rim(now, window, settings.rim_step),
        darkness=now.darkness,
        darkness_change=now.darkness - reference.darkness,
        saturated=now.saturated,
        contrast=now.contrast / max(1.0, reference.contrast),
        clarity=clarity(now, reference),
        tonal_range=tonal_range(now, reference),
    )
