"""What is measured between a reference of a place and the place now.

`inside_match` (nccI) is the normalised cross-correlation of the gradient inside the cover, after the ring of
pavement around it has been registered: it asks whether the *pattern* is still there, whatever the light.
`gap` asks how much of the inside has turned into a dark hole, pixel by pixel, and `rim` whether it is dark
right from the outline inwards: a hole is, somebody who stands there is not.
Finding a circle is deliberately not asked: the frame stays when the cover goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from detectors.cover.crescent import crescent
from detectors.cover.portrait import Portrait, clarity, match
from detectors.cover.window import Mask, Window

_GAP_FALL: Final = -0.69
_GAP_TONE: Final = 0.6
_RIM_STEP: Final = -0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """The figures of one look at one cover, all without unit.

    Attributes:
        inside_match: -1 to 1, gradient correlation inside the cover with the reference.
        ring_match: -1 to 1, the same for the pavement around.
        gap: 0 to 1, share of the inside that is half as light as it was, against the pavement, and darker
            than it.
        crescent: 0 to 1, how much the gap has the shape that a cover leaves which was dragged aside.
        dragged_right: by how many of its widths it was; 0 without a gap.
        dragged_down: by how many of its heights.
        gap_match: -1 to 1, gradient correlation within the gap: a shadow keeps the pattern.
        spill: 0 to 1, share of the ring that has become as dark as a gap: a shadow does not stop at the rim.
        rim: 0 to 1, share of the outline along which it is darker just inside than just outside.
        darkness: ln of inside to ring, 25th percentiles; a hole is far below 0.
        darkness_change: how much that fell against the reference.
        saturated: share of the ring without any tone, or of the inside blown out, whichever is more.
        contrast: 0 to about 1, spread of grey inside against the reference's.
        clarity: 0 to about 1, spread of the ring's tones against the reference's: fog takes it away.
    """

    inside_match: float
    ring_match: float
    gap: float
    gap_match: float
    spill: float
    crescent: float
    dragged_right: float
    dragged_down: float
    rim: float
    darkness: float
    darkness_change: float
    saturated: float
    contrast: float
    clarity: float


def gaps(reference: Portrait, now: Portrait, window: Window) -> Mask:
    """Which pixels, (height, width), have become as dark as a hole."""
    change = now.tones - reference.tones
    around = change[window.ring]
    usual = float(np.partition(around, around.size // 2)[around.size // 2])
    return np.asarray((change - usual < _GAP_FALL) & (now.grey < _GAP_TONE * now.ring_tone))


def rim(now: Portrait, window: Window) -> float:
    """Share of the outline along which it is darker just inside than on the frame or the pavement."""
    x, y = window.rim
    along = cv2.remap(now.tones, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inner, frame, around = along.reshape(3, 2, -1).mean(axis=1)
    return float(np.mean(inner - np.maximum(frame, around) < _RIM_STEP))


def measure(reference: Portrait, now: Portrait, window: Window) -> Cues:
    """All cues of a registered picture against the reference."""
    gap = gaps(reference, now, window)
    within = (gap & window.inside).astype(np.float32)
    inside_gap = gap[window.inside]
    fit, right, down = crescent(inside_gap, window)
    return Cues(
        inside_match=match(reference, now, window.inside_weights),
        ring_match=match(reference, now, window.ring_weights),
        gap=float(inside_gap.mean()),
        gap_match=match(reference, now, within),
        spill=float(gap[window.ring].mean()),
        crescent=fit,
        dragged_right=right,
        dragged_down=down,
        rim=rim(now, window),
        darkness=now.darkness,
        darkness_change=now.darkness - reference.darkness,
        saturated=now.saturated,
        contrast=now.contrast / max(1.0, reference.contrast),
        clarity=clarity(now, reference),
    )
