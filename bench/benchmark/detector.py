"""What a detector must do to be scored, and the detectors that are known by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.benchmark.mog2 import DualBackground
from bench.errors import BenchError
from detectors.look import Image, Look
from detectors.places import Purpose, Zone, polygon
from detectors.recognition.admission import Recogniser
from detectors.watch import CameraWatch
from edge.recognition import UnlimitedRecogniser, load_model
from edge.settings import Recognition

Outline = NDArray[np.float32]
"""(corners, 2) of the zone, pixels of the picture."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture."""


class Detector(Protocol):
    """Watches one zone of one camera. Pictures come in the order of time."""

    def look(self, picture: Image, at_s: float) -> Sequence[Box]:
        """The boxes of the incidents that begin with this picture.

        Args:
            picture: (rows, columns, 3) BGR, 0 to 255.
            at_s: seconds since the beginning of the scene.
        """


MakeDetector = Callable[[Outline, float, tuple[int, int]], Detector]
"""Makes a detector from the zone's outline, its dwell in seconds, and columns and rows of the picture."""


class Streetwarden:
    """The detectors of the edge box, with their default settings."""

    def __init__(
        self,
        outline: Outline,
        dwell_s: float,
        size_px: tuple[int, int],
        recogniser: Recogniser | None = None,
    ) -> None:
        zone = Zone(id="z", outline=polygon(outline.tolist()), purpose=Purpose.STALL, dwell_s=dwell_s)
        self._watch = CameraWatch(covers=[], zones=[zone], frame_px=size_px, recogniser=recogniser)

    def look(self, picture: Image, at_s: float) -> Sequence[Box]:
        """The boxes of the incidents that begin."""
        report = self._watch.look(Look.of(picture, at_s))
        return [one.change.observation.box_px for one in report.incidents if one.change.phase == "begun"]


def with_model(outline: Outline, dwell_s: float, size_px: tuple[int, int]) -> Streetwarden:
    """The detectors of the edge box with its detection model, which knows photographs and no drawings.

    Raises:
        BenchError: there is no model.
    """
    return Streetwarden(outline, dwell_s, size_px, recogniser=_model())


@cache
def _model() -> Recogniser:
    loaded = load_model(Recognition())
    if loaded.model is None:
        raise BenchError(f"there is no detection model ({loaded.fault}); use --detector streetwarden")
    return UnlimitedRecogniser(loaded.model)


KNOWN: Final[dict[str, MakeDetector]] = {
    "streetwarden": Streetwarden,
    "streetwarden-with-model": with_model,
    "mog2": DualBackground,
}


def maker_of(name: str) -> MakeDetector:
    """A known detector, or `package.module:attribute` of your own.

    Raises:
        BenchError: there is no such detector.
    """
    if name in KNOWN:
        return KNOWN[name]
    module, _, attribute = name.partition(":")
    try:
        made: MakeDetector = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        known = ", ".join(KNOWN)
        raise BenchError(
            f"{name} is no detector ({error}); give {known}, or package.module:attribute on the path"
        ) from None
    return made
