"""Marks of who was in which cell of the map in which two minutes; see `store.presence`.

Most fixes lie in the cell and the two minutes of the one before, and need no mark: what was committed last is
remembered for each sender. A mark that is there already is no harm.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.fixes import Fixes, Integers
from ingest.senders import grown
from store.presence import BUCKET_US, cells
from store.quality import MISPLACED

_BUCKET_BITS: Final = 28  # two minutes since 1970 until the year 2990; cells need 32 bits
_BUCKET_MASK: Final = (1 << _BUCKET_BITS) - 1


class Presence:
    """What needs a mark."""

    def __init__(self) -> None:
        self._last: Integers = np.full(0, -1, dtype=np.int64)  # where and when, as one number; by sender

    def wanted(self, fixes: Fixes) -> tuple[Integers, Integers, NDArray[np.intp]]:
        """Cell and bucket of the marks that some fixes need, in that order, and the row each comes from."""
        here = _where_and_when(fixes)
        self._make_room(fixes)
        news = (here != self._last[fixes.sender]) & ((fixes.flags & int(MISPLACED)) == 0)
        rows = np.flatnonzero(news)
        order = rows[np.lexsort((fixes.sender[rows], here[rows]))]
        other = np.ones(len(order), dtype=np.bool_)
        other[1:] = (here[order[1:]] != here[order[:-1]]) | (
            fixes.sender[order[1:]] != fixes.sender[order[:-1]]
        )
        chosen = order[other]
        return here[chosen] >> _BUCKET_BITS, (here[chosen] & _BUCKET_MASK) * BUCKET_US, chosen

    def remember(self, fixes: Fixes) -> None:
        """What was wanted of these fixes is committed."""
        self._make_room(fixes)
        good = (fixes.flags & int(MISPLACED)) == 0
        self._last[fixes.sender[good]] = _where_and_when(fixes)[good]

    def _make_room(self, fixes: Fixes) -> None:
        self._last = grown(self._last, int(fixes.sender.max(initial=-1)) + 1, -1)


def _where_and_when(fixes: Fixes) -> Integers:
    """Cell and bucket as one number; the order is that of cell, then bucket."""
    found: Integers = (cells(fixes.lat, fixes.lon) << _BUCKET_BITS) | (fixes.time_us // BUCKET_US)
    return found
