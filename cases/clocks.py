"""Clocks of a case: how much time a stage or a task has, on which clock, and when that time runs out.

An *urgent hour* runs round the clock, as does a *calendar day* of 24 hours. A *working hour* counts only
office time, and a *working day* is as much office time as one day has: a case opened on Friday at 17:30 with
a limit of 2 working hours is due on Monday at 9:30.

A case has several clocks, each with a name: `accept`, `handle`, a task's … A clock is data in the events of
the case. Its time stands still while it is paused; several causes may pause it at once (a task is open, the
case is suspended). A deferral gives it a further limit. A clock that has ended and is started again continues
from its first start, so a case that is returned or reworked keeps its deadline; only a start with `anew`
begins at zero.

No function reads the time. A time before the latest one that a clock has recorded counts as that latest one:
setting a machine's clock back gains no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from cases.errors import CaseError, PolicyError
from cases.office import LONGEST_DAYS, OfficeCalendar

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_NOTHING: Final = timedelta()
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class Clock(StrEnum):
    """The unit in which a limit counts."""

    URGENT_HOUR = "urgent_hour"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of time on a clock, such as 2 urgent hours."""

    amount: Annotated[float, msgspec.Meta(gt=0, le=10_000)]
    clock: Clock


class Pause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"start": "from"}):
    """A period that does not count.

    Attributes:
        cause: why the clock stands still, such as `suspended`, or the name of a task.
        start: its beginning; `from` in JSON.
        until: its end; None while the pause lasts.
    """

    cause: str
    start: _Moment
    until: _Moment | None = None


class CaseClock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One clock of a case.

    Attributes:
        limit: how much time there is.
        started_at: when it began to run.
        extra: further limits from deferrals, in order; each begins at the deadline before it.
        pauses: periods that do not count; they may overlap.
        ended_at: when the stage or task was done; None while the clock runs or is paused.
        warned_at: when the warning before the deadline was given.
        ran_out_at: when it was recorded that the deadline has passed.
    """

    limit: Limit
    started_at: _Moment
    extra: tuple[Limit, ...] = ()
    pauses: tuple[Pause, ...] = ()
    ended_at: _Moment | None = None
    warned_at: _Moment | None = None
    ran_out_at: _Moment | None = None

    @property
    def paused(self) -> bool:
        """Whether it stands still now."""
        return self.ended_at is None and any(pause.until is None for pause in self.pauses)


Clocks = Mapping[str, CaseClock]
"""The clocks of a case by name; the functions below return a changed copy."""


def from_json(value: Mapping[str, Any]) -> Clocks:
    """The clocks of a case from the JSON in its events.

    Raises:
        CaseError: the value is malformed.
    """
    try:
        return msgspec.convert(value, dict[str, CaseClock])
    except msgspec.ValidationError as error:
        raise CaseError(f"the clocks of this case cannot be read ({error}); verify its history") from None


def to_json(clocks: Clocks) -> dict[str, Any]:
    """The clocks of a case as JSON for its events, times in ISO 8601."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(clocks))
    return found


def start(clocks: Clocks, name: str, limit: Limit, at: datetime, *, anew: bool = False) -> Clocks:
    """Start a clock.

    A clock of that name that was started before keeps its start, its limits and its deadline, and runs on,
    unless `anew` is set. The time between its end and now counts, because the deadline stays.
    """
    known = clocks.get(name)
    if known is None or anew:
        return {**clocks, name: CaseClock(limit=limit, started_at=_utc(at))}
    return {**clocks, name: msgspec.structs.replace(known, ended_at=None)}


def end(clocks: Clocks, name: str, at: datetime) -> Clocks:
    """End a clock with all its pauses; an ended or unknown clock stays unchanged."""
    known = clocks.get(name)
    if known is None or known.ended_at is not None:
        return clocks
    moment = _not_before(known, at)
    pauses = tuple(_until(pause, moment) for pause in known.pauses)
    return {**clocks, name: msgspec.structs.replace(known, pauses=pauses, ended_at=moment)}


def pause(clocks: Clocks, name: str, at: datetime, *, cause: str) -> Clocks:
    """Pause a clock; once for each cause, and not after its end."""
    known = clocks.get(name)
    if known is None or known.ended_at is not None or _open(known, cause):
        return clocks
    added = Pause(cause=cause, start=_not_before(known, at))
    return {**clocks, name: msgspec.structs.replace(known, pauses=(*known.pauses, added))}


def resume(clocks: Clocks, name: str, at: datetime, *, cause: str) -> Clocks:
    """End the pause for one cause; the clock stays paused while another cause lasts."""
    known = clocks.get(name)
    if known is None or not _open(known, cause):
        return clocks
    moment = _not_before(known, at)
    pauses = tuple(_until(each, moment) if each.cause == cause else each for each in known.pauses)
    return {**clocks, name: msgspec.structs.replace(known, pauses=pauses)}


def pause_all(clocks: Clocks, at: datetime, *, cause: str) -> Clocks:
    """Pause all clocks, as a suspension does."""
    for name in clocks:
        clocks = pause(clocks, name, at, cause=cause)
    return clocks


def resume_all(clocks: Clocks, at: datetime, *, cause: str) -> Clocks:
    """End the pauses for one cause on all clocks."""
    for name in clocks:
        clocks = resume(clocks, name, at, cause=cause)
    return clocks


def extend(clocks: Clocks, name: str, limit: Limit | None = None) -> Clocks:
    """Give a clock a further limit (a deferral); if none is given, its own limit once more.

    The deadline moves by that limit, on that limit's clock; a warning is due again.

    Raises:
        CaseError: there is no such clock, or it has ended.
    """
    known = clocks.get(name)
    if known is None or known.ended_at is not None:
        raise CaseError(f"clock {name!r} is not running, so it cannot get more time")
    extra = (*known.extra, limit or known.limit)
    longer = msgspec.structs.replace(known, extra=extra, warned_at=None, ran_out_at=None)
    return {**clocks, name: longer}


def mark(
    clocks: Clocks, name: str, *, warned_at: datetime | None = None, ran_out_at: datetime | None = None
) -> Clocks:
    """Record that a warning was given, or that the deadline has passed.

    Raises:
        CaseError: there is no such clock.
    """
    known = clocks.get(name)
    if known is None:
        raise CaseError(f"this case has no clock {name!r}")
    marked = msgspec.structs.replace(
        known,
        warned_at=_utc(warned_at) if warned_at else known.warned_at,
        ran_out_at=_utc(ran_out_at) if ran_out_at else known.ran_out_at,
    )
    return {**clocks, name: marked}


def deadline(clock: CaseClock, calendar: OfficeCalendar) -> datetime | None:
    """When a clock's time runs out, in UTC; None if a pause that still lasts begins before.

    Raises:
        PolicyError: the offices never work that much.
        ValueError: the start has no time zone.
    """
    moment: datetime | None = _utc(clock.started_at)
    for limit in (clock.limit, *clock.extra):
        if moment is None:
            return None
        moment = _after(moment, _budget(limit, calendar), limit, clock, calendar)
    return moment


def warning(clock: CaseClock, calendar: OfficeCalendar, *, share: float) -> datetime | None:
    """When a share (0 to 1) of the newest limit has passed; None if a pause that still lasts begins before.

    Raises:
        PolicyError: the offices never work that much.
    """
    newest = clock.extra[-1] if clock.extra else clock.limit
    before = msgspec.structs.replace(clock, extra=clock.extra[:-1])
    begin = deadline(before, calendar) if clock.extra else clock.started_at
    if begin is None:
        return None
    return _after(begin, _budget(newest, calendar) * share, newest, clock, calendar)


def remaining(clock: CaseClock, calendar: OfficeCalendar, at: datetime) -> timedelta:
    """How much time a clock has left: office time on office clocks; negative after the deadline.

    Raises:
        PolicyError: the offices never work that much.
    """
    until = min(_utc(at), clock.ended_at) if clock.ended_at is not None else _utc(at)
    begin: datetime | None = clock.started_at
    left, newest = _NOTHING, clock.limit
    for newest in (clock.limit, *clock.extra):
        budget = _budget(newest, calendar)
        if begin is None or begin >= until:
            left += budget
            continue
        left += max(_NOTHING, budget - _counted(begin, until, newest, clock, calendar))
        begin = _after(begin, budget, newest, clock, calendar)
    if left or begin is None:
        return left
    return -_counted(begin, until, newest, clock, calendar)


def first_deadline(clocks: Clocks, calendar: OfficeCalendar) -> datetime | None:
    """The earliest deadline of clocks that have not ended; None if all are paused."""
    found = (deadline(clock, calendar) for clock in clocks.values() if clock.ended_at is None)
    return min((moment for moment in found if moment is not None), default=None)


def _budget(limit: Limit, calendar: OfficeCalendar) -> timedelta:
    match limit.clock:
        case Clock.CALENDAR_DAY:
            return timedelta(days=limit.amount)
        case Clock.WORKING_DAY:
            return calendar.day * limit.amount
        case Clock.URGENT_HOUR | Clock.WORKING_HOUR:
            return timedelta(hours=limit.amount)


def _after(
    begin: datetime, budget: timedelta, limit: Limit, clock: CaseClock, calendar: OfficeCalendar
) -> datetime | None:
    """The time at which a limit's budget has passed since `begin`; None if it never does."""
    left = budget
    for start_of_span, end_of_span in _counting(begin, limit, clock, calendar):
        if end_of_span - start_of_span >= left:
            return start_of_span + left
        left -= end_of_span - start_of_span
    if any(each.until is None for each in clock.pauses):
        return None
    raise PolicyError(f"a limit of {limit.amount:g} {limit.clock}s lies beyond {LONGEST_DAYS} days")


def _counted(
    begin: datetime, until: datetime, limit: Limit, clock: CaseClock, calendar: OfficeCalendar
) -> timedelta:
    """The part of a limit's time that passed between two times."""
    passed = _NOTHING
    for start_of_span, end_of_span in _counting(begin, limit, clock, calendar):
        if start_of_span >= until:
            break
        passed += min(end_of_span, until) - start_of_span
    return passed


def _counting(
    begin: datetime, limit: Limit, clock: CaseClock, calendar: OfficeCalendar
) -> Iterator[tuple[datetime, datetime]]:
    """The periods that count for a limit, from a time on: its clock's time without the pauses."""
    office = limit.clock in {Clock.WORKING_HOUR, Clock.WORKING_DAY}
    spans = calendar.spans(begin) if office else iter([(begin, begin + timedelta(days=LONGEST_DAYS))])
    pauses = sorted((each.start, each.until or _FOREVER) for each in clock.pauses)
    stops = min((each.start for each in clock.pauses if each.until is None), default=_FOREVER)
    for start_of_span, end_of_span in spans:
        if start_of_span >= stops:
            return
        position = start_of_span
        for paused_from, paused_until in pauses:
            if paused_from > position:
                yield position, min(paused_from, end_of_span)
            position = max(position, paused_until)
            if position >= end_of_span:
                break
        if position < end_of_span:
            yield position, end_of_span


def _not_before(clock: CaseClock, at: datetime) -> datetime:
    """The given time, or the latest time that the clock has recorded, if that is later."""
    recorded = (each.until or each.start for each in clock.pauses)
    return max(_utc(at), clock.started_at, *recorded)


def _open(clock: CaseClock, cause: str) -> bool:
    return any(each.cause == cause and each.until is None for each in clock.pauses)


def _until(pause: Pause, moment: datetime) -> Pause:
    return pause if pause.until is not None else msgspec.structs.replace(pause, until=moment)


def _utc(moment: datetime) -> datetime:
    """In UTC, because arithmetic on local times ignores changes of the clock."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give one")
    return moment.astimezone(UTC)
