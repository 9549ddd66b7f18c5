"""Marks which entity was in which cell of the map in which two minutes; see `store.presence`.

Most fixes have the cell and the two minutes of the fix before, and need no new mark; the last committed mark
of each sender is remembered. A repeated mark does no harm.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.fixes import Fixes, Integers
from ingest.senders import grown
from store.presence import BUCKET_US, cells
from store.quality import MISPLACED

_BUCKET_BITS: Final = 28  # two-minute buckets since 1970 fit until 2990; cells need 32 bits
_BUCKET_MASK: Final = (1 << _BUCKET_BITS) - 1


class Presence:
    """Finds the marks that fixes need."""

    def __init__(self) -> None:
        self._last: Integers = np.full(0, -1, dtype=np.int64)  # cell and bucket as one number, by sender

    def wanted(self, fixes: Fixes) -> tuple[Integers, Integers, NDArray[np.intp]]:
        """Cell, bucket and row number of the marks that some fixes need."""
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
        """Note that the marks of these fixes are committed."""
        self._make_room(fixes)
        good = (fixes.flags & int(MISPLACED)) == 0
        self._last[fixes.sender[good]] = _where_and_when(fixes)[good]

    def _make_room(self, fixes: Fixes) -> None:
        self._last = grown(self._last, int(fixes.sender.max(initial=-1)) + 1, -1)


def _where_and_when(fixes: Fixes) -> Integers:
    """Cell and bucket as one number; the order is that of cell, then bucket."""
    found: Integers = (cells(fixes.lat, fixes.lon) << _BUCKET_BITS) | (fixes.time_us // BUCKET_US)
    return found
