"""Does a dark gap have the shape that a displaced cover leaves, and how far was the cover moved?

A displaced cover hides a disc of its own size. The rest of the outline is open: a crescent. The displaced
cover is not found by its pattern, because a cover turns while it is dragged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.cover.window import Window

_MAX_PIXELS: Final = 800
"""Pixels of the inside that are compared at most; more do not improve the fit."""
_DIRECTIONS: Final = 24
_DISTANCES: Final = np.linspace(0.12, 0.96, 13)
"""In widths of the cover: from a gap that is just visible to a shaft that is almost entirely open."""


def fitted_displacement(gap: NDArray[np.bool_], window: Window, min_gap: float) -> tuple[float, float, float]:
    """Fit a displaced cover to a gap.

    Args:
        gap: (n,) which pixels of the inside are a gap, in the order of `window.inside`.
        window: the window of the cover.
        min_gap: share of the inside; to a smaller gap nothing is fitted.

    Returns:
        The fit of the best displacement, 0 to 1: intersection over union of the gap and the part that the
        cover would leave open. Then the displacement to the right, in widths of the cover, and downwards, in
        heights of the cover. All three are 0 if nothing is fitted.
    """
    if gap.mean() < min_gap:
        return 0.0, 0.0, 0.0
    gap = gap[:: _stride(gap.size)]
    candidates = _displacements(window)
    overlap = (candidates.opened & gap).sum(axis=1)
    fit = overlap / np.maximum(1, candidates.opened_pixels + int(gap.sum()) - overlap)
    best = int(fit.argmax())
    return float(fit[best]), float(candidates.right[best]), float(candidates.down[best])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Displacements:
    """The candidate displacements of one cover.

    Attributes:
        right: (candidates,) displacement to the right, in widths of the cover.
        down: (candidates,) displacement downwards, in heights of the cover.
        opened: (candidates, n) which pixels of the inside a candidate leaves open.
        opened_pixels: (candidates,) how many pixels a candidate leaves open.
    """

    right: NDArray[np.float64]
    down: NDArray[np.float64]
    opened: NDArray[np.bool_]
    opened_pixels: NDArray[np.int64]


@lru_cache(maxsize=128)  # each takes 250 KB, and ten times as long to compute as the fit itself
def _displacements(window: Window) -> _Displacements:
    rows, columns = np.nonzero(window.inside)
    stride = _stride(rows.size)
    rows, columns = rows[::stride], columns[::stride]
    outline_rows, outline_columns = np.nonzero(window.outline)
    wide, high = np.ptp(outline_columns) + 1, np.ptp(outline_rows) + 1
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    right, down = (np.outer(_DISTANCES, along).ravel() for along in (np.cos(angles), np.sin(angles)))
    from_row = rows - np.round(down * high).astype(np.int64)[:, None]
    from_column = columns - np.round(right * wide).astype(np.int64)[:, None]
    height, width = window.outline.shape
    in_window = (from_row >= 0) & (from_row < height) & (from_column >= 0) & (from_column < width)
    hidden = in_window & window.outline[from_row.clip(0, height - 1), from_column.clip(0, width - 1)]
    return _Displacements(right=right, down=down, opened=~hidden, opened_pixels=(~hidden).sum(axis=1))


def _stride(pixels: int) -> int:
    return max(1, pixels // _MAX_PIXELS)
