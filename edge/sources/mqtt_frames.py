"""JPEG frames that a camera publishes itself over MQTT."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from typing import Final

from edge.sources import jpeg
from edge.sources.captured_frame import CapturedFrame
from edge.sources.video import Clocks
from edge.worker import Heartbeat
from wire.messages import Frame, as_epoch

_WAIT_S: Final = 1.0
_MAX_CLOCK_ERROR_S: Final = 300.0


class MqttFrames:
    """The newest frame of one camera; a frame that nobody has read yet is replaced by the next one.

    Args:
        clocks: the machine's.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._arrival = threading.Condition()
        self._newest: tuple[float, Frame] | None = None

    def offer(self, frame: Frame) -> None:
        """Keep a frame from the broker as the newest one; never waits."""
        with self._arrival:
            self._newest = (self._clocks.monotonic(), frame)
            self._arrival.notify()

    def frames(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        """Yield the newest frame whenever there is one; older unread frames were replaced.

        Silence is not an error, because there is no connection to restart.
        """
        while not heartbeat.is_over():
            heartbeat.beat()
            with self._arrival:
                if self._newest is None:
                    self._arrival.wait(_WAIT_S)
                newest, self._newest = self._newest, None
            if newest is not None:
                arrived_s, frame = newest
                yield CapturedFrame(
                    at_s=arrived_s,
                    taken_at=self._trusted_time(as_epoch(frame.time)),
                    image=functools.partial(jpeg.decode, frame.jpeg),
                )

    def _trusted_time(self, taken_at: float) -> float:
        """The camera's time of a frame, or this machine's time now if the camera's clock is far off."""
        ours = self._clocks.wall()
        return taken_at if abs(taken_at - ours) < _MAX_CLOCK_ERROR_S else ours
