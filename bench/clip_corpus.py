"""Small clips as cameras and recorders send them: codec, container, timestamps, keyframes, sound, damage.

Every frame is brighter than the previous one, so that the brightness of a picture tells its frame number.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

FRAMES: Final = 64
FRAMES_PER_S: Final = 8
GOP: Final = 8
"""Frames from one keyframe to the next: one second."""
_SIZE: Final = (160, 128)
_AUDIO_HZ: Final = 8000
_SAMPLES: Final = 1024
_UNIT: Final = Fraction(1, 90_000)
_FRAME: Final = 90_000 // FRAMES_PER_S
_HOUR: Final = 3600 * 90_000
_WRAP: Final = 1 << 33
_START_CODE: Final = re.compile(rb"\x00\x00\x00?\x01")
_X264: Final = f"keyint={GOP}:min-keyint={GOP}:scenecut=0"
_X265: Final = f"log-level=none:pools=1:frame-threads=1:keyint={GOP}:min-keyint={GOP}:scenecut=0"

Stamp = int | None
Stamps = Callable[[int, Stamp, Stamp], tuple[Stamp, Stamp]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How a clip is encoded.

    Attributes:
        encoder: FFmpeg's name.
        options: of the encoder.
        flags: of the codec context.
        standalone: whether each keyframe can be decoded alone.
        b_frames: whether frames are decoded in another order than they are shown in.
        in_slices: whether keyframes are sent in slices with the parameter sets repeated before each.
    """

    encoder: str
    options: Mapping[str, str]
    standalone: bool = True
    b_frames: bool = False
    in_slices: bool = False


def _x264(more: str = "bframes=0", **rest: Any) -> Coding:
    options = {"preset": "ultrafast", "crf": "20", "threads": "1", "x264-params": f"{_X264}:{more}"}
    return Coding(encoder="libx264", options=options, **rest)


def _x265(more: str = "bframes=0", **rest: Any) -> Coding:
    options = {"preset": "ultrafast", "crf": "20", "x265-params": f"{_X265}:{more}"}
    return Coding(encoder="libx265", options=options, **rest)


def _old(encoder: str, **rest: Any) -> Coding:
    options = {"g": str(GOP), "qscale": "3", "threads": "1", "b": "2000000", "sc_threshold": "1000000000"}
    return Coding(encoder=encoder, options=options | ({"bf": "2"} if rest.get("b_frames") else {}), **rest)


CODINGS: Final[Mapping[str, Coding]] = {
    "h264": _x264(),
    "h264-b-frames": _x264("bframes=2", b_frames=True),
    "h264-open-gop": _x264("bframes=2:open-gop=1", b_frames=True),
    "h264-interlaced": _x264("bframes=0:tff=1"),
    "h264-slices": _x264("bframes=0:slices=4"),
    "h264-slices-apart": _x264("bframes=0:slices=4", in_slices=True),
    "h264-intra-refresh": _x264("bframes=0:intra-refresh=1", standalone=False),
    "h264-all-intra": _x264("bframes=0:keyint=1:min-keyint=1"),
    "hevc": _x265("bframes=0:open-gop=0"),
    "hevc-open-gop": _x265("bframes=2:open-gop=1", b_frames=True),
    "hevc-slices-apart": _x265("bframes=0:open-gop=0:slices=2:ctu=16", in_slices=True),
    "hevc-intra-refresh": _x265("bframes=0:intra-refresh=1:open-gop=0", standalone=False),
    "mpeg4": _old("mpeg4"),
    "mpeg4-b-frames": _old("mpeg4", b_frames=True),
    "mpeg2": _old("mpeg2video"),
    "mpeg2-b-frames": _old("mpeg2video", b_frames=True),
    "mjpeg": _old("mjpeg"),
    "vp8": Coding(
        encoder="libvpx", options={"g": str(GOP), "b": "500000", "cpu-used": "8", "deadline": "realtime"}
    ),
    "vp9": Coding(
        encoder="libvpx-vp9", options={"g": str(GOP), "b": "500000", "cpu-used": "8", "deadline": "realtime"}
    ),
    "av1": Coding(
        encoder="libsvtav1", options={"g": str(GOP), "preset": "12", "svtav1-params": "lp=1:pred-struct=1"}
    ),
}


def _shifted(by: Callable[[int], int]) -> Stamps:
    def moved(number: int, shown: Stamp, decoded: Stamp) -> tuple[Stamp, Stamp]:
        return (
            None if shown is None else shown + by(number),
            None if decoded is None else decoded + by(number),
        )

    return moved


STAMPS: Final[Mapping[str, Stamps]] = {
    "plain": _shifted(lambda _: 0),
    "from-far": _shifted(lambda _: 20 * _HOUR),
    "negative": _shifted(lambda _: -2 * 90_000),
    "hour-ahead": _shifted(lambda number: _HOUR if number >= FRAMES // 2 else 0),
    "hour-ahead-within-gop": _shifted(lambda number: _HOUR if number >= FRAMES // 2 + 3 else 0),
    "day-ahead-twice": _shifted(lambda number: 24 * _HOUR * (number // 24)),
    "minute-ahead-each-second": _shifted(lambda number: 60 * 90_000 * (number // GOP)),
    "twice-each": _shifted(lambda number: -_FRAME * (number % 2)),
    "uneven": _shifted(lambda number: (_FRAME * 2 // 5) * (number % 3 - 1)),
    "three-seconds-left-out": _shifted(lambda number: 3 * 90_000 if number >= 30 else 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip of the corpus.

    Attributes:
        coding: key of `CODINGS`.
        container: the file's suffix.
        stamps: key of `STAMPS`.
        sound: `none`, `beside` the pictures, or `first`, two seconds of it before them.
        damage: key of `DAMAGE`.
    """

    coding: str
    container: str
    stamps: str = "plain"
    sound: str = "none"
    damage: str = "none"

    @property
    def name(self) -> str:
        """In one word."""
        parts = (self.coding, self.container, self.stamps, f"sound-{self.sound}", self.damage)
        return "_".join(part for part in parts if part not in {"plain", "sound-none", "none"})


def write(clip: Clip, folder: Path) -> Path:
    """Write a clip into a folder; returns the file."""
    file = folder / f"{clip.name}.{clip.container}"
    DAMAGE[clip.damage](clip, file)
    return file


def _whole(clip: Clip, file: Path) -> None:
    _encode(clip, file, range(FRAMES))


def _in_two(second: Callable[[Clip, Path], None]) -> Callable[[Clip, Path], None]:
    """Two recordings in one transport stream, one after the other."""

    def both(clip: Clip, file: Path) -> None:
        _encode(clip, file, range(FRAMES // 2))
        rest = file.with_stem(f"{file.stem}-rest")
        second(clip, rest)
        with file.open("ab") as joined:
            joined.write(rest.read_bytes())
        rest.unlink()

    return both


def _second(clip: Clip, file: Path, *, size: tuple[int, int] = _SIZE, ahead: int = 0) -> None:
    _encode(clip, file, range(FRAMES // 2, FRAMES), size=size, ahead=ahead)


def _other_coding(clip: Clip, file: Path) -> None:
    other = Clip(coding="hevc" if clip.coding.startswith("h264") else "h264", container=clip.container)
    _encode(other, file, range(FRAMES // 2, FRAMES))


def _cut(clip: Clip, file: Path, *, begin: float = 0.0, end: float = 1.0) -> None:
    _whole(clip, file)
    data = file.read_bytes()
    file.write_bytes(data[int(begin * len(data)) : int(end * len(data))])


def _scrambled(clip: Clip, file: Path) -> None:
    """Overwrites an eighth of the file with noise."""
    _whole(clip, file)
    data = bytearray(file.read_bytes())
    begin, length = len(data) // 2, len(data) // 8
    data[begin : begin + length] = np.random.default_rng(1).bytes(length)
    file.write_bytes(data)


DAMAGE: Final[Mapping[str, Callable[[Clip, Path], None]]] = {
    "none": _whole,
    "begins-late": lambda clip, file: _cut(clip, file, begin=0.07),
    "ends-early": lambda clip, file: _cut(clip, file, end=0.6),
    "scrambled": _scrambled,
    "starts-over": _in_two(_second),
    "hour-back": _in_two(lambda clip, file: _second(clip, file, ahead=_WRAP - _HOUR)),
    "wraps": _in_two(lambda clip, file: _second(clip, file, ahead=_WRAP - 90_000)),
    "other-size": _in_two(lambda clip, file: _second(clip, file, size=(320, 240))),
    "other-coding": _in_two(_other_coding),
}


def _encode(clip: Clip, file: Path, numbers: range, *, size: tuple[int, int] = _SIZE, ahead: int = 0) -> None:
    coding = CODINGS[clip.coding]
    stamps = STAMPS[clip.stamps]
    kind = {
        "h264": "h264",
        "hevc": "hevc",
        "ts": "mpegts",
        "m4v": "m4v",
        "m2v": "mpeg2video",
        "mjpeg": "mjpeg",
        "mpg": "mpeg",
    }.get(clip.container)
    options = {"mpegts_copyts": "1"} if clip.container == "ts" else {}
    with av.open(str(file), "w", format=kind, options=options) as container:
        stream: Any = container.add_stream(coding.encoder, rate=FRAMES_PER_S, options=dict(coding.options))
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if coding.encoder == "mjpeg" else "yuv420p"
        sound: Any = None
        if clip.sound != "none":
            sound = container.add_stream("aac", rate=_AUDIO_HZ, options={"b": "32000"})
        delay = 2 * 90_000 if clip.sound == "first" else 0
        samples = list(_silence(len(numbers) / FRAMES_PER_S + delay / 90_000))
        for position, packet in enumerate(_packets(stream, coding, numbers, size)):
            if sound is not None:
                until_s = (position * _FRAME + delay) / 90_000
                while samples and samples[0].time < until_s:
                    container.mux(sound.encode(samples.pop(0)))
            shown, decoded = stamps(position, packet.pts, packet.dts)
            packet.pts = None if shown is None else shown + delay + ahead
            packet.dts = None if decoded is None else decoded + delay + ahead
            container.mux(packet)
        if sound is not None:
            container.mux(sound.encode())


def _packets(stream: Any, coding: Coding, numbers: range, size: tuple[int, int]) -> Iterator[Any]:
    """Encoded frames in the order of decoding, their stamps in 90 kHz."""
    frames = (_frame(number, at, size) for at, number in enumerate(numbers))
    for frame in (*frames, None):
        for packet in stream.encode(frame):
            packet.pts, packet.dts = (
                round(packet.pts * packet.time_base / _UNIT),
                round(packet.dts * packet.time_base / _UNIT),
            )
            packet.time_base = _UNIT
            yield _with_repeated_sets(packet) if coding.in_slices and packet.is_keyframe else packet


def _with_repeated_sets(packet: Any) -> Any:
    """The keyframe with its parameter sets before each slice, as its own packet with the same stamps."""
    units = [unit for unit in _START_CODE.split(bytes(packet)) if unit]
    hevc = units[0][0] >> 1 & 0x3F in {32, 35, 39}
    sets = {32, 33, 34} if hevc else {7, 8}

    def kind(unit: bytes) -> int:
        return unit[0] >> 1 & 0x3F if hevc else unit[0] & 0x1F

    before = b"".join(b"\x00\x00\x00\x01" + unit for unit in units if kind(unit) in sets)
    parts = [
        before + b"\x00\x00\x00\x01" + unit for unit in units if kind(unit) not in sets and kind(unit) < 32
    ]
    joined = av.Packet(b"".join(parts))
    joined.pts, joined.dts, joined.time_base = packet.pts, packet.dts, packet.time_base
    joined.stream = packet.stream
    joined.is_keyframe = True
    return joined


def _frame(number: int, at: int, size: tuple[int, int]) -> av.VideoFrame:
    columns, rows = size
    picture: NDArray[np.uint8] = np.full((rows, columns, 3), 20 + 3 * number, np.uint8)
    picture[::16, :, :] += 15
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
    frame.pts = at
    return frame


def _silence(seconds: float) -> Iterator[Any]:
    for at in itertools.count(0, _SAMPLES):
        if at > seconds * _AUDIO_HZ:
            return
        frame = AudioFrame.from_ndarray(np.zeros((1, _SAMPLES), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _AUDIO_HZ, at, Fraction(1, _AUDIO_HZ)
        yield frame
