"""Runs work in a thread that may fail or hang without harm to the rest of the program.

A thread cannot be killed. If it shows no sign of life, it is abandoned: its `Heartbeat` has ended, so its
results are ignored, and a new thread replaces it after a pause.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from edge.errors import SourceError
from program.redaction import redacted

log = logging.getLogger(__name__)

Clock = Callable[[], float]

_FIRST_PAUSE_S: Final = 1.0
_WELL_S: Final = 30.0
_MAX_LEFT_BEHIND: Final = 3
_STEP_S: Final = 1.0


class Condition(StrEnum):
    """The condition of a worker."""

    RUNNING = "running"
    PAUSING = "pausing"  # failed, and restarted soon
    HUNG = "hung"  # abandoned, and replaced soon
    ENDED = "ended"  # has finished its work


class Backoff:
    """Pauses between attempts that double up to a longest one; a success resets them. Pure."""

    def __init__(self, *, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._next_s = first_s

    def next_s(self, chance: float) -> float:
        """The next pause, seconds; `chance` (0 to 1) spreads workers that failed together."""
        pause_s = min(self._next_s, self._longest_s)
        self._next_s = min(self._longest_s, self._next_s * 2)
        return pause_s * (0.75 + 0.25 * chance)

    def reset(self) -> None:
        """Reset after a success."""
        self._next_s = self._first_s


class Heartbeat:
    """The state that a worker's thread shares with its supervisor."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._over = threading.Event()
        self.beat_s = clock()
        self.well_since_s: float | None = None
        self.left_behind = False

    def is_over(self) -> bool:
        """Whether the thread should end, or was abandoned."""
        return self._over.is_set()

    def end(self) -> None:
        """Ask the thread to end."""
        self._over.set()

    def beat(self) -> None:
        """Show a sign of life."""
        self.beat_s = self._clock()

    def note_progress(self) -> None:
        """Show that it does its work, not only that it runs."""
        self.beat()
        if self.well_since_s is None:
            self.well_since_s = self.beat_s

    def wait_until(self, moment_s: float) -> bool:
        """Sleep until a time on the clock, showing signs of life; False if it should end."""
        while (rest_s := moment_s - self._clock()) > 0:
            if self._over.wait(min(rest_s, _STEP_S)):
                return False
            self.beat()
        return not self.is_over()


class Worker:
    """Runs the same work in one thread after another.

    Args:
        name: for the log and the thread.
        work: runs until its heartbeat ends; may raise.
        hung_after_s: seconds without a sign of life after which the thread is replaced.
        longest_pause_s: longest pause between two attempts, seconds.
        on_loss: called with the heartbeat of a thread that failed or was abandoned.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        name: str,
        work: Callable[[Heartbeat], None],
        hung_after_s: float,
        longest_pause_s: float,
        on_loss: Callable[[Heartbeat], None] = lambda _: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.name = name
        self.reason = ""
        """Why it failed last; kept until an attempt succeeds."""
        self._condition = Condition.PAUSING
        self.restarts = 0
        self._work = work
        self._hung_after_s = hung_after_s
        self._on_loss = on_loss
        self._clock = clock
        self._backoff = Backoff(first_s=_FIRST_PAUSE_S, longest_s=longest_pause_s)
        self._due_s = clock()
        self._heartbeat: Heartbeat | None = None
        self._thread: threading.Thread | None = None
        self._outcome: Exception | None = None
        self._failed_as: Condition | None = None
        self._left_behind: list[threading.Thread] = []

    @property
    def condition(self) -> Condition:
        """The worker's condition. After a failure it is failed until a later attempt succeeds."""
        heartbeat = self._heartbeat
        if self._condition is Condition.RUNNING and heartbeat is not None and heartbeat.well_since_s is None:
            return self._failed_as or Condition.RUNNING
        return self._condition

    @property
    def left_behind(self) -> int:
        """Abandoned threads that still hang."""
        self._left_behind = [thread for thread in self._left_behind if thread.is_alive()]
        return len(self._left_behind)

    def supervise(self) -> None:
        """Restart the work if it failed or hangs; called about twice a second."""
        now = self._clock()
        if self._thread is not None and self._heartbeat is not None:
            if not self._thread.is_alive():
                self._lost(self._heartbeat, now)
            elif now - self._heartbeat.beat_s > self._hung_after_s:
                self._abandon(self._thread, self._heartbeat, now)
        elif (
            self._condition in {Condition.PAUSING, Condition.HUNG}
            and now >= self._due_s
            and self.left_behind < _MAX_LEFT_BEHIND
        ):
            self._start()

    def stop(self) -> None:
        """Ask the thread to end."""
        if self._heartbeat is not None:
            self._heartbeat.end()

    def join(self, timeout_s: float) -> bool:
        """Wait for it to end; False if it hangs."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _start(self) -> None:
        heartbeat = self._heartbeat = Heartbeat(self._clock)
        self._outcome = None
        self._thread = threading.Thread(target=self._run, args=(heartbeat,), name=self.name, daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # the system cannot start another thread now
            self._thread = self._heartbeat = None
            self.reason = f"no thread can be started ({error})"
            self._try_again(Condition.PAUSING, self._clock())
            return
        self._condition = Condition.RUNNING

    def _run(self, heartbeat: Heartbeat) -> None:
        try:
            self._work(heartbeat)
        except SourceError as error:
            self._end(heartbeat, error)
        except Exception as error:
            log.exception("%s failed", self.name)
            self._end(heartbeat, error)

    def _end(self, heartbeat: Heartbeat, error: Exception) -> None:
        if heartbeat is self._heartbeat:
            self._outcome = error

    def _lost(self, heartbeat: Heartbeat, now: float) -> None:
        self._thread = self._heartbeat = None
        if heartbeat.well_since_s is not None and now - heartbeat.well_since_s >= _WELL_S:
            self._backoff.reset()
        if heartbeat.is_over() or self._outcome is None:
            self._condition = Condition.ENDED
            return
        self.reason = (
            redacted(str(self._outcome)) or type(self._outcome).__name__
        )  # PyAV's errors contain addresses with passwords
        min_pause_s = self._outcome.min_pause_s if isinstance(self._outcome, SourceError) else 0.0
        self._try_again(Condition.PAUSING, now, min_pause_s=min_pause_s)
        self._on_loss(heartbeat)

    def _abandon(self, thread: threading.Thread, heartbeat: Heartbeat, now: float) -> None:
        heartbeat.left_behind = True
        heartbeat.end()
        self._left_behind.append(thread)
        self._thread = self._heartbeat = None
        self.reason = f"no sign of life for {self._hung_after_s:.0f} s"
        self._try_again(Condition.HUNG, now)
        self._on_loss(heartbeat)

    def _try_again(self, condition: Condition, now: float, *, min_pause_s: float = 0.0) -> None:
        self._condition = self._failed_as = condition
        self.restarts += 1
        chance = random.random()  # noqa: S311 no secret hangs on it
        pause_s = max(self._backoff.next_s(chance), min_pause_s)
        self._due_s = now + pause_s
        log.warning("%s: %s; trying again in %.0f s", self.name, self.reason, pause_s)
