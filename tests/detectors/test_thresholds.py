from __future__ import annotations

from dataclasses import dataclass

import pytest

from detectors.thresholds import explained
from detectors.watch import WatchSettings


def test_every_threshold_has_a_unit_a_meaning_and_an_origin() -> None:
    told = {one.name: one for one in explained(WatchSettings())}
    assert all(one.threshold.unit and one.threshold.meaning and one.threshold.origin for one in told.values())
    assert told["left_object.sway_max"].value == 0.34
    assert told["cover_confirmation.begin_looks"].value == 6
    assert {name.partition(".")[0] for name in told} == {
        "cover", "left_object", "health", "day_night", "cover_confirmation", "zone_confirmation",
        "still_every_s", "recognition",
    }  # fmt: skip


def test_a_threshold_that_nobody_described_is_named() -> None:
    @dataclass(frozen=True)
    class Bare:
        limit: float = 1.0

    with pytest.raises(TypeError, match=r"limit has no Threshold"):
        list(explained(Bare(), prefix=""))
