"""Marks of who was in which cell of the map in which two minutes; see `store.presence`.

Most fixes lie in the cell and the two minutes of the one before, and need no mark: what was committed last is
remembered for each speaker. A mark that is there already is no harm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ingest.fixes import Fixes, Integers
from store.presence import buckets, cells
from store.quality import HIDDEN


class Presence:
    """What needs a mark."""

    def __init__(self) -> None:
        self._last: Integers = np.zeros((0, 2), dtype=np.int64)  # cell, bucket; by speaker

    def wanted(self, fixes: Fixes) -> tuple[Integers, NDArray[np.intp]]:
        """Cell and bucket of the marks that some fixes need, and the row each comes from."""
        here = np.column_stack((cells(fixes.lat, fixes.lon), buckets(fixes.time_us)))
        self._make_room(fixes)
        news = (here != self._last[fixes.speaker]).any(axis=1) & ((fixes.flags & int(HIDDEN)) == 0)
        rows = np.flatnonzero(news)
        _, first = np.unique(np.column_stack((here[rows], fixes.speaker[rows])), axis=0, return_index=True)
        chosen = rows[first]
        return here[chosen], chosen

    def remember(self, fixes: Fixes) -> None:
        """What was wanted of these fixes is committed."""
        if not len(fixes):
            return
        self._make_room(fixes)
        good = (fixes.flags & int(HIDDEN)) == 0
        here = np.column_stack((cells(fixes.lat[good], fixes.lon[good]), buckets(fixes.time_us[good])))
        self._last[fixes.speaker[good]] = here

    def _make_room(self, fixes: Fixes) -> None:
        more = int(fixes.speaker.max(initial=-1)) + 1 - len(self._last)
        if more > 0:
            room = np.zeros((more + len(self._last), 2), dtype=np.int64)
            self._last = np.concatenate([self._last, room])
