"""Sends the newest still of each camera to the centre; a newer one replaces an unsent one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final, Protocol

from prometheus_client import Counter

from detectors.look import Image
from edge.settings import Stills as StillSettings
from edge.sources import jpeg
from wire.codec import encode
from wire.messages import MAX_PICTURE_BYTES, Frame
from wire.topics import Stream

_SEND_INTERVAL_S: Final = 0.5
"""Seconds between two rounds of sending."""


class Publisher(Protocol):
    """The connection to the broker, as stills use it."""

    async def connection(self) -> int:
        """Wait until connected; returns the number of the connection."""

    async def publish(self, stream: Stream, payload: bytes, *, at_least_once: bool) -> bool:
        """Send a message; False if the connection was lost meanwhile."""


class Stills:
    """Holds the newest unsent still of each camera. Safe for all threads.

    Args:
        settings: interval, width and quality.
        can_send: whether stills can be sent now; if not, none are made.
    """

    def __init__(self, settings: StillSettings, can_send: Callable[[], bool]) -> None:
        self._settings = settings
        self._can_send = can_send
        self._lock = threading.Lock()
        self._last_s: dict[str, float] = {}
        self._waiting: dict[str, Frame] = {}

    def offer(self, camera: str, image: Image, *, at_s: float, taken_at: float) -> None:
        """Make a still of a picture, if the interval since the camera's last still has passed.

        Args:
            camera: id of the camera.
            image: the picture.
            at_s: time of the picture, seconds on a monotonic clock.
            taken_at: the same moment, seconds since the epoch.
        """
        if not self._settings.every_s or not self._can_send():
            return
        with self._lock:
            last_s = self._last_s.get(camera)
            if last_s is not None and at_s - last_s < self._settings.every_s:
                return
            self._last_s[camera] = at_s
        narrow = jpeg.narrowed(image, self._settings.width_px)
        encoded = jpeg.encode(narrow, quality=self._settings.quality, max_bytes=MAX_PICTURE_BYTES)
        with self._lock:
            self._waiting[camera] = Frame(time=taken_at, jpeg=encoded, camera=camera)

    def take(self) -> list[Frame]:
        """Remove and return the stills that wait to be sent."""
        with self._lock:
            waiting = list(self._waiting.values())
            self._waiting.clear()
            return waiting

    async def run(self, publisher: Publisher, sent: Counter) -> None:
        """Send waiting stills until cancelled; a still that cannot be sent is discarded."""
        while True:
            await publisher.connection()
            for frame in self.take():
                if await publisher.publish(Stream.FRAME, encode(frame), at_least_once=False):
                    sent.labels(frame.camera).inc()
            await asyncio.sleep(_SEND_INTERVAL_S)
