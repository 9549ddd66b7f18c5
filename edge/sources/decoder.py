"""Packets to pictures: one after the other, or a keyframe by itself."""

from __future__ import annotations

import threading
from typing import Final

import av
import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detectors.look import Image
from edge.errors import SourceError

_MOST_BAD: Final = 100


class Decoder:
    """A decoder of its own for a stream, on one thread; used by one thread at a time."""

    def __init__(self, stream: VideoStream) -> None:
        given = stream.codec_context
        context = av.CodecContext.create(given.codec.name, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = given.extradata
        context.width, context.height = given.width, given.height  # old codecs do not say it in the stream
        context.thread_count = 1
        context.skip_frame = "NONREF"
        self._context = context
        self._lock = threading.Lock()
        self._bad = 0

    def take(self, packet: av.Packet[VideoStream]) -> list[VideoFrame]:
        """Decode the next packet of a sequence; a damaged one gives nothing."""
        try:
            frames = list(self._context.decode(packet))
        except av.error.InvalidDataError:
            self._bad += 1
            if self._bad > _MOST_BAD:
                raise
            return []
        self._bad = 0
        return [frame for frame in frames if not frame.is_corrupt]

    def alone(self, packet: av.Packet[VideoStream]) -> Image:
        """Decode a keyframe by itself.

        Raises:
            SourceError: it cannot be decoded.
        """
        with self._lock:
            try:
                frames = [*self._context.decode(packet), *self._context.decode(None)]
            except av.error.FFmpegError as error:
                raise SourceError(f"a keyframe cannot be decoded ({error.strerror})") from None
            finally:
                self._context.flush_buffers()
        if not frames or frames[-1].is_corrupt:
            raise SourceError("a keyframe cannot be decoded (it is damaged)")
        return bgr(frames[-1])


def bgr(frame: VideoFrame) -> Image:
    """(rows, columns, 3), on one thread: FFmpeg would start and end one for each core with each picture."""
    return np.asarray(frame.to_ndarray(format="bgr24", threads=1), np.uint8)
