"""Keeps the parts of the stack running: one that ends is started again, with growing pauses, and said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from deploy.errors import DeployError

SETTLED_S: Final = 60.0
"""A part that ran so long starts without a pause."""

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0


class Part(Protocol):
    """A server or a program."""

    name: str
    log: Path

    def start(self) -> None:
        """Start it."""

    def is_running(self) -> bool:
        """Whether its process is there."""

    def last_line(self) -> str:
        """The last line of its log."""


@dataclass(slots=True)
class _Watched:
    part: Part
    started_at: float
    pause_s: float = _FIRST_PAUSE_S
    due_at: float | None = None


class Watch:
    """All parts that shall run.

    Args:
        tell: takes a line when a part ends and when it is started again.
        clock: monotonic seconds.
    """

    def __init__(self, *, tell: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._tell = tell
        self._clock = clock
        self._watched: list[_Watched] = []

    def add(self, part: Part) -> None:
        """Watch a part that has just been started."""
        self._watched.append(_Watched(part=part, started_at=self._clock()))

    def look(self) -> None:
        """Look at every part once, and start those again whose pause is over."""
        for watched in self._watched:
            self._look_at(watched)

    def _look_at(self, watched: _Watched) -> None:
        part, now = watched.part, self._clock()
        if watched.due_at is None:
            if part.is_running():
                return
            if now - watched.started_at > SETTLED_S:
                watched.pause_s = _FIRST_PAUSE_S
            self._postpone(watched, f"{part.name} ended: {part.last_line()}")
        elif now >= watched.due_at:
            watched.due_at = None
            try:
                part.start()
            except DeployError as error:
                self._postpone(watched, str(error))
                return
            watched.started_at = self._clock()
            self._tell(f"{part.name} started again")

    def _postpone(self, watched: _Watched, why: str) -> None:
        watched.due_at = self._clock() + watched.pause_s
        self._tell(f"{why}; starting it again in {watched.pause_s:.0f} s (log: {watched.part.log})")
        watched.pause_s = min(2 * watched.pause_s, _LONGEST_PAUSE_S)
