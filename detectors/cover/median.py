"""The median of a few pictures, pixel by pixel.

The method is forgetful selection. Take half of the values plus two: neither the least nor the greatest of
these can be the median of all, so drop both, take in the next value, and repeat. Each step is a minimum or a
maximum of whole pictures, which is much quicker than sorting the values of each pixel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.cover.window import Grey


def median(pictures: Sequence[Grey]) -> Grey:
    """The median of pictures of equal size; for an even number, the mean of the middle two, rounded down."""
    left = list(pictures)
    kept = [left.pop() for _ in range(min(len(left), len(left) // 2 + 2))]
    while len(kept) > 2:
        _move_extremes(kept)
        kept = kept[1:-1]
        if left:
            kept.append(left.pop())
    if len(kept) == 1:
        return kept[0].copy()
    return np.asarray((kept[0].astype(np.uint16) + kept[1]) // 2, np.uint8)


def _move_extremes(pictures: list[Grey]) -> None:
    """Bring the least values to the front and the greatest to the end."""
    last = len(pictures) - 1
    for one in range(last):
        _order(pictures, one, one + 1)
    for one in range(last - 1, 0, -1):
        _order(pictures, one - 1, one)


def _order(pictures: list[Grey], lesser: int, greater: int) -> None:
    one, other = pictures[lesser], pictures[greater]
    pictures[lesser] = np.minimum(one, other)
    pictures[greater] = np.maximum(one, other)
