"""A detection model of the SSD family in ONNX form: a picture in, names with scores and boxes out.

"SSD: Single Shot MultiBox Detector", Liu et al., 2016, arXiv:1512.02325. The model answers a box and a score
for each class at 1,917 places; of those that overlap, the surest is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.errors import DetectorError
from detectors.look import Image
from detectors.onnx_session import first_line, open_session
from detectors.recognition.sightings import Sighting, area, common_area

_MIN_SCORE: Final = 0.25
_SAME_BOX: Final = 0.5
_MOST: Final = 30
_CLASSES: Final = 90

_COCO: Final[Mapping[int, str]] = {
    1: "person", 2: "bicycle", 3: "car", 4: "motorcycle", 6: "bus", 8: "truck", 15: "bench",
    **dict.fromkeys(range(16, 26), "animal"),
    27: "bag", 28: "umbrella", 31: "bag", 33: "bag", 62: "chair", 67: "table",
}  # fmt: skip
"""Class of COCO, counted from 1 → its name here; the other classes are of no use in a street."""
_CHOSEN: Final = np.array(sorted(_COCO))

Figures = NDArray[np.float32]


class DetectionModel:
    """A loaded model; make one with `load`. Thread-safe; it starts no threads."""

    def __init__(self, session: Any) -> None:
        self._session = session
        inputs, outputs = session.get_inputs(), [output.name for output in session.get_outputs()]
        shape = list(inputs[0].shape) if len(inputs) == 1 else []
        if (
            len(shape) != 4
            or shape[3] != 3
            or not isinstance(shape[1], int)
            or {*outputs} != {"boxes", "scores"}
        ):
            raise DetectorError(
                f"its input has the shape {shape} and its outputs are {outputs}; give a model "
                "that scripts/model makes"
            )
        self._input = inputs[0].name
        self._side_px = shape[1]

    @classmethod
    def load(cls, model: bytes) -> Self:
        """Load a model, and run it once on a grey picture.

        Raises:
            DetectorError: ONNX Runtime is not installed, or the model is none of this form.
        """
        found = cls(open_session(model))
        found.sightings(np.full((64, 64, 3), 128, np.uint8))
        return found

    def sightings(self, picture: Image) -> list[Sighting]:
        """What the model sees, the surest first, boxes in pixels of the picture (rows, columns, 3) BGR.

        Raises:
            DetectorError: the model failed on the picture.
        """
        try:
            answers = self._session.run(["boxes", "scores"], {self._input: self._prepared(picture)})
        except Exception as error:  # noqa: BLE001 its errors have no base of their own
            raise DetectorError(f"it failed on a picture ({first_line(error)})") from None
        boxes = np.asarray(answers[0], np.float32).reshape(-1, 4)
        scores = np.asarray(answers[1], np.float32).reshape(-1, _CLASSES)[:, _CHOSEN - 1]
        largest = scores.argmax(axis=1)
        best = scores.max(axis=1)
        sure = np.flatnonzero(best >= _MIN_SCORE)
        rows, columns = picture.shape[:2]
        found: list[Sighting] = []
        for index in sure[np.argsort(-best[sure])]:
            top, left, bottom, right = boxes[index].tolist()
            each = Sighting(
                name=_COCO[int(_CHOSEN[largest[index]])],
                score=min(1.0, float(best[index])),
                box_px=(left * columns, top * rows, right * columns, bottom * rows),
            )
            if not any(other.name == each.name and _overlap(other, each) > _SAME_BOX for other in found):
                found.append(each)
            if len(found) == _MOST:
                break
        return found

    def _prepared(self, picture: Image) -> Figures:
        """The picture as the model takes it, (1, side, side, 3) RGB from -1 to 1."""
        size = (self._side_px, self._side_px)
        sized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        colours = np.asarray(cv2.cvtColor(sized, cv2.COLOR_BGR2RGB), np.float32)
        return np.ascontiguousarray((colours / 127.5 - 1.0)[None])


def _overlap(one: Sighting, other: Sighting) -> float:
    """Area in common divided by the area of both together."""
    shared = common_area(one.box_px, other.box_px)
    return shared / max(1e-6, area(one.box_px) + area(other.box_px) - shared)
