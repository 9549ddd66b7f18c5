"""Deadlines: urgent time runs round the clock, office time over weekends, holidays and make-up days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import PolicyError
from cases.clocks import Clock, Limit, OfficeCalendar, deadline

CITY = ZoneInfo("Asia/Shanghai")
OFFICE = OfficeCalendar(zone=CITY)  # Monday to Friday, 8 to 12 and 14 to 18
NATIONAL_DAY = OfficeCalendar(
    zone=CITY,
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),  # Thursday to Wednesday
    make_up_days=frozenset({date(2026, 10, 10)}),  # a Saturday
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def hours(amount: float) -> Limit:
    return Limit(amount=amount, clock=Clock.WORKING_HOUR)


def days(amount: float) -> Limit:
    return Limit(amount=amount, clock=Clock.WORKING_DAY)


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        ("2026-11-24 09:00", hours(2), "2026-11-24 11:00"),
        ("2026-11-24 11:00", hours(2), "2026-11-24 15:00"),  # over the noon break
        ("2026-11-24 12:30", hours(2), "2026-11-24 16:00"),  # opened in the noon break
        ("2026-11-24 16:00", hours(2), "2026-11-24 18:00"),  # exactly to the evening
        ("2026-11-24 06:00", hours(2), "2026-11-24 10:00"),  # before the offices open
        ("2026-11-24 23:00", hours(2), "2026-11-25 10:00"),  # after they have shut
        ("2026-11-27 17:30", hours(2), "2026-11-30 09:30"),  # Friday evening to Monday
        ("2026-11-28 10:00", hours(2), "2026-11-30 10:00"),  # on a Saturday
        ("2026-11-24 09:00", days(1), "2026-11-25 09:00"),
        ("2026-11-27 15:00", days(1), "2026-11-30 15:00"),
        ("2026-11-27 15:00", days(3), "2026-12-02 15:00"),
        ("2026-11-24 08:00", days(0.5), "2026-11-24 12:00"),
        ("2026-11-28 10:00", Limit(amount=2, clock=Clock.URGENT_HOUR), "2026-11-28 12:00"),
        ("2026-11-28 23:00", Limit(amount=2, clock=Clock.URGENT_HOUR), "2026-11-29 01:00"),
        ("2026-11-27 15:00", Limit(amount=2, clock=Clock.CALENDAR_DAY), "2026-11-29 15:00"),
    ],
)
def test_when_a_limit_runs_out(start: str, limit: Limit, end: str) -> None:
    assert deadline(at(start), limit, OFFICE) == at(end)


def test_a_holiday_does_not_count_and_a_make_up_day_does() -> None:
    assert deadline(at("2026-09-30 17:00"), hours(2), NATIONAL_DAY) == at("2026-10-08 09:00")
    assert deadline(at("2026-10-09 17:00"), hours(2), NATIONAL_DAY) == at("2026-10-10 09:00")
    assert deadline(at("2026-10-09 17:00"), hours(2), OFFICE) == at("2026-10-12 09:00")
    assert NATIONAL_DAY.works_on(date(2026, 10, 10))
    assert not NATIONAL_DAY.works_on(date(2026, 10, 11))


def test_a_make_up_day_counts_even_if_it_is_listed_as_a_holiday_too() -> None:
    day = date(2026, 10, 10)
    calendar = OfficeCalendar(zone=CITY, holidays=frozenset({day}), make_up_days=frozenset({day}))
    assert calendar.works_on(day)


def test_the_citys_own_days_decide_wherever_the_clock_hangs() -> None:
    evening_in_utc = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday 7:30 in the city
    end = deadline(evening_in_utc, hours(1), OFFICE)
    assert end == at("2026-11-23 09:00")
    assert end.tzinfo is UTC


def test_an_hour_that_the_clock_skips_is_no_office_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = OfficeCalendar(zone=berlin, hours=((time(0), time(6)),), weekdays=frozenset(range(7)))
    start = datetime(2026, 3, 29, 0, 0, tzinfo=berlin)  # at 2:00 the clock goes to 3:00
    assert deadline(start, hours(5), night) == datetime(2026, 3, 29, 6, 0, tzinfo=berlin)
    assert deadline(start, hours(6), night) == datetime(2026, 3, 30, 1, 0, tzinfo=berlin)


starts = st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 1)).map(  # noqa: DTZ001 the zone is added
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=CITY)
)


@given(starts, st.integers(1, 40 * 60))
def test_the_office_time_until_the_deadline_is_the_limit(start: datetime, minutes: int) -> None:
    """Counted again minute by minute, on the clock's face, which this city never changes."""
    left, moment = minutes, start
    while left:
        working = NATIONAL_DAY.works_on(moment.date()) and any(
            opens <= moment.time() < shuts for opens, shuts in NATIONAL_DAY.hours
        )
        left -= working
        moment += timedelta(minutes=1)
    assert deadline(start, hours(minutes / 60), NATIONAL_DAY) - moment < timedelta(milliseconds=1)
    assert moment - deadline(start, hours(minutes / 60), NATIONAL_DAY) < timedelta(milliseconds=1)


@given(starts, st.floats(0.01, 100), st.floats(0.01, 100))
def test_more_time_never_ends_earlier(start: datetime, one: float, more: float) -> None:
    for clock in Clock:
        ends = [deadline(start, Limit(amount=amount, clock=clock), OFFICE) for amount in (one, one + more)]
        assert start < ends[0] <= ends[1]


@pytest.mark.parametrize(
    "hours",
    [
        (),
        ((time(12), time(8)),),
        ((time(8), time(12)), (time(11), time(18))),
        ((time(14), time(18)), (time(8), time(12))),
    ],
)
def test_office_hours_out_of_order_are_refused(hours: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(PolicyError, match="spans in order of the day"):
        OfficeCalendar(zone=CITY, hours=hours)


@pytest.mark.parametrize("weekdays", [frozenset[int](), frozenset({7})])
def test_offices_that_never_work_are_refused(weekdays: frozenset[int]) -> None:
    with pytest.raises(PolicyError, match="some day of the week"):
        OfficeCalendar(zone=CITY, weekdays=weekdays)


def test_a_limit_beyond_all_reason_is_refused() -> None:
    with pytest.raises(PolicyError, match="lies beyond"):
        deadline(at("2026-11-24 09:00"), days(9000), OFFICE)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        deadline(datetime(2026, 11, 24, 9), hours(1), OFFICE)  # noqa: DTZ001 that is the point
