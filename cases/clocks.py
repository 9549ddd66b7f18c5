"""Deadlines: how much time on which clock.

An *urgent working hour* runs round the clock, as does a *calendar day*. A *working hour* counts office time
only, and a *working day* is as much of it as one day's office hours hold: a case opened on Friday at 17:30
with a limit of 2 working hours is due on Monday at 9:30.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from cases.errors import PolicyError

_LONGEST_DAYS = 3660


class Clock(StrEnum):
    """What the hours of a limit count."""

    URGENT_HOUR = "urgent_hour"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So much on that clock, such as 2 urgent hours."""

    amount: float
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeCalendar:
    """When the offices work.

    Attributes:
        zone: the city's time zone.
        hours: from and to within a day, in order, not overlapping.
        weekdays: 0 for Monday to 6 for Sunday.
        holidays: days off on which the offices would work otherwise.
        make_up_days: working days on which they would not (调休).
    """

    zone: tzinfo
    hours: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14), time(18)))
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        bounds = [bound for span in self.hours for bound in span]
        if not bounds or any(late <= early for early, late in pairwise(bounds)):
            raise PolicyError(
                "office hours must be spans in order of the day, such as 08:00-12:00 and 14:00-18:00"
            )
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise PolicyError("the offices must work on some day of the week, Monday to Sunday")

    def works_on(self, day: date) -> bool:
        """Whether the offices work on a day."""
        return day in self.make_up_days or (day.weekday() in self.weekdays and day not in self.holidays)

    @property
    def day(self) -> timedelta:
        """Office time in one working day."""
        nothing = timedelta()
        return sum((_since_midnight(end) - _since_midnight(start) for start, end in self.hours), nothing)

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Office time from a moment on, as spans."""
        first = start.astimezone(self.zone).date()
        for ahead in range(_LONGEST_DAYS):
            day = first + timedelta(days=ahead)
            if not self.works_on(day):
                continue
            for opens, shuts in self.hours:
                begin = datetime.combine(day, opens, self.zone)
                end = datetime.combine(day, shuts, self.zone)
                if end > start:
                    yield max(begin, start), end


def deadline(start: datetime, limit: Limit, calendar: OfficeCalendar) -> datetime:
    """When a limit that starts now runs out; in UTC.

    Raises:
        PolicyError: the offices never work that much.
        ValueError: `start` has no time zone.
    """
    if limit.clock is Clock.URGENT_HOUR:
        return _utc(start) + timedelta(hours=limit.amount)
    if limit.clock is Clock.CALENDAR_DAY:
        return _utc(start) + timedelta(days=limit.amount)
    unit = calendar.day if limit.clock is Clock.WORKING_DAY else timedelta(hours=1)
    left = unit * limit.amount
    for begin, end in calendar.spans(_utc(start)):
        span = _utc(end) - _utc(begin)
        if span >= left:
            return _utc(begin) + left
        left -= span
    raise PolicyError(f"a limit of {limit.amount} {limit.clock}s lies beyond {_LONGEST_DAYS} days")


def _utc(moment: datetime) -> datetime:
    """Arithmetic on local times ignores the clock's changes; on UTC it does not."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give a moment, not a clock's face")
    return moment.astimezone(UTC)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
