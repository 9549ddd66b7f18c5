"""Does a dark gap have the shape that a displaced cover leaves, and how far was the cover moved?

The cover hides a disc of its own size; what is open is the outline without that disc, a crescent. The cover's
pattern is not searched for where it lies now, because a cover turns while it is dragged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.cover.window import Window

_MAX_PIXELS: Final = 800
"""As many of the inside's pixels are enough."""
_DIRECTIONS: Final = 24
_DISTANCES: Final = np.linspace(0.12, 0.96, 13)
"""In widths of the cover: from a gap that can just be seen to a shaft that is open but for a sliver."""


def fitted_displacement(gap: NDArray[np.bool_], window: Window, min_gap: float) -> tuple[float, float, float]:
    """Fit a displaced cover to a gap.

    Args:
        gap: (n,) which pixels of the inside are a gap, in the order of `window.inside`.
        window: of the cover.
        min_gap: share of the inside below which nothing is fitted.

    Returns:
        How well the best displacement fits, 0 to 1 (intersection over union of the gap and what the cover
        would leave open); by how many of its widths the cover lies to the right of its place; and by how many
        of its heights below it. All 0 where nothing is fitted.
    """
    if gap.mean() < min_gap:
        return 0.0, 0.0, 0.0
    gap = gap[:: _stride(gap.size)]
    tried = _displacements(window)
    both = (tried.opened & gap).sum(axis=1)
    fit = both / np.maximum(1, tried.pixels + int(gap.sum()) - both)
    best = int(fit.argmax())
    return float(fit[best]), float(tried.right[best]), float(tried.down[best])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Displacements:
    """All displacements of one cover that are tried.

    Attributes:
        right: (tried,) in widths of the cover.
        down: (tried,) in its heights.
        opened: (tried, n) which pixels of the inside each leaves open.
        pixels: (tried,) how many.
    """

    right: NDArray[np.float64]
    down: NDArray[np.float64]
    opened: NDArray[np.bool_]
    pixels: NDArray[np.int64]


@lru_cache(maxsize=128)  # a quarter of a megabyte each, and ten times the work of the fit itself
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
    return _Displacements(right=right, down=down, opened=~hidden, pixels=(~hidden).sum(axis=1))


def _stride(pixels: int) -> int:
    return max(1, pixels // _MAX_PIXELS)
