"""Calls of a model for one camera: their time, their failures, one line in the log for a run of failures."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from prometheus_client import Counter

from detectors.errors import DetectorError

log = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")


class ModelCalls:
    """Calls one model for one camera. For the threads of one camera.

    Args:
        camera: id of the camera.
        model: what the log calls the model.
        failed: counts the calls that failed.
        seconds: adds up the time of all calls, also of those that failed.
    """

    def __init__(self, *, camera: str, model: str, failed: Counter, seconds: Counter) -> None:
        self._camera = camera
        self._model = model
        self._failed = failed
        self._seconds = seconds
        self._failing = False

    def answer(self, call: Callable[[], AnswerT]) -> AnswerT | None:
        """What the call answers; None if it raises `DetectorError`, that is if the model failed."""
        began_s = time.monotonic()
        try:
            answer = call()
        except DetectorError as error:
            self._failed.inc()
            if not self._failing:
                log.warning("camera %s: %s: %s", self._camera, self._model, error)
            self._failing = True
            return None
        finally:
            self._seconds.inc(time.monotonic() - began_s)
        self._failing = False
        return answer
