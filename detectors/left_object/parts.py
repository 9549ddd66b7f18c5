"""From pixels that changed to connected parts, split by the moment they arrived."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_CLOSE: Final = np.ones((5, 5), np.uint8)
_OPEN: Final = np.ones((3, 3), np.uint8)
_LEAST_SHARE: Final = 0.2
_MOST_OF_IT: Final = 75.0
_FIRM_SHARE: Final = 0.33


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """A connected part of the working picture.

    Attributes:
        mask: (rows, columns) bool.
        box: left, top, right, bottom, exclusive.
        area: pixels.
        arrived: when, on the layers' clock; the median of its pixels.
    """

    mask: Mask
    box: tuple[int, int, int, int]
    area: int
    arrived: float


def parts(changed: Mask, arrived: NDArray[np.float32], least_area: int, gap_s: float) -> list[Part]:
    """Connected parts of at least `least_area` pixels; arrivals more than `gap_s` apart are parted."""
    cleaned = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, _OPEN)
    cleaned = cv2.morphologyEx(cleaned, cv2.MORPH_CLOSE, _CLOSE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cleaned, connectivity=8)
    found = []
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < least_area:
            continue
        whole = np.asarray(labels == label)
        for mask in _by_arrival(whole, changed, arrived, gap_s):
            part = _part(mask, changed, arrived)
            if part is not None and part.area >= least_area:
                found.append(part)
    return found


def gathered(found: list[Part], gap_s: float) -> list[Part]:
    """Join parts that arrived together and lie side by side: one heap, a piece hidden by its colour."""
    groups: list[Part] = []
    for part in sorted(found, key=lambda one: -one.area):
        for index, group in enumerate(groups):
            if abs(group.arrived - part.arrived) <= gap_s and near(group.box, part.box):
                groups[index] = _joined(group, part)
                break
        else:
            groups.append(part)
    return groups


def firm(part: Part, strength: NDArray[np.uint8], arrived: NDArray[np.float32]) -> Part:
    """The part without what has changed by less than a third of what most of it has.

    A large thing's relief runs out softly where its outline does not close; that ground is not the thing.

    Args:
        part: connected or gathered.
        strength: (rows, columns), how far each pixel has changed.
        arrived: as for `parts`.
    """
    level = float(np.percentile(strength[part.mask], _MOST_OF_IT)) * _FIRM_SHARE
    mask = cv2.morphologyEx((part.mask & (strength >= level)).astype(np.uint8), cv2.MORPH_OPEN, _OPEN)
    found = np.asarray(mask > 0)
    return _part(found, found, arrived) or part


def near(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two boxes are closer than half the longest of their sides."""
    reach = 0.5 * max(one[2] - one[0], one[3] - one[1], other[2] - other[0], other[3] - other[1])
    across = max(one[0], other[0]) - min(one[2], other[2])
    down = max(one[1], other[1]) - min(one[3], other[3])
    return max(across, down) <= reach


def _joined(one: Part, other: Part) -> Part:
    return Part(
        mask=one.mask | other.mask,
        box=(
            min(one.box[0], other.box[0]),
            min(one.box[1], other.box[1]),
            max(one.box[2], other.box[2]),
            max(one.box[3], other.box[3]),
        ),
        area=one.area + other.area,
        arrived=one.arrived if one.area >= other.area else other.arrived,
    )


def _by_arrival(whole: Mask, changed: Mask, arrived: NDArray[np.float32], gap_s: float) -> list[Mask]:
    times = np.sort(arrived[whole & changed])
    least = int(_LEAST_SHARE * times.size)
    if times.size < 2 or times[-1] - times[0] <= gap_s:
        return [whole]
    cuts = np.flatnonzero(np.diff(times) > gap_s)
    cuts = cuts[(cuts >= least) & (cuts < times.size - least)]
    if cuts.size == 0:
        return [whole]
    edges = [-np.inf, *((times[cuts] + times[cuts + 1]) / 2).tolist(), np.inf]
    result = []
    for low, high in pairwise(edges):
        piece = (whole & changed & (arrived > low) & (arrived <= high)).astype(np.uint8)
        piece = cv2.morphologyEx(cv2.morphologyEx(piece, cv2.MORPH_OPEN, _OPEN), cv2.MORPH_CLOSE, _CLOSE)
        result.append(np.asarray(piece > 0))
    return result


def _part(mask: Mask, changed: Mask, arrived: NDArray[np.float32]) -> Part | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    seen = mask & changed
    if rows.size == 0 or not seen.any():
        return None
    return Part(
        mask=mask,
        box=(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        area=int(mask.sum()),
        arrived=float(np.median(arrived[seen])),
    )
