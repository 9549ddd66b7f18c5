"""Quality flags of fixes: doubtful fixes are stored with the reason, not dropped.

Most flags come from the fix alone. The flag for impossible speed needs the last good fix of the sender, one
array row for each sender. A fix too far from the last good one is doubtful, and the next fix is compared with
the last *good* one, so a single jump costs one flag, not two. If several doubtful fixes in a row agree with
each other, the good one was wrong, and they become good.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.distance import distance_m
from ingest.fixes import Fixes, Floats, Integers
from ingest.senders import grown
from ingest.settings import Limits
from store.quality import Quality

AGREEING: Final = 3
"""Number of fixes far from the last good one, but near each other, that overrule it."""

_UNUSABLE: Final = Quality.NO_FIX | Quality.NULL_ISLAND | Quality.FUTURE | Quality.POOR_ACCURACY


class LastFixes:
    """The last good fix of each sender, and the last doubtful one, by `Sender.index`."""

    def __init__(self) -> None:
        self.good: Floats = np.full((0, 3), np.nan)  # time in epoch seconds, lat, lon; NaN: none yet
        self.doubted: Floats = np.full((0, 3), np.nan)
        self.agreeing: NDArray[np.int32] = np.zeros(0, dtype=np.int32)

    def make_room(self, senders: int) -> None:
        """Make rows for this number of senders."""
        self.good = grown(self.good, senders, np.nan)
        self.doubted = grown(self.doubted, senders, np.nan)
        self.agreeing = grown(self.agreeing, senders, 0)

    def forget_ahead(self, senders: Integers, *, after_s: float) -> None:
        """Forget fixes later than `after_s` (epoch seconds): our clock was ahead when they came."""
        wrong = senders[self.good[senders, 0] > after_s]
        if len(wrong):
            self.good[wrong] = np.nan
            self.agreeing[wrong] = 0

    def recall(self, sender: int, *, time_s: float, lat: float, lon: float) -> None:
        """Take the last fix from the database, unless this program has seen a newer one."""
        if not self.good[sender, 0] >= time_s:
            self.good[sender] = time_s, lat, lon


def flag_fixes(fixes: Fixes, last_fixes: LastFixes, *, now: float, limits: Limits) -> None:
    """Set `fixes.flags`, and remember the newest good fix of each sender.

    Args:
        fixes: the batch; its senders have rows in `last_fixes`.
        last_fixes: the last fixes of all senders.
        now: epoch seconds.
        limits: thresholds of the flags.
    """
    last_fixes.forget_ahead(fixes.sender, after_s=now + limits.future_s)
    time_s = fixes.time_us / 1e6
    flags = fixes.flags
    flags |= np.where(fixes.no_fix, int(Quality.NO_FIX), 0).astype(np.int32)
    flags |= np.where((fixes.lat == 0) & (fixes.lon == 0), int(Quality.NULL_ISLAND), 0).astype(np.int32)
    flags |= np.where(time_s > now + limits.future_s, int(Quality.FUTURE), 0).astype(np.int32)
    flags |= np.where(time_s < now - limits.old_s, int(Quality.TOO_OLD), 0).astype(np.int32)
    flags |= np.where(fixes.accuracy_m > limits.accuracy_m, int(Quality.POOR_ACCURACY), 0).astype(np.int32)

    usable = np.flatnonzero((flags & int(_UNUSABLE)) == 0)
    if not len(usable):
        return
    order = usable[np.lexsort((fixes.time_us[usable], fixes.sender[usable]))]
    sender = fixes.sender[order]
    here = np.column_stack((time_s[order], fixes.lat[order], fixes.lon[order]))
    first = np.empty(len(order), dtype=np.bool_)
    first[0] = True
    np.not_equal(sender[1:], sender[:-1], out=first[1:])
    before = np.empty_like(here)
    before[1:] = here[:-1]
    before[first] = last_fixes.good[sender[first]]

    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(order))
    jumped = np.add.reduceat(_too_far(before, here, limits), starts) > 0
    unsettled = jumped | (last_fixes.agreeing[sender[starts]] > 0)
    same = _same_place(before, here) & ~np.repeat(unsettled, ends - starts)
    flags[order[same]] |= int(Quality.SAME_PLACE)
    for start, end in zip(starts[unsettled], ends[unsettled], strict=True):
        rows = slice(int(start), int(end))
        flags[order[rows]] |= _follow(here[rows], int(sender[start]), last_fixes, limits)
    last = (ends - 1)[~unsettled]
    newer = ~(last_fixes.good[sender[last], 0] >= here[last, 0])
    last_fixes.good[sender[last[newer]]] = here[last[newer]]


def _too_far(before: Floats, here: Floats, limits: Limits) -> NDArray[np.bool_]:
    """Whether the distance is too long for the time between; False if either place is NaN."""
    reach = np.abs(here[:, 0] - before[:, 0]) * limits.fastest_mps + limits.slack_m
    far: NDArray[np.bool_] = distance_m(before[:, 1], before[:, 2], here[:, 1], here[:, 2]) > reach
    return far


def _same_place(before: Floats, here: Floats) -> NDArray[np.bool_]:
    """Whether two fixes of different moments lie at exactly the same place."""
    same: NDArray[np.bool_] = (here[:, 1:] == before[:, 1:]).all(axis=1) & (here[:, 0] != before[:, 0])
    return same


def _follow(path: Floats, sender: int, last_fixes: LastFixes, limits: Limits) -> NDArray[np.int32]:
    """The flags of one sender's fixes, in order of time."""
    flags = np.zeros(len(path), dtype=np.int32)
    for index in range(len(path)):
        here = path[index : index + 1]
        if _too_far(last_fixes.good[sender : sender + 1], here, limits)[0]:
            agrees = (
                last_fixes.agreeing[sender] > 0
                and not (_too_far(last_fixes.doubted[sender : sender + 1], here, limits)[0])
            )
            last_fixes.agreeing[sender] = last_fixes.agreeing[sender] + 1 if agrees else 1
            last_fixes.doubted[sender] = here
            if last_fixes.agreeing[sender] < AGREEING:
                flags[index] = Quality.IMPOSSIBLE_SPEED
                continue
        if _same_place(last_fixes.good[sender : sender + 1], here)[0]:
            flags[index] |= Quality.SAME_PLACE
        last_fixes.agreeing[sender] = 0
        if not last_fixes.good[sender, 0] >= path[index, 0]:
            last_fixes.good[sender] = here
    return flags
