"""What begins an incident in a zone, and what a model's word does to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from detectors.ground import Box
from detectors.look import Image, Look
from detectors.observations import Observation, Verdict
from detectors.places import Purpose
from detectors.recognition.admission import (
    Admission,
    Admissions,
    RecognitionSettings,
    Word,
    best_word,
    strengthened,
)
from detectors.recognition.detection_model import DetectionModel
from detectors.recognition.shipped import shipped_model
from detectors.recognition.sightings import Sighting
from detectors.watch import CameraWatch, Report
from edge.recognition import UnlimitedRecogniser
from tests.detectors.recognition.figures import person
from tests.detectors.street import HEIGHT, WIDTH, Street, Surface, box, moments, zone

BOX: Box = (100.0, 100.0, 140.0, 200.0)
PICTURE = np.full((240, 320, 3), 128, np.uint8)
SETTINGS = RecognitionSettings()


class Says:
    """A recogniser that says in each look what is written down for it."""

    def __init__(self, *looks: Sequence[tuple[str, float]] | None) -> None:
        self._looks = list(looks)
        self.asked = 0

    def around(self, image: Image, box_px: Box) -> list[Sighting] | None:
        del image
        words = self._looks[min(self.asked, len(self._looks) - 1)]
        self.asked += 1
        if words is None:
            return None
        return [Sighting(name=name, score=score, box_px=box_px) for name, score in words]


def row(sway: float = 0.0) -> Observation:
    return Observation(
        place="zone-1", object_number=1, verdict=Verdict.OCCUPIED, confidence=0.6, box_px=BOX, since_s=0.0,
        cues={"sway": sway},
    )  # fmt: skip


def settle(
    says: Says, purpose: Purpose = Purpose.GOODS, *, sway: float = 0.0, dwell_s: float = 30.0
) -> tuple[Admission, float]:
    """The first answer that is not just a wish for another look, and its moment."""
    admissions = Admissions(says, None, SETTINGS)
    for at_s in np.arange(0.0, 20.0, 2.0).tolist():
        found = admissions.admit(zone(dwell_s, purpose), row(sway), Look.of(PICTURE, at_s))
        if found.begins or found.refused:
            return found, at_s
    raise AssertionError("no answer")


@pytest.mark.parametrize(
    ("purpose", "name", "begins"),
    [
        (Purpose.GOODS, "person", False),
        (Purpose.GOODS, "bus", False),
        (Purpose.GOODS, "animal", False),
        (Purpose.GOODS, "bag", True),
        (Purpose.GOODS, "bicycle", True),
        (Purpose.STALL, "person", False),
        (Purpose.STALL, "car", False),
        (Purpose.STALL, "table", True),
        (Purpose.VEHICLE, "person", False),
        (Purpose.VEHICLE, "animal", False),
        (Purpose.VEHICLE, "truck", True),
    ],
)
def test_a_word_refuses_what_the_zone_does_not_look_for(purpose: Purpose, name: str, begins: bool) -> None:  # noqa: FBT001
    found, _ = settle(Says([(name, 0.8)]), purpose)
    assert found.begins is begins
    assert found.refused is not begins
    assert found.word == Word(name=name, score=0.8)


def test_silence_speaks_against_nothing_after_three_looks() -> None:
    says = Says([])
    found, at_s = settle(says)
    assert (found.begins, found.word, says.asked, at_s) == (True, None, 3, 4.0)


def test_the_best_of_three_looks_counts() -> None:
    says = Says([("person", 0.3)], [], [("person", 0.7)])
    found, at_s = settle(says)
    assert (found.refused, at_s) == (True, 4.0)


def test_the_surest_word_counts() -> None:
    found, _ = settle(Says([("person", 0.4), ("bag", 0.6)], [("person", 0.55), ("bag", 0.7)], []))
    assert found.begins
    assert found.word == Word(name="bag", score=0.6)


def test_a_vehicle_that_only_one_look_has_refuses_nothing() -> None:
    """Seen on a real clip: a bag close up was called a vehicle in single looks."""
    found, _ = settle(Says([("truck", 0.9)], [], []))
    assert (found.begins, found.word) == (True, None)
    assert settle(Says([("truck", 0.9)], [], [("truck", 0.6)]))[0].refused


def test_who_sways_needs_less_of_a_word() -> None:
    assert settle(Says([("person", 0.4)]), sway=0.0)[0].begins
    assert settle(Says([("person", 0.4)]), sway=0.2)[0].refused
    assert best_word({"car": 0.4}, row(sway=0.2), SETTINGS) is None


def test_a_model_that_cannot_be_asked_holds_nothing_up() -> None:
    found, at_s = settle(Says(None))
    assert (found.begins, at_s) == (True, 0.0)


def test_what_was_refused_must_be_accepted_twice() -> None:
    says = Says([("person", 0.9)], [], [], [], [], [], [])
    admissions, where = Admissions(says, None, SETTINGS), zone(30.0)
    refused = admissions.admit(where, row(), Look.of(PICTURE, 0.0))
    assert (refused.refused, refused.again_at_s) == (True, 30.0)
    answers = [admissions.admit(where, row(), Look.of(PICTURE, at_s)) for at_s in (30.0, 32.0, 34.0)]
    assert [each.begins for each in answers] == [False, False, False]
    assert answers[-1].again_at_s == 64.0
    answers = [admissions.admit(where, row(), Look.of(PICTURE, at_s)) for at_s in (64.0, 66.0, 68.0)]
    assert [each.begins for each in answers] == [False, False, True]


def test_what_comes_to_the_place_of_what_has_gone_is_another() -> None:
    says = Says([("person", 0.9)], [], [], [])
    admissions, where = Admissions(says, None, SETTINGS), zone(30.0)
    assert admissions.admit(where, row(), Look.of(PICTURE, 0.0)).refused
    admissions.forget({("zone-1", 1)})
    answers = [admissions.admit(where, row(), Look.of(PICTURE, at_s)) for at_s in (30.0, 32.0, 34.0)]
    assert answers[-1].begins


def test_a_vehicle_in_a_zone_for_vehicles_is_surer() -> None:
    car = Word(name="car", score=0.5)
    assert strengthened(0.6, car, Purpose.VEHICLE) == pytest.approx(0.8)
    assert strengthened(0.6, car, Purpose.STALL) == 0.6
    assert strengthened(0.6, None, Purpose.VEHICLE) == 0.6


class ShowsTruck:
    """A recogniser that sees a truck in the box, and what else it is told to see."""

    def __init__(self, others: Callable[[int], list[Sighting]]) -> None:
        self._others = others
        self._asked = 0

    def around(self, image: Image, box_px: Box) -> list[Sighting] | None:
        del image
        self._asked += 1
        return [Sighting(name="truck", score=0.8, box_px=box_px), *self._others(self._asked)]


CUSTOMER = Sighting(name="person", score=0.8, box_px=(90.0, 150.0, 110.0, 205.0))
DRIVER = Sighting(name="person", score=0.8, box_px=(120.0, 115.0, 135.0, 150.0))


def begins_s(others: Callable[[int], list[Sighting]], purpose: Purpose = Purpose.STALL) -> float | None:
    """When a truck that stands for ten minutes begins an incident; asked about again each dwell of 30 s."""
    admissions, at_s = Admissions(ShowsTruck(others), None, SETTINGS), 30.0
    while at_s < 600.0:
        found = admissions.admit(zone(30.0, purpose), row(), Look.of(PICTURE, at_s))
        if found.begins:
            assert found.word is not None
            assert found.word.name == "truck"
            return at_s
        at_s = max(found.again_at_s, at_s + 2.0)
    return None


def test_a_truck_that_sells_is_a_stall_after_five_minutes() -> None:
    found = begins_s(lambda _: [CUSTOMER])
    assert found is not None
    assert 300.0 <= found <= 340.0


def test_a_truck_that_only_stands_there_or_is_driven_or_passed_is_no_stall() -> None:
    assert begins_s(lambda _: []) is None
    assert begins_s(lambda _: [DRIVER]) is None
    assert begins_s(lambda asked: [CUSTOMER] if asked % 4 in (1, 2) else []) is None, "in each second answer"
    assert begins_s(lambda _: [CUSTOMER], Purpose.GOODS) is None


MODEL = UnlimitedRecogniser(DetectionModel.load(shipped_model()))


def stands(x: float, foot: float) -> Callable[[Surface], None]:
    """Somebody who stands as still as a post."""

    def draw(surface: Surface) -> None:
        picture = np.clip(surface, 0, 255).astype(np.uint8)
        person(picture, x, foot, 90)
        surface[:] = picture

    return draw


def looks(
    *things: Callable[[Surface], None], known: bool, always: tuple[Callable[[Surface], None], ...] = ()
) -> list[tuple[float, Report]]:
    """Reports from a street to which these things come at 40 s and from which they go at 110 s.

    What is `always` there belongs to the empty zone.
    """
    street = Street()
    watch = CameraWatch(
        covers=[], zones=[zone(10.0)], frame_px=(WIDTH, HEIGHT), recogniser=MODEL if known else None
    )
    return [
        (at_s, watch.look(Look.of(street.picture(*always, *(things if 40 <= at_s < 110 else ())), at_s)))
        for at_s in moments(0, 130, 1.0)
    ]


def told(reports: list[tuple[float, Report]]) -> list[str]:
    return [str(each.change.phase) for _, report in reports for each in report.incidents]


def test_somebody_who_stands_is_told_without_the_model_and_refused_with_it() -> None:
    assert told(looks(stands(340, 230), known=False)) == ["begun", "ended"]
    reports = looks(stands(340, 230), known=True)
    assert told(reports) == []
    refusals = [(at_s, each) for at_s, report in reports for each in report.refusals]
    assert {each.word.name for _, each in refusals if each.word} == {"person"}
    assert min(np.diff([at_s for at_s, _ in refusals])) >= 20, "not asked at each look"


def test_a_carton_is_told_with_the_model_and_so_is_one_beside_which_somebody_stands() -> None:
    for always in ((), (stands(345, 215),)):
        reports = looks(box(300, 220, 60, 50), known=True, always=always)
        assert told(reports) == ["begun", "ended"]
