"""Opens a file or a live stream with FFmpeg, and reads its pictures, still encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import av.error
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from edge.errors import SourceError
from edge.sources.access_units import AccessUnit, AccessUnits
from edge.sources.source_errors import source_error

_LIVE: Final = {"allowed_media_types": "video", "analyzeduration": "1500000"}
"""Options for live streams. FFmpeg requests no audio over RTSP; other protocols ignore that option. FFmpeg
examines the first 1.5 s of a stream; the stream's description (SDP) contains what else it needs."""
_PLAUSIBLE_INTERVALS_S: Final = (1 / 240, 10.0)
"""Shortest and longest plausible time from one frame to the next, seconds."""
_USUAL_INTERVAL_S: Final = 0.04
"""Seconds from one frame to the next, if no plausible frame rate is announced."""
_WITHOUT_PTS: Final = frozenset({"avi"})
"""Containers without presentation times; FFmpeg invents them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where to read pictures.

    Attributes:
        url: what FFmpeg opens: the path of a file, or an address, which may contain a password.
        shown: the same without the password, for messages.
        live: whether it is a live stream; if not, it is a file.
        transport: the transport of RTSP, `tcp` or `udp`.
        patience_s: seconds without data, or for a live stream without video, after which reading is given up.
        clock: monotonic seconds.
    """

    url: str
    shown: str
    live: bool
    transport: str
    patience_s: float
    clock: Callable[[], float]


class Demuxer:
    """The video of an opened file or live stream.

    Attributes:
        stream: FFmpeg's object for the video.
        frame_interval_s: seconds from one frame to the next as announced, or 0.04 s.
        without_pts: whether its presentation timestamps are invented by FFmpeg.
    """

    def __init__(self, origin: Origin, container: InputContainer) -> None:
        self._origin = origin
        self._container = container
        self.stream: VideoStream = container.streams.video[0]
        self.frame_interval_s = _frame_interval_s(self.stream)
        self.without_pts = container.format.name in _WITHOUT_PTS

    def units(self) -> Iterator[AccessUnit]:
        """The pictures, in decoding order, until the end of the file or live stream.

        Raises:
            SourceError: reading failed, or no pictures arrive any more.
        """
        context = self.stream.codec_context
        access_units = AccessUnits(context.codec.name, context.extradata)
        time_base_s = self.stream.time_base or Fraction(1, av.time_base)
        last_video_s = self._origin.clock()
        try:
            for packet in self._container.demux():
                now = self._origin.clock()
                if packet.stream_index != self.stream.index:
                    self._check_patience(now - last_video_s)
                elif packet.size:
                    last_video_s = now
                    yield from access_units.take(
                        AccessUnit(
                            packet=packet,  # type: ignore[arg-type]  # of our stream, which is video
                            is_keyframe=packet.is_keyframe,
                            pts_s=_seconds(packet.pts, time_base_s),
                            dts_s=_seconds(packet.dts, time_base_s),
                            arrived_s=now,
                        )
                    )
        except av.error.FFmpegError as error:
            waited_s = self._origin.clock() - last_video_s
            raise source_error(
                error, shown=self._origin.shown, waited_s=waited_s, patience_s=self._origin.patience_s
            ) from None
        yield from access_units.rest()

    def _check_patience(self, silent_s: float) -> None:
        if self._origin.live and silent_s > self._origin.patience_s:
            raise SourceError(f"{self._origin.shown} sends audio, but no picture for {silent_s:.0f} s")


@contextmanager
def opened(origin: Origin) -> Iterator[Demuxer]:
    """Open a file or a live stream as a context.

    Raises:
        SourceError: it cannot be opened, or has no video.
    """
    if not origin.live and not Path(origin.url).exists():
        raise SourceError(f"{origin.shown} does not exist")
    options = {"rtsp_transport": origin.transport, **_LIVE} if origin.live else {}
    began_s = origin.clock()
    try:
        container = av.open(origin.url, options=options, timeout=(origin.patience_s, origin.patience_s))
    except (av.error.FFmpegError, OSError) as error:
        waited_s = origin.clock() - began_s
        raise source_error(
            error, shown=origin.shown, waited_s=waited_s, patience_s=origin.patience_s
        ) from None
    with container:
        if not container.streams.video:
            raise SourceError(f"{origin.shown} has no video")
        # FFmpeg skips all else in a file. Audio of a live stream, if any arrives (see `_LIVE`), is read too,
        # to tell a stream that sends only audio from one that sends nothing.
        if not origin.live:
            for stream in container.streams:
                if stream is not container.streams.video[0]:
                    stream.discard = Discard.all
        yield Demuxer(origin, container)


def _frame_interval_s(stream: VideoStream) -> float:
    shortest_s, longest_s = _PLAUSIBLE_INTERVALS_S
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate and shortest_s <= 1 / rate <= longest_s:
            return float(1 / rate)
    return _USUAL_INTERVAL_S


def _seconds(stamp: int | None, time_base_s: Fraction) -> float | None:
    return None if stamp is None else stamp * time_base_s.numerator / time_base_s.denominator
