"""Decodes packets to pictures: in sequence, or a single keyframe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final, cast

import av
import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detectors.look import Image
from edge.errors import SourceError
from edge.sources.timeline import PacketTime

_PER_S: Final = 1_000_000


class Decoder:
    """Decodes every reference frame of a stream, on one thread.

    Our own time of a packet passes through the decoder's reordering and comes out with its frame.

    Attributes:
        bad: consecutive packets that could not be decoded.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._context = _context(stream)
        self._context.skip_frame = "NONREF"
        self.bad = 0

    def take(
        self, packet: av.Packet[VideoStream], placed: PacketTime
    ) -> Iterator[tuple[PacketTime | None, VideoFrame]]:
        """Decode the next packet of a sequence; a damaged one yields nothing.

        Args:
            packet: the next one, in decoding order.
            placed: its time.

        Yields:
            Whole pictures in presentation order, each with the time of its own packet. If that is not a
            presentation time, the time of the packet that completed it; None if the decoder does not know.
        """
        stamp = round(placed.at_s * _PER_S)
        packet.pts, packet.dts = (stamp if placed.is_presentation else None), stamp
        try:
            frames = self._context.decode(packet)
        except av.error.FFmpegError:
            self.bad += 1
            return
        yield from self._whole(frames)

    def rest(self) -> Iterator[tuple[PacketTime | None, VideoFrame]]:
        """The remaining pictures, at the end of the stream."""
        try:
            frames = self._context.decode(None)
        except av.error.FFmpegError:
            return
        yield from self._whole(frames)

    def _whole(self, frames: list[VideoFrame]) -> Iterator[tuple[PacketTime | None, VideoFrame]]:
        for frame in frames:
            if frame.is_corrupt:
                self.bad += 1
            else:
                self.bad = 0
                yield _placed(frame), frame


class KeyframeDecoder:
    """Decodes single keyframes of a stream. Safe for several threads."""

    def __init__(self, stream: VideoStream) -> None:
        self._context = _context(stream)
        self._lock = threading.Lock()

    def decode(self, packet: av.Packet[VideoStream]) -> VideoFrame:
        """Decode one keyframe.

        Raises:
            SourceError: it cannot be decoded alone.
        """
        if packet.is_discard:  # the decoder would drop a frame that an MP4 edit list cuts off
            packet = cast("av.Packet[VideoStream]", av.Packet(bytes(packet)))
        with self._lock:
            try:
                frames = [*self._context.decode(packet), *self._context.decode(None)]
            except av.error.FFmpegError as error:
                raise SourceError(f"a keyframe cannot be decoded ({error.strerror})") from None
            finally:
                self._context.flush_buffers()
        if not frames or frames[-1].is_corrupt:
            raise SourceError(
                "a keyframe cannot be decoded alone: it is damaged, or needs the frames before it"
            )
        return frames[-1]

    def is_whole(self, packet: av.Packet[VideoStream]) -> bool:
        """Whether a keyframe can be decoded alone."""
        try:
            self.decode(packet)
        except SourceError:
            return False
        return True


def bgr(frame: VideoFrame) -> Image:
    """(rows, columns, 3) BGR, on one thread: FFmpeg would start one thread for each core for each picture."""
    return np.asarray(frame.to_ndarray(format="bgr24", threads=1), np.uint8)


def _context(stream: VideoStream) -> VideoCodecContext:
    given = stream.codec_context
    context = av.CodecContext.create(given.codec.name, "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = given.extradata
    context.width, context.height = given.width, given.height  # old codecs do not give it in the stream
    context.thread_count = 1
    return context


def _placed(frame: VideoFrame) -> PacketTime | None:
    stamp = frame.dts if frame.pts is None else frame.pts
    return None if stamp is None else PacketTime(at_s=stamp / _PER_S, is_presentation=frame.pts is not None)
