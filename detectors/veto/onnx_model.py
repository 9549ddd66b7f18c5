"""A classifier in ONNX form: one picture in, one value for each label out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.errors import DetectorError
from detectors.look import Image
from detectors.onnx_session import first_line, open_session
from detectors.veto.decision import Label

Answers = Literal["logits", "probabilities"]
Channels = tuple[float, float, float]

_SUM_OFF: Final = 0.01
_TYPES: Final = ("tensor(float)", "tensor(uint8)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How a picture becomes the input of the model.

    Attributes:
        side_px: width and height of the input, for a model that takes any size; 0 for the size that the model
            states.
        mean: subtracted from red, green and blue values of 0 to 1; not used for a model that takes bytes.
        deviation: divisor of the difference for red, green and blue; not used for a model that takes bytes.
    """

    side_px: int = 0
    mean: Channels = (0.0, 0.0, 0.0)
    deviation: Channels = (1.0, 1.0, 1.0)


class OnnxModel:
    """A loaded model; make one with `load`. Thread-safe; it starts no threads."""

    def __init__(
        self, session: Any, labels: Sequence[str], answers: Answers, preparation: Preparation
    ) -> None:
        self._session = session
        self._labels = tuple(labels)
        self._answers = answers
        self._mean = np.array(preparation.mean, np.float32)
        self._deviation = np.array(preparation.deviation, np.float32)
        self._name, self._bytes, self._rows_first, self._size_px = _input_of(session, preparation.side_px)

    @classmethod
    def load(
        cls,
        model: bytes,
        *,
        labels: Sequence[str],
        answers: Answers = "logits",
        preparation: Preparation | None = None,
    ) -> Self:
        """Load a model, and run it once on a grey picture.

        Args:
            model: the ONNX file, weights included.
            labels: the labels of the output values, in order.
            answers: whether the output is logits or probabilities.
            preparation: how pictures are prepared for the model.

        Raises:
            DetectorError: ONNX Runtime is not installed, or the model cannot be used; the text names the
                remedy.
        """
        session = open_session(model)
        found = cls(session, labels, answers, preparation or Preparation())
        found.label(np.full((64, 64, 3), 128, np.uint8))
        return found

    def label(self, picture: Image) -> Label:
        """The most likely label of a picture (rows, columns, 3) BGR of any size.

        Raises:
            DetectorError: the model failed, or its output does not agree with the settings.
        """
        try:
            answer = self._session.run(None, {self._name: self._prepared(picture)})[0]
            figures = np.asarray(answer, np.float64).ravel()
        except Exception as error:  # noqa: BLE001 its errors have no base of their own
            raise DetectorError(f"it failed on a picture ({first_line(error)})") from None
        if figures.size != len(self._labels):
            raise DetectorError(
                f"it answers {figures.size} figures, but {len(self._labels)} labels are given; give one "
                "label for each figure, in order"
            )
        chances = self._chances(figures)
        best = int(np.argmax(chances))
        return Label(name=self._labels[best], probability=float(chances[best]))

    def _prepared(self, picture: Image) -> NDArray[Any]:
        sized = cv2.resize(picture, self._size_px, interpolation=cv2.INTER_AREA)
        colours = np.asarray(cv2.cvtColor(sized, cv2.COLOR_BGR2RGB), np.uint8)
        values: NDArray[Any] = colours
        if not self._bytes:
            values = (colours.astype(np.float32) / 255 - self._mean) / self._deviation
        ordered = values if self._rows_first else values.transpose(2, 0, 1)
        return np.ascontiguousarray(ordered[None])

    def _chances(self, figures: NDArray[np.float64]) -> NDArray[np.float64]:
        if not np.isfinite(figures).all():
            raise DetectorError("it answers NaN or infinite figures; check how its input is scaled")
        sums_up = bool((figures >= 0).all()) and abs(float(figures.sum()) - 1) <= _SUM_OFF
        if self._answers == "probabilities":
            if not sums_up:
                raise DetectorError("its answers are not probabilities; set the answers to `logits`")
            return figures
        if sums_up:
            raise DetectorError("its answers are probabilities already; set the answers to `probabilities`")
        raised = np.exp(figures - figures.max())
        return np.asarray(raised / raised.sum(), np.float64)


def _input_of(session: Any, side_px: int) -> tuple[str, bool, bool, tuple[int, int]]:
    """The input's name, whether it takes bytes, whether channels come last, and its (columns, rows)."""
    inputs = session.get_inputs()
    shape = inputs[0].shape if inputs else []
    if len(inputs) != 1 or len(shape) != 4 or inputs[0].type not in _TYPES or 3 not in (shape[1], shape[3]):
        present = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs) or "none"
        raise DetectorError(
            f"its input is not one colour picture but {present}; give a model that takes "
            "(1, 3, rows, columns) or (1, rows, columns, 3) of float or bytes"
        )
    rows_first = shape[1] != 3
    rows, columns = shape[1:3] if rows_first else shape[2:]
    fixed = isinstance(rows, int) and isinstance(columns, int)
    if not fixed and not side_px:
        raise DetectorError("it takes pictures of any size; set the width and height of its input")
    size = (columns, rows) if fixed else (side_px, side_px)
    return inputs[0].name, inputs[0].type == "tensor(uint8)", rows_first, size
