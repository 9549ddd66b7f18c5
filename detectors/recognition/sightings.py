"""What a detection model sees in a picture, and which of it is the object in a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from detectors.ground import Box
from detectors.look import Image

PERSON: Final = "person"
VEHICLES: Final = frozenset({"car", "bus", "truck", "motorcycle"})
ANIMALS: Final = frozenset({"animal"})
NAMES: Final = (PERSON, "bicycle", *sorted(VEHICLES), "animal", "bag", "umbrella", "chair", "bench", "table")
"""What objects can be called."""

_OF_OBJECT: Final = 0.6
"""Least share of the object's box that a sighting of the object covers."""
_OF_SIGHTING: Final = 0.5
"""Least share of the sighting that lies in the object's box. A person before a stall covers little of it; a
person who holds a bag is much larger than the bag."""
_OF_OBJECT_BY_SEVERAL: Final = 0.85
"""Least share of the object's box that several people cover together who are the object."""
_FOOT: Final = 0.7
"""Who stands before an object has the feet below this share of its height; a driver sits higher."""
_BESIDE: Final = 0.25
"""And the middle within its box, widened by this share of the width on each side."""
_GRID: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Something that a model sees.

    Attributes:
        name: one of `NAMES`.
        score: 0 to 1, how sure the model is.
        box_px: where, in pixels of the full picture.
    """

    name: str
    score: float
    box_px: Box


def area(box: Box) -> float:
    """Square pixels of a box."""
    left, top, right, bottom = box
    return max(0.0, right - left) * max(0.0, bottom - top)


def common_area(one: Box, other: Box) -> float:
    """Square pixels that lie in both boxes."""
    return area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def is_object(sighting: Sighting, box_px: Box) -> bool:
    """Whether a sighting is the object in the box, and not something beside it, before it or in it."""
    shared = common_area(sighting.box_px, box_px)
    return (
        shared > 0 and shared >= _OF_OBJECT * area(box_px) and shared >= _OF_SIGHTING * area(sighting.box_px)
    )


def stands_before(sighting: Sighting, box_px: Box) -> bool:
    """Whether a sighting is somebody on the ground before or beside the object in the box: a customer."""
    left, top, right, bottom = box_px
    middle, foot = (sighting.box_px[0] + sighting.box_px[2]) / 2, sighting.box_px[3]
    aside = _BESIDE * (right - left)
    return (
        sighting.name == PERSON
        and left - aside <= middle <= right + aside
        and foot >= top + _FOOT * (bottom - top)
        and not is_object(sighting, box_px)
    )


def words_about(sightings: Sequence[Sighting], box_px: Box) -> dict[str, float]:
    """What the sightings call the object in the box: name → the highest score.

    Several people count as the object if they cover nearly all of it together; the least sure of them counts.
    """
    words: dict[str, float] = {}
    for each in sightings:
        if is_object(each, box_px):
            words[each.name] = max(each.score, words.get(each.name, 0.0))
    people = [
        each
        for each in sightings
        if each.name == PERSON
        and common_area(each.box_px, box_px) >= _OF_SIGHTING * max(area(each.box_px), 1.0)
    ]
    if len(people) > 1 and _covered([each.box_px for each in people], box_px) >= _OF_OBJECT_BY_SEVERAL:
        words[PERSON] = max(words.get(PERSON, 0.0), min(each.score for each in people))
    return words


def square_around(
    image: Image, box_px: Box, sides: float, min_px: float = 1.0
) -> tuple[Image, tuple[int, int]]:
    """The square around a box, `sides` times as wide as its longer side, as far as the picture goes.

    It is `min_px` wide at least.

    Returns:
        The part of the picture, and the (column, row) at which it begins.
    """
    left, top, right, bottom = box_px
    half = max(sides * max(right - left, bottom - top), min_px) / 2
    rows, columns = image.shape[:2]
    x, y = np.clip((left + right) / 2, 0, columns - 1), np.clip((top + bottom) / 2, 0, rows - 1)
    begins = max(0, int(x - half)), max(0, int(y - half))
    ends = min(columns, int(np.ceil(x + half)) + 1), min(rows, int(np.ceil(y + half)) + 1)
    return image[begins[1] : ends[1], begins[0] : ends[0]], begins


def _covered(boxes: Sequence[Box], box_px: Box) -> float:
    """Share of a box that others cover together, by a grid of points."""
    left, top, right, bottom = box_px
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(left + steps * (right - left), top + steps * (bottom - top))
    covered = np.zeros(x.shape, np.bool_)
    for box in boxes:
        covered |= (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
    return float(covered.mean())
