"""Decodes only the frames of a stream that may be analysed: its keyframes, or all reference frames."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detectors.look import Image
from edge.errors import SourceError
from edge.sources.access_units import AccessUnit
from edge.sources.decode_choice import DecodeChoice
from edge.sources.decoder import Decoder, KeyframeDecoder, bgr
from edge.sources.keyframes import KeyframeIntervals
from edge.sources.timeline import PacketTime, Timeline

TimedImage = tuple[float, Callable[[], Image]]
"""A presentation time, seconds on the continuous time, and the function that decodes its picture."""


class SelectiveDecoder:
    """Decodes one opened stream: keyframes only when they are analysed, or every reference frame at once.

    Args:
        stream: the stream.
        choice: which frames to decode.
        intervals: takes each keyframe.
        timeline: notified if presentation timestamps turn out to be invented.
    """

    def __init__(
        self, stream: VideoStream, *, choice: DecodeChoice, intervals: KeyframeIntervals, timeline: Timeline
    ) -> None:
        self._stream = stream
        self._choice = choice
        self._intervals = intervals
        self._timeline = timeline
        self._keyframes = KeyframeDecoder(stream)
        self._frames: Decoder | None = None
        self._shown_s: float | None = None
        self._last_s: float | None = None
        intervals.restart()
        choice.begin()

    @property
    def bad(self) -> int:
        """Consecutive packets that could not be decoded."""
        return self._frames.bad if self._frames is not None else 0

    def take(self, unit: AccessUnit, placed: PacketTime, now: float) -> Iterator[TimedImage]:
        """Take the next picture in decoding order; yields pictures in presentation order."""
        self._intervals.observe(placed.at_s, is_keyframe=unit.is_keyframe)
        if unit.is_keyframe:
            self._choice.at_keyframe(now, functools.partial(self._keyframes.is_whole, unit.packet))
        if self._choice.decodes_all:
            self._frames = self._frames or Decoder(self._stream)
            for frame in self._frames.take(unit.packet, placed):
                yield self._timed(*frame)
            return
        self._frames = None  # frees its reference frames, 20 MiB for full HD
        if unit.is_keyframe:
            yield self._forward(placed.at_s), functools.partial(self._keyframe, unit.packet)

    def rest(self) -> Iterator[TimedImage]:
        """The remaining pictures, at the end of the stream."""
        if self._frames is not None:
            for frame in self._frames.rest():
                yield self._timed(*frame)

    def _timed(self, placed: PacketTime | None, frame: VideoFrame) -> TimedImage:
        if placed is None:  # the last frames of a stream without presentation timestamps
            at_s = (self._last_s or 0.0) + self._timeline.step_s
        else:
            at_s = placed.at_s
            if placed.is_presentation:
                if self._shown_s is not None and at_s < self._shown_s:
                    self._timeline.without_pts = True
                self._shown_s = at_s
        return self._forward(at_s), functools.partial(bgr, frame)

    def _forward(self, at_s: float) -> float:
        """A time that never goes back, whatever the timestamps are."""
        self._last_s = at_s if self._last_s is None else max(self._last_s, at_s)
        return self._last_s

    def _keyframe(self, packet: av.Packet[VideoStream]) -> Image:
        try:
            frame = self._keyframes.decode(packet)
        except SourceError:
            self._choice.decoded(whole=False)
            raise
        self._choice.decoded(whole=True)
        return bgr(frame)
