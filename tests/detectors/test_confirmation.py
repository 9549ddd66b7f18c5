from __future__ import annotations

import numpy as np
import pytest

from detectors.confirmation import Change, Confirmation, ConfirmationSettings
from detectors.observations import Observation, Observations, Verdict, columns

_SETTINGS = ConfirmationSettings(begin_looks=3, begin_s=4, end_looks=3, end_s=4, patience_s=30)


def _row(verdict: Verdict, at_s: float, place: str, number: int) -> Observation:
    return Observation(
        place=place,
        object_number=number,
        verdict=verdict,
        confidence=0.9,
        box_px=(0, 0, 1, 1),
        since_s=at_s,
        cues={},
    )


def _look(verdict: Verdict, at_s: float, place: str = "c", number: int = 0) -> Observations:
    return columns(at_s, [_row(verdict, at_s, place, number)])


def _run(words: str, *, gap_s: float = 2.0, number: int = 0) -> list[tuple[str, float]]:
    """Take looks written as letters, m missing, d displaced, o ok, u unknown, - no look."""
    confirmation = Confirmation(frozenset({Verdict.MISSING, Verdict.DISPLACED}), _SETTINGS)
    meaning = {"m": Verdict.MISSING, "d": Verdict.DISPLACED, "o": Verdict.OK, "u": Verdict.UNKNOWN}
    changes: list[Change] = []
    for index, letter in enumerate(words):
        if letter in meaning:
            changes += confirmation.observe(_look(meaning[letter], index * gap_s, number=number))
    return [(change.phase, change.at_s) for change in changes]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ommmmm", [("begun", 6.0)]),
        ("ommommommo", []),
        ("mmmooommm", [("begun", 4.0), ("ended", 10.0), ("begun", 16.0)]),
        ("mmmoomoomoo", [("begun", 4.0)]),
        ("mumum", [("begun", 8.0)]),  # a look that cannot see does not break a run
        ("mmmuuuuuuuuuuuuuuuuu", [("begun", 4.0)]),  # nor does it end an incident
        ("mmm" + "d" * 9, [("begun", 4.0)]),  # another alarm is the same incident
        ("omdm", [("begun", 6.0)]),  # two alarms are one run
        ("mm" + "-" * 20 + "m", []),  # silence parts two runs
    ],
)
def test_an_incident_begins_and_ends_by_runs_of_equal_words(
    words: str, expected: list[tuple[str, float]]
) -> None:
    assert _run(words) == expected


@pytest.mark.parametrize(
    ("words", "alarm"),
    [("ommdm", Verdict.MISSING), ("oddmd", Verdict.DISPLACED), ("omddd", Verdict.DISPLACED)],
)
def test_an_incident_has_the_name_that_most_looks_gave(words: str, alarm: Verdict) -> None:
    confirmation = Confirmation(
        frozenset({Verdict.MISSING, Verdict.DISPLACED}), ConfirmationSettings(begin_looks=4, begin_s=6)
    )
    meaning = {"m": Verdict.MISSING, "d": Verdict.DISPLACED, "o": Verdict.OK}
    changes = [
        change
        for index, letter in enumerate(words)
        for change in confirmation.observe(_look(meaning[letter], index * 2.0))
    ]
    assert [change.alarm for change in changes] == [alarm]


def test_looks_that_follow_too_fast_must_still_span_the_time() -> None:
    assert _run("m" * 6, gap_s=0.5) == []
    assert _run("m" * 9, gap_s=0.5) == [("begun", 4.0)]


def test_a_thing_that_has_gone_is_forgotten() -> None:
    assert _run("mmmooo" * 2, number=7) == [
        ("begun", 4.0),
        ("ended", 10.0),
        ("begun", 16.0),
        ("ended", 22.0),
    ]


def test_places_are_told_apart() -> None:
    confirmation = Confirmation(frozenset({Verdict.MISSING}), _SETTINGS)
    begun = []
    for at_s in (0.0, 2.0, 4.0, 6.0):
        rows = [_row(Verdict.MISSING, at_s, "a", 0), _row(Verdict.OK, at_s, "b", 0)]
        begun += confirmation.observe(columns(at_s, rows))
    assert [change.observation.place for change in begun] == ["a"]
    assert dict(confirmation.open) == {("a", 0): Verdict.MISSING}


def test_columns_and_rows_are_two_sides_of_the_same() -> None:
    rows = [_row(Verdict.OK, 1.0, "a", 0), _row(Verdict.OCCUPIED, 1.0, "b", 3)]
    table = columns(1.0, rows)
    assert len(table) == 2
    assert table.box_px.shape == (2, 4)
    assert table.verdict.dtype == np.int8
    assert [(row.place, row.object_number, row.verdict) for row in table.rows()] == [
        ("a", 0, Verdict.OK),
        ("b", 3, Verdict.OCCUPIED),
    ]
    assert len(columns(1.0, [])) == 0
