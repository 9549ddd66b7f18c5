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
_BELIEVED_S: Final = 300.0


class MqttFrames:
    """The newest frame of one camera; a newer one replaces it if it was not taken.

    Args:
        clocks: of the machine.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._arrived = threading.Condition()
        self._newest: tuple[float, Frame] | None = None

    def offer(self, frame: Frame) -> None:
        """Take a frame from the broker; never waits."""
        with self._arrived:
            self._newest = (self._clocks.monotonic(), frame)
            self._arrived.notify()

    def frames(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        """The frames as they come. Silence is not an error, because there is no connection to restart."""
        while not heartbeat.is_over():
            heartbeat.beat()
            with self._arrived:
                if self._newest is None:
                    self._arrived.wait(_WAIT_S)
                arrived, self._newest = self._newest, None
            if arrived is not None:
                at_s, frame = arrived
                yield CapturedFrame(
                    at_s=at_s,
                    taken_at=self._believed(as_epoch(frame.time)),
                    image=functools.partial(jpeg.decode, frame.jpeg),
                )

    def _believed(self, taken_at: float) -> float:
        """The camera's time, or ours if the camera's clock is far off."""
        ours = self._clocks.wall()
        return taken_at if abs(taken_at - ours) < _BELIEVED_S else ours
