"""Was the cover dragged aside, and where does it lie now?

Two things show it. A displaced cover hides a disc of its own size, so the part of the outline that is open is
a crescent. And where it lies on the pavement, the pavement cannot be seen: pattern and tone differ from the
reference there, and only there. A shaft whose wall is lit looks like a crescent too, but nothing beside it
has changed.

The cover is not found by its pattern, because a cover turns while it is dragged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.cover.patch_features import PatchFeatures
from detectors.cover.window import Mask, Window

_MAX_PIXELS: Final = 800
"""Pixels of the inside, and of the ground around, that are compared at most; more do not improve the fit."""
_DIRECTIONS: Final = 24
_DISTANCES: Final = np.linspace(0.12, 0.96, 13)
"""In widths of the cover: from a gap that is just visible to a shaft that is almost entirely open."""
_FRAME: Final = 0.11
"""Width of the frame, in widths of the cover: it changes whenever a shaft is open, and is left out."""
_MIN_FRAME_PX: Final = 4
"""Least width of what is left out, working pixels: the edge of a shaft is blurred."""
_MIN_SEEN: Final = 0.03
"""Least share of the ground in the window that a displaced cover hides; of less nothing can be said."""
_OF_TONE: Final = 0.5
"""Weight of a change of tone (ln, 1 at most) beside one of pattern (0 to 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement:
    """The displaced cover that fits best.

    Attributes:
        crescent: how well the gap fits what a displaced cover leaves open, 0 to 1: the greatest intersection
            over union of all candidates. The other attributes belong to the candidate that fits gap and
            ground best together.
        right: displacement to the right, in widths of the cover.
        down: displacement downwards, in heights of the cover.
        beside_match: correlation of the changes around the frame with the disc of the cover, -1 to 1.
        beside_change: change in the disc less the change outside; of pattern and tone, 0 to about 2.
    """

    crescent: float = 0.0
    right: float = 0.0
    down: float = 0.0
    beside_match: float = 0.0
    beside_change: float = 0.0


def fitted_displacement(
    gap: Mask, reference: PatchFeatures, now: PatchFeatures, window: Window, min_gap: float
) -> Displacement:
    """Fit a displaced cover to a gap and to the changes around it.

    Args:
        gap: (rows, columns) which pixels have become as dark as a hole.
        reference: the place with its cover.
        now: the place now.
        window: the window of the cover.
        min_gap: share of the inside; to a smaller gap nothing is fitted, and all results are 0.
    """
    if gap[window.inside].mean() < min_gap:
        return Displacement()
    candidates = _candidates(window)
    fit = _fit_of_gap(gap[candidates.inside], candidates)
    match, change = _fit_of_ground(_changes(reference, now, window)[candidates.ground], candidates)
    best = int((fit + match).argmax())
    return Displacement(
        crescent=float(fit.max()),
        right=float(candidates.right[best]),
        down=float(candidates.down[best]),
        beside_match=float(match[best]),
        beside_change=float(change[best]),
    )


Pixels = tuple[NDArray[np.int64], NDArray[np.int64]]
"""(n,) rows and (n,) columns."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Candidates:
    """The displacements of one cover that are tried.

    Attributes:
        right: (candidates,) displacement to the right, in widths of the cover.
        down: (candidates,) displacement downwards, in heights of the cover.
        inside: the compared pixels of the inside.
        opened: (candidates, n) which of them a candidate leaves open.
        ground: the compared pixels outside the frame.
        hidden: (candidates, n) 1 for those that a candidate hides, else 0.
    """

    right: NDArray[np.float64]
    down: NDArray[np.float64]
    inside: Pixels
    opened: NDArray[np.bool_]
    ground: Pixels
    hidden: NDArray[np.float32]


def _fit_of_gap(gap: NDArray[np.bool_], candidates: _Candidates) -> NDArray[np.float64]:
    """(candidates,) intersection over union of the gap and of what each candidate leaves open."""
    overlap = (candidates.opened & gap).sum(axis=1)
    union = candidates.opened.sum(axis=1) + int(gap.sum()) - overlap
    return np.asarray(overlap / np.maximum(1, union), np.float64)


def _fit_of_ground(
    change: NDArray[np.float32], candidates: _Candidates
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(candidates,) correlation of the changes with each disc, and mean change in it less that outside.

    Both are 0 for a candidate of which too little is seen.
    """
    pixels = change.size
    hidden = candidates.hidden.sum(axis=1, dtype=np.float64)
    within = (candidates.hidden @ change).astype(np.float64)
    seen = (hidden >= _MIN_SEEN * pixels) & (hidden < pixels)
    hidden = np.where(seen, hidden, 1.0)
    excess = np.where(seen, within / hidden - (float(change.sum()) - within) / (pixels - hidden), 0.0)
    spread = max(float(change.std()), 1e-6)
    return excess * np.sqrt(hidden * (pixels - hidden)) / (pixels * spread), excess


def _changes(reference: PatchFeatures, now: PatchFeatures, window: Window) -> NDArray[np.float32]:
    """(rows, columns): how much pattern and tone have changed, against the usual change around."""
    across, down = now.gradient - reference.gradient
    tone = now.log_grey - reference.log_grey
    tone = np.minimum(np.abs(tone - np.median(tone[window.ring])), 1.0)
    return np.asarray(cv2.blur(across * across + down * down + _OF_TONE * tone, (3, 3)), np.float32)


@lru_cache(maxsize=64)  # each takes 1.3 MB, and much longer to compute than the fit itself
def _candidates(window: Window) -> _Candidates:
    rows, columns = np.nonzero(window.outline)
    wide, high = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    margin = round(max(_MIN_FRAME_PX, _FRAME * wide))
    frame = cv2.dilate(window.outline.astype(np.uint8), np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    right, down = (np.outer(_DISTANCES, along).ravel() for along in (np.cos(angles), np.sin(angles)))
    inside, ground = _sampled(window.inside), _sampled(frame == 0)

    def hidden(pixels: Pixels) -> NDArray[np.bool_]:
        from_row = pixels[0] - np.round(down * high).astype(np.int64)[:, None]
        from_column = pixels[1] - np.round(right * wide).astype(np.int64)[:, None]
        height, width = window.outline.shape
        in_window = (from_row >= 0) & (from_row < height) & (from_column >= 0) & (from_column < width)
        covered = window.outline[from_row.clip(0, height - 1), from_column.clip(0, width - 1)]
        return np.asarray(in_window & covered)

    return _Candidates(
        right=right,
        down=down,
        inside=inside,
        opened=~hidden(inside),
        ground=ground,
        hidden=hidden(ground).astype(np.float32),
    )


def _sampled(mask: Mask) -> Pixels:
    """Rows and columns of a mask's pixels, evenly thinned out to `_MAX_PIXELS`."""
    rows, columns = np.nonzero(mask)
    stride = max(1, rows.size // _MAX_PIXELS)
    return rows[::stride], columns[::stride]
