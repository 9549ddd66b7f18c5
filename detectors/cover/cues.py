"""What is measured between a reference of a place and the place now.

`inside_match` (nccI) is the normalised cross-correlation of the gradient inside the cover, after the ring of
pavement around it has been registered: it asks whether the *pattern* is still there, whatever the light. The
gradient is that of the logarithm, and bounded: a half-lit pattern is the same pattern, and the edge of a
shadow or of snow counts no more than an edge of the pattern does.
`gap` asks how much of the inside has turned into a dark hole, pixel by pixel, and `rim` whether it is dark
right from the outline inwards: a hole is, somebody who stands there is not.
`darkness` (dark25) is ln(25th percentile inside / 25th percentile of the ring). Finding a circle is
deliberately not asked: the frame stays when the cover goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.crescent import crescent
from detectors.cover.median import median
from detectors.cover.window import Grey, Window

Gradient = NDArray[np.float32]
"""(2, rows, columns): change to the right and downwards, each bounded by 1."""
Tones = NDArray[np.float32]
"""(rows, columns): logarithm of grey."""

_BLUR: Final = 0.8
_SATURATED_HIGH: Final = 250
_SATURATED_LOW: Final = 3
_LARGEST_SHIFT: Final = 6.0
_TRUSTED_RESPONSE: Final = 0.08
_DARK_FLOOR: Final = 10.0
_LOGARITHM: Final = np.log(np.arange(256, dtype=np.float32) + _DARK_FLOOR)
"""The floor keeps the noise of a dark picture from being taken for a pattern."""
_PLAIN_EDGE: Final = 1.0
"""Half the bound: a change of 6 % from pixel to pixel (Scharr's kernel adds up to 16)."""
_GAP_FALL: Final = -0.69
_GAP_TONE: Final = 0.6
_RIM_STEP: Final = -0.45
_LEAST_SPREAD: Final = 0.01


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


def tones(grey: Grey) -> Tones:
    """The logarithm of a picture, in which a change of light is a sum."""
    return np.asarray(cv2.LUT(grey, _LOGARITHM), np.float32)


def gradient(grey: Grey) -> Gradient:
    """The bounded gradient of the logarithm, after a light smoothing."""
    smooth = cv2.GaussianBlur(tones(grey), (0, 0), _BLUR)
    across, down = cv2.Scharr(smooth, cv2.CV_32F, 1, 0), cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.stack([across, down]) / (cv2.magnitude(across, down) + _PLAIN_EDGE), np.float32)


def match(one: Gradient, other: Gradient, where: NDArray[np.bool_]) -> float:
    """Normalised cross-correlation of two gradients over some pixels, -1 to 1; 0 where one is flat."""
    a, b = one[:, where].ravel(), other[:, where].ravel()
    size = float(np.sqrt(a @ a) * np.sqrt(b @ b))
    return float(a @ b) / size if size > 1e-3 else 0.0


def darkness(grey: Grey, window: Window) -> float:
    """ln(25th percentile inside / 25th percentile of the ring)."""
    inside = float(np.percentile(grey[window.inside], 25))
    ring = float(np.percentile(grey[window.ring], 25))
    return float(np.log((inside + 2.0) / (ring + 2.0)))


def shift(reference: Grey, now: Grey, window: Window) -> tuple[float, float]:
    """By how many working pixels the ring has moved to the right and down; (0, 0) when it cannot be told."""
    a, b = (
        np.where(window.ring, grey, np.median(grey[window.ring])).astype(np.float32)
        for grey in (reference, now)
    )
    a, b = (part - float(part[window.ring].mean()) for part in (a, b))
    (right, down), response = cv2.phaseCorrelate(a * window.taper, b * window.taper)
    if response < _TRUSTED_RESPONSE or max(abs(right), abs(down)) > _LARGEST_SHIFT:
        return 0.0, 0.0
    return float(right), float(down)


def moved(grey: Grey, right: float, down: float) -> Grey:
    """Take a shift back."""
    if abs(right) < 0.15 and abs(down) < 0.15:
        return grey
    matrix = np.array([[1, 0, -right], [0, 1, -down]], np.float32)
    rows, columns = grey.shape
    return np.asarray(
        cv2.warpAffine(
            grey, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def aligned(looks: list[Grey], window: Window) -> list[Grey]:
    """Looks of a shaking camera brought to where the place lies in the middle of them.

    Twice: a single look is a noisy thing to align to, their first median is a better one.
    """
    shifts = [shift(looks[0], look, window) for look in looks]
    first = median(_brought(looks, shifts))
    again = [shift(first, look, window) for look in looks]
    return _brought(looks, again)


def _brought(looks: list[Grey], shifts: list[tuple[float, float]]) -> list[Grey]:
    right, down = (float(np.median([one[axis] for one in shifts])) for axis in (0, 1))
    return [moved(look, one[0] - right, one[1] - down) for look, one in zip(looks, shifts, strict=True)]


def saturated(grey: Grey, window: Window) -> float:
    """Share of the ring without any tone, or of the inside blown out; a hole may well be black."""
    ring, inside = grey[window.ring], grey[window.inside]
    around = float(np.mean((ring >= _SATURATED_HIGH) | (ring <= _SATURATED_LOW)))
    return max(around, float(np.mean(inside >= _SATURATED_HIGH)))


def gaps(reference: Grey, now: Grey, window: Window) -> NDArray[np.bool_]:
    """Which pixels, (height, width), have become as dark as a hole."""
    change = tones(now) - tones(reference)
    fallen = change - float(np.median(change[window.ring])) < _GAP_FALL
    return np.asarray(fallen & (now < _GAP_TONE * float(np.median(now[window.ring]))))


def rim(now: Grey, window: Window) -> float:
    """Share of the outline along which it is darker just inside than on the frame or the pavement."""
    x, y = window.rim
    along = cv2.remap(tones(now), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inner, frame, around = (band.mean(axis=0) for band in np.split(along, 3))
    return float(np.mean(inner - np.maximum(frame, around) < _RIM_STEP))


def measure(reference: Grey, reference_gradient: Gradient, now: Grey, window: Window) -> Cues:
    """All cues of a registered picture, (height, width) of the window, against the reference."""
    present = gradient(now)
    dark = darkness(now, window)
    gap = gaps(reference, now, window)
    within = gap & window.inside
    fit, right, down = crescent(gap[window.inside], window)
    return Cues(
        inside_match=match(reference_gradient, present, window.inside),
        ring_match=match(reference_gradient, present, window.ring),
        gap=float(gap[window.inside].mean()),
        gap_match=match(reference_gradient, present, within),
        spill=float(gap[window.ring].mean()),
        crescent=fit,
        dragged_right=right,
        dragged_down=down,
        rim=rim(now, window),
        darkness=dark,
        darkness_change=dark - darkness(reference, window),
        saturated=saturated(now, window),
        contrast=float(now[window.inside].std() / max(1.0, float(reference[window.inside].std()))),
        clarity=float(
            tones(now)[window.ring].std() / max(_LEAST_SPREAD, tones(reference)[window.ring].std())
        ),
    )
