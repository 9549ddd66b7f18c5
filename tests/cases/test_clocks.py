"""Deadlines: urgent time runs round the clock, office time over weekends, holidays and make-up days.

`test_clocks_by_the_minute.py` counts the same again, minute by minute.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases import CaseError, PolicyError, clocks
from cases.clocks import CaseClock, Clock, Clocks, Limit, deadline, first_deadline, remaining, warning
from cases.office import OfficeCalendar

CITY = ZoneInfo("Asia/Shanghai")
OFFICE = OfficeCalendar(zone=CITY)  # Monday to Friday, 8 to 12 and 14 to 18
NATIONAL_DAY = OfficeCalendar(
    zone=CITY,
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),  # Thursday to Wednesday
    make_up_days=frozenset({date(2026, 10, 10)}),  # a Saturday
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def due(start: datetime, limit: Limit, calendar: OfficeCalendar) -> datetime:
    found = deadline(CaseClock(limit=limit, started_at=start), calendar)
    assert found is not None
    return found


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
    assert due(at(start), limit, OFFICE) == at(end)


def test_a_holiday_does_not_count_and_a_make_up_day_does() -> None:
    assert due(at("2026-09-30 17:00"), hours(2), NATIONAL_DAY) == at("2026-10-08 09:00")
    assert due(at("2026-10-09 17:00"), hours(2), NATIONAL_DAY) == at("2026-10-10 09:00")
    assert due(at("2026-10-09 17:00"), hours(2), OFFICE) == at("2026-10-12 09:00")
    assert NATIONAL_DAY.works_on(date(2026, 10, 10))
    assert not NATIONAL_DAY.works_on(date(2026, 10, 11))


def test_a_make_up_day_counts_even_if_it_is_listed_as_a_holiday_too() -> None:
    day = date(2026, 10, 10)
    calendar = OfficeCalendar(zone=CITY, holidays=frozenset({day}), make_up_days=frozenset({day}))
    assert calendar.works_on(day)


def test_the_citys_own_days_decide_wherever_the_clock_hangs() -> None:
    evening_in_utc = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday 7:30 in the city
    end = due(evening_in_utc, hours(1), OFFICE)
    assert end == at("2026-11-23 09:00")
    assert end.tzinfo is UTC


def test_an_hour_that_the_clock_skips_is_no_office_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = OfficeCalendar(zone=berlin, hours=((time(0), time(6)),), weekdays=frozenset(range(7)))
    start = datetime(2026, 3, 29, 0, 0, tzinfo=berlin)  # at 2:00 the clock goes to 3:00
    assert due(start, hours(5), night) == datetime(2026, 3, 29, 6, 0, tzinfo=berlin)
    assert due(start, hours(6), night) == datetime(2026, 3, 30, 1, 0, tzinfo=berlin)


def test_more_time_never_ends_earlier() -> None:
    for clock in Clock:
        ends = [
            due(at("2026-09-30 17:00"), Limit(amount=step / 8, clock=clock), OFFICE) for step in range(1, 80)
        ]
        assert ends == sorted(set(ends))


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
        due(at("2026-11-24 09:00"), days(9000), OFFICE)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due(datetime(2026, 11, 24, 9), hours(1), OFFICE)  # noqa: DTZ001 that is the point


URGENT = Limit(amount=2, clock=Clock.URGENT_HOUR)


def running(limit: Limit = URGENT, *, since: str = "2026-11-24 09:00", name: str = "handle") -> Clocks:
    return clocks.start({}, name, limit, at(since))


def of_handling(state: Clocks) -> datetime | None:
    return deadline(state["handle"], OFFICE)


def test_handling_that_is_returned_or_reworked_keeps_its_deadline() -> None:
    handled = clocks.end(running(), "handle", at("2026-11-24 10:00"))
    again = clocks.start(handled, "handle", hours(99), at("2026-11-24 15:00"))
    assert of_handling(again) == at("2026-11-24 11:00")
    assert again["handle"].ended_at is None
    anew = clocks.start(handled, "handle", URGENT, at("2026-11-24 15:00"), anew=True)
    assert of_handling(anew) == at("2026-11-24 17:00")


def test_a_pause_moves_the_deadline_and_while_it_lasts_there_is_none() -> None:
    paused = clocks.pause(running(), "handle", at("2026-11-24 10:00"), cause="suspended")
    assert of_handling(paused) is None
    assert paused["handle"].paused
    assert remaining(paused["handle"], OFFICE, at("2026-12-24 10:00")) == timedelta(hours=1)
    resumed = clocks.resume(paused, "handle", at("2026-11-26 10:00"), cause="suspended")
    assert of_handling(resumed) == at("2026-11-26 11:00")
    assert not resumed["handle"].paused


def test_two_causes_of_a_pause_both_have_to_end() -> None:
    state = clocks.pause(running(), "handle", at("2026-11-24 09:30"), cause="check")
    state = clocks.pause(state, "handle", at("2026-11-24 10:00"), cause="suspended")
    state = clocks.pause(state, "handle", at("2026-11-24 10:10"), cause="suspended")  # said twice
    state = clocks.resume(state, "handle", at("2026-11-24 10:30"), cause="check")
    assert of_handling(state) is None
    state = clocks.resume(state, "handle", at("2026-11-24 11:30"), cause="suspended")
    assert of_handling(state) == at("2026-11-24 13:00")


def test_a_suspension_stops_every_clock_and_each_goes_on_with_what_it_had() -> None:
    state = clocks.start(
        running(), "dispatch", Limit(amount=1, clock=Clock.WORKING_HOUR), at("2026-11-24 09:00")
    )
    state = clocks.end(
        clocks.start(state, "accept", URGENT, at("2026-11-24 08:00")), "accept", at("2026-11-24 09:00")
    )
    state = clocks.pause_all(state, at("2026-11-24 09:30"), cause="suspended")
    assert first_deadline(state, OFFICE) is None
    state = clocks.resume_all(state, at("2026-11-24 17:45"), cause="suspended")
    assert deadline(state["dispatch"], OFFICE) == at("2026-11-25 08:15")
    assert of_handling(state) == at("2026-11-24 19:15") == first_deadline(state, OFFICE)
    assert not state["accept"].pauses


def test_a_pause_after_the_deadline_leaves_the_deadline() -> None:
    late = clocks.pause(running(), "handle", at("2026-11-24 12:00"), cause="suspended")
    assert of_handling(late) == at("2026-11-24 11:00")


def test_a_deferral_adds_the_limit_to_the_present_deadline() -> None:
    state = running(days(1), since="2026-11-27 15:00")  # a Friday
    assert of_handling(state) == at("2026-11-30 15:00")
    state = clocks.mark(state, "handle", warned_at=at("2026-11-30 14:00"))
    state = clocks.extend(state, "handle")
    assert of_handling(state) == at("2026-12-01 15:00")
    assert state["handle"].warned_at is None, "a warning is due again"
    assert of_handling(clocks.extend(state, "handle", URGENT)) == at("2026-12-01 17:00")
    for refused in ({}, clocks.end(state, "handle", at("2026-11-30 15:00"))):
        with pytest.raises(CaseError, match="clock 'handle' is not running"):
            clocks.extend(refused, "handle")


def test_a_warning_comes_when_a_share_of_the_newest_limit_has_passed() -> None:
    state = running()
    assert warning(state["handle"], OFFICE, share=0.75) == at("2026-11-24 10:30")
    state = clocks.extend(state, "handle")
    assert warning(state["handle"], OFFICE, share=0.75) == at("2026-11-24 12:30")
    state = clocks.pause(state, "handle", at("2026-11-24 12:00"), cause="task")
    assert warning(state["handle"], OFFICE, share=0.75) is None


def test_what_is_left_is_office_time_and_then_what_is_overdue() -> None:
    clock = running(hours(2), since="2026-11-27 17:30")["handle"]
    assert remaining(clock, OFFICE, at("2026-11-28 12:00")) == timedelta(hours=1.5)
    assert remaining(clock, OFFICE, at("2026-11-30 09:30")) == timedelta()
    assert remaining(clock, OFFICE, at("2026-11-30 15:00")) == -timedelta(hours=3.5)
    ended = clocks.end({"handle": clock}, "handle", at("2026-11-30 09:00"))["handle"]
    assert remaining(ended, OFFICE, at("2026-12-30 09:00")) == timedelta(hours=0.5)


def test_a_machines_clock_that_was_set_back_makes_no_time() -> None:
    state = clocks.pause(running(), "handle", at("2026-11-24 10:00"), cause="task")
    state = clocks.resume(state, "handle", at("2026-11-24 08:00"), cause="task")
    assert of_handling(state) == at("2026-11-24 11:00")
    state = clocks.end(state, "handle", at("2026-11-23 10:00"))
    assert state["handle"].ended_at == at("2026-11-24 10:00")


def test_the_end_ends_the_pauses_too() -> None:
    state = clocks.end(
        clocks.pause(running(), "handle", at("2026-11-24 10:00"), cause="task"),
        "handle",
        at("2026-11-24 10:30"),
    )
    assert not state["handle"].paused
    assert clocks.end(state, "handle", at("2026-11-24 12:00")) == state
    assert clocks.pause(state, "handle", at("2026-11-24 12:00"), cause="task") == state


def test_clocks_survive_being_kept_as_json() -> None:
    state = clocks.extend(running(), "handle", days(1))
    state = clocks.pause(state, "handle", at("2026-11-24 10:00"), cause="task")
    state = clocks.mark(state, "handle", ran_out_at=at("2026-11-24 12:00"))
    kept = clocks.to_json(state)
    assert kept == {
        "handle": {
            "limit": {"amount": 2, "clock": "urgent_hour"},
            "started_at": "2026-11-24T01:00:00Z",
            "extra": [{"amount": 1, "clock": "working_day"}],
            "pauses": [{"cause": "task", "from": "2026-11-24T02:00:00Z"}],
            "ran_out_at": "2026-11-24T04:00:00Z",
        }
    }
    assert clocks.from_json(kept) == state
    with pytest.raises(CaseError, match="cannot be read"):
        clocks.from_json({"handle": {"limit": 2}})


def test_what_a_case_has_no_clock_for_changes_nothing() -> None:
    assert clocks.end({}, "handle", at("2026-11-24 10:00")) == {}
    assert clocks.pause({}, "handle", at("2026-11-24 10:00"), cause="task") == {}
    assert clocks.resume(running(), "handle", at("2026-11-24 10:00"), cause="task") == running()
    with pytest.raises(CaseError, match="has no clock"):
        clocks.mark({}, "handle", ran_out_at=at("2026-11-24 10:00"))
