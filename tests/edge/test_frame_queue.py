"""A look may be late by one interval; only older pictures are skipped. Simulated time, real queues."""

from __future__ import annotations

from typing import Final

import numpy as np

from edge.frame_queue import FrameQueue
from edge.look_scheduler import LookRequest, most_overdue
from edge.sources.captured_frame import CapturedFrame

CAMERAS: Final = 20
GAP_S: Final = 2.0
LOOK_S: Final = 0.087
"""Twenty of them take seven eighths of a gap."""


def picture(at_s: float) -> CapturedFrame:
    return CapturedFrame(at_s=at_s, taken_at=at_s, image=lambda: np.zeros((4, 4, 3), np.uint8))


def at(taken: CapturedFrame | None) -> float | None:
    return None if taken is None else taken.at_s


def test_a_picture_that_nobody_had_time_for_waits_beside_the_next() -> None:
    queue = FrameQueue()
    assert not queue.put(picture(1.0))
    assert not queue.put(picture(3.0))
    assert [at(queue.take()) for _ in range(3)] == [1.0, 3.0, None]


def test_of_three_the_oldest_gives_way_and_that_is_said() -> None:
    queue = FrameQueue()
    assert [queue.put(picture(at_s)) for at_s in (1.0, 3.0, 5.0, 7.0)] == [False, False, True, True]
    assert [at(queue.take()) for _ in range(3)] == [5.0, 7.0, None]


def test_a_slot_says_whether_anything_waits() -> None:
    queue = FrameQueue()
    assert not queue.wait(0.0)
    queue.put(picture(1.0))
    queue.put(picture(3.0))
    queue.take()
    assert queue.wait(0.0)


def skipped(*, halts: dict[int, float], look_s: float = LOOK_S, gaps: int = 45) -> list[int]:
    """How many pictures of each camera nobody looked at, when all come at nearly the same moment.

    Args:
        halts: after which gap the box halts, and for how many seconds.
        look_s: how long a look takes.
        gaps: how many pictures each camera sends.
    """
    queues = [FrameQueue() for _ in range(CAMERAS)]
    lost = [0] * CAMERAS
    last = dict.fromkeys(range(CAMERAS), -GAP_S)
    coming = sorted((gap * GAP_S + 0.001 * n, n) for gap in range(gaps) for n in range(CAMERAS))
    now, halted = 0.0, dict(halts)
    while coming:
        while coming and coming[0][0] <= now:
            at_s, number = coming.pop(0)
            lost[number] += queues[number].put(picture(at_s))
        now += halted.pop(int(now / GAP_S), 0.0)
        requests = {
            n: LookRequest(name=f"c{n}", last_s=last[n], gap_s=GAP_S) for n in last if queues[n].wait(0.0)
        }
        if requests:
            number = most_overdue(requests, now)
            last[number] = now
            queues[number].take()
            now += look_s
        elif coming:
            now = max(now, coming[0][0])
    return lost


def test_a_box_that_halts_for_most_of_a_gap_loses_no_look() -> None:
    assert sum(skipped(halts={10: 1.5, 25: 1.8, 40: 1.8})) == 0


def test_a_box_that_halts_for_longer_loses_them_evenly() -> None:
    lost = skipped(halts={10: 20.0})
    assert max(lost) - min(lost) <= 1
    assert min(lost) >= 7


def test_a_box_that_never_suffices_loses_them_evenly() -> None:
    lost = skipped(halts={}, look_s=3 * LOOK_S)
    assert max(lost) - min(lost) <= 1
    assert min(lost) >= 20
