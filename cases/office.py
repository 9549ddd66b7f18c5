"""Office time: when the offices of a city work, across weekends, holidays and changes of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from cases.errors import PolicyError

LONGEST_DAYS: Final = 3660
"""Office time is searched this many days ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeCalendar:
    """When the offices work.

    Office time begins when the city's clock first shows an opening time, or skips it, and ends when the clock
    first shows the closing time, or skips it. An hour that the clock skips in spring is therefore not office
    time, and an hour that it repeats in autumn within office hours counts twice, because it is worked twice.

    Attributes:
        zone: the city's time zone.
        hours: from and to within a day, in order, not overlapping.
        weekdays: 0 for Monday to 6 for Sunday.
        holidays: days off that would be working days.
        make_up_days: working days that would be days off (调休).
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
        """Periods of office time from a time on, in UTC."""
        first = start.astimezone(self.zone).date()
        for ahead in range(LONGEST_DAYS):
            day = first + timedelta(days=ahead)
            if not self.works_on(day):
                continue
            for opens, shuts in self.hours:
                begin, end = _first_shown(day, opens, self.zone), _first_shown(day, shuts, self.zone)
                if end > start:
                    yield max(begin, start.astimezone(UTC)), end


def _first_shown(day: date, clock_time: time, zone: tzinfo) -> datetime:
    """The time (UTC) at which the clocks of a zone first show a time of day, or skip it."""
    local = datetime.combine(day, clock_time, zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # The clock skips this time: the skip lies between the times by the old and by the new offset.
    before, after = local.replace(fold=1).astimezone(UTC), moment
    while after - before > timedelta(microseconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
