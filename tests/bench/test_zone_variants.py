"""Zones are moved, grown and shrunk within the picture, and keep everything else."""

from __future__ import annotations

import cv2
import pytest

from bench.zone_variants import AS_DRAWN, DWELLS_S, dwell_variants, zone_variants
from detectors.places import Purpose, Zone, polygon

ZONE = Zone(
    id="z",
    outline=polygon([[20, 60], [120, 60], [120, 110], [20, 110]]),
    purpose=Purpose.GOODS,
    dwell_s=30.0,
)


def test_a_zone_is_moved_grown_and_shrunk_by_a_tenth() -> None:
    made = zone_variants(ZONE, (320, 240))
    assert {name: cv2.boundingRect(one.outline) for name, one in made.items()} == {
        AS_DRAWN: (20, 60, 101, 51),
        "moved left": (10, 60, 101, 51),
        "moved right": (30, 60, 101, 51),
        "moved up": (20, 55, 101, 51),
        "moved down": (20, 65, 101, 51),
        "grown": (15, 57, 111, 56),
        "shrunk": (25, 62, 91, 46),
    }
    assert {(one.id, one.dwell_s, one.purpose) for one in made.values()} == {("z", 30.0, Purpose.GOODS)}


def test_a_changed_zone_stays_within_the_picture() -> None:
    made = zone_variants(ZONE, (124, 112))
    for one in made.values():
        assert one.outline.min() >= 0
        assert one.outline[:, 0].max() <= 124
        assert one.outline[:, 1].max() <= 112


def test_a_zone_is_given_each_dwell() -> None:
    made = dwell_variants(ZONE)
    assert [one.dwell_s for one in made.values()] == list(DWELLS_S)
    assert all((one.outline == ZONE.outline).all() for one in made.values())


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_the_share_is_the_callers(share: float) -> None:
    grown = cv2.contourArea(zone_variants(ZONE, (320, 240), share=share)["grown"].outline)
    assert grown == pytest.approx(cv2.contourArea(ZONE.outline) * (1 + share) ** 2, rel=1e-3)
