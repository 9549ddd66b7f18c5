from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from detectors.ground import Ground, SizeLimits
from detectors.look import Image
from detectors.observations import Observation, Verdict
from detectors.places import VEHICLE_HEIGHT_M, VEHICLE_WIDTH_M, Purpose, Zone
from detectors.watch import CameraWatch, IncidentChange
from tests.detectors.street import HEIGHT, WIDTH, Street, Surface, box, look, moments, person, shade, zone

Seen = list[tuple[str, float, Observation]]


def _watch(picture: Callable[[float], Image], seconds: float, *zones: Zone, gap_s: float = 1.0) -> Seen:
    """Begun and ended incidents, each with the time of its report."""
    watch = CameraWatch(covers=[], zones=zones or [zone()], frame_px=(WIDTH, HEIGHT))
    seen: Seen = []
    for at_s in moments(0, seconds, gap_s):
        incidents: tuple[IncidentChange, ...] = watch.look(look(picture(at_s), at_s)).incidents
        seen.extend((one.change.phase, at_s, one.change.observation) for one in incidents)
    return seen


@pytest.mark.parametrize("tone", [30.0, 75.0, 190.0])
@pytest.mark.parametrize("gap_s", [0.5, 2.0])
def test_a_thing_left_is_one_incident_from_its_coming_to_its_going(gap_s: float, tone: float) -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        return street.picture(*([box(340, 200, tone=tone)] if 40 <= at_s < 100 else []))

    (begun, begun_s, row), (ended, ended_s, end) = _watch(picture, 140, gap_s=gap_s)
    assert (begun, ended) == ("begun", "ended")
    assert 50 <= begun_s <= 58
    assert row.since_s == pytest.approx(40, abs=gap_s + 0.1)
    assert 100 <= ended_s <= 115
    assert end.since_s == pytest.approx(100, abs=9)
    assert row.object_number == end.object_number
    left, top, right, bottom = row.box_px
    assert (left, top, right, bottom) == pytest.approx((318, 162, 362, 200), abs=6)


def test_a_second_thing_beside_the_first_is_an_incident_of_its_own() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        first = [box(310, 200)] if at_s >= 40 else []
        second = [box(400, 205, tone=180)] if 100 <= at_s < 160 else []
        return street.picture(*first, *second)

    seen = _watch(picture, 190)
    assert [phase for phase, _, _ in seen] == ["begun", "begun", "ended"]
    assert seen[1][2].object_number == seen[2][2].object_number != seen[0][2].object_number


def test_a_thing_that_goes_before_the_dwell_is_none() -> None:
    street = Street()
    assert not _watch(lambda at: street.picture(*([box(340, 200)] if 40 <= at < 47 else [])), 100)


def test_somebody_who_stands_and_talks_is_no_thing() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        return street.picture(*([person(340, 220, at_s)] if 40 <= at_s < 100 else []))

    assert not _watch(picture, 140, gap_s=0.5)


def test_what_lay_there_from_the_start_leaves_no_ghost() -> None:
    street = Street()
    assert not _watch(lambda at: street.picture(*([box(340, 200)] if at < 60 else [])), 160)


@pytest.mark.parametrize("light", [0.55, 1.5])
def test_a_jump_of_the_exposure_is_no_thing(light: float) -> None:
    street = Street()
    assert not _watch(lambda at: street.picture(light=light if at >= 50 else 1.0), 120)


def test_a_shadow_that_stays_is_no_thing() -> None:
    street = Street()
    assert not _watch(lambda at: street.picture(light=shade(300, 0.6, 60) if at >= 50 else 1.0), 140)


def _leaves(source: np.random.Generator) -> Callable[[float], Surface]:
    """The shade of a crown of leaves that moves in the wind."""
    coarse = source.normal(size=(HEIGHT // 12 + 6, WIDTH // 12 + 6)).astype(np.float32)
    crown = cv2.resize(coarse, None, fx=12, fy=12, interpolation=cv2.INTER_CUBIC) > 0
    soft = cv2.GaussianBlur(crown.astype(np.float32), (0, 0), 2.0)

    def light(at_s: float) -> Surface:
        right, down = round(12 + 11 * np.sin(at_s / 1.7)), round(12 + 9 * np.sin(at_s / 2.3 + 1))
        return 1 - 0.45 * soft[down : down + HEIGHT, right : right + WIDTH, None]

    return light


def test_a_thing_is_found_in_the_moving_shade_of_leaves_and_the_shade_is_none() -> None:
    street, light = Street(), _leaves(np.random.default_rng(5))

    def picture(at_s: float) -> Image:
        things = [box(340, 200, 60, 46, tone=190)] if 60 <= at_s < 120 else []
        return street.picture(*things, light=light(at_s) if at_s >= 30 else 1.0)

    seen = _watch(picture, 160)
    assert [phase for phase, _, _ in seen] == ["begun", "ended"]
    assert seen[0][2].box_px == pytest.approx((310, 154, 370, 200), abs=10)


def test_headlights_that_pass_are_no_thing_and_hide_none() -> None:
    street = Street(night=True)
    columns = np.arange(WIDTH, dtype=np.float32)[None, :, None]

    def picture(at_s: float) -> Image:
        beam = np.exp(-(((columns - (at_s * 97) % (3 * WIDTH)) / 90) ** 2))
        things = [box(340, 200, 60, 46)] if 60 <= at_s < 120 else []
        return street.picture(*things, light=np.repeat(1 + 1.5 * beam, HEIGHT, axis=0))

    assert [phase for phase, _, _ in _watch(picture, 160)] == ["begun", "ended"]


def test_snow_that_comes_to_lie_is_no_thing() -> None:
    street, source = Street(), np.random.default_rng(3)
    patches = cv2.resize(source.normal(size=(18, 31)).astype(np.float32), (WIDTH, HEIGHT))[:, :, None]

    def picture(at_s: float) -> Image:
        share = 0.8 * np.clip(0.4 * patches + (at_s - 60) / 100, 0, 1) if at_s >= 40 else 0 * patches

        def lies(surface: Surface) -> None:
            surface[:] = surface * (1 - share) + 225 * share

        return street.picture(lies)

    assert not _watch(picture, 200)


def test_ground_that_gets_wet_in_patches_is_no_thing() -> None:
    street, source = Street(), np.random.default_rng(4)
    wet = np.clip(cv2.resize(source.normal(size=(6, 9)).astype(np.float32), (WIDTH, HEIGHT)), 0, 1)[
        :, :, None
    ]
    assert not _watch(lambda at: street.picture(light=1 - 0.4 * wet * min(1.0, max(0, at - 40) / 20)), 120)


def test_a_camera_that_shakes_still_finds_it() -> None:
    street, source = Street(), np.random.default_rng(6)

    def picture(at_s: float) -> Image:
        right, down = (int(one) for one in np.round(source.normal(0, 1.6, 2)))
        things = [box(340, 200)] if 60 <= at_s < 120 else []
        return street.picture(*things, shift=(right, down))

    assert [phase for phase, _, _ in _watch(picture, 160, gap_s=2.0)] == ["begun", "ended"]


def test_a_thing_outside_the_zone_is_nobodys_business() -> None:
    street = Street()
    assert not _watch(lambda at: street.picture(*([box(80, 120)] if at >= 40 else [])), 100)


def test_somebody_who_hides_it_for_a_while_does_not_end_it() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        hides = 70 <= at_s < 85
        return (
            street.picture(box(340, 200), *([person(340, 225, at_s)] if hides else []))
            if (at_s >= 40)
            else street.picture()
        )

    assert [phase for phase, _, _ in _watch(picture, 140, gap_s=0.5)] == ["begun"]


def test_a_thing_that_is_pushed_over_is_still_the_same_incident() -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        if at_s < 40:
            return street.picture()
        return street.picture(box(340, 200, 30, 52) if at_s < 60 else box(348, 200, 50, 30))

    assert [phase for phase, _, _ in _watch(picture, 140)] == ["begun"]


def test_each_zone_has_its_own_dwell() -> None:
    street = Street()
    patient = Zone(id="zone-2", outline=zone().outline, purpose=zone().purpose, dwell_s=40)
    seen = _watch(lambda at: street.picture(*([box(340, 200)] if at >= 40 else [])), 120, zone(10), patient)
    assert [(row.place, phase) for phase, _, row in seen] == [("zone-1", "begun"), ("zone-2", "begun")]
    assert seen[1][1] - seen[0][1] == pytest.approx(30, abs=3)


def test_the_zone_itself_is_unknown_while_it_is_learned_and_then_clear() -> None:
    street = Street()
    watch = CameraWatch(covers=[], zones=[zone()], frame_px=(WIDTH, HEIGHT))
    words = []
    for at_s in moments(0, 20, 1.0):
        zones = watch.look(look(street.picture(), at_s)).zones
        assert zones is not None
        words.append(next(zones.rows()).verdict)
    assert words[0] is Verdict.UNKNOWN
    assert words[-1] is Verdict.OK


@pytest.mark.parametrize(("leaves_s", "told_s"), [(220.0, 224.0), (130.0, 136.0)])
def test_dusk_over_grey_ground_neither_ends_nor_doubles_and_the_end_is_seen_at_night(
    leaves_s: float, told_s: float
) -> None:
    day, night = Street(), Street(night=True)

    def picture(at_s: float) -> Image:
        street = night if 100 <= at_s < 180 else day
        return street.picture(*([box(340, 200)] if 40 <= at_s < leaves_s else []))

    seen = _watch(picture, 260)
    assert [phase for phase, _, _ in seen] == ["begun", "ended"]
    assert seen[1][1] == pytest.approx(told_s, abs=6)


@pytest.mark.parametrize("leaves_s", [220.0, 130.0])
def test_a_night_that_looks_quite_different_neither_ends_nor_doubles_what_was_left(leaves_s: float) -> None:
    day, night = Street(), Street(night=True)
    grain = np.random.default_rng(7).normal(0, 45, (HEIGHT, WIDTH, 1)).astype(np.float32)

    def as_infrared_shows_it(surface: Surface) -> None:
        surface[:] = 128 + grain

    def picture(at_s: float) -> Image:
        things = [box(340, 200)] if 40 <= at_s < leaves_s else []
        if 100 <= at_s < 180:
            return night.picture(as_infrared_shows_it, *things)
        return day.picture(*things)

    seen = _watch(picture, 260)
    assert [phase for phase, _, _ in seen] == ["begun", "ended"]
    assert seen[1][1] == pytest.approx(max(leaves_s, 188) + 6, abs=6)


def _no_parking(dwell_s: float = 60.0) -> Zone:
    """The zone for vehicles, on ground of which 30 pixels are a metre."""
    corners = [(0.0, 0.0), (WIDTH * 1.0, 0.0), (WIDTH * 1.0, HEIGHT * 1.0), (0.0, HEIGHT * 1.0)]
    ground = Ground.of_metres(corners, [(x / 30, y / 30) for x, y in corners])
    min_m, max_m = VEHICLE_WIDTH_M
    size = SizeLimits(ground=ground, min_m=min_m, max_m=max_m, min_height_m=VEHICLE_HEIGHT_M)
    return Zone(
        id="zone-1", outline=zone().outline, purpose=Purpose.VEHICLE, dwell_s=dwell_s, size=size
    )  # fmt: skip


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_parked_car_is_an_incident_and_a_bus_that_halts_for_20_s_is_none(*, calibrated: bool) -> None:
    street, bus, car = Street(), box(345, 220, 190, 84, tone=170), box(345, 210, 130, 54)

    def picture(at_s: float) -> Image:
        halts = [bus] if 40 <= at_s < 60 or 90 <= at_s < 110 else []
        return street.picture(*halts, *([car] if 150 <= at_s < 260 else []))

    place = _no_parking() if calibrated else zone(60.0, Purpose.VEHICLE)
    (begun, begun_s, row), (ended, ended_s, _) = _watch(picture, 300, place, gap_s=2.0)
    assert (begun, ended) == ("begun", "ended")
    assert 210 <= begun_s <= 220
    assert 260 <= ended_s <= 285
    assert row.box_px == pytest.approx((280, 156, 410, 210), abs=8)


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_carton_is_no_parked_vehicle(*, calibrated: bool) -> None:
    street = Street()

    def picture(at_s: float) -> Image:
        return street.picture(*([box(340, 200, 24, 20)] if at_s >= 40 else []))

    assert not _watch(picture, 90, _no_parking(10.0) if calibrated else zone(10.0, Purpose.VEHICLE))
    assert _watch(picture, 90, zone(10.0, Purpose.GOODS)), "as goods it counts"
