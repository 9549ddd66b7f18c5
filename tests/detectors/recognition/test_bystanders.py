"""Who stands on a cover makes it `obstructed`; nobody makes it nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detectors.confirmation import ConfirmationSettings
from detectors.ground import Box
from detectors.look import Image, Look
from detectors.observations import Observation, Observations, Verdict, columns
from detectors.recognition.bystanders import Bystanders, hidden_by, standing_box
from detectors.recognition.detection_model import DetectionModel
from detectors.recognition.shipped import shipped_model
from detectors.recognition.sightings import Sighting
from detectors.watch import CameraWatch, WatchSettings
from edge.recognition import UnlimitedRecogniser
from tests.detectors.recognition.test_detection_model import street
from tests.detectors.street import HEIGHT, WIDTH, Street, cover, moments

COVER: Box = (100.0, 150.0, 160.0, 190.0)
PICTURE = np.full((272, 480, 3), 128, np.uint8)


class Sees:
    """A recogniser that sees the same at every question."""

    def __init__(self, *sightings: Sighting) -> None:
        self.sightings = list(sightings)
        self.boxes: list[Box] = []

    def around(self, image: Image, box_px: Box) -> list[Sighting] | None:
        del image
        self.boxes.append(box_px)
        return self.sightings


def somebody(box: Box, score: float = 0.9, name: str = "person") -> Sighting:
    return Sighting(name=name, score=score, box_px=box)


ON_IT = somebody((105.0, 40.0, 158.0, 180.0))
BESIDE_IT = somebody((165.0, 40.0, 215.0, 190.0))


def rows(verdict: Verdict, at_s: float = 0.0) -> Observations:
    return columns(
        at_s,
        [
            Observation(
                place="cover-1", object_number=0, verdict=verdict, confidence=0.5, box_px=COVER, since_s=at_s,
                cues={},
            )
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sightings", "hidden"),
    [
        ([ON_IT], True),
        ([BESIDE_IT], False),
        ([somebody((20.0, 60.0, 260.0, 200.0), name="car")], True),
        ([somebody((105.0, 150.0, 158.0, 190.0), name="bag")], False),
        ([somebody((105.0, 40.0, 158.0, 180.0), score=0.3)], False),
        ([], False),
    ],
)
def test_who_hides_half_of_a_cover_stands_on_it(sightings: list[Sighting], hidden: bool) -> None:  # noqa: FBT001
    assert (hidden_by(sightings, COVER) is not None) is hidden


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_changed_becomes_obstructed(verdict: Verdict) -> None:
    seen = Bystanders(Sees(ON_IT)).applied(rows(verdict), Look.of(PICTURE, 0.0))
    expected = Verdict.OBSTRUCTED if verdict is Verdict.CHANGED else verdict
    assert Verdict(int(seen.verdict[0])) is expected


def test_nobody_is_no_reason_for_another_verdict() -> None:
    for sees in (Sees(), Sees(BESIDE_IT)):
        seen = Bystanders(sees).applied(rows(Verdict.CHANGED), Look.of(PICTURE, 0.0))
        assert Verdict(int(seen.verdict[0])) is Verdict.CHANGED


def test_a_cover_that_stays_changed_is_asked_about_every_twenty_seconds() -> None:
    sees = Sees(ON_IT)
    bystanders = Bystanders(sees)
    for at_s in range(0, 62, 2):
        bystanders.applied(rows(Verdict.CHANGED, at_s), Look.of(PICTURE, float(at_s)))
    assert len(sees.boxes) == 4
    assert sees.boxes[0] == standing_box(COVER)


def test_an_alarm_waits_while_somebody_stands_on_the_cover_and_not_longer() -> None:
    street, left, top, right, bottom = Street(), 108.0, 147.0, 172.0, 193.0
    sees = Sees(somebody((left, top - 100, right, bottom)))
    watch = CameraWatch(
        covers=[cover()],
        zones=[],
        frame_px=(WIDTH, HEIGHT),
        settings=WatchSettings(cover_confirmation=ConfirmationSettings(begin_looks=3, begin_s=4.0)),
        recogniser=sees,
    )
    begun, held, verdicts = [], [], []
    for at_s in moments(0, 120, 2.0):
        if at_s >= 100:
            sees.sightings = []
        report = watch.look(Look.of(street.picture(covered=at_s < 50), at_s))
        begun += [at_s for _ in report.incidents]
        if report.refusals and report.covers is not None:
            held.append(at_s)
            verdicts.append(Verdict(int(report.covers.verdict[0])))
    assert held
    assert set(verdicts) == {Verdict.OBSTRUCTED}
    assert len(begun) == 1
    assert 100 <= begun[0] <= 108


def test_the_shipped_model_sees_somebody_on_a_cover() -> None:
    picture = street()
    cover_box = (288.0, 367.0, 352.0, 413.0)
    recogniser = UnlimitedRecogniser(DetectionModel.load(shipped_model()))
    bare = Bystanders(recogniser).on("c", cover_box, Look.of(picture, 0.0))
    somebody_there = street(people=((320, 405, 150),))
    word = Bystanders(recogniser).on("c", cover_box, Look.of(somebody_there, 0.0))
    assert bare is None
    assert word is not None
    assert word.name == "person"


def test_by_the_shipped_model_a_changed_cover_with_somebody_on_it_is_obstructed() -> None:
    recogniser = UnlimitedRecogniser(DetectionModel.load(shipped_model()))
    seen = replace(rows(Verdict.CHANGED), box_px=np.array([[288.0, 367.0, 352.0, 413.0]], np.float32))
    for people, expected in (((), Verdict.CHANGED), (((320, 405, 150),), Verdict.OBSTRUCTED)):
        told = Bystanders(recogniser).applied(seen, Look.of(street(people=people), 0.0))
        assert Verdict(int(told.verdict[0])) is expected
