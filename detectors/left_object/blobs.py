"""From foreground pixels to blobs: connected regions, split where their pixels arrived at different times."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.left_object.settings import LeftObjectSettings

Mask = NDArray[np.bool_]
"""(rows, columns) of the working picture at half its width and height."""
HalfBox = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of a `Mask`; right and bottom are exclusive."""

_CLOSE: Final = np.ones((5, 5), np.uint8)
_OPEN: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Blob:
    """A connected region, or several that were merged.

    Attributes:
        mask: the pixels that belong to it.
        box: the bounding box of the mask.
        area: number of pixels of the mask; of a merged blob, the sum of the areas of its parts.
        arrived: the median of the arrival of its foreground pixels, seconds on the background model's clock;
            of a merged blob, that of its largest part.
    """

    mask: Mask
    box: HalfBox
    area: int
    arrived: float


def find_blobs(
    foreground: Mask, arrived: NDArray[np.float32], min_area: int, gap_s: float, settings: LeftObjectSettings
) -> list[Blob]:
    """Connected regions, split where their pixels arrived at different times.

    Args:
        foreground: the pixels that differ from the background.
        arrived: (rows, columns) as the foreground; since when each pixel has its settled relief, seconds on
            the background model's clock.
        min_area: minimum number of pixels of a blob.
        gap_s: a region is split between arrivals that lie more than this apart, seconds.
        settings: the thresholds; a region is split only if at least `split_piece` of its pixels lie on each
            side of the gap in time.
    """
    cleaned = cv2.morphologyEx(foreground.astype(np.uint8), cv2.MORPH_OPEN, _OPEN)
    cleaned = cv2.morphologyEx(cleaned, cv2.MORPH_CLOSE, _CLOSE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cleaned, connectivity=8)
    found = []
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < min_area:
            continue
        whole = np.asarray(labels == label)
        for mask in _split_by_arrival(whole, foreground, arrived, gap_s, settings.split_piece):
            blob = _blob(mask, foreground, arrived)
            if blob is not None and blob.area >= min_area:
                found.append(blob)
    return found


def merged(blobs: list[Blob], gap_s: float, settings: LeftObjectSettings) -> list[Blob]:
    """Join blobs that arrived at most `gap_s` seconds apart and are near each other, in any direction.

    An example is one heap in two colours.
    """
    groups: list[Blob] = []
    for blob in sorted(blobs, key=lambda one: -one.area):
        for index, group in enumerate(groups):
            if abs(group.arrived - blob.arrived) <= gap_s and are_near(group.box, blob.box, settings.near):
                groups[index] = _joined(group, blob)
                break
        else:
            groups.append(blob)
    return groups


def strong_core(
    blob: Blob, change: NDArray[np.uint8], arrived: NDArray[np.float32], settings: LeftObjectSettings
) -> Blob:
    """The blob without its weakly changed pixels; the same blob if no pixel is left.

    A pixel is weakly changed below `core_share` of the `core_percentile`-th percentile of the blob's change.
    If the outline of a large object is not closed, the relief goes on beyond the object and fades out there.
    The pixels of that fading belong to the ground.

    Args:
        blob: a connected or merged blob.
        change: (rows, columns), the change of each pixel, relief units.
        arrived: as for `find_blobs`.
        settings: the thresholds.
    """
    level = float(np.percentile(change[blob.mask], settings.core_percentile)) * settings.core_share
    mask = cv2.morphologyEx((blob.mask & (change >= level)).astype(np.uint8), cv2.MORPH_OPEN, _OPEN)
    core = np.asarray(mask > 0)
    return _blob(core, core, arrived) or blob


def are_near(one: HalfBox, other: HalfBox, factor: float) -> bool:
    """Whether the gap between two boxes, across and down, is at most `factor` times their longest side."""
    reach = factor * max(one[2] - one[0], one[3] - one[1], other[2] - other[0], other[3] - other[1])
    across = max(one[0], other[0]) - min(one[2], other[2])
    down = max(one[1], other[1]) - min(one[3], other[3])
    return max(across, down) <= reach


def overlap_px(one: Blob, other: Blob) -> int:
    """How many pixels two blobs share."""
    return int((one.mask & other.mask).sum())


def union_of(one: HalfBox, other: HalfBox) -> HalfBox:
    """The box around two boxes."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _joined(one: Blob, other: Blob) -> Blob:
    return Blob(
        mask=one.mask | other.mask,
        box=union_of(one.box, other.box),
        area=one.area + other.area,
        arrived=one.arrived if one.area >= other.area else other.arrived,
    )


def _split_by_arrival(
    whole: Mask, foreground: Mask, arrived: NDArray[np.float32], gap_s: float, min_share: float
) -> list[Mask]:
    times = np.sort(arrived[whole & foreground])
    min_pixels = int(min_share * times.size)
    if times.size < 2 or times[-1] - times[0] <= gap_s:
        return [whole]
    cuts = np.flatnonzero(np.diff(times) > gap_s)
    cuts = cuts[(cuts >= min_pixels) & (cuts < times.size - min_pixels)]
    if cuts.size == 0:
        return [whole]
    edges = [-np.inf, *((times[cuts] + times[cuts + 1]) / 2).tolist(), np.inf]
    pieces = []
    for low, high in pairwise(edges):
        piece = (whole & foreground & (arrived > low) & (arrived <= high)).astype(np.uint8)
        piece = cv2.morphologyEx(cv2.morphologyEx(piece, cv2.MORPH_OPEN, _OPEN), cv2.MORPH_CLOSE, _CLOSE)
        pieces.append(np.asarray(piece > 0))
    return pieces


def _blob(mask: Mask, foreground: Mask, arrived: NDArray[np.float32]) -> Blob | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    seen = mask & foreground
    if rows.size == 0 or not seen.any():
        return None
    return Blob(
        mask=mask,
        box=(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1),
        area=int(mask.sum()),
        arrived=float(np.median(arrived[seen])),
    )
