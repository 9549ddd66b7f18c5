"""Pictures out of a video file or an RTSP stream. Decodes only what somebody will look at.

Where keyframes come often enough, only they are ever decoded, and of them only those that a look asks for:
one whole picture each, with nothing before it. Otherwise every frame that others rest upon has to be decoded.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

import av
import av.error
from av.container import InputContainer

from detectors.look import Image
from edge.errors import SourceError
from edge.sources.decoder import Decoder, bgr
from edge.sources.keyframes import KeyframeGauge
from edge.sources.pacing import FilePace, LivePace
from edge.sources.picture import Picture
from edge.worker import Life
from program.redaction import public_address

log = logging.getLogger(__name__)

_FRAME_S: Final = 0.04
_USUAL_KEYFRAMES_S: Final = 2.0
"""What nearly every camera can be set to, and keeps decoding cheap."""
_QUICK_START: Final = {"analyzeduration": "1500000"}
"""Microseconds of a stream that are read before its first picture; the description has said nearly all."""

Decode = Literal["auto", "keyframes", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Both of the machine's clocks.

    Attributes:
        monotonic: seconds that never go back.
        wall: seconds since the epoch.
    """

    monotonic: Callable[[], float]
    wall: Callable[[], float]


class Video:
    """One file or stream.

    Args:
        camera: whose it is, for the log.
        url: as FFmpeg takes it.
        live: whether it is a stream; a file is paced by its timestamps.
        loop: whether a file begins anew at its end.
        transport: how RTSP carries pictures.
        patience_s: seconds without data after which a stream is dead.
        decode: which frames to decode.
        longest_gap_s: the gap between looks from which something may be missed; may change.
        clocks: the machine's.
    """

    def __init__(
        self,
        *,
        camera: str,
        url: str,
        live: bool,
        loop: bool,
        transport: str,
        patience_s: float,
        decode: Decode,
        longest_gap_s: Callable[[], float],
        clocks: Clocks,
    ) -> None:
        self.dense = decode == "all"
        self.gauge = KeyframeGauge(longest_gap_s)
        self._camera = camera
        self._url = url
        self._shown = public_address(url) if live else url
        self._live = live
        self._loop = loop
        self._transport = transport
        self._patience_s = patience_s
        self._decode = decode
        self._clocks = clocks
        self._warned = False

    def pictures(self, life: Life) -> Iterator[Picture]:
        """The pictures, each at its time; ends with a file that does not loop, or with its life.

        Raises:
            SourceError: it cannot be opened, has ended though it should not, or makes no sense.
        """
        pace = LivePace() if self._live else FilePace(self._clocks.monotonic())
        while not life.is_over():
            self.gauge.seam()
            shown = False
            with self._open() as container:
                life.beat()
                for picture in self._round(container, pace, life):
                    shown = True
                    yield picture
            if life.is_over():
                return
            if isinstance(pace, LivePace):
                raise SourceError("the stream has ended")
            if not shown:
                raise SourceError(f"{self._shown} holds no picture that can be decoded")
            if not self._loop:
                return
            pace.again()

    def _round(self, container: InputContainer, pace: FilePace | LivePace, life: Life) -> Iterator[Picture]:
        """Pictures until the end of the file or stream."""
        stream = container.streams.video[0]
        keyframes = Decoder(stream)
        frames: Decoder | None = None
        self.dense = self._decode == "all" or (self._decode == "auto" and not self.gauge.enough)
        unit = stream.time_base or Fraction(1, av.time_base)
        frame_s = float(1 / stream.average_rate) if stream.average_rate else _FRAME_S
        try:
            for packet in container.demux(stream):
                if life.is_over():
                    return
                if packet.pts is None or packet.size == 0:
                    continue  # the flush packet at the end, or a damaged one
                life.beat()
                media_s = packet.pts * unit.numerator / unit.denominator
                self._measure(media_s, is_keyframe=packet.is_keyframe)
                decoded: list[tuple[float, Callable[[], Image]]] = []
                if not self.dense:
                    frames = None  # it keeps the frames that others rest upon, 20 MiB in full HD
                    if packet.is_keyframe:
                        decoded = [(media_s, functools.partial(keyframes.alone, packet))]
                else:
                    frames = frames or Decoder(stream)
                    decoded = [
                        (
                            frame.time if frame.time is not None else media_s,
                            functools.partial(bgr, frame),
                        )
                        for frame in frames.take(packet)
                    ]
                if isinstance(pace, FilePace):
                    pace.passed(media_s, frame_s)
                for at_media_s, image in decoded:
                    picture = self._in_time(at_media_s, image, pace, life)
                    if picture is None:
                        return
                    yield picture
        except av.error.FFmpegError as error:
            raise SourceError(self._explain(error)) from None

    def _in_time(
        self, media_s: float, image: Callable[[], Image], pace: FilePace | LivePace, life: Life
    ) -> Picture | None:
        """Wait for the moment of a file's frame; None when life ended meanwhile."""
        now = self._clocks.monotonic()
        if isinstance(pace, LivePace):
            at_s = pace.taken_s(media_s, now)
        else:
            at_s = pace.due_s(media_s, now)
            if not life.wait_until(at_s):
                return None
            now = self._clocks.monotonic()
        return Picture(at_s=at_s, taken_at=self._clocks.wall() - max(0.0, now - at_s), image=image)

    def _measure(self, media_s: float, *, is_keyframe: bool) -> None:
        """Decide between keyframes and all frames, which changes at keyframes only."""
        self.gauge.saw(media_s, is_keyframe=is_keyframe)
        if self._decode == "auto" and is_keyframe:
            self.dense = not self.gauge.enough
        if not self._warned and self.gauge.too_rare:
            self._warned = True
            does = (
                "so every frame is decoded" if self._decode != "keyframes" else "and incidents may be missed"
            )
            log.warning(
                "camera %s sends a keyframe every %.2f s, its places need one every %.2f s, %s; set the "
                "camera's keyframe interval (I-frame interval, GOP) to %g s",
                self._camera,
                self.gauge.gap_s or 0.0,
                self.gauge.longest_gap_s,
                does,
                min(_USUAL_KEYFRAMES_S, self.gauge.longest_gap_s),
            )

    def _open(self) -> InputContainer:
        options = {"rtsp_transport": self._transport, **_QUICK_START} if self._live else {}
        if not self._live and not Path(self._url).exists():
            raise SourceError(f"{self._shown} does not exist")
        try:
            container = av.open(self._url, options=options, timeout=(self._patience_s, self._patience_s))
        except (av.error.FFmpegError, OSError) as error:
            raise SourceError(self._explain(error)) from None
        if not container.streams.video:
            container.close()
            raise SourceError(f"{self._shown} carries no video")
        return container

    def _explain(self, error: Exception) -> str:
        """One sentence, without the password that may stand in the address."""
        if isinstance(error, av.error.ExitError):  # our own patience
            return f"{self._shown} sent nothing for {self._patience_s:.0f} s"
        said = getattr(error, "strerror", None) or type(error).__name__
        return f"{self._shown}: {said}"
