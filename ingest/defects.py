"""Messages that fail by a defect of ours: their traces in the log, and when to stop taking messages.

A message that breaks a rule is its sender's matter. One that we fail at is ours: it is kept whole in the
quarantine, to be taken again (`streetwarden quarantine requeue`) by a corrected release. When many fail,
acknowledging them would move the whole stream into the quarantine; then ingest stops reading, and the broker
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
"""Kind of error, file and line: what makes two failures the same defect."""


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
    """Counts the failures of one session among its newest messages.

    Args:
        session: its name.
        settings: how many are too many.
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
        """Why nothing more is taken; None while it is."""

    def take(self, messages: int) -> None:
        """So many messages have been taken up."""
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
        """One of them has failed; the trace of its cause goes into the log, of each defect once a minute."""
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
            "a defect of ours: cannot store a message on %r (%s); it is kept whole in the quarantine%s",
            topic[:200],
            error,
            f"; so were {known.unlogged} before it" if known is not None and known.unlogged else "",
            exc_info=error.__cause__,
        )

    async def hold(self) -> None:
        """Return while failures are few. Past that stop reading and never return: nothing is acknowledged."""
        settings = self._settings
        if self._failed <= max(settings.least, settings.share * self._messages):
            return
        if self.stopped is None:
            self.stopped = (
                f"stopped taking {self._session}: {self._failed} of {self._messages} messages failed by a "
                "defect of ours, with its trace in the log; the broker keeps the rest until a "
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
