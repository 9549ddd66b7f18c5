"""The data of the live feed, in memory, with the version of each change.

Every change gets the next version. A browser only has the version of its last message, so a slow browser
costs no memory: its next delta contains everything that it missed, once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from center.cases.models import Case
from center.history.models import RuleEvent
from center.live.models import Delta, Entity, Snapshot, Still, SystemStatus
from center.live.view import WHOLE, LiveView

_AHEAD: Final = timedelta(minutes=1)
"""Assumed maximum difference between the clocks of two machines."""

_EARLIER_CASES: Final = 20
"""Events of a case that are remembered, to tell who could see the case before and no longer can."""

MAX_CASES: Final = 2000
"""Open cases in a snapshot: those that are due first. Lists of cases have the others."""

MAX_RULE_EVENTS: Final = 200
"""Maximum number in the live list; the API has all of them."""


class _Changes:
    """The keys of changed items, each once, in the order of their last change."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}

    def mark(self, key: str, version: int) -> None:
        self._versions.pop(key, None)  # moves the key to the end
        self._versions[key] = version

    def forget(self, key: str) -> None:
        self._versions.pop(key, None)

    def since(self, version: int) -> Iterator[str]:
        """Keys changed after a version, the newest first."""
        for key, changed in reversed(self._versions.items()):
            if changed <= version:
                return
            yield key


class LiveState:
    """Everything that is live now; removed items are remembered for browsers that have not been told yet.

    Args:
        status: the status strip before the first answer.
        remember_s: seconds for which removed items are remembered; longer than any browser may be behind.
    """

    def __init__(self, *, status: SystemStatus, remember_s: float) -> None:
        self._remember_s = remember_s
        self._entities: dict[str, Entity] = {}
        self._changed_entities = _Changes()
        self._gone: dict[str, float] = {}
        self._last_seen: dict[str, Entity] = {}
        self._cases: dict[str, Case] = {}
        self._earlier_cases: dict[str, list[Case]] = {}
        self._changed_cases = _Changes()
        self._ended: dict[str, float] = {}
        self._stills: dict[str, Still] = {}
        self._changed_stills = _Changes()
        self._rule_events: dict[str, RuleEvent] = {}
        self._changed_rule_events = _Changes()
        self._status_version = 0
        self.status = status
        self.version = 0

    def update_entities(self, entities: Iterable[Entity], *, now: datetime) -> None:
        """Take the newest fixes; an older one changes nothing, unless the known one is ahead of now.

        With the same fix another field may be new, such as a name that came later.
        """
        for entity in entities:
            known = self._entities.get(entity.key)
            if (
                known is None
                or known.time < entity.time
                or (known.time == entity.time and known != entity)
                or _outlived(known.time, entity.time, now)
            ):
                self._entities[entity.key] = entity
                self._gone.pop(entity.key, None)
                self._last_seen.pop(entity.key, None)
                self._changed_entities.mark(entity.key, self._next())

    def expire(self, *, before: datetime, now_s: float) -> None:
        """Remove entities without a fix since a time, and forget those removed long ago."""
        for entity in [entity for entity in self._entities.values() if entity.time < before]:
            del self._entities[entity.key]
            self._gone[entity.key] = now_s
            self._last_seen[entity.key] = entity
            self._changed_entities.mark(entity.key, self._next())
        for key in self._long_ago(self._gone, now_s):
            self._changed_entities.forget(key)
            del self._last_seen[key]
        for number in self._long_ago(self._ended, now_s):
            self._changed_cases.forget(number)
            self._earlier_cases.pop(number, None)
            del self._cases[number]

    def update_cases(self, cases: Iterable[Case], *, now_s: float) -> None:
        """Take cases in their present state; a state older than the known one changes nothing."""
        for case in cases:
            known = self._cases.get(case.number)
            if known is not None and known.sequence >= case.sequence:
                continue
            if case.closed_at is not None:
                self._ended[case.number] = now_s
            if known is not None:
                earlier = self._earlier_cases.setdefault(case.number, [])
                earlier.append(known)
                del earlier[:-_EARLIER_CASES]
            self._cases[case.number] = case
            self._changed_cases.mark(case.number, self._next())

    def update_stills(self, stills: Iterable[Still], *, now: datetime) -> None:
        """Take the newest stills of cameras; older ones change nothing."""
        for still in stills:
            known = self._stills.get(still.camera)
            if known is None or known.time < still.time or _outlived(known.time, still.time, now):
                self._stills[still.camera] = still
                self._changed_stills.mark(still.camera, self._next())

    def update_rule_events(self, events: Iterable[RuleEvent]) -> None:
        """Take rule events, oldest first; only the newest are kept."""
        for event in events:
            key = _key(event)
            if self._rule_events.get(key) != event:
                self._rule_events[key] = event
                self._changed_rule_events.mark(key, self._next())
        for key in list(self._rule_events)[:-MAX_RULE_EVENTS]:
            del self._rule_events[key]
            self._changed_rule_events.forget(key)

    def set_status(self, status: SystemStatus) -> None:
        """Set the status strip; a later time alone is not a change."""
        if msgspec.structs.replace(status, at=self.status.at) != self.status:
            self._status_version = self._next()
        self.status = status

    def entities(self) -> list[Entity]:
        """All entities on the map."""
        return list(self._entities.values())

    def open_cases(self) -> list[Case]:
        """All open cases."""
        return [case for case in self._cases.values() if case.closed_at is None]

    def snapshot(self, at: datetime, view: LiveView = WHOLE) -> Snapshot:
        """The present state in a view."""
        cases = [case for case in self.open_cases() if view.has_case(case)]
        return Snapshot(
            at=at,
            entities=view.entities(self._entities.values()),
            cases=heapq.nsmallest(MAX_CASES, cases, key=_due) if len(cases) > MAX_CASES else cases,
            cases_left_out=max(0, len(cases) - MAX_CASES),
            stills=[each for each in self._stills.values() if view.cameras.contains(district=each.district)],
            rule_events=[each for each in self._rule_events.values() if view.shows(each.kind, each.district)],
            status=self._status_for(view),
        )

    def delta(self, since: int, at: datetime, view: LiveView = WHOLE) -> Delta:
        """The changes after a version, in a view."""
        moved = list(self._changed_entities.since(since))
        cases = [self._cases[number] for number in self._changed_cases.since(since)]
        stills = (self._stills[camera] for camera in self._changed_stills.since(since))
        events = [self._rule_events[key] for key in self._changed_rule_events.since(since)][::-1]
        return Delta(
            at=at,
            entities=view.entities(self._entities[key] for key in moved if key in self._entities),
            gone=[
                each.key for each in view.entities(self._last_seen[key] for key in moved if key in self._gone)
            ],
            cases=[case for case in cases if view.has_case(case)],
            cases_gone=[case.number for case in cases if self._has_left(case, view)],
            stills=[each for each in stills if view.cameras.contains(district=each.district)],
            rule_events=[each for each in events if view.shows(each.kind, each.district)],
            status=self._status_for(view) if self._status_version > since else None,
        )

    def _has_left(self, case: Case, view: LiveView) -> bool:
        return not view.has_case(case) and any(map(view.has_case, self._earlier_cases.get(case.number, ())))

    def _status_for(self, view: LiveView) -> SystemStatus:
        """The status strip with the counts of cases in a view."""
        if view.cases.is_everything:
            return self.status
        cases = [case for case in self.open_cases() if view.has_case(case)]
        late = sum(case.deadline_at is not None and case.deadline_at < self.status.at for case in cases)
        return msgspec.structs.replace(self.status, cases_open=len(cases), cases_overdue=late)

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _long_ago(self, left: dict[str, float], now_s: float) -> list[str]:
        """Remove the items of `left`, which is ordered by time of removal, that are no longer needed."""
        old = []
        for key, left_s in left.items():
            if left_s > now_s - self._remember_s:
                break
            old.append(key)
        for key in old:
            del left[key]
        return old


def _due(case: Case) -> tuple[bool, datetime, str]:
    """What is due first comes first; what has no deadline last."""
    return case.deadline_at is None, case.deadline_at or case.reported_at, case.number


def _key(event: RuleEvent) -> str:
    return f"{event.kind}/{event.id}/{event.rule}/{event.area}/{event.phase}/{event.time.isoformat()}"


def _outlived(known: datetime, told: datetime, now: datetime) -> bool:
    """Whether a known time is ahead of now and the database has an earlier one: a clock was wrong."""
    return told < known and known > now + _AHEAD
