"""One frame on its way from a camera to the detectors; decoded only if it is analysed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detectors.look import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedFrame:
    """A frame of a camera, still encoded.

    Attributes:
        at_s: when it was taken, monotonic seconds.
        taken_at: the same time as seconds since the epoch.
        image: decodes it to (rows, columns, 3) BGR; raises `SourceError` if it cannot be decoded.
    """

    at_s: float
    taken_at: float
    image: Callable[[], Image]
