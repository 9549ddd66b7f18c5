from __future__ import annotations

import pytest

from bench.covers import cases, is_right
from bench.covers_calibration import curve
from detectors.cover.confidence import TABLES, confidence
from detectors.cover.cues import Cues
from detectors.observations import Verdict


def test_a_curve_rises_whatever_the_verdicts() -> None:
    points = [(place / 100, place % 10 < place // 10 or place == 55) for place in range(100)]
    bends, shares = curve(points)
    assert list(bends) == sorted(bends)
    assert list(shares) == sorted(shares)
    assert 0 < shares[0] < 0.3
    assert 0.7 < shares[-1] < 1


def test_verdicts_that_are_right_at_any_evidence_have_the_same_confidence_at_any() -> None:
    assert curve([(one / 50, True) for one in range(50)])[1] == pytest.approx([0.857], abs=0.03)


def test_missing_and_displaced_are_both_right_of_an_open_shaft() -> None:
    assert is_right("missing", "displaced")
    assert is_right("displaced", "missing")
    assert not is_right("missing", "obstructed")
    assert not is_right("displaced", "ok")
    assert is_right("changed", "obstructed")
    assert not is_right("changed", "ok")


def test_each_scene_has_a_seed_of_its_own() -> None:
    every = cases(7, 3)
    assert [seed for seed, *_ in every] == list(range(7, 7 + len(every)))


def test_more_evidence_never_makes_a_word_less_sure() -> None:
    for verdict, (evidence, shares) in TABLES.items():
        assert list(evidence) == sorted(evidence), verdict
        assert list(shares) == sorted(shares), verdict
    nothing = dict.fromkeys(Cues.__slots__, 0.0)
    weak, strong = (Cues(**{**nothing, "darkness_change": change}) for change in (-0.15, -0.6))
    assert confidence(Verdict.OBSTRUCTED, weak, 0.4) < confidence(Verdict.OBSTRUCTED, strong, 0.4)
    assert confidence(Verdict.UNKNOWN, strong, 0.4) == 0.0
