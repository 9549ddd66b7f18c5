"""The box's detection model: loaded at the start, asked within a budget, counted.

A box without ONNX Runtime, or with a model that cannot be loaded, works without it, and says so once in the
log and in its status.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from detectors.errors import DetectorError
from detectors.ground import Box
from detectors.look import Image
from detectors.recognition.admission import RecognitionSettings
from detectors.recognition.detection_model import DetectionModel
from detectors.recognition.shipped import shipped_model
from detectors.recognition.sightings import NAMES, Sighting, square_around
from edge.errors import EdgeError
from edge.metrics import Metrics
from edge.model_calls import ModelCalls
from edge.settings import Recognition as Chosen

log = logging.getLogger(__name__)

_SIDES: Final = 3.0
"""The model is shown a square this many times as wide as the object's box: close up it sees nothing."""
_MIN_PX: Final = 240.0
"""And at least so wide: what little a smaller square shows, blown up, is called a vehicle."""
_MINUTE_S: Final = 60.0


class Model(Protocol):
    """A detection model."""

    def sightings(self, picture: Image) -> list[Sighting]:
        """What it sees in a picture (rows, columns, 3) BGR, boxes in its pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of loading the model.

    Attributes:
        model: the model; None without one.
        fault: why there is none, if there should be one.
    """

    model: Model | None
    fault: str | None = None


def load_model(chosen: Chosen) -> Loaded:
    """The model that comes with the project, unless it is switched off; logs why there is none."""
    if not chosen.enabled:
        return Loaded(model=None)
    try:
        return Loaded(model=DetectionModel.load(shipped_model()))
    except DetectorError as error:
        log.warning("no detection model: %s; the box works without it", error)
        return Loaded(model=None, fault=str(error))


def recognition_settings(chosen: Chosen) -> RecognitionSettings:
    """What the detectors are told of the settings.

    Raises:
        EdgeError: a name is none that the model has a word for.
    """
    unknown = sorted({*chosen.stall, *chosen.goods, *chosen.vehicle} - {*NAMES})
    if unknown:
        raise EdgeError(f"recognition: {unknown[0]!r} is no name; give names of: {', '.join(NAMES)}")
    return RecognitionSettings(
        stall=chosen.stall, goods=chosen.goods, vehicle=chosen.vehicle, least=chosen.least
    )


class AskBudget:
    """How often the model may be asked: at most so many times in a minute, all at once if need be.

    Thread-safe. A bucket of tokens: it is full at the beginning and fills evenly.

    Args:
        max_per_minute: how many.
        clock: a monotonic clock, seconds.
    """

    def __init__(self, max_per_minute: int, clock: Callable[[], float]) -> None:
        self._maximum = float(max_per_minute)
        self._left = self._maximum
        self._clock = clock
        self._at_s = clock()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more question is within the budget; it is then counted."""
        with self._lock:
            now_s = self._clock()
            self._left = min(
                self._maximum, self._left + self._maximum / _MINUTE_S * max(0.0, now_s - self._at_s)
            )
            self._at_s = now_s
            if self._left < 1.0:
                return False
            self._left -= 1.0
            return True

    def give_back(self) -> None:
        """A question that was taken was not asked after all."""
        with self._lock:
            self._left = min(self._maximum, self._left + 1.0)


def taken_from_all(budgets: Sequence[AskBudget]) -> bool:
    """Whether one more question is within each of the budgets; if not, none of them counts it."""
    taken: list[AskBudget] = []
    for budget in budgets:
        if not budget.take():
            for each in taken:
                each.give_back()
            return False
        taken.append(budget)
    return True


class BudgetedRecogniser:
    """Asks the box's model for one camera.

    Args:
        camera: whose pictures it is shown.
        model: the box's.
        budgets: the camera's own and the box's; a question needs room in each, and counts in each or in none.
        metrics: the box's.
    """

    def __init__(
        self, *, camera: str, model: Model, budgets: tuple[AskBudget, ...], metrics: Metrics
    ) -> None:
        self._model = model
        self._budgets = budgets
        questions = metrics.recognitions
        self._over_budget = questions.labels(camera, "over_budget")
        self._answered = questions.labels(camera, "answered")
        self._model_up = metrics.model_up
        self._calls = ModelCalls(
            camera=camera,
            model="the detection model",
            failed=questions.labels(camera, "failed"),
            seconds=metrics.recognition_seconds.labels(camera),
        )

    def around(self, image: Image, box_px: Box) -> list[Sighting] | None:
        """What the model sees in and around a box; None if a budget is spent or the model fails."""
        if not taken_from_all(self._budgets):
            self._over_budget.inc()
            return None
        seen = self._calls.answer(lambda: seen_around(self._model, image, box_px))
        self._model_up.set(seen is not None)
        if seen is not None:
            self._answered.inc()
        return seen


class UnlimitedRecogniser:
    """Asks a model without a budget: for a recording.

    Args:
        model: the model.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def around(self, image: Image, box_px: Box) -> list[Sighting] | None:
        """What the model sees in and around a box; None if it fails."""
        try:
            return seen_around(self._model, image, box_px)
        except DetectorError as error:
            log.warning("the detection model: %s", error)
            return None


def seen_around(model: Model, image: Image, box_px: Box) -> list[Sighting]:
    """What a model sees in a square around a box, boxes in pixels of the picture.

    Raises:
        DetectorError: the model failed.
    """
    part, (x, y) = square_around(image, box_px, _SIDES, _MIN_PX)
    return [
        Sighting(
            name=each.name,
            score=each.score,
            box_px=(each.box_px[0] + x, each.box_px[1] + y, each.box_px[2] + x, each.box_px[3] + y),
        )
        for each in model.sightings(part)
    ]
