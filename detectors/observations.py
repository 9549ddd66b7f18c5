"""The results of a detector after a look, as columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detectors.ground import Box

_NOWHERE: Final = (float("nan"),) * 4


class Verdict(IntEnum):
    """The state of a place. The numbers are stable; new ones are added at the end."""

    UNKNOWN = 0  # cannot be judged: fog, glare, a moved camera, or the place is not learned yet
    OK = 1  # the cover lies there; the zone is clear
    MISSING = 2  # the cover is gone
    DISPLACED = 3  # the cover lies beside or askew on its frame
    OBSTRUCTED = 4  # something lies on the cover
    CHANGED = 5  # the place does not look as it did; somebody should look at it
    OCCUPIED = 6  # an object was left in the zone
    ALLOWED = 7  # an object stands in the zone at an hour at which that is allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """The rows of one detector for one look.

    Attributes:
        at_s: the moment of the look.
        place: (n,) ids of covers or zones.
        object_number: (n,) int64, tells the objects in one zone apart; 0 for the place itself.
        verdict: (n,) int8 of `Verdict`.
        confidence: (n,) float32, 0 to 1: how often such a verdict is right.
        box_px: (n, 4) float32 left, top, right, bottom in pixels of the full picture.
        since_s: (n,) float64, the beginning of the present state, as far as the detector knows.
        cues: name → (n,) float32, the measurements behind the verdict.
        lies_px: (n, 4) float32, the box in which a displaced cover lies now, pixels of the full picture; NaN
            for every other row.
    """

    at_s: float
    place: tuple[str, ...]
    object_number: NDArray[np.int64]
    verdict: NDArray[np.int8]
    confidence: NDArray[np.float32]
    box_px: NDArray[np.float32]
    since_s: NDArray[np.float64]
    cues: Mapping[str, NDArray[np.float32]]
    lies_px: NDArray[np.float32]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.place)

    def rows(self) -> Iterator[Observation]:
        """The rows one by one; there are few."""
        for row, place in enumerate(self.place):
            yield Observation(
                place=place,
                object_number=int(self.object_number[row]),
                verdict=Verdict(int(self.verdict[row])),
                confidence=float(self.confidence[row]),
                box_px=_box(self.box_px[row]),
                since_s=float(self.since_s[row]),
                cues={name: float(column[row]) for name, column in self.cues.items()},
                lies_px=None if np.isnan(self.lies_px[row, 0]) else _box(self.lies_px[row]),
            )


def _box(corners: NDArray[np.float32]) -> Box:
    left, top, right, bottom = corners.tolist()
    return left, top, right, bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One row of `Observations`."""

    place: str
    object_number: int
    verdict: Verdict
    confidence: float
    box_px: Box
    since_s: float
    cues: Mapping[str, float]
    lies_px: Box | None = None


def columns(at_s: float, rows: list[Observation]) -> Observations:
    """Rows as columns; all rows must have the same names of cues."""
    names = rows[0].cues.keys() if rows else ()
    return Observations(
        at_s=at_s,
        place=tuple(row.place for row in rows),
        object_number=np.array([row.object_number for row in rows], np.int64),
        verdict=np.array([row.verdict for row in rows], np.int8),
        confidence=np.array([row.confidence for row in rows], np.float32),
        box_px=np.array([row.box_px for row in rows], np.float32).reshape(-1, 4),
        since_s=np.array([row.since_s for row in rows], np.float64),
        cues={name: np.array([row.cues[name] for row in rows], np.float32) for name in names},
        lies_px=np.array([row.lies_px or _NOWHERE for row in rows], np.float32).reshape(-1, 4),
    )
