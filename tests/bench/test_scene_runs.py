"""Scenes run in parallel, and each report has its confidence."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bench import covers, stalls
from bench.scene_runs import median, run_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled:
    number: int


def doubled(number: int) -> Doubled:
    return Doubled(number=2 * number)


def test_outcomes_come_in_the_order_of_the_cases_and_are_printed(capfd: pytest.CaptureFixture[str]) -> None:
    done = run_all(doubled, [3, 1, 2], workers=2, quiet=False)
    assert [one.number for one in done] == [6, 2, 4]
    assert [json.loads(line) for line in capfd.readouterr().out.splitlines()] == [
        {"number": number} for number in (6, 2, 4)
    ]


def test_a_median_is_one_of_the_values() -> None:
    assert median([3.0, 1.0, 2.0, 9.0]) == 3.0
    assert median([]) is None


def test_a_cover_that_was_told_missing_has_its_confidence_and_is_right() -> None:
    one = covers.run((6, "clear", 90, "missing"))
    ((confidence, right),) = one.told
    assert right
    assert 0.5 < confidence <= 1
    assert one.delay_s is not None
    assert one.false == 0


def test_a_thing_that_was_told_has_its_confidence_and_is_right() -> None:
    one = stalls.run((12, "clear", "left"))
    ((confidence, right),) = one.told
    assert right == one.found
    assert right
    assert 0 < confidence <= 1
