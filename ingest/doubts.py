"""Which fixes are doubtful, and why: flags instead of drops.

Most doubts are looked up in the fix itself. Impossible speed needs the entity's last good fix: one array row
a speaker. A fix too far from it is doubted, and the fix after that is compared with the last *good* one, so
that a single jump costs one flag, not two. If several doubted fixes in a row agree with each other, it was
the good one that was wrong, and the entity is believed to be where it says.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.distance import distance_m
from ingest.fixes import Fixes, Floats, Integers
from ingest.settings import Limits
from store.quality import Quality

AGREEING: Final = 3
"""So many fixes far from the last good one, but near each other, overrule it."""

_UNUSABLE: Final = Quality.NO_FIX | Quality.NULL_ISLAND | Quality.FUTURE | Quality.POOR_ACCURACY


class Memory:
    """The last good fix of each speaker, and the last doubted one, by `Speaker.index`."""

    def __init__(self) -> None:
        self.good: Floats = np.full((0, 3), np.nan)  # time in seconds, lat, lon; NaN: none yet
        self.doubted: Floats = np.full((0, 3), np.nan)
        self.agreeing: NDArray[np.int32] = np.zeros(0, dtype=np.int32)

    def make_room(self, speakers: int) -> None:
        """Have rows for so many speakers."""
        more = speakers - len(self.good)
        if more > 0:
            more += len(self.good)
            self.good = np.concatenate([self.good, np.full((more, 3), np.nan)])
            self.doubted = np.concatenate([self.doubted, np.full((more, 3), np.nan)])
            self.agreeing = np.concatenate([self.agreeing, np.zeros(more, dtype=np.int32)])

    def forget_ahead(self, speakers: Integers, *, after_s: float) -> None:
        """Forget fixes of these speakers that are later than a moment: our clock was ahead when they came."""
        wrong = speakers[self.good[speakers, 0] > after_s]
        if len(wrong):
            self.good[wrong] = np.nan
            self.agreeing[wrong] = 0

    def recall(self, speaker: int, *, time_s: float, lat: float, lon: float) -> None:
        """Take over what the database knows, unless this program has seen something newer."""
        if not self.good[speaker, 0] >= time_s:
            self.good[speaker] = time_s, lat, lon


def judge(fixes: Fixes, memory: Memory, *, now: float, limits: Limits) -> None:
    """Set `fixes.flags`, and remember the newest good fix of each speaker.

    Args:
        fixes: the batch; its speakers have rows in `memory`.
        memory: what is known of each speaker.
        now: epoch seconds.
        limits: what counts as doubtful.
    """
    memory.forget_ahead(fixes.speaker, after_s=now + limits.future_s)
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
    order = usable[np.lexsort((fixes.time_us[usable], fixes.speaker[usable]))]
    speaker = fixes.speaker[order]
    here = np.column_stack((time_s[order], fixes.lat[order], fixes.lon[order]))
    first = np.empty(len(order), dtype=np.bool_)
    first[0] = True
    np.not_equal(speaker[1:], speaker[:-1], out=first[1:])
    before = np.empty_like(here)
    before[1:] = here[:-1]
    before[first] = memory.good[speaker[first]]

    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(order))
    jumped = np.add.reduceat(_too_far(before, here, limits), starts) > 0
    unsettled = jumped | (memory.agreeing[speaker[starts]] > 0)
    same = _same_place(before, here) & ~np.repeat(unsettled, ends - starts)
    flags[order[same]] |= int(Quality.SAME_PLACE)
    for start, end in zip(starts[unsettled], ends[unsettled], strict=True):
        rows = slice(int(start), int(end))
        flags[order[rows]] |= _follow(here[rows], int(speaker[start]), memory, limits)
    last = (ends - 1)[~unsettled]
    newer = ~(memory.good[speaker[last], 0] >= here[last, 0])
    memory.good[speaker[last[newer]]] = here[last[newer]]


def _too_far(before: Floats, here: Floats, limits: Limits) -> NDArray[np.bool_]:
    """Whether nothing on a street gets from one place to the other in the time between; NaN: cannot say."""
    reach = np.abs(here[:, 0] - before[:, 0]) * limits.fastest_mps + limits.slack_m
    far: NDArray[np.bool_] = distance_m(before[:, 1], before[:, 2], here[:, 1], here[:, 2]) > reach
    return far


def _same_place(before: Floats, here: Floats) -> NDArray[np.bool_]:
    """Whether two fixes of different moments lie at exactly the same place."""
    same: NDArray[np.bool_] = (here[:, 1:] == before[:, 1:]).all(axis=1) & (here[:, 0] != before[:, 0])
    return same


def _follow(path: Floats, speaker: int, memory: Memory, limits: Limits) -> NDArray[np.int32]:
    """The flags of one speaker's fixes, in order of time, one after the other."""
    flags = np.zeros(len(path), dtype=np.int32)
    for index in range(len(path)):
        here = path[index : index + 1]
        if _too_far(memory.good[speaker : speaker + 1], here, limits)[0]:
            agrees = (
                memory.agreeing[speaker] > 0
                and not (_too_far(memory.doubted[speaker : speaker + 1], here, limits)[0])
            )
            memory.agreeing[speaker] = memory.agreeing[speaker] + 1 if agrees else 1
            memory.doubted[speaker] = here
            if memory.agreeing[speaker] < AGREEING:
                flags[index] = Quality.IMPOSSIBLE_SPEED
                continue
        if _same_place(memory.good[speaker : speaker + 1], here)[0]:
            flags[index] |= Quality.SAME_PLACE
        memory.agreeing[speaker] = 0
        if not memory.good[speaker, 0] >= path[index, 0]:
            memory.good[speaker] = here
    return flags
