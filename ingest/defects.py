"""Messages that fail because of a defect in ingest: their tracebacks in the log, and when to stop.

A message that breaks a rule is the sender's fault. A message that makes ingest fail is ours: the quarantine
keeps it whole, and `streetwarden quarantine requeue` lets a corrected release read it again. If many fail,
acknowledging them would move the whole stream into the quarantine; so ingest stops reading, and the broker
keeps them instead.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ingest.errors import BadMessageError
from ingest.settings import Defects as Settings

log = logging.getLogger(__name__)

_WINDOW_MESSAGES: Final = 10_000
_WINDOW_S: Final = 600.0
_SILENT_S: Final = 60.0
_PLACES_KEPT: Final = 100

_Place: TypeAlias = tuple[str, str, int]
"""Type of error, file and line: failures with the same three have the same cause."""


@dataclass(slots=True, kw_only=True)
class _Portion:
    at: float
    messages: int
    defects: int = 0


@dataclass(slots=True, kw_only=True)
class _Logged:
    at: float
    unlogged: int = 0


class Defects:
    """Counts the failures among the newest messages of one session.

    Args:
        session: its name.
        settings: how many failures are too many.
        stop_reading: called once, when there are too many.
        clock: epoch seconds.
    """

    def __init__(
        self,
        *,
        session: str,
        settings: Settings,
        stop_reading: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._settings = settings
        self._stop_reading = stop_reading
        self._clock = clock
        self._portions: deque[_Portion] = deque()
        self._messages = 0
        self._failed = 0
        self._logged: dict[_Place, _Logged] = {}
        self.stopped: str | None = None
        """Why ingest stopped reading; None while it reads."""

    def take(self, messages: int) -> None:
        """Count messages that ingest begins to process."""
        now = self._clock()
        self._portions.append(_Portion(at=now, messages=messages))
        self._messages += messages
        first = self._portions[0]
        while self._messages - first.messages >= _WINDOW_MESSAGES or first.at < now - _WINDOW_S:
            self._messages -= first.messages
            self._failed -= first.defects
            self._portions.popleft()
            first = self._portions[0]

    def note(self, error: BadMessageError, topic: bytes) -> None:
        """Count a failure; log its traceback, at most once a minute for each defect."""
        self._portions[-1].defects += 1
        self._failed += 1
        now, place = self._clock(), _place(error)
        known = self._logged.get(place)
        if known is not None and now - known.at < _SILENT_S:
            known.unlogged += 1
            return
        if len(self._logged) >= _PLACES_KEPT:
            self._logged.clear()
        self._logged[place] = _Logged(at=now)
        log.error(
            "internal error: cannot store a message on %r (%s); the quarantine keeps it whole%s",
            topic[:200],
            error,
            f"; {known.unlogged} more since the last log line"
            if known is not None and known.unlogged
            else "",
            exc_info=error.__cause__,
        )

    async def stop_if_too_many(self) -> None:
        """Return while failures are few. Otherwise stop reading and never return: nothing is acknowledged."""
        settings = self._settings
        if self._failed <= max(settings.least, settings.share * self._messages):
            return
        if self.stopped is None:
            self.stopped = (
                f"stopped reading {self._session}: {self._failed} of {self._messages} messages "
                "failed because of "
                "a defect in ingest, with its traceback in the log; the broker keeps the rest until a "
                "corrected ingest is started"
            )
            log.critical("%s", self.stopped)
            self._stop_reading()
        await asyncio.Event().wait()


def _place(error: BadMessageError) -> _Place:
    cause = error.__cause__ or error
    frames = traceback.extract_tb(cause.__traceback__)
    where = frames[-1] if frames else None
    return type(cause).__name__, where.filename if where else "", (where.lineno or 0) if where else 0
