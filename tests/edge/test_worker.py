"""A worker that fails or hangs is named and replaced, after growing pauses, a limited number of times."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest

from edge.errors import SourceError
from edge.worker import Backoff, Condition, Heartbeat, Worker

HUNG_AFTER_S = 60.0


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def freed() -> Iterator[threading.Event]:
    """What hanging threads of a test wait for, so that none outlives it."""
    event = threading.Event()
    yield event
    event.set()


def worker(
    clock: Clock, work: Callable[[Heartbeat], None], on_loss: Callable[[Heartbeat], None] = lambda _: None
) -> Worker:
    return Worker(
        name="look c1",
        work=work,
        hung_after_s=HUNG_AFTER_S,
        longest_pause_s=30.0,
        on_loss=on_loss,
        clock=clock,
    )


def condition(one: Worker) -> Condition:
    return one.condition


def ended(one: Worker) -> None:
    """Let its thread end, and have that noticed."""
    assert one.join(10)
    one.supervise()


def test_pauses_double_up_to_the_longest_and_are_reset() -> None:
    backoff = Backoff(first_s=1.0, longest_s=5.0)
    assert [backoff.next_s(1.0) for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.reset()
    assert backoff.next_s(1.0) == 1.0
    assert backoff.next_s(0.0) == 1.5


def test_a_failure_is_named_and_tried_again_after_a_growing_pause(clock: Clock) -> None:
    starts = []

    def work(heartbeat: Heartbeat) -> None:
        starts.append(clock.now)
        raise SourceError("the cable is out")

    one = worker(clock, work)
    one.supervise()
    for _ in range(100):
        ended(one)
        clock.now += 0.5
    assert condition(one) is Condition.PAUSING
    assert one.reason == "the cable is out"
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert gaps == sorted(gaps)
    assert 4 <= one.restarts <= 8


def test_a_defect_is_treated_like_a_failure(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    def work(heartbeat: Heartbeat) -> None:
        raise ZeroDivisionError("division by zero")

    one = worker(clock, work)
    one.supervise()
    ended(one)
    assert condition(one) is Condition.PAUSING
    assert "look c1 failed" in caplog.text


def test_after_a_good_while_pauses_are_reset(clock: Clock) -> None:
    def work(heartbeat: Heartbeat) -> None:
        heartbeat.note_progress()
        clock.now += 40.0
        raise SourceError("gone")

    one = worker(clock, work)
    for _ in range(5):
        clock.now += 1.0
        one.supervise()
        ended(one)
        assert one._due_s - clock.now <= 1.0
    assert one.restarts == 5


def test_work_that_is_done_is_not_begun_again(clock: Clock) -> None:
    one = worker(clock, lambda _: None)
    one.supervise()
    ended(one)
    clock.now += 1000
    one.supervise()
    assert condition(one) is Condition.ENDED
    assert one.restarts == 0


def test_a_hanging_worker_is_left_behind_and_replaced(clock: Clock, freed: threading.Event) -> None:
    heartbeats: list[Heartbeat] = []
    lost: list[Heartbeat] = []
    begun = threading.Semaphore(0)

    def work(heartbeat: Heartbeat) -> None:
        heartbeats.append(heartbeat)
        begun.release()
        freed.wait()

    one = worker(clock, work, on_loss=lost.append)
    one.supervise()
    assert begun.acquire(timeout=10)
    clock.now += HUNG_AFTER_S - 1
    one.supervise()
    assert condition(one) is Condition.RUNNING
    clock.now += 2
    one.supervise()
    assert condition(one) is Condition.HUNG
    assert one.left_behind == 1
    assert lost == heartbeats
    assert heartbeats[0].is_over()
    assert heartbeats[0].left_behind
    clock.now += 2
    one.supervise()
    assert begun.acquire(timeout=10)
    assert condition(one) is Condition.HUNG  # until the new one has done something
    assert not heartbeats[1].is_over()


def test_hanging_threads_do_not_pile_up(clock: Clock, freed: threading.Event) -> None:
    begun = threading.Semaphore(0)
    starts = []

    def work(heartbeat: Heartbeat) -> None:
        starts.append(heartbeat)
        begun.release()
        freed.wait()

    one = worker(clock, work)
    for _ in range(50):
        one.supervise()
        clock.now += HUNG_AFTER_S + 1
    assert len(starts) == 3
    assert one.left_behind == 3
    freed.set()
    for thread in one._left_behind:
        thread.join(10)
    one.supervise()
    one.join(10)
    assert len(starts) == 4


def test_a_sign_of_life_is_enough(clock: Clock, freed: threading.Event) -> None:
    heartbeats: list[Heartbeat] = []
    begun = threading.Semaphore(0)

    def work(heartbeat: Heartbeat) -> None:
        heartbeats.append(heartbeat)
        begun.release()
        freed.wait()

    one = worker(clock, work)
    one.supervise()
    assert begun.acquire(timeout=10)
    for _ in range(5):
        clock.now += HUNG_AFTER_S - 1
        heartbeats[0].beat()
        one.supervise()
    assert condition(one) is Condition.RUNNING


def test_a_source_that_asks_for_a_long_pause_gets_it(clock: Clock) -> None:
    tried = []

    def work(_: Heartbeat) -> None:
        tried.append(clock.now)
        raise SourceError("the password is wrong", min_pause_s=900.0)

    capture = worker(clock, work)
    for _ in range(1000):
        capture.supervise()
        capture.join(1.0)
        clock.now += 1.0
    assert len(tried) == 2


def test_one_that_fails_at_once_counts_as_failed_until_it_has_done_something(clock: Clock) -> None:
    step, thrives = threading.Semaphore(0), threading.Event()

    def work(heartbeat: Heartbeat) -> None:
        assert step.acquire(timeout=10)
        if thrives.is_set():
            heartbeat.note_progress()
            assert step.acquire(timeout=10)
            return
        raise SourceError("the cable is out")

    one = worker(clock, work)
    one.supervise()
    assert condition(one) is Condition.RUNNING  # nothing is known against it
    step.release()
    ended(one)
    clock.now += 60
    one.supervise()
    assert (condition(one), one.reason) == (Condition.PAUSING, "the cable is out")
    thrives.set()
    step.release()
    while condition(one) is not Condition.RUNNING:
        pass
    step.release()
    ended(one)
    assert condition(one) is Condition.ENDED
