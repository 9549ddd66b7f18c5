"""Does a dark gap have the shape that a cover leaves which was dragged aside, and how far was it dragged?

The cover hides a disc of its own size; what is open is the outline without that disc. Its pattern is not
looked for where it lies: a cover turns while it is dragged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.cover.window import Window

_LEAST_GAP: Final = 0.08
_PIXELS: Final = 800
"""As many of the inside's pixels are enough."""
_DIRECTIONS: Final = 24
_DISTANCES: Final = np.linspace(0.12, 0.96, 13)
"""In widths of the cover: from a gap that can just be seen to a shaft that is open all but for a sliver."""


def crescent(gap: NDArray[np.bool_], window: Window) -> tuple[float, float, float]:
    """Fit a dragged cover to a gap.

    Args:
        gap: (n,) which pixels of the inside are a gap, in the order of `window.inside`.
        window: of the cover.

    Returns:
        How well it fits, 0 to 1 (intersection over union of the gap and what the cover would leave open); by
        how many of its widths the cover lies to the right, and by how many of its heights downwards.
    """
    if gap.mean() < _LEAST_GAP:
        return 0.0, 0.0, 0.0
    gap = gap[:: _step(gap.size)]
    drags = _drags(window)
    both = (drags.opened & gap).sum(axis=1)
    fit = both / np.maximum(1, drags.pixels + int(gap.sum()) - both)
    best = int(fit.argmax())
    return float(fit[best]), float(drags.right[best]), float(drags.down[best])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Drags:
    """All ways to drag one cover aside.

    Attributes:
        right: (drags,) in widths of the cover.
        down: (drags,) in its heights.
        opened: (drags, n) which pixels of the inside each leaves open.
        pixels: (drags,) how many.
    """

    right: NDArray[np.float64]
    down: NDArray[np.float64]
    opened: NDArray[np.bool_]
    pixels: NDArray[np.int64]


@lru_cache(maxsize=128)  # a quarter of a megabyte each, and ten times the work of the fit itself
def _drags(window: Window) -> _Drags:
    rows, columns = np.nonzero(window.inside)
    step = _step(rows.size)
    rows, columns = rows[::step], columns[::step]
    outline_rows, outline_columns = np.nonzero(window.outline)
    wide, high = np.ptp(outline_columns) + 1, np.ptp(outline_rows) + 1
    turns = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    right, down = (np.outer(_DISTANCES, along).ravel() for along in (np.cos(turns), np.sin(turns)))
    from_row = rows - np.round(down * high).astype(np.int64)[:, None]
    from_column = columns - np.round(right * wide).astype(np.int64)[:, None]
    height, width = window.outline.shape
    there = (from_row >= 0) & (from_row < height) & (from_column >= 0) & (from_column < width)
    opened = ~(there & window.outline[from_row.clip(0, height - 1), from_column.clip(0, width - 1)])
    return _Drags(right=right, down=down, opened=opened, pixels=opened.sum(axis=1))


def _step(pixels: int) -> int:
    return max(1, pixels // _PIXELS)
