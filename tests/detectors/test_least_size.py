from __future__ import annotations

import math

import pytest

from detectors.ground import Ground
from detectors.left_object.least_size import far_side_px, min_side_px, too_small
from detectors.left_object.settings import LeftObjectSettings
from detectors.look import Image
from detectors.places import Purpose, Zone, polygon
from tests.detectors.incidents import seen_in
from tests.detectors.street import HEIGHT, WIDTH, Draw, Street, box, zone

WHOLE = [[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]
SETTINGS = LeftObjectSettings()


def _ground(px_a_metre: float) -> Ground:
    corners = [(0.0, 0.0), (480.0, 0.0), (480.0, 272.0), (0.0, 272.0)]
    return Ground.of_metres(corners, [(x / px_a_metre, y / px_a_metre) for x, y in corners])


def test_an_object_of_the_least_size_is_found_in_a_small_zone_and_in_a_large_one() -> None:
    street = Street()
    whole = Zone(id="whole", outline=polygon(WHOLE), purpose=Purpose.GOODS, dwell_s=10.0)
    for place in (zone(), whole):
        side = math.ceil(min_side_px(place, (WIDTH, HEIGHT), SETTINGS))
        thing = box(340, 200, side, side, tone=30.0)

        def picture(at_s: float, thing: Draw = thing) -> Image:
            return street.picture(*([thing] if at_s >= 20 else []))

        seen = seen_in(picture, 50, place)
        assert [phase for phase, _, _ in seen] == ["begun"], (place.id, side)


def test_a_zone_whose_far_end_is_too_far_is_named_with_the_sizes() -> None:
    near = too_small(zone(), (WIDTH, HEIGHT), _ground(60.0), SETTINGS)
    far = too_small(zone(), (WIDTH, HEIGHT), _ground(22.5), SETTINGS)
    assert near is None
    assert far is not None
    assert "zone 'zone-1': at its far end a thing of 0.4 m is 9 px wide" in far
    assert too_small(zone(), (WIDTH, HEIGHT), None, SETTINGS) is None


def test_the_far_end_counts_not_the_near_one() -> None:
    pixels = [(100.0, 100.0), (380.0, 100.0), (480.0, 272.0), (0.0, 272.0)]
    ground = Ground.of_metres(pixels, [(0.0, 20.0), (6.0, 20.0), (6.0, 0.0), (0.0, 0.0)])
    assert far_side_px(zone(), ground, 1.0) == pytest.approx(49.0, abs=3)
