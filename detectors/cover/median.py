"""The median of a few pictures, pixel by pixel.

By forgetful selection: of half of the values and two more neither the least nor the greatest can be a middle
one, so both are forgotten and the next value is taken in. Each step is a minimum or maximum of whole
pictures, which is much quicker than sorting each pixel's values on their own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.cover.window import Grey


def median(pictures: Sequence[Grey]) -> Grey:
    """Of one or more pictures of one size; of an even number the two middle ones' mean, rounded down."""
    waiting = list(pictures)
    held = [waiting.pop() for _ in range(min(len(waiting), len(waiting) // 2 + 2))]
    while len(held) > 2:
        _part(held)
        held = held[1:-1]
        if waiting:
            held.append(waiting.pop())
    if len(held) == 1:
        return held[0].copy()
    return np.asarray((held[0].astype(np.uint16) + held[1]) // 2, np.uint8)


def _part(pictures: list[Grey]) -> None:
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
