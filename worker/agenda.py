"""The cases on which something is due by time, kept in memory and updated when cases change.

Each worker has its own agenda; an update reads only the changed cases. The agenda is only a hint: whether
something is due is decided again under the lock of the case.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cases import CaseError, CaseState
from cases.timing import due
from casework.city_policy import CurrentPolicy
from store.case_history import cases_changed_since, watched_cases
from store.connection import Connection

log = logging.getLogger(__name__)

_WHOLE_EVERY_S: Final = 600.0
_OVERLAP_S: Final = 60.0
"""Transactions that commit later than this after their start are noticed only at the next full reading."""
_PAUSE_S: Final = 30.0
_LONGEST_PAUSE_S: Final = 3600.0
_AT_ONCE: Final = 200


@dataclass(slots=True)
class _Entry:
    sequence: int
    at: datetime
    not_before_s: float = 0.0
    pause_s: float = _PAUSE_S


class Agenda:
    """What becomes due, by case.

    Args:
        policy: the city's decisions.
        seconds: monotonic seconds.
    """

    def __init__(self, *, policy: CurrentPolicy, seconds: Callable[[], float]) -> None:
        self._policy = policy
        self._of = policy()
        self._seconds = seconds
        self._entries: dict[str, _Entry] = {}
        self._read: deque[tuple[float, int]] = deque()
        self._whole_at_s: float | None = None
        self.oldest_due_s = 0.0
        """Seconds for which the oldest due item has waited, at the last look."""

    async def look(self, connection: Connection, *, now: datetime) -> list[str]:
        """The numbers of the cases with something due, the oldest first.

        A case that stays due, because recording fails, is returned again after growing pauses.

        Args:
            connection: to the database.
            now: this machine's time; the database's time is used if it is earlier.
        """
        now_s = self._seconds()
        if self._policy() is not self._of:  # what was due by another policy counts for nothing
            self._of, self._whole_at_s = self._policy(), None
            self._entries.clear()
        row = await connection.fetchrow("SELECT now() AS now, max(event_id) AS newest FROM case_event")
        assert row is not None
        if self._whole_at_s is None or now_s - self._whole_at_s >= _WHOLE_EVERY_S:
            await self._take_all(await watched_cases(connection))
            self._whole_at_s = now_s
        else:
            await self._take(await cases_changed_since(connection, self._since(now_s)))
        self._read.append((now_s, row["newest"] or 0))
        return self._due(min(now, row["now"]), now_s)

    def _since(self, now_s: float) -> int:
        """The newest event that is old enough for all concurrent transactions to have ended."""
        while len(self._read) > 1 and self._read[1][0] <= now_s - _OVERLAP_S:
            self._read.popleft()
        return self._read[0][1]

    async def _take_all(self, cases: list[CaseState]) -> None:
        for number in self._entries.keys() - {case.number for case in cases}:
            del self._entries[number]
        await self._take(cases)

    async def _take(self, cases: Iterable[CaseState]) -> None:
        for count, case in enumerate(cases, start=1):
            known = self._entries.get(case.number)
            if known is not None and known.sequence == case.sequence:
                continue
            at = self._next_of(case)
            if at is None:
                self._entries.pop(case.number, None)
            else:
                self._entries[case.number] = _Entry(case.sequence, at)
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _next_of(self, case: CaseState) -> datetime | None:
        try:
            return next((each.at for each in due(case, self._of, self._of.workflow)), None)
        except CaseError as error:
            log.warning("deadlines of case %s cannot be watched (%s)", case.number, error)
            return None

    def _due(self, now: datetime, now_s: float) -> list[str]:
        waiting = sorted((entry.at, number) for number, entry in self._entries.items() if entry.at <= now)
        self.oldest_due_s = (now - waiting[0][0]).total_seconds() if waiting else 0.0
        named = []
        for _, number in waiting:
            entry = self._entries[number]
            if entry.not_before_s > now_s:
                continue
            entry.not_before_s = now_s + entry.pause_s
            entry.pause_s = min(entry.pause_s * 2, _LONGEST_PAUSE_S)
            named.append(number)
        return named
