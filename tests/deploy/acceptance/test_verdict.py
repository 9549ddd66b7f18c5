"""The acceptance test's comparison finds every fault of a case, and no fault in a correct one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.acceptance.truth import Happening
from deploy.acceptance.verdict import Case, Outcome, beyond, judge

STARTED = datetime(2026, 11, 24, 8, tzinfo=UTC)
COVER = Happening(
    camera="cam-01",
    type="cover_missing",
    component="3505820102000001",
    lat=24.8,
    lon=118.6,
    begins_s=75,
    ends_s=195,
)
STALL = Happening(
    camera="cam-02", type="stall", zone="pavement-1", lat=24.8, lon=118.6, begins_s=60, ends_s=220
)
CODES = {"stall": "0501", "cover_missing": "0114"}


def case(happening: Happening = COVER, **differs: Any) -> Case:
    known = {
        "number": "SW1",
        "type": happening.type,
        "code": "0102" if happening.component else "0501",
        "camera": happening.camera,
        "zone": happening.zone,
        "component": happening.component,
        "grid_cell": "350582001001001",
        "lat": happening.lat,
        "lon": happening.lon,
        "opened_at": STARTED + timedelta(seconds=happening.begins_s + 12),
        "restored_at": STARTED + timedelta(seconds=happening.ends_s + 9),
        "pictures": 2,
    }
    return Case(**{**known, **differs})


def outcomes(*cases: Case, seconds: float = 300) -> list[Outcome]:
    return judge([COVER, STALL], cases, started=STARTED, codes=CODES, seconds=seconds)


def test_correct_cases_have_no_fault() -> None:
    cover, stall = outcomes(case(COVER), case(STALL))
    assert cover.wrong == stall.wrong == []
    assert (cover.opened_after_s, cover.restored_after_s, cover.off_m) == (12.0, 9.0, 0.0)


def test_a_happening_without_a_case_is_missed() -> None:
    assert [outcome.wrong for outcome in outcomes(case(COVER))] == [[], ["no case"]]


@pytest.mark.parametrize(
    ("differs", "wrong"),
    [
        ({"code": "0114"}, "code 0114 is not 0102"),
        ({"lat": COVER.lat + 0.001}, "111 m off"),
        ({"pictures": 0}, "no picture"),
        ({"grid_cell": None}, "no grid cell"),
        ({"opened_at": STARTED + timedelta(seconds=COVER.begins_s - 5)}, "opened before it happened"),
        ({"restored_at": None}, "the restoration never reached the case"),
        ({"restored_at": STARTED + timedelta(seconds=COVER.ends_s - 5)}, "restored before it was put right"),
    ],
)
def test_what_is_wrong_is_said(differs: dict[str, Any], wrong: str) -> None:
    assert outcomes(case(COVER, **differs), case(STALL))[0].wrong == [wrong]


def test_very_recent_events_need_not_be_detected_yet() -> None:
    assert outcomes(seconds=100) == []
    (cover,) = outcomes(case(COVER, restored_at=None), seconds=100)
    assert cover.wrong == []


def test_a_case_of_which_nothing_happened_is_too_many() -> None:
    invented = case(STALL, camera="cam-04")
    assert beyond([COVER, STALL], [case(COVER), invented, case(STALL)]) == [invented]
