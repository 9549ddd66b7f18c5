"""A veto by a model: which picture the model gets before an incident begins, which answers refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from detectors.ground import Box
from detectors.look import Image
from detectors.places import Purpose

_AROUND: Final = 0.15
"""Margin that is shown on each side of an object, in sides of its box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A model's answer on a picture.

    Attributes:
        name: the most likely label.
        probability: probability of that label, 0 to 1.
    """

    name: str
    probability: float


class Model(Protocol):
    """A classifier of pictures."""

    def label(self, picture: Image) -> Label:
        """The label of a picture (rows, columns, 3) BGR of any size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVeto:
    """Refuses incidents whose object a model takes for something else.

    Attributes:
        model: the classifier.
        refused: purpose of a zone → the labels that refuse its incidents.
        least: least probability at which a label refuses, 0 to 1.
        view: the model is shown the object with a margin (`crop`) or the whole picture (`frame`).
    """

    model: Model
    refused: Mapping[Purpose, frozenset[str]]
    least: float = 0.6
    view: Literal["crop", "frame"] = "crop"

    def refuses(self, purpose: Purpose, image: Image, box_px: Box) -> bool:
        """Whether the box holds no object that the zone looks for.

        Raises:
            DetectorError: the model failed on the picture.
        """
        names = self.refused.get(purpose, frozenset())
        if not names:
            return False
        label = self.model.label(image if self.view == "frame" else square_around(image, box_px))
        return label.name in names and label.probability >= self.least


def square_around(image: Image, box_px: Box) -> Image:
    """A square around the box with 15 % more on each side, as far as the picture goes."""
    left, top, right, bottom = box_px
    half = (0.5 + _AROUND) * max(right - left, bottom - top, 1.0)
    rows, columns = image.shape[:2]
    x, y = np.clip((left + right) / 2, 0, columns - 1), np.clip((top + bottom) / 2, 0, rows - 1)
    return image[
        max(0, int(y - half)) : min(rows, int(np.ceil(y + half)) + 1),
        max(0, int(x - half)) : min(columns, int(np.ceil(x + half)) + 1),
    ]
