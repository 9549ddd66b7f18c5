"""Hours in which things may stand in a zone: by the wall's clock, and held to what happens in the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from detectors.errors import DetectorError
from detectors.hours import Hours
from detectors.look import Image, Look
from detectors.observations import Verdict
from detectors.watch import CameraWatch
from tests.detectors.street import HEIGHT, WIDTH, Street, box, moments, zone

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, place: ZoneInfo | timezone = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=place).timestamp()


@pytest.mark.parametrize(
    ("spans", "moment", "allowed"),
    [
        (["06:00-09:00"], "2026-11-24 05:59:59", False),
        (["06:00-09:00"], "2026-11-24 06:00:00", True),
        (["06:00-09:00"], "2026-11-24 08:59:59", True),
        (["06:00-09:00"], "2026-11-24 09:00:00", False),
        (["Mon-Fri 22:00-24:00"], "2026-11-27 23:59:59", True),  # a Friday
        (["Mon-Fri 22:00-24:00"], "2026-11-28 00:00:00", False),
        (["Mon-Fri 22:00-24:00"], "2026-11-28 22:30:00", False),
        (["Sat,Sun 20:00-02:00"], "2026-11-30 01:59:00", True),  # the night after Sunday
        (["Sat,Sun 20:00-02:00"], "2026-11-28 01:00:00", False),  # the night after Friday
        (["Sat,Sun 20:00-02:00"], "2026-11-30 20:30:00", False),
        (["Fri-Mon 10:00-11:00"], "2026-11-29 10:30:00", True),
        (["Fri-Mon 10:00-11:00"], "2026-11-25 10:30:00", False),
        (["06:00-09:00", "17:00-20:00"], "2026-11-24 18:00:00", True),
        (["06:00-09:00", "17:00-20:00"], "2026-11-24 12:00:00", False),
        (["00:00-24:00"], "2026-11-24 00:00:00", True),
    ],
)
def test_hours_hold_by_the_clock_on_the_wall(spans: list[str], moment: str, *, allowed: bool) -> None:
    assert Hours.parse(spans, SHANGHAI).allow(at(moment)) is allowed


def test_where_summer_time_begins_and_ends_the_wall_still_rules() -> None:
    hours = Hours.parse(["01:30-03:15"], BERLIN)
    longest = timedelta(hours=24)

    def minutes(day: str) -> int:
        begins = at(f"{day} 00:00", BERLIN)
        return sum(hours.allow(begins + 60 * minute) for minute in range(int(longest.total_seconds() / 60)))

    assert minutes("2026-03-28") == 105
    assert minutes("2026-03-29") == 45, "the hour from two to three is missing"
    assert minutes("2026-10-25") == 165, "the hour from two to three comes twice"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is not a span of hours"),
        ("6:00-9:00", "'6:00-9:00' is not a span of hours; write for example 06:00-09:00"),
        ("06:00–09:00", "is not a span of hours"),  # noqa: RUF001 a dash that a word processor has put there
        ("06:60-09:00", "is not a span of hours"),
        ("24:00-06:00", "from 00:00 to 24:00"),
        ("20:00-24:30", "from 00:00 to 24:00"),
        ("09:00-09:00", "from 00:00 to 24:00"),
        ("Mo-Fr 06:00-09:00", "'Mo-Fr' is not a day; the days are Mon, Tue"),
        ("Mon,,Tue 06:00-09:00", "'' is not a day"),
    ],
)
def test_what_is_no_span_is_quoted(text: str, said: str) -> None:
    with pytest.raises(DetectorError, match=said):
        Hours.parse([text], SHANGHAI)


Said = list[tuple[str, float, float]]
DWELL_S = 20.0


def watched(picture: Callable[[float], Image], seconds: float, begins: str, *, dated: bool = True) -> Said:
    """Phase, moment and beginning of what is told of a zone that is free until nine."""
    market = replace(zone(DWELL_S), allowed=Hours.parse(["06:00-09:00"], SHANGHAI))
    watch = CameraWatch(covers=[], zones=[market], frame_px=(WIDTH, HEIGHT))
    told: Said = []
    for at_s in moments(0, seconds, 1.0):
        taken_at = at(begins) + at_s if dated else None
        report = watch.look(Look.of(picture(at_s), at_s, taken_at))
        told += [
            (incident.change.phase, at_s, incident.change.since_s)
            for incident in report.incidents
        ]  # fmt: skip
    return told


def stands(from_s: float, to_s: float) -> Callable[[float], Image]:
    street = Street()
    return lambda at_s: street.picture(*([box(340, 200)] if from_s <= at_s < to_s else []))


def test_what_comes_and_goes_within_the_hours_is_nothing() -> None:
    assert watched(stands(40, 100), 150, "2026-11-24 07:00") == []


def test_what_still_stands_when_they_end_is_told_a_dwell_later() -> None:
    (begun, told_s, since_s), (ended, _, _) = watched(stands(40, 220), 260, "2026-11-24 08:58")
    assert (begun, ended) == ("begun", "ended")
    assert 120 + DWELL_S - 1 <= told_s <= 120 + DWELL_S + 4
    assert since_s == pytest.approx(120, abs=1.5)


def test_what_is_cleared_within_a_dwell_after_the_end_is_nothing() -> None:
    assert watched(stands(40, 130), 190, "2026-11-24 08:58") == []


def test_what_came_after_the_end_is_told_as_everywhere() -> None:
    ((begun, told_s, since_s),) = watched(stands(125, 400), 170, "2026-11-24 08:58")
    assert begun == "begun"
    assert 125 + DWELL_S <= told_s <= 125 + DWELL_S + 6
    assert since_s == pytest.approx(125, abs=1.5)


def test_hours_that_begin_end_no_incident() -> None:
    told = watched(stands(40, 150), 190, "2026-11-24 05:58")
    assert [phase for phase, _, _ in told] == ["begun", "ended"]
    assert told[0][1] < 120
    assert told[1][1] > 150


def test_without_a_date_no_hours_count() -> None:
    assert [phase for phase, _, _ in watched(stands(40, 400), 80, "2026-11-24 07:00", dated=False)] == [
        "begun"
    ]


def test_while_it_may_stand_there_the_word_is_allowed() -> None:
    picture = stands(40, 400)
    market = replace(zone(DWELL_S), allowed=Hours.parse(["06:00-09:00"], SHANGHAI))
    watch = CameraWatch(covers=[], zones=[market], frame_px=(WIDTH, HEIGHT))
    for at_s in moments(0, 80, 1.0):
        zones = watch.look(Look.of(picture(at_s), at_s, at("2026-11-24 07:00") + at_s)).zones
    assert zones is not None
    assert {row.verdict for row in zones.rows()} == {Verdict.ALLOWED}
