"""Keeps the parts of the stack running: reports a part that ends, and restarts it after growing pauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from deploy.errors import DeployError

SETTLED_S: Final = 60.0
"""Seconds; a part that ran this long is restarted without a pause."""

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0


class Part(Protocol):
    """A server or a program."""

    name: str
    log: Path

    def start(self) -> None:
        """Start it."""

    def is_running(self) -> bool:
        """Whether its process exists."""

    def last_line(self) -> str:
        """The last line of its log."""


@dataclass(slots=True)
class _Supervised:
    part: Part
    started_at: float
    pause_s: float = _FIRST_PAUSE_S
    due_at: float | None = None


class Supervisor:
    """All parts that must run.

    Args:
        tell: takes a line when a part ends and when it is started again.
        clock: monotonic seconds.
    """

    def __init__(self, *, tell: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._tell = tell
        self._clock = clock
        self._watched: list[_Supervised] = []

    def add(self, part: Part) -> None:
        """Supervise a part that has just been started."""
        self._watched.append(_Supervised(part=part, started_at=self._clock()))

    def look(self) -> None:
        """Check every part once, and restart those whose pause is over."""
        for supervised in self._watched:
            self._look_at(supervised)

    def _look_at(self, supervised: _Supervised) -> None:
        part, now = supervised.part, self._clock()
        if supervised.due_at is None:
            if part.is_running():
                return
            if now - supervised.started_at > SETTLED_S:
                supervised.pause_s = _FIRST_PAUSE_S
            self._postpone(supervised, f"{part.name} ended: {part.last_line()}")
        elif now >= supervised.due_at:
            supervised.due_at = None
            try:
                part.start()
            except DeployError as error:
                self._postpone(supervised, str(error))
                return
            supervised.started_at = self._clock()
            self._tell(f"{part.name} started again")

    def _postpone(self, supervised: _Supervised, why: str) -> None:
        supervised.due_at = self._clock() + supervised.pause_s
        self._tell(f"{why}; starting it again in {supervised.pause_s:.0f} s (log: {supervised.part.log})")
        supervised.pause_s = min(2 * supervised.pause_s, _LONGEST_PAUSE_S)
