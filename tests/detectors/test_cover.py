from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from detectors.cover.cues import Cues, measure
from detectors.cover.detector import CoverDetector
from detectors.cover.patch_features import PatchFeatures, clarity, tonal_range
from detectors.cover.reference import Reference, rejection_reason
from detectors.cover.settings import CoverSettings
from detectors.cover.verdict import verdict_of
from detectors.cover.window import Window
from detectors.errors import DetectorError
from detectors.look import Image
from detectors.observations import Verdict
from detectors.places import CoverPlace, ellipse
from tests.detectors.street import (
    CENTRE,
    HEIGHT,
    WIDTH,
    Draw,
    Street,
    Surface,
    box,
    cover,
    dragged,
    lit_wall,
    look,
    moments,
    shade,
)

_FRAME = (WIDTH, HEIGHT)
_CLEAR = {"clarity": 1.0, "tonal_range": 1.0}


def _detector() -> CoverDetector:
    return CoverDetector([cover()], _FRAME)


def _verdicts(
    detector: CoverDetector, picture: Callable[[float], Image], begins_s: float, ends_s: float
) -> Iterator[Verdict]:
    for at_s in moments(begins_s, ends_s, 2.0):
        observations = detector.look(look(picture(at_s), at_s))
        yield from (row.verdict for row in observations.rows())


def _learned(street: Street) -> CoverDetector:
    detector = _detector()
    assert list(_verdicts(detector, lambda _: street.picture(), 0, 60))[-1] is Verdict.OK
    return detector


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_cover_that_goes_is_missing_and_one_that_comes_back_is_ok(seed: int, *, night: bool) -> None:
    street = Street(seed, night=night)
    detector = _learned(street)
    gone = list(_verdicts(detector, lambda _: street.picture(covered=False), 60, 100))
    assert gone[-10:] == [Verdict.MISSING] * 10
    back = list(_verdicts(detector, lambda _: street.picture(), 100, 140))
    assert back[-10:] == [Verdict.OK] * 10


def test_nothing_is_said_until_the_place_has_been_learned() -> None:
    street, detector = Street(), _detector()
    assert set(_verdicts(detector, lambda _: street.picture(), 0, 24)) == {Verdict.UNKNOWN}


def test_light_that_rises_and_falls_is_no_change() -> None:
    street = Street()
    detector = _learned(street)
    seen = set(_verdicts(detector, lambda at: street.picture(light=1 + 0.4 * np.sin(at / 8)), 60, 200))
    assert seen == {Verdict.OK}


def test_a_shadow_that_creeps_over_the_cover_is_no_hole() -> None:
    street = Street()
    detector = _learned(street)
    seen = set(_verdicts(detector, lambda at: street.picture(light=shade(300 - (at - 60) * 1.5)), 60, 260))
    assert Verdict.MISSING not in seen
    assert Verdict.OK in seen


def test_wheels_and_feet_that_pass_are_no_change() -> None:
    street = Street()
    detector = _learned(street)

    def passing(at_s: float) -> Image:
        return street.picture(*([box(*CENTRE, 70, 60, 20)] if at_s % 8 == 0 else []))

    assert set(_verdicts(detector, passing, 60, 160)) == {Verdict.OK}


@pytest.mark.parametrize("covered", [True, False])
def test_in_thick_fog_there_is_no_wrong_word(*, covered: bool) -> None:
    street = Street()
    detector = _learned(street)

    def fog(_: float) -> Image:
        return np.round(street.picture(covered=covered) * 0.04 + 170).astype(np.uint8)

    right = {Verdict.UNKNOWN, Verdict.OK if covered else Verdict.MISSING}
    assert set(list(_verdicts(detector, fog, 60, 120))[10:]) <= right


def test_what_is_dark_right_from_the_rim_is_not_ok_for_the_pattern_of_its_rim() -> None:
    seen = {"inside_match": 0.7, "ring_match": 0.66, "gap_match": 0.6, "contrast": 1.0} | _CLEAR
    shaft = {"gap": 0.6, "rim": 0.9, "darkness": -2.1, "darkness_change": -1.5}
    lit, sunk = (
        Cues(**dict.fromkeys(Cues.__slots__, 0.0) | seen | more) for more in ({"darkness": -0.5}, shaft)
    )
    assert verdict_of(lit, 30.0, CoverSettings()) is Verdict.OK
    assert verdict_of(sunk, 30.0, CoverSettings()) is Verdict.UNKNOWN


def test_a_pattern_that_nearly_matches_proves_neither_a_cover_nor_a_change() -> None:
    clear = dict.fromkeys(Cues.__slots__, 0.0) | {"ring_match": 0.8, "contrast": 1.0} | _CLEAR
    words = [
        verdict_of(Cues(**clear | {"inside_match": match}), 30.0, CoverSettings())
        for match in (0.6, 0.45, 0.1)
    ]
    assert words == [Verdict.OK, Verdict.UNKNOWN, Verdict.CHANGED]


@pytest.mark.parametrize("left", [0.15, 0.3])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fog_that_takes_the_colour_away_makes_no_norm_of_an_open_shaft(seed: int, left: float) -> None:
    street = Street(seed)
    detector = _learned(street)

    def fog(_: float) -> Image:
        grey = _colourless(street.picture(covered=False))
        return np.asarray(grey * left + 172 * (1 - left), np.uint8)

    assert set(_verdicts(detector, fog, 60, 180)) <= {Verdict.UNKNOWN, Verdict.MISSING}
    assert list(_verdicts(detector, lambda _: street.picture(covered=False), 180, 240))[-1] is Verdict.MISSING


@pytest.mark.parametrize(
    ("how", "stained"), [("fog", False), ("fog", True), ("blur", False), ("low contrast", False)]
)
def test_the_less_is_seen_the_less_is_said_and_never_that_an_open_shaft_is_ok(
    how: str, *, stained: bool
) -> None:
    """Over the density of the fog: right or `unknown`; from some density on, only `unknown`."""
    street = Street()
    columns = np.arange(WIDTH, dtype=np.float32)[None, :, None]
    stain = (1 - 0.6 * stained * np.exp(-(((columns - CENTRE[0] + 60) / 50) ** 2))).astype(np.float32)

    def seen(density: float, *things: Draw, covered: bool = False) -> Image:
        return _stained(_dimmed(street.picture(*things, covered=covered), how, density), stain)

    learned = _detector()
    assert list(_verdicts(learned, lambda _: seen(0.0, covered=True), 0, 50))[-1] is Verdict.OK
    kept = learned.references()
    for things in ([], [dragged(0.5)]):
        told = []
        for density in (0.0, 0.4, 0.6, 0.75, 0.96):
            detector, picture = _detector(), seen(density, *things)
            detector.remember(kept)
            told.append([*_verdicts(detector, lambda _, shown=picture: shown, 0, 12)][-1])  # type: ignore[misc]
        assert told[0] is (Verdict.DISPLACED if things else Verdict.MISSING)
        assert Verdict.OK not in told, told
        assert told[-1] is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("cover_px", "textureless", "seen"),
    [
        (30.0, False, {"inside_match": 0.61, "ring_match": 0.83, "clarity": 0.32, "tonal_range": 0.8}),
        (30.0, False, {"inside_match": 0.61, "ring_match": 0.29, "clarity": 0.41, "tonal_range": 0.27}),
        (90.0, False, {"inside_match": 0.47, "ring_match": 0.9, "clarity": 0.87, "tonal_range": 0.46}),
        (30.0, True, {"inside_match": -0.26, "ring_match": 0.66, "clarity": 0.72, "tonal_range": 0.78}),
    ],
)
def test_what_was_measured_of_open_shafts_in_fog_is_unknown(
    cover_px: float, seen: dict[str, float], *, textureless: bool
) -> None:
    def said(**more: float) -> Verdict:
        cues = Cues(**dict.fromkeys(Cues.__slots__, 0.0) | {"contrast": 1.0} | seen | more)
        return verdict_of(cues, cover_px, CoverSettings(), textureless=textureless)

    assert said() is Verdict.UNKNOWN
    assert said(**_CLEAR) is Verdict.OK


def test_a_reference_does_not_follow_fog_that_thickens_over_hours() -> None:
    street, settings = Street(), CoverSettings()
    window = Window.around(cover(), _FRAME, settings)
    reference = Reference.first(window.cut(street.picture()), window, settings)
    for density in np.linspace(0.0, 0.9, 90):
        foggy = window.cut(_dimmed(street.picture(), "fog", float(density)))
        for _ in range(4):
            now = PatchFeatures.of(foggy, window)
            cues = measure(reference.features, now, window, settings)
            reference = reference.adapted(now, cues, window, settings)
    assert clarity(reference.features, reference.anchor) >= settings.ok_clear[0]
    assert tonal_range(reference.features, reference.anchor) >= settings.ok_clear[1]


@pytest.mark.parametrize("proven", [False, True])
def test_fog_is_no_second_light_also_beside_a_young_reference(*, proven: bool) -> None:
    street, settings = Street(), CoverSettings()
    window = Window.around(cover(), _FRAME, settings)
    known = Reference.first(window.cut(street.picture()), window, settings)

    def reason(density: float) -> str | None:
        pictures = [_dimmed(street.picture(covered=False), "fog", density) for _ in range(6)]
        looks = [window.cut(picture) for picture in pictures]
        return rejection_reason(looks, window, settings, known=known, proven=proven)

    assert reason(0.85) == "less can be made out around the place than by the other light"


def _dimmed(picture: Image, how: str, density: float) -> Image:
    if how == "blur":
        soft = cv2.GaussianBlur(picture, (0, 0), 0.1 + 14 * density)
        return np.asarray(soft, np.uint8)
    veil = 172.0 if how == "fog" else float(picture.mean())
    return np.asarray(np.round(picture * (1 - density) + veil * density), np.uint8)


def test_a_stain_on_the_lens_is_no_clear_view() -> None:
    street = Street()
    columns = np.arange(WIDTH, dtype=np.float32)[None, :, None]
    stain = (1 - 0.6 * np.exp(-(((columns - CENTRE[0] + 60) / 50) ** 2))).astype(np.float32)
    detector = _detector()
    learned = list(_verdicts(detector, lambda _: _stained(street.picture(), stain), 0, 60))
    assert learned[-1] is Verdict.OK

    def fog(_: float) -> Image:
        return _stained(np.round(street.picture(covered=False) * 0.06 + 160).astype(np.uint8), stain)

    assert set(list(_verdicts(detector, fog, 60, 120))[10:]) == {Verdict.UNKNOWN}


def test_a_cover_in_smooth_ground_is_watched_too() -> None:
    street, detector = Street(), _detector()
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    ground = np.hypot(columns - CENTRE[0], (rows - CENTRE[1]) / 0.7) > 38
    slope = (90 + columns / WIDTH * 40).astype(np.uint8)

    def smooth(*, covered: bool) -> Image:
        picture = street.picture(covered=covered)
        picture[ground] = slope[ground][:, None]
        return picture

    assert list(_verdicts(detector, lambda _: smooth(covered=True), 0, 60))[-1] is Verdict.OK
    assert list(_verdicts(detector, lambda _: smooth(covered=False), 60, 100))[-1] is Verdict.MISSING


def _stained(picture: Image, stain: Surface) -> Image:
    return np.round(picture * stain).astype(np.uint8)


def test_glare_is_unknown() -> None:
    street = Street()
    detector = _learned(street)
    seen = list(_verdicts(detector, lambda _: street.picture(light=3.4), 60, 120))
    assert seen[-15:] == [Verdict.UNKNOWN] * 15


def test_a_sack_on_the_cover_is_a_change_but_no_hole() -> None:
    street = Street()
    detector = _learned(street)
    x, y = CENTRE
    seen = list(_verdicts(detector, lambda _: street.picture(box(x, y + 30, 80, 62, 150)), 60, 120))
    assert set(seen[-10:]) <= {Verdict.OBSTRUCTED, Verdict.CHANGED, Verdict.DISPLACED}


@pytest.mark.parametrize("right", [0.4, 0.6, -0.5])
def test_a_cover_dragged_aside_is_displaced_and_the_cues_say_how_far(right: float) -> None:
    street = Street()
    detector = _learned(street)
    seen = list(_verdicts(detector, lambda _: street.picture(dragged(right), covered=False), 60, 100))
    assert seen[-10:] == [Verdict.DISPLACED] * 10
    (row,) = detector.look(look(street.picture(dragged(right), covered=False), 100.0)).rows()
    assert row.cues["dragged_right"] == pytest.approx(right, abs=0.12)
    assert row.cues["dragged_down"] == pytest.approx(0.0, abs=0.12)
    left, top, far, bottom = row.box_px
    by = right * (far - left)
    assert row.lies_px == pytest.approx((left + by, top, far + by, bottom), abs=6)


@pytest.mark.parametrize("lit_from", ["above", "left"])
@pytest.mark.parametrize("share", [0.3, 0.45])
def test_a_shaft_with_a_lit_wall_and_no_cover_beside_it_is_missing(share: float, lit_from: str) -> None:
    street = Street()
    detector = _learned(street)
    wall = lit_wall(share, lit_from)
    seen = list(_verdicts(detector, lambda _: street.picture(wall, covered=False), 60, 110))
    assert seen[-10:] == [Verdict.MISSING] * 10
    assert Verdict.DISPLACED not in seen
    (row,) = detector.look(look(street.picture(wall, covered=False), 110.0)).rows()
    assert row.lies_px is None


def test_a_crescent_is_displaced_only_with_the_cover_beside_it_or_for_the_most_part_on_its_frame() -> None:
    shaft = dict.fromkeys(Cues.__slots__, 0.0) | {
        "gap": 0.6, "crescent": 0.9, "clarity": 1.0, "ring_match": 0.8, "darkness_change": -1.0,
    }  # fmt: skip
    seen = {"beside_match": 0.7, "beside_change": 0.3}

    def said(**more: float) -> Verdict:
        return verdict_of(Cues(**shaft | more), 60.0, CoverSettings())

    assert said() is Verdict.MISSING
    assert said(**seen) is Verdict.DISPLACED
    assert said(beside_match=0.7, beside_change=0.05) is Verdict.MISSING
    assert said(beside_match=0.2, beside_change=0.3) is Verdict.MISSING
    assert said(gap=0.25) is Verdict.DISPLACED
    assert said(gap=0.95, rim=0.95, **seen) is Verdict.MISSING


@pytest.mark.parametrize("left", [110.0, 125.0, 140.0, 155.0])
def test_a_hard_shadow_over_a_part_of_the_cover_opens_no_shaft(left: float) -> None:
    street = Street()
    detector = _learned(street)
    seen = set(_verdicts(detector, lambda _: street.picture(light=shade(left, 0.2)), 60, 120))
    assert not seen & {Verdict.MISSING, Verdict.DISPLACED}


def test_leaves_that_stir_in_the_sun_hide_no_open_shaft() -> None:
    street = Street()
    detector = _learned(street)
    crown = _crown()

    def leaves(at_s: float) -> Image:
        light = np.roll(crown, (round(6 * np.sin(at_s)), round(8 * np.sin(at_s / 1.7))), axis=(0, 1))
        return street.picture(covered=at_s < 120, light=light)

    seen = list(_verdicts(detector, leaves, 60, 160))
    assert Verdict.MISSING not in seen[:30]
    assert seen[-8:] == [Verdict.MISSING] * 8


def _crown() -> Surface:
    """Light under leaves: patches of shade on (rows, columns, 1)."""
    source = np.random.default_rng(9)
    coarse = cv2.resize(source.normal(0, 1, (HEIGHT // 12, WIDTH // 12)), (WIDTH, HEIGHT))
    lit = cv2.GaussianBlur((coarse > 0.1).astype(np.float32), (0, 0), 2.0)
    return np.asarray(0.5 + 0.5 * lit, np.float32)[:, :, None]


@pytest.mark.parametrize("night", [False, True])
def test_an_open_shaft_in_snow_is_missing(*, night: bool) -> None:
    street = Street(night=night)
    detector = _learned(street)
    source = np.random.default_rng(4)
    patches = cv2.resize(source.normal(0, 1, (34, 60)), (WIDTH, HEIGHT)) > 0.3

    def snow(_: float) -> Image:
        picture = street.picture(covered=False)
        open_shaft = picture.max(axis=2) < 40
        picture[patches & ~open_shaft] = 215
        return picture

    assert list(_verdicts(detector, snow, 60, 110))[-10:] == [Verdict.MISSING] * 10


def test_a_cover_without_a_pattern_is_judged_too() -> None:
    street = Street(studded=False)
    detector = _learned(street)
    gone = list(_verdicts(detector, lambda _: street.picture(covered=False), 60, 100))
    assert gone[-10:] == [Verdict.MISSING] * 10
    assert list(_verdicts(detector, lambda _: street.picture(), 100, 140))[-10:] == [Verdict.OK] * 10


def test_an_open_shaft_that_is_first_seen_in_fog_is_told_when_the_fog_has_gone() -> None:
    street, detector = Street(), _detector()
    fog = list(
        _verdicts(
            detector,
            lambda _: np.round(street.picture(covered=False) * 0.04 + 170).astype(np.uint8),
            0,
            100,
        )
    )
    assert set(fog) == {Verdict.UNKNOWN}
    assert Verdict.OK not in list(_verdicts(detector, lambda _: street.picture(covered=False), 100, 200))


def test_a_small_turn_of_the_camera_is_followed() -> None:
    street = Street()
    detector = _learned(street)
    assert set(_verdicts(detector, lambda _: street.picture(shift=(2, 1)), 60, 120)) == {Verdict.OK}


def test_a_shaft_that_is_open_from_the_start_never_becomes_the_norm() -> None:
    street, detector = Street(), _detector()
    seen = list(_verdicts(detector, lambda _: street.picture(covered=False), 0, 200))
    assert Verdict.OK not in seen
    assert "open shaft" in detector.rejections["cover-1"]
    closed = list(_verdicts(detector, lambda _: street.picture(), 200, 300))
    assert closed[-5:] == [Verdict.OK] * 5
    assert not detector.rejections


def test_what_was_learned_outlives_a_restart() -> None:
    street = Street()
    kept = _learned(street).references()
    detector = _detector()
    detector.remember(kept)
    gone = list(_verdicts(detector, lambda _: street.picture(covered=False), 1000, 1030))
    assert gone[-1] is Verdict.MISSING


def test_a_missing_cover_is_never_adapted_to() -> None:
    street = Street()
    detector = _learned(street)
    gone = list(_verdicts(detector, lambda _: street.picture(covered=False), 60, 1000))
    assert set(gone[20:]) == {Verdict.MISSING}


def test_the_night_is_learned_beside_the_day() -> None:
    day, night = Street(3), Street(3, night=True)
    detector = _learned(day)
    assert list(_verdicts(detector, lambda _: night.picture(), 60, 120))[-1] is Verdict.OK
    gone = list(_verdicts(detector, lambda _: night.picture(covered=False), 120, 160))
    assert gone[-1] is Verdict.MISSING
    assert list(_verdicts(detector, lambda _: day.picture(), 160, 200))[-1] is Verdict.OK


def test_rows_carry_the_cues_behind_the_word() -> None:
    street = Street()
    detector = _learned(street)
    observations = detector.look(look(street.picture(), 60.0))
    (row,) = observations.rows()
    assert row.place == "cover-1"
    assert 0.5 < row.confidence <= 1
    assert row.cues["inside_match"] > 0.5
    assert row.box_px[2] - row.box_px[0] == pytest.approx(64, abs=1)


def test_a_look_too_soon_says_nothing() -> None:
    street, detector = Street(), _detector()
    assert len(detector.look(look(street.picture(), 0.0))) == 1
    assert len(detector.look(look(street.picture(), 0.5))) == 0


def test_somebody_dark_who_stands_over_the_cover_for_a_while_is_no_hole() -> None:
    street = Street()
    detector = _learned(street)
    x, y = CENTRE
    seen = list(_verdicts(detector, lambda _: street.picture(box(x, y + 60, 60, 130, 16)), 60, 90))
    assert Verdict.MISSING not in seen


def test_a_reference_with_somebody_in_it_is_learned_anew() -> None:
    street, detector = Street(), _detector()
    x, y = CENTRE
    stands = street.picture(box(x, y + 40, 50, 70, 120))
    seen = list(_verdicts(detector, lambda at: stands if at < 30 else street.picture(), 0, 160))
    assert seen[-5:] == [Verdict.OK] * 5


def test_a_sack_that_lies_there_when_the_colour_goes_does_not_become_the_norm() -> None:
    street = Street()
    detector = _learned(street)
    x, y = CENTRE
    sack = _colourless(street.picture(box(x, y + 30, 80, 62, 150)))
    assert Verdict.OK not in list(_verdicts(detector, lambda _: sack, 60, 160))[10:]
    assert list(_verdicts(detector, lambda _: _colourless(street.picture()), 160, 240))[-1] is Verdict.OK


def _colourless(picture: Image) -> Image:
    return np.asarray(picture.mean(axis=2, keepdims=True).repeat(3, axis=2), np.uint8)


def test_a_young_reference_is_not_given_up_in_a_light_that_hides_the_pavement() -> None:
    street, detector = Street(), _detector()
    assert list(_verdicts(detector, lambda _: street.picture(), 0, 36))[-1] is Verdict.OK
    x, y = CENTRE
    sack, crown = box(x, y + 30, 80, 62, 150), _crown()
    seen = list(_verdicts(detector, lambda _: street.picture(sack, light=crown), 36, 120))
    assert Verdict.OK not in seen[10:]


def test_a_shaking_camera_learns_a_sharp_reference() -> None:
    source = np.random.default_rng(1)
    street, detector = Street(), _detector()

    def shaken(_: float) -> Image:
        right, down = (round(one) for one in source.normal(0, 1.6, 2))
        return street.picture(shift=(right, down))

    assert list(_verdicts(detector, shaken, 0, 90))[-10:] == [Verdict.OK] * 10


@pytest.mark.parametrize(
    ("outline", "reason"),
    [(ellipse(100, 100, 12, 10), "12 px wide"), (ellipse(10, 100, 60, 40), "extends outside the picture")],
)
def test_a_cover_that_cannot_be_judged_is_refused(outline: np.ndarray, reason: str) -> None:
    with pytest.raises(DetectorError, match=reason):
        CoverDetector([CoverPlace(id="c", outline=outline)], _FRAME)
