"""A thing that stays is told in any sensible zone and dwell, and no change of the whole zone takes it in."""

from __future__ import annotations

import cv2
import numpy as np

from bench.zone_variants import dwell_variants, zone_variants
from detectors.look import Image
from detectors.observations import Verdict
from detectors.watch import CameraWatch
from tests.detectors.incidents import seen_in
from tests.detectors.street import HEIGHT, WIDTH, Draw, Street, Surface, box, look, moments, person, zone


def _other_ground(seed: int) -> Draw:
    """All of the picture as under a train's light or under new paving: another pattern everywhere."""
    source = np.random.default_rng(seed)
    coarse = source.uniform(0.45, 1.7, (17, 30)).astype(np.float32)
    light = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)[:, :, None]

    def draw(surface: Surface) -> None:
        surface *= light

    return draw


def test_a_thing_is_told_in_a_zone_moved_grown_or_shrunk_and_with_each_dwell() -> None:
    street, px = Street(), (WIDTH, HEIGHT)
    by_name = {f"{name}, 10 s": one for name, one in zone_variants(zone(), px).items()}
    by_name |= {f"{dwell:.0f} s": one for dwell, one in dwell_variants(zone(), (6.0, 20.0, 30.0)).items()}

    def picture(at_s: float) -> Image:
        passers = [person(150 + 25 * (at_s % 13), 235, at_s)] if at_s >= 20 else []
        return street.picture(*([box(340, 200)] if at_s >= 40 else []), *passers)

    zones = [
        type(one)(id=name, outline=one.outline, purpose=one.purpose, dwell_s=one.dwell_s)
        for name, one in by_name.items()
    ]
    seen = seen_in(picture, 102, *zones)
    assert sorted(row.place for phase, _, row in seen if phase == "begun") == sorted(by_name)
    assert not [row.place for phase, _, row in seen if phase == "ended"]


def test_a_light_over_the_whole_zone_that_goes_again_takes_nothing_in() -> None:
    street, light = Street(), _other_ground(1)

    def picture(at_s: float) -> Image:
        things = [box(340, 200)] if 40 <= at_s < 110 else []
        return street.picture(*things, *([light] if 44 <= at_s < 70 else []))

    seen = seen_in(picture, 130, zone(6.0))
    assert [phase for phase, _, _ in seen] == ["begun", "ended"]
    assert seen[0][1] <= 90
    assert 110 <= seen[1][1] <= 122


def test_what_was_told_before_such_a_light_is_still_known_after_it_and_its_end_is_seen() -> None:
    street, light = Street(), _other_ground(2)

    def picture(at_s: float) -> Image:
        things = [box(340, 200)] if 30 <= at_s < 110 else []
        return street.picture(*things, *([light] if 60 <= at_s < 85 else []))

    seen = seen_in(picture, 130, zone(6.0))
    assert [phase for phase, _, _ in seen] == ["begun", "ended"]
    assert 110 <= seen[1][1] <= 122


def test_the_zone_is_watched_again_after_its_ground_was_made_anew() -> None:
    street, paving = Street(), _other_ground(3)
    watch = CameraWatch(covers=[], zones=[zone(6.0)], frame_px=(WIDTH, HEIGHT))
    words = []
    for at_s in moments(0, 70, 1.0):
        zones = watch.look(look(street.picture(*([paving] if at_s >= 30 else [])), at_s)).zones
        words.append(next(zones.rows()).verdict if zones is not None else None)
    assert Verdict.UNKNOWN in words[30:50]
    assert words[-1] is Verdict.OK
