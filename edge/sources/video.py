"""Pictures from a video file or an RTSP stream. Decodes only pictures that will be analysed.

If keyframes come often enough and can be decoded alone, only the keyframes that a look needs are decoded.
Otherwise every reference frame has to be decoded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detectors.look import Image
from edge.errors import SourceError
from edge.sources.captured_frame import CapturedFrame
from edge.sources.decode_choice import Decode, DecodeChoice
from edge.sources.demuxer import Demuxer, Origin, opened
from edge.sources.file_change import FileChange
from edge.sources.keyframes import KeyframeIntervals
from edge.sources.pacing import FilePace, LivePace
from edge.sources.selective_decoder import SelectiveDecoder, TimedImage
from edge.sources.timeline import Timeline
from edge.worker import Heartbeat
from program.redaction import public_address

log = logging.getLogger(__name__)

_USUAL_KEYFRAMES_S: Final = 2.0
"""Seconds; nearly every camera can be set to this keyframe interval, and it makes decoding cheap."""
_MAX_BAD: Final = 100
"""Consecutive packets that cannot be decoded, after which a stream is opened again."""
_STARVED_S: Final = 30.0
_MIN_STARVED_S: Final = 10.0
_STARVED_KEYFRAMES: Final = 3.0
"""Seconds. A stream without whole pictures is given up after the first. If only keyframes are decoded, it is
given up after three intervals, and not before the second."""
_FIRST_PICTURE_S: Final = 120.0
"""Seconds. A stream that is joined between two keyframes shows no picture until the next one."""

_UNSTAMPED: Final = 25
"""Frames without a timestamp after which a file has none; some recorders give one frame of several a
timestamp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The machine's two clocks.

    Attributes:
        monotonic: seconds that never go back.
        wall: seconds since the epoch.
    """

    monotonic: Callable[[], float]
    wall: Callable[[], float]


class Video:
    """One file or stream.

    Args:
        camera: id of the camera, for the log.
        url: for FFmpeg.
        live: whether it is a stream; a file is paced by its timestamps.
        loop: whether a file starts again at its end.
        transport: the transport of RTSP.
        patience_s: seconds without data after which a stream is dead.
        decode: which frames to decode.
        longest_gap_s: the gap between looks from which incidents may be missed, seconds; may change.
        clocks: of the machine.
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
        self._camera = camera
        self._origin = Origin(
            url=url,
            shown=public_address(url) if live else url,
            live=live,
            transport=transport,
            patience_s=patience_s,
            clock=clocks.monotonic,
        )
        self._loop = loop
        self._decode = decode
        self._longest_gap_s = longest_gap_s
        self._clocks = clocks
        self._last_s = clocks.monotonic()
        self._warned: set[str] = set()
        self._forget()

    @property
    def decodes_all(self) -> bool:
        """Whether every frame is decoded."""
        return self._choice.decodes_all

    def frames(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        """The pictures, each when it is due; ends with a file that does not loop, or with its heartbeat.

        Raises:
            SourceError: it cannot be opened, ended unexpectedly, or cannot be decoded.
        """
        return self._stream(heartbeat) if self._origin.live else self._file(heartbeat)

    def _stream(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        """A live stream, until it ends."""
        pace, timeline = LivePace(), Timeline()
        with opened(self._origin) as video:
            timeline.begin(video.frame_interval_s, without_pts=video.without_pts)
            decoder = self._decoder(video, timeline)
            picture_s, limit_s = self._clocks.monotonic(), _FIRST_PICTURE_S
            for unit in video.units():
                if heartbeat.is_over():
                    return
                heartbeat.beat()
                now = unit.arrived_s
                placed = pace.place(timeline.place(unit.pts_s, unit.dts_s), now)
                for at_s, image in decoder.take(unit, placed, now):
                    picture_s = now
                    limit_s = self._starved_after_s()
                    yield self._picture(min(at_s, now), image)
                self._advise(video, timeline, believed=pace.believed)
                if now - picture_s > limit_s or decoder.bad > _MAX_BAD:
                    raise SourceError(
                        f"{self._origin.shown} sends video, but no picture of it could be decoded for "
                        f"{now - picture_s:.0f} s"
                    )
        raise SourceError("the stream has ended")

    def _file(self, heartbeat: Heartbeat) -> Iterator[CapturedFrame]:
        """A file; starts again if it loops or was changed."""
        pace, timeline = FilePace(self._clocks.monotonic()), Timeline()
        while not heartbeat.is_over():
            change = FileChange(Path(self._origin.url), self._clocks.monotonic())
            shown = False
            for at_s, image in self._round(timeline, change, heartbeat):
                due_s = pace.due_s(at_s, self._clocks.monotonic())
                if not heartbeat.wait_until(due_s):
                    return
                shown = True
                yield self._picture(due_s, image)
            if heartbeat.is_over():
                return
            if change.is_done(self._clocks.monotonic()):
                log.info("camera %s: its file was changed; playing it from the beginning", self._camera)
                self._forget()
            elif not shown:
                raise SourceError(f"{self._origin.shown} contains no picture that can be decoded")
            elif not self._loop:
                return

    def _round(self, timeline: Timeline, change: FileChange, heartbeat: Heartbeat) -> Iterator[TimedImage]:
        """A file from its beginning to its end, or until it is changed."""
        with opened(self._origin) as video:
            timeline.begin(video.frame_interval_s, without_pts=video.without_pts)
            decoder = self._decoder(video, timeline)
            for unit in video.units():
                now = self._clocks.monotonic()
                if heartbeat.is_over() or change.is_done(now):
                    return
                heartbeat.beat()
                placed = timeline.place(unit.pts_s, unit.dts_s)
                yield from decoder.take(unit, placed, now)
                self._advise(video, timeline)
            yield from decoder.rest()

    def _forget(self) -> None:
        """Reset the measurements, which are of another stream."""
        self.keyframes = KeyframeIntervals(self._longest_gap_s)
        self._choice = DecodeChoice(self._decode, self.keyframes)

    def _decoder(self, video: Demuxer, timeline: Timeline) -> SelectiveDecoder:
        return SelectiveDecoder(
            video.stream, choice=self._choice, intervals=self.keyframes, timeline=timeline
        )

    def _starved_after_s(self) -> float:
        """Seconds without a picture until the stream is reopened; many cameras then send a keyframe."""
        if self.decodes_all:
            return _STARVED_S
        interval_s = max(self.keyframes.tolerated_interval_s, self.keyframes.measured_s or 0.0)
        return max(_MIN_STARVED_S, _STARVED_KEYFRAMES * interval_s)

    def _picture(self, at_s: float, image: Callable[[], Image]) -> CapturedFrame:
        """A picture that is due; its time never goes back, even after a reconnection."""
        self._last_s = max(self._last_s, at_s)
        late_s = max(0.0, self._clocks.monotonic() - self._last_s)
        return CapturedFrame(at_s=self._last_s, taken_at=self._clocks.wall() - late_s, image=image)

    def _advise(self, video: Demuxer, timeline: Timeline, *, believed: bool = True) -> None:
        """Log once what makes this camera expensive or unreliable, and what to set."""
        if self.keyframes.too_rare:
            self._advise_keyframes()
        if self._choice.standalone is False:
            does = (
                "so every frame is decoded"
                if self._decode != "keyframes"
                else "and capture.decode excludes other frames"
            )
            self._warn(
                "alone",
                f"sends keyframes that cannot be decoded alone, {does}; turn off intra refresh in the camera",
            )
        if not believed:
            self._warn(
                "rate",
                "sends timestamps that do not run as fast as its pictures arrive; the time of "
                "arrival is used instead",
            )
        if timeline.unstamped >= _UNSTAMPED and not self._origin.live:
            self._warn(
                "stamps",
                f"has no timestamps in its file; played at {1 / video.frame_interval_s:g} frames a second",
            )

    def _advise_keyframes(self) -> None:
        gap_s, needed_s = self.keyframes.measured_s, self.keyframes.tolerated_interval_s
        sends = (
            f"sends a keyframe every {gap_s:.2f} s"
            if gap_s is not None and gap_s > needed_s
            else f"has sent no keyframe for {self.keyframes.interval_s:.2f} s"
        )
        does = "so every frame is decoded" if self._decode != "keyframes" else "and incidents may be missed"
        self._warn(
            "rare",
            f"{sends}, its places need one every {needed_s:.2f} s, {does}; set the camera's keyframe "
            "interval (I-frame interval, GOP) to "
            f"{min(_USUAL_KEYFRAMES_S, needed_s):g} s",
        )

    def _warn(self, what: str, text: str) -> None:
        if what not in self._warned:
            self._warned.add(what)
            log.warning("camera %s %s", self._camera, text)
