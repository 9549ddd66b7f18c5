"""Doubtful fixes are flagged for what is wrong with them, and one bad fix costs one flag."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.fix_quality import LastFixes, flag_fixes
from ingest.fixes import columns
from ingest.settings import Limits
from store.quality import Quality
from wire.messages import Position

NOW = 1_795_000_000.0
LIMITS = Limits()
DEGREE_M = 111_320.0


def fix(age_s: float = 0.0, north_m: float = 0.0, **more: object) -> Position:
    values = {"time": NOW - age_s, "lat": 24.9 + north_m / DEGREE_M, "lon": 118.6, **more}
    return Position(**values)  # type: ignore[arg-type]


def flags(*batches: list[Position], last_fixes: LastFixes | None = None) -> list[int]:
    last_fixes = last_fixes or LastFixes()
    last_fixes.make_room(1)
    found: list[int] = []
    for batch in batches:
        fixes = columns(batch, range(len(batch)), [0] * len(batch))
        flag_fixes(fixes, last_fixes, now=NOW, limits=LIMITS)
        found += fixes.flags.tolist()
    return found


def test_flags_from_the_fix_itself() -> None:
    assert flags([fix()]) == [0]
    assert flags([fix(fix=False)]) == [Quality.NO_FIX]
    assert flags([fix(lat=0, lon=0)]) == [Quality.NULL_ISLAND]
    assert flags([fix(age_s=-61)]) == [Quality.FUTURE]
    assert flags([fix(age_s=-59)]) == [0]
    assert flags([fix(age_s=86_401)]) == [Quality.TOO_OLD]
    assert flags([fix(accuracy_m=201.0)]) == [Quality.POOR_ACCURACY]


def test_one_jump_costs_one_flag_within_a_batch_and_between_batches() -> None:
    path = [fix(40), fix(30, 200), fix(20, 50_000), fix(10, 400), fix(0, 600)]
    expected = [0, 0, Quality.IMPOSSIBLE_SPEED, 0, 0]
    assert flags(path) == expected
    assert flags(*([each] for each in path)) == expected
    assert flags(path[:3], path[3:]) == expected


def test_fixes_that_agree_with_each_other_overrule_a_wrong_first_one() -> None:
    path = [fix(100, 90_000), *(fix(90 - 10 * step, 100 * step) for step in range(6))]
    doubted = int(Quality.IMPOSSIBLE_SPEED)
    expected = [0, doubted, doubted, 0, 0, 0, 0]
    assert flags(path) == expected
    assert flags(*([each] for each in path)) == expected


def test_scatter_never_overrules_the_good_fix() -> None:
    path = [fix(100), *(fix(90 - step, 50_000 * (step + 1)) for step in range(8))]
    assert flags(path) == [0] + [int(Quality.IMPOSSIBLE_SPEED)] * 8


def test_a_late_fix_is_compared_both_ways_and_moves_nothing_back() -> None:
    last_fixes = LastFixes()
    assert flags([fix(0, 1000)], [fix(100, 0)], last_fixes=last_fixes) == [0, 0]
    assert last_fixes.good[0, 0] == NOW
    assert flags([fix(50, 90_000)], last_fixes=last_fixes) == [Quality.IMPOSSIBLE_SPEED]


def test_a_repeat_of_the_same_place_is_worth_a_note() -> None:
    assert flags([fix(20), fix(10)], [fix(0)]) == [0, Quality.SAME_PLACE, Quality.SAME_PLACE]


def test_doubtful_fixes_are_no_measure_for_others() -> None:
    assert flags([fix(20), fix(10, 90_000, fix=False), fix(0, 100)]) == [0, Quality.NO_FIX, 0]


def test_state_in_the_database_counts_after_a_restart() -> None:
    last_fixes = LastFixes()
    last_fixes.make_room(1)
    last_fixes.recall(0, time_s=NOW - 10, lat=24.9, lon=118.6)
    assert flags([fix(0, 50_000)], last_fixes=last_fixes) == [Quality.IMPOSSIBLE_SPEED]


steps = st.lists(st.tuples(st.floats(0.5, 60), st.sampled_from([0.0, 30.0, 900.0, 60_000.0])), max_size=25)


@given(steps, st.lists(st.integers(1, 6), max_size=12))
def test_the_flags_do_not_depend_on_how_the_fixes_are_batched(
    walk: list[tuple[float, float]], sizes: list[int]
) -> None:
    age = np.cumsum([0.0, *(step for step, _ in walk)])[::-1]
    path = [fix(float(seconds), metres) for seconds, (_, metres) in zip(age, [*walk, (0, 0.0)], strict=True)]
    ends = np.cumsum([0, *sizes, len(path)])
    batches = [path[start:end] for start, end in pairwise(ends.tolist()) if path[start:end]]
    assert flags(*batches) == flags(path)
