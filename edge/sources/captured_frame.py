"""One frame on its way from a camera to the detectors; decoded only if it is analysed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detectors.look import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedFrame:
    """A frame of a camera, still encoded.

    Attributes:
        at_s: when the camera took it, monotonic seconds; for a frame over MQTT, when it arrived.
        taken_at: when the camera took it, seconds since the epoch.
        image: decodes it to (rows, columns, 3) BGR; raises `SourceError` if it cannot be decoded.
    """

    at_s: float
    taken_at: float
    image: Callable[[], Image]
