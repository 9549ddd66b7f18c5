"""How a blob that may become an object was classified over its whole stay, not only in the last looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from detectors.left_object.blobs import Blob, overlap_px
from detectors.left_object.classification import Classification
from detectors.left_object.settings import LeftObjectSettings

_STAYS_KEPT: Final = 16
_MIN_S: Final = 0.1
"""The first look at a blob counts as this long."""


@dataclass(slots=True, eq=False)
class Stay:
    """The stay of one blob.

    Attributes:
        blob: the blob as it was last seen.
        last_s: when the blob was last judged, seconds.
        object_s: for how long it has been classified as an object, seconds. A look in which somebody moves
            in or above it does not count, and breaks nothing; any other classification starts again at 0.
        ghost_s: likewise as a ghost; only a look in which it is an object starts again at 0.
        swayed_s: for how long it has swayed altogether, seconds.
        stirred: whether somebody has moved in or above it.
    """

    blob: Blob
    last_s: float
    object_s: float = 0.0
    ghost_s: float = 0.0
    swayed_s: float = 0.0
    stirred: bool = False
    _last: Classification | None = None

    def add(self, found: Classification, at_s: float) -> None:
        """Take in how the blob is classified in a look."""
        passed_s, last = at_s - self.last_s, self._last
        self.last_s, self._last = at_s, found
        was_s = passed_s if last is found else 0.0
        if found is Classification.STIRRED:
            self.stirred = True
            return
        self.object_s = self.object_s + was_s if found is Classification.OBJECT else 0.0
        if found is Classification.GHOST:
            self.ghost_s += was_s
        elif found is Classification.OBJECT:
            self.ghost_s = 0.0
        if found is Classification.SWAYING:
            self.swayed_s += max(passed_s, _MIN_S)


class Stays:
    """The stays of the blobs in one zone."""

    def __init__(self, dwell_s: float, settings: LeftObjectSettings) -> None:
        self._settings = settings
        self._kept_s = max(dwell_s, settings.candidate_silence_s)
        self._stays: list[Stay] = []

    def forget(self, at_s: float) -> None:
        """Forget the blobs that have not been seen for long."""
        silence_s = self._settings.candidate_silence_s
        self._stays = [one for one in self._stays if at_s - one.last_s < self._kept_s]
        for one in self._stays:
            if at_s - one.last_s >= silence_s:
                one.object_s = one.ghost_s = 0.0

    def of(self, blob: Blob, at_s: float) -> Stay:
        """The stay of a blob; a new one if the blob was not seen before."""
        minimum = self._settings.same_overlap
        for one in self._stays:
            if overlap_px(one.blob, blob) > minimum * max(one.blob.area, blob.area):
                one.blob = blob
                return one
        stay = Stay(blob, at_s)
        self._stays.insert(0, stay)
        del self._stays[_STAYS_KEPT:]
        return stay

    def end(self, stay: Stay) -> None:
        """Forget a stay, because its blob has become an object or a part of the background."""
        self._stays.remove(stay)

    def has_swayed(self, blob: Blob) -> bool:
        """Whether this blob has swayed, or one that lies in it or around it."""
        minimum = self._settings.same_overlap
        return any(
            one.swayed_s > 0 and overlap_px(one.blob, blob) > minimum * min(one.blob.area, blob.area)
            for one in self._stays
        )
