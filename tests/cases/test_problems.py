"""When two reports are the same problem, and how often that is wrong."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Candidate, PolicyError, ProblemClass, ProblemClasses, Sight, lock_keys, same_problem
from cases.problems import MAX_EXPOSURE_KM2_H

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
SHAFT = ProblemClass(
    name="open_shaft",
    types=frozenset({"cover_missing", "cover_displaced"}),
    within_m=15,
    within=timedelta(minutes=60),
)
SENSOR = Sight(component=None, camera=None, zone=None)
CAMERA = Sight(component=None, camera="c1", zone="z1")


def case(number: int = 1, sight: Sight = SENSOR, *, away_m: float = 0, minutes: float = 0) -> Candidate:
    heard_at = NOON - timedelta(minutes=minutes)
    return Candidate(case_id=UUID(int=number), sight=sight, away_m=away_m, heard_at=heard_at)


def why(sight: Sight, *candidates: Candidate) -> Any:
    match = same_problem(sight, seen_at=NOON, problem=SHAFT, candidates=candidates)
    return None if match is None else (match.case_id.int, match.reason["same"])


COMPONENT = Sight(component="3505820102000001", camera="c1", zone="z1")
OTHER_COMPONENT = Sight(component="3505820102000002", camera="c1", zone="z1")


@pytest.mark.parametrize(
    ("sight", "candidate", "found"),
    [
        (COMPONENT, case(sight=COMPONENT, away_m=900, minutes=9999), (1, "component")),
        (COMPONENT, case(sight=OTHER_COMPONENT), None),
        (CAMERA, case(sight=CAMERA, away_m=900, minutes=9999), (1, "zone")),
        (CAMERA, case(sight=COMPONENT), (1, "zone")),
        (CAMERA, case(sight=Sight(component=None, camera="c1", zone="z2")), None),
        (CAMERA, case(sight=Sight(component=None, camera="c2", zone="z1"), away_m=14), (1, "near")),
        (CAMERA, case(sight=Sight(component=None, camera="c2", zone="z1"), away_m=16), None),
        (SENSOR, case(away_m=15, minutes=60), (1, "near")),
        (SENSOR, case(away_m=15, minutes=61), None),
        (SENSOR, case(away_m=3, minutes=-61), None),
        (COMPONENT, case(away_m=3), (1, "near")),
    ],
)
def test_what_is_the_same_problem(sight: Sight, candidate: Candidate, found: Any) -> None:
    assert why(sight, candidate) == found


def test_of_several_the_surest_then_the_nearest_counts() -> None:
    assert why(COMPONENT, case(1, away_m=1), case(2, COMPONENT, away_m=9)) == (2, "component")
    assert why(SENSOR, case(1, away_m=5), case(2, away_m=4)) == (2, "near")
    assert why(CAMERA, case(1, CAMERA, minutes=9), case(2, CAMERA, minutes=3)) == (2, "zone")


def test_the_reason_is_told_in_numbers() -> None:
    match = same_problem(SENSOR, seen_at=NOON, problem=SHAFT, candidates=[case(away_m=7.26, minutes=2)])
    assert match is not None
    assert match.reason == {"same": "near", "problem_class": "open_shaft", "away_m": 7.3, "apart_s": 120}


@given(
    lat=st.floats(-89, 89),
    lon=st.floats(-180, 180),
    bearing=st.floats(0, 2 * math.pi),
    away_m=st.floats(0, 15),
)
def test_two_reports_within_reach_share_a_lock(lat: float, lon: float, bearing: float, away_m: float) -> None:
    degrees = away_m / 111_320
    other_lat = lat + degrees * math.cos(bearing)
    other_lon = lon + degrees * math.sin(bearing) / math.cos(math.radians(lat))
    other_lon = (other_lon + 180) % 360 - 180
    here = lock_keys(SENSOR, lon=lon, lat=lat, problem=SHAFT)
    there = lock_keys(SENSOR, lon=other_lon, lat=other_lat, problem=SHAFT)
    assert set(here) & set(there)
    assert here == sorted(here)


def test_a_reach_that_would_join_too_much_is_refused() -> None:
    wide = ProblemClass(name="wide", types=frozenset({"x"}), within_m=100, within=timedelta(hours=4))
    with pytest.raises(PolicyError, match=r"problem.wide: 100 m for 240 minutes is 0.126 km²·h"):
        ProblemClasses.of([wide])


def test_a_type_in_two_classes_is_refused() -> None:
    other = ProblemClass(name="hole", types=frozenset({"cover_missing"}))
    with pytest.raises(PolicyError, match="'cover_missing' belongs to open_shaft already"):
        ProblemClasses.of([SHAFT, other])


def test_a_type_in_no_class_is_one_of_its_own() -> None:
    alone = ProblemClasses.of([SHAFT]).of_type("speeding")
    assert (alone.name, alone.within_m, alone.known_as) == ("speeding", 0, ("speeding",))
    assert SHAFT.known_as == ("open_shaft", "cover_displaced", "cover_missing")


def test_wrong_joins_stay_below_their_bound() -> None:
    """Problems that begin at random in a square kilometre, one an hour: a reach at the limit, 3000 hours."""
    problem = ProblemClass(name="p", types=frozenset({"p"}), within_m=70, within=timedelta(hours=1.29))
    ProblemClasses.of([problem])
    assert MAX_EXPOSURE_KM2_H * 0.99 < problem.exposure_km2_h <= MAX_EXPOSURE_KM2_H
    dice = random.Random(13)
    cases: list[tuple[float, float, float, int]] = []
    hour, wrong, reports = 0.0, 0, 0
    while hour < 3000:
        hour += dice.expovariate(1)
        x, y = dice.uniform(0, 1000), dice.uniform(0, 1000)
        open_cases = [
            Candidate(
                case_id=UUID(int=number),
                sight=SENSOR,
                away_m=math.hypot(x - case_x, y - case_y),
                heard_at=NOON + timedelta(hours=began),
            )
            for case_x, case_y, began, number in cases[-20:]
        ]
        reports += 1
        match = same_problem(
            SENSOR, seen_at=NOON + timedelta(hours=hour), problem=problem, candidates=open_cases
        )
        wrong += match is not None
        cases.append((x, y, hour, reports))
    assert 0 < wrong / reports < MAX_EXPOSURE_KM2_H * 1.3  # three standard deviations above the bound
