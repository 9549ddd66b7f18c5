"""Every camera gets turns in proportion to its sampling interval; a hung camera delays no other."""

from __future__ import annotations

import threading
import time
from collections import Counter

from edge.look_scheduler import LookRequest, LookScheduler, most_overdue
from edge.worker import Heartbeat


def test_the_most_overdue_is_next_by_its_own_rhythm() -> None:
    requests = {
        "busy": LookRequest(name="busy", last_s=98.0, gap_s=0.5),
        "quiet": LookRequest(name="quiet", last_s=90.0, gap_s=5.0),
        "idle": LookRequest(name="idle", last_s=97.0, gap_s=2.0),
    }
    assert most_overdue(requests, 100.0) == "busy"
    assert (
        most_overdue({**requests, "quiet": LookRequest(name="quiet", last_s=70.0, gap_s=5.0)}, 100.0)
        == "quiet"
    )


def test_when_there_is_not_enough_for_all_everybody_gets_the_same_share() -> None:
    """Twelve equal cameras and three that need four times as many looks, on a third of the capacity."""
    last = dict.fromkeys([f"c{n}" for n in range(15)], 0.0)
    gaps = {name: 0.5 if int(name[1:]) < 3 else 2.0 for name in last}
    done: Counter[str] = Counter()
    now = 0.0
    for _ in range(3000):
        now += 1 / 4  # a look takes this long
        requests = {
            name: LookRequest(name=name, last_s=last[name], gap_s=gap)
            for name, gap in gaps.items()
            if now - last[name] >= gap
        }
        if requests:
            name = most_overdue(requests, now)
            last[name] = now
            done[name] += 1
    shares = [done[name] * gaps[name] / now for name in gaps]
    assert max(shares) < 1
    assert max(shares) / min(shares) < 1.3


def test_a_turn_is_held_by_so_many_at_once_and_no_more() -> None:
    scheduler = LookScheduler(2, time.monotonic)
    inside, maximum = [0], [0]
    guard = threading.Lock()

    def look(name: str) -> None:
        heartbeat = Heartbeat(time.monotonic)
        for _ in range(5):
            with scheduler.turn(name, 1.0, heartbeat) as granted:
                assert granted
                with guard:
                    inside[0] += 1
                    maximum[0] = max(maximum[0], inside[0])
                time.sleep(0.002)
                with guard:
                    inside[0] -= 1

    threads = [threading.Thread(target=look, args=(f"c{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert maximum == [2]
    assert inside == [0]


def test_the_turn_of_one_who_hangs_can_be_taken_back() -> None:
    scheduler = LookScheduler(1, time.monotonic)
    hanging, other = Heartbeat(time.monotonic), Heartbeat(time.monotonic)
    freed, inside, had = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        with scheduler.turn("c1", 1.0, hanging):
            inside.set()
            freed.wait(30)

    def look() -> None:
        with scheduler.turn("c2", 1.0, other):
            had.set()

    threads = [threading.Thread(target=hang), threading.Thread(target=look)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    assert not had.wait(0.05)
    scheduler.release(hanging)
    assert had.wait(10)
    freed.set()
    for thread in threads:
        thread.join(10)
    with scheduler.turn(
        "c3", 1.0, Heartbeat(time.monotonic)
    ) as granted:  # and it was given back once, not twice
        assert granted
        assert scheduler._free == 0


def test_who_is_told_to_end_stops_waiting() -> None:
    scheduler = LookScheduler(1, time.monotonic)
    holder, waiter = Heartbeat(time.monotonic), Heartbeat(time.monotonic)
    answers: list[bool] = []

    def wait() -> None:
        with scheduler.turn("c2", 1.0, waiter) as granted:
            answers.append(granted)

    with scheduler.turn("c1", 1.0, holder):
        thread = threading.Thread(target=wait)
        thread.start()
        waiter.end()
        thread.join(10)
    assert answers == [False]
    assert scheduler._free == 1


def test_a_turn_given_back_goes_to_the_most_overdue_and_not_to_who_came_first() -> None:
    now = [0.0]
    scheduler = LookScheduler(1, lambda: now[0])
    for name, at_s in (("late", 10.0), ("early", 11.0)):
        now[0] = at_s
        with scheduler.turn(name, 2.0, Heartbeat(time.monotonic)):
            pass
    order: list[str] = []

    def look(name: str, gap_s: float) -> None:
        with scheduler.turn(name, gap_s, Heartbeat(time.monotonic)):
            order.append(name)

    waiters = [
        threading.Thread(target=look, args=one) for one in (("early", 2.0), ("late", 2.0), ("new", 2.0))
    ]
    now[0] = 14.0
    with scheduler.turn("holder", 2.0, Heartbeat(time.monotonic)):
        for count, waiter in enumerate(waiters, start=1):
            waiter.start()
            end = time.monotonic() + 10
            while len(scheduler._requests) < count and time.monotonic() < end:
                time.sleep(0.001)
    for waiter in waiters:
        waiter.join(10)
    assert order == ["new", "late", "early"]


def test_a_turn_that_came_too_late_passes_to_the_next_camera() -> None:
    scheduler = LookScheduler(1, time.monotonic)
    gone, next_one = Heartbeat(time.monotonic), Heartbeat(time.monotonic)
    answers: list[tuple[str, bool]] = []

    def wait(name: str, heartbeat: Heartbeat) -> None:
        with scheduler.turn(name, 1.0, heartbeat) as granted:
            answers.append((name, granted))

    threads = [
        threading.Thread(target=wait, args=("c2", gone)),
        threading.Thread(target=wait, args=("c3", next_one)),
    ]
    with scheduler.turn("c1", 1.0, Heartbeat(time.monotonic)):
        for thread in threads:
            thread.start()
        gone.end()
    for thread in threads:
        thread.join(10)
    assert sorted(answers) == [("c2", False), ("c3", True)]
    assert scheduler._free == 1
