"""Clocks counted again minute by minute, in cities whose clocks change in the ways that clocks change.

The second implementation is slow and independent of the first: it walks the minutes of the world, looks at
the city's clock, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from cases import clocks
from cases.clocks import Clock, Clocks, Limit, deadline, remaining
from cases.office import OfficeCalendar

MINUTE: Final = timedelta(minutes=1)
LONGEST: Final = 60 * 24 * 40

CHANGES: Final = (
    ("Asia/Shanghai", date(2026, 10, 1)),  # no change; the National Day's week
    ("Europe/Berlin", date(2026, 3, 29)),  # 2:00 becomes 3:00
    ("Europe/Berlin", date(2026, 10, 25)),  # 3:00 becomes 2:00
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Beirut", date(2026, 3, 29)),  # the day begins at 1:00
    ("Asia/Beirut", date(2026, 10, 25)),  # midnight becomes 23:00 of the day before
    ("America/Sao_Paulo", date(2018, 11, 4)),  # the day begins at 1:00
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
)
HOURS: Final = (
    ((time(8), time(12)), (time(14), time(18))),
    ((time(0), time(6)),),
    ((time(0, 30), time(2, 10)), (time(2, 40), time(5))),
    ((time(2, 15), time(2, 45)), (time(22), time(23, 30))),
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What happened to a clock: at which minute after its start, `pause` or `resume`, for which cause."""

    minute: int
    what: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class History:
    calendar: OfficeCalendar
    start: datetime
    limits: tuple[Limit, ...]
    told: tuple[Told, ...]

    def clock(self) -> Clocks:
        state = clocks.start({}, "handle", self.limits[0], self.start)
        for told in self.told:
            change = clocks.pause if told.what == "pause" else clocks.resume
            state = change(state, "handle", self.start + told.minute * MINUTE, cause=told.cause)
        for more in self.limits[1:]:
            state = clocks.extend(state, "handle", more)
        return state

    def minutes(self) -> Iterator[tuple[datetime, bool, bool]]:
        """From the start on: when each minute begins, whether it is office time, whether it is paused."""
        latest_shown: dict[date, time] = {}
        causes: set[str] = set()
        for number in range(-2 * 24 * 60, LONGEST):
            moment = self.start + number * MINUTE
            local = moment.astimezone(self.calendar.zone)
            shown = max(local.time(), latest_shown.get(local.date(), time(0)))
            latest_shown[local.date()] = shown
            for told in self.told:
                if told.minute == number:
                    (causes.add if told.what == "pause" else causes.discard)(told.cause)
            if number >= 0:
                office = self.calendar.works_on(local.date()) and any(
                    opens <= shown < shuts for opens, shuts in self.calendar.hours
                )
                yield moment, office, bool(causes)

    def minutes_of(self, limit: Limit) -> int:
        worked = sum(
            (end.hour - begin.hour) * 60 + end.minute - begin.minute for begin, end in self.calendar.hours
        )
        unit = {
            Clock.URGENT_HOUR: 60,
            Clock.WORKING_HOUR: 60,
            Clock.CALENDAR_DAY: 24 * 60,
            Clock.WORKING_DAY: worked,
        }
        return round(limit.amount * unit[limit.clock])

    def slowly(self, at: datetime) -> tuple[datetime | None, int]:
        """The deadline, and how many minutes are left at a moment (negative after the deadline)."""
        waiting = [(limit, self.minutes_of(limit)) for limit in self.limits]
        left, due = sum(minutes for _, minutes in waiting), None
        last_told = max((told.minute for told in self.told), default=0)
        for moment, office, paused in self.minutes():
            if paused and moment - self.start > last_told * MINUTE:
                break
            if due is not None and moment >= at:
                break
            limit, minutes = waiting[0]
            if paused or (limit.clock in {Clock.WORKING_HOUR, Clock.WORKING_DAY} and not office):
                continue
            left -= moment < at
            if due is None:
                waiting[0] = (limit, minutes - 1)
                if minutes == 1 and len(waiting) > 1:
                    del waiting[0]
                elif minutes == 1:
                    due = moment + MINUTE
        return due, left


@st.composite
def histories(draw: st.DrawFn) -> History:
    zone, day = draw(st.sampled_from(CHANGES))
    near = st.dates(day - timedelta(days=4), day + timedelta(days=6))
    calendar = OfficeCalendar(
        zone=ZoneInfo(zone),
        hours=draw(st.sampled_from(HOURS)),
        weekdays=draw(st.sampled_from((frozenset(range(5)), frozenset(range(7))))),
        holidays=draw(st.frozensets(near, max_size=4)),
        make_up_days=draw(st.frozensets(near, max_size=2)),
    )
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + MINUTE * draw(
        st.integers(-3 * 24 * 60, 24 * 60)
    )
    limit = st.one_of(
        st.builds(
            lambda minutes, clock: Limit(amount=minutes / 60, clock=clock),
            st.integers(1, 400),
            st.sampled_from((Clock.URGENT_HOUR, Clock.WORKING_HOUR)),
        ),
        st.builds(Limit, amount=st.just(1.0), clock=st.sampled_from((Clock.WORKING_DAY, Clock.CALENDAR_DAY))),
    )
    told = st.builds(
        Told,
        minute=st.integers(0, 2 * 24 * 60),
        what=st.sampled_from(("pause", "resume")),
        cause=st.sampled_from(("suspended", "task")),
    )
    return History(
        calendar=calendar,
        start=start,
        limits=tuple(draw(st.lists(limit, min_size=1, max_size=3))),
        told=tuple(
            sorted(
                draw(st.lists(told, max_size=5, unique_by=lambda each: each.minute)), key=lambda t: t.minute
            )
        ),
    )


@settings(max_examples=120, deadline=None)
@given(histories(), st.integers(0, 4 * 24 * 60))
def test_deadline_and_time_left_are_what_counting_minutes_gives(history: History, later: int) -> None:
    clock, at = history.clock()["handle"], history.start + later * MINUTE
    due, left = history.slowly(at)
    found = deadline(clock, history.calendar)
    if due is None:
        assert found is None
    else:
        assert found is not None
        assert abs(found - due) < timedelta(milliseconds=1)
    assert abs(remaining(clock, history.calendar, at) - left * MINUTE) < timedelta(milliseconds=1)
